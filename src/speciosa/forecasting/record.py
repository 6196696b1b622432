"""The record of one person: what was taken, what was observed, who it is.

A record is plain data, so that it can come from a file, a form or a database and go back there as JSON. Times
are hours from the start of the record; what was taken before that is one regimen in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Literal

from speciosa.body.scales import SCALES, Scale
from speciosa.errors import RecordError, UnknownNameError
from speciosa.people import LIMITS
from speciosa.people.covariates import LEVELS, PHENOTYPES
from speciosa.people.person import check
from speciosa.regimens import Dose

How = Literal["administered", "reported", "missed"]
HOWS: tuple[How, ...] = ("administered", "reported", "missed")
UNKNOWN_OPIOIDS = "unknown opioids"
"""What `PersonRecord.before` says of somebody who is dependent on amounts that nobody knows."""
FORMAT = "speciosa record 1"
PLASMA = "plasma."
VITALS = {
    "pulse": "1/min",
    "respiratory rate": "1/min",
    "oxygen saturation": "%",
    "systolic pressure": "mmHg",
    "diastolic pressure": "mmHg",
    "temperature": "degC",
    "QTc": "ms",
}
"""Vital signs that a record may hold, with their units; no model of the library is fitted to them."""
PHENOTYPE = "cyp2d6"


@dataclass(frozen=True)
class Intake:
    """One dose, as far as it is known.

    Parameters
    ----------
    time : float
        Hours from the start of the record.
    dose : Dose
    how : {"administered", "reported", "missed"}
        Given under supervision, told by the person, or prescribed and not taken.
    cv : float
        Uncertainty of a reported amount, as a share of it (0.3 for 30 %).

    Raises
    ------
    RecordError
        If a number is not finite or the uncertainty is negative.

    Examples
    --------
    >>> Intake(8.0, Dose("kratom powder", 5.0, "g"), "reported", cv=0.3).is_taken
    True
    """

    time: float
    dose: Dose
    how: How = "administered"
    cv: float = 0.0

    def __post_init__(self) -> None:
        where = f"dose of {self.dose.item}"
        if not isfinite(self.time):
            raise RecordError(f"the time is {self.time}", where=where, expected="hours")
        if self.how not in HOWS:
            raise UnknownNameError("way of taking", self.how, HOWS, where=where)
        if not (isfinite(self.cv) and 0.0 <= self.cv <= 1.0):
            raise RecordError(
                f"the uncertainty is {self.cv:g}", where=where, expected="a share from 0 to 1 (0.3 for 30 %)"
            )

    @property
    def is_taken(self) -> bool:
        """Whether it entered the body."""
        return self.how != "missed"


@dataclass(frozen=True)
class Observation:
    """One observation: a rating (total, items or severity class), a concentration, or a vital sign.

    Parameters
    ----------
    time : float
        Hours from the start of the record.
    measure : str
        Name of a scale (``COWS``), ``plasma.<drug>``, or one of `VITALS`.
    total : int, optional
        Of a scale.
    items : tuple of int, optional
        Of a scale, in its order.
    band : str, optional
        Severity class of a scale, such as ``mild``; ``none`` for what lies below the first.
    value : float, optional
        Of a concentration (in `unit`) or a vital sign.
    unit : str
        Of a concentration.
    window : float
        Hours before `time` that a rating stands for, if its hour was not recorded; 0 for the moment itself.

    Raises
    ------
    RecordError
        If what was seen is not told in exactly one way, or cannot be.
    UnknownNameError
        For an unknown measure or band.

    Examples
    --------
    >>> Observation(24.0, "COWS", items=(1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0)).points
    8
    """

    time: float
    measure: str
    total: int | None = None
    items: tuple[int, ...] | None = None
    band: str | None = None
    value: float | None = None
    unit: str = ""
    window: float = 0.0

    def __post_init__(self) -> None:
        where = f"{self.measure} at {self.time:g} h"
        if not isfinite(self.time) or not (isfinite(self.window) and self.window >= 0.0):
            raise RecordError(
                f"time and window are {self.time:g} and {self.window:g}", where=where, expected="hours"
            )
        scale = self.scale
        if scale is None and not self.is_concentration and self.measure not in VITALS:
            known = [*(item.name for item in SCALES), "plasma.<drug>", *VITALS]
            raise UnknownNameError("measure", self.measure, known, where="observation")
        told = [name for name in ("total", "items", "band", "value") if getattr(self, name) is not None]
        allowed = ("value",) if scale is None else ("total", "items", "band")
        if len(told) != 1 or told[0] not in allowed:
            raise RecordError(
                f"{' and '.join(told) or 'nothing'} is given",
                where=where,
                expected=" or ".join(allowed) if scale is None else "one of total, items and band",
            )
        if scale is not None:
            _check_rating(self, scale, where)
        elif not (self.value is not None and isfinite(self.value) and self.value >= 0.0):
            raise RecordError(f"the value is {self.value}", where=where, expected="zero or more")

    @property
    def scale(self) -> Scale | None:
        """The scale it is a rating on, if it is one."""
        return next((item for item in SCALES if item.name == self.measure), None)

    @property
    def is_concentration(self) -> bool:
        """Whether it is a concentration in plasma."""
        return self.measure.startswith(PLASMA) and len(self.measure) > len(PLASMA)

    @property
    def points(self) -> int | None:
        """Total of a rating; None where only a band is known or it is no rating."""
        return sum(self.items) if self.items is not None else self.total


def _check_rating(seen: Observation, scale: Scale, where: str) -> None:
    if seen.band is not None:
        known = (scale.below, *(name for name, _ in scale.bands))
        if not scale.bands or seen.band not in known:
            raise UnknownNameError(f"band of {scale.name}", seen.band, known, where=where)
    if seen.total is not None and not 0 <= seen.total <= scale.maximum:
        raise RecordError(f"the total is {seen.total}", where=where, expected=f"0 to {scale.maximum}")
    if seen.items is None:
        return
    if len(seen.items) != len(scale.items):
        raise RecordError(
            f"there are {len(seen.items)} items",
            where=where,
            expected=f"the {len(scale.items)} of {scale.name}",
        )
    for number, (item, points) in enumerate(zip(scale.items, seen.items, strict=True), start=1):
        if points not in (0, *item.points):
            allowed = ", ".join(str(value) for value in (0, *item.points))
            raise RecordError(
                f"item {number} ({item.name}) has {points} points", where=where, expected=f"one of {allowed}"
            )


@dataclass(frozen=True)
class PersonRecord:
    """What is known of one person, up to a moment.

    Parameters
    ----------
    id : str
        A pseudonym.
    doses : tuple of Intake
        In any order.
    observations : tuple of Observation
        In any order; those later than `now` are known in hindsight and no part of a forecast.
    covariates : mapping of str to float or str
        Those that are known: weight (kg), height (cm), age (years), sex, egfr, child_pugh, pregnancy,
        cyp2d6_activity_score or the phenotype cyp2d6, cyp2b6_genotype.
    before : str
        What was taken up to time 0, as a regimen with an end (``kratom powder 5 g every 6 h for 180 days``),
        ``unknown opioids`` for dependence on amounts that nobody knows, or nothing.
    now : float, optional
        The moment up to which is known, h; the last time of the record if left out.
    started : str
        Date and hour of time 0 in ISO 8601, if times are to be shown as dates.

    Raises
    ------
    RecordError
        If a part cannot be used.
    PersonError
        If a covariate is out of range.
    UnknownNameError
        For an unknown covariate.

    Examples
    --------
    >>> record = PersonRecord(
    ...     "P-017",
    ...     doses=(Intake(0.0, Dose("buprenorphine", 8.0, "mg", "sublingual")),),
    ...     observations=(Observation(2.0, "COWS", total=9), Observation(24.0, "COWS", band="mild")),
    ...     before="unknown opioids",
    ... )
    >>> record.moment, PersonRecord.from_dict(record.to_dict()) == record
    (24.0, True)
    """

    id: str
    doses: tuple[Intake, ...] = ()
    observations: tuple[Observation, ...] = ()
    covariates: Mapping[str, float | str] = field(default_factory=dict)
    before: str = ""
    now: float | None = None
    started: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise RecordError("the record has no id", expected="a pseudonym")
        if self.now is not None and not isfinite(self.now):
            raise RecordError(f"now is {self.now}", where=f"record {self.id}", expected="hours")
        times = [("a dose", item.time) for item in self.doses]
        times += [("an observation", item.time) for item in self.observations]
        for what, time in times:
            if time < 0.0:
                raise RecordError(
                    f"{what} is at {time:g} h",
                    where=f"record {self.id}",
                    expected="zero or later",
                    advice="Tell what came before the start in words, in `before`.",
                )
        if self.started:
            _date(self.started, f"record {self.id}, started")
        self._check_covariates()

    def _check_covariates(self) -> None:
        known, where = (*LIMITS, *LEVELS, PHENOTYPE), f"record {self.id}, covariates"
        for name, value in self.covariates.items():
            if name not in known:
                raise UnknownNameError("covariate", name, known, where=where)
            if name in LIMITS and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise RecordError(f"{name} is {value!r}", where=where, expected="a number")
            if name == PHENOTYPE and value not in PHENOTYPES:
                raise UnknownNameError("CYP2D6 phenotype", str(value), PHENOTYPES, where=where)
        check({name: value for name, value in self.covariates.items() if name != PHENOTYPE}, where)

    @property
    def moment(self) -> float:
        """The moment up to which is known, h."""
        if self.now is not None:
            return self.now
        times = [*(item.time for item in self.doses), *(item.time for item in self.observations)]
        return max(times, default=0.0)

    @property
    def ratings(self) -> tuple[Observation, ...]:
        """Ratings on scales, in order of time."""
        return self._sorted(lambda item: item.scale is not None)

    @property
    def concentrations(self) -> tuple[Observation, ...]:
        """Concentrations, in order of time."""
        return self._sorted(lambda item: item.is_concentration)

    def _sorted(self, wanted: Callable[[Observation], bool]) -> tuple[Observation, ...]:
        return tuple(sorted(filter(wanted, self.observations), key=lambda item: item.time))

    def until(self, time: float) -> PersonRecord:
        """The record as it was at a time: without later doses and observations, `now` being there."""
        return replace(
            self,
            doses=tuple(item for item in self.doses if item.time <= time),
            observations=tuple(item for item in self.observations if item.time <= time),
            now=time,
        )

    def with_observation(self, seen: Observation) -> PersonRecord:
        """The record with one more observation; the moment moves to it if it is later."""
        now = None if self.now is None else max(self.now, seen.time)
        return replace(self, observations=(*self.observations, seen), now=now)

    def date(self, time: float) -> datetime | None:
        """Date and hour of a time; None where the start has none."""
        if not self.started:
            return None
        return _date(self.started, f"record {self.id}") + timedelta(hours=time)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data for JSON; defaults are left out."""
        found: dict[str, Any] = {"format": FORMAT, "id": self.id}
        given = {"started": self.started, "before": self.before, "now": self.now}
        found |= {key: value for key, value in given.items() if value not in ("", None)}
        if self.covariates:
            found["covariates"] = dict(self.covariates)
        found["doses"] = [_dose_table(item) for item in self.doses]
        found["observations"] = [_observation_table(item) for item in self.observations]
        return found

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> PersonRecord:
        """Read what `to_dict` wrote.

        Raises
        ------
        RecordError
            Naming the place and the key.
        """
        known = ("format", "id", "started", "before", "now", "covariates", "doses", "observations")
        _known(table, known, "record")
        if table.get("format", FORMAT) != FORMAT:
            raise RecordError(
                f"the format is {table['format']!r}", where="record, key format", expected=repr(FORMAT)
            )
        if "id" not in table:
            raise RecordError("the record has no id", where="record", expected="a pseudonym")
        return cls(
            str(table["id"]),
            tuple(intake_of(item, f"record, doses[{number}]") for number, item in _tables(table, "doses")),
            tuple(
                observation_of(item, f"record, observations[{number}]")
                for number, item in _tables(table, "observations")
            ),
            dict(table.get("covariates", {})),
            str(table.get("before", "")),
            None if table.get("now") is None else _number(table["now"], "record, key now"),
            str(table.get("started", "")),
        )


