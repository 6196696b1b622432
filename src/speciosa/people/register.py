"""Real people: their covariates from a CSV file, checked cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import isnan, nan

import numpy as np

from speciosa.errors import PersonError, SpeciosaError
from speciosa.evidence import Evidence
from speciosa.people.covariates import LEVELS, LIMITS, NEEDED, FloatArray, TextArray, activity_score
from speciosa.people.history import OpioidHistory
from speciosa.people.person import Person, check, differing
from speciosa.people.streams import Streams

PHENOTYPE = "cyp2d6_phenotype"
HISTORY = tuple(f"history_{item.name}" for item in fields(OpioidHistory))
_HISTORY_NUMBERS = ("history_daily", "history_days", "history_doses_per_day")
COLUMNS = ("id", *LIMITS, *LEVELS, PHENOTYPE, *HISTORY)
"""Columns that a file may have; `NEEDED` are those that it must have."""


@dataclass(frozen=True)
class Register:
    """People as they were observed.

    Parameters
    ----------
    people : tuple of Person
        In the order of the file.
    name : str
        Of the file.
    slots : tuple of str
        Evidence slots that the covariates rest on: activity scores where phenotypes were observed.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> rows = [{"weight": "82", "height": "180", "age": "41", "sex": "male"}]
    >>> Register.read(rows, load()).people[0].sex
    'male'
    """

    people: tuple[Person, ...]
    name: str = "people"
    slots: tuple[str, ...] = ()

    @classmethod
    def read(cls, rows: Sequence[Mapping[str, str]], evidence: Evidence, where: str = "people") -> Register:
        """Read rows of text.

        Parameters
        ----------
        rows : sequence of mapping of str to str
            Column to cell; an empty cell is an unknown value.
        evidence : Evidence
            Turns CYP2D6 phenotypes into activity scores.
        where : str
            Name of the file, for messages.

        Returns
        -------
        Register

        Raises
        ------
        SpeciosaError
            Naming file, line and column of the first fault.
        """
        if not rows:
            raise PersonError("the table has no rows", where=where, expected="one line a person")
        _check_columns(list(rows[0]), where)
        people = tuple(
            _person(row, evidence, f"{where}, line {number}") for number, row in enumerate(rows, start=2)
        )
        phenotypes = dict.fromkeys(row[PHENOTYPE] for row in rows if row.get(PHENOTYPE))
        return cls(people, where, tuple(f"cyp2d6.activity_score.{name}" for name in phenotypes))

    @property
    def text(self) -> str:
        """Where the people come from."""
        return f"covariates of {len(self.people)} people of {self.name}"

    @property
    def stated(self) -> tuple[str, ...]:
        """Covariates beyond the needed ones that the table states."""
        return differing(self.people)

    def _rows(self, streams: Streams) -> list[int]:
        """Everybody once; beyond the end of the table, people are drawn from it again."""
        count = len(self.people)
        again = (streams.uniform("person.row") * count).astype(np.int64)
        numbers = streams.numbers.tolist()
        return [
            number if number < count else int(drawn) for number, drawn in zip(numbers, again, strict=True)
        ]

    def values(self, streams: Streams) -> dict[str, FloatArray]:
        """Numeric covariates of each person."""
        rows = self._rows(streams)
        return {name: np.array([getattr(self.people[row], name) for row in rows]) for name in LIMITS}

    def levels(self, streams: Streams) -> dict[str, TextArray]:
        """Categorical covariates of each person."""
        rows = self._rows(streams)
        return {name: np.array([getattr(self.people[row], name) for row in rows]) for name in LEVELS}

    def histories(self, streams: Streams) -> tuple[OpioidHistory | None, ...]:
        """Opioid history of each person."""
        return tuple(self.people[row].history for row in self._rows(streams))


def rows_of(text: str, where: str) -> list[dict[str, str]]:
    """The rows of a CSV text.

    Parameters
    ----------
    text : str
    where : str
        Name of the file, for messages.

    Returns
    -------
    list of dict

    Raises
    ------
    PersonError
        If a line has more or fewer cells than the header.
    """
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff").rstrip())))
    if not lines:
        raise PersonError("the file is empty", where=where, expected="a header and one line a person")
    header = [cell.strip() for cell in lines[0]]
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise PersonError(f"the column {twice[0]!r} is there twice", where=f"{where}, line 1", expected="one")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(header):
            raise PersonError(
                f"{len(cells)} cells",
                where=f"{where}, line {number}",
                expected=f"{len(header)}, as the header",
            )
        rows.append({name: cell.strip() for name, cell in zip(header, cells, strict=True)})
    return rows


def _check_columns(names: Iterable[str], where: str) -> None:
    names = list(names)
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name.lower(), COLUMNS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known columns: {', '.join(COLUMNS)}."
            raise PersonError(f"unknown column {name!r}", where=f"{where}, line 1", advice=hint)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise PersonError(
            f"the column {missing[0]!r} is missing", where=f"{where}, line 1", expected=", ".join(NEEDED)
        )
    if PHENOTYPE in names and "cyp2d6_activity_score" in names:
        raise PersonError(
            f"both {PHENOTYPE} and cyp2d6_activity_score are given", where=f"{where}, line 1", expected="one"
        )


def _person(row: Mapping[str, str], evidence: Evidence, where: str) -> Person:
    values: dict[str, float | str] = {}
    for name in (*LIMITS, *_HISTORY_NUMBERS):
        if name in row:
            values[name] = _number(row[name], f"{where}, column {name}")
            if name in NEEDED and not row[name]:
                raise PersonError("the cell is empty", where=f"{where}, column {name}", expected="a number")
    for name in (*LEVELS, "history_drug", "history_route", "history_unit"):
        if row.get(name):
            values[name] = row[name]
    for name, value in values.items():
        check({name: value}, f"{where}, column {name}")
    if row.get(PHENOTYPE):
        values["cyp2d6_activity_score"] = _score(row[PHENOTYPE], evidence, f"{where}, column {PHENOTYPE}")
    history = _history(values, where)
    own = {name: value for name, value in values.items() if not name.startswith("history_")}
    check(own, where)
    return Person(**own, history=history)  # type: ignore[arg-type]


def _number(cell: str, where: str) -> float:
    if not cell:
        return nan
    try:
        return float(cell)
    except ValueError:
        raise PersonError(f"{cell!r} is no number", where=where, expected="a number with a point") from None


def _score(phenotype: str, evidence: Evidence, where: str) -> float:
    try:
        return activity_score(phenotype, evidence)
    except SpeciosaError as fault:
        raise PersonError(fault.problem, where=where, advice=fault.advice) from None


def _history(values: Mapping[str, float | str], where: str) -> OpioidHistory | None:
    given = {
        name.removeprefix("history_"): value
        for name, value in values.items()
        if name.startswith("history_") and not (isinstance(value, float) and isnan(value))
    }
    if not given:
        return None
    for name in ("drug", "daily", "days"):
        if name not in given:
            raise PersonError(
                f"the history has no {name}",
                where=where,
                expected="history_drug, history_daily and history_days, or all of them empty",
            )
    if "doses_per_day" in given:
        if not float(given["doses_per_day"]).is_integer():
            raise PersonError(
                f"doses_per_day is {given['doses_per_day']}", where=where, expected="a whole number"
            )
        given["doses_per_day"] = int(given["doses_per_day"])
    try:
        return OpioidHistory(**given)  # type: ignore[arg-type]
    except PersonError as fault:
        raise PersonError(fault.problem, where=where, expected=fault.expected, advice=fault.advice) from None
