"""Where in a protocol's file a fault is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from speciosa.errors import TrialError
from speciosa.simulation.written import line_of


@dataclass(frozen=True)
class Place:
    """A protocol's text, to name lines in it.

    Parameters
    ----------
    name : str
        Of the file.
    content : str
    """

    name: str
    content: str

    def at(self, path: Sequence[str | int]) -> str:
        """File, line and key."""
        number = line_of(self.content, path)
        line = f", line {number}" if number else ""
        return f"{self.name}{line}, key {'.'.join(map(str, path))}"

    def fault(
        self, path: Sequence[str | int], problem: str, expected: str | None = None, advice: str | None = None
    ) -> NoReturn:
        """Refuse."""
        raise TrialError(problem, where=self.at(path), expected=expected, advice=advice)
