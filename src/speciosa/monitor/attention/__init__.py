"""Attention: reasons to look at a person, each with its evidence and grade, and never what to do."""

from speciosa.monitor.attention.reasons import FLAGS, Reason, reasons
from speciosa.monitor.attention.rules import Rule, rules

__all__ = ["FLAGS", "Reason", "Rule", "reasons", "rules"]
