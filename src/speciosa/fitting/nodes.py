"""The marginal likelihood of a population by weighted points: adaptive quadrature and importance sampling.

Around each person's mode, with L L' the inverse of the curvature there, points ``eta_k = mode + L z_k`` are
laid: those of Gauss and Hermite (Pinheiro and Bates 1995), or drawn from Student's t. Then

    log p(y) = log sum_k b_k p(y | eta_k) N(eta_k; 0, Omega)

with weights b_k that hold nothing of the fitted coordinates. As long as the points stay where they are,
typical values with random effects and the covariance enter by the normal density alone, and no equation is
solved anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

from speciosa.errors import FitError
from speciosa.fitting.modes import expected_curvature, find_modes
from speciosa.fitting.normal import LOG_TWO_PI
from speciosa.fitting.problem import Cases, Problem

FloatArray = npt.NDArray[np.float64]
STEP = 1e-5
FREEDOM = 5.0  # degrees of freedom of Student's t that points are drawn from
MOST_POINTS = 5000


@dataclass(frozen=True)
class Points:
    """Points in units of the posterior's spread.

    Parameters
    ----------
    place : (n or 1, count, q) float
        For each person, or for all.
    log_weight : (n or 1, count) float
        Log of weight over density, so that the sum of exp(log_weight) g is the integral of g.
    """

    place: FloatArray
    log_weight: FloatArray

    @classmethod
    def quadrature(cls, q: int, each: int) -> Points:
        """The product grid of Gauss and Hermite's points.

        Raises
        ------
        FitError
            If there would be too many.
        """
        if each < 1 or each**q > MOST_POINTS:
            raise FitError(
                f"{each} points in each of {q} directions are {each**q:,}",
                expected=f"at most {MOST_POINTS:,} in all",
                advice="Take fewer points, or importance sampling.",
            )
        nodes, weights = np.polynomial.hermite_e.hermegauss(each)
        place = np.array(list(product(nodes, repeat=q))).reshape(-1, q)
        chosen = np.array(list(product(np.log(weights), repeat=q))).reshape(-1, q).sum(axis=1)
        # The rule is for exp(-z^2/2) g: what it is applied to is divided by that.
        return cls(place[None], (chosen + 0.5 * (place**2).sum(axis=1))[None])

    @classmethod
    def drawn(cls, q: int, count: int, people: int, generator: np.random.Generator) -> Points:
        """Draws from Student's t, each person's independent of all others', in pairs of opposite sign."""
        half = -(-count // 2)
        scale = np.sqrt(FREEDOM / generator.chisquare(FREEDOM, (people, half)))
        place = generator.standard_normal((people, half, q)) * scale[..., None]
        place = np.concatenate([place, -place], axis=1)
        density = (
            gammaln(0.5 * (FREEDOM + q))
            - gammaln(0.5 * FREEDOM)
            - 0.5 * q * np.log(FREEDOM * np.pi)
            - 0.5 * (FREEDOM + q) * np.log1p((place**2).sum(axis=-1) / FREEDOM)
        )
        return cls(place, -density - np.log(2.0 * half))


@dataclass
class _Kept:
    """The last log likelihood of observations, and of which values it is."""

    key: bytes = b""
    value: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class Nodes:
    """Every person's points, with what is predicted there.

    Parameters
    ----------
    problem : Problem
    theta : (p,) float
        Where they were laid.
    point : (n, count, d) float
        On the parameters' scales.
    log_base : (n, count) float
    value : (n, count, m) float
        Predictions.
    slope : (n, count, m, s) float
        Their derivatives by the s parameters without random effects.
    mode : (n, d) float
    is_found : (n,) bool
    """

    problem: Problem
    theta: FloatArray
    point: FloatArray
    log_base: FloatArray
    value: FloatArray
    slope: FloatArray
    mode: FloatArray
    is_found: npt.NDArray[np.bool_]
    _kept: _Kept = field(default_factory=_Kept, repr=False, compare=False)

    @classmethod
    def laid(
        cls, problem: Problem, theta: FloatArray, points: Points, guess: FloatArray | None = None
    ) -> Nodes:
        """Lay points around the modes at given values of the fitted coordinates."""
        cases, random = problem.cases(theta), problem.random
        n, count = problem.subjects.size, points.place.shape[1]
        modes = find_modes(problem, cases, cases.mean if guess is None else guess)
        terms = problem.terms(cases, modes.expansion.value)
        slope = modes.expansion.slope[:, :, random]
        matrix = expected_curvature(cases, slope, terms)
        matrix[~np.isfinite(matrix).all(axis=(1, 2))] = np.eye(len(random))
        # Of H = C C', the inverse is L L' with L = C'^-1.
        factor = np.swapaxes(np.linalg.inv(np.linalg.cholesky(matrix)), -1, -2)
        point = np.repeat(modes.expansion.point[:, None], count, axis=1)
        point[..., random] += np.einsum(
            "rij,rkj->rki", factor, np.broadcast_to(points.place, (n, *points.place.shape[1:]))
        )
        size = np.log(np.abs(np.diagonal(factor, axis1=1, axis2=2))).sum(axis=1)
        person = np.repeat(np.arange(n), count)
        flat = point.reshape(n * count, -1)
        still = np.setdiff1d(np.arange(point.shape[2]), random)
        if len(still):
            found = problem.predictor.expand(flat, person)
            value = np.where(found.is_good[:, None], found.value, np.nan)
            steep = found.slope[:, :, still]
        else:
            value = problem.predictor.apart(flat, person)
            steep = np.zeros((*value.shape, 0))
        shape = (n, count, value.shape[1])
        return cls(
            problem, theta, point, size[:, None] + points.log_weight, value.reshape(shape),
            steep.reshape(*shape, -1), modes.expansion.point, modes.is_found,
        )  # fmt: skip

    def logs(self, theta: FloatArray) -> FloatArray:
        """Log of weight times density of each point, (n, count), at values near those they were laid at."""
        cases = self.problem.cases(theta)
        eta = (self.point - cases.mean[:, None])[..., self.problem.random]
        q = eta.shape[-1]
        prior = -0.5 * np.einsum("rki,rij,rkj->rk", eta, cases.precision, eta)
        prior -= 0.5 * (cases.log_determinant[:, None] + q * LOG_TWO_PI)
        return np.asarray(self.log_base + prior + self._likelihood(theta, cases))

    def _likelihood(self, theta: FloatArray, cases: Cases) -> FloatArray:
        """Log density of everybody's observations at the points, (n, count)."""
        problem = self.problem
        n, count, m = self.value.shape
        still = np.setdiff1d(np.arange(self.point.shape[2]), problem.random)
        step = cases.mean[:, still] - self.point[:, 0, still]
        key = step.tobytes() + b"".join(item[:1].tobytes() for items in cases.own for item in items)
        if self._kept.key != key:
            rows = np.repeat(np.arange(n), count)
            value = self.value + np.einsum("rkmi,ri->rkm", self.slope, step)
            value = value.reshape(n * count, m)
            found = problem.terms(cases.taken(rows), value).density.sum(axis=1).reshape(n, count)
            self._kept.key, self._kept.value = key, np.where(np.isfinite(found), found, -np.inf)
        return self._kept.value

    def parts(self, theta: FloatArray) -> FloatArray:
        """What each person adds to the objective, (n,)."""
        return np.asarray(-2.0 * logsumexp(self.logs(theta), axis=1) - self.problem.constant)

    def gradients(self, theta: FloatArray) -> FloatArray:
        """Derivative of each person's part by each coordinate, (n, p)."""
        logs = self.logs(theta)
        kept = _Kept(self._kept.key, self._kept.value)
        weight = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
        found = np.empty((len(logs), len(theta)))
        for index in range(len(theta)):
            size = STEP * max(1.0, abs(theta[index]))
            move = np.zeros_like(theta)
            move[index] = size
            ahead, behind = self.logs(theta + move), self.logs(theta - move)
            with np.errstate(invalid="ignore"):
                change = np.where(weight > 0.0, ahead - behind, 0.0)
            found[:, index] = -(weight * change).sum(axis=1) / size
            self._kept.key, self._kept.value = kept.key, kept.value
        return found

    def effective(self, theta: FloatArray) -> FloatArray:
        """Effective number of points of each person, (n,): small where they lie in the wrong place."""
        logs = self.logs(theta)
        weight = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
        return np.asarray(1.0 / (weight**2).sum(axis=1))
