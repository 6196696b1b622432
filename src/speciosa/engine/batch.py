"""What a target is given: people in a row, their events, and when to look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from speciosa.engine.changes import Changes
from speciosa.engine.events import Schedules
from speciosa.engine.halts import Halts
from speciosa.engine.solution import Failure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """People whom one call works on.

    Parameters
    ----------
    parameters : (n, n_parameters) float
    schedules : Schedules
    times : (n_times,) or (n, n_times) float
        Increasing, h; where everybody has own times, a short row ends in infinities.
    start : (n,) float
        Where everybody's initial state holds, h; before it nothing is recorded.
    is_before : bool
        Whether the value before a dose is recorded at its time.
    changes : Changes
        Of parameters.
    halts : Halts, optional
        Where people halt; for targets that were made to.
    is_resumed : bool
        Whether people go on from a halt, so that what is recorded before a dose is there already.
    last : float
        End of all courses, h; infinite for the last of `times`.
    """

    parameters: FloatArray
    schedules: Schedules
    times: FloatArray
    start: FloatArray
    is_before: bool
    changes: Changes = field(default_factory=Changes.none)
    halts: Halts | None = None
    is_resumed: bool = False
    last: float = np.inf

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.parameters)

    def part(self, first: int, beyond: int) -> Batch:
        """The people from one place to before another."""
        return self.chosen(np.arange(first, beyond))

    def chosen(self, people: IntArray) -> Batch:
        """Some people, in the order given."""
        schedules = Schedules(self.schedules.events, self.schedules.of_person[people])
        changes = self.changes.chosen(people)
        start = self.start[people]
        halts = None if self.halts is None else self.halts.chosen(people)
        times = self.times if self.times.ndim == 1 else self.times[people]
        return replace(
            self, parameters=self.parameters[people], schedules=schedules, times=times, start=start,
            changes=changes, halts=halts,
        )  # fmt: skip

    @property
    def first_rows(self) -> IntArray:
        """The first recorded time of each person that is not before the person's start."""
        is_over = self.is_resumed and self.is_before
        if self.times.ndim == 1:
            side: Literal["left", "right"] = "right" if is_over else "left"
            return np.searchsorted(self.times, self.start, side=side)
        starts = self.start[:, None]
        return np.asarray(((self.times <= starts) if is_over else (self.times < starts)).sum(axis=1))

    @property
    def is_whole(self) -> bool:
        """Whether everybody who can be solved has outputs at all times."""
        return self.halts is None and self.times.ndim == 1 and not self.first_rows.any()

    @property
    def ends(self) -> FloatArray:
        """When each person's course ends at the latest: at the last time looked at, or at a halt."""
        if np.isfinite(self.last):
            last = np.full(self.size, self.last)
        elif self.times.ndim == 1:
            last = np.full(self.size, self.times[-1])
        else:
            last = np.where(np.isfinite(self.times), self.times, -np.inf).max(axis=1)
        return last if self.halts is None else np.minimum(last, self.halts.until)

    @property
    def is_cut(self) -> npt.NDArray[np.bool_]:
        """Whose courses end before what is due at their end."""
        if self.halts is None:
            return np.zeros(self.size, dtype=np.bool_)
        last = self.times[-1] if np.isinf(self.last) else self.last
        return np.asarray(self.halts.until <= last)


class Filler(Protocol):
    """What solves people."""

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        ...

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into all of ``values`` (people, times, outputs); NaN and a failure for who has none."""
        ...


class Target(Filler, Protocol):
    """A model compiled for one way of working."""

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Put outputs, and their derivatives by some parameters, into ``values`` and ``slopes``."""
        ...
