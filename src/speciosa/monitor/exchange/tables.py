"""Tables of records as CSV: written, checked row by row, taken in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from speciosa.errors import ExchangeError, RecordError, SpeciosaError
from speciosa.monitor.exchange.intake import LARGEST_FILE, MOST_FAULTS, Intake, Item, NewPerson, take_in
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.entries import ENTRIES, AssessmentEntry, Entry, ProductEntry, entry_class
from speciosa.monitor.services.persons import find_person, list_persons
from speciosa.monitor.services.times import from_local
from speciosa.monitor.services.trail import note_event
from speciosa.monitor.services.writing import current

PERSONS = "persons"
KINDS = (PERSONS, *(entry.kind() for entry in ENTRIES))
_PERSON, _RECORD, _ITEM = "person", "record_id", "item."
_PERSON_COLUMNS = ("pseudonym", "is_synthetic")
# A cell that a spreadsheet would run as a formula gets a sign in front, which reading takes away again.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_CONTENT = re.compile(r"(?P<drug>.+?) (?P<value>[-+\d.eE]+) (?P<unit>\S+) (?P<basis>\S+)")


def write_table(session: Session, actor: Actor, kind: str, person: str | None = None) -> str:
    """The records in force of a kind, as CSV with times in UTC.

    Parameters
    ----------
    session : Session
        Of `Database.write`: that records leave is kept in the audit trail.
    actor : Actor
    kind : str
        Of `KINDS`.
    person : str, optional
        Pseudonym or id; everybody if left out.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.EXCHANGE)
    checks.choice("kind", kind, KINDS)
    people = [find_person(session, actor, person)] if person else list_persons(session, actor)
    note_event(
        session, actor, "records exported", person_id=people[0].id if person else None, detail={"kind": kind}
    )
    if kind == PERSONS:
        rows = [{"pseudonym": item.pseudonym, "is_synthetic": item.is_synthetic} for item in people]
        return _text(_PERSON_COLUMNS, rows)
    chosen = entry_class(kind)
    if chosen is ProductEntry:
        rows = [
            {_RECORD: row.record_id, **_cells(chosen.of(row))} for row in current(session, actor, kind, None)
        ]
        return _text((_RECORD, *(item.name for item in fields(chosen))), rows)
    rows = [
        {_PERSON: one.pseudonym, _RECORD: row.record_id, **_cells(chosen.of(row))}
        for one in people
        for row in current(session, actor, kind, one.id)
    ]
    names = [item.name for item in fields(chosen) if item.name != "items"]
    extra = sorted({name for row in rows for name in row if name.startswith(_ITEM)})
    return _text((_PERSON, _RECORD, *names, *extra), rows)


