"""Withdrawal scores: the peak, the rise and the time in each severity band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.errors import ResultError
from speciosa.late import pd, xr
from speciosa.results.nca import FloatArray, between, time_mean, total
from speciosa.results.ratings import rated_bands, rating_of
from speciosa.units import convert

if TYPE_CHECKING:
    from speciosa.results.result import Result

DAY = 24.0
Band = tuple[str, float]


def bands_of(result: Result, name: str) -> tuple[Band, ...]:
    """Names and lower bounds of a score's severity bands, mildest first.

    Raises
    ------
    ResultError
        Where the output is no score or has no bands.
    """
    found = result.output(name).attrs.get("bands", ())
    if not found:
        scores = [key for key in result.outputs("score") if result.output(key).attrs.get("bands")]
        raise ResultError(
            f"output {name!r} has no severity bands",
            expected=f"one of {', '.join(scores)}" if scores else "a scenario that computes a score",
        )
    return tuple(sorted(((str(band), float(lower)) for band, lower in found), key=lambda band: band[1]))


def score(
    result: Result, name: str, *, since: float, until: float | None, before: float, time_unit: str
) -> xr.Dataset:
    """See `Result.score`."""
    bands = bands_of(result, name)
    values = np.asarray(result.output(name).values, dtype=np.float64)
    time, inside = between(result.time, values, since, until)
    failed = np.isnan(inside).any(axis=1)
    index = np.argmax(np.nan_to_num(inside, nan=-np.inf), axis=1)
    highest = np.where(failed, np.nan, inside[np.arange(len(inside)), index])
    level = _level(result.time, values, since, before)
    elapsed = np.where(failed, np.nan, time[index] - since)
    hour = float(convert(1.0, "h", time_unit))
    unit = str(result.output(name).attrs["unit"])
    metrics: dict[str, tuple[FloatArray, str, str]] = {
        "peak": (highest, unit, "highest score"),
        "time of peak": (elapsed * hour, time_unit, f"time of the peak, from {since:g} h on"),
        "day of peak": (np.floor(elapsed / DAY) + 1.0, "d", "day of the peak; the first 24 h are day 1"),
        "level before": (level, unit, f"mean over the {before:g} h before, as far as recorded"),
        "rise": (highest - level, unit, "peak above the level before"),
        "mean": (time_mean(time, inside), unit, "time-weighted mean"),
    }
    for label, hours in time_in_bands(time, inside, bands).items():
        metrics[f"time in {label}"] = hours * hour, time_unit, f"time in the band {label}"
    labeled = {
        key: ("person", value, {"unit": u, "long_name": words}) for key, (value, u, words) in metrics.items()
    }
    attributes = {"output": name, "start": since, "end": float(time[-1]), "failed": result.failed}
    return xr.Dataset(labeled, coords={"person": result.data["person"]}, attrs=attributes)


def time_in_bands(time: FloatArray, values: FloatArray, bands: tuple[Band, ...]) -> dict[str, FloatArray]:
    """Hours that each person spends in each band, the score taken as linear between grid points.

    Parameters
    ----------
    time : (t,) float
        Hours.
    values : (n, t) float
    bands : tuple of (name, lower bound)
        Mildest first. A score below the first bound counts as the first band.

    Returns
    -------
    dict of str to (n,) float

    Examples
    --------
    >>> spent = time_in_bands(np.array([0.0, 10.0]), np.array([[0.0, 10.0]]), (("none", 0.0), ("mild", 5.0)))
    >>> {band: float(hours[0]) for band, hours in spent.items()}
    {'none': 5.0, 'mild': 5.0}
    """
    step = np.diff(time)
    low = np.minimum(values[:, :-1], values[:, 1:])
    high = np.maximum(values[:, :-1], values[:, 1:])
    flat = high <= low
    width = np.where(flat, 1.0, high - low)
    spent: dict[str, FloatArray] = {}
    for index, (name, bound) in enumerate(bands):
        floor = -np.inf if index == 0 else bound
        ceiling = bands[index + 1][1] if index + 1 < len(bands) else np.inf
        crossing = np.clip((np.minimum(high, ceiling) - np.maximum(low, floor)) / width, 0.0, 1.0)
        inside = np.where(flat, (low >= floor) & (low < ceiling), crossing)
        hours = total(inside * step)
        spent[name] = np.where(np.isnan(values).any(axis=1), np.nan, hours)
    return spent


def band_index(values: FloatArray, bands: tuple[Band, ...]) -> npt.NDArray[np.int64]:
    """Index of the band of each score; NaN counts as the last band, so mask failed persons first."""
    bounds = np.array([lower for _, lower in bands[1:]])
    return np.searchsorted(bounds, values, side="right").astype(np.int64)


def shares(result: Result, name: str) -> pd.DataFrame:
    """See `Result.bands`."""
    bands = bands_of(result, name)
    if is_rated(result, name):
        return rated_bands(result, name, bands)
    values = np.asarray(result.output(name).values, dtype=np.float64)[result.is_ok]
    index = band_index(values, bands)
    columns = {
        band: (index == position).mean(axis=0) if len(values) else np.full(len(result.time), np.nan)
        for position, (band, _) in enumerate(bands)
    }
    return pd.DataFrame(columns, index=pd.Index(result.time, name="time"))


def is_rated(result: Result, name: str) -> bool:
    """Whether what single ratings would give can be worked out."""
    if "rating" not in result.output(name).attrs or not result.n:
        return False
    rating = rating_of(result, name)
    return all(f"severity.{rating.scale.rater}.{arm}" in result.outputs() for arm in rating.arms)


def _level(time: FloatArray, values: FloatArray, since: float, before: float) -> FloatArray:
    """Time-weighted mean before `since`; the value at `since` where nothing is recorded before."""
    start = max(float(time[0]), since - before)
    if start >= since:
        at = between(time, values, since, None)[1]
        return at[:, 0]
    return time_mean(*between(time, values, start, since))
