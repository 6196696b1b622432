"""A stretch of time with one way of dosing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf, isfinite

from speciosa.errors import RegimenError
from speciosa.regimens.change import Change
from speciosa.regimens.dose import Administration, Dose, number
from speciosa.regimens.rules import Condition, VisitRule
from speciosa.regimens.times import DAY, SMALLEST, span


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
    starts_when : Condition, optional
        Start once it holds, from `start` on at the earliest; everything behind is as much later.
    stops_when : Condition, optional
        End once it holds, at `end` at the latest.
    visits : tuple of VisitRule

    Raises
    ------
    RegimenError
        If times are not in order, or a dose changes both by itself and at visits.
    """

    start: float
    end: float
    dose: Dose | None = None
    period: float = inf
    offsets: tuple[float, ...] = (0.0,)
    is_by_clock: bool = False
    change: Change | None = None
    missed: Missed = Missed()
    starts_when: Condition | None = None
    stops_when: Condition | None = None
    visits: tuple[VisitRule, ...] = ()

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

        if self.change is not None and any(visit.change for visit in self.visits):
            raise RegimenError(
                "the dose changes by itself and at visits", expected="one of the two in each part"
            )
        if self.visits and self.dose is None:
            raise RegimenError("visits without a dose", expected="a dose that is raised, lowered or stopped")

    @property
    def has_rules(self) -> bool:
        """Whether doses depend on how the person is."""
        return bool(self.starts_when or self.stops_when or self.visits)

    def administrations(self, until: float) -> list[Administration]:
        """Doses up to a time (h) and before the end, as they are without rules."""
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
        unit = "mg" if self.dose is None or self.dose.containing else self.dose.unit
        parts += [visit.text(unit) for visit in self.visits]
        if self.starts_when:
            parts.append(f"when {self.starts_when.text}")
        if self.stops_when:
            parts.append(f"stop when {self.stops_when.text}")
        if self.start != previous:
            parts.append(f"from {span(self.start)}")
        if isfinite(self.end) and not (self.dose and self.period == inf and not self.is_by_clock):
            parts.append(f"for {span(self.end - self.start)}")
        return " ".join(parts)
