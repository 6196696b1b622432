"""Local times of forms and moments in UTC, one way and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from speciosa.errors import RecordError

# A date without a time says too little; other forms of ISO 8601 are more likely a slip.
_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE
)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by name.

    Raises
    ------
    RecordError
        If there is none.

    Examples
    --------
    >>> zone_of("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise RecordError(
            f"{name[:60]!r} is no time zone",
            where="time_zone",
            expected="a name such as Europe/Berlin or UTC",
        ) from fault


def from_local(text: str, zone: ZoneInfo, field: str = "time") -> datetime:
    """The moment in UTC that a local time of a form means.

    Parameters
    ----------
    text : str
        ``2026-03-01T09:30``, as browsers send it; with an offset (``+02:00``, ``Z``) it stands by itself.
    zone : ZoneInfo
        Of the clinic.
    field : str
        Of the form, for the message.

    Raises
    ------
    RecordError
        If it is no time, does not exist (clocks go forward), or exists twice (clocks go back).

    Examples
    --------
    >>> from_local("2026-07-01T09:30", zone_of("Europe/Berlin")).isoformat()
    '2026-07-01T07:30:00+00:00'
    >>> from_local("2026-10-25T02:30", zone_of("Europe/Berlin"))
    Traceback (most recent call last):
    speciosa.errors.RecordError: time: 2026-10-25T02:30 comes twice that night in Europe/Berlin; expected one of 2026-10-25T02:30+02:00 and 2026-10-25T02:30+01:00.
    """  # noqa: E501
    try:
        if not _FORM.fullmatch(text.strip()):
            raise ValueError(text)
        given = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as fault:
        raise RecordError(
            f"{text[:40]!r} is no time", where=field, expected="date and time: 2026-03-01T09:30"
        ) from fault
    if given.tzinfo is None:
        first, second = (given.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            _refuse_unclear(given, first, second, zone, field)
        given = first
    try:
        return given.astimezone(UTC)
    except OverflowError as fault:
        raise RecordError(f"{text[:40]!r} lies outside of the calendar", where=field) from fault


def to_local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as forms show it, to the minute; with its offset where that hour comes twice.

    Examples
    --------
    >>> to_local(datetime(2026, 7, 1, 7, 30, tzinfo=UTC), zone_of("Europe/Berlin"))
    '2026-07-01T09:30'
    """
    local = moment.astimezone(zone)
    other = local.replace(fold=1 - local.fold)
    form = local.isoformat(timespec="minutes")
    return form if local.utcoffset() != other.utcoffset() else form[: -len("+00:00")]


def _refuse_unclear(given: datetime, first: datetime, second: datetime, zone: ZoneInfo, field: str) -> None:
    text = given.isoformat(timespec="minutes")
    earlier, later = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if earlier < later:
        raise RecordError(
            f"{text} does not exist in {zone.key}: clocks went forward", where=field, expected="another time"
        )
    options = " and ".join(moment.isoformat(timespec="minutes") for moment in (first, second))
    raise RecordError(
        f"{text} comes twice that night in {zone.key}", where=field, expected=f"one of {options}"
    )
