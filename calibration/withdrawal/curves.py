"""Probability of severity classes against latent severity, tabulated from the rating model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import Scale
from speciosa.results.ratings import Rating

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LOWEST, HIGHEST, GRAIN = -16.0, 12.0, 0.02
LEAST = 1e-12
STEP = 1e-4


@dataclass(frozen=True)
class Curves:
    """Classes of one scale, for any occasion noise.

    Parameters
    ----------
    scale : Scale
    discrimination, weak, per_point : float
        Of the rating model.
    lower : tuple of int
        Lowest total of each class but the first.
    """

    scale: Scale
    discrimination: float
    weak: float
    per_point: float
    lower: tuple[int, ...]

    @cached_property
    def once(self) -> tuple[FloatArray, FloatArray]:
        """Log severity, and the probability of at least each lowest total without occasion noise."""
        level = np.arange(LOWEST, HIGHEST, GRAIN)
        rating = Rating(self.scale, self.discrimination, self.weak, self.per_point, 0.0)
        totals = rating.totals_once(dict.fromkeys(rating.arms, np.exp(level)))
        return level, np.stack([totals[:, limit:].sum(axis=1) for limit in self.lower])

    @cached_property
    def mean_once(self) -> FloatArray:
        """Expected total without occasion noise."""
        level, _ = self.once
        rating = Rating(self.scale, self.discrimination, self.weak, self.per_point, 0.0)
        totals = rating.totals_once(dict.fromkeys(rating.arms, np.exp(level)))
        return np.asarray(totals @ np.arange(self.scale.maximum + 1))

    def mean(self, severity: FloatArray, noise: float) -> FloatArray:
        """Expected total over occasions."""
        level, _ = self.once
        nodes, weights = occasions(self.scale)
        log = np.log(severity)
        return np.asarray(
            sum(
                weight * np.interp(log + noise * node, level, self.mean_once)
                for node, weight in zip(nodes, weights, strict=True)
            )
        )

    def logs(self, noise: float) -> tuple[FloatArray, FloatArray]:
        """Log probability of each class on the grid of log severity, and its derivative by the noise."""
        high, low = self._log_classes(noise + STEP), self._log_classes(noise - STEP)
        return self._log_classes(noise), (high - low) / (2.0 * STEP)

    def _log_classes(self, noise: float) -> FloatArray:
        level, once = self.once
        above = np.zeros_like(once)
        for node, weight in zip(*occasions(self.scale), strict=True):
            for row in range(len(once)):
                above[row] += weight * np.interp(level + noise * node, level, once[row])
        chance = -np.diff(np.vstack([np.ones(len(level)), above, np.zeros(len(level))]), axis=0)
        return np.log(np.maximum(chance, LEAST))


def occasions(scale: Scale) -> tuple[FloatArray, FloatArray]:
    """Standard normal nodes of the rating model and their weights."""
    rating = Rating(scale, 1.0, 1.0, 1.0, 1.0)
    factors, weights = rating.occasions
    return np.log(factors), weights


def place(log_severity: FloatArray) -> tuple[IntArray, FloatArray]:
    """Cell of the grid, and where in it."""
    at = np.clip((log_severity - LOWEST) / GRAIN, 0.0, (HIGHEST - LOWEST) / GRAIN - 2.001)
    cell = at.astype(np.int64)
    return cell, at - cell
