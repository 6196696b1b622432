"""One person: how probable parameters are, given what was seen of them and what was known before.

The unknowns are parameters of the model and of observation models on their scales, with a joint normal prior:
that of a fitted population at the person's covariates, or stated priors. All is worked out for many rows of
unknowns at once, which the engine takes in its lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.engine import Changes, Schedules
from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.fit import Fit
from speciosa.fitting.observations import Measurement, Subjects
from speciosa.fitting.priors import Prior
from speciosa.fitting.problem import Cases, Problem
from speciosa.fitting.scales import scale_of
from speciosa.fitting.unknowns import Unknowns

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
STEP = 1e-5


@dataclass(frozen=True)
class Posterior(Unknowns):
    """The posterior of one person's unknowns: free parameters first, then those of observation models.

    Parameters
    ----------
    problem : Problem
        Of one person.
    base : (n_free,) float
        All free parameters on their scales; those that are not unknown stay here.
    whole : (n_coordinates,) float
        All coordinates of the problem; of these the observation models' own are used.
    """

    problem: Problem
    base: FloatArray
    whole: FloatArray

    def __post_init__(self) -> None:
        if self.problem.subjects.size != 1:
            raise FitError(
                f"the problem has {self.problem.subjects.size} people",
                where="posterior",
                expected="one person",
                advice="Take Problem.of_people([person]).",
            )
        if len(self.whole) != len(self.problem.coordinates):
            raise FitError(
                f"{len(self.problem.coordinates)} coordinates belong to these observations",
                where="posterior",
                expected=f"the {len(self.whole)} of the observation models so far",
            )

    @cached_property
    def _places(self) -> tuple[IntArray, IntArray]:
        """Places of the unknowns among the free parameters, and among the coordinates."""
        free = [item.name for item in self.problem.free]
        known = [item.name for item in self.problem.coordinates]
        own = [item.name for item in self.problem.coordinates if item.group == "own"]
        for name in self.names:
            if name not in free and name not in own:
                raise UnknownNameError("unknown", name, [*free, *own])
        first = [free.index(name) for name in self.names if name in free]
        second = [known.index(name) for name in self.names if name not in free]
        if [*(free[i] for i in first), *(known[i] for i in second)] != list(self.names):
            raise FitError(
                f"the unknowns are {', '.join(self.names)}",
                expected="parameters of the model first, then those of observation models",
            )
        return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)

    def points(self, rows: FloatArray) -> FloatArray:
        """All free parameters on their scales, (rows, n_free)."""
        first, _ = self._places
        found = np.tile(self.base, (len(rows), 1))
        found[:, first] = rows[:, : len(first)]
        return found

    def own(self, rows: FloatArray) -> tuple[tuple[FloatArray, ...], ...]:
        """Parameters of the observation models in natural units, each (rows, 1)."""
        first, second = self._places
        whole = np.tile(self.whole, (len(rows), 1))
        whole[:, second] = rows[:, len(first) :]
        return tuple(tuple(item[:, None] for item in items) for items in self.problem.owns_of(whole))

    def _cases(self, rows: FloatArray) -> Cases:
        none = np.zeros((len(rows), 0, 0))
        person = np.zeros(len(rows), dtype=np.int64)
        return Cases(person, self.points(rows), none, none, np.zeros(len(rows)), self.own(rows))

    @property
    def when(self) -> FloatArray:
        """Time of each observation."""
        sheet = self.problem.sheet
        return np.where(sheet.is_seen[0], sheet.times[0, sheet.place[0]], np.inf)

    def densities(self, rows: FloatArray) -> FloatArray:
        """Log density of each observation, (rows, m); minus infinity where the engine fails."""
        cases = self._cases(rows)
        predicted = self.problem.predictor.apart(cases.mean, cases.person)
        found = self.problem.terms(cases, predicted).density
        return np.where(np.isfinite(found), found, -np.inf)

    def gradient(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`log_density` and its derivatives, (rows,) and (rows, d)."""
        first, _ = self._places
        cases = self._cases(rows)
        there = self.problem.predictor.expand(cases.mean, cases.person)
        terms = self.problem.terms(cases, there.value)
        slope = np.empty_like(rows)
        slope[:, : len(first)] = np.einsum("rmi,rm->ri", there.slope[:, :, first], terms.score)
        for place in range(len(first), self.size):
            move = np.zeros(self.size)
            move[place] = STEP
            ahead, behind = (
                self.problem.terms(self._cases(rows + sign * move), there.value).density.sum(axis=1)
                for sign in (1.0, -1.0)
            )
            slope[:, place] = (ahead - behind) / (2.0 * STEP)
        level = np.where(there.is_good, terms.density.sum(axis=1), -np.inf) + self.log_prior(rows)
        return level, slope - (rows - self.mean) @ self.precision

    def natural(self, rows: FloatArray) -> FloatArray:
        """Unknowns in natural units, (rows, d)."""
        first, second = self._places
        scales = [self.problem.free[i].scale for i in first]
        scales += [self.problem.coordinates[i].scale for i in second]
        columns = [scale_of(name).natural(rows[:, j]) for j, name in enumerate(scales)]
        return np.stack(columns, axis=-1)

    def predict(
        self,
        rows: FloatArray,
        times: FloatArray,
        *,
        schedules: Schedules | None = None,
        changes: Changes | None = None,
    ) -> FloatArray:
        """What the model says for rows of unknowns, (rows, times, outputs of the kernel).

        Parameters
        ----------
        rows : (rows, d) float
        times : (n_times,) float
        schedules : Schedules, optional
            Of one person, with doses to come; what was given so far if left out.
        changes : Changes, optional
        """
        subjects = self.problem.subjects
        chosen = replace(
            subjects, schedules=schedules or subjects.schedules, changes=changes or subjects.changes
        )
        predictor = replace(self.problem.predictor, subjects=chosen)
        return predictor.courses(self.points(rows), np.zeros(len(rows), dtype=np.int64), times)

    def until(self, time: float) -> Posterior:
        """The posterior by what was seen up to a time.

        Raises
        ------
        FitError
            If nothing was.
        """
        return replace(self, problem=self.problem.of_people([0], until=time))

    def with_measurements(self, measurements: Sequence[Measurement]) -> Posterior:
        """The posterior by other observations of the same kinds, such as those so far and a new one."""
        return replace(self, problem=replace(self.problem, measurements=tuple(measurements)))


