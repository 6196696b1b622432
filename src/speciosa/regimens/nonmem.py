"""NONMEM event tables in and out.

Columns ID, TIME (h), EVID, AMT (mg), RATE (mg/h), II (h), ADDL, SS and CMT, in any order and case, separated
by commas or by spaces; lines that begin with # or C are passed over, a point is a missing value. CMT names a
use of the library: ``morphine/oral``. pandas is not used to read: an error must name the line of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from math import inf, isfinite
from pathlib import Path

from speciosa.drugs import Drug
from speciosa.errors import RegimenError, UnknownNameError
from speciosa.evidence import Evidence
from speciosa.regimens.dose import Dose
from speciosa.regimens.grammar import Library
from speciosa.regimens.inputs import input_doses
from speciosa.regimens.regimen import Regimen, Track
from speciosa.regimens.segment import Segment

COLUMNS = ("ID", "TIME", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "CMT")
NEEDED = ("TIME", "AMT", "CMT")
OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
MODELED = (-1.0, -2.0)


@dataclass(frozen=True)
class EventRecord:
    """One line of an event table, with NONMEM's meaning.

    Parameters
    ----------
    line : int
        Line of the file, from 1.
    person : str
        ID.
    time, amount, rate, interval : float
        TIME (h), AMT (mg), RATE (mg/h), II (h).
    evid, additional, steady_state : int
        EVID, ADDL, SS.
    compartment : str
        CMT.
    """

    line: int
    person: str
    time: float
    evid: int
    amount: float
    rate: float
    interval: float
    additional: int
    steady_state: int
    compartment: str


def read_nonmem(path: Path) -> tuple[EventRecord, ...]:
    """Read and check an event table; all lines or none.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of EventRecord

    Raises
    ------
    RegimenError
        Naming file, line and column, what was given and what was expected.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise RegimenError(f"cannot be read: {fault.strerror}", where=str(path)) from fault
    kept = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
        and not line.startswith("#")
        and not (line[0] in "Cc" and not line.upper().startswith("CMT"))
    ]
    if not kept:
        raise RegimenError("the table is empty", where=str(path), expected=f"columns {', '.join(COLUMNS)}")
    header = [name.strip().upper() for name in _cells(kept[0][1])]
    _check_header(header, f"{path}, line {kept[0][0]}")
    records: list[EventRecord] = []
    for number, line in kept[1:]:
        record = _record(header, _cells(line), number, path)
        if records and _goes_back(record, records[-1]):
            raise RegimenError(
                f"TIME falls from {records[-1].time:g} to {record.time:g}",
                where=f"{path}, line {number}, column TIME",
                expected="times that do not decrease within one ID, except with EVID 3 or 4",
            )
        records.append(record)
    return tuple(records)


def _goes_back(record: EventRecord, earlier: EventRecord) -> bool:
    is_reset = record.evid in (RESET, RESET_AND_DOSE)
    return record.person == earlier.person and record.time < earlier.time and not is_reset


def _cells(line: str) -> list[str]:
    if "," not in line:
        return line.split()
    return [cell.strip() for cell in next(csv.reader(StringIO(line)))]


def _check_header(header: list[str], where: str) -> None:
    for name in header:
        if name not in COLUMNS:
            raise UnknownNameError("column", name, COLUMNS, where=where)
    for name in NEEDED:
        if name not in header:
            raise RegimenError(
                f"column {name} is missing", where=where, expected=f"columns {', '.join(COLUMNS)}"
            )


def _record(header: list[str], cells: list[str], number: int, path: Path) -> EventRecord:
    if len(cells) != len(header):
        raise RegimenError(
            f"{len(cells)} values are given", where=f"{path}, line {number}", expected=f"{len(header)} values"
        )
    given = dict(zip(header, cells, strict=True))

    def place(column: str) -> str:
        return f"{path}, line {number}, column {column}"

    def value(column: str, check: Callable[[float], bool], expected: str, default: float = 0.0) -> float:
        text = given.get(column, ".")
        if text in ("", "."):
            return default
        try:
            found = float(text)
        except ValueError:
            found = inf
        if not isfinite(found) or not check(found):
            raise RegimenError(f"{column} is {text}", where=place(column), expected=expected)
        return found

    if given["TIME"] in ("", "."):
        raise RegimenError("TIME is missing", where=place("TIME"), expected="hours from the start")
    amount = value("AMT", lambda x: x >= 0.0, "an amount of zero or more, mg")
    evid = int(value("EVID", lambda x: x in range(5), "0, 1, 2, 3 or 4", DOSE if amount else OBSERVATION))
    record = EventRecord(
        line=number,
        person=given.get("ID", "1"),
        time=value("TIME", lambda x: x >= 0.0, "hours from the start, zero or more"),
        evid=evid,
        amount=amount,
        rate=value("RATE", lambda x: x >= 0.0 or x in MODELED, "zero or more, -1 or -2"),
        interval=value("II", lambda x: x >= 0.0, "zero or more hours"),
        additional=int(value("ADDL", lambda x: x >= 0.0 and x == int(x), "a whole number, zero or more")),
        steady_state=int(value("SS", lambda x: x in (0, 1, 2), "0, 1 or 2")),
        compartment=given["CMT"],
    )
    if (record.additional or record.steady_state) and record.interval <= 0.0:
        column = "ADDL" if record.additional else "SS"
        raise RegimenError(
            f"{column} is given without II", where=place("II"), expected="a dosing interval in hours"
        )
    if record.evid in (DOSE, RESET_AND_DOSE) and record.amount <= 0.0:
        raise RegimenError(
            f"AMT is {record.amount:g}", where=place("AMT"), expected="an amount above zero for a dose"
        )
    return record


