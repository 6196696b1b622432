"""The problem of a fit: people, what was seen of them, what is free, and how a vector of numbers says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.engine import Kernel
from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.contract import SEEN, Terms
from speciosa.fitting.normal import LOG_TWO_PI
from speciosa.fitting.observations import Measurement, Sheet, Subjects, sheet
from speciosa.fitting.parameters import Free
from speciosa.fitting.prediction import Predictor
from speciosa.fitting.scales import scale_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Coordinate:
    """One number that a fit may move.

    Parameters
    ----------
    name : str
    group : {"typical", "effect", "spread", "own"}
    start : float
        On the scale that it is moved on.
    scale : str
    is_fixed : bool
    """

    name: str
    group: str
    start: float
    scale: str
    is_fixed: bool


@dataclass(frozen=True)
class Cases:
    """People under given values of everything that is fitted, one row each.

    Parameters
    ----------
    person : (rows,) int
    mean : (rows, d) float
        Parameters without random effects, on their scales.
    covariance, precision : (rows, q, q) float
        Of the random effects.
    log_determinant : (rows,) float
        Of the covariance.
    own : tuple of tuple of (rows, 1) float
        Parameters of the observation models.
    """

    person: IntArray
    mean: FloatArray
    covariance: FloatArray
    precision: FloatArray
    log_determinant: FloatArray
    own: tuple[tuple[FloatArray, ...], ...]

    def taken(self, rows: IntArray | npt.NDArray[np.bool_]) -> Cases:
        """Some rows."""
        own = tuple(tuple(item[rows] for item in items) for items in self.own)
        return Cases(
            self.person[rows],
            self.mean[rows],
            self.covariance[rows],
            self.precision[rows],
            self.log_determinant[rows],
            own,
        )


@dataclass(frozen=True)
class Problem:
    """What is to be fitted to what.

    Parameters
    ----------
    kernel : Kernel
        The compiled model.
    subjects : Subjects
    measurements : tuple of Measurement
    free : tuple of Free
    blocks : tuple of tuple of str
        Parameters whose random effects are correlated; all others are independent.
    fixed : tuple of str
        Names of further coordinates that are kept at their start (see `coordinates`).
    at_dose : {"after", "before"}
        Whether an observation at the time of a dose comes after or before it.
    threads : int, optional

    Raises
    ------
    FitError
        If parts do not fit together.
    UnknownNameError
        For a parameter, output, covariate or coordinate that does not exist.
    """

    kernel: Kernel
    subjects: Subjects
    measurements: tuple[Measurement, ...]
    free: tuple[Free, ...]
    blocks: tuple[tuple[str, ...], ...] = ()
    fixed: tuple[str, ...] = ()
    at_dose: str = "after"
    threads: int | None = None

    def __post_init__(self) -> None:
        model, people = self.kernel.model, self.subjects.size
        for item in self.free:
            model.parameter(item.name)
            for effect in item.effects:
                if effect.covariate not in self.subjects.covariates:
                    raise UnknownNameError("covariate", effect.covariate, self.subjects.covariates)
        for measurement in self.measurements:
            if measurement.output not in self.kernel.outputs:
                raise UnknownNameError("output", measurement.output, self.kernel.outputs)
            if measurement.person.min() < 0 or measurement.person.max() >= people:
                raise FitError(
                    f"an observation is of person {measurement.person.max()}",
                    where=f"measurement of {measurement.output}",
                    expected=f"a number from 0 to {people - 1}",
                )
        labels = [item.label for item in self.measurements]
        if not labels or len(set(labels)) < len(labels):
            raise FitError(
                f"the measurements are {labels}", expected="one or more, each with a name of its own"
            )
        self._check_blocks()
        known = [item.name for item in self.coordinates]
        for name in self.fixed:
            if name not in known:
                raise UnknownNameError("coordinate", name, known)
        for name in known:
            if known.count(name) > 1:
                raise FitError(f"{name} is given twice", expected="every parameter once")

    def _check_blocks(self) -> None:
        random = [item.name for item in self.free if item.spread is not None]
        named = [name for block in self.blocks for name in block]
        for name in named:
            if name not in random:
                raise UnknownNameError("parameter with a spread", name, random, where="blocks")
        if len(set(named)) < len(named):
            raise FitError("a parameter is in two blocks", where="blocks", expected="each in one at most")

    @cached_property
    def sheet(self) -> Sheet:
        """Observations as tables."""
        return sheet(self.measurements, self.subjects.size)

    @cached_property
    def predictor(self) -> Predictor:
        """What the engine predicts for rows of parameters."""
        outputs = tuple(item.output for item in self.measurements)
        return Predictor(
            self.kernel, self.subjects, self.free, self.sheet, outputs, self.at_dose, self.threads
        )

    @cached_property
    def random(self) -> IntArray:
        """Places of the parameters that have random effects."""
        places = [index for index, item in enumerate(self.free) if item.spread is not None]
        return np.array(places, dtype=np.int64)

    @cached_property
    def _blocks(self) -> tuple[tuple[int, ...], ...]:
        """Blocks of random effects by their numbers, single ones included."""
        names = [self.free[index].name for index in self.random]
        blocked = [tuple(names.index(name) for name in block) for block in self.blocks]
        inside = {index for block in blocked for index in block}
        return (*blocked, *((index,) for index in range(len(names)) if index not in inside))

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """Every number that could be fitted: typical values, effects, spread, parameters of observations."""
        found: list[Coordinate] = []

        def add(name: str, group: str, start: float, scale: str, is_fixed: bool = False) -> None:
            is_fixed = is_fixed or name in self.fixed
            free = float(scale_of(scale).free(np.asarray(start, dtype=np.float64)))
            found.append(Coordinate(name, group, free, scale, is_fixed))

        for item in self.free:
            add(item.name, "typical", item.value, item.scale, item.is_fixed)
        for item in self.free:
            for effect in item.effects:
                add(f"{item.name}.{effect.covariate}", "effect", effect.value, "identity", effect.is_fixed)
        random = [self.free[index] for index in self.random]
        for block in self._blocks:
            for row in block:
                spread = float(random[row].spread or 1.0)
                add(f"{random[row].name}.spread", "spread", spread, "log", random[row].is_spread_fixed)
            for place, row in enumerate(block):
                for column in block[:place]:
                    add(f"{random[row].name}~{random[column].name}", "spread", 0.0, "identity")
        for measurement in self.measurements:
            for own in measurement.model.own:
                add(f"{measurement.label}.{own.name}", "own", own.start, own.scale)
        return tuple(found)

    @cached_property
    def is_free(self) -> npt.NDArray[np.bool_]:
        """Which coordinates are fitted."""
        return np.array([not item.is_fixed for item in self.coordinates])

    @cached_property
    def start(self) -> FloatArray:
        """Where the fitted coordinates begin."""
        return np.array([item.start for item in self.coordinates])[self.is_free]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted coordinates."""
        return tuple(item.name for item in self.coordinates if not item.is_fixed)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Group of each fitted coordinate."""
        return tuple(item.group for item in self.coordinates if not item.is_fixed)

    def whole(self, thetas: FloatArray) -> FloatArray:
        """All coordinates from the fitted ones (last axis)."""
        found = np.empty((*thetas.shape[:-1], len(self.coordinates)))
        found[...] = [item.start for item in self.coordinates]
        found[..., self.is_free] = thetas
        return found

    def _of_group(self, whole: FloatArray, group: str) -> FloatArray:
        return whole[..., [item.group == group for item in self.coordinates]]

    def factors(self, thetas: FloatArray) -> FloatArray:
        """Lower triangular factors of the covariance of the random effects, (k, q, q).

        In a block with free diagonal entries u and others v: ``L_ii = exp(u_i)``, ``L_ij = v_ij exp(u_i)``.
        """
        given = self._of_group(self.whole(thetas), "spread")
        q = len(self.random)
        found = np.zeros((*thetas.shape[:-1], q, q))
        place = 0
        for block in self._blocks:
            size = np.exp(given[..., place : place + len(block)])
            place += len(block)
            # The order of the block is that of its rows, whatever the order of the parameters.
            for one, row in enumerate(block):
                found[..., row, row] = size[..., one]
                for column in block[:one]:
                    found[..., row, column] = given[..., place] * size[..., one]
                    place += 1
        return found

    def covariance(self, theta: FloatArray) -> FloatArray:
        """Covariance of the random effects, (..., q, q)."""
        factor = self.factors(theta)
        return np.asarray(factor @ np.swapaxes(factor, -1, -2))

    def means(self, thetas: FloatArray) -> FloatArray:
        """Parameters of each person without random effects, on their scales, (k, n, d)."""
        whole = self.whole(thetas)
        typical, effects = self._of_group(whole, "typical"), self._of_group(whole, "effect")
        found = np.repeat(typical[:, None, :], self.subjects.size, axis=1)
        place = 0
        for index, item in enumerate(self.free):
            for effect in item.effects:
                column = effect.column(
                    np.asarray(self.subjects.covariates[effect.covariate], dtype=np.float64)
                )
                found[..., index] += effects[:, None, place] * column
                place += 1
        return found

    def owns(self, thetas: FloatArray) -> tuple[tuple[FloatArray, ...], ...]:
        """Parameters of the observation models in natural units, each (k,)."""
        return self.owns_of(self.whole(thetas))

    def owns_of(self, whole: FloatArray) -> tuple[tuple[FloatArray, ...], ...]:
        """Parameters of the observation models from all coordinates, fixed ones included."""
        given = self._of_group(whole, "own")
        place, found = 0, []
        for item in self.measurements:
            values = []
            for own in item.model.own:
                values.append(scale_of(own.scale).natural(given[..., place]))
                place += 1
            found.append(tuple(values))
        return tuple(found)

    def cases(self, thetas: FloatArray) -> Cases:
        """All people under each of several values of the fitted coordinates, (k, p); k n rows."""
        thetas = np.atleast_2d(thetas)
        k, n = len(thetas), self.subjects.size
        factor = self.factors(thetas)
        inverse = np.linalg.inv(factor)
        precision = np.swapaxes(inverse, -1, -2) @ inverse
        determinant = 2.0 * np.log(np.abs(np.diagonal(factor, axis1=-2, axis2=-1))).sum(axis=-1)
        own = tuple(tuple(np.repeat(item, n)[:, None] for item in items) for items in self.owns(thetas))
        return Cases(
            np.tile(np.arange(n), k),
            self.means(thetas).reshape(k * n, -1),
            np.repeat(factor @ np.swapaxes(factor, -1, -2), n, axis=0),
            np.repeat(precision, n, axis=0),
            np.repeat(determinant, n),
            own,
        )

    def terms(self, cases: Cases, predicted: FloatArray, spread_at: FloatArray | None = None) -> Terms:
        """Density and derivatives of every observation, (rows, m); zeros where there is none."""
        found = []
        for index, (item, columns) in enumerate(zip(self.measurements, self.sheet.slices, strict=True)):
            is_seen = self.sheet.is_seen[cases.person, columns]
            with np.errstate(all="ignore"):
                part = item.model.terms(
                    self.sheet.values[index][cases.person],
                    self.sheet.codes[index][cases.person],
                    np.where(is_seen, predicted[:, columns], 1.0),
                    cases.own[index],
                    None if spread_at is None else np.where(is_seen, spread_at[:, columns], 1.0),
                )
            parts = (part.density, part.score, part.curvature, part.information)
            found.append([np.where(is_seen, value, 0.0) for value in parts])
        return Terms(*(np.concatenate(parts, axis=1) for parts in zip(*found, strict=True)))

    @cached_property
    def constant(self) -> FloatArray:
        """What the objective leaves out for each person: log(2 pi) a normal observation, as NONMEM does."""
        found = np.zeros(self.subjects.size)
        for index, (item, columns) in enumerate(zip(self.measurements, self.sheet.slices, strict=True)):
            if item.model.is_normal:
                is_counted = self.sheet.is_seen[:, columns] & (self.sheet.codes[index] == SEEN)
                found += LOG_TWO_PI * is_counted.sum(axis=1)
        return found

    @property
    def count(self) -> int:
        """Number of observations."""
        return int(self.sheet.is_seen.sum())

    def of_people(self, people: Sequence[int] | IntArray, until: float = np.inf) -> Problem:
        """The same problem for some people, with what was seen of them up to a time."""
        which = [int(person) for person in people]
        parts = [item.of(which, until) for item in self.measurements]
        return replace(
            self,
            subjects=self.subjects.chosen(which),
            measurements=tuple(item for item in parts if item is not None),
        )
