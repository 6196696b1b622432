"""Records from files: TOML as one would write it, CSV with a line for each dose and observation.

Beside the keys of `PersonRecord.to_dict`, files may tell a dose in words (``dose = "buprenorphine 8 mg
sublingual"``) or many at once (``regimen = "... once a day for 3 days"``), and times as durations
(``"2d 20h"``) or dates.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from speciosa.errors import RecordError, SpeciosaError
from speciosa.forecasting.record import FORMAT, PHENOTYPE, PersonRecord
from speciosa.people import LIMITS
from speciosa.people.covariates import LEVELS
from speciosa.regimens import parse
from speciosa.regimens.grammar import Library
from speciosa.simulation import DAY, Setting

Read = TypeVar("Read")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(min|h|d|w)(?![a-z])\s*")
_HOURS = {"min": 1.0 / 60.0, "h": 1.0, "d": DAY, "w": 7.0 * DAY}
_HEAD = re.compile(r"#\s*([\w ]+?)\s*:\s*(.*?)\s*")
COLUMNS = ("time", "dose", "how", "cv", "measure", "total", "items", "band", "value", "unit", "window")
"""Columns of a CSV record; those that are empty may be left out."""
HEADS = ("id", "started", "before", "now")
NUMBERS = ("cv", "value")
_TIME_HELP = 'hours (20), a duration ("2d 20h") or, with `started`, a date ("2026-03-02T08:00")'


def read_record(path: str | Path, setting: Setting | None = None) -> PersonRecord:
    """Read a record of one person.

    Parameters
    ----------
    path : path
        Ends in .toml or .csv.
    setting : Setting, optional
        Whose library knows the drugs; the packaged one if left out.

    Returns
    -------
    PersonRecord

    Raises
    ------
    RecordError
        If the file cannot be read; the message names the file and the place.
    SpeciosaError
        If a drug, dose, measure or covariate is not known.
    """
    file = Path(path)
    readers: dict[str, Callable[[Path], dict[str, Any]]] = {".toml": _toml, ".csv": _csv}
    if file.suffix not in readers:
        raise RecordError(f"{file.name} is no record", where=str(file), expected="a file .toml or .csv")
    try:
        table = readers[file.suffix](file)
    except OSError as error:
        raise RecordError(
            f"the file cannot be read ({error.strerror})", where=str(file), expected="a record, .toml or .csv"
        ) from error
    except UnicodeDecodeError as error:
        raise RecordError("the file is not text in UTF-8", where=str(file), expected="UTF-8") from error
    return _placed(str(file), lambda: record_of(table, (setting or Setting()).library))


def record_of(table: Mapping[str, Any], library: Library) -> PersonRecord:
    """A record from a table as a file holds it.

    Parameters
    ----------
    table : mapping
    library : Library

    Returns
    -------
    PersonRecord

    Raises
    ------
    SpeciosaError
        Naming the place and the key.

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> doses = [{"time": 0, "regimen": "methadone 30 mg once a day for 2 days"}]
    >>> found = record_of({"id": "P-017", "doses": doses, "now": "1d 12h"}, catalog())
    >>> [item.time for item in found.doses], found.moment
    ([0.0, 24.0], 36.0)
    """
    found = {**table}
    found.setdefault("format", FORMAT)
    started = found.get("started", "")
    if isinstance(started, datetime | date):
        found["started"] = started = started.isoformat()
    if "now" in found:
        found["now"] = hours_of(found["now"], str(started), "record, key now")
    for key in ("doses", "observations"):
        if key in found and not isinstance(found[key], list):
            raise RecordError(
                f"{found[key]!r} is no list", where=f"record, {key}", expected=f"tables [[{key}]]"
            )
    found["doses"] = [
        dose
        for number, item in enumerate(found.get("doses", ()))
        for dose in _doses(item, str(started), f"record, doses[{number}]", library)
    ]
    found["observations"] = [
        _timed(item, str(started), f"record, observations[{number}]")
        for number, item in enumerate(found.get("observations", ()))
    ]
    return PersonRecord.from_dict(found)


def hours_of(value: object, started: str, where: str) -> float:
    """A time in hours from the start of a record.

    Parameters
    ----------
    value : float, str, datetime or date
    started : str
        Date of time 0, for dates.
    where : str
        The place, for the message.

    Raises
    ------
    RecordError
        If it is no time, or a date where the start has none.

    Examples
    --------
    >>> hours_of("2d 20h", "", "here"), hours_of("2026-03-02T08:00", "2026-03-01T08:00", "here")
    (68.0, 24.0)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = value.isoformat() if isinstance(value, datetime | date) else str(value).strip()
    parts = list(_PART.finditer(text))
    if parts and "".join(part[0] for part in parts) == text:
        return sum(float(part[1]) * _HOURS[part[2]] for part in parts)
    try:
        at = datetime.fromisoformat(text)
        begin = datetime.fromisoformat(started)
        return (at - begin).total_seconds() / 3600.0
    except (ValueError, TypeError) as error:
        raise RecordError(
            f"{text!r} is no time",
            where=where,
            expected=_TIME_HELP,
            advice=None if started else "The record states no `started`, so that dates cannot be placed.",
        ) from error


