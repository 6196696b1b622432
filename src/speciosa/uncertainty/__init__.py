"""Uncertainty of typical values: what their rows say of them, drawn apart from variability between people."""

from speciosa.uncertainty.distribution import Belief, belief
from speciosa.uncertainty.model_beliefs import beliefs, unit_of, unstated
from speciosa.uncertainty.samples import Samples
from speciosa.uncertainty.studies import Uncertainty

__all__ = ["Belief", "Samples", "Uncertainty", "belief", "beliefs", "unit_of", "unstated"]
