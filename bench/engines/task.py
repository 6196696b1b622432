"""What an engine is told to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from workloads.definition import Crowd, FloatArray, IntArray, Workload
from workloads.kratom import CROWD
from workloads.small import SMALL

Solve = Callable[[], FloatArray]
CROWDS: dict[str, Crowd] = {item.name: item for item in (*SMALL, CROWD)}


@dataclass(frozen=True)
class Task:
    """One engine on one workload.

    Parameters
    ----------
    module, option : str
        Of the engine's entry.
    packages : tuple of str
    workload : str
    people : int
    rtol, atol : float
    core : tuple of int
        Processors that may be used.
    problem, reference : str
        Paths of files; empty if there is none.
    """

    module: str
    option: str
    packages: tuple[str, ...]
    workload: str
    people: int
    rtol: float
    atol: float
    cores: tuple[int, ...]
    problem: str = ""
    reference: str = ""
    has_lag: bool = False

    @property
    def threads(self) -> int:
        """One a processor."""
        return len(self.cores)

    @property
    def crowd(self) -> Crowd:
        """The workload's people."""
        return CROWDS[self.workload]

    @property
    def text(self) -> Workload:
        """A workload that is given as text."""
        found = self.crowd
        if not isinstance(found, Workload):
            raise TypeError(f"{self.workload} is not given as text")
        return found

    @property
    def rows(self) -> IntArray:
        """The people to solve."""
        return self.crowd.rows(self.people)

    @property
    def drawn(self) -> FloatArray:
        """Their drawn parameters."""
        return np.ascontiguousarray(self.text.table[self.rows])

    def encoded(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))

    @classmethod
    def decoded(cls, line: str) -> Task:
        """From what `encoded` gave."""
        given = json.loads(line)
        return cls(**{**given, "packages": tuple(given["packages"]), "cores": tuple(given["cores"])})
