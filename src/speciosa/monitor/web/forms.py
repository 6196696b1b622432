"""Reading forms: each field is checked against what it may hold, and every fault has a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from speciosa.errors import RecordError, SpeciosaError
from speciosa.monitor.services.times import from_local

LARGEST_BODY = 64 * 1024
MOST_FIELDS = 100
LONGEST_LINE, LONGEST_TEXT = 200, 5000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_INTEGER = re.compile(r"-?\d{1,9}")
_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,6})?")
CLOCK_SLACK = timedelta(minutes=2)
"""A moment that lies so little ahead is a clock that is a little fast."""


class FormError(SpeciosaError, ValueError):
    """A form that cannot be taken as it was sent.

    Parameters
    ----------
    faults : mapping of str to str
        Sentence by field; the empty name stands for the form as a whole.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class BrokenFormError(SpeciosaError, ValueError):
    """A form that no page of the program sends: wrong encoding, a field twice, too many fields."""


def parse_form(body: bytes) -> dict[str, str]:
    """Fields of a body of type ``application/x-www-form-urlencoded``.

    Raises
    ------
    BrokenFormError
        If it cannot be decoded, or names a field twice.

    Examples
    --------
    >>> parse_form(b"total=7&note=a+b")
    {'total': '7', 'note': 'a b'}
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as fault:
        raise BrokenFormError(
            "the form cannot be read", expected=f"at most {MOST_FIELDS} fields in UTF-8"
        ) from fault
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BrokenFormError("a field of the form was sent twice", expected="each field once")
    return fields


class Reader:
    """Reads fields one by one, and collects what is wrong with them.

    Parameters
    ----------
    fields : mapping of str to str
    zone : ZoneInfo
        In which moments are typed.
    now : datetime

    Examples
    --------
    >>> from datetime import UTC
    >>> reader = Reader({"weight": "eighty"}, ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC))
    >>> reader.number("weight", "Weight", low=20, high=400)
    >>> reader.faults
    {'weight': 'Weight: write a number, such as 7.5.'}
    """

    def __init__(self, fields: Mapping[str, str], zone: ZoneInfo, now: datetime) -> None:
        self.fields = fields
        self.zone = zone
        self.now = now
        self.faults: dict[str, str] = {}

    def fault(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first fault of a field stays."""
        self.faults.setdefault(name, sentence)

    def check(self) -> None:
        """Stop if a field is at fault.

        Raises
        ------
        FormError
        """
        if self.faults:
            raise FormError(self.faults)

    def _given(self, name: str, label: str, *, is_required: bool) -> str | None:
        value = self.fields.get(name, "").strip()
        if not value and is_required:
            self.fault(name, f"{label}: fill this in.")
        return value or None

    def text(
        self, name: str, label: str, *, is_required: bool = False, longest: int = LONGEST_LINE
    ) -> str | None:
        """Text without control characters, of limited length."""
        value = self._given(name, label, is_required=is_required)
        if value is None:
            return None
        if len(value) > longest:
            self.fault(name, f"{label}: at most {longest} characters; these are {len(value)}.")
            return None
        if _CONTROL.search(value):
            self.fault(name, f"{label}: remove the control characters.")
            return None
        return value.replace("\r\n", "\n")

    def required_text(self, name: str, label: str, *, longest: int = LONGEST_LINE) -> str:
        """Text that must be there; empty if it is at fault."""
        return self.text(name, label, is_required=True, longest=longest) or ""

    def choice(
        self, name: str, label: str, options: Collection[str], *, is_required: bool = True
    ) -> str | None:
        """One of the offered values."""
        value = self._given(name, label, is_required=is_required)
        if value is not None and value not in options:
            self.fault(name, f"{label}: choose one of those offered.")
            return None
        return value

    def integer(self, name: str, label: str, *, low: int, high: int, is_required: bool = False) -> int | None:
        """A whole number within limits."""
        value = self._given(name, label, is_required=is_required)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            self.fault(name, f"{label}: write a whole number.")
            return None
        return int(value) if self._is_within(name, label, int(value), low, high) else None

    def number(
        self, name: str, label: str, *, low: float, high: float, is_required: bool = False
    ) -> float | None:
        """A number within limits; a decimal comma is understood."""
        value = self._given(name, label, is_required=is_required)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value):
            self.fault(name, f"{label}: write a number, such as 7.5.")
            return None
        number = float(value.replace(",", "."))
        return number if self._is_within(name, label, number, low, high) else None

    def _is_within(self, name: str, label: str, value: float, low: float, high: float) -> bool:
        if math.isfinite(value) and low <= value <= high:
            return True
        self.fault(name, f"{label}: from {low:g} to {high:g}.")
        return False

    def moment(
        self, name: str, label: str, *, is_required: bool = True, may_lie_ahead: bool = False
    ) -> datetime | None:
        """A moment typed in the clinic's time zone, not in the future unless that is allowed."""
        value = self._given(name, label, is_required=is_required)
        if value is None:
            return None
        try:
            moment = from_local(value, self.zone, label)
        except RecordError as fault:
            self.fault(name, str(fault))
            return None
        if moment > self.now + CLOCK_SLACK and not may_lie_ahead:
            self.fault(name, f"{label}: lies in the future.")
            return None
        if abs(moment - self.now) > timedelta(days=366 * 20):
            self.fault(name, f"{label}: within twenty years of today.")
            return None
        return min(moment, self.now) if not may_lie_ahead else moment

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.fields.get(name) == "yes"
