"""Who is timed: one file an engine, and the register of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALL = None


@dataclass(frozen=True)
class Entry:
    """An engine in the benchmark.

    Parameters
    ----------
    name, title : str
        On the command line, and in tables.
    module : str
        File of this folder.
    packages : tuple of str
        What must be installed; the version of the first is reported.
    people : mapping of str to int or None
        The workloads that it runs, and how many people it is timed on if not told otherwise; None for all.
        Times of fewer people are scaled up.
    option : str
        For engines with several methods.
    needs_problem : tuple of str
        Workloads that it is given written out.
    """

    name: str
    title: str
    module: str
    packages: tuple[str, ...]
    people: Mapping[str, int | None]
    option: str = ""
    needs_problem: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is this program's."""
        return self.packages[0] == "speciosa"


ENTRIES = (
    Entry(
        "speciosa", "speciosa (Rodas5P)", "own", ("speciosa", "llvmlite"),
        {"W1": ALL, "W2": ALL, "W2S": ALL, "W3": ALL}, option="rosenbrock",
    ),
    Entry(
        "speciosa-linear", "speciosa (matrix exponential)", "own", ("speciosa", "llvmlite"),
        {"W1": ALL}, option="exponential",
    ),
    Entry(
        "numbalsoda", "numbalsoda (LSODA)", "numba_lsoda", ("numbalsoda", "numba"),
        {"W1": ALL, "W2": ALL, "W2S": ALL, "W3": 40}, needs_problem=("W3",),
    ),
    Entry(
        "roadrunner", "libRoadRunner (CVODE)", "roadrunner_cvode", ("libroadrunner", "antimony"),
        {"W1": ALL, "W2": ALL, "W2S": ALL},
    ),
    Entry("diffrax", "diffrax (Tsit5)", "diffrax_jax", ("diffrax", "jax"), {"W1": ALL, "W2": ALL}, "Tsit5"),
    Entry("diffrax-stiff", "diffrax (Kvaerno3)", "diffrax_jax", ("diffrax", "jax"), {"W2S": 50}, "Kvaerno3"),
    Entry(
        "scipy", "SciPy solve_ivp (LSODA), compiled f and J", "scipy_lsoda", ("scipy", "numba"),
        {"W1": 100, "W2": 50, "W2S": 50, "W3": 10}, "solve_ivp", ("W1", "W2", "W2S", "W3"),
    ),
    Entry(
        "scipy-odeint", "SciPy odeint (LSODA), compiled f and J", "scipy_lsoda", ("scipy", "numba"),
        {"W1": 100, "W2": 50, "W2S": 50, "W3": 20}, "odeint", ("W1", "W2", "W2S", "W3"),
    ),
)  # fmt: skip
YARDSTICK = ENTRIES[0]
