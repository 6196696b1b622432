"""The marginal likelihood of a population by expansion: FO, FOCE, FOCEI and Laplace, with gradients.

The objective is -2 log likelihood without ``n log(2 pi)``. For person i with observations y, random effects
eta of covariance Omega, and what is minimized by the mode ``h = -2 log p(y | eta) + eta' Omega^-1 eta``,

    Laplace   h + log|Omega| + log|H|,    H = Omega^-1 + G' C G - sum(score S)
    FOCEI     the same with H = Omega^-1 + G' I G, I Fisher's information (of any observation model)
    FOCE      the same with the size of errors at eta = 0
    FO        log|V| + (y - f)' V^-1 (y - f),  V = G Omega G' + R(f), all at eta = 0

with slopes G and bends S of the predictions, and observed curvature C. Sources: Sheiner and Beal (1980),
Lindstrom and Bates (1990), Wang (2007); for gradients the idea of Almquist et al. (2015): near the mode,
predictions are replaced by their second-order expansion, on which the objective and its move with the
parameters are algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.modes import expected_curvature, find_modes, observed_curvature
from speciosa.fitting.prediction import Expansion
from speciosa.fitting.problem import Cases, Problem

FloatArray = npt.NDArray[np.float64]
METHODS = ("fo", "foce", "focei", "laplace")
STEP = 1e-4  # of a coordinate, for differences of algebra
WIDE_STEP = 1e-3  # for differences of whole evaluations
FARTHEST = 1.0  # that expansions are trusted for


@dataclass(frozen=True)
class Evaluation:
    """The objective at one or more values of the fitted coordinates.

    Parameters
    ----------
    theta : (k, p) float
    parts : (k, n) float
        What each person adds to the objective; NaN where a person could not be solved.
    center : Expansion
        Second order, k n rows: at the modes, or at eta = 0 (FO).
    origin : Expansion or None
        First order at eta = 0, for FOCE.
    is_found : (k, n) bool
        Whether each person's mode was found.
    """

    theta: FloatArray
    parts: FloatArray
    center: Expansion
    origin: Expansion | None
    is_found: npt.NDArray[np.bool_]

    @property
    def total(self) -> float:
        """The objective at the first of the values."""
        return float(self.parts[0].sum())


@dataclass(frozen=True)
class Marginal:
    """An approximation of the marginal likelihood.

    Parameters
    ----------
    problem : Problem
    method : {"fo", "foce", "focei", "laplace"}

    Raises
    ------
    FitError
        If the method needs normal observations and there are others.
    UnknownNameError
        For an unknown method.
    """

    problem: Problem
    method: str

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UnknownNameError("method", self.method, METHODS)
        for index, item in enumerate(self.problem.measurements):
            is_cut = self.method == "fo" and self.problem.sheet.codes[index].any()
            if self.method in ("fo", "foce") and (not item.model.is_normal or is_cut):
                raise FitError(
                    f"the method {self.method} is asked of {type(item.model).__name__} observations"
                    f"{' beyond a limit' if is_cut else ''}",
                    where=f"measurement of {item.label}",
                    expected="normal ones",
                    advice="Choose the method focei or laplace, or quadrature.",
                )

    def evaluate(self, thetas: FloatArray, guess: FloatArray | None = None, *, order: int = 2) -> Evaluation:
        """The objective at several values at once.

        Parameters
        ----------
        thetas : (k, p) float
        guess : (n, d) or (k n, d) float, optional
            Where modes are looked for first; the means if left out.
        order : {1, 2}
            1 where no gradient follows and the method needs no bends.
        """
        problem, predictor = self.problem, self.problem.predictor
        thetas = np.atleast_2d(thetas)
        cases = problem.cases(thetas)
        k, n = len(thetas), problem.subjects.size
        if self.method == "fo":
            center = predictor.expand(cases.mean, cases.person, order)
            parts, is_found = self._first_order(cases, center, cases.mean), center.is_good
            return Evaluation(thetas, parts.reshape(k, n), center, None, is_found.reshape(k, n))
        origin = predictor.expand(cases.mean, cases.person) if self.method == "foce" else None
        if guess is None:
            guess = cases.mean
        elif len(guess) < len(cases.person):
            guess = np.tile(guess, (k, 1))
        at = None if origin is None else origin.value
        modes = find_modes(problem, cases, guess, at)
        order = 2 if self.method == "laplace" else order
        center = modes.expansion
        if order > 1:
            center = predictor.expand(center.point, cases.person, order)
        parts = self._conditional(cases, center, center.point, at)
        is_found = modes.is_found & center.is_good
        parts = np.where(np.isfinite(modes.height) & center.is_good, parts, np.nan)
        return Evaluation(thetas, parts.reshape(k, n), center, origin, is_found.reshape(k, n))

    def gradients(self, there: Evaluation) -> FloatArray:
        """Derivative of each person's part by each coordinate, (n, p), at the first of the values."""
        p, n = there.theta.shape[1], self.problem.subjects.size
        if not p:
            return np.zeros((n, 0))
        steps = np.concatenate([np.eye(p), -np.eye(p)])
        size = (WIDE_STEP if self.method == "laplace" else STEP) * np.maximum(1.0, np.abs(there.theta[0]))
        found = self._nearby(there, there.theta[0] + steps * size)
        return np.asarray((found[:p] - found[p:]).T / (2.0 * size))

    def guess(self, there: Evaluation, theta: FloatArray) -> FloatArray | None:
        """Where the modes will about be at another value, (n, d), from the first of an evaluation's."""
        if self.method == "fo":
            return None
        n = self.problem.subjects.size
        center = there.center.taken(np.arange(n))
        cases = self.problem.cases(theta)
        at = None if there.origin is None else there.origin.taken(np.arange(n)).moved(cases.mean)[0]
        point = self._shifted(cases, center, at)
        return np.where(np.abs(point - center.point) < FARTHEST, point, center.point)

    def _nearby(self, there: Evaluation, thetas: FloatArray) -> FloatArray:
        """The objective close by, by the expansions of an evaluation, (k, n)."""
        n, k = self.problem.subjects.size, len(thetas)
        cases = self.problem.cases(thetas)
        rows = np.tile(np.arange(n), k)
        center = there.center.taken(rows)
        if self.method == "fo":
            return self._first_order(cases, center, cases.mean).reshape(k, n)
        at = None if there.origin is None else there.origin.taken(rows).moved(cases.mean)[0]
        point = self._shifted(cases, center, at)
        if self.method == "laplace":
            # Its curvature holds second derivatives, whose change the expansions do not know.
            center = self.problem.predictor.expand(point, cases.person, 2)
        return self._conditional(cases, center, point, at).reshape(k, n)

    def _shifted(self, cases: Cases, center: Expansion, at: FloatArray | None) -> FloatArray:
        """Where the modes move to: one Newton step on the expansions, exact for small moves."""
        random = self.problem.random
        point = cases.mean.copy()
        point[:, random] = center.point[:, random]
        value, slope = center.moved(point)
        terms = self.problem.terms(cases, value, at)
        slope = slope[:, :, random]
        eta = point[:, random] - cases.mean[:, random]
        down = np.einsum("rmi,rm->ri", slope, terms.score) - np.einsum("rij,rj->ri", cases.precision, eta)
        matrix = observed_curvature(self.problem, cases, center.bend, slope, terms)
        point[:, random] += np.linalg.solve(matrix, down[..., None])[..., 0]
        return point

    def _conditional(
        self, cases: Cases, center: Expansion, point: FloatArray, at: FloatArray | None
    ) -> FloatArray:
        """FOCE, FOCEI or Laplace at points that are modes."""
        random = self.problem.random
        value, slope = center.moved(point)
        terms = self.problem.terms(cases, value, at)
        slope = slope[:, :, random]
        eta = point[:, random] - cases.mean[:, random]
        if self.method == "laplace":
            matrix = observed_curvature(self.problem, cases, center.bend, slope, terms)
        else:
            matrix = expected_curvature(cases, slope, terms)
        is_bad = ~np.isfinite(matrix).all(axis=(1, 2)) | ~center.is_good
        matrix[is_bad] = np.eye(matrix.shape[1])
        sign, determinant = np.linalg.slogdet(matrix)
        height = np.einsum("ri,rij,rj->r", eta, cases.precision, eta) - 2.0 * terms.density.sum(axis=1)
        found = height + cases.log_determinant + determinant - self.problem.constant[cases.person]
        return np.where((sign > 0.0) & ~is_bad, found, np.nan)

    def _first_order(self, cases: Cases, center: Expansion, mean: FloatArray) -> FloatArray:
        """FO: everything at eta = 0."""
        problem, random = self.problem, self.problem.random
        value, slope = center.moved(mean)
        slope = slope[:, :, random]
        is_seen = problem.sheet.is_seen[cases.person]
        variance, error = normal_parts(problem, cases, value)
        slope = np.where(is_seen[..., None], slope, 0.0)
        matrix = np.einsum("rmi,rij,rkj->rmk", slope, cases.covariance, slope)
        diagonal = np.arange(matrix.shape[1])
        matrix[:, diagonal, diagonal] += np.where(is_seen, variance, 1.0)
        is_bad = ~np.isfinite(matrix).all(axis=(1, 2)) | ~center.is_good
        matrix[is_bad] = np.eye(matrix.shape[1])
        sign, determinant = np.linalg.slogdet(matrix)
        part = (error * np.linalg.solve(matrix, error[..., None])[..., 0]).sum(axis=1)
        return np.where((sign > 0.0) & ~is_bad, determinant + part, np.nan)


def normal_parts(problem: Problem, cases: Cases, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance and error of normal observations, (rows, m); NaN variance for others, zero error for none."""
    from speciosa.fitting.normal import Normal

    variance, error = np.full(predicted.shape, np.nan), np.zeros(predicted.shape)
    for index, (item, columns) in enumerate(zip(problem.measurements, problem.sheet.slices, strict=True)):
        if isinstance(item.model, Normal):
            variance[:, columns] = item.model.variance(predicted[:, columns], cases.own[index])[0]
            error[:, columns] = problem.sheet.values[index][cases.person] - predicted[:, columns]
    return variance, np.where(problem.sheet.is_seen[cases.person], error, 0.0)