def read_table(
    session: Session, actor: Actor, kind: str, content: bytes, zone: ZoneInfo, *, file: str = "table.csv"
) -> Intake:
    """Take in a table, all rows or none.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    kind : str
        Of `KINDS`.
    content : bytes
        UTF-8, comma or semicolon between cells, names of columns in the first row.
    zone : ZoneInfo
        Of times without an offset.
    file : str
        Name, for messages.

    Raises
    ------
    ExchangeError
        With row and column of every fault.
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.EXCHANGE)
    persons, items, faults = check_table(kind, content, zone)
    if faults:
        raise ExchangeError(faults, file)
    return take_in(session, actor, persons, items, file)


def check_table(kind: str, content: bytes, zone: ZoneInfo) -> tuple[list[NewPerson], list[Item], list[str]]:
    r"""Read a table without a database.

    Returns
    -------
    persons, items : list
    faults : list of str
        With row and column.

    Examples
    --------
    >>> text = b"person,taken_at,item,amount,unit,basis\nK-1,2026-03-01T08:00,kratom,3 grams,g,reported\n"
    >>> check_table("doses", text, ZoneInfo("UTC"))[2]
    ["row 2, column amount: '3 grams' is no number"]
    """
    checks.choice("kind", kind, KINDS)
    if len(content) > LARGEST_FILE:
        return [], [], [f"the file has {len(content)} bytes; expected {LARGEST_FILE} at most"]
    try:
        rows = _rows(content)
        header = next(rows, None)
        if header is None:
            return [], [], ["the file is empty; expected names of columns in the first row"]
        faults = _header_faults(kind, header)
        if faults:
            return [], [], faults
        return _checked(kind, header, rows, zone)
    except UnicodeDecodeError as fault:
        return [], [], [f"byte {fault.start + 1} is no UTF-8; save the table as CSV in UTF-8"]
    except csv.Error as fault:
        return [], [], [f"the table cannot be read: {fault}"]


def _rows(content: bytes) -> Any:
    text = content.decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _header_faults(kind: str, header: list[str]) -> list[str]:
    if kind == PERSONS:
        known, needed = set(_PERSON_COLUMNS), {"pseudonym"}
    else:
        chosen = entry_class(kind)
        known = {item.name for item in fields(chosen)} | {_RECORD}
        known |= set() if chosen is ProductEntry else {_PERSON}
        needed = {item.name for item in fields(chosen) if _is_needed(item)}
        needed |= set() if chosen is ProductEntry else {_PERSON}
    is_rated = kind == AssessmentEntry.kind()
    if is_rated:
        known.discard("items")
    faults = [
        f"row 1: there is no column {name[:60]!r} of {kind}; expected {', '.join(sorted(known))}"
        + (f" or {_ITEM}NAME" if is_rated else "")
        for name in header
        if name not in known and not (is_rated and name.startswith(_ITEM))
    ]
    faults += [f"row 1: the column {name!r} is missing" for name in sorted(needed - set(header))]
    return faults + [f"row 1: the column {name[:60]!r} comes twice" for name in _twice(header)]


def _twice(header: list[str]) -> list[str]:
    return sorted({name for name in header if header.count(name) > 1})


def _is_needed(item: Any) -> bool:
    from dataclasses import MISSING

    return item.default is MISSING and item.default_factory is MISSING


def _checked(
    kind: str, header: list[str], rows: Iterable[list[str]], zone: ZoneInfo
) -> tuple[list[NewPerson], list[Item], list[str]]:
    persons: list[NewPerson] = []
    items: list[Item] = []
    faults: list[str] = []
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            faults.append(f"row {number}: {len(cells)} cells; expected {len(header)}")
        else:
            where = f"row {number}"
            given = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
            try:
                if kind == PERSONS:
                    persons.append(_person(given, where))
                else:
                    items.append(_item(entry_class(kind), given, where, zone))
            except RecordError as fault:
                column = f"{where}, column {fault.where}" if fault.where else where
                faults.append(
                    str(
                        SpeciosaError(
                            fault.problem, where=column, expected=fault.expected, advice=fault.advice
                        )
                    ).rstrip(".")
                )
        if len(faults) >= MOST_FAULTS:
            faults.append("the rest was not looked at")
            break
    return persons, items, faults


def _person(given: Mapping[str, str], where: str) -> NewPerson:
    name = _unescaped(given.get("pseudonym", ""))
    checks.line("pseudonym", name)
    return NewPerson(name, where, _yes("is_synthetic", given.get("is_synthetic", "no")))


def _item(chosen: type[Entry], given: Mapping[str, str], where: str, zone: ZoneInfo) -> Item:
    hints = get_type_hints(chosen)
    values: dict[str, Any] = {}
    scores: dict[str, int] = {}
    for name, cell in given.items():
        if name.startswith(_ITEM):
            scores[name.removeprefix(_ITEM)] = _whole(name, cell)
        elif name not in (_PERSON, _RECORD):
            values[name] = _reader(str(hints[name]))(name, cell, zone)
    if scores:
        values["items"] = scores
    for item in fields(chosen):
        if _is_needed(item) and item.name not in values:
            raise RecordError("the cell is empty", where=item.name, expected="a value")
    person = None
    if chosen is not ProductEntry:
        if _PERSON not in given:
            raise RecordError("the cell is empty", where=_PERSON, expected="a pseudonym")
        person = _unescaped(given[_PERSON])
        checks.line(_PERSON, person)
    source = given.get(_RECORD)
    if source is not None:
        checks.identifier(_RECORD, source)
    return Item(where, chosen(**values), person, source)


def _reader(hint: str) -> Callable[[str, str, ZoneInfo], Any]:
    for sign, read in (
        ("datetime", lambda name, cell, zone: from_local(cell, zone, name)),
        ("dict", _contents),
        ("list", lambda name, cell, zone: [part.strip() for part in cell.split(";") if part.strip()]),
        ("float", lambda name, cell, zone: _number(name, cell)),
        ("int", lambda name, cell, zone: _whole(name, cell)),
        ("bool", lambda name, cell, zone: _yes(name, cell)),
    ):
        if sign in hint:
            return read
    return lambda name, cell, zone: _unescaped(cell)


def _number(name: str, cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise RecordError(f"{cell[:40]!r} is no number", where=name)
    return float(cell)


def _whole(name: str, cell: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,9}", cell):
        raise RecordError(f"{cell[:40]!r} is no whole number", where=name)
    return int(cell)


def _yes(name: str, cell: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if cell.lower() not in words:
        raise RecordError(f"{cell[:40]!r} is neither yes nor no", where=name, expected="yes or no")
    return words[cell.lower()]


def _contents(name: str, cell: str, _zone: ZoneInfo) -> list[dict[str, Any]]:
    found = []
    for part in filter(None, map(str.strip, cell.split(";"))):
        match = _CONTENT.fullmatch(part)
        if match is None:
            raise RecordError(
                f"{part[:60]!r} is no content",
                where=name,
                expected="drug, number, unit, basis: mitragynine 15 mg/g lab",
            )
        found.append({**match.groupdict(), "value": _number(name, match["value"])})
    return found


def _cells(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in entry.values().items():
        if name == "items":
            found |= {f"{_ITEM}{item}": score for item, score in (value or {}).items()}
        elif name == "content":
            found[name] = "; ".join(
                f"{part['drug']} {part['value']!r} {part['unit']} {part['basis']}" for part in value
            )
        elif isinstance(value, list):
            found[name] = "; ".join(value)
        else:
            found[name] = value
    return found


def _text(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = tuple(names)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _unescaped(cell: str) -> str:
    return cell[1:] if _ESCAPED.match(cell) else cell
