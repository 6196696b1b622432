"""Why somebody needs a look: rules applied to a record, a forecast and what was noted.

Each check gives reasons and nothing else. A reason keeps its key as long as what it is about stays the same,
so that an acknowledgement holds until something new happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise, permutations

import numpy as np

from speciosa.body.enzymes import effects_of
from speciosa.drugs import Drug, Product
from speciosa.errors import UnknownNameError
from speciosa.forecasting import Forecast, Observation, PersonRecord
from speciosa.forecasting.record import Intake
from speciosa.interactions.contacts import contacts
from speciosa.monitor.attention.rules import Rule, grade_of, rules
from speciosa.simulation import DAY, Setting

FLAGS = ("alcohol", "sedatives", "long QT")
"""What a professional may note of a person that no dose of a record tells."""
OPIOIDS = ("opioid agonist", "opioid partial agonist", "opioid prodrug", "kratom alkaloid")
CONCENTRATED = "7-hydroxymitragynine"
HERG = "hERG"


@dataclass(frozen=True)
class Reason:
    """One reason to look at a person.

    Parameters
    ----------
    rule : str
    key : str
        Stays the same as long as what it is about does; acknowledgements refer to it.
    topic, text : str
    since : float
        Hours from the start of the record; when what it is about happened.
    grade : str
        A to D: the weakest of what it rests on.
    rows, sources : tuple of str
        Evidence rows, and sources of all of them.
    """

    rule: str
    key: str
    topic: str
    text: str
    since: float
    grade: str
    rows: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """What the checks look at.

    Parameters
    ----------
    record : PersonRecord
    forecast : Forecast or None
    flags : collection of str
    clock : float
        Now, in hours from the start of the record.
    setting : Setting
    """

    record: PersonRecord
    forecast: Forecast | None
    flags: Collection[str]
    clock: float
    setting: Setting

    def ratings(self, scale: str) -> list[Observation]:
        """Ratings on a scale up to now, in order of time."""
        return [item for item in self.record.ratings if item.measure == scale and item.time <= self.clock]

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales that the person was rated on."""
        return tuple(dict.fromkeys(item.measure for item in self.record.ratings))

    def doses(self, wanted: Callable[[Intake], bool] = lambda _: True) -> list[Intake]:
        """Doses that were taken up to now, in order of time."""
        found = [
            item for item in self.record.doses if item.is_taken and item.time <= self.clock and wanted(item)
        ]
        return sorted(found, key=lambda item: item.time)

    def molecules(self, item: str) -> tuple[Drug, ...]:
        """What a drug or product brings into the body, metabolites left out."""
        found = self.setting.library.item(item)
        if isinstance(found, Product):
            return tuple(self.setting.library.drugs[part.drug] for part in found.components)
        return (found,)

    def is_opioid(self, taken: Intake) -> bool:
        """Whether a dose acts at opioid receptors as an agonist."""
        return any(drug.group in OPIOIDS for drug in self.molecules(taken.dose.item))

    def lower(self, scale: str, band: str) -> float | None:
        """Lowest total of a severity class; None for a scale without it."""
        slot = self.setting.evidence.slots.get(f"{scale}.band.{band.replace(' ', '_')}")
        return None if slot is None else slot.value("score")


@dataclass(frozen=True)
class _Found:
    """What a check found: the distinguishing part of the key, when, words to fill in, further rows."""

    key: str
    since: float
    words: Mapping[str, object]
    rows: tuple[str, ...] = ()


def reasons(
    record: PersonRecord,
    forecast: Forecast | None,
    *,
    flags: Collection[str] = (),
    clock: float,
    setting: Setting | None = None,
) -> list[Reason]:
    """Reasons to look at a person, in the order of the rules.

    Parameters
    ----------
    record : PersonRecord
    forecast : Forecast or None
        The latest, if there is one.
    flags : collection of str
        Of `FLAGS`.
    clock : float
        Now, in hours from the start of the record.
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    list of Reason

    Raises
    ------
    UnknownNameError
        For an unknown flag or drug.

    Examples
    --------
    >>> from speciosa.forecasting import Observation
    >>> seen = tuple(Observation(hour, "COWS", total=total) for hour, total in ((0.0, 6), (8.0, 14)))
    >>> found = reasons(PersonRecord("P-017", observations=seen), None, clock=9.0)
    >>> [item.rule for item in found]
    ['score-at-class', 'score-rise']
    """
    for flag in flags:
        if flag not in FLAGS:
            raise UnknownNameError("flag", flag, FLAGS)
    case = Case(record, forecast, flags, clock, setting or Setting())
    evidence, found = case.setting.evidence, []
    for rule in rules():
        for item in CHECKS[rule.id](rule, case):
            rows = rule.evidence_rows(evidence, item.rows)
            found.append(
                Reason(
                    rule.id,
                    f"{rule.id}:{item.key}",
                    rule.topic,
                    rule.reason.format(**item.words),
                    item.since,
                    grade_of(rows, evidence, rule.sources),
                    tuple(row.id for row in rows),
                    tuple(dict.fromkeys((*rule.sources, *(row.source_key for row in rows)))),
                )
            )
    return found


