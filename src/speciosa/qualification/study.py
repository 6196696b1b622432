"""What a target's regimen says of the study: who was given what, how often and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import sqrt

from speciosa.errors import QualificationError
from speciosa.evidence import Target

UNSTATED = ("any",)
AMOUNT_UNITS = ("g", "mg", "ug", "ng")
PER = ("", "kg", "70kg", "h")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?")
_KEYS = (
    *("drug", "dose", "unit", "route", "product", "interval_h", "n_doses", "start_h", "duration_h"),
    *("duration_d", "population", "n", "protocol", "stop", "plasma_ng_ml", "sample_h", "sample_min"),
    *("start_d", "end_d", "assess_d", "lag_d", "since_last_dose_d", "week"),
)


@dataclass(frozen=True)
class Span:
    """A number, or a range as it is printed.

    Parameters
    ----------
    low, high : float
        The same for a single number.

    Examples
    --------
    >>> Span(2.0, 8.0).middle
    4.0
    """

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The geometric middle; of a range that starts at zero the arithmetic one."""
        return sqrt(self.low * self.high) if self.low > 0.0 else (self.low + self.high) / 2.0


@dataclass(frozen=True)
class Treatment:
    """One drug of a study.

    Parameters
    ----------
    drug : str
        As the target names it.
    dose : Span, optional
        None where none is stated.
    unit : str
        Unit of the amount: g, mg, ug or ng.
    per : str
        "", "kg", "70kg" (of body weight) or "h" (a rate).
    dose_text : str
        The dose as it is printed, where it is no number (a taper, a volume of juice).
    route, product : str
        Empty where not stated.
    interval : float
        Between doses, h; 0 for a single dose.
    doses : int
        How many.
    start : float, optional
        First dose, h.
    duration : float
        Of an infusion or a patch, h; 0 where none is stated.
    population : str
        Who took it, in the target's words.
    """

    drug: str
    dose: Span | None = None
    unit: str = "mg"
    per: str = ""
    dose_text: str = ""
    route: str = ""
    product: str = ""
    interval: float = 0.0
    doses: int = 1
    start: float | None = None
    duration: float = 0.0
    population: str = ""

    @property
    def length(self) -> float:
        """From the first dose to the last one, h."""
        return self.interval * (self.doses - 1)


@dataclass(frozen=True)
class Study:
    """A target with its treatments, in the order in which the target names them."""

    target: Target
    treatments: tuple[Treatment, ...]

    @property
    def topic(self) -> str:
        """The part of the target's id that says what it is about: pk, ddi, kr, occ, vent, wd or tx."""
        return topic_of(self.target)

    @property
    def population(self) -> str:
        """Who was studied, in the target's words; empty where nobody is named."""
        return next((item.population for item in self.treatments if item.population), "")


def topic_of(target: Target) -> str:
    """Topic of a target, from its id.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> topic_of(load().targets["t-pk-meth-cdr"])
    'pk'
    """
    return target.id.split("-")[1]


def read_study(target: Target) -> Study:
    """Read the regimen of a target.

    Parameters
    ----------
    target : Target

    Returns
    -------
    Study

    Raises
    ------
    QualificationError
        If a key is unknown or a value cannot be read: a fault of the table.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> (treatment,) = read_study(load().targets["t-pk-meth-cdr"]).treatments
    >>> treatment.drug, treatment.dose.middle, treatment.unit, treatment.interval, treatment.doses
    ('methadone', 100.0, 'mg', 24.0, 60)
    """
    return Study(target, tuple(_treatment(cells, target) for cells in target.segments))


def _treatment(cells: Mapping[str, str], target: Target) -> Treatment:
    where = f"{target.file}:{target.line}, target {target.id}"
    for key in cells:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(_KEYS)}."
            raise QualificationError(f"unknown key {key!r} in the regimen", where=where, advice=hint)
    if not cells.get("drug"):
        raise QualificationError("a part of the regimen names no drug", where=where, expected="drug=NAME")
    unit, per = _unit(cells.get("unit", "mg"), where)
    dose, text = _dose(cells.get("dose", ""))
    doses = _span(cells, "n_doses", where)
    days = _span(cells, "duration_d", where)
    interval = _span(cells, "interval_h", where)
    duration = _span(cells, "duration_h", where)
    start = _span(cells, "start_h", where)
    return Treatment(
        drug=cells["drug"],
        dose=dose,
        unit=unit,
        per=per,
        dose_text=text,
        route=cells.get("route", ""),
        product=cells.get("product", ""),
        interval=interval.middle if interval else 0.0,
        doses=_count(doses, days, interval),
        start=start.middle if start else None,
        duration=duration.middle if duration else 0.0,
        population=cells.get("population", ""),
    )


def _count(doses: Span | None, days: Span | None, interval: Span | None) -> int:
    """Number of doses, from the number of days where that is stated instead."""
    if doses is not None:
        return max(1, round(doses.middle))
    if days is not None and interval is not None and interval.middle > 0.0:
        return max(1, round(days.middle * 24.0 / interval.middle))
    return 1


def _unit(text: str, where: str) -> tuple[str, str]:
    amount, _, per = text.partition("/")
    if amount not in AMOUNT_UNITS or per not in PER or text.endswith("/"):
        raise QualificationError(
            f"{text!r} is no unit of a dose",
            where=where,
            expected=f"one of {', '.join(AMOUNT_UNITS)}, alone or per kg, 70kg or h",
        )
    return amount, per


def _dose(text: str) -> tuple[Span | None, str]:
    """The dose as a number or range, and what is printed where it is neither."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None, "" if text in UNSTATED else text
    return Span(float(match[1]), float(match[2] or match[1])), ""


def _span(cells: Mapping[str, str], key: str, where: str) -> Span | None:
    text = cells.get(key, "")
    if not text:
        return None
    match = _RANGE.fullmatch(text)
    if match is None:
        raise QualificationError(
            f"{key} is {text!r}", where=where, expected="a number, or a range such as 6-8"
        )
    return Span(float(match[1]), float(match[2] or match[1]))
