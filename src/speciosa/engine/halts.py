"""Courses that halt: at a time, or where an output that is watched reaches a level.

The state at the halt is handed back, so that what follows may depend on it. A halt at a time comes before
what is due then; one at a level comes where the level is reached, which is at once where it is reached
already, and then after what was due at that time. A crossing that is undone within one step of the solver is
not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from speciosa.model import Output

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NEVER = np.inf
AT_TIME = -1


@dataclass(frozen=True)
class Watch:
    """An output that is watched.

    Parameters
    ----------
    output : Output
    is_rising : bool
        Whether a course halts where the output is at or above its level, or else at or below it.
    """

    output: Output
    is_rising: bool = True

    @property
    def never(self) -> float:
        """The level that is not reached."""
        return NEVER if self.is_rising else -NEVER


@dataclass(frozen=True)
class Halts:
    """Where people halt, one entry a person.

    Parameters
    ----------
    levels : (n, n_watched) float
        Of each watched output; `Watch.never` for one that is only looked at.
    until : (n,) float
        Halt at this time at the latest, h; infinite for the end of the recorded times.
    time : (n,) float
        Filled: when, h; NaN for who failed.
    which : (n,) int
        Filled: number of the watched output, or `AT_TIME`.
    states : (n, n_states) float
        Filled: the states then.
    seen : (n, n_watched) float
        Filled: the watched outputs then.
    """

    levels: FloatArray
    until: FloatArray
    time: FloatArray
    which: IntArray
    states: FloatArray
    seen: FloatArray

    @classmethod
    def of(cls, levels: FloatArray, until: FloatArray, n_states: int) -> Halts:
        """With room for what is filled."""
        n = len(until)
        levels = np.ascontiguousarray(levels, dtype=np.float64)
        room = np.full(n, np.nan), np.full(n, AT_TIME), np.full((n, n_states), np.nan)
        return cls(levels, until, *room, np.full(levels.shape, np.nan))

    def chosen(self, people: IntArray) -> Halts:
        """Those of some people, in the order given, with room of their own."""
        return Halts(*(getattr(self, item.name)[people] for item in fields(self)))

    def put(self, people: IntArray, part: Halts) -> None:
        """Take over what was filled for some people."""
        for name in ("time", "which", "states", "seen"):
            getattr(self, name)[people] = getattr(part, name)
