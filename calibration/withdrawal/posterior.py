"""What the fit leaves open: standard errors, correlations, and a sample of the posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from withdrawal.estimate import BOUNDS, Objective
from withdrawal.likelihood import NAMES, values_of

FloatArray = npt.NDArray[np.float64]
DRAWS, KEPT, WIDER = 1500, 300, 1.15


@dataclass(frozen=True)
class Posterior:
    """Normal approximation around the most probable point; coordinates on a bound are held.

    Parameters
    ----------
    objective : Objective
    point : float array
    cost : float
        Minus the log posterior there.
    information : (n, n) float
    gradient : float array
    """

    objective: Objective
    point: FloatArray
    cost: float
    information: FloatArray
    gradient: FloatArray

    @classmethod
    def of(cls, objective: Objective, point: FloatArray) -> Posterior:
        """With the scatter of the scores of persons as information."""
        cost, gradient, information = objective.full(point)
        return cls(objective, point, cost, information, gradient)

    @property
    def is_free(self) -> npt.NDArray[np.bool_]:
        """Coordinates that are not on a bound."""
        low, high = np.transpose(BOUNDS)
        return np.asarray((self.point > low) & (self.point < high))

    @property
    def covariance(self) -> FloatArray:
        """Of the free coordinates."""
        free = self.is_free
        return np.asarray(np.linalg.inv(self.information[np.ix_(free, free)]))

    def errors(self) -> dict[str, float]:
        """Standard errors in the parameters' own units; none for what is held."""
        value = values_of(self.point)
        found = {}
        names = [name for name, free in zip(NAMES, self.is_free, strict=True) if free]
        for name, error in zip(names, np.sqrt(np.diag(self.covariance)), strict=True):
            slope = value[name]
            if name == "weight.fast":
                slope = value[name] * (1.0 - value[name])
            found[name] = float(slope * error)
        return found

    def correlations(self) -> tuple[list[str], FloatArray]:
        """Of the free coordinates."""
        names = [name for name, free in zip(NAMES, self.is_free, strict=True) if free]
        spread = np.sqrt(np.diag(self.covariance))
        return names, self.covariance / np.outer(spread, spread)

    def decrement(self) -> float:
        """How much a Newton step could still lower the cost."""
        slope = self.gradient[self.is_free]
        return float(0.5 * slope @ self.covariance @ slope)

    def sample(self, generator: np.random.Generator) -> tuple[FloatArray, float]:
        """Draws by importance resampling, and the effective number of proposals."""
        free, count = self.is_free, int(self.is_free.sum())
        root = WIDER * np.linalg.cholesky(self.covariance)
        noise = generator.standard_normal((DRAWS, count))
        points = np.tile(self.point, (DRAWS, 1))
        points[:, free] += noise @ root.T
        log = 0.5 * (noise**2).sum(axis=1)
        low, high = np.transpose(BOUNDS)
        is_inside = ((points >= low) & (points <= high)).all(axis=1)
        cost = np.array(
            [
                self.objective.weak(one) - self.objective.trial.persons(one).sum() if inside else np.inf
                for one, inside in zip(points, is_inside, strict=True)
            ]
        )
        log = log - (cost - self.cost)
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        # Systematic resampling: the least noise for a given number of draws.
        places = (np.arange(KEPT) + generator.random()) / KEPT
        chosen = np.minimum(np.searchsorted(np.cumsum(weight), places), DRAWS - 1)
        return points[chosen], float(1.0 / (weight**2).sum())
