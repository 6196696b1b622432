"""What can be entered of a person: typed, checked when made, one class a kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from math import isfinite
from typing import Any, ClassVar, Self

from speciosa.drugs import catalog
from speciosa.errors import RecordError, SpeciosaError, UnknownNameError
from speciosa.forecasting import UNKNOWN_OPIOIDS
from speciosa.monitor.db.columns import Version
from speciosa.monitor.db.tables import (
    AcknowledgementVersion,
    AssessmentVersion,
    CharacteristicsVersion,
    DoseVersion,
    EpisodeVersion,
    MeasurementVersion,
    NoteVersion,
    PlanVersion,
    ProductVersion,
)
from speciosa.monitor.services import checks
from speciosa.monitor.services.vocabulary import (
    BASES,
    FLAGS,
    MEASUREMENTS,
    SUBSTANCE_CLASSES,
    canonical_item,
    check_dose_unit,
    check_scale,
    route_of,
    total_of,
)
from speciosa.people.covariates import LEVELS, LIMITS
from speciosa.regimens import Regimen, parse

_LARGEST = 1e6
_LONGEST_INTERVAL = 24.0 * 365
_LONGEST_DOUBT = 24.0 * 31


@dataclass(frozen=True)
class Entry:
    """What the kinds of entries share."""

    table: ClassVar[type[Version]]
    when: ClassVar[str]
    """Field with the moment that orders the records of a person."""

    @classmethod
    def kind(cls) -> str:
        """Name of the kind: that of its table."""
        return str(cls.table.__tablename__)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, row: Version) -> Self:
        """The entry that a stored version holds.

        It was checked when it came, and is not checked again: a limit that a later version of the program
        sets must not make old records unreadable.
        """
        found = object.__new__(cls)
        for item in fields(cls):
            found._set(item.name, getattr(row, item.name))
        return found

    def values(self) -> dict[str, Any]:
        """The columns that the entry fills."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


@dataclass(frozen=True)
class CharacteristicsEntry(Entry):
    """What parameters may depend on, and what calls for care, as known from `since` on.

    Parameters
    ----------
    since : datetime
    birth_year : int, optional
    sex : {"female", "male", "unspecified"}, optional
    weight : float, optional
        kg.
    height : float, optional
        cm.
    egfr : float, optional
        mL/min per 1.73 m2.
    child_pugh, pregnancy, cyp2b6_genotype : str, optional
        Levels of `speciosa.people`.
    cyp2d6_activity_score : float, optional
    flags : tuple of str
        Of `FLAGS`: what calls for care.
    """

    table = CharacteristicsVersion
    when = "since"

    since: datetime
    birth_year: int | None = None
    sex: str | None = None
    weight: float | None = None
    height: float | None = None
    egfr: float | None = None
    child_pugh: str | None = None
    pregnancy: str | None = None
    cyp2d6_activity_score: float | None = None
    cyp2b6_genotype: str | None = None
    flags: list[str] | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.moment("since", self.since)
        checks.whole("birth_year", self.birth_year, checks.FIRST_YEAR, self.since.year, is_needed=False)
        for name in ("weight", "height", "egfr", "cyp2d6_activity_score"):
            low, high, unit = LIMITS[name]
            unit = "" if unit == "dimensionless" else unit
            checks.number(name, getattr(self, name), low, high, unit=unit, is_needed=False)
        for name, levels in LEVELS.items():
            checks.choice(name, getattr(self, name), levels, is_needed=False)
        if not isinstance(self.flags, list | tuple):
            raise RecordError(
                f"{self.flags!r:.60} is no list", where="flags", expected="words of the list of flags"
            )
        for flag in self.flags:
            checks.choice("flags", flag, FLAGS)
        self._set("flags", sorted(set(self.flags)))
        if self.pregnancy == "yes" and self.sex == "male":
            raise RecordError(
                "pregnancy is 'yes' and sex is 'male'", where="pregnancy", expected="sex female"
            )


@dataclass(frozen=True)
class EpisodeEntry(Entry):
    """A course of monitoring.

    Parameters
    ----------
    title : str
    started_at : datetime
    ended_at : datetime, optional
        None while it lasts.
    assessment_interval : float, optional
        An assessment is due every so many hours.
    taken_before : str, optional
        What was taken up to the start, as a regimen with an end, or ``unknown opioids`` for dependence on
        amounts that nobody knows.
    """

    table = EpisodeVersion
    when = "started_at"

    title: str
    started_at: datetime
    ended_at: datetime | None = None
    assessment_interval: float | None = None
    taken_before: str | None = None

    def __post_init__(self) -> None:
        checks.line("title", self.title)
        checks.moment("started_at", self.started_at)
        checks.moment("ended_at", self.ended_at, is_needed=False)
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise RecordError("the end lies before the start", where="ended_at", expected="a later moment")
        checks.number(
            "assessment_interval", self.assessment_interval, 0, _LONGEST_INTERVAL,
            unit="h", is_open=True, is_needed=False,
        )  # fmt: skip
        checks.text("taken_before", self.taken_before, is_needed=False)
        if self.taken_before is not None and self.taken_before != UNKNOWN_OPIOIDS:
            regimen = _regimen("taken_before", self.taken_before)
            if not isfinite(regimen.end):
                raise RecordError(
                    "the regimen has no end", where="taken_before", expected="a length: for 90 days"
                )


