"""How a target came out, and what many targets come to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, nan

from speciosa.evidence import Evidence, Target
from speciosa.qualification.measure import Answer
from speciosa.qualification.plan import Plan
from speciosa.qualification.study import topic_of

FOLDS = (1.25, 1.5, 2.0)
BEYOND = "more than 2-fold"
_WORD = re.compile(r"[\w.-]*\w")
REPRODUCTION = ("model-based", "reproducibility")
"""Words in the note of a target that holds a coded model against its publication."""


@dataclass(frozen=True)
class Verdict:
    """Predicted beside observed.

    Parameters
    ----------
    target : Target
    kind : str
        Kind of the evidence behind the observed number: measured, model, derived or assumed.
    answer : Answer, optional
        None where the target was not run.
    statistic : str
        What was taken over persons.
    reason : str
        Why it was not run.
    own : tuple of str
        Parameters that are the observed number, or were derived from it alone: it was put in.
    """

    target: Target
    kind: str
    answer: Answer | None = None
    statistic: str = ""
    reason: str = ""
    own: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        """pk, ddi, kr, occ, vent, wd or tx."""
        return topic_of(self.target)

    @property
    def is_run(self) -> bool:
        """Whether there is a prediction."""
        return self.answer is not None

    @property
    def is_hit(self) -> bool:
        """Whether the prediction lies inside the target's tolerance."""
        return self.answer is not None and self.target.tol_low <= self.answer.value <= self.target.tol_high

    @property
    def ratio(self) -> float:
        """Predicted over observed, of changes in percent what is left; NaN where there is none."""
        if self.answer is None or self.target.observed is None:
            return nan
        predicted, observed = self.answer.value, self.target.observed
        if observed < 0.0:
            predicted, observed = 100.0 + predicted, 100.0 + observed
        return predicted / observed if observed > 0.0 and predicted > 0.0 else nan

    @property
    def fold(self) -> float:
        """Factor between predicted and observed, 1 or more."""
        return max(self.ratio, 1.0 / self.ratio) if isfinite(self.ratio) else nan

    @property
    def band(self) -> str:
        """The narrowest band (1.25-, 1.5-, 2-fold) that holds the ratio; empty where there is none."""
        if not isfinite(self.fold):
            return ""
        return next((f"{fold:g}-fold" for fold in FOLDS if self.fold <= fold), BEYOND)


def judged(target: Target, plan: Plan, answer: Answer, evidence: Evidence, slots: tuple[str, ...]) -> Verdict:
    """The verdict on a target that was run; one without any value counts as not run."""
    if not isfinite(answer.value):
        return not_run(target, "the simulated curves have no such value", evidence)
    return Verdict(
        target, kind_of(target, evidence), answer, plan.statistic, own=own_of(target, slots, evidence)
    )


def not_run(target: Target, reason: str, evidence: Evidence) -> Verdict:
    """The verdict on a target that could not be run."""
    return Verdict(target, kind_of(target, evidence), reason=reason)


def own_of(target: Target, slots: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """Parameters that are the target's own observation.

    Their row is a row of the target, or prints the same number of the same source, or was derived from what
    the target observed and from no other target's observation.
    """
    rows = [evidence.rows[name] for name in target.evidence_ids if name in evidence.rows]
    printed = {(row.source_key, row.value, row.unit) for row in rows}
    observed = {name for item in evidence.targets.values() for name in item.evidence_ids}
    found = []
    for name in slots:
        row = evidence.slot(name).row
        inputs = _WORD.findall(row.locator) if row.kind == "derived" else ()
        named = observed.intersection(inputs)
        is_derived = bool(named) and named <= set(target.evidence_ids)
        if row.id in target.evidence_ids or (row.source_key, row.value, row.unit) in printed or is_derived:
            found.append(name)
    return tuple(found)


def kind_of(target: Target, evidence: Evidence) -> str:
    """Kind of what is behind the observed number: that of the first evidence row.

    A target that says of itself that it holds a coded model against its publication is of kind model, also
    where the number was computed by this project; time courses are measured.
    """
    if any(word in target.note for word in REPRODUCTION):
        return "model"
    rows = [evidence.rows[name] for name in target.evidence_ids if name in evidence.rows]
    return rows[0].kind if rows else "measured"


@dataclass(frozen=True)
class Tally:
    """What some verdicts come to.

    Parameters
    ----------
    name : str
        Of the group.
    targets, runs, hits : int
        How many there are, were run, lie inside their tolerance.
    compared : int
        How many have an observed number to compare with.
    within : tuple of int
        How many of them lie within 1.25-, 1.5- and 2-fold.
    gmfe : float
        Geometric mean fold error; NaN without a comparison.
    """

    name: str
    targets: int
    runs: int
    hits: int
    compared: int
    within: tuple[int, ...]
    gmfe: float

    @property
    def hit_share(self) -> float:
        """Share of the targets run that lie inside their tolerance."""
        return self.hits / self.runs if self.runs else nan

    @property
    def twofold_share(self) -> float:
        """Share of the compared targets within 2-fold."""
        return self.within[-1] / self.compared if self.compared else nan


def tally(name: str, verdicts: Iterable[Verdict]) -> Tally:
    """Count a group of verdicts.

    Parameters
    ----------
    name : str
    verdicts : iterable of Verdict

    Returns
    -------
    Tally

    Examples
    --------
    >>> tally("none", []).runs
    0
    """
    found = list(verdicts)
    folds = [item.fold for item in found if isfinite(item.fold)]
    return Tally(
        name,
        len(found),
        sum(item.is_run for item in found),
        sum(item.is_hit for item in found),
        len(folds),
        tuple(sum(fold <= limit for fold in folds) for limit in FOLDS),
        exp(sum(map(log, folds)) / len(folds)) if folds else nan,
    )


def tallies(verdicts: Sequence[Verdict]) -> list[Tally]:
    """All, by topic, by kind of evidence and by drug."""
    found = [tally("all", verdicts)]
    groups = (
        ("topic", [item.topic for item in verdicts]),
        ("evidence", [item.kind for item in verdicts]),
        ("drug", [item.target.topic for item in verdicts]),
    )
    for words, names in groups:
        for name in dict.fromkeys(names):
            members = [item for item, own in zip(verdicts, names, strict=True) if own == name]
            found.append(tally(f"{words}: {name}", members))
    return found
