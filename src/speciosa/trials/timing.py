"""Times in protocols: hours inside, durations in words in files."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from speciosa.errors import ScenarioError
from speciosa.simulation.written import hours

DAY = 24.0


def _read(given: Any) -> float:
    """A duration in words, with a sign if it lies before the start, or a number of hours."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    text = str(given).strip()
    is_before = text.startswith("-")
    try:
        found = hours(text.removeprefix("-"), "")
    except ScenarioError as fault:
        raise ValueError(f"no duration; expected {fault.expected}") from fault
    return -found if is_before else found


def in_words(value: float) -> str:
    """A duration as files have it.

    Examples
    --------
    >>> in_words(48.0), in_words(6.0)
    ('2 d', '6 h')
    """
    return f"{value / DAY:g} d" if value % DAY == 0.0 else f"{value:g} h"


Hours = Annotated[
    float,
    BeforeValidator(_read),
    PlainSerializer(in_words, when_used="json"),
    WithJsonSchema({"type": "string", "description": "a duration: 8 d, 6 h, 2 weeks"}),
]
"""Hours, written as ``8 d``, ``6 h`` or ``2 weeks``."""
