"""What is unknown of one person: names, a joint normal prior, and a likelihood that a subclass gives.

Sequential Monte Carlo, chains and the search for the most probable values need no more than this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from speciosa.fitting.normal import LOG_TWO_PI

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unknowns(ABC):
    """Unknowns with a normal prior on their scales.

    Parameters
    ----------
    names : tuple of str
    mean : (d,) float
        Of the prior.
    covariance : (d, d) float
        Of the prior.
    """

    names: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray

    @cached_property
    def _factor(self) -> FloatArray:
        return np.asarray(np.linalg.cholesky(self.covariance), dtype=np.float64)

    @cached_property
    def precision(self) -> FloatArray:
        """Inverse of the prior's covariance."""
        return np.asarray(np.linalg.inv(self.covariance), dtype=np.float64)

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return len(self.names)

    @property
    @abstractmethod
    def when(self) -> FloatArray:
        """Time of each observation, by the columns of `densities`; infinite where there is none."""

    @abstractmethod
    def densities(self, rows: FloatArray) -> FloatArray:
        """Log density of each observation, (rows, m); minus infinity where the model fails."""

    @abstractmethod
    def gradient(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`log_density` and its derivatives, (rows,) and (rows, d)."""

    @abstractmethod
    def natural(self, rows: FloatArray) -> FloatArray:
        """Unknowns in natural units, (rows, d)."""

    @abstractmethod
    def until(self, time: float) -> Self:
        """The same by what was seen up to a time."""

    def prior_draws(self, count: int, generator: np.random.Generator) -> FloatArray:
        """Draws from the prior, (count, d)."""
        return np.asarray(self.mean + generator.standard_normal((count, self.size)) @ self._factor.T)

    def log_prior(self, rows: FloatArray) -> FloatArray:
        """Log density of the prior, (rows,)."""
        z = np.linalg.solve(self._factor, (rows - self.mean).T)
        determinant = 2.0 * np.log(np.diagonal(self._factor)).sum()
        return np.asarray(-0.5 * ((z**2).sum(axis=0) + determinant + self.size * LOG_TWO_PI))

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """Log density of all observations, (rows,)."""
        return np.asarray(self.densities(rows).sum(axis=1))

    def log_density(self, rows: FloatArray) -> FloatArray:
        """Log of prior times likelihood, (rows,)."""
        return self.log_prior(rows) + self.log_likelihood(rows)
