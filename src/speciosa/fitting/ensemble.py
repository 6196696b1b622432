"""Markov chain Monte Carlo for one person, as a check of the faster ways: an ensemble of walkers.

The stretch move of Goodman and Weare (2010) needs no tuning and is the same for every scaling of unknowns.
Half of the walkers move at once, which is one call of the engine. It is written out here, since it is
thirty lines, and so takes the program's own random generators without one more package to depend on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from speciosa.errors import FitError
from speciosa.fitting.peak import peak
from speciosa.fitting.unknowns import Unknowns

FloatArray = npt.NDArray[np.float64]
STRETCH = 2.0
WINDOW = 5.0  # autocorrelation times that their estimate sums over (Sokal)


@dataclass(frozen=True)
class Chain:
    """Draws from a posterior.

    Parameters
    ----------
    posterior : Unknowns
    steps : (n_steps, walkers, d) float
        After burn-in, on the scales.
    accepted : float
        Share of moves taken.
    """

    posterior: Unknowns
    steps: FloatArray
    accepted: float
    methods: ClassVar[tuple[str, ...]] = ("goodman2010",)

    @property
    def points(self) -> FloatArray:
        """All draws, (draws, d)."""
        return self.steps.reshape(-1, self.steps.shape[2])

    @property
    def times(self) -> FloatArray:
        """Autocorrelation time of each unknown, in steps."""
        return np.array([autocorrelation_time(self.steps[:, :, j]) for j in range(self.steps.shape[2])])

    @property
    def effective(self) -> FloatArray:
        """Effective number of draws of each unknown."""
        return np.asarray(self.steps.shape[0] * self.steps.shape[1] / self.times)

    @property
    def likeness(self) -> FloatArray:
        """Split R-hat of each unknown, walkers as chains: near 1 where all have seen the same."""
        half = self.steps.shape[0] // 2
        parts = np.concatenate([self.steps[:half], self.steps[half : 2 * half]], axis=1)
        within = parts.var(axis=0, ddof=1).mean(axis=0)
        between = parts.mean(axis=0).var(axis=0, ddof=1)
        return np.asarray(np.sqrt((within * (half - 1) / half + between) / within))


def chain(
    posterior: Unknowns, *, steps: int = 1000, burn_in: int = 300, walkers: int | None = None, seed: int = 1
) -> Chain:
    """Draw from a posterior.

    Parameters
    ----------
    posterior : Unknowns
    steps, burn_in : int
        Kept, and left out before.
    walkers : int, optional
        An even number, at least twice the number of unknowns; eight times if left out.
    seed : int

    Returns
    -------
    Chain

    Raises
    ------
    FitError
        If there are too few walkers.
    """
    d = posterior.size
    count = 8 * d if walkers is None else walkers
    if count % 2 or count < 2 * d:
        raise FitError(f"there are {count} walkers", expected=f"an even number, {2 * d} or more")
    generator = np.random.default_rng(seed)
    begin = peak(posterior)
    points = begin.draws(count, seed) if np.isfinite(begin.covariance).all() else None
    points = posterior.prior_draws(count, generator) if points is None else points
    level = posterior.log_density(points)
    kept, taken = np.empty((steps, count, d)), 0
    halves = (np.arange(count // 2), np.arange(count // 2, count))
    for step in range(burn_in + steps):
        for mine, others in (halves, halves[::-1]):
            z = ((STRETCH - 1.0) * generator.random(len(mine)) + 1.0) ** 2 / STRETCH
            partner = points[others[generator.integers(len(others), size=len(mine))]]
            trial = partner + z[:, None] * (points[mine] - partner)
            found = posterior.log_density(trial)
            chance = (d - 1) * np.log(z) + found - level[mine]
            is_taken = np.log(generator.random(len(mine))) < chance
            points[mine[is_taken]], level[mine[is_taken]] = trial[is_taken], found[is_taken]
            taken += int(is_taken.sum()) if step >= burn_in else 0
        if step >= burn_in:
            kept[step - burn_in] = points
    return Chain(posterior, kept, taken / (steps * count))


def autocorrelation_time(steps: FloatArray) -> float:
    """Integrated autocorrelation time of walkers (n_steps, walkers), with Sokal's window."""
    n = len(steps)
    apart = steps - steps.mean()
    padded = np.fft.rfft(apart, n=2 * n, axis=0)
    products = np.fft.irfft(np.abs(padded) ** 2, axis=0)[:n].mean(axis=1)
    if products[0] <= 0.0:
        return float(n)
    total = 2.0 * np.cumsum(products / products[0]) - 1.0
    enough = np.flatnonzero(np.arange(n) >= WINDOW * total)
    return float(max(1.0, total[enough[0] if enough.size else n - 1]))
