"""Observations on a rating scale: totals, severity classes and items, given the latent severity.

With severity L, occasion noise s and the item model of the scale, an observation y has

    p(y | L) = E[p(y | L exp(s z))],    z standard normal,

tabulated against ln L for everything that can be seen on the scale and read by cubic pieces, so that a
likelihood costs one look-up an observation. All arms are taken to be equally severe; where alpha-2A agonists
part them, the caller says which severity stands for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.fitting.contract import Own, Terms
from speciosa.results import Rating

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# Grid of ln L: from far below the lightest rating to far above the heaviest.
LOWEST, HIGHEST, GRAIN = -12.0, 8.0, 0.05
LEAST = 1e-12
"""Smallest probability: a rating that the model holds for impossible may still be a slip of the pen."""


@dataclass(frozen=True)
class Rated:
    """Ratings of one scale; what is predicted is the latent severity.

    An observed value is a code: the total itself, then one number a severity class (`class_code`), then one a
    pattern of items (`pattern_code`).

    Parameters
    ----------
    rating : Rating
    lower : tuple of int
        Lowest total of each class but the mildest; empty where the scale has no classes.
    patterns : tuple of tuple of int
        Scores of all items, for each rating that is known item by item.

    Examples
    --------
    >>> from speciosa.body.scales import COWS
    >>> model = Rated(Rating(COWS, 2.0, 0.5, 1.0, 0.5), lower=(5, 13, 25, 37))
    >>> model.class_code(1), model.chances(np.array([0.1, 3.0])).shape
    (50, (2, 49))
    """

    rating: Rating
    lower: tuple[int, ...] = ()
    patterns: tuple[tuple[int, ...], ...] = ()
    columns = 0
    is_normal = False

    @property
    def own(self) -> tuple[Own, ...]:
        """None: how the scale is rated is known."""
        return ()

    def class_code(self, place: int) -> int:
        """Code of a severity class, 0 for the mildest."""
        return self.rating.scale.maximum + 1 + place

    def pattern_code(self, place: int) -> int:
        """Code of a pattern of items."""
        return self.class_code(len(self.lower) + 1) + place

    def ends(self, code: int) -> tuple[int, int]:
        """Lowest and highest total that a code stands for."""
        most = self.rating.scale.maximum
        if code <= most:
            return code, code
        if code < self.pattern_code(0):
            edges = (0, *self.lower, most + 1)
            return edges[code - most - 1], edges[code - most] - 1
        total = sum(self.patterns[code - self.pattern_code(0)])
        return total, total

    @cached_property
    def grid(self) -> FloatArray:
        """Ln L of the tables."""
        return np.arange(LOWEST, HIGHEST + 0.5 * GRAIN, GRAIN)

    @cached_property
    def _totals(self) -> FloatArray:
        """Probability of each total, (grid, totals)."""
        severity = np.exp(self.grid)
        once = self.rating.totals_once(dict.fromkeys(self.rating.arms, severity))
        return self._over_occasions(once)

    def _over_occasions(self, once: FloatArray) -> FloatArray:
        """Mean over occasions of what holds on one, (grid, ...)."""
        factors, weights = self.rating.occasions
        found = np.zeros_like(once)
        for factor, weight in zip(factors, weights, strict=True):
            place, rest = self._place(self.grid + np.log(factor))
            rest = rest[:, None]
            found += weight * (once[place] * (1.0 - rest) + once[place + 1] * rest)
        return found

    @cached_property
    def classes(self) -> FloatArray:
        """Probability of each severity class, (grid, classes)."""
        return np.asarray(np.add.reduceat(self._totals, [0, *self.lower], axis=1))

    @cached_property
    def _items(self) -> FloatArray:
        """Probability of each pattern of items, (grid, patterns)."""
        scale, severity = self.rating.scale, np.exp(self.grid)
        shares = [np.log(np.maximum(self.rating.shares(item, severity), LEAST)) for item in scale.items]
        once = [
            sum(
                share[:, (0, *item.points).index(points)]
                for share, item, points in zip(shares, scale.items, pattern, strict=True)
            )
            for pattern in self.patterns
        ]
        return self._over_occasions(np.exp(np.stack(once, axis=1)))

    @cached_property
    def _logs(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """By code on the grid: log probability, its slope, and Fisher's information, (codes, grid)."""
        # Items are many, so that their probability may be far below that of any total.
        parts = [(self._totals, LEAST), (self.classes, LEAST)]
        if self.patterns:
            parts.append((self._items, LEAST ** len(self.rating.scale.items)))
        logs, slopes, information = [], [], []
        for chance, least in parts:
            log = np.log(np.maximum(chance, least)).T
            slope = np.gradient(log, GRAIN, axis=1)
            logs.append(log)
            slopes.append(slope)
            # Of patterns those of the totals stand for all: there are too many patterns to sum over.
            whole, there = (chance, slope) if least == LEAST else (self._totals, slopes[0])
            expected = (whole.T * there**2).sum(axis=0)
            information.append(np.broadcast_to(expected, log.shape))
        return np.concatenate(logs), np.concatenate(slopes), np.concatenate(information)

    def _place(self, log: FloatArray) -> tuple[IntArray, FloatArray]:
        """Cell of the grid, and where in it."""
        at = np.clip((log - LOWEST) / GRAIN, 0.0, len(self.grid) - 1.0 - 1e-9)
        cell = at.astype(np.int64)
        return cell, at - cell

    def log_chances(self, code: IntArray, log_severity: FloatArray) -> FloatArray:
        """Log probability of what was seen, at ln L; shapes as they broadcast."""
        logs, slopes = (table.ravel() for table in self._logs[:2])
        cell, t = self._place(log_severity)
        # One flat index is read twice as fast as two.
        at = code * len(self.grid) + cell
        low, high = logs[at], logs[at + 1]
        rise, fall = slopes[at] * GRAIN, slopes[at + 1] * GRAIN
        gap = high - low
        return np.asarray(
            low + t * (rise + t * (3.0 * gap - 2.0 * rise - fall + t * (rise + fall - 2.0 * gap)))
        )

    def chances(self, severity: FloatArray) -> FloatArray:
        """Probability of each total, in a last axis."""
        return self._read(self._totals, severity)

    def class_chances(self, severity: FloatArray) -> FloatArray:
        """Probability of each severity class, in a last axis."""
        return self._read(self.classes, severity)

    def _read(self, table: FloatArray, severity: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            cell, rest = self._place(np.log(severity))
        return np.asarray(table[cell] * (1.0 - rest[..., None]) + table[cell + 1] * rest[..., None])

    def mixture(self, severity: FloatArray, weights: FloatArray) -> FloatArray:
        """Probability of each total over weighted rows of severities, (times, totals).

        Parameters
        ----------
        severity : (rows, times) float
        weights : (rows,) float
            Adding up to one.
        """
        size, count = len(self.grid), severity.shape[1]
        with np.errstate(divide="ignore"):
            cell, rest = self._place(np.log(severity))
        cell = cell + size * np.arange(count)
        heavy = np.broadcast_to(weights[:, None], rest.shape)
        on_grid = np.bincount(cell.ravel(), (heavy * (1.0 - rest)).ravel(), size * count)
        on_grid += np.bincount(cell.ravel() + 1, (heavy * rest).ravel(), size * count + 1)[: size * count]
        return np.asarray(on_grid.reshape(count, size) @ self._totals)

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives; see `contract.ObservationModel.terms`."""
        logs, slopes, known = self._logs
        seen = np.asarray(value, dtype=np.int64)
        with np.errstate(divide="ignore"):
            cell, t = self._place(np.log(predicted))
        low, high = logs[seen, cell], logs[seen, cell + 1]
        rise, fall = slopes[seen, cell] * GRAIN, slopes[seen, cell + 1] * GRAIN
        square, cube = 3.0 * (high - low) - 2.0 * rise - fall, rise + fall - 2.0 * (high - low)
        density = low + t * (rise + t * (square + t * cube))
        first = (rise + t * (2.0 * square + 3.0 * t * cube)) / GRAIN
        second = (2.0 * square + 6.0 * t * cube) / GRAIN**2
        information = known[seen, cell] * (1.0 - t) + known[seen, cell + 1] * t
        return Terms(density, first / predicted, -(second - first) / predicted**2, information / predicted**2)

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """New totals around predictions."""
        edges = np.cumsum(self.chances(predicted), axis=-1)[..., :-1]
        return np.asarray(
            (generator.random(predicted.shape)[..., None] > edges).sum(axis=-1), dtype=np.float64
        )

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values."""
        most = self.pattern_code(len(self.patterns)) - 1
        is_fine = (value == np.round(value)).all() and (value >= 0).all() and (value <= most).all()
        return "" if is_fine else f"a code of a rating is not one of 0 to {most}"
