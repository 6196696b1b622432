"""From numbers to places in a picture, and which ticks to draw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_HOUR_STEPS = (1, 2, 3, 6, 12)
_DAY_STEPS = (1, 2, 7, 14, 28, 91, 182, 364)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
DAY = 24


@dataclass(frozen=True)
class Axis:
    """A straight scale.

    Parameters
    ----------
    low, high : float
        Numbers at the two ends.
    start, end : float
        Places of the two ends.

    Examples
    --------
    >>> Axis(0.0, 48.0, 300.0, 0.0).place(12.0)
    225.0
    """

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Place of a number; one outside is put at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a number lies on the scale."""
        return self.low <= value <= self.high


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers within limits, at most so many of them.

    Examples
    --------
    >>> nice_ticks(0.0, 1.0, 5)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(
        power * factor
        for factor in _NICE
        if (high - low) / (power * factor) <= most - 1 or factor == _NICE[-1]
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def time_ticks(start: datetime, end: datetime, zone: tzinfo, most: int) -> Iterator[tuple[datetime, str]]:
    """Moments at round hours or midnights of a time zone, with their words.

    Parameters
    ----------
    start, end : datetime
    zone : tzinfo
    most : int

    Examples
    --------
    >>> start = datetime(2026, 3, 9, 20, tzinfo=UTC)
    >>> [words for _, words in time_ticks(start, start + timedelta(hours=28), UTC, 8)]
    ['10 Mar', '06:00', '12:00', '18:00', '11 Mar']
    """
    hours = (end - start).total_seconds() / 3600
    step = next((item for item in _HOUR_STEPS if hours / item <= most), None)
    days = 1 if step else next((item for item in _DAY_STEPS if hours / DAY / item <= most), _DAY_STEPS[-1])
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(0, int(hours // DAY) + 2):
        if not step and (midnight.toordinal() + day) % days:
            continue
        for hour in range(0, DAY, step or DAY):
            local = midnight + timedelta(days=day, hours=hour)
            if start <= local <= end:
                words = f"{local.day} {local:%b}" if hour == 0 else f"{hour:02d}:00"
                yield local.astimezone(UTC), words
