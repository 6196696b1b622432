"""Reading JSON with the place of every fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from speciosa.errors import RecordError

# A moment of FHIR that names hour, minute and offset; less would not tell when it was.
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\dT\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d{1,9})?)?(?P<offset>Z|[+-]\d\d:\d\d)"
)
_DIGITS_OF_SECOND = len(":00.000000")


@dataclass(frozen=True)
class Node:
    """A value of a JSON document with its path.

    Parameters
    ----------
    value : object
    path : str
    """

    value: Any
    path: str

    def fault(self, problem: str, expected: str | None = None, advice: str | None = None) -> RecordError:
        """An error that names the place."""
        return RecordError(problem, where=self.path, expected=expected, advice=advice)

    @property
    def is_there(self) -> bool:
        """Whether the document holds it."""
        return self.value is not None

    def get(self, name: str) -> Node:
        """A member of an object; a node without value where it is missing.

        Raises
        ------
        RecordError
            If this is no object.
        """
        if not isinstance(self.value, dict):
            raise self.fault(self._given(), "an object")
        return Node(self.value.get(name), f"{self.path}.{name}")

    def items(self) -> list[Node]:
        """The members of a list; none where it is missing.

        Raises
        ------
        RecordError
            If this is no list.
        """
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.fault(self._given(), "a list")
        return [Node(value, f"{self.path}[{number}]") for number, value in enumerate(self.value)]

    def only(self) -> Node:
        """The one member of a list.

        Raises
        ------
        RecordError
            If there are none or several.
        """
        found = self.items()
        if len(found) != 1:
            raise self.fault(f"the list has {len(found)} members", "one")
        return found[0]

    def text(self) -> str:
        """The text that must be there.

        Raises
        ------
        RecordError
            If it is missing or something else.
        """
        if not isinstance(self.value, str):
            raise self.fault(self._given(), "text")
        return self.value

    def optional_text(self) -> str | None:
        """The text, or None where it is missing."""
        return self.text() if self.is_there else None

    def number(self) -> float:
        """The number that must be there.

        Raises
        ------
        RecordError
            If it is missing or something else.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fault(self._given(), "a number")
        try:
            return float(self.value)
        except OverflowError:
            raise self.fault("the number is too large", "a number") from None

    def whole(self) -> int:
        """The whole number that must be there.

        Raises
        ------
        RecordError
            If it is missing or something else.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.fault(self._given(), "a whole number")
        return self.value

    def moment(self) -> datetime:
        """The moment that must be there.

        Raises
        ------
        RecordError
            If it is missing, names no hour or no offset.
        """
        text = self.text()
        match = _MOMENT.fullmatch(text)
        if match is None:
            raise self.fault(f"{text[:40]!r} is no moment", "date, time and offset: 2026-03-01T09:30:00Z")
        seconds = (match["seconds"] or ":00")[:_DIGITS_OF_SECOND]
        whole, _, fraction = seconds.partition(".")
        try:
            return datetime.fromisoformat(f"{match['day']}{whole}.{fraction:0<6}{match['offset']}")
        except ValueError:
            raise self.fault(f"{text[:40]!r} is no moment of the calendar") from None

    def _given(self) -> str:
        if self.value is None:
            return "the value is missing"
        return f"{self.value!r:.60} stands there"
