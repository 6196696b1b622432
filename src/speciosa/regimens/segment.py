"""A stretch of time with one way of dosing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf, isfinite

from speciosa.errors import RegimenError
from speciosa.regimens.dose import Administration, Dose, number

DAY = 24.0
WEEK = 7 * DAY
SMALLEST = 1e-9


def span(hours: float) -> str:
    """A length of time as people write it, in units that the grammar reads."""
    if hours and hours % DAY == 0.0 and hours != DAY:
        return f"{number(hours / DAY)} days"
    return f"{number(hours)} h"


@dataclass(frozen=True)
class Change:
    """A titration or a taper.

    Parameters
    ----------
    by : float
        Step: in the dose's unit, or a share of the current dose; above zero.
    every : float
        Time between steps, h.
    is_up : bool
        Whether the dose rises.
    is_share : bool
        Whether `by` is a share (0.1 for 10 %).
    to : float, optional
        Where it ends, in the dose's unit.

    Raises
    ------
    RegimenError
        If a step is not above zero, or a share is 1 or more downwards.
    """

    by: float
    every: float
    is_up: bool
    is_share: bool = False
    to: float | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.by) and self.by > 0.0):
            raise RegimenError(f"the step is {number(self.by)}", expected="a step above zero")
        if self.is_share and not self.is_up and self.by >= 1.0:
            raise RegimenError(f"the step is {number(100 * self.by)} %", expected="less than 100 % downwards")
        if not (isfinite(self.every) and self.every > 0.0):
            raise RegimenError(f"the steps are {number(self.every)} h apart", expected="more than zero")
        if self.to is not None and not self.to >= 0.0:
            raise RegimenError(f"the change ends at {number(self.to)}", expected="zero or more")

    def factor(self, start: float, elapsed: float) -> float:
        """What the starting amount is multiplied by after some time (h)."""
        steps = int((elapsed + SMALLEST) // self.every)
        sign = 1.0 if self.is_up else -1.0
        value = start * (1.0 + sign * self.by) ** steps if self.is_share else start + sign * self.by * steps
        limit = self.to if self.to is not None else (inf if self.is_up else 0.0)
        value = min(value, limit) if self.is_up else max(value, limit)
        return value / start

    def text(self, unit: str) -> str:
        """The change in words that the grammar reads."""
        step = f"{number(100 * self.by)} %" if self.is_share else f"{number(self.by)} {unit}"
        end = f" to {number(self.to)} {unit}" if self.to is not None else ""
        return f"{'up' if self.is_up else 'down'} by {step} every {span(self.every)}{end}"


@dataclass(frozen=True)
class Missed:
    """Doses that are not taken.

    Parameters
    ----------
    doses : tuple of int
        Numbers of doses in the segment, from 1.
    every : int
        Every so-many-th dose; 0 for none.
    days : tuple of int
        Days of the scenario, from 1.
    """

    doses: tuple[int, ...] = ()
    every: int = 0
    days: tuple[int, ...] = ()

    def has(self, index: int, time: float) -> bool:
        """Whether a dose (numbered from 1, at a time in h) is missed."""
        is_nth = self.every > 0 and index % self.every == 0
        return index in self.doses or is_nth or int(time // DAY) + 1 in self.days

    @property
    def text(self) -> str:
        """In words that the grammar reads; empty if nothing is missed."""
        parts = []
        if self.doses:
            doses = "dose" if len(self.doses) == 1 else "doses"
            parts.append(f"missing {doses} {' and '.join(str(item) for item in self.doses)}")
        if self.every:
            parts.append(f"missing every {self.every}th dose")
        if self.days:
            days = "day" if len(self.days) == 1 else "days"
            parts.append(f"missing {days} {' and '.join(str(item) for item in self.days)}")
        return " ".join(parts)


@dataclass(frozen=True)
class Segment:
    """Doses from a start to an end (exclusive), h; a gap where there is no dose.

    Parameters
    ----------
    start, end : float
        Hours of the scenario; the end may be infinite.
    dose : Dose, optional
        None for a gap.
    period : float
        Hours after which the times repeat; infinite for a single round.
    offsets : tuple of float
        Times in a period, h.
    is_by_clock : bool
        Whether offsets count from midnight (time 0 is midnight of day 1) and not from the start.
    change : Change, optional
    missed : Missed

    Raises
    ------
    RegimenError
        If times are not in order.
    """

    start: float
    end: float
    dose: Dose | None = None
    period: float = inf
    offsets: tuple[float, ...] = (0.0,)
    is_by_clock: bool = False
    change: Change | None = None
    missed: Missed = Missed()

    def __post_init__(self) -> None:
        if not (isfinite(self.start) and self.start >= 0.0):
            raise RegimenError(f"a part starts at {number(self.start)} h", expected="zero or later")
        if not self.end > self.start:
            raise RegimenError(
                f"a part ends at {span(self.end)} and starts at {span(self.start)}",
                expected="an end after the start",
                advice="Its `until` overlaps the part before it; give a later day, or a duration with `for`.",
            )
        if self.dose is not None and not (self.period > 0.0 and self.offsets):
            raise RegimenError(f"doses are {number(self.period)} h apart", expected="more than zero")

    def administrations(self, until: float) -> list[Administration]:
        """Doses up to a time (h) and before the end."""
        if self.dose is None:
            return []
        found = []
        for index, time in enumerate(self._times(until), start=1):
            if self.missed.has(index, time):
                continue
            factor = self.change.factor(self.dose.size, time - self.start) if self.change else 1.0
            if factor > SMALLEST:
                found.append(Administration(time, self.dose if factor == 1.0 else self.dose.scaled(factor)))
        return found

    def _times(self, until: float) -> Iterator[float]:
        """Times of all doses, missed ones included."""
        base = self.start // DAY * DAY if self.is_by_clock else self.start
        for turn in count(0):
            shift = base + (turn * self.period if turn else 0.0)
            for time in (shift + offset for offset in self.offsets):
                if time > until + SMALLEST or time >= self.end - SMALLEST:
                    return
                if time >= self.start - SMALLEST:
                    yield time
            if self.period == inf:
                return

    def dose_at_end(self) -> Dose | None:
        """The dose with which a part that goes on from here starts."""
        if self.dose is None or self.change is None:
            return self.dose
        factor = self.change.factor(self.dose.size, self.end - self.start - SMALLEST)
        return self.dose.scaled(factor) if factor > SMALLEST else None

    @property
    def rhythm(self) -> str:
        """When doses are taken, in words that the grammar reads."""
        if self.is_by_clock:
            clock = [f"{int(offset):02d}:{round(60 * (offset % 1.0)):02d}" for offset in self.offsets]
            return f"at {' and '.join(clock)}"
        return "once" if self.period == inf else f"every {span(self.period)}"

    def text(self, previous: float) -> str:
        """The part in words that the grammar reads, given where the part before it ended."""
        parts = ["nothing"] if self.dose is None else [self.dose.text, self.rhythm]
        if self.change and self.dose:
            parts.append(self.change.text(self.dose.unit if not self.dose.containing else "mg"))
        if self.missed.text:
            parts.append(self.missed.text)
        if self.start != previous:
            parts.append(f"from {span(self.start)}")
        if isfinite(self.end) and not (self.dose and self.period == inf and not self.is_by_clock):
            parts.append(f"for {span(self.end - self.start)}")
        return " ".join(parts)