def _span(seen: Observation, case: Case) -> tuple[float, float]:
    """Lowest and highest total that a rating stands for."""
    if seen.points is not None:
        return float(seen.points), float(seen.points)
    scale = seen.scale
    assert scale is not None
    names = (scale.below, *(name for name, _ in scale.bands))
    edges = [0.0, *(case.lower(scale.name, name) or 0.0 for name in names[1:]), scale.maximum + 1.0]
    place = names.index(str(seen.band))
    return edges[place], edges[place + 1] - 1.0


def _score_at_class(rule: Rule, case: Case) -> Iterator[_Found]:
    for scale in case.scales:
        seen, lower = case.ratings(scale), case.lower(scale, rule.band)
        if not seen or lower is None:
            continue
        span = _span(seen[-1], case)
        if span[0] >= lower:
            score = seen[-1].band if seen[-1].points is None else seen[-1].points
            yield _Found(
                f"{scale}:{seen[-1].time:g}",
                seen[-1].time,
                {"scale": scale, "score": score, "band": rule.band},
            )


def _score_rise(rule: Rule, case: Case) -> Iterator[_Found]:
    limit = rule.limit("limit", case.setting.evidence)
    seen = case.ratings("COWS")
    if len(seen) < 2:  # noqa: PLR2004
        return
    before, now = seen[-2], seen[-1]
    spans = _span(before, case), _span(now, case)
    # A class rose by the limit only if its lowest total lies that much above the highest of the other.
    if spans[1][0] - spans[0][1] >= limit:
        words = {
            "scale": "COWS",
            "before": before.band if before.points is None else before.points,
            "score": now.band if now.points is None else now.points,
            "limit": f"{limit:g}",
        }
        yield _Found(f"COWS:{now.time:g}", now.time, words)


def _forecast_class(rule: Rule, case: Case) -> Iterator[_Found]:
    if case.forecast is None:
        return
    evidence, found = case.setting.evidence, case.forecast
    least, ahead = rule.limit("chance", evidence), rule.limit("ahead", evidence)
    times = np.array(found.times)
    is_in = (times > found.moment) & (times <= found.moment + ahead)
    for scale in found.scales:
        classes = found.prediction("forecast", scale).classes
        if rule.band not in classes or not is_in.any():
            continue
        names = list(classes)
        above = np.sum([classes[name] for name in names[names.index(rule.band) :]], axis=0)
        seen = case.ratings(scale)
        span = _span(seen[-1], case) if seen else None
        lower = case.lower(scale, rule.band)
        is_there = span is not None and lower is not None and span[0] >= lower
        # Somebody who is there already crosses nothing.
        if above[is_in].max() >= least and not is_there:
            first = float(times[is_in][np.argmax(above[is_in] >= least)])
            words = {
                "scale": scale,
                "band": rule.band,
                "chance": f"{above[is_in].max():.0%}",
                "ahead": f"{ahead:g}",
            }
            yield _Found(f"{scale}:{found.moment:g}", first, words)


def _assessment_missing(rule: Rule, case: Case) -> Iterator[_Found]:
    gap = rule.limit("gap", case.setting.evidence)
    seen = [item.time for item in case.record.ratings if item.time <= case.clock]
    last = max(seen, default=0.0)
    if case.clock - last >= gap:
        yield _Found(f"{last:g}", last + gap, {"hours": f"{case.clock - last:.0f}"})


