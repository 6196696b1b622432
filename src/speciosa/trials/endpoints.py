"""Endpoints: one number of each person, from what was rated, tested and computed while in the trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from speciosa.body.scales import SCALES
from speciosa.evidence import Evidence
from speciosa.results.scores import time_in_bands
from speciosa.trials.courses import Course
from speciosa.trials.protocol import Endpoint
from speciosa.trials.timing import DAY

FloatArray = npt.NDArray[np.float64]
EVENT = ": event"
"""Ending of the column that says whether a time is that of an event, or of the end of observation."""
UNITS = {
    "score": "points",
    "change": "points",
    "mean": "points",
    "peak": "points",
    "area": "points x days",
    "days in band": "days",
    "time to leaving": "days",
    "time to use": "days",
    "completion": "share",
    "seen": "share",
    "stopped for safety": "share",
    "negative share": "share",
}


@dataclass(frozen=True)
class Window:
    """The stretch of the trial in which an endpoint is measured.

    Parameters
    ----------
    start, end : (n,) float
        Hours, for each person.
    """

    start: FloatArray
    end: FloatArray


def measured(
    endpoints: list[Endpoint], course: Course, evidence: Evidence, start: float, end: float
) -> pd.DataFrame:
    """The endpoints of the people of a course.

    Parameters
    ----------
    endpoints : list of Endpoint
    course : Course
    evidence : Evidence
        Bounds of severity bands.
    start, end : float
        Hours between which they are measured: the trial, or a period of it; windows count from the start.

    Returns
    -------
    pandas.DataFrame
        One row a person, one column an endpoint; times have a second column that says whether they are
        events. NaN where a person could not be simulated or nothing was observed.
    """
    columns: dict[str, FloatArray] = {}
    for item in endpoints:
        if item.measure in ("time to leaving", "time to use"):
            time, event = _times(item, course, start, end)
            columns[item.name], columns[item.name + EVENT] = time, event
        else:
            columns[item.name] = _number(item, course, evidence, start, end)
    table = pd.DataFrame(columns, index=pd.Index(course.people.ids + 1, name="person"))
    return table.where(pd.Series(course.is_ok, index=table.index), np.nan)


def _number(item: Endpoint, course: Course, evidence: Evidence, start: float, end: float) -> FloatArray:
    if item.measure == "completion":
        return (course.conduct.left >= end).astype(np.float64)
    if item.measure == "stopped for safety":
        return (course.conduct.for_safety & (course.conduct.left < end)).astype(np.float64)
    window = _window(item, course, start, end)
    if item.measure == "negative share":
        return _negative(item, course, window)
    if item.measure in ("highest", "lowest"):
        return _extreme(item, course, window)
    return _of_ratings(item, course, evidence, window, start)


def _window(item: Endpoint, course: Course, start: float, end: float) -> Window:
    first = course.last_dose if item.after_last_dose else np.full(course.people.size, start)
    begin = first + item.start
    finish = np.full(len(begin), end) if item.end is None else np.minimum(first + item.end, end)
    return Window(begin, finish)


def _of_ratings(
    item: Endpoint, course: Course, evidence: Evidence, window: Window, start: float
) -> FloatArray:
    assert item.scale is not None
    times = np.asarray(_rated_at(course, item.scale))
    values = course.ratings[item.scale]
    if item.carried:
        values = _carried(values)
    if item.measure in ("score", "change"):
        assert item.at is not None
        place = int(np.abs(times - (start + item.at)).argmin())
        found = values[:, place]
        if item.measure == "change":
            found = found - values[:, int(np.abs(times - start).argmin())]
        return found
    inside = (times[None, :] >= window.start[:, None]) & (times[None, :] <= window.end[:, None])
    seen = np.where(inside, values, np.nan)
    if item.measure == "seen":
        return np.asarray(np.isfinite(seen).any(axis=1), dtype=np.float64)
    if item.measure == "peak":
        return _safely(np.nanmax, seen)
    found = np.full(len(seen), np.nan)
    for row, own in enumerate(seen):
        known = np.isfinite(own)
        if known.sum() > 1:
            found[row] = _over_time(item, times[known], own[known], evidence)
    return found


def _over_time(item: Endpoint, time: FloatArray, values: FloatArray, evidence: Evidence) -> float:
    """Mean, area or days in a band, ratings taken as linear between visits."""
    if item.measure == "days in band":
        scale = next(scale for scale in SCALES if scale.name == item.scale)
        bands = [(name, evidence.slot(slot).value("score")) for name, slot in scale.bands]
        spent = time_in_bands(time, values[None, :], ((scale.below, 0.0), *bands))
        return float(spent[str(item.band)][0]) / DAY
    area = float(np.trapezoid(values, time)) / DAY
    return area if item.measure == "area" else area * DAY / (time[-1] - time[0])


def _rated_at(course: Course, scale: str) -> tuple[float, ...]:
    return course.visits.scales[scale]


def _carried(values: FloatArray) -> FloatArray:
    """Each missing rating as the last one before it."""
    return pd.DataFrame(values).ffill(axis=1).to_numpy()


def _safely(function: Callable[..., FloatArray], values: FloatArray) -> FloatArray:
    known = np.asarray(np.isfinite(values).any(axis=1))
    filled = np.where(known[:, None], values, 0.0)
    return np.where(known, function(filled, axis=1), np.nan)


def _extreme(item: Endpoint, course: Course, window: Window) -> FloatArray:
    """The largest or smallest recorded value until leaving; NaN where the arm has no such output."""
    assert item.output is not None
    if not course.has(item.output):
        return np.full(course.people.size, np.nan)
    time, values = course.time, course.output(item.output)
    end = np.minimum(window.end, course.conduct.left)
    inside = (time[None, :] >= window.start[:, None]) & (time[None, :] <= end[:, None])
    seen = np.where(inside, values, np.nan)
    return _safely(np.nanmax if item.measure == "highest" else np.nanmin, seen)


def _negative(item: Endpoint, course: Course, window: Window) -> FloatArray:
    """Share of urines without non-study opioids."""
    tests = np.asarray(course.visits.urine)
    inside = (tests[None, :] >= window.start[:, None]) & (tests[None, :] <= window.end[:, None])
    given = np.asarray(inside & np.isfinite(course.urine))
    negative = (given & np.asarray(course.urine == 0.0)).sum(axis=1)
    of = inside.sum(axis=1) if item.missing_is_positive else given.sum(axis=1)
    return np.where(of > 0, negative / np.maximum(of, 1), np.nan)


def _times(item: Endpoint, course: Course, start: float, end: float) -> tuple[FloatArray, FloatArray]:
    """Days to an event, and whether it came before observation ended."""
    left = np.minimum(course.conduct.left, end)
    if item.measure == "time to leaving":
        return (left - start) / DAY, (course.conduct.left < end).astype(np.float64)
    week = 7 * DAY
    begins = np.arange(course.conduct.positive.shape[1]) * week
    used = np.asarray(
        course.conduct.positive & (begins[None, :] >= start) & (begins[None, :] < left[:, None])
    )
    first = np.where(used.any(axis=1), begins[used.argmax(axis=1)], np.inf)
    return (np.minimum(first, left) - start) / DAY, np.isfinite(first).astype(np.float64)
