"""Loading: from a data folder to `Evidence`, with every fault on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from speciosa.cache import digest_of, remembered
from speciosa.errors import EvidenceError
from speciosa.evidence import records
from speciosa.evidence.fault import Fault, raise_for
from speciosa.evidence.reader import (
    ROW_HEADER,
    SCALE_HEADER,
    SOURCE_HEADER,
    TARGET_HEADER,
    TIMECOURSE_HEADER,
    UNIT_HEADER,
    DataFile,
    Record,
    Table,
    read_folder,
    read_table,
)
from speciosa.evidence.row import ScaleItem
from speciosa.evidence.selection import read_selection
from speciosa.evidence.store import Evidence

Item = TypeVar("Item")

_DIGITS = 16


def load(folder: Path | str | None = None) -> Evidence:
    """Read the evidence.

    Parameters
    ----------
    folder : path, optional
        A folder laid out as the packaged one, which is read (once) by default.

    Returns
    -------
    Evidence

    Raises
    ------
    EvidenceError
        If a file cannot be read, a field has the wrong type, an id occurs twice or the selection names a
        row that does not exist. Faults of content are found by `Evidence.check`.

    Examples
    --------
    >>> load().rows["mtg-base-clf"].unit
    'L/h'
    """
    if folder is None:
        return _packaged()
    evidence, faults = read(_existing(folder))
    raise_for(faults)
    return evidence


def check_folder(folder: Path | str | None = None) -> tuple[Fault, ...]:
    """Find every fault of a data folder, those that prevent loading included.

    Parameters
    ----------
    folder : path, optional
        The packaged data by default.

    Returns
    -------
    tuple of Fault
        Sorted by file and line; empty where all is well.
    """
    evidence, faults = read(_data_folder() if folder is None else _existing(folder))
    return tuple(
        sorted({*faults, *evidence.faults()}, key=lambda fault: (fault.file, fault.line, fault.column))
    )


@cache
def _packaged() -> Evidence:
    return remembered(digest_of(["evidence"], ["speciosa.evidence"]), _read_packaged)


def _read_packaged() -> Evidence:
    evidence, faults = read(_data_folder())
    raise_for(faults)
    return evidence


def _data_folder() -> Traversable:
    return resources.files("speciosa.evidence") / "data"


def _existing(folder: Path | str) -> Path:
    path = Path(folder)
    if not (path / "sources.csv").is_file():
        raise EvidenceError(
            f"{str(path)!r} is no evidence folder", expected="a folder with a file 'sources.csv'"
        )
    return path


def read(folder: Traversable) -> tuple[Evidence, list[Fault]]:
    """Read a data folder as far as possible, with the faults of reading."""
    files = read_folder(folder)
    faults: list[Fault] = []
    tables = _Tables(files, faults)
    rows = records.index(tables.make(ROW_HEADER, records.row_of), "id", faults)
    sources = records.index(tables.make(SOURCE_HEADER, records.source_of), "key", faults)
    targets = records.index(tables.make(TARGET_HEADER, records.target_of), "id", faults)
    scales: dict[str, tuple[ScaleItem, ...]] = {}
    for item in tables.make(SCALE_HEADER, records.scale_item_of):
        scales[item.scale] = (*scales.get(item.scale, ()), item)
    courses = [records.timecourse_of(table, faults) for table in tables.of(TIMECOURSE_HEADER)]
    entries = tables.make(UNIT_HEADER, records.unit_entry_of)
    selection = [file for file in files if file.name.startswith("selection/")]
    slots = read_selection(selection, rows, faults)
    evidence = Evidence(
        MappingProxyType(rows),
        MappingProxyType(sources),
        MappingProxyType(slots),
        MappingProxyType(targets),
        MappingProxyType(scales),
        MappingProxyType({course.name: course for course in courses}),
        MappingProxyType({entry.unit: entry for entry in entries}),
        _digest(files),
    )
    return evidence, faults


class _Tables:
    """The CSV files by the header that their name promises."""

    def __init__(self, files: list[DataFile], faults: list[Fault]) -> None:
        self._faults = faults
        self._tables: dict[tuple[str, ...], list[Table]] = {}
        for file in files:
            if file.name.endswith(".csv"):
                header = _header_of(file.name)
                self._tables.setdefault(header, []).append(read_table(file, header, faults))

    def of(self, header: tuple[str, ...]) -> list[Table]:
        return self._tables.get(header, [])

    def make(self, header: tuple[str, ...], maker: Callable[[Record, list[Fault]], Item]) -> list[Item]:
        return [maker(record, self._faults) for table in self.of(header) for record in table.records]


def _header_of(name: str) -> tuple[str, ...]:
    if name.startswith("timecourses/"):
        return TIMECOURSE_HEADER
    if name.startswith("sources"):
        return SOURCE_HEADER
    if name.startswith("targets"):
        return TARGET_HEADER
    return {"units.csv": UNIT_HEADER, "withdrawal_scales.csv": SCALE_HEADER}.get(name, ROW_HEADER)


def _digest(files: list[DataFile]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()[:_DIGITS]
