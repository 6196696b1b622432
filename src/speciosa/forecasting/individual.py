"""The posterior of one person by ratings, with the courses of bodies solved beforehand.

The unknowns are the person's severity gain and floors, on the log scale with the variability between people
as prior, and which of the solved bodies is theirs: a standard normal number whose rank names the body. Bodies
are ranked by the withdrawal that they would have had, so that neighbors are alike. With many bodies this is
the posterior over all parameters; a chain that solves the engine at every step is the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from speciosa.body.scales import COWS, Scale
from speciosa.body.scores import rating_parameters
from speciosa.fitting import SEEN, LogNormal, Rated, Unknowns, prior_of_people
from speciosa.forecasting.record import PLASMA, Observation
from speciosa.forecasting.scene import Courses
from speciosa.forecasting.tail import Tail, arms_of
from speciosa.results import Rating
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Signals = dict[str, FloatArray]
GAIN, FLOOR, BODY = "severity.gain", "severity.floor.", "body"
ERROR = "forecast.plasma.error"
WINDOW_STEP = 4.0
"""Hours between the moments whose mean a rating without an hour stands for."""
STEP = 1e-4


def moments(seen: Observation) -> FloatArray:
    """Times whose mean an observation stands for, none before the record begins."""
    if not seen.window:
        return np.array([seen.time])
    count = max(1, round(seen.window / WINDOW_STEP))
    return np.maximum(seen.time - seen.window * np.arange(count - 1, -1, -1) / count, 0.0)


def rated(scale: Scale, courses: Courses, seen: Sequence[Observation] = ()) -> Rated:
    """How a scale is rated by a variant, ready for some ratings."""
    values = (courses.model.parameter(name).value for name in rating_parameters(scale))
    lower = tuple(int(np.ceil(courses.evidence.slot(slot).value("score"))) for _, slot in scale.bands)
    patterns = tuple(dict.fromkeys(item.items for item in seen if item.items is not None))
    return Rated(Rating(scale, *values), lower, patterns)


def code_of(seen: Observation, model: Rated) -> int:
    """The number by which a rating model knows what was seen."""
    if seen.items is not None:
        return model.pattern_code(model.patterns.index(seen.items))
    if seen.total is not None:
        return seen.total
    scale = model.rating.scale
    return model.class_code((scale.below, *(name for name, _ in scale.bands)).index(str(seen.band)))


@dataclass(frozen=True)
class Ratings:
    """Ratings of one scale, and the signals behind them.

    Parameters
    ----------
    model : Rated
    codes : (m,) int
    times : (m,) float
    signals : mapping of str to (bodies, m) float
        What the tail reads, averaged over what each rating stands for.
    """

    model: Rated
    codes: IntArray
    times: FloatArray
    signals: Signals


@dataclass(frozen=True)
class Concentrations:
    """Concentrations of one drug, and those that every body would have had.

    Parameters
    ----------
    model : LogNormal
    values, times : (m,) float
        nmol/L, h.
    predicted : (bodies, m) float
    """

    model: LogNormal
    values: FloatArray
    times: FloatArray
    predicted: FloatArray


@dataclass(frozen=True)
class Individual(Unknowns):
    """The posterior of one person's gain, floors and body.

    Parameters
    ----------
    courses : Courses
    bodies : int
        How many were solved.
    groups : tuple of Ratings or Concentrations
        What was seen.
    moment : float
        Up to which courses tell in what order bodies stand, h; the same whatever is to come.
    """

    courses: Courses
    bodies: int
    groups: tuple[Ratings | Concentrations, ...]
    moment: float

    @cached_property
    def tail(self) -> Tail:
        """The end of the model that needs no solver."""
        return Tail.of(self.courses.model)

    @property
    def when(self) -> FloatArray:
        """Time of each observation."""
        return np.concatenate([np.empty(0), *(item.times for item in self.groups)])

    @cached_property
    def _fixed(self) -> Signals:
        """Parameters of the tail that are known."""
        names = [name for name in self.tail.parameters if name not in self.names]
        return {name: np.asarray(self.courses.model.parameter(name).value) for name in names}

    @cached_property
    def _ranked(self) -> IntArray:
        """Bodies in the order of the withdrawal that they would have had."""
        values = self.courses.values
        known = self.courses.times <= max(self.moment, self.courses.times[0])
        level = (values["dependence"] - values["suppression"])[:, known].mean(axis=1)
        return np.asarray(np.argsort(level, kind="stable"), dtype=np.int64)

    def body(self, rows: FloatArray) -> IntArray:
        """Which solved body each row has, (rows,)."""
        if BODY not in self.names:
            return np.zeros(len(rows), dtype=np.int64)
        rank = np.floor(ndtr(rows[:, self.names.index(BODY)]) * self.bodies).astype(np.int64)
        return np.asarray(self._ranked[np.clip(rank, 0, self.bodies - 1)])

    def log_severity(self, rows: FloatArray, scale: Scale, signals: Signals) -> FloatArray:
        """Logarithm of the severity by which a scale is rated, (rows, moments).

        Parameters
        ----------
        rows : (rows, d) float
        scale : Scale
        signals : mapping of str to (bodies, moments) float
        """
        body, arms = self.body(rows), arms_of(scale, is_relieved=self.tail.is_relieved)
        given = dict(self._fixed)
        for name in self.tail.inputs:
            given[name] = signals[name][body]
        for place, name in enumerate(self.names):
            if name != BODY:
                given[name] = np.exp(rows[:, place])[:, None]
        for name in self.tail.parameters:
            # A floor of raters whose scales nobody looks at has its typical value.
            given.setdefault(name, np.asarray(self.courses.model.parameter(name).value))
        found = self.tail.severities(given, tuple(arms))
        with np.errstate(divide="ignore"):
            return np.asarray(sum(share * np.log(found[name]) for name, share in arms.items()))

    def densities(self, rows: FloatArray) -> FloatArray:
        """Log density of each observation, (rows, m)."""
        parts = [np.empty((len(rows), 0))]
        for item in self.groups:
            if isinstance(item, Ratings):
                log = self.log_severity(rows, item.model.rating.scale, item.signals)
                parts.append(item.model.log_chances(item.codes, log))
            else:
                code = np.full((len(rows), len(item.values)), SEEN, dtype=np.int8)
                own = [np.full((len(rows), 1), item.model.deviation)]
                predicted = item.predicted[self.body(rows)]
                parts.append(item.model.terms(item.values, code, predicted, own).density)
        found = np.concatenate(parts, axis=1)
        return np.where(np.isfinite(found), found, -np.inf)

    def gradient(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`log_density` and its derivatives by differences; the body stays as it is."""
        slope = np.zeros_like(rows)
        for place, name in enumerate(self.names):
            move = np.zeros(self.size)
            move[place] = STEP
            if name == BODY:
                slope[:, place] = -rows[:, place]
            else:
                slope[:, place] = (self.log_density(rows + move) - self.log_density(rows - move)) / (
                    2.0 * STEP
                )
        return self.log_density(rows), slope

    def natural(self, rows: FloatArray) -> FloatArray:
        """Gain and floors, and the rank of the body as a share."""
        columns = [
            ndtr(rows[:, place]) if name == BODY else np.exp(rows[:, place])
            for place, name in enumerate(self.names)
        ]
        return np.stack(columns, axis=-1)

    def until(self, time: float) -> Self:
        """The same by what was seen up to a time."""
        kept = [_until(item, time) for item in self.groups]
        return replace(self, groups=tuple(item for item in kept if len(item.times)))


