"""Receptors: occupancy by competition at equilibrium.

    rho_i = (C_i / K_i) / (1 + sum_j C_j / K_j),    K_i = f_i * Ki_i

with C the unbound concentration at the receptor and f a factor from the assay to the living brain.
Validity: minutes to days, for ligands whose dissociation is fast against that; buprenorphine is carried by
its biophase delay.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.biophase import unbound
from speciosa.body.quantities import CONCENTRATION, NUMBER, parameter
from speciosa.drugs import Drug
from speciosa.model import Expression, Module, Output, Parameter, Signal, total


def occupancy(receptor: str, drug: str | None = None) -> Signal:
    """Share of a receptor that a drug, or all drugs together, hold."""
    if drug is None:
        return Signal(f"occupancy.{receptor}", NUMBER, f"share of {receptor} occupied")
    return Signal(f"occupancy.{receptor}.{drug}", NUMBER, f"share of {receptor} held by {drug}")


def binding(receptor: str, drug: str) -> Signal:
    """Unbound concentration over the in-vivo Ki: how strongly a drug competes."""
    return Signal(
        f"binding.{receptor}.{drug}", NUMBER, f"concentration of {drug} over its in-vivo Ki at {receptor}"
    )


def receptor(name: str, ligands: Sequence[Drug]) -> Module:
    """Competition of the ligands of a scenario for one receptor.

    Parameters
    ----------
    name : str
        ``"MOR"``.
    ligands : sequence of Drug

    Returns
    -------
    Module
        Reads ``biophase.<drug>``, gives ``occupancy.<receptor>`` in total and by drug.
    """
    parameters: list[Parameter] = []
    strength: dict[str, Expression] = {}
    for drug in ligands:
        affinity = parameter(
            drug, f"Ki.{name}", CONCENTRATION, f"inhibition constant of {drug.name} at {name}"
        )
        in_vivo = parameter(
            drug, f"in_vivo.{name}", NUMBER, f"in-vivo to in-vitro Ki of {drug.name} at {name}"
        )
        parameters += [affinity, in_vivo]
        strength[drug.name] = unbound(drug.name) / (affinity * in_vivo)
    bound = total(binding(name, drug) for drug in strength)
    return Module(
        name=f"{name} occupancy",
        description=f"competition for {name} at equilibrium",
        parameters=tuple(parameters),
        inputs=tuple(unbound(drug.name) for drug in ligands),
        outputs=(
            *(Output(binding(name, drug), value) for drug, value in strength.items()),
            *(Output(occupancy(name, drug), binding(name, drug) / (1.0 + bound)) for drug in strength),
            Output(occupancy(name), bound / (1.0 + bound)),
        ),
        sources=("cheng1973",),
    )
