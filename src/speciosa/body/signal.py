"""Net receptor signal: occupancy weighted by intrinsic efficacy.

    S = sum_i eps_i * rho_i

with eps relative to DAMGO = 1; an antagonist has 0. An antagonist or a partial agonist that displaces a
full agonist lowers S at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.quantities import NUMBER, parameter
from speciosa.body.receptors import occupancy
from speciosa.drugs import Drug
from speciosa.model import Expression, Module, Output, Parameter, Signal, maximum, minimum, select, total


def signal(receptor: str) -> Signal:
    """Net signal at a receptor, 0 to 1."""
    return Signal(f"signal.{receptor}", NUMBER, f"net signal at {receptor}")


def share(receptor: str, drug: str) -> Signal:
    """Share of the net signal that one drug carries; 0 where there is no signal."""
    return Signal(f"share.{receptor}.{drug}", NUMBER, f"share of the {receptor} signal carried by {drug}")


def receptor_signal(receptor: str, ligands: Sequence[Drug]) -> Module:
    """Net signal of the ligands of a scenario at one receptor.

    Parameters
    ----------
    receptor : str
    ligands : sequence of Drug

    Returns
    -------
    Module
        Reads ``occupancy.<receptor>.<drug>``, gives ``signal.<receptor>`` and ``share.<receptor>.<drug>``.
    """
    parameters: list[Parameter] = []
    parts: dict[str, Expression] = {}
    for drug in ligands:
        efficacy = parameter(
            drug,
            f"efficacy.{receptor}",
            NUMBER,
            f"intrinsic efficacy of {drug.name} at {receptor} (DAMGO = 1)",
        )
        parameters.append(efficacy)
        parts[drug.name] = efficacy * occupancy(receptor, drug.name)
    net = signal(receptor)
    # Long after the last dose rounding of the solver is all that is left; a share stays a share.
    shares = tuple(
        Output(share(receptor, drug), select(net, 0.0, maximum(0.0, minimum(1.0, part / net)), 0.0))
        for drug, part in parts.items()
    )
    return Module(
        name=f"{receptor} signal",
        description=f"net signal at {receptor} by intrinsic efficacy",
        parameters=tuple(parameters),
        inputs=tuple(occupancy(receptor, drug.name) for drug in ligands),
        outputs=(Output(net, total(parts.values())), *shares),
    )
