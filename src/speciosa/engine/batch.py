"""What a target is given: people in a row, their events, and when to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speciosa.engine.changes import Changes
from speciosa.engine.events import Schedules
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
    """

    parameters: FloatArray
    schedules: Schedules
    times: FloatArray
    start: FloatArray
    is_before: bool
    changes: Changes = field(default_factory=Changes.none)

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.parameters)

    @property
    def ends(self) -> FloatArray:
        """The last time at which each person is looked at."""
        if self.times.ndim == 1:
            return np.full(self.size, self.times[-1])
        return np.asarray(np.where(np.isfinite(self.times), self.times, -np.inf).max(axis=1))

    @property
    def rows(self) -> IntArray:
        """The first row of the table of each person that is not before the person's start."""
        if self.times.ndim == 1:
            return np.asarray(np.searchsorted(self.times, self.start))
        return np.asarray((self.times < self.start[:, None]).sum(axis=1))

    def part(self, first: int, beyond: int) -> Batch:
        """The people from one place to before another."""
        return self.chosen(np.arange(first, beyond))

    def chosen(self, people: IntArray) -> Batch:
        """Some people, in the order given."""
        schedules = Schedules(self.schedules.events, self.schedules.of_person[people])
        changes = self.changes.chosen(people)
        start = self.start[people]
        times = self.times if self.times.ndim == 1 else self.times[people]
        return Batch(self.parameters[people], schedules, times, start, self.is_before, changes)


class Target(Protocol):
    """A model compiled for one way of working."""

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        ...

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into ``values`` (people, times, outputs), NaN and a failure where there are none."""
        ...

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Put outputs, and their derivatives by some parameters, into ``values`` and ``slopes``."""
        ...
