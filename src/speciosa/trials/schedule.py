"""Visits as times: when each scale is rated, and when urine is tested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.trials.protocol import Protocol

FloatArray = npt.NDArray[np.float64]
_ROUNDING = 6


@dataclass(frozen=True)
class Visits:
    """When what is assessed.

    Parameters
    ----------
    scales : mapping of str to tuple of float
        Hours at which each scale is rated, increasing.
    urine : tuple of float
        Hours at which urine is tested.
    """

    scales: dict[str, tuple[float, ...]]
    urine: tuple[float, ...]

    @cached_property
    def times(self) -> FloatArray:
        """Hours of all visits."""
        return np.unique([*self.urine, *(time for times in self.scales.values() for time in times)])

    def times_of(self, scale: str) -> FloatArray:
        """Hours at which a scale is rated."""
        return np.asarray(self.scales.get(scale, ()), dtype=np.float64)


def visits_of(protocol: Protocol) -> Visits:
    """The visits of a protocol; scales of eligibility and strata are rated at time 0 too."""
    scales: dict[str, set[float]] = {}
    urine: set[float] = set()
    for visit in protocol.visits:
        if visit.at is not None:
            times = np.array([visit.at])
        else:
            assert visit.every is not None
            end = protocol.until if visit.end is None else visit.end
            times = np.arange(visit.start or 0.0, end + visit.every / 1e6, visit.every)
        found = np.round(times, _ROUNDING).tolist()
        for name in visit.scales:
            scales.setdefault(name, set()).update(found)
        if visit.urine:
            urine.update(found)
    return Visits({name: tuple(sorted(times)) for name, times in scales.items()}, tuple(sorted(urine)))
