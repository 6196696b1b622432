"""Pharmacokinetics of the published overdose model: opioids and antagonists as its authors wrote them.

They stand apart from the drug library because they reproduce that model, its peculiarities included:
central volumes shrink with blood flow, and the antagonist's concentration, not its amount, is the state.
"""

from speciosa.body.published.antagonist import ANTAGONIST_ROUTES, antagonist
from speciosa.body.published.opioid import OPIOID_ROUTES, opioid

__all__ = ["ANTAGONIST_ROUTES", "OPIOID_ROUTES", "antagonist", "opioid"]
