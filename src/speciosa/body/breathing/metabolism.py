"""Metabolism: what the loss of wakefulness takes from it.

m = (1 - lost)^p,      CO2: max(m, floor),      O2: max(m, floor)
"""

from __future__ import annotations

from speciosa.body.breathing.signals import (
    CO2_PRODUCTION,
    O2_CONSUMPTION,
    SMALLEST,
    WAKEFULNESS_LOST,
    constant_of,
)
from speciosa.body.quantities import NUMBER
from speciosa.model import Module, Output, maximum


def metabolism() -> Module:
    """Metabolic rates relative to wakefulness.

    Returns
    -------
    Module
        Reads ``breathing.wakefulness_lost``; gives production of CO2 and consumption of oxygen.
    """
    exponent = constant_of(
        "metabolism.exponent", NUMBER, "exponent of metabolism on what is left of the drive"
    )
    floors = [
        constant_of(f"metabolism.floor.{gas}", NUMBER, f"smallest relative metabolic rate, {gas}")
        for gas in ("CO2", "O2")
    ]
    rate = maximum(1.0 - WAKEFULNESS_LOST, SMALLEST) ** exponent
    return Module(
        name="metabolism",
        description="metabolic rates fall with the wakefulness drive",
        parameters=(exponent, *floors),
        inputs=(WAKEFULNESS_LOST,),
        outputs=(
            Output(CO2_PRODUCTION, maximum(rate, floors[0])),
            Output(O2_CONSUMPTION, maximum(rate, floors[1])),
        ),
        sources=("mann2022", "fda2023in"),
    )
