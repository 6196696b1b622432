"""A fault in the evidence files: where it is, what is wrong and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speciosa.errors import EvidenceError

_SHOWN = 50


@dataclass(frozen=True)
class Fault:
    """One fault.

    Parameters
    ----------
    file : str
        File, relative to the data folder.
    line : int
        First line of the record, counted from 1; 0 where the whole file is meant.
    column : str
        Column of a table or key of a selection; empty where the whole record is meant.
    problem, expected : str
        What was given, and what would have been accepted.
    advice : str
        What to do next, as a full sentence; may be empty.

    Examples
    --------
    >>> print(Fault("withdrawal.csv", 7, "seen", "'read' is no way of seeing", "one of full-text, abstract"))
    withdrawal.csv:7, column 'seen': 'read' is no way of seeing; expected one of full-text, abstract
    """

    file: str
    line: int
    column: str
    problem: str
    expected: str
    advice: str = ""

    @property
    def where(self) -> str:
        """File, line and column as text."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        name = "key" if self.file.endswith(".toml") else "column"
        return f"{place}, {name} {self.column!r}" if self.column else place

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}; expected {self.expected}"
        return f"{text}. {self.advice}" if self.advice else text


def raise_for(faults: Sequence[Fault]) -> None:
    """Raise if there are faults.

    Raises
    ------
    EvidenceError
        Naming every fault (the first 50 of many).
    """
    if not faults:
        return
    if len(faults) == 1:
        fault = faults[0]
        raise EvidenceError(
            fault.problem, where=fault.where, expected=fault.expected, advice=fault.advice or None
        )
    lines = [f"  {fault}" for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"  and {len(faults) - _SHOWN} more")
    raise EvidenceError("\n".join([f"{len(faults)} faults in the evidence files:", *lines]))
