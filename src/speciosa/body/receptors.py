"""Receptors: occupancy by competition, at equilibrium or in time.

Every ligand competes with strength b_i = C_i / K_i, K_i = f_i * Ki_i, where C is the unbound concentration
at the receptor and f a factor from the assay to the living brain. Ligands at equilibrium share what the
slow ones leave; a slow ligand k holds the share B_k, which follows its own binding and unbinding:

    free    = (1 - sum_k B_k) / (1 + sum_i b_i),    i over ligands at equilibrium
    rho_i   = b_i * free,                           rho_k = B_k
    dB_k/dt = koff_k * (b_k * free - B_k),          kon_k = koff_k / K_k

At rest this is rho_i = b_i / (1 + sum b) for all ligands, whether they are followed in time or not; as koff
grows a slow ligand becomes one at equilibrium. Which drug is slow is a choice in its file. Where an assay
stood on another laboratory's scale, K is also multiplied by the bridge between the two scales.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.biophase import unbound
from speciosa.body.quantities import CONCENTRATION, NUMBER, RATE, parameter
from speciosa.drugs import Drug
from speciosa.model import Change, Expression, Module, Output, Parameter, Signal, State, total

RECEPTORS = ("MOR", "KOR", "DOR", "alpha-2A", "alpha-1D", "5-HT1A", "5-HT2B")
"""Receptors that the program knows; a scenario gets those that its drugs act on."""


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
        Those whose file lists the receptor under ``kinetics`` are followed in time.

    Returns
    -------
    Module
        Reads ``biophase.<drug>``, gives ``occupancy.<receptor>`` in total and by drug.
    """
    parameters: list[Parameter] = []
    strength: dict[str, Expression] = {}
    for drug in ligands:
        constant, used = _constant(name, drug)
        parameters += [item for item in used if item not in parameters]
        strength[drug.name] = unbound(drug.name) / constant
    slow = [drug for drug in ligands if name in drug.kinetics]
    held = {
        drug.name: State(f"{drug.name}.bound.{name}", NUMBER, f"share of {name} held by {drug.name}")
        for drug in slow
    }
    rates = [
        parameter(drug, f"koff.{name}", RATE, f"rate at which {drug.name} leaves {name}") for drug in slow
    ]
    fast = total(binding(name, drug.name) for drug in ligands if drug not in slow)
    free = (1.0 - total(held.values())) / (1.0 + fast)
    share = {
        drug.name: held[drug.name].expression if drug in slow else binding(name, drug.name) * free
        for drug in ligands
    }
    return Module(
        name=f"{name} occupancy",
        description=f"competition for {name}"
        + (", slow ligands followed in time" if slow else " at equilibrium"),
        states=tuple(held.values()),
        parameters=(*parameters, *rates),
        inputs=tuple(unbound(drug.name) for drug in ligands),
        outputs=(
            *(Output(binding(name, drug), value) for drug, value in strength.items()),
            *(Output(occupancy(name, drug), value) for drug, value in share.items()),
            Output(occupancy(name), total(share.values()) if slow else fast / (1.0 + fast)),
        ),
        changes=tuple(
            Change(held[drug.name], rate * (binding(name, drug.name) * free - held[drug.name]))
            for drug, rate in zip(slow, rates, strict=True)
        ),
        sources=("cheng1973",),
    )


def _constant(name: str, drug: Drug) -> tuple[Expression, list[Parameter]]:
    """The in-vivo inhibition constant of a drug, and the parameters that it is made of."""
    affinity = parameter(drug, f"Ki.{name}", CONCENTRATION, f"inhibition constant of {drug.name} at {name}")
    in_vivo = parameter(drug, f"in_vivo.{name}", NUMBER, f"in-vivo to in-vitro Ki of {drug.name} at {name}")
    if name not in drug.bridges:
        return affinity * in_vivo, [affinity, in_vivo]
    bridge = Parameter(f"bridge.{name}", NUMBER, f"factor between the scales of two laboratories at {name}")
    return affinity * in_vivo * bridge, [affinity, in_vivo, bridge]