def _doses(item: object, started: str, where: str, library: Library) -> Iterator[dict[str, Any]]:
    """One dose, or those of a regimen from its time on, as plain tables."""
    table = _timed(item, started, where)
    words = [key for key in ("dose", "regimen", "item") if key in table]
    if len(words) != 1:
        raise RecordError(
            f"{' and '.join(words) or 'nothing'} is given",
            where=where,
            expected='one of dose ("buprenorphine 8 mg sublingual"), regimen and item',
        )
    if words == ["item"]:
        yield table
        return
    text = str(table.pop(words[0]))
    regimen = _placed(where, lambda: parse(text, library))
    if (
        regimen.history is not None
        or regimen.has_rules
        or (words == ["regimen"] and regimen.end == float("inf"))
    ):
        raise RecordError(
            f"{text!r} cannot be what was taken",
            where=where,
            expected="doses that are known, with an end",
            advice="Tell what came before the start in `before`.",
        )
    given = regimen.administrations(0.0 if words == ["dose"] else regimen.end)
    for administration in given:
        dose = administration.dose
        yield {
            **table,
            "time": table["time"] + administration.time,
            "item": dose.item,
            "amount": dose.amount,
            "unit": dose.unit,
            "route": dose.route,
            "content": [list(pair) for pair in dose.content],
        }


def _timed(item: object, started: str, where: str) -> dict[str, Any]:
    """A table whose times are hours."""
    if not isinstance(item, Mapping):
        raise RecordError(f"{item!r} is no table", where=where, expected="keys and values")
    found = dict(item)
    if "time" not in found:
        raise RecordError("time is missing", where=where, expected=_TIME_HELP)
    found["time"] = hours_of(found["time"], started, f"{where}, key time")
    if "window" in found:
        found["window"] = hours_of(found["window"], "", f"{where}, key window")
    return found


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecordError(f"the file is no TOML ({error})", where=str(file), expected="a record") from error


def _csv(file: Path) -> dict[str, Any]:
    """Lines ``# key: value`` on the person, then a table whose rows tell a dose or an observation."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    heads = [line for line in lines if line.startswith("#")]
    found: dict[str, Any] = {"id": file.stem, "doses": [], "observations": []}
    covariates: dict[str, float | str] = {}
    for line in heads:
        match = _HEAD.fullmatch(line)
        key = match[1] if match else ""
        if match and key in HEADS:
            found[key] = match[2]
        elif match and key in (*LIMITS, *LEVELS, PHENOTYPE):
            covariates[key] = _cell(match[2], f"{file}, {key}") if key in LIMITS else match[2]
        else:
            raise RecordError(
                f"{line!r} tells nothing known",
                where=str(file),
                expected=f"`# key: value` with {', '.join(HEADS)} or a covariate",
            )
    found["covariates"] = covariates
    table = (place for place, line in enumerate(lines) if line and not line.startswith("#"))
    first = next(table, len(lines))
    reader = csv.DictReader(lines[first:])
    for name in reader.fieldnames or ():
        if name not in COLUMNS:
            raise RecordError(
                f"there is a column {name!r}", where=f"{file}, line {first + 1}", expected=", ".join(COLUMNS)
            )
    for row in reader:
        where = f"{file}, line {first + reader.line_num}"
        if None in row or not any(row.values()):
            raise RecordError(
                "the line does not fit its columns",
                where=where,
                expected=f"{len(reader.fieldnames or ())} cells",
            )
        cells = {key: value.strip() for key, value in row.items() if value and value.strip()}
        found["doses" if "dose" in cells else "observations"].append(_row(cells, where))
    return found


def _row(cells: dict[str, str], where: str) -> dict[str, Any]:
    """Cells as a TOML file would hold them."""
    found: dict[str, Any] = dict(cells)
    for key in NUMBERS:
        if key in found:
            found[key] = _cell(cells[key], f"{where}, column {key}")
    if "total" in found:
        found["total"] = _cell(cells["total"], f"{where}, column total")
    if "items" in found:
        found["items"] = [_cell(part, f"{where}, column items") for part in cells["items"].split()]
    for key in ("time", "window"):
        if key in found and re.fullmatch(r"\d+(\.\d+)?", cells[key]):
            found[key] = float(cells[key])
    return found


def _cell(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise RecordError(f"{text!r} is no number", where=where, expected="a number") from error


def _placed(where: str, read: Callable[[], Read]) -> Read:
    """What a reader gives; its errors say the place as well."""
    try:
        return read()
    except SpeciosaError as error:
        error.where = f"{where}: {error.where}" if error.where else where
        raise
