"""Non-compartmental exposure metrics, for all persons at once.

Concentrations come as an array (persons, times) on one time grid. The area is trapezoidal, linear while the
concentration rises and logarithmic while it falls; the terminal rate constant lambda_z is the slope of a
log-linear regression over the last points (best adjusted R2, ties going to the longer stretch) or over a
stated window. These are the conventions of commercial and regulatory software.

Own code, because no Python library fits: ``pynca`` works subject by subject on spreadsheet tables and brings
seaborn, openpyxl and xlrd; ``pharmpy-core`` is a model-building tool that brings sphinx, dask and ipykernel;
the well-kept ones (PKNCA, NonCompart) are R packages.

Rows of NaN (failed persons) give NaN. All functions are free of units: time and concentration come back in
the units that they came in.

Source: Gabrielsson J, Weiner D. Pharmacokinetic and Pharmacodynamic Data Analysis: Concepts and Applications,
5th edition, 2016 (ISBN 9198299107), which the R package NonCompart cites for the same conventions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.errors import ResultError

FloatArray = npt.NDArray[np.float64]

MINIMUM_POINTS = 3
"""Points that a terminal regression needs at least."""

_TIE = 1e-4
"""Adjusted R2 values this close count as equal (the convention of the commercial programs)."""

_NEARLY_EQUAL = 1e-6
"""Neighbors that differ by less, relatively, are integrated linearly: the logarithm loses digits there."""

_SOLVER_NOISE = 1e-9
"""Share of Cmax below which a simulated concentration is numerical noise and not a terminal phase."""


def interpolate(time: FloatArray, concentration: FloatArray, at: float) -> FloatArray:
    """Concentration between grid points: linear while rising, log-linear while falling.

    Parameters
    ----------
    time : (t,) float
        Increasing.
    concentration : (n, t) float
    at : float
        A time within the grid.

    Returns
    -------
    (n,) float

    Raises
    ------
    ResultError
        Where `at` lies outside of the record.

    Examples
    --------
    >>> interpolate(np.array([0.0, 2.0]), np.array([[4.0, 1.0], [1.0, 4.0]]), 1.0)
    array([2. , 2.5])
    """
    slack = _NEARLY_EQUAL * max(abs(time[-1]), abs(time[0]), 1.0)
    if at < time[0] - slack or at > time[-1] + slack:
        raise ResultError(
            f"time {at:g} lies outside of the record",
            expected=f"a time between {time[0]:g} and {time[-1]:g}",
        )
    right = int(np.clip(np.searchsorted(time, at), 1, len(time) - 1))
    share = float(np.clip((at - time[right - 1]) / (time[right] - time[right - 1]), 0.0, 1.0))
    before, after = concentration[:, right - 1], concentration[:, right]
    falls = (before > after) & (after > 0.0)
    ratio = np.where(falls, after, 1.0) / np.where(falls, before, 1.0)
    return np.where(falls, before * ratio**share, before + share * (after - before))


def between(
    time: FloatArray, concentration: FloatArray, start: float | None, end: float | None
) -> tuple[FloatArray, FloatArray]:
    """Cut the record to `start` and `end`, with interpolated points at both ends.

    Raises
    ------
    ResultError
        Where the window is empty or reaches beyond the record.

    Examples
    --------
    >>> between(np.array([0.0, 2.0, 4.0]), np.array([[0.0, 2.0, 4.0]]), 1.0, 4.0)[0]
    array([1., 2., 4.])
    """
    first = float(time[0]) if start is None else float(start)
    last = float(time[-1]) if end is None else float(end)
    if not first < last:
        raise ResultError(f"the window {first:g} to {last:g} is empty", expected="a start before the end")
    inside = (time > first) & (time < last)
    edges = [interpolate(time, concentration, at)[:, None] for at in (first, last)]
    return (
        np.concatenate([[first], time[inside], [last]]),
        np.concatenate([edges[0], concentration[:, inside], edges[1]], axis=1),
    )


def peak(time: FloatArray, concentration: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Highest concentration and the first time at which it is reached.

    Returns
    -------
    cmax, tmax : (n,) float
        tmax is NaN where the drug never appears.

    Examples
    --------
    >>> peak(np.array([0.0, 1.0, 2.0]), np.array([[0.0, 5.0, 3.0]]))
    (array([5.]), array([1.]))
    """
    index = np.argmax(np.where(np.isnan(concentration), -np.inf, concentration), axis=1)
    cmax = concentration[np.arange(len(concentration)), index]
    return cmax, np.where(cmax > 0.0, time[index], np.nan)