def _return_after_break(rule: Rule, case: Case) -> Iterator[_Found]:
    limit = rule.limit("break", case.setting.evidence)
    for before, after in pairwise(case.doses(case.is_opioid)):
        if after.time - before.time < limit or before.dose.item != after.dose.item:
            continue
        if before.dose.unit == after.dose.unit and before.dose.size > 0.0:
            share = f"{after.dose.size / before.dose.size:.0%}"
            words = {"item": after.dose.item, "hours": f"{after.time - before.time:.0f}", "share": share}
            yield _Found(f"{after.time:g}", after.time, words)


def _together(flag: str) -> Callable[[Rule, Case], Iterator[_Found]]:
    """A check of something noted beside opioids of the last day."""

    def check(rule: Rule, case: Case) -> Iterator[_Found]:
        recent = [item for item in case.doses(case.is_opioid) if item.time > case.clock - DAY]
        if flag in case.flags and recent:
            last = recent[-1]
            yield _Found(last.dose.item, last.time, {"item": last.dose.item, "flag": flag.capitalize()})

    return check


def _qt_long(rule: Rule, case: Case) -> Iterator[_Found]:
    limit = rule.limit("limit", case.setting.evidence)
    seen = sorted(
        (item for item in case.record.observations if item.measure == "QTc" and item.time <= case.clock),
        key=lambda item: item.time,
    )
    if seen and seen[-1].value is not None and seen[-1].value >= limit:
        last = seen[-1]
        yield _Found(f"{last.time:g}", last.time, {"value": f"{last.value:g}", "limit": f"{limit:g}"})


def _qt_drug(rule: Rule, case: Case) -> Iterator[_Found]:
    if "long QT" not in case.flags:
        return
    blocking = case.doses(lambda item: any(HERG in drug.channels for drug in case.molecules(item.dose.item)))
    for item in dict.fromkeys(taken.dose.item for taken in blocking):
        since = next(taken.time for taken in blocking if taken.dose.item == item)
        yield _Found(item, since, {"item": item.capitalize()})


def _pregnancy(rule: Rule, case: Case) -> Iterator[_Found]:
    if case.record.covariates.get("pregnancy") == "yes":
        yield _Found("yes", 0.0, {})


def _concentrated(rule: Rule, case: Case) -> Iterator[_Found]:
    for taken in case.doses():
        molecules = case.molecules(taken.dose.item)
        if any(drug.name == CONCENTRATED for drug in molecules) and len(molecules) == 1:
            yield _Found(taken.dose.item, taken.time, {"item": taken.dose.item.capitalize()})
            return


def _interaction(rule: Rule, case: Case) -> Iterator[_Found]:
    span, library = rule.limit("together", case.setting.evidence), case.setting.library
    last: dict[str, float] = {}
    for taken in case.doses(lambda item: item.time >= case.clock - span):
        for drug in case.molecules(taken.dose.item):
            last[drug.name] = taken.time
    for one, other in permutations(last, 2):
        for contact in contacts([library.drugs[one]], library.family(other)):
            words = {"contact": contact.text[:1].upper() + contact.text[1:]}
            rows = _rows_behind(library.drugs[one], contact.enzyme, case)
            key = f"{contact.perpetrator}:{contact.victim}:{contact.enzyme}:{contact.action}"
            yield _Found(key, max(last[one], last[other]), words, rows)


def _rows_behind(drug: Drug, enzyme: str, case: Case) -> tuple[str, ...]:
    """Rows of what a drug does to an enzyme."""
    slots = case.setting.evidence.slots
    names = [
        getattr(effect, item.name)
        for effect in effects_of(drug)
        if effect.enzyme == enzyme
        for item in fields(effect)
        if isinstance(getattr(effect, item.name), str)
    ]
    found = [slots[name] for name in (*names, *(f"{drug.name}.{name}" for name in names)) if name in slots]
    return tuple(slot.row.id for slot in found)


CHECKS: Mapping[str, Callable[[Rule, Case], Iterator[_Found]]] = {
    "score-at-class": _score_at_class,
    "score-rise": _score_rise,
    "forecast-class": _forecast_class,
    "assessment-missing": _assessment_missing,
    "return-after-break": _return_after_break,
    "depressant-together": _together("sedatives"),
    "alcohol-together": _together("alcohol"),
    "qt-long": _qt_long,
    "qt-drug": _qt_drug,
    "pregnancy": _pregnancy,
    "concentrated-7-oh": _concentrated,
    "interaction": _interaction,
}
"""The check of each rule; a test holds the names against the rules."""
