"""Signals by which the parts of breathing meet, and their parameters.

Equations run in the units of the program: h, L, mmHg, so flows are in L/h and time constants in h. Rows keep
the units of their source (L/min, s); they are converted once, where a parameter is bound. Results are given
in L/min again where they leave the engine (`speciosa.overdose`).
"""

from __future__ import annotations

from speciosa.body.quantities import NUMBER
from speciosa.model import Parameter, Signal

PRESSURE, FLOW, PER_PRESSURE = "mmHg", "L/h", "1/mmHg"
# A power of a number has no slope at 0; numbers below this one count as this one.
SMALLEST = 1e-12

WAKEFULNESS_LOST = Signal("breathing.wakefulness_lost", NUMBER, "share of the wakefulness drive that is lost")
CHEMOREFLEX_LEFT = Signal("breathing.chemoreflex_left", NUMBER, "share of the chemoreflexes that is left")
PERFUSION = Signal("breathing.perfusion", NUMBER, "blood flow relative to that before circulatory collapse")
BRAIN_FLOW = Signal("breathing.brain_flow", FLOW, "blood flow of the brain")
TISSUE_FLOW = Signal("breathing.tissue_flow", FLOW, "blood flow of the tissues")
CARDIAC_OUTPUT = Signal("breathing.cardiac_output", FLOW, "cardiac output")
VOLUME_FACTOR = Signal(
    "breathing.volume_factor", NUMBER, "factor by which central volumes shrink in a hypoxic circulation"
)
ARTERIAL_CO2 = Signal("breathing.arterial.PCO2", PRESSURE, "arterial PCO2")
ARTERIAL_O2 = Signal("breathing.arterial.PO2", PRESSURE, "arterial PO2")
SATURATION = Signal("breathing.saturation", NUMBER, "arterial oxygen saturation")
BRAIN_CO2 = Signal("breathing.brain.PCO2", PRESSURE, "PCO2 of the brain")
BRAIN_O2 = Signal("breathing.brain.PO2", PRESSURE, "PO2 of the brain")
TISSUE_O2 = Signal("breathing.tissue.PO2", PRESSURE, "PO2 of the tissues")
INSPIRED_O2 = Signal("breathing.inspired_oxygen", PRESSURE, "PO2 of the inspired air")
CO2_PRODUCTION = Signal("breathing.CO2_production", NUMBER, "production of CO2 relative to wakefulness")
O2_CONSUMPTION = Signal("breathing.O2_consumption", NUMBER, "consumption of oxygen relative to wakefulness")
CHEMOREFLEX_DRIVE = Signal("breathing.chemoreflex_drive", FLOW, "ventilation that the chemoreflexes add")
VENTILATION = Signal("breathing.ventilation", FLOW, "minute ventilation")
RESTING = Signal("breathing.resting_ventilation", FLOW, "ventilation at rest before time 0")
DEPRESSED_FOR = Signal("rescue.time_since_trigger", "h", "time since ventilation fell to the trigger")


def constant_of(name: str, unit: str, description: str) -> Parameter:
    """A constant of the physiology, which is the same in everybody."""
    return Parameter(f"breathing.{name}", unit, description)
