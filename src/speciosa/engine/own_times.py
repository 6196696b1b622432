"""People who are each looked at at times of their own, for targets that take one grid for all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch, Target
from speciosa.engine.solution import Failure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OwnTimes:
    """A target that runs those who share their times together.

    Parameters
    ----------
    target : Target
        Which does the work.
    """

    target: Target

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return self.target.portion

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        return self.target.sources

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into ``values``; what lies beyond a person's last time stays NaN."""
        values[...] = np.nan
        failures: list[Failure] = []
        grids, group = np.unique(batch.times, axis=0, return_inverse=True)
        for number, grid in enumerate(grids):
            members = np.flatnonzero(group.ravel() == number)
            times = grid[np.isfinite(grid)]
            part = replace(batch.chosen(members), times=times)
            found = np.empty((len(members), len(times), values.shape[2]))
            failed = self.target.fill(part, found)
            values[members, : len(times)] = found
            failures += [replace(item, person=int(members[item.person])) for item in failed]
        return tuple(sorted(failures, key=lambda item: item.person))

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Put outputs and their derivatives by parameters into tables, person by person's grid."""
        values[...], slopes[...] = np.nan, np.nan
        failures: list[Failure] = []
        for person in range(batch.size):
            grid = batch.times[person]
            times = grid[np.isfinite(grid)]
            part = replace(batch.part(person, person + 1), times=times)
            found = np.empty((1, len(times), values.shape[2]))
            steep = np.empty((*found.shape, len(which)))
            failed = self.target.slopes(part, which, found, steep)
            values[person, : len(times)], slopes[person, : len(times)] = found[0], steep[0]
            failures += [replace(item, person=person) for item in failed]
        return tuple(failures)
