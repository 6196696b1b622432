"""From the spread of an evidence row to the distribution of a typical value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log1p, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from speciosa.evidence import Row
from speciosa.late import special

FloatArray = npt.NDArray[np.float64]
Scale = Literal["log", "logit", "identity"]
Conversion = Callable[[float], float]
_ENDS = (0.025, 0.975)
_SMALLEST = 2.0**-54
_KINDS_OF_RANGES = ("assumed", "derived")
_LEAST = 2


@dataclass(frozen=True)
class Belief:
    """Distribution of a typical value; its median is the value in use, unless that is an end of its range.

    Parameters
    ----------
    value : float
        In the unit of the model.
    scale : {"log", "logit", "identity"}
        On which the rest holds.
    shape : {"normal", "range"}
        ``normal`` with SD `spread`; ``range``, half of the belief evenly below the value and half above, up
        to the ends of the range. A value at an end of its range has all of the belief on the other side.
    spread : float
        SD on the scale; of no meaning for a range.
    low, high : float
        Ends of the range, or the central 95 %, in the unit of the model.
    """

    value: float
    scale: Scale
    shape: Literal["normal", "range"]
    spread: float
    low: float
    high: float

    def at(self, share: FloatArray) -> FloatArray:
        """The value below which a share of the belief lies.

        Parameters
        ----------
        share : ndarray
            From 0 to 1.

        Returns
        -------
        ndarray
        """
        middle, low, high = (_onto(self.scale, item) for item in (self.value, self.low, self.high))
        if self.shape == "normal":
            place = np.clip(share, _SMALLEST, 1.0 - _SMALLEST)
            return _back(self.scale, middle + self.spread * special.ndtri(place))
        below = 0.0 if middle <= low else 1.0 if middle >= high else 0.5
        lower = low + (middle - low) * share / max(below, _SMALLEST)
        upper = middle + (high - middle) * (share - below) / max(1.0 - below, _SMALLEST)
        return _back(self.scale, np.where(share < below, lower, upper))


def belief(
    row: Row, value: float, convert: Conversion, *, is_signed: bool = False, is_share: bool = False
) -> Belief | None:
    """What a row says of how well its value is known.

    Standard errors and 95 % intervals become normal distributions on the logarithmic scale, ranges of
    assumed and derived rows become even ones, the SD of a measurement in `n` people divided by the root of
    `n` is taken as a standard error. A range or an SD of measured values without `n` describes people, not
    what is known of their mean: it gives nothing.

    Parameters
    ----------
    row : Row
    value : float
        In the unit of the model.
    convert : callable
        From the unit of the row to that of the model.
    is_signed : bool
        Whether the quantity may be negative (an exponent): the scale is then linear.
    is_share : bool
        Whether it lies between 0 and 1: the scale is then the logit, or linear up to an end that is 0 or 1.

    Returns
    -------
    Belief or None
        None where the row states nothing of the kind.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> row = load().row("bup-bjornsson2023-cl")
    >>> found = belief(row, 52.1, lambda value: value)
    >>> round(found.low, 1), round(found.high, 1)
    (50.3, 54.0)
    """
    error = _standard_error(row)
    if error is not None and row.value:
        ends = (convert(row.value - error), convert(row.value + error))
        size = abs(ends[1] - ends[0]) / 2.0
        return _normal(value, size, is_signed=is_signed, is_share=is_share) if size else None
    if row.interval is None or row.spread_type not in ("95CI", "range"):
        return None
    low, high = sorted(convert(end) for end in row.interval)
    if not low <= value <= high or low == high:
        return None
    if row.spread_type == "95CI":
        return _from_interval(value, low, high, is_signed=is_signed, is_share=is_share)
    if row.kind not in _KINDS_OF_RANGES:
        return None
    scale = _scale(low, high, is_signed=is_signed, is_share=is_share)
    return Belief(value, scale, "range", 0.0, low, high)


def _standard_error(row: Row) -> float | None:
    if row.spread_type == "SE":
        return float(row.spread)
    if row.spread_type == "SD" and row.kind == "measured" and (row.n or 0) >= _LEAST:
        return float(row.spread) / sqrt(float(row.n or 1))
    return None


def _normal(value: float, error: float, *, is_signed: bool, is_share: bool) -> Belief:
    # A standard error may reach below zero without the value being able to.
    scale = _scale(value, value, is_signed=is_signed, is_share=is_share)
    if scale == "log":
        return _with_ends(value, scale, sqrt(log1p((error / value) ** 2)))
    return _with_ends(value, scale, error / (value * (1.0 - value)) if scale == "logit" else error)


def _from_interval(value: float, low: float, high: float, *, is_signed: bool, is_share: bool) -> Belief:
    scale = _scale(low, high, is_signed=is_signed, is_share=is_share)
    width = float(_onto(scale, high) - _onto(scale, low))
    return _with_ends(value, scale, width / (2.0 * float(special.ndtri(_ENDS[1]))))


def _with_ends(value: float, scale: Scale, spread: float) -> Belief:
    found = Belief(value, scale, "normal", spread, value, value)
    low, high = found.at(np.array(_ENDS))
    return Belief(value, scale, "normal", spread, float(low), float(high))


def _scale(low: float, high: float, *, is_signed: bool, is_share: bool) -> Scale:
    if is_signed:
        return "identity"
    if is_share:
        return "logit" if low > 0.0 and high < 1.0 else "identity"
    return "log" if low > 0.0 else "identity"


def _onto(scale: Scale, value: float) -> float:
    if scale == "log":
        return float(np.log(value))
    return float(special.logit(value)) if scale == "logit" else value


def _back(scale: Scale, found: FloatArray) -> FloatArray:
    if scale == "log":
        return np.asarray(np.exp(found), dtype=np.float64)
    return np.asarray(special.expit(found) if scale == "logit" else found, dtype=np.float64)
