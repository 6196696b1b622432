"""What a target is given: people in a row, their events, and when to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speciosa.engine.events import Schedules
from speciosa.engine.solution import Failure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """People whom one call works on.

    Parameters
    ----------
    parameters : (n, n_parameters) float
    schedules : Schedules
    times : (n_times,) float
        Increasing, h.
    start : float
        Where the initial state holds, h.
    is_before : bool
        Whether the value before a dose is recorded at its time.
    """

    parameters: FloatArray
    schedules: Schedules
    times: FloatArray
    start: float
    is_before: bool

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.parameters)

    def part(self, first: int, beyond: int) -> Batch:
        """The people from one place to before another."""
        schedules = Schedules(self.schedules.events, self.schedules.of_person[first:beyond])
        return Batch(self.parameters[first:beyond], schedules, self.times, self.start, self.is_before)


class Target(Protocol):
    """A model compiled for one way of working."""

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        ...

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into ``values`` (people, times, outputs), NaN and a failure where there are none."""
        ...
