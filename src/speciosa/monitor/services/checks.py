"""What the fields of an entry may hold. A fault names its field in `where`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from math import isfinite
from typing import Any

from speciosa.errors import RecordError

LINE, TEXT = 120, 20_000
"""Longest line and longest text, in characters."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
_LARGEST = 10**300
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BREAKS = "\n\r\t"


def line(name: str, value: Any, *, is_needed: bool = True) -> None:
    """A short text without line breaks.

    Raises
    ------
    RecordError
        If it is none.
    """
    if value is None and not is_needed:
        return
    _text(name, value, LINE)
    if any(sign in value for sign in _BREAKS):
        raise RecordError("the text has a line break", where=name, expected="one line")


def identifier(name: str, value: Any) -> None:
    """An identifier of a record.

    Raises
    ------
    RecordError
        If it is none.
    """
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise RecordError(f"{value!r:.60} is no identifier", where=name, expected="a UUID in small letters")


def text(name: str, value: Any, *, is_needed: bool = True) -> None:
    """A text of several lines.

    Raises
    ------
    RecordError
        If it is none.
    """
    if value is None and not is_needed:
        return
    _text(name, value, TEXT)


def _text(name: str, value: Any, longest: int) -> None:
    if not isinstance(value, str):
        raise RecordError(f"{value!r:.60} is no text", where=name, expected="text")
    if not value.strip():
        raise RecordError(
            "the text is empty", where=name, expected="at least one character, or nothing at all"
        )
    if len(value) > longest:
        raise RecordError(f"the text has {len(value)} characters", where=name, expected=f"{longest} at most")
    wrong = next((sign for sign in value if not (sign.isprintable() or sign in _BREAKS or sign == " ")), None)
    if wrong is not None:
        raise RecordError(
            f"the text holds the character U+{ord(wrong):04X}",
            where=name,
            expected="characters that can be read",
        )


def number(
    name: str,
    value: Any,
    low: float,
    high: float,
    *,
    unit: str = "",
    is_open: bool = False,
    is_needed: bool = True,
) -> None:
    """A finite number within limits.

    Parameters
    ----------
    name : str
    value : float or None
    low, high : float
    unit : str
        For the message.
    is_open : bool
        Whether the lower limit itself is out.
    is_needed : bool
        Whether None is a fault.

    Raises
    ------
    RecordError
        If it is none.

    Examples
    --------
    >>> number("weight", 1200.0, 30.0, 300.0, unit="kg")
    Traceback (most recent call last):
    speciosa.errors.RecordError: weight: the number is 1200 kg; expected 30 to 300 kg.
    """
    if value is None and not is_needed:
        return
    after = f" {unit}" if unit else ""
    limits = (
        f"{'above ' if is_open else ''}{low:g}{',' if is_open else ''} {'up ' if is_open else ''}to {high:g}"
    )
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{value!r:.60} is no number", where=name, expected=f"{limits}{after}")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise RecordError("the number is too large", where=name, expected=f"{limits}{after}")
    if not isfinite(value) or value > high or value < low or (is_open and value == low):
        raise RecordError(f"the number is {float(value):g}{after}", where=name, expected=f"{limits}{after}")


def whole(name: str, value: Any, low: int, high: int, *, is_needed: bool = True) -> None:
    """A whole number within limits.

    Raises
    ------
    RecordError
        If it is none.
    """
    if value is None and not is_needed:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise RecordError(f"{value!r:.60} is no whole number", where=name, expected=f"{low} to {high}")
    if not low <= value <= high:
        raise RecordError(f"the number is {str(value)[:60]}", where=name, expected=f"{low} to {high}")


def choice(name: str, value: Any, options: Iterable[str], *, is_needed: bool = True) -> None:
    """One of several words.

    Raises
    ------
    RecordError
        With near misses.
    """
    if value is None and not is_needed:
        return
    known = tuple(options)
    if value in known:
        return
    near = get_close_matches(str(value), known, n=1)
    raise RecordError(
        f"{str(value)[:60]!r} is none of the choices",
        where=name,
        expected=", ".join(known),
        advice=f"Did you mean {near[0]!r}?" if near else None,
    )


def moment(name: str, value: Any, *, is_needed: bool = True) -> None:
    """A moment with its time zone.

    Raises
    ------
    RecordError
        If it is none.
    """
    if value is None and not is_needed:
        return
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise RecordError(f"{value!r:.60} is no moment", where=name, expected="date and time with time zone")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise RecordError(f"the year is {value.year}", where=name, expected=f"{FIRST_YEAR} to {LAST_YEAR}")


def in_utc(value: datetime) -> datetime:
    """The same moment in UTC."""
    return value.astimezone(UTC)


def flag(name: str, value: Any) -> None:
    """Yes or no.

    Raises
    ------
    RecordError
        If it is neither.
    """
    if not isinstance(value, bool):
        raise RecordError(f"{value!r:.60} is neither yes nor no", where=name, expected="yes or no")
