"""What an answer owes to what is not known: assumptions one at a time, tornado, Sobol indices."""

from speciosa.sensitivity.assumptions import Variant, ends, one_at_a_time
from speciosa.sensitivity.evaluation import Factors, factors_of
from speciosa.sensitivity.measure import SUMMARIES, Measure
from speciosa.sensitivity.sobol import sobol
from speciosa.sensitivity.tornado import tornado

__all__ = [
    "SUMMARIES",
    "Factors",
    "Measure",
    "Variant",
    "ends",
    "factors_of",
    "one_at_a_time",
    "sobol",
    "tornado",
]