def individual(courses: Courses, seen: Sequence[Observation], moment: float) -> Individual:
    """The posterior by some observations; without any it is the prior.

    Parameters
    ----------
    courses : Courses
        Solved at all `moments` of the observations.
    seen : sequence of Observation
        Ratings and concentrations; vital signs are left out.
    moment : float
        Of the record, h.
    """
    used = [item for item in seen if item.scale is not None or item.is_concentration]
    used.sort(key=lambda item: (item.measure, item.time))
    groups = tuple(_group(courses, list(items)) for _, items in groupby(used, key=lambda item: item.measure))
    raters = dict.fromkeys((COWS.rater, *(item.scale.rater for item in used if item.scale is not None)))
    priors = [
        prior_of_people(courses.model, courses.evidence, name)
        for name in (GAIN, *(FLOOR + item for item in raters))
    ]
    bodies = len(next(iter(courses.values.values())))
    has_body = bodies > 1
    return Individual(
        (*(item.name for item in priors), *((BODY,) if has_body else ())),
        np.array([*(item.center for item in priors), *((0.0,) if has_body else ())]),
        np.diag([*(item.deviation**2 for item in priors), *((1.0,) if has_body else ())]),
        courses,
        bodies,
        groups,
        moment,
    )


def behind(courses: Courses, windows: Sequence[FloatArray]) -> Signals:
    """Signals that the tail reads, averaged over some windows of moments, (bodies, windows) each."""
    first = np.cumsum([0, *(len(item) for item in windows[:-1])])
    places = courses.at(np.concatenate(windows))
    counts = np.array([len(item) for item in windows])
    return {
        name: np.add.reduceat(courses.values[name][:, places], first, axis=1) / counts
        for name in Tail.of(courses.model).inputs
    }


def _group(courses: Courses, seen: list[Observation]) -> Ratings | Concentrations:
    """Observations of one measure, in order of time."""
    times = np.array([item.time for item in seen])
    scale = seen[0].scale
    if scale is not None:
        model = rated(scale, courses, seen)
        codes = np.array([code_of(item, model) for item in seen], dtype=np.int64)
        return Ratings(model, codes, times, behind(courses, [moments(item) for item in seen]))
    measure = seen[0].measure
    mass = courses.evidence.slot(f"{measure.removeprefix(PLASMA)}.molar_mass").value("g/mol")
    values = [convert(float(item.value or 0.0), item.unit, "nmol/L", molar_mass=mass) for item in seen]
    error = LogNormal(courses.evidence.slot(ERROR).value("omega"))
    predicted = courses.values[measure][:, courses.at(times)]
    return Concentrations(error, np.array(values, dtype=np.float64), times, predicted)


def _until(item: Ratings | Concentrations, time: float) -> Ratings | Concentrations:
    kept = item.times <= time
    if isinstance(item, Ratings):
        signals = {name: values[:, kept] for name, values in item.signals.items()}
        return replace(item, codes=item.codes[kept], times=item.times[kept], signals=signals)
    return replace(item, values=item.values[kept], times=item.times[kept], predicted=item.predicted[:, kept])
