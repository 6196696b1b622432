"""Overdose and rescue: what an opioid does to breathing, and what an antagonist does about it."""

from speciosa.overdose.arrest import Shares, shares_of
from speciosa.overdose.case import MODELS, Overdose, read_overdose
from speciosa.overdose.run import Outcome, simulate_overdose

__all__ = [
    "MODELS",
    "Outcome",
    "Overdose",
    "Shares",
    "read_overdose",
    "shares_of",
    "simulate_overdose",
]
