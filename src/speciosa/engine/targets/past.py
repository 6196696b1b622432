"""What the reference target knows of a person's past: dense solutions, piece after piece.

An interval of the solver is never longer than the shortest delay at its start, so that all that is looked
back at is known (the method of steps). Where a jump or a kink of the past is met, by whatever delay, an
interval ends, so that no step crosses it.

Source
------
Bellen A, Zennaro M. Numerical methods for delay differential equations. Oxford University Press 2003, ch. 3.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from speciosa.engine.python_source import CLOCK
from speciosa.late import optimize
from speciosa.model.expression import SHORTEST_DELAY

FloatArray = npt.NDArray[np.float64]
Dense = Callable[[float], FloatArray]
Delays = Callable[[float, FloatArray], list[float]]
ROUNDING = 1e-13  # of a time: closer ones count as one
NEAR = 1e-7  # of an interval: as well as a place in it that depends on the solution is known
DEPTH = 4  # how often a jump is met again before it is too smooth to matter


class Past:
    """The past of one person.

    Parameters
    ----------
    start : float
        Before it nothing is known, h.
    """

    def __init__(self, start: float) -> None:
        self._start = self._now = start
        self._is_ahead = False
        self._ends: list[float] = []
        self._pieces: list[tuple[float, Dense]] = []
        self._breaks: dict[float, int] = {start: 0}
        self._seen: tuple[float, FloatArray] = (np.nan, np.empty(0))

    def value(self, place: int, time: float, delay: float, now: float) -> float:
        """A state, or the time, a delay before a time, given its value of now."""
        moment = self._moment(time, delay)
        if moment is None:
            return now
        if place == CLOCK:
            return moment
        if moment > self._now + ROUNDING * max(1.0, abs(time)):
            self._is_ahead = True
        return float(self._states(moment, time)[place]) if self._pieces else now

    @staticmethod
    def slope(_place: int, _time: float, _delay: float) -> float:
        """How fast a state changed then: taken for 0, as the solver uses it in an iteration alone."""
        return 0.0

    def _moment(self, time: float, delay: float) -> float | None:
        """When to look; None for now."""
        if not delay > SHORTEST_DELAY:
            return None
        moment, close = time - delay, ROUNDING * max(1.0, abs(time))
        # Up to the time at which the start is met the value of now holds, and the past just from there on.
        is_before = moment < self._start - close if time <= self._now else moment <= self._start + close
        return None if is_before else moment

    def _states(self, moment: float, time: float) -> FloatArray:
        if self._seen[0] == moment and time > self._now:
            return self._seen[1]
        close = ROUNDING * max(1.0, abs(time))
        # An interval begins with the piece that begins at a moment, and ends with the one that ends there.
        if time <= self._now:
            index = bisect_right(self._ends, moment + close)
        else:
            index = bisect_left(self._ends, moment - close)
        index = min(index, len(self._pieces) - 1)
        left, dense = self._pieces[index]
        found = dense(min(max(moment, left), self._ends[index]))
        self._seen = (moment, found) if time > self._now else (np.nan, found)
        return found

    def jump(self, time: float) -> None:
        """Note a time at which states may jump."""
        self._breaks[time] = 0

    def begin(self, left: float) -> None:
        """Begin an interval."""
        self._now, self._is_ahead = left, False
        self._seen = (np.nan, np.empty(0))

    def keep(self, left: float, end: float, dense: Dense) -> None:
        """Take what was solved of an interval."""
        self._ends.append(end)
        self._pieces.append((left, dense))

    def shorter(self, left: float, end: float, dense: Dense, delays: Delays) -> float | None:
        """An earlier end of the interval, where a break is met within or too much was looked at."""
        before, after = delays(left, dense(left)), delays(end, dense(end))
        near = NEAR * (end - left)
        found = []
        for index, (first, last) in enumerate(zip(before, after, strict=True)):
            if not min(first, last) > SHORTEST_DELAY:
                continue
            for point, depth in list(self._breaks.items()):
                if left - first + near < point < end - last - near:
                    found.append(self._meeting(point, index, left, end, dense, delays))
                elif abs(end - last - point) <= near and depth < DEPTH:
                    self._breaks.setdefault(end, depth + 1)
        if found and left + near < min(found) < end - near:
            return min(found)
        if self._is_ahead and end - left > 2.0 * SHORTEST_DELAY:
            return 0.5 * (left + end)
        return None

    @staticmethod
    def _meeting(point: float, index: int, left: float, end: float, dense: Dense, delays: Delays) -> float:
        """When a point of the past is looked at."""

        def ahead(time: float) -> float:
            return time - delays(time, dense(time))[index] - point

        return float(optimize.brentq(ahead, left, end))


def reach(left: float, right: float, delays: list[float]) -> float:
    """How far all that is looked back at is known."""
    return min(right, left + min((item for item in delays if item > SHORTEST_DELAY), default=np.inf))