def auc(
    time: FloatArray, concentration: FloatArray, start: float | None = None, end: float | None = None
) -> FloatArray:
    """Area under the curve, linear up and logarithmic down.

    Parameters
    ----------
    time : (t,) float
    concentration : (n, t) float
    start, end : float, optional
        Window; the whole record without them.

    Returns
    -------
    (n,) float
        Concentration times time.

    Examples
    --------
    >>> time = np.linspace(0.0, 10.0, 6)
    >>> bool(np.isclose(auc(time, np.exp(-time)[None, :])[0], 1.0 - np.exp(-10.0), rtol=1e-12))
    True
    """
    return total(_areas(*between(time, concentration, start, end)))


def total(parts: FloatArray) -> FloatArray:
    """Sum over time, with the same rounding for a person alone and in a crowd.

    Parameters
    ----------
    parts : (n, t) float

    Returns
    -------
    (n,) float
    """
    return np.asarray(np.ascontiguousarray(parts).sum(axis=1), dtype=np.float64)


def time_mean(time: FloatArray, values: FloatArray) -> FloatArray:
    """Time-weighted mean of curves that are linear between grid points.

    Parameters
    ----------
    time : (t,) float
    values : (n, t) float

    Returns
    -------
    (n,) float

    Examples
    --------
    >>> time_mean(np.array([0.0, 1.0, 3.0]), np.array([[0.0, 2.0, 2.0]])).round(3)
    array([1.667])
    """
    area = total(0.5 * (values[:, :-1] + values[:, 1:]) * np.diff(time))
    return np.asarray(area / (time[-1] - time[0]), dtype=np.float64)


def _areas(time: FloatArray, concentration: FloatArray) -> FloatArray:
    """Area of each step between neighbors, (n, t - 1)."""
    before, after = concentration[:, :-1], concentration[:, 1:]
    falls = (before > after * (1.0 + _NEARLY_EQUAL)) & (after > 0.0)
    ratio = np.where(falls, before, np.e) / np.where(falls, after, 1.0)
    height = np.where(falls, (before - after) / np.log(ratio), 0.5 * (before + after))
    return np.asarray(height * np.diff(time), dtype=np.float64)


@dataclass(frozen=True)
class Terminal:
    """The terminal phase of each person; NaN where none can be told.

    Parameters
    ----------
    rate : (n,) float
        lambda_z, per time.
    r2_adjusted : (n,) float
    points : (n,) int
        Points in the regression; 0 where there is none.
    start : (n,) float
        Time of the first point used.
    """

    rate: FloatArray
    r2_adjusted: FloatArray
    points: npt.NDArray[np.int64]
    start: FloatArray

    @property
    def half_life(self) -> FloatArray:
        """log(2) / lambda_z."""
        return np.asarray(np.log(2.0) / self.rate, dtype=np.float64)