def regimen_from_nonmem(path: Path, library: Library) -> Regimen:
    """The regimen of an event table of one person.

    Parameters
    ----------
    path : Path
    library : Library
        CMT names a drug and a route of it: ``morphine/oral``, or ``morphine`` for its first route.

    Returns
    -------
    Regimen

    Raises
    ------
    RegimenError
        If the table is faulty, or holds what a regimen cannot say (several IDs, resets, steady state).
    """
    tracks: list[Track] = []
    records = read_nonmem(path)
    for record in records:
        where = f"{path}, line {record.line}"
        if record.person != records[0].person:
            raise RegimenError(
                f"a second ID, {record.person}", where=where, expected="the doses of one person"
            )
        if record.evid in (OBSERVATION, OTHER):
            continue
        if record.evid != DOSE or record.steady_state or record.rate in MODELED:
            raise RegimenError(
                f"EVID {record.evid}, SS {record.steady_state}, RATE {record.rate:g} fit no regimen",
                where=where,
                expected="EVID 1, SS 0 and RATE zero or above",
                advice="Write the earlier doses out; their steady state is simulated.",
            )
        tracks.append((_segment(record, library, where),))
    return Regimen(tuple(tracks))


def _segment(record: EventRecord, library: Library, where: str) -> Segment:
    name, _, route_name = record.compartment.partition("/")
    item = library.item(name)
    route = item.route(route_name or None) if isinstance(item, Drug) else None
    if not isinstance(item, Drug) or route is None:
        routes = (
            ", ".join(f"{item.name}/{r.name}" for r in item.routes) if isinstance(item, Drug) else "a drug"
        )
        raise RegimenError(
            f"CMT is {record.compartment}", where=f"{where}, column CMT", expected=f"one of: {routes}"
        )
    duration = record.amount / record.rate if record.rate > 0.0 else 0.0
    dose = Dose(item.name, record.amount, "mg", route.name, duration=duration)
    if not record.additional:
        return Segment(record.time, record.time + max(duration, 1.0), dose)
    end = record.time + (record.additional + 1) * record.interval
    return Segment(record.time, end, dose, record.interval)


def write_nonmem(
    regimen: Regimen, path: Path, library: Library, evidence: Evidence, *, until: float | None = None
) -> Path:
    """Write the doses of a regimen as an event table of one person, one line a molecule and dose.

    Parameters
    ----------
    regimen : Regimen
        Without history: NONMEM's time starts at zero.
    path : Path
    library : Library
    evidence : Evidence
        Contents of products; preparation factors are not applied (they belong to F).
    until : float, optional
        Hours; the end of the regimen if left out.

    Returns
    -------
    Path

    Raises
    ------
    RegimenError
        If the regimen has no end and none is given, or has a history or rules.
    """
    if regimen.history is not None:
        raise RegimenError(
            "the regimen has a history", where=regimen.text, expected="doses from time 0 on only"
        )
    if regimen.has_rules:
        raise RegimenError(
            "the regimen has rules",
            where=regimen.text,
            expected="doses that are the same for everybody",
            advice="`Result.courses.doses` holds what each person took.",
        )
    end = regimen.end if until is None else until
    if not isfinite(end):
        raise RegimenError("the regimen has no end", where=regimen.text, expected="an end: --until 28d")
    rows = _rows(regimen, end, library, evidence)
    text = "\n".join([",".join(COLUMNS), *(",".join(row) for row in rows)]) + "\n"
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path


def _rows(regimen: Regimen, end: float, library: Library, evidence: Evidence) -> Iterator[list[str]]:
    for dose in input_doses(regimen.administrations(end), library, evidence):
        rate = dose.amount_mg / dose.duration if dose.duration else 0.0
        values = (1, dose.time, DOSE, dose.amount_mg, rate, 0, 0, 0)
        yield [*(f"{value:.17g}" for value in values), f"{dose.use.drug}/{dose.use.route}"]
