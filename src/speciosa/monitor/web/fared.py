"""How past forecasts of a person fared: each rating against the forecast that was made last before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from speciosa.monitor.services.forecasts import HINDSIGHT

if TYPE_CHECKING:
    from speciosa.monitor.web.overview import Found

NEAREST_HOURS = 1.0
"""A rating that came so soon after the forecast tells nothing of it."""


@dataclass(frozen=True)
class Held:
    """One rating and what was forecast of it.

    Parameters
    ----------
    moment : datetime
        Of the rating.
    score : int
    hours : float
        From the data of the forecast to the rating.
    is_hindsight : bool
        Whether the forecast was made later, from what was recorded up to then.
    median, low50, high50, low90, high90 : float
        What was forecast.
    """

    moment: datetime
    score: int
    hours: float
    is_hindsight: bool
    median: float
    low50: float
    high50: float
    low90: float
    high90: float

    @property
    def is_in_half(self) -> bool:
        """Whether it fell into the 50 % band."""
        return self.low50 <= self.score <= self.high50

    @property
    def is_in_most(self) -> bool:
        """Whether it fell into the 90 % band."""
        return self.low90 <= self.score <= self.high90


@dataclass(frozen=True)
class Fared:
    """All ratings of a person that were forecast.

    Parameters
    ----------
    rows : tuple of Held
        The latest first.
    """

    rows: tuple[Held, ...]

    @property
    def in_half(self) -> float:
        """Share within the 50 % band."""
        return sum(row.is_in_half for row in self.rows) / len(self.rows)

    @property
    def in_most(self) -> float:
        """Share within the 90 % band."""
        return sum(row.is_in_most for row in self.rows) / len(self.rows)

    @property
    def error(self) -> float:
        """Median distance from the median, in points."""
        return float(np.median([abs(row.score - row.median) for row in self.rows]))


def fared(made: Sequence[Found], rated: Sequence[Any]) -> Fared:
    """Hold ratings against the forecasts that came before them.

    Parameters
    ----------
    made : sequence of Found
        By the end of their data.
    rated : sequence of AssessmentVersion
        COWS with totals.
    """
    rows = []
    for row in rated:
        before = [
            item
            for item in made
            if (row.assessed_at - item.data_until).total_seconds() >= NEAREST_HOURS * 3600
        ]
        if not before:
            continue
        last = before[-1]
        kinds = last.forecast.variants[0].scores.get("COWS", {})
        hours = (row.assessed_at - last.clock.start).total_seconds() / 3600
        if "forecast" not in kinds or hours > last.forecast.times[-1]:
            continue
        band = kinds["forecast"].score

        def at(
            values: Sequence[float], times: Sequence[float] = last.forecast.times, hours: float = hours
        ) -> float:
            return float(np.interp(hours, times, values))

        rows.append(
            Held(
                row.assessed_at,
                row.total,
                hours - last.forecast.moment,
                last.kind == HINDSIGHT,
                at(band.median),
                at(band.low50),
                at(band.high50),
                at(band.low90),
                at(band.high90),
            )
        )
    return Fared(tuple(reversed(rows)))
