"""From the records of a table to rows, sources, targets, scale items and time courses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

from speciosa.evidence.fault import Fault
from speciosa.evidence.reader import Record, Table, choice, number, whole_number
from speciosa.evidence.row import (
    GRADES,
    KINDS,
    SPREAD_TYPES,
    Row,
    ScaleItem,
    Source,
    Target,
    TimeCourse,
    TimePoint,
    UnitEntry,
)

Item = TypeVar("Item", Row, Source, Target)

STATISTICS = ("mean", "median", "proportion")
PURPOSES = ("calibrate", "validate")


def row_of(record: Record, faults: list[Fault]) -> Row:
    """Make a row; what cannot be read becomes a fault."""
    cells = record.fields
    return Row(
        cells["id"],
        cells["drug"],
        cells["quantity"],
        cells["condition"],
        number(record, "value", faults),
        cells["unit"],
        choice(record, "spread_type", SPREAD_TYPES, faults),
        cells["spread"],
        whole_number(record, "n", faults),
        cells["source_key"],
        cells["locator"],
        choice(record, "seen", tuple(GRADES), faults),
        cells["note"],
        choice(record, "kind", tuple(KINDS), faults),
        record.file,
        record.line,
    )


def source_of(record: Record, faults: list[Fault]) -> Source:
    """Make a source; what cannot be read becomes a fault."""
    cells = record.fields
    return Source(
        cells["key"],
        cells["authors"],
        whole_number(record, "year", faults),
        cells["title"],
        cells["journal"],
        cells["doi"],
        cells["pmid_or_pmcid"],
        choice(record, "seen", tuple(GRADES), faults),
        cells["note"],
        record.file,
        record.line,
    )


def target_of(record: Record, faults: list[Fault]) -> Target:
    """Make a target; what cannot be read becomes a fault."""
    cells = record.fields
    ids = tuple(part.strip() for part in cells["evidence_ids"].split(";") if part.strip())
    return Target(
        cells["id"],
        cells["topic"],
        cells["scenario"],
        cells["regimen"],
        cells["quantity"],
        number(record, "observed", faults),
        cells["unit"],
        _required(record, "tol_low", faults),
        _required(record, "tol_high", faults),
        ids,
        choice(record, "purpose", PURPOSES, faults),
        cells["note"],
        record.file,
        record.line,
    )


def scale_item_of(record: Record, faults: list[Fault]) -> ScaleItem:
    """Make a scale item; what cannot be read becomes a fault."""
    cells = record.fields
    return ScaleItem(
        cells["scale"],
        cells["item_number"],
        cells["item"],
        cells["allowed_scores"],
        cells["loinc"],
        cells["source_key"],
        choice(record, "seen", tuple(GRADES), faults),
        cells["note"],
        choice(record, "kind", tuple(KINDS), faults),
        record.file,
        record.line,
    )


def unit_entry_of(record: Record, faults: list[Fault]) -> UnitEntry:
    """Make an entry of the unit vocabulary; what cannot be read becomes a fault."""
    is_parsed = choice(record, "pint", ("yes", "no"), faults) == "yes"
    cells = record.fields
    return UnitEntry(cells["unit"], is_parsed, cells["meaning"], record.file, record.line)


def timecourse_of(table: Table, faults: list[Fault]) -> TimeCourse:
    """Make a time course; what cannot be read becomes a fault."""
    name = table.file.rpartition("/")[2].removesuffix(".csv")
    points = tuple(_point_of(record, faults) for record in table.records)
    return TimeCourse(name, table.comments, points, table.file)


def _point_of(record: Record, faults: list[Fault]) -> TimePoint:
    cells = record.fields
    return TimePoint(
        _required(record, "time", faults),
        cells["time_unit"],
        choice(record, "mean_or_median", STATISTICS, faults),
        number(record, "value", faults),
        cells["unit"],
        choice(record, "spread_type", SPREAD_TYPES, faults),
        cells["spread"],
        whole_number(record, "n", faults),
        cells["arm"],
        cells["dose"],
        cells["note"],
        record.line,
    )


def _required(record: Record, column: str, faults: list[Fault]) -> float:
    if not record.fields[column]:
        faults.append(record.fault(column, "the field is empty", "a number"))
    value = number(record, column, faults)
    return math.nan if value is None else value


def index(items: Iterable[Item], column: str, faults: list[Fault]) -> dict[str, Item]:
    """Order items by their unique name; the second of two is a fault."""
    known: dict[str, Item] = {}
    for item in items:
        name = getattr(item, column)
        if name in known:
            first = known[name]
            problem = f"{name!r} stands already in {first.file}:{first.line}"
            faults.append(
                Fault(item.file, item.line, column, problem, f"one record per {column} over all files")
            )
        else:
            known[name] = item
    return known
