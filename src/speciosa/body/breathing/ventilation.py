"""Minute ventilation: what is left of the wakefulness drive, and what the chemoreflexes add.

    V = max(0, W (1 - lost) + chemoreflexes)

In a failing circulation V scales with cardiac output below a first limit and ends at a second one.
"""

from __future__ import annotations

from speciosa.body.breathing.chemoreflexes import CARRYING
from speciosa.body.breathing.signals import (
    CARDIAC_OUTPUT,
    CHEMOREFLEX_DRIVE,
    FLOW,
    INSPIRED_O2,
    PRESSURE,
    VENTILATION,
    WAKEFULNESS_LOST,
    constant_of,
)
from speciosa.model import Module, Output, maximum, select

WAKEFULNESS = constant_of("wakefulness", FLOW, "ventilation by wakefulness alone")


def ventilation() -> Module:
    """Minute ventilation, and the oxygen of the air that is breathed.

    Returns
    -------
    Module
        Reads drives and cardiac output; gives ``breathing.ventilation`` and ``breathing.inspired_oxygen``.
    """
    none = constant_of("flow_floor.none", FLOW, "cardiac output at which ventilation ends")
    inspired = constant_of("inspired.PO2", PRESSURE, "PO2 of the inspired air")
    wanted = maximum(0.0, WAKEFULNESS * (1.0 - WAKEFULNESS_LOST) + CHEMOREFLEX_DRIVE)
    failing = select(CARDIAC_OUTPUT, none, wanted * CARDIAC_OUTPUT / CARRYING, 0.0)
    return Module(
        name="ventilation",
        description="wakefulness and chemoreflexes together",
        parameters=(WAKEFULNESS, CARRYING, none, inspired),
        inputs=(CARDIAC_OUTPUT, CHEMOREFLEX_DRIVE, WAKEFULNESS_LOST),
        outputs=(
            Output(VENTILATION, select(CARDIAC_OUTPUT, CARRYING, wanted, failing)),
            Output(INSPIRED_O2, inspired.expression),
        ),
        sources=("mann2022", "fda2023in"),
    )