def intake_of(table: Mapping[str, Any], where: str) -> Intake:
    """A dose from a plain table: time, item, amount, unit, route, content, how, cv.

    Raises
    ------
    RecordError
        Naming the place and the key.
    """
    _known(table, ("time", "item", "amount", "unit", "route", "content", "how", "cv"), where)
    for key in ("time", "item", "amount"):
        if key not in table:
            raise RecordError(f"{key} is missing", where=where, expected="time, item and amount of the dose")
    dose = Dose(
        str(table["item"]),
        _number(table["amount"], f"{where}, key amount"),
        str(table.get("unit", "mg")),
        table.get("route") or None,
        tuple(
            (str(drug), _number(value, f"{where}, key content")) for drug, value in table.get("content", ())
        ),
    )
    time, cv = _number(table["time"], f"{where}, key time"), _number(table.get("cv", 0.0), f"{where}, key cv")
    return Intake(time, dose, table.get("how", "administered"), cv)


def observation_of(table: Mapping[str, Any], where: str) -> Observation:
    """An observation from a plain table: time, measure, and what was seen.

    Raises
    ------
    RecordError
        Naming the place and the key.
    """
    _known(table, ("time", "measure", "total", "items", "band", "value", "unit", "window"), where)
    for key in ("time", "measure"):
        if key not in table:
            raise RecordError(f"{key} is missing", where=where, expected="time and measure")
    items, total, value = table.get("items"), table.get("total"), table.get("value")
    return Observation(
        _number(table["time"], f"{where}, key time"),
        str(table["measure"]),
        None if total is None else _whole(total, f"{where}, key total"),
        None if items is None else tuple(_whole(item, f"{where}, key items") for item in items),
        table.get("band"),
        None if value is None else _number(value, f"{where}, key value"),
        str(table.get("unit", "")),
        _number(table.get("window", 0.0), f"{where}, key window"),
    )


