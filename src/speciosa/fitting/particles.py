"""Sequential Monte Carlo for one person: a cloud of weighted particles that follows the data.

A cloud goes from one density to the next over a bridge of powers, each step as long as half of the particles
stay effective (Del Moral, Doucet and Jasra 2006). Where too few are left they are drawn anew and moved by
random-walk Metropolis steps of the cloud's own covariance, as often as it takes. The bridge from the prior to
all data is the tempered way; one bridge for each time of observation is the data-ordered way (Chopin 2002); a
bridge from old to new data is an update. Every evaluation of the cloud is one call of the engine, and the
seed decides all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from speciosa.errors import FitError
from speciosa.fitting.unknowns import Unknowns

FloatArray = npt.NDArray[np.float64]
Known = TypeVar("Known", bound=Unknowns)
Density = Callable[[FloatArray], FloatArray]
LEAST_EFFECTIVE = 0.5
SPREAD = 2.38
MOST_MOVES, UNMOVED = 60, 0.01
HALVINGS = 50
TARGET_RATE, GAIN = 0.25, 1.0


@dataclass(frozen=True)
class Cloud(Generic[Known]):
    """Weighted particles of one person's unknowns.

    Parameters
    ----------
    posterior : Unknowns
    points : (n, d) float
        On the scales.
    log_weights : (n,) float
        Normalized.
    log_evidence : float
        Log probability of all that was seen.
    evaluations : int
        Rows that the engine was given, in all.
    seed : int
    stage : int
        How many bridges were crossed; part of the seed of the next.
    """

    posterior: Known
    points: FloatArray
    log_weights: FloatArray
    log_evidence: float
    evaluations: int
    seed: int
    stage: int
    methods: ClassVar[tuple[str, ...]] = ("delmoral2006", "chopin2002")

    @property
    def weights(self) -> FloatArray:
        """Weights, which add up to one."""
        return np.asarray(np.exp(self.log_weights))

    @property
    def effective(self) -> float:
        """Effective number of particles."""
        return float(1.0 / (self.weights**2).sum())

    @property
    def mean(self) -> FloatArray:
        """Mean on the scales."""
        return np.asarray(self.weights @ self.points)

    @property
    def covariance(self) -> FloatArray:
        """Covariance on the scales."""
        apart = self.points - self.mean
        return np.asarray((self.weights[:, None] * apart).T @ apart)

    def quantiles(self, shares: FloatArray) -> FloatArray:
        """Quantiles in natural units, (shares, d)."""
        return weighted_quantiles(self.posterior.natural(self.points), self.weights, shares)

    def updated(self, posterior: Known, *, moves: int = MOST_MOVES) -> Cloud[Known]:
        """The cloud after new data: the same unknowns and prior, more (or other) observations.

        Parameters
        ----------
        posterior : Unknowns
        moves : int
            As for `tempered`.

        Raises
        ------
        FitError
            If the unknowns or their prior are others.
        """
        is_same = posterior.names == self.posterior.names and np.array_equal(
            posterior.mean, self.posterior.mean
        )
        if not is_same:
            raise FitError(
                "the unknowns or their prior have changed", expected="the same, and other observations"
            )
        generator = np.random.default_rng([self.seed, self.stage])
        state = _State(
            posterior, self.points, self.log_weights, self.log_evidence, self.evaluations, generator, moves
        )
        state.cross(self.posterior.log_likelihood, posterior.log_likelihood)
        return state.cloud(self.seed, self.stage + 1)

    def __repr__(self) -> str:
        low, middle, high = self.quantiles(np.array([0.05, 0.5, 0.95]))
        lines = [
            f"  {name:<24} {b:>12.5g}  [{a:.5g} to {c:.5g}]"
            for name, a, b, c in zip(self.posterior.names, low, middle, high, strict=True)
        ]
        head = f"{len(self.points)} particles, {self.effective:.0f} effective; median [5 % to 95 %]"
        return "\n".join([head, *lines])


class _State(Generic[Known]):
    """A cloud on its way."""

    def __init__(
        self,
        posterior: Known,
        points: FloatArray,
        log_weights: FloatArray,
        log_evidence: float,
        evaluations: int,
        generator: np.random.Generator,
        moves: int,
    ) -> None:
        self._posterior, self._generator, self._moves = posterior, generator, moves
        self.points, self.log_weights = points.copy(), log_weights.copy()
        self.log_evidence, self.evaluations = log_evidence, evaluations
        self._scale = SPREAD / np.sqrt(points.shape[1])

    def cloud(self, seed: int, stage: int) -> Cloud[Known]:
        """What it is now."""
        return Cloud(
            self._posterior, self.points, self.log_weights, self.log_evidence, self.evaluations, seed, stage
        )

    def cross(self, old: Density | None, new: Density) -> None:
        """From the weights by one likelihood to those by another; no old one means the prior alone."""
        count = len(self.points)
        before = np.zeros(count) if old is None else old(self.points)
        after = new(self.points)
        self.evaluations += count * (1 if old is None else 2)
        power = 0.0
        while power < 1.0:
            # A particle that neither likelihood allows has no weight already.
            change = np.where(np.isfinite(after), after - np.where(np.isfinite(before), before, 0.0), -np.inf)
            step = self._longest(change, 1.0 - power)
            moved = self.log_weights + step * change
            total = logsumexp(moved)
            if not np.isfinite(total):
                raise FitError(
                    "no particle can explain the observations",
                    where="sequential Monte Carlo",
                    expected="at least one with a likelihood above zero",
                    advice="Look at the observations and at the spread of the prior, or take more particles.",
                )
            self.log_evidence += float(total)
            self.log_weights = moved - total
            power = 1.0 if step >= 1.0 - power else power + step
            if 1.0 / np.exp(2.0 * self.log_weights).sum() < LEAST_EFFECTIVE * count * (1.0 + 1e-9):
                before, after = self._renewed(old, new, before, after, power)

    def _longest(self, change: FloatArray, most: float) -> float:
        """The longest step that leaves enough effective particles."""

        def effective(step: float) -> float:
            moved = self.log_weights + step * change
            total = logsumexp(moved)
            return float(np.exp(2.0 * total - logsumexp(2.0 * moved))) if np.isfinite(total) else 0.0

        least = LEAST_EFFECTIVE * len(self.points)
        if effective(most) >= least:
            return most
        low, high = 0.0, most
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if effective(middle) >= least else (low, middle)
        # Where particles are lost at once (no likelihood at all), the smallest step finds those that stay.
        return max(high, most * 1e-9)

    def _renewed(
        self, old: Density | None, new: Density, before: FloatArray, after: FloatArray, power: float
    ) -> tuple[FloatArray, FloatArray]:
        """Draw the particles anew and move each by Metropolis steps at the present power."""
        generator, posterior, count = self._generator, self._posterior, len(self.points)
        weights = np.exp(self.log_weights)
        apart = self.points - weights @ self.points
        covariance = (weights[:, None] * apart).T @ apart
        ridge = 1e-10 * np.trace(posterior.covariance) * np.eye(posterior.size)
        factor = np.linalg.cholesky(covariance + ridge)
        places = (generator.random() + np.arange(count)) / count
        chosen = np.minimum(np.searchsorted(np.cumsum(weights), places), count - 1)
        self.points, before, after = self.points[chosen], before[chosen], after[chosen]
        self.log_weights = np.full(count, -np.log(count))
        level = posterior.log_prior(self.points) + _mixed(before, after, power)
        unmoved = 1.0
        # Once over the bridge, what was on this side of it matters no more.
        is_over = old is None or power >= 1.0
        for _ in range(self._moves):
            step = self._scale * generator.standard_normal(self.points.shape) @ factor.T
            trial = self.points + step
            first = np.zeros(count) if is_over or old is None else old(trial)
            second = new(trial)
            self.evaluations += count * (1 if is_over else 2)
            found = posterior.log_prior(trial) + _mixed(first, second, power)
            is_taken = np.log(generator.random(count)) < found - level
            self.points[is_taken], level[is_taken] = trial[is_taken], found[is_taken]
            before[is_taken], after[is_taken] = first[is_taken], second[is_taken]
            rate = float(is_taken.mean())
            self._scale *= float(np.exp(GAIN * (rate - TARGET_RATE)))
            unmoved *= 1.0 - rate
            if unmoved < UNMOVED:
                break
        return before, after


def _mixed(before: FloatArray, after: FloatArray, power: float) -> FloatArray:
    """Log likelihood between an old and a new one."""
    if power >= 1.0:
        return after
    with np.errstate(invalid="ignore"):
        found = (1.0 - power) * before + power * after
    return np.where(np.isfinite(found), found, -np.inf)


def tempered(posterior: Known, *, count: int = 1000, seed: int = 1, moves: int = MOST_MOVES) -> Cloud[Known]:
    """A cloud that goes from the prior to the posterior over powers of the whole likelihood.

    Parameters
    ----------
    posterior : Unknowns
    count : int
        Particles.
    seed : int
    moves : int
        How often particles are moved at most where they were drawn anew; fewer than it takes for nearly all
        to have moved leaves copies, and saves time with a heavy model.

    Returns
    -------
    Cloud

    Raises
    ------
    FitError
        If no particle can explain the observations.
    """
    state = _begun(posterior, count, seed, moves)
    state.cross(None, posterior.log_likelihood)
    return state.cloud(seed, 1)


def by_data(posterior: Known, *, count: int = 1000, seed: int = 1, moves: int = MOST_MOVES) -> Cloud[Known]:
    """A cloud that takes in the observations in the order of their times.

    Parameters
    ----------
    posterior : Unknowns
    count : int
        Particles.
    seed : int
    moves : int
        As for `tempered`.

    Returns
    -------
    Cloud
    """
    when = posterior.when
    state = _begun(posterior, count, seed, moves)

    def until(time: float) -> Density:
        columns = when <= time

        def density(rows: FloatArray) -> FloatArray:
            return np.asarray(posterior.densities(rows)[:, columns].sum(axis=1))

        return density

    old: Density | None = None
    times = np.unique(when[np.isfinite(when)])
    for time in times:
        new = until(float(time))
        state.cross(old, new)
        old = new
    return state.cloud(seed, len(times))


def _begun(posterior: Known, count: int, seed: int, moves: int) -> _State[Known]:
    generator = np.random.default_rng([seed, 0])
    points = posterior.prior_draws(count, generator)
    return _State(posterior, points, np.full(count, -np.log(count)), 0.0, 0, generator, moves)


def weighted_quantiles(values: FloatArray, weights: FloatArray, shares: FloatArray) -> FloatArray:
    """Quantiles of weighted rows, (shares, ...).

    Parameters
    ----------
    values : (n, ...) float
    weights : (n,) float
        Adding up to one.
    shares : (k,) float
        From 0 to 1.
    """
    flat = values.reshape(len(values), -1)
    order = np.argsort(flat, axis=0, kind="stable")
    sorted_values = np.take_along_axis(flat, order, axis=0)
    reached = np.cumsum(weights[order], axis=0) - 0.5 * weights[order]
    found = np.empty((len(shares), flat.shape[1]))
    for column in range(flat.shape[1]):
        found[:, column] = np.interp(shares, reached[:, column], sorted_values[:, column])
    return found.reshape(len(shares), *values.shape[1:])