@dataclass(frozen=True)
class ProductEntry(Entry):
    """A product as people have it, with the content that is known. It belongs to nobody.

    Parameters
    ----------
    name : str
    substance : str
        Of `SUBSTANCE_CLASSES`.
    item : str, optional
        Drug or product of the library that it is; None where the library has none.
    batch : str, optional
    content : sequence of mapping
        ``{"drug": "mitragynine", "value": 15.0, "unit": "mg/g", "basis": "lab"}``; the unit is mg/g, mg/mL or
        mg (a piece), the basis lab, label or assumed.
    note : str, optional
    """

    table = ProductVersion
    when = "recorded_at"

    name: str
    substance: str
    item: str | None = None
    batch: str | None = None
    content: list[dict[str, Any]] | tuple[Mapping[str, Any], ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        checks.line("name", self.name)
        checks.choice("substance", self.substance, SUBSTANCE_CLASSES)
        if self.item is not None:
            self._set("item", _known("item", self.item))
        checks.line("batch", self.batch, is_needed=False)
        checks.text("note", self.note, is_needed=False)
        if not isinstance(self.content, list | tuple):
            raise RecordError(
                f"{self.content!r:.60} is no list", where="content", expected="a list of contents"
            )
        self._set("content", [_content(part) for part in self.content])


@dataclass(frozen=True)
class DoseEntry(Entry):
    """A dose.

    Parameters
    ----------
    taken_at : datetime
    item : str
        Drug or product of the library, a substance of the list beside it, or the name of the product.
    amount : float
    unit : str
        Of `DOSE_UNITS`: a mass, a mass per hour (patches), mL, or ``"piece"`` of a product.
    basis : {"administered", "reported", "missed"}
    route : str, optional
    product_id : str, optional
        Record id of a product.
    amount_low, amount_high : float, optional
        The amount is believed to lie between them (as a 90 % interval, where a forecast uses it).
    time_uncertainty : float, optional
        The time is believed to be right within so many hours.
    note : str, optional

    Raises
    ------
    RecordError
        If a field cannot be kept.

    Examples
    --------
    >>> from datetime import UTC
    >>> DoseEntry(datetime(2026, 3, 1, 8, tzinfo=UTC), "kratom", 3.0, "g", "reported").item
    'kratom powder'
    """

    table = DoseVersion
    when = "taken_at"

    taken_at: datetime
    item: str
    amount: float
    unit: str
    basis: str
    route: str | None = None
    product_id: str | None = None
    amount_low: float | None = None
    amount_high: float | None = None
    time_uncertainty: float | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        checks.moment("taken_at", self.taken_at)
        checks.line("product_id", self.product_id, is_needed=False)
        checks.line("item", self.item)
        if self.product_id is None:
            self._set("item", _known("item", self.item))
        checks.number("amount", self.amount, 0, _LARGEST, is_open=True)
        check_dose_unit(self.unit, has_product=self.product_id is not None)
        checks.choice("basis", self.basis, BASES)
        if self.route is not None:
            checks.line("route", self.route)
            self._set("route", route_of(self.item, self.route))
        self._check_doubt()
        checks.text("note", self.note, is_needed=False)

    def _check_doubt(self) -> None:
        if (self.amount_low is None) != (self.amount_high is None):
            raise RecordError(
                "one limit of the amount is given", where="amount_low", expected="both, or neither"
            )
        if self.amount_low is not None:
            checks.number("amount_low", self.amount_low, 0, self.amount)
            checks.number("amount_high", self.amount_high, self.amount, _LARGEST)
        checks.number("time_uncertainty", self.time_uncertainty, 0, _LONGEST_DOUBT, unit="h", is_needed=False)


@dataclass(frozen=True)
class AssessmentEntry(Entry):
    """A rating: every item of a scale, or where no more is known its total or its severity band.

    Parameters
    ----------
    assessed_at : datetime
    scale : str
        Of `speciosa.body.scales`.
    items : mapping of str to int, optional
        Score of every item.
    total : int, optional
        Follows from the items where they are given.
    band : str, optional
        Severity band, where nothing else is known.
    note : str, optional
    """

    table = AssessmentVersion
    when = "assessed_at"

    assessed_at: datetime
    scale: str
    items: dict[str, int] | None = None
    total: int | None = None
    band: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        checks.moment("assessed_at", self.assessed_at)
        scale = check_scale(self.scale)
        if self.items is not None:
            summed = total_of(scale, self.items)
            if self.total not in (None, summed):
                raise RecordError(
                    f"the total is {self.total!r:.60} and the items add up to {summed}",
                    where="total",
                    expected="their sum, or nothing",
                )
            self._set("total", summed)
        if self.total is not None:
            checks.whole("total", self.total, 0, scale.maximum)
        elif self.band is None:
            raise RecordError("nothing is rated", where="items", expected="items, a total or a band")
        if self.band is not None and not scale.bands:
            raise RecordError(
                f"{scale.name} has no severity bands", where="band", expected="items or a total"
            )
        checks.choice("band", self.band, (scale.below, *(name for name, _ in scale.bands)), is_needed=False)
        if self.band is not None and self.total is not None:
            raise RecordError("a band is given beside a total", where="band", expected="one of the two")
        checks.text("note", self.note, is_needed=False)


@dataclass(frozen=True)
class MeasurementEntry(Entry):
    """A vital sign or a concentration.

    Parameters
    ----------
    measured_at : datetime
    kind_of : str
        Of `MEASUREMENTS`: ``"pulse"``, ``"concentration"`` ...
    value : float
    unit : str
        Converts to the unit of the kind.
    is_below_limit : bool
        The value is the limit of quantification, and what was measured lies below it.
    analyte : str, optional
        Drug of a concentration.
    matrix : {"plasma", "serum", "whole blood", "urine", "oral fluid"}, optional
    note : str, optional
    """

    table = MeasurementVersion
    when = "measured_at"

    measured_at: datetime
    kind_of: str
    value: float
    unit: str
    is_below_limit: bool = False
    analyte: str | None = None
    matrix: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        checks.moment("measured_at", self.measured_at)
        checks.choice("kind_of", self.kind_of, MEASUREMENTS)
        checks.flag("is_below_limit", self.is_below_limit)
        checks.text("note", self.note, is_needed=False)
        self._set(
            "analyte", MEASUREMENTS[self.kind_of].check(self.value, self.unit, self.analyte, self.matrix)
        )


@dataclass(frozen=True)
class NoteEntry(Entry):
    """A note.

    Parameters
    ----------
    noted_at : datetime
    text : str
    """

    table = NoteVersion
    when = "noted_at"

    noted_at: datetime
    text: str

    def __post_init__(self) -> None:
        checks.moment("noted_at", self.noted_at)
        checks.text("text", self.text)


@dataclass(frozen=True)
class PlanEntry(Entry):
    """A regimen that a clinician wrote down.

    Parameters
    ----------
    starts_at : datetime
    title : str
    regimen : str
        In the words of the regimen grammar.
    is_active : bool
    """

    table = PlanVersion
    when = "starts_at"

    starts_at: datetime
    title: str
    regimen: str
    is_active: bool = True

    def __post_init__(self) -> None:
        checks.moment("starts_at", self.starts_at)
        checks.line("title", self.title)
        checks.text("regimen", self.regimen)
        checks.flag("is_active", self.is_active)
        _regimen("regimen", self.regimen)


@dataclass(frozen=True)
class AcknowledgementEntry(Entry):
    """A reason for attention that was seen, with a comment.

    Parameters
    ----------
    acknowledged_at : datetime
    rule : str
    reason_key : str
        Which reason of that rule: stays the same for as long as it is the same reason.
    comment : str
    """

    table = AcknowledgementVersion
    when = "acknowledged_at"

    acknowledged_at: datetime
    rule: str
    reason_key: str
    comment: str

    def __post_init__(self) -> None:
        checks.moment("acknowledged_at", self.acknowledged_at)
        checks.line("rule", self.rule)
        checks.line("reason_key", self.reason_key)
        checks.text("comment", self.comment)


ENTRIES: tuple[type[Entry], ...] = (
    CharacteristicsEntry,
    EpisodeEntry,
    ProductEntry,
    DoseEntry,
    AssessmentEntry,
    MeasurementEntry,
    NoteEntry,
    PlanEntry,
    AcknowledgementEntry,
)
"""Every kind of entry."""


def entry_class(kind: str) -> type[Entry]:
    """The class of a kind of records.

    Raises
    ------
    UnknownNameError
        With near misses.

    Examples
    --------
    >>> entry_class("doses").__name__
    'DoseEntry'
    """
    known = {item.kind(): item for item in ENTRIES}
    if kind not in known:
        raise UnknownNameError("kind of record", kind, known)
    return known[kind]


def _regimen(name: str, text: str) -> Regimen:
    try:
        return parse(text, catalog())
    except SpeciosaError as fault:
        raise RecordError(
            fault.problem, where=name, expected=fault.expected, advice=fault.advice, excerpt=fault.excerpt
        ) from fault


def _known(name: str, item: str) -> str:
    checks.line(name, item)
    try:
        return canonical_item(item)
    except UnknownNameError as fault:
        raise RecordError(fault.problem, where=name, advice=fault.advice) from fault


def _content(part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping) or set(part) != {"drug", "value", "unit", "basis"}:
        raise RecordError(
            f"{part!r:.60} is no content", where="content", expected="drug, value, unit and basis of each"
        )
    drug = _known("content", part["drug"])
    checks.number("content", part["value"], 0, _LARGEST)
    checks.choice("content", part["unit"], ("mg/g", "mg/mL", "mg"))
    checks.choice("content", part["basis"], ("lab", "label", "assumed"))
    return {"drug": drug, "value": float(part["value"]), "unit": part["unit"], "basis": part["basis"]}