def _dose_table(item: Intake) -> dict[str, Any]:
    dose = item.dose
    found: dict[str, Any] = {"time": item.time, "item": dose.item, "amount": dose.amount, "unit": dose.unit}
    if dose.route:
        found["route"] = dose.route
    if dose.content:
        found["content"] = [list(pair) for pair in dose.content]
    found["how"] = item.how
    if item.cv:
        found["cv"] = item.cv
    return found


def _observation_table(item: Observation) -> dict[str, Any]:
    found: dict[str, Any] = {"time": item.time, "measure": item.measure}
    for name in ("total", "band", "value"):
        if getattr(item, name) is not None:
            found[name] = getattr(item, name)
    if item.items is not None:
        found["items"] = list(item.items)
    if item.unit:
        found["unit"] = item.unit
    if item.window:
        found["window"] = item.window
    return found


def _tables(table: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    found: Sequence[Any] = table.get(key, ())
    for number, item in enumerate(found):
        if not isinstance(item, Mapping):
            raise RecordError(
                f"{item!r} is no table", where=f"record, {key}[{number}]", expected="keys and values"
            )
    return list(enumerate(found))


def _known(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise UnknownNameError("key", str(key), known, where=where)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{value!r} is no number", where=where, expected="a number")
    return float(value)


def _whole(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise RecordError(f"{value!r} is no whole number", where=where, expected="a whole number")
    return int(value)


def _date(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(
            f"{text!r} is no date", where=where, expected="ISO 8601: 2026-03-01T08:00"
        ) from error