def posterior(problem: Problem, priors: Sequence[Prior]) -> Posterior:
    """The posterior of one person by stated priors.

    Parameters
    ----------
    problem : Problem
        Of one person. Free parameters without a prior stay at their typical values.
    priors : sequence of Prior
        Independent.

    Raises
    ------
    FitError
        If a prior is on another scale than its parameter.
    UnknownNameError
        If a prior is of nothing that the problem knows.
    """
    free = {item.name: item.scale for item in problem.free}
    own = {item.name: item.scale for item in problem.coordinates if item.group == "own"}
    for item in priors:
        scale = {**own, **free}.get(item.name)
        if scale is None:
            raise UnknownNameError("unknown", item.name, [*free, *own])
        if scale != item.scale:
            raise FitError(
                f"the prior is on the {item.scale} scale", where=item.name, expected=f"the {scale} scale"
            )
    ordered = sorted(priors, key=lambda item: item.name not in free)
    return Posterior(
        tuple(item.name for item in ordered),
        np.array([item.center for item in ordered]),
        np.diag([item.deviation**2 for item in ordered]),
        problem,
        problem.means(problem.start[None])[0, 0],
        problem.whole(problem.start),
    )


def posterior_of_person(fit: Fit, subjects: Subjects, measurements: Sequence[Measurement]) -> Posterior:
    """The posterior of a person by a fitted population: typical values at their covariates, Omega as spread.

    Parameters
    ----------
    fit : Fit
    subjects : Subjects
        The one person.
    measurements : sequence of Measurement
        Of the outputs that were fitted, with the same names.

    Raises
    ------
    UnknownNameError
        For a measurement that the fit does not know.
    """
    labels = [item.label for item in fit.problem.measurements]
    for item in measurements:
        if item.label not in labels:
            raise UnknownNameError("measurement", item.label, labels)
    problem = replace(fit.problem, subjects=subjects, measurements=tuple(measurements), fixed=())
    values = dict(
        zip([item.name for item in fit.problem.coordinates], fit.problem.whole(fit.theta), strict=True)
    )
    whole = np.array([values[item.name] for item in problem.coordinates])
    base = problem.means(whole[problem.is_free][None])[0, 0]
    names = tuple(problem.free[index].name for index in problem.random)
    return Posterior(names, base[problem.random], fit.omega, problem, base, whole)
