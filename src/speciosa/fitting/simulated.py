"""Data sets simulated from a fit, and what they are compared with: visual predictive checks.

For a VPC, observations and simulated ones are sorted into bins of time; the observed percentiles of each bin
should lie in the interval of the simulated ones (Holford 2005; Karlsson and Holford 2008). Prediction
correction multiplies each by the bin's median PRED over its own PRED, so that different doses and covariates
can share a bin (Bergstrand et al. 2011). For classes, shares of each class are compared instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.classes import Ordinal
from speciosa.fitting.contract import SEEN
from speciosa.fitting.fit import Fit

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LARGEST_CALL = 20_000  # rows of one call of the engine
MOST_BINS = 10


def simulated(fit: Fit, replicates: int, seed: int = 1) -> FloatArray:
    """Observations of the same people at the same times, drawn from the fitted model.

    Parameters
    ----------
    fit : Fit
    replicates : int
    seed : int

    Returns
    -------
    ndarray, shape (replicates, people, columns)
        Arranged as `Problem.sheet`; NaN where there was no observation or a person could not be solved.

    Raises
    ------
    FitError
        If a measurement cannot be simulated.
    """
    problem, generator = fit.problem, np.random.default_rng(seed)
    n, q = problem.subjects.size, len(problem.random)
    factor = problem.factors(fit.theta)
    cases = problem.cases(fit.theta)
    found = np.full((replicates, *problem.sheet.is_seen.shape), np.nan)
    each = max(1, LARGEST_CALL // n)
    for first in range(0, replicates, each):
        count = min(each, replicates - first)
        rows = np.tile(np.arange(n), count)
        point = cases.mean[rows].copy()
        point[:, problem.random] += generator.standard_normal((count * n, q)) @ factor.T
        value = problem.predictor.apart(point, cases.person[rows])
        drawn = np.empty_like(value)
        with np.errstate(all="ignore"):
            for index, (item, columns) in enumerate(
                zip(problem.measurements, problem.sheet.slices, strict=True)
            ):
                own = [part[rows] for part in cases.own[index]]
                drawn[:, columns] = item.model.draw(value[:, columns], own, generator)
        drawn[~np.isfinite(value)] = np.nan
        table = drawn.reshape(count, n, -1)
        table[:, ~problem.sheet.is_seen] = np.nan
        found[first : first + count] = table
    return found


@dataclass(frozen=True)
class PredictiveCheck:
    """Observed and simulated statistics by bins of time.

    Parameters
    ----------
    label : str
        Of the measurement.
    statistics : tuple of str
        ``p5``, ``p50``, ``p95``, or the classes.
    edges : (bins + 1,) float
    middle : (bins,) float
        Median time of the observations in each bin.
    counts : (bins,) int
        Observations in each.
    observed : (bins, statistics) float
    low, median, high : (bins, statistics) float
        2.5 %, 50 % and 97.5 % of the simulated ones.
    times, values : (n,) float
        The observations themselves, corrected if asked for.
    is_corrected : bool
    replicates, seed : int
    """

    label: str
    statistics: tuple[str, ...]
    edges: FloatArray
    middle: FloatArray
    counts: IntArray
    observed: FloatArray
    low: FloatArray
    median: FloatArray
    high: FloatArray
    times: FloatArray
    values: FloatArray
    is_corrected: bool
    replicates: int
    seed: int

    @property
    def table(self) -> pd.DataFrame:
        """One row a bin and statistic."""
        rows = [
            {
                "time": self.middle[b],
                "n": self.counts[b],
                "statistic": name,
                "observed": self.observed[b, s],
                "low": self.low[b, s],
                "median": self.median[b, s],
                "high": self.high[b, s],
                "inside": self.low[b, s] <= self.observed[b, s] <= self.high[b, s],
            }
            for b in range(len(self.middle))
            for s, name in enumerate(self.statistics)
        ]
        import pandas as pd

        return pd.DataFrame(rows)


def predictive_check(
    fit: Fit,
    label: str | None = None,
    *,
    replicates: int = 500,
    seed: int = 1,
    bins: int | FloatArray | None = None,
    is_corrected: bool = False,
) -> PredictiveCheck:
    """A visual predictive check of one measurement.

    Parameters
    ----------
    fit : Fit
    label : str, optional
        Which measurement; the first if left out.
    replicates : int
        Simulated data sets.
    seed : int
    bins : int or (k,) float, optional
        How many bins of about equal counts, or their edges; as many as there are distinct times, at most ten,
        if left out.
    is_corrected : bool
        Whether observations are corrected by predictions (pcVPC); not for classes.

    Returns
    -------
    PredictiveCheck

    Raises
    ------
    FitError
        If classes are to be corrected, or a measurement cannot be simulated.
    UnknownNameError
        For an unknown measurement.
    """
    problem = fit.problem
    labels = [item.label for item in problem.measurements]
    label = labels[0] if label is None else label
    if label not in labels:
        raise UnknownNameError("measurement", label, labels)
    index = labels.index(label)
    model, columns = problem.measurements[index].model, problem.sheet.slices[index]
    is_ordinal = isinstance(model, Ordinal)
    if is_ordinal and is_corrected:
        raise FitError("classes cannot be corrected by predictions", where=label, expected="a plain check")
    is_used = problem.sheet.is_seen[:, columns] & (problem.sheet.codes[index] == SEEN)
    rows, places = np.nonzero(is_used)
    times = problem.sheet.times[rows, problem.sheet.place[:, columns][rows, places]]
    values = problem.sheet.values[index][rows, places]
    draws = simulated(fit, replicates, seed)[:, :, columns][:, rows, places]
    edges = _edges(times, bins)
    bin_of = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
    if is_corrected:
        cases = problem.cases(fit.theta)
        typical = problem.predictor.apart(cases.mean, cases.person)[:, columns][rows, places]
        factor = _corrections(typical, bin_of, len(edges) - 1)
        values, draws = values * factor, draws * factor
    names, function = _statistics(model.classes.count if isinstance(model, Ordinal) else 0)
    count = len(edges) - 1
    observed = np.array([function(values[None, bin_of == b])[0] for b in range(count)])
    drawn = np.stack([function(draws[:, bin_of == b]) for b in range(count)], axis=1)
    low, median, high = np.nanquantile(drawn, [0.025, 0.5, 0.975], axis=0)
    return PredictiveCheck(
        label, names, edges, np.array([np.median(times[bin_of == b]) for b in range(count)]),
        np.bincount(bin_of, minlength=count), observed, low, median, high, times, values,
        is_corrected, replicates, seed,
    )  # fmt: skip


def _edges(times: FloatArray, bins: int | FloatArray | None) -> FloatArray:
    """Edges of bins that all hold an observation."""
    distinct = np.unique(times)
    if bins is not None and not isinstance(bins, int):
        edges = np.asarray(bins, dtype=np.float64)
    else:
        count = min(MOST_BINS if bins is None else bins, len(distinct))
        inner = np.quantile(times, np.linspace(0.0, 1.0, count + 1)[1:-1])
        # An edge lies between times, so that one time is never cut in two.
        after = np.minimum(np.searchsorted(distinct, inner, side="right"), len(distinct) - 1)
        edges = np.concatenate([distinct[:1], 0.5 * (distinct[after] + distinct[after - 1]), distinct[-1:]])
    edges = np.unique(edges)
    if len(edges) < 2:  # noqa: PLR2004
        return np.array([distinct[0], distinct[0] + 1.0])
    held = np.histogram(times, edges)[0] > 0
    return np.concatenate([edges[:-1][held], edges[-1:]])


def _corrections(typical: FloatArray, bin_of: IntArray, count: int) -> FloatArray:
    """The bin's median prediction over each observation's own."""
    factor = np.ones_like(typical)
    for b in range(count):
        mine = bin_of == b
        with np.errstate(divide="ignore", invalid="ignore"):
            factor[mine] = np.median(typical[mine]) / typical[mine]
    return np.where(np.isfinite(factor), factor, 1.0)


class _Percentiles:
    """5th, 50th and 95th percentile along the last axis."""

    def __call__(self, table: FloatArray) -> FloatArray:
        return np.moveaxis(np.nanquantile(table, [0.05, 0.5, 0.95], axis=-1), 0, -1)


@dataclass(frozen=True)
class _Shares:
    """Share of each class along the last axis."""

    classes: int

    def __call__(self, table: FloatArray) -> FloatArray:
        return np.stack([(table == k).mean(axis=-1) for k in range(self.classes)], axis=-1)


def _statistics(classes: int) -> tuple[tuple[str, ...], _Percentiles | _Shares]:
    if classes:
        return tuple(f"class {k}" for k in range(classes)), _Shares(classes)
    return ("p5", "p50", "p95"), _Percentiles()
