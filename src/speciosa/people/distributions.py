"""How covariates are spread over people: truncated distributions and shares of levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Literal

import numpy as np
import numpy.typing as npt

from speciosa.errors import PersonError
from speciosa.late import special
from speciosa.people.covariates import FloatArray, TextArray

_ROUNDING = 1e-9
_SMALLEST = 2.0**-54


@dataclass(frozen=True)
class Distribution:
    """A distribution between limits; people beyond them do not exist, nobody is moved to the edge.

    Parameters
    ----------
    kind : {"log-normal", "normal", "uniform"}
    center : float
        Median of the untruncated distribution; of no meaning for a uniform one.
    spread : float
        SD of the logarithm, SD, or of no meaning.
    low, high : float
        Limits.

    Raises
    ------
    PersonError
        If the limits are not in order or the spread is not a number of zero or above.

    Examples
    --------
    >>> age = Distribution("log-normal", 38.0, 0.3, 18.0, 65.0)
    >>> age.at(np.array([0.0, 0.5, 1.0])).round(1).tolist()
    [18.0, 37.6, 65.0]
    """

    kind: Literal["log-normal", "normal", "uniform"]
    center: float
    spread: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise PersonError(f"the limits are {self.low:g} and {self.high:g}", expected="low below high")
        if not (isfinite(self.spread) and self.spread >= 0.0):
            raise PersonError(f"the spread is {self.spread:g}", expected="a number of zero or above")
        if self.kind != "uniform" and not self.low <= self.center <= self.high:
            raise PersonError(
                f"the middle {self.center:g} is outside of {self.low:g} to {self.high:g}",
                expected="a middle between the limits",
            )

    @classmethod
    def from_mean(cls, mean: float, spread: float, low: float, high: float) -> Distribution:
        """A log-normal distribution by its mean, in place of its median, and the SD of its logarithm."""
        return cls("log-normal", mean * exp(-(spread**2) / 2.0), spread, low, high)

    def at(self, share: FloatArray) -> FloatArray:
        """The value below which a share of people lies.

        Parameters
        ----------
        share : ndarray
            From 0 to 1.

        Returns
        -------
        ndarray
        """
        if self.kind == "uniform":
            return np.asarray(self.low + share * (self.high - self.low), dtype=np.float64)
        if not self.spread:
            return np.full(np.shape(share), self.center)
        is_log = self.kind == "log-normal"
        ends = [log(end) if is_log else end for end in (self.center, self.low, self.high)]
        below, above = (special.ndtr((end - ends[0]) / self.spread) for end in ends[1:])
        score = special.ndtri(np.clip(below + share * (above - below), _SMALLEST, 1.0 - _SMALLEST))
        found = ends[0] + self.spread * score
        return np.asarray(np.clip(np.exp(found) if is_log else found, self.low, self.high), dtype=np.float64)


@dataclass(frozen=True)
class Shares:
    """Which share of people has which level.

    Parameters
    ----------
    of : mapping of str to float
        Level to share; together 1.

    Raises
    ------
    PersonError
        If a share is negative or they do not add up to 1.

    Examples
    --------
    >>> Shares({"no": 0.9, "yes": 0.1}).at(np.array([0.2, 0.95])).tolist()
    ['no', 'yes']
    """

    of: Mapping[str, float]

    def __post_init__(self) -> None:
        total = sum(self.of.values())
        if any(share < 0.0 for share in self.of.values()) or abs(total - 1.0) > _ROUNDING:
            raise PersonError(
                f"the shares {', '.join(f'{name} {share:g}' for name, share in self.of.items())} add up to"
                f" {total:g}",
                expected="shares of zero or above that add up to 1",
            )

    def at(self, share: FloatArray) -> TextArray:
        """The level at a place from 0 to 1 of the people in order of level."""
        ends = np.cumsum(list(self.of.values()))
        index: npt.NDArray[np.intp] = np.searchsorted(ends, share, side="right")
        return np.array(list(self.of))[np.minimum(index, len(self.of) - 1)]
