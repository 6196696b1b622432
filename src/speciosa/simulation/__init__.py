"""From a scenario to a result: the one road that everything else drives."""

from speciosa.simulation.composing import DETAILS, is_detail, model_of
from speciosa.simulation.describing import KINDS
from speciosa.simulation.prepared import Prepared, prepare, simulate
from speciosa.simulation.scenario import DAY, Scenario
from speciosa.simulation.setting import Setting

__all__ = [
    "DAY",
    "DETAILS",
    "KINDS",
    "Prepared",
    "Scenario",
    "Setting",
    "is_detail",
    "model_of",
    "prepare",
    "simulate",
]
