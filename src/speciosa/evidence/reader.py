"""Reading of the CSV files: text to records with line numbers, and every fault on the way."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from speciosa.evidence.fault import Fault

ROW_HEADER = (
    *("id", "drug", "quantity", "condition", "value", "unit", "spread_type", "spread", "n"),
    *("source_key", "locator", "seen", "note", "kind"),
)
SOURCE_HEADER = ("key", "authors", "year", "title", "journal", "doi", "pmid_or_pmcid", "seen", "note")
TARGET_HEADER = (
    *("id", "topic", "scenario", "regimen", "quantity", "observed", "unit", "tol_low", "tol_high"),
    *("evidence_ids", "purpose", "note"),
)
SCALE_HEADER = (
    *("scale", "item_number", "item", "allowed_scores", "loinc", "source_key", "seen", "note", "kind"),
)
UNIT_HEADER = ("unit", "pint", "rows", "meaning")
TIMECOURSE_HEADER = (
    *("time", "time_unit", "mean_or_median", "value", "unit", "spread_type", "spread", "n"),
    *("arm", "dose", "note"),
)


@dataclass(frozen=True)
class Record:
    """One record of a table: where it starts and what it holds by column."""

    file: str
    line: int
    fields: dict[str, str]

    def fault(self, column: str, problem: str, expected: str) -> Fault:
        """Make a fault at a column of this record."""
        return Fault(self.file, self.line, column, problem, expected)


@dataclass
class Table:
    """One file as records, with the comment lines at its head."""

    file: str
    comments: tuple[str, ...] = ()
    records: list[Record] = field(default_factory=list)


@dataclass
class DataFile:
    """A file of the data folder: name relative to the folder, and content."""

    name: str
    content: bytes


def read_folder(folder: Traversable) -> list[DataFile]:
    """Read all CSV and TOML files of the data folder, sorted by name."""
    return sorted(_walk(folder, ""), key=lambda item: item.name)


def _walk(folder: Traversable, prefix: str) -> Iterator[DataFile]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".csv", ".toml")):
            yield DataFile(prefix + entry.name, entry.read_bytes())


def decode(file: DataFile, faults: list[Fault]) -> str:
    """Decode a file as UTF-8; a fault and empty text if it is none."""
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.content[: error.start].count(b"\n") + 1
        faults.append(Fault(file.name, line, "", "the file is not UTF-8 text", "UTF-8"))
        return ""


def read_table(file: DataFile, header: tuple[str, ...], faults: list[Fault]) -> Table:
    """Read a CSV file with an exact header.

    Parameters
    ----------
    file : DataFile
    header : tuple of str
        Columns in order.
    faults : list of Fault
        Receives what is wrong; records with a wrong number of fields are left out.
    """
    lines = decode(file, faults).splitlines(keepends=True)
    skipped = 0
    while skipped < len(lines) and lines[skipped].startswith("#"):
        skipped += 1
    comments = tuple(line.lstrip("#").strip() for line in lines[:skipped])
    table = Table(file.name, comments)
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), strict=True)
    try:
        found = next(reader, [])
        if tuple(found) != header:
            faults.append(_header_fault(file.name, skipped + 1, found, header))
            return table
        start = skipped + reader.line_num + 1
        for cells in reader:
            _add(table, start, cells, header, faults)
            start = skipped + reader.line_num + 1
    except csv.Error as error:
        line = skipped + max(reader.line_num, 1)
        faults.append(
            Fault(file.name, line, "", f"the line cannot be read ({error})", "CSV with closed quotes")
        )
    return table


def _add(table: Table, line: int, cells: list[str], header: tuple[str, ...], faults: list[Fault]) -> None:
    if not cells:
        return
    if len(cells) != len(header):
        faults.append(
            Fault(
                table.file,
                line,
                "",
                f"the record has {len(cells)} fields",
                f"{len(header)} fields; quote a text that contains a comma",
            )
        )
        return
    table.records.append(Record(table.file, line, dict(zip(header, cells, strict=True))))


def _header_fault(file: str, line: int, found: list[str], header: tuple[str, ...]) -> Fault:
    for index, expected in enumerate(header):
        given = found[index] if index < len(found) else None
        if given != expected:
            problem = (
                f"header names {given!r} as column {index + 1}"
                if given
                else f"header lacks column {index + 1}"
            )
            return Fault(file, line, expected, problem, f"{expected!r} (header: {','.join(header)})")
    extra = found[len(header)]
    return Fault(file, line, extra, f"header has the extra column {extra!r}", f"header: {','.join(header)}")


def number(record: Record, column: str, faults: list[Fault]) -> float | None:
    """Read a finite number; None where the field is empty, None and a fault where it is something else."""
    text = record.fields[column]
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.append(record.fault(column, f"{text!r} is not a number", "a finite number or nothing"))
        return None
    return value


def whole_number(record: Record, column: str, faults: list[Fault]) -> int | None:
    """Read a count; None where the field is empty, None and a fault where it is something else."""
    text = record.fields[column]
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        faults.append(record.fault(column, f"{text!r} is not a whole number", "a whole number or nothing"))
        return None
    return int(text)


def choice(record: Record, column: str, known: tuple[str, ...], faults: list[Fault]) -> str:
    """Read one of several words; a fault where it is another."""
    text = record.fields[column]
    if text not in known:
        faults.append(record.fault(column, f"{text!r} is not allowed", f"one of {', '.join(known)}"))
    return text
