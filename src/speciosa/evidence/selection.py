"""The selection: which row fills which model parameter, and why.

One TOML file a drug or topic; every table names a slot::

    ["mitragynine.CL/F"]
    row = "mtg-base-clf"
    why = "one sentence"
    rivals = ["mtg-clf-tea-tanna2022"]

Where sources disagree so much that users should be able to switch, the row in use has a name and so have the
others::

    ["buprenorphine.Vc"]
    row = "bup-bjornsson2023-vc"
    why = "one sentence"
    name = "healthy"
    alternatives.oud = { row = "bup-bjornsson2023-vc-oud", why = "one sentence" }
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from speciosa.evidence.fault import Fault
from speciosa.evidence.reader import DataFile, decode
from speciosa.evidence.row import Alternative, Row, Slot

_KEYS = ("row", "why", "rivals", "name", "alternatives")
_CHOICE = re.compile(r"[a-z0-9][a-z0-9-]*")
_TABLE = re.compile(r"""\s*\[\s*(?:"([^"]*)"|'([^']*)'|([^\]"']+?))\s*\]""")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?(?:\.[\w-]+)?\s*=""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


@dataclass(frozen=True)
class _Lines:
    """Line of every table and of every key in it; the TOML reader of the standard library keeps none."""

    tables: Mapping[str, int]
    keys: Mapping[tuple[str, str], int]

    def of(self, slot: str, key: str = "") -> int:
        return self.keys.get((slot, key), self.tables.get(slot, 0))


def read_selection(
    files: Iterable[DataFile], rows: Mapping[str, Row], faults: list[Fault]
) -> dict[str, Slot]:
    """Read all selection files.

    Parameters
    ----------
    files : iterable of DataFile
    rows : mapping of str to Row
        The evidence that slots may name.
    faults : list of Fault
        Receives what is wrong; a slot with a fault is left out.
    """
    slots: dict[str, Slot] = {}
    for file in files:
        text = decode(file, faults)
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(_toml_fault(file.name, text, str(error)))
            continue
        lines = _find_lines(text)
        for name, entry in data.items():
            table = _Table(file.name, name, entry, lines, [])
            slot = table.slot(rows)
            if slot is not None and name in slots:
                first = f"{slots[name].file}:{slots[name].line}"
                table.fault("", f"{name!r} stands already in {first}", "one table a parameter over all files")
            elif slot is not None:
                slots[name] = slot
            faults += table.faults
    return slots


def _toml_fault(file: str, text: str, message: str) -> Fault:
    found = _AT_LINE.search(message)
    line = int(found[1]) if found else text.count("\n") + 1
    problem = f"the file cannot be read ({_AT_LINE.sub('', message)})"
    return Fault(file, line, "", problem, 'TOML with quoted table names, as ["mitragynine.CL/F"]')


def _find_lines(text: str) -> _Lines:
    tables: dict[str, int] = {}
    keys: dict[tuple[str, str], int] = {}
    current = ""
    for line, content in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(content):
            current = next(group for group in table.groups() if group is not None)
            tables.setdefault(current, line)
            tables.setdefault(current.partition(".")[0], line)
        elif key := _KEY.match(content):
            keys.setdefault((current, key[1]), line)
    return _Lines(tables, keys)


@dataclass(frozen=True)
class _Table:
    """One table of a selection file and what is wrong with it."""

    file: str
    name: str
    entry: Any
    lines: _Lines
    faults: list[Fault]

    def fault(self, key: str, problem: str, expected: str, advice: str = "") -> None:
        self.faults.append(Fault(self.file, self.lines.of(self.name, key), key, problem, expected, advice))

    def slot(self, rows: Mapping[str, Row]) -> Slot | None:
        """Give the slot, None where anything is wrong."""
        drug, _, quantity = self.name.partition(".")
        if not isinstance(self.entry, dict) or not (drug and quantity):
            self.fault(
                "", f"{self.name!r} names no parameter", 'a quoted table name, as ["mitragynine.CL/F"]'
            )
            return None
        for key in sorted(self.entry.keys() - set(_KEYS)):
            self.fault(key, f"unknown key {key!r}", f"one of {', '.join(_KEYS)}")
        why = self.entry.get("why", "")
        if not isinstance(why, str) or not why.strip():
            self.fault("why", f"{self.name!r} has no reason", "one sentence that says why this row")
        row = self._row("row", self.entry.get("row", ""), rows)
        if row is not None and row.value is None:
            self.fault("row", f"row {row.id!r} has no value", "a row with a number")
        rivals = self._rivals(rows)
        choice, alternatives = self._alternatives(rows)
        if self.faults or row is None:
            return None
        line = self.lines.of(self.name)
        return Slot(self.name, row, why.strip(), rivals, self.file, line, choice, alternatives)

    def _alternatives(self, rows: Mapping[str, Row]) -> tuple[str, tuple[Alternative, ...]]:
        """Name of the row in use, and the rows that may be chosen instead."""
        choice, given = self.entry.get("name", ""), self.entry.get("alternatives", {})
        if bool(choice) != bool(given) or not isinstance(given, dict):
            self.fault("alternatives", f"{self.name!r} has one of them", "both a name and alternatives")
            return "", ()
        found = []
        for name in (choice, *given) if given else ():
            if not isinstance(name, str) or not _CHOICE.fullmatch(name) or (name == choice and name in given):
                self.fault("alternatives", f"{name!r} is no name", "different lower-case words for each row")
        for name, entry in given.items():
            if not isinstance(entry, dict) or set(entry) != {"row", "why"}:
                self.fault("alternatives", f"{name!r} is not complete", "{ row = ..., why = ... }")
                continue
            row = self._row("alternatives", entry["row"], rows)
            if row is not None and row.value is None:
                self.fault("alternatives", f"row {row.id!r} has no value", "a row with a number")
            elif row is not None:
                found.append(Alternative(name, row, str(entry["why"]).strip()))
        return choice, tuple(found)

    def _rivals(self, rows: Mapping[str, Row]) -> tuple[str, ...]:
        rivals = self.entry.get("rivals", [])
        if not isinstance(rivals, list):
            self.fault("rivals", "rivals is no list", "a list of row ids")
            return ()
        for rival in rivals:
            self._row("rivals", rival, rows)
            if rival == self.entry.get("row"):
                self.fault("rivals", f"{rival!r} is the row in use", "other rows")
        return tuple(rivals)

    def _row(self, key: str, row_id: Any, rows: Mapping[str, Row]) -> Row | None:
        if not isinstance(row_id, str) or not row_id:
            problem = f"{row_id!r} is no text" if row_id else "no row is named"
            self.fault(key, problem, "the id of an evidence row")
            return None
        if row_id not in rows:
            near = get_close_matches(row_id, rows, n=2, cutoff=0.7)
            advice = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
            self.fault(key, f"no row has the id {row_id!r}", "the id of an evidence row", advice)
            return None
        return rows[row_id]
