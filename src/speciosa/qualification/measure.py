"""From simulated curves to the number that a target states, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular, toeplitz

from speciosa.qualification.designs import Statistic
from speciosa.qualification.plan import Piece, Plan
from speciosa.qualification.quantities import Metric
from speciosa.results import nca
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
MASS, AREA = "ng/mL", "ng*h/mL"
REPLICATES = 1000
LOW, HIGH = 5.0, 95.0
"""Percentiles of the interval."""


@dataclass(frozen=True)
class Course:
    """The curve of a piece: every person over its window.

    Parameters
    ----------
    time : (t,) float
        h from the start of the window.
    values : (n, t) float
        ng/mL.
    molar_mass : float
        g/mol.
    weight : (n,) float
        kg.
    """

    time: FloatArray
    values: FloatArray
    molar_mass: float
    weight: FloatArray


@dataclass(frozen=True)
class Answer:
    """What the simulation says of a target.

    Parameters
    ----------
    value : float
        In the target's unit.
    low, high : float
        Interval, 5th to 95th percentile.
    interval : str
        Of what: of studies of the target's size, or of persons.
    error : float
        Standard error of the value for the number of virtual persons, relative.
    persons : int
        Virtual persons behind it.
    """

    value: float
    low: float
    high: float
    interval: str
    error: float
    persons: int


def answer(plan: Plan, courses: Mapping[Piece, Course], n: int | None, seed: int) -> Answer:
    """Compute a target from the curves of its pieces.

    Parameters
    ----------
    plan : Plan
    courses : mapping of Piece to Course
    n : int, optional
        Persons of the observed study, where known.
    seed : int
        For the simulated studies of that size.

    Returns
    -------
    Answer
        NaN where nobody has a value.
    """
    above, below = _product(plan, plan.above, courses), _product(plan, plan.below, courses)
    scale = _scale(plan, courses)
    is_known = np.isfinite(above) & np.isfinite(below) & (below != 0.0)
    above, below = above[is_known], below[is_known]
    if not len(above):
        return Answer(*(float("nan"),) * 3, "", float("nan"), 0)
    finish = _finish(plan, scale)
    value = float(finish(statistic(above[None], below[None], plan.statistic))[0])
    draws = np.random.default_rng([seed, crc32(plan.target.id.encode())])
    low = high = error = float("nan")
    words = ""
    if len(above) > 1:
        again = draws.integers(0, len(above), (REPLICATES, len(above)))
        spread = finish(statistic(above[again], below[again], plan.statistic)).std(ddof=1)
        error = float(spread / abs(value)) if value else float("nan")
        if n is not None and n > 1:
            chosen = draws.integers(0, len(above), (REPLICATES, n))
            studies = finish(statistic(above[chosen], below[chosen], plan.statistic))
            words = f"studies of {n}"
        else:
            studies = finish(above / below) if plan.statistic != "CV" else np.full(2, np.nan)
            words = "persons" if plan.statistic != "CV" else ""
        low, high = (float(edge) for edge in np.percentile(studies, [LOW, HIGH]))
    return Answer(value, low, high, words, error, len(above))


def statistic(above: FloatArray, below: FloatArray, name: Statistic) -> FloatArray:
    """A statistic over persons, for several studies at once.

    Parameters
    ----------
    above, below : (studies, persons) float
        Numerators and denominators.
    name : str

    Returns
    -------
    (studies,) float

    Examples
    --------
    >>> above, below = np.array([[1.0, 4.0]]), np.array([[1.0, 1.0]])
    >>> [float(statistic(above, below, name)[0]) for name in ("mean", "geometric mean", "median")]
    [2.5, 2.0, 2.5]
    """
    if name == "ratio of means":
        return np.asarray(above.mean(axis=1) / below.mean(axis=1))
    if name == "ratio of medians":
        return np.asarray(np.median(above, axis=1) / np.median(below, axis=1))
    values = above / below
    if name == "median":
        return np.asarray(np.median(values, axis=1))
    if name == "geometric mean":
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(np.log(values).mean(axis=1)))
    if name == "CV":
        return np.asarray(values.std(axis=1, ddof=1) / values.mean(axis=1))
    return np.asarray(values.mean(axis=1))


def _product(plan: Plan, pieces: tuple[Piece, ...], courses: Mapping[Piece, Course]) -> FloatArray:
    size = max(len(course.values) for course in courses.values())
    found = np.ones(size)
    if plan.metric == "absorbed":
        return _absorbed(courses[plan.above[0]], courses[plan.below[0]]) if pieces is plan.above else found
    for piece in pieces:
        found = found * piece.factor * reading(courses[piece], plan, piece.metric)
    return found


def reading(course: Course, plan: Plan, metric: Metric | None = None) -> FloatArray:
    """What a plan reads from the curve of each person, in h and ng/mL."""
    return METRICS[metric or plan.metric](course, plan)


def _terminal(course: Course, plan: Plan) -> nca.Terminal:
    return nca.terminal(course.time, course.values, plan.design.tail)


def _whole(course: Course, plan: Plan) -> FloatArray:
    return nca.auc_to_infinity(course.time, course.values, _terminal(course, plan))[0]


def _average(course: Course, _: Plan) -> FloatArray:
    return np.asarray(nca.auc(course.time, course.values) / (course.time[-1] - course.time[0]))


def _time_below(course: Course, plan: Plan) -> FloatArray:
    """When the curve is above the limit for the last time; NaN for people who never fall below it."""
    limit = plan.quantity.limit
    is_above = course.values >= limit
    last = course.values.shape[1] - 1 - np.argmax(is_above[:, ::-1], axis=1)
    found = np.full(len(course.values), np.nan)
    for person in np.flatnonzero(is_above.any(axis=1) & ~is_above[:, -1]):
        place = last[person]
        before, after = course.values[person, place], course.values[person, place + 1]
        share = np.log(before / limit) / np.log(before / after) if after > 0.0 else 1.0
        found[person] = course.time[place] + share * (course.time[place + 1] - course.time[place])
    return found


METRICS: Mapping[str, Callable[[Course, Plan], FloatArray]] = MappingProxyType(
    {
        "Cmax": lambda course, _: nca.peak(course.time, course.values)[0],
        "tmax": lambda course, _: nca.peak(course.time, course.values)[1],
        "AUC": lambda course, _: nca.auc(course.time, course.values),
        "AUCinf": _whole,
        "t1/2": lambda course, plan: _terminal(course, plan).half_life,
        "Cav": _average,
        "Cmin": lambda course, _: course.values.min(axis=1),
        "Clast": lambda course, _: course.values[:, -1],
        "time below": _time_below,
    }
)


def _absorbed(dosed: Course, infused: Course) -> FloatArray:
    """Share of the dose that has reached the blood by the end of the window, by deconvolution.

    `infused` is the answer to the same amount, given by vein evenly over one step of the even grid. Input of
    one step each then adds up to the curve of the dose exactly, so that the inputs follow from a triangular
    system.
    """
    shares = []
    for person in range(len(dosed.values)):
        answers = toeplitz(infused.values[person, 1:], np.zeros(len(infused.time) - 1))
        shares.append(solve_triangular(answers, dosed.values[person, 1:], lower=True).sum())
    return np.asarray(shares)


def _scale(plan: Plan, courses: Mapping[Piece, Course]) -> float:
    """Factor from readings in h and ng/mL to the target's unit."""
    unit, dimension = plan.target.unit, plan.quantity.dimension
    first = courses[plan.pieces[0]]
    if dimension == "time":
        return float(convert(1.0, "h", unit))
    if dimension == "concentration":
        return float(convert(1.0, MASS, unit, molar_mass=first.molar_mass))
    if dimension == "area":
        return float(convert(1.0, AREA, unit, molar_mass=first.molar_mass))
    if dimension == "clearance":
        per_weight = 1.0 / float(np.median(first.weight)) if unit.endswith("/kg") else 1.0
        # A dose in mg over an area in h ng/mL is 1000 L/h.
        return 1000.0 * float(convert(1.0, "L/h", unit.removesuffix("/kg"))) * per_weight
    scale = 100.0 if unit == "%" else 1.0
    if plan.quantity.is_molar:
        scale *= courses[plan.below[0]].molar_mass / first.molar_mass
    return scale


def _finish(plan: Plan, scale: float) -> Callable[[FloatArray], FloatArray]:
    """What is done to a statistic: a complement, a change in percent, the unit."""
    if plan.quantity.against == "first pass":
        return lambda found: scale * (1.0 - found)
    if plan.quantity.is_change:
        return lambda found: scale * (found - 1.0)
    return lambda found: scale * found
