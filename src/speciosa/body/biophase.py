"""Biophase: the unbound concentration at the receptor.

The target is ``fu * Kp,uu * plasma``; where the evidence gives an equilibration rate constant the biophase
follows it with that delay, otherwise at once.
"""

from __future__ import annotations

from speciosa.body.disposition import plasma
from speciosa.body.quantities import CONCENTRATION, NUMBER, RATE, parameter
from speciosa.drugs import Drug
from speciosa.model import Change, Module, Output, Signal, State


def unbound(drug: str) -> Signal:
    """Unbound concentration of a drug at the receptors of the brain."""
    return Signal(f"biophase.{drug}", CONCENTRATION, f"unbound concentration of {drug} at the receptor")


def biophase(drug: Drug) -> Module:
    """The biophase module of one drug.

    Parameters
    ----------
    drug : Drug
        One that acts on a receptor.

    Returns
    -------
    Module
        Reads ``plasma.<drug>``, gives ``biophase.<drug>``.
    """
    total_plasma = plasma(drug.name)
    fu = parameter(drug, "fu", NUMBER, f"unbound fraction of {drug.name} in plasma")
    entry = parameter(drug, "Kp,uu", NUMBER, f"unbound brain-to-plasma ratio of {drug.name}")
    target = fu * entry * total_plasma
    description = f"unbound concentration of {drug.name} at the receptor"
    if not drug.has_biophase_delay:
        return Module(
            name=f"biophase of {drug.name}",
            description=description,
            parameters=(fu, entry),
            inputs=(total_plasma,),
            outputs=(Output(unbound(drug.name), target),),
        )
    ke0 = parameter(drug, "ke0", RATE, f"equilibration rate constant of {drug.name}")
    site = State(f"{drug.name}.biophase", CONCENTRATION, description)
    return Module(
        name=f"biophase of {drug.name}",
        description=description,
        states=(site,),
        parameters=(fu, entry, ke0),
        inputs=(total_plasma,),
        outputs=(Output(unbound(drug.name), site.expression),),
        changes=(Change(site, ke0 * (target - site)),),
    )