def terminal(
    time: FloatArray,
    concentration: FloatArray,
    window: tuple[float, float] | None = None,
    lower_limit: float = 0.0,
) -> Terminal:
    """Terminal phase by log-linear regression.

    Parameters
    ----------
    time : (t,) float
    concentration : (n, t) float
    window : (start, end), optional
        Use the points in it, ends included. Without it, the stretch of last points after the peak whose
        adjusted R2 is best; stretches within 1e-4 of the best count as equal and the longest of them wins.
    lower_limit : float
        Points at or below it are left out (a limit of quantification).

    Returns
    -------
    Terminal
        A rate is NaN where fewer than three points are left or the concentration does not fall.

    Examples
    --------
    >>> time = np.arange(0.0, 25.0)
    >>> terminal(time, np.exp(-0.1 * time)[None, :]).half_life.round(6)
    array([6.931472])
    """
    cmax, tmax = peak(time, concentration)
    with np.errstate(invalid="ignore"):
        usable = concentration > np.maximum(lower_limit, _SOLVER_NOISE * cmax)[:, None]
    if window is None:
        usable &= time[None, :] > tmax[:, None]
    else:
        slack = _NEARLY_EQUAL * max(abs(window[1]), 1.0)
        usable &= ((time >= window[0] - slack) & (time <= window[1] + slack))[None, :]
    slope, adjusted, count = _regressions(time, concentration, usable)
    begin = np.argmax(usable, axis=1) if window is not None else _longest_of_the_best(adjusted)
    rows = np.arange(len(begin))
    rate = -slope[rows, begin]
    known = ~np.isnan(rate)
    return Terminal(
        rate,
        adjusted[rows, begin],
        np.where(known, count[rows, begin], 0),
        np.where(known, time[begin], np.nan),
    )


def _regressions(
    time: FloatArray, concentration: FloatArray, usable: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Slope, adjusted R2 and size of the stretches that begin at each grid point and reach the end."""
    # Both axes start at the last usable point, so that short stretches keep their digits in the sums below.
    last = concentration.shape[1] - 1 - np.argmax(usable[:, ::-1], axis=1)
    logarithm = np.log(np.where(usable, concentration, 1.0))
    x = np.where(usable, time[None, :] - time[last][:, None], 0.0)
    y = np.where(usable, logarithm - np.take_along_axis(logarithm, last[:, None], axis=1), 0.0)

    def from_end(values: FloatArray) -> FloatArray:
        return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]

    count = from_end(usable.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = from_end(x) / count, from_end(y) / count
        sxx = from_end(x * x) - count * mean_x**2
        sxy = from_end(x * y) - count * mean_x * mean_y
        syy = from_end(y * y) - count * mean_y**2
        slope = sxy / sxx
        r2 = np.clip(sxy**2 / (sxx * syy), 0.0, 1.0)
        adjusted = 1.0 - (1.0 - r2) * (count - 1.0) / (count - 2.0)
    valid = usable & (count >= MINIMUM_POINTS) & (slope < 0.0)
    return np.where(valid, slope, np.nan), np.where(valid, adjusted, np.nan), count.astype(np.int64)


def _longest_of_the_best(adjusted: FloatArray) -> npt.NDArray[np.intp]:
    """Where each person's best stretch begins; the first of the near-best is the longest."""
    merit = np.where(np.isnan(adjusted), -np.inf, adjusted)
    near_best = (merit >= merit.max(axis=1, keepdims=True) - _TIE) & np.isfinite(merit)
    return np.asarray(np.argmax(near_best, axis=1), dtype=np.intp)


def auc_to_infinity(
    time: FloatArray, concentration: FloatArray, phase: Terminal
) -> tuple[FloatArray, FloatArray]:
    """Area to infinite time and the share of it that is extrapolated.

    The last positive concentration is divided by lambda_z and added to the area up to it.

    Returns
    -------
    area, extrapolated : (n,) float
        `extrapolated` is a share between 0 and 1.

    Examples
    --------
    >>> time = np.arange(0.0, 11.0)
    >>> curve = np.exp(-0.5 * time)[None, :]
    >>> auc_to_infinity(time, curve, terminal(time, curve))[0].round(6)
    array([2.])
    """
    positive = np.nan_to_num(concentration) > 0.0
    last = concentration.shape[1] - 1 - np.argmax(positive[:, ::-1], axis=1)
    rest = concentration[np.arange(len(last)), last] / phase.rate
    steps = np.arange(1, concentration.shape[1])[None, :] <= last[:, None]
    area = total(np.where(steps, _areas(time, concentration), 0.0)) + rest
    return area, rest / area
