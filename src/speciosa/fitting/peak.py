"""The most probable values of one person's unknowns, and the normal distribution that fits there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from speciosa.fitting.normal import LOG_TWO_PI
from speciosa.fitting.search import FAR, FitStatus
from speciosa.fitting.unknowns import Unknowns

FloatArray = npt.NDArray[np.float64]
Known = TypeVar("Known", bound=Unknowns)
STEP = 1e-3  # of an SD of the prior
TOLERANCE = 1e-3  # of the slope by unknowns in SDs of the prior
LIMIT = 200


@dataclass(frozen=True)
class Peak(Generic[Known]):
    """Where a posterior is highest, and how it falls off around it.

    Parameters
    ----------
    posterior : Unknowns
    point : (d,) float
        On the scales.
    covariance : (d, d) float
        Inverse of the curvature there.
    log_density : float
        Log of prior times likelihood there.
    status : FitStatus
    """

    posterior: Known
    point: FloatArray
    covariance: FloatArray
    log_density: float
    status: FitStatus

    @property
    def log_evidence(self) -> float:
        """Log probability of what was seen, by Laplace's method."""
        _, determinant = np.linalg.slogdet(self.covariance)
        return float(self.log_density + 0.5 * (determinant + len(self.point) * LOG_TWO_PI))

    def draws(self, count: int, seed: int) -> FloatArray:
        """Draws from the normal approximation, (count, d)."""
        generator = np.random.default_rng(seed)
        factor = np.linalg.cholesky(self.covariance)
        return np.asarray(self.point + generator.standard_normal((count, len(self.point))) @ factor.T)

    def __repr__(self) -> str:
        natural = self.posterior.natural(self.point[None])[0]
        sizes = np.sqrt(np.diagonal(self.covariance))
        lines = [
            f"  {name:<24} {value:>12.5g}   SD on its scale {size:.3g}"
            for name, value, size in zip(self.posterior.names, natural, sizes, strict=True)
        ]
        return "\n".join([f"most probable values ({self.status.value})", *lines])


def peak(posterior: Known, *, starts: int = 1, seed: int = 1) -> Peak[Known]:
    """Find the most probable values: maximum a posteriori.

    Parameters
    ----------
    posterior : Unknowns
    starts : int
        From how many places: the prior's mean, and the best of ten times as many draws from it.
    seed : int
        Of the draws.

    Returns
    -------
    Peak
    """
    from scipy.optimize import minimize

    factor = np.linalg.cholesky(posterior.covariance)
    best = None
    for place in _starts(posterior, starts, seed):

        def objective(moved: FloatArray, place: FloatArray = place) -> tuple[float, FloatArray]:
            level, slope = posterior.gradient((place + factor @ moved)[None])
            if not np.isfinite(level[0]):
                return FAR, np.zeros_like(moved)
            return -float(level[0]), -(factor.T @ slope[0])

        answer = minimize(
            objective, np.zeros(posterior.size), jac=True, method="BFGS",
            options={"gtol": TOLERANCE, "maxiter": LIMIT},
        )  # fmt: skip
        if best is None or answer.fun < best[0]:
            best = (float(answer.fun), place + factor @ answer.x, float(np.abs(answer.jac).max()))
    assert best is not None
    height, point, slope = best
    if height >= FAR:
        nothing = np.full((posterior.size, posterior.size), np.nan)
        return Peak(posterior, point, nothing, float("nan"), FitStatus.NOT_FINITE)
    status = FitStatus.CONVERGED if slope <= 10.0 * TOLERANCE else FitStatus.STALLED
    return Peak(posterior, point, _covariance(posterior, point), -height, status)


def _starts(posterior: Unknowns, count: int, seed: int) -> list[FloatArray]:
    found = [posterior.mean]
    if count > 1:
        draws = posterior.prior_draws(10 * count, np.random.default_rng(seed))
        order = np.argsort(-posterior.log_density(draws))
        found += list(draws[order[: count - 1]])
    return found


def _covariance(posterior: Unknowns, point: FloatArray) -> FloatArray:
    """Inverse of the curvature, by differences of gradients, all in one call."""
    size = STEP * np.sqrt(np.diagonal(posterior.covariance))
    moves = np.concatenate([np.diag(size), -np.diag(size)])
    _, slopes = posterior.gradient(point + moves)
    d = len(point)
    matrix = -(slopes[:d] - slopes[d:]) / (2.0 * size[:, None])
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    # The posterior is no wider than its prior: where curvature is lost in noise, the prior's is taken.
    least = np.linalg.eigvalsh(posterior.precision)[0]
    return np.asarray((vectors / np.maximum(values, least)) @ vectors.T)
