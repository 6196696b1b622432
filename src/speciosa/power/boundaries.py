"""Group-sequential boundaries: when a trial may stop early, for benefit or for want of it.

Score statistics of a trial that grows behave as a Brownian motion with drift over the share of information.
The chance to cross a boundary at each look is integrated from look to look (Armitage and others 1969); the
boundary for benefit spends the error of the first kind as Lan and DeMets (1983) let it. The boundary for
futility is that of conditional power under the trend so far (Lan, Simon and Halperin 1982); it does not bind:
the boundary for benefit holds whether or not it is kept. No kept package for Python computes these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from speciosa.errors import TrialError, UnknownNameError

FloatArray = npt.NDArray[np.float64]
Spending = Literal["O'Brien-Fleming", "Pocock"]
SPENDING: tuple[str, ...] = get_args(Spending)
SOURCES = ("landemets1983", "armitage1969", "lansimonhalperin1982")
"""Source keys of the methods."""
# Nodes of the integration for each standard deviation of an increment, and at least.
_NODES, _LEAST = 12, 96
_WIDEST = 10.0
_SMALLEST_STEP = 0.01


@dataclass(frozen=True)
class Looks:
    """When a trial is looked at, and what makes it stop.

    Parameters
    ----------
    times : tuple of float
        Shares of the information, increasing, the last one 1.
    alpha : float
        Error of the first kind, of both sides.
    spending : {"O'Brien-Fleming", "Pocock"}
        How it is spent: late, or evenly.
    futility : float, optional
        Conditional power under the trend so far below which a trial is futile; none if left out.

    Raises
    ------
    TrialError
        If the looks or levels cannot be used.

    Examples
    --------
    >>> Looks((0.5, 1.0)).benefit.round(3).tolist()
    [2.963, 1.969]
    """

    times: tuple[float, ...]
    alpha: float = 0.05
    spending: Spending = "O'Brien-Fleming"
    futility: float | None = None

    def __post_init__(self) -> None:
        steps = np.diff(self.times, prepend=0.0)
        if not self.times or abs(self.times[-1] - 1.0) > 1e-9 or (steps < _SMALLEST_STEP).any():  # noqa: PLR2004
            raise TrialError(
                f"looks at {', '.join(f'{time:g}' for time in self.times) or 'no time'} cannot be used",
                expected=f"increasing shares of the people that end at 1, at least {_SMALLEST_STEP:g} apart",
            )
        if not 0.0 < self.alpha < 0.5:  # noqa: PLR2004
            raise TrialError(f"alpha is {self.alpha:g}", expected="more than 0 and less than 0.5")
        if self.spending not in SPENDING:
            raise UnknownNameError("spending", self.spending, SPENDING)
        if self.futility is not None and not 0.0 < self.futility < 0.5:  # noqa: PLR2004
            raise TrialError(
                f"futility is {self.futility:g}",
                expected="a conditional power of more than 0 and less than 0.5",
            )

    def spent(self, time: float) -> float:
        """Error of the first kind that may be spent up to a share of the information.

        Parameters
        ----------
        time : float
        """
        one_sided = self.alpha / 2.0
        if self.spending == "Pocock":
            return 2.0 * one_sided * float(np.log1p((np.e - 1.0) * time))
        return 4.0 * float(ndtr(ndtri(one_sided / 2.0) / np.sqrt(time)))

    @property
    def benefit(self) -> FloatArray:
        """Absolute z beyond which the trial stops for a difference, at each look."""
        found: list[float] = []
        density = _Density.start()
        before, spent = 0.0, 0.0
        for time in self.times:
            due = self.spent(time) - spent
            step = time - before

            def excess(level: float, density: _Density = density, step: float = step, time: float = time,
                       due: float = due) -> float:  # fmt: skip
                edge = level * np.sqrt(time)
                return density.beyond(edge, step) + density.below(-edge, step) - due

            level = float(brentq(excess, 0.0, _WIDEST, xtol=1e-10))
            found.append(level)
            density = density.moved(step, -level * np.sqrt(time), level * np.sqrt(time))
            before, spent = time, self.spent(time)
        return np.array(found)

    @property
    def futile(self) -> FloatArray:
        """Z, positive where better, below which the trial is futile; minus infinity where it cannot be."""
        times, last = np.array(self.times), float(self.benefit[-1])
        found = np.full(len(times), -np.inf)
        if self.futility is not None:
            early = times[:-1]
            found[:-1] = np.sqrt(early) * (last + np.sqrt(1.0 - early) * float(ndtri(self.futility)))
        return found

    def chances(self, drift: float) -> tuple[FloatArray, FloatArray]:
        """Chance to stop at each look.

        Parameters
        ----------
        drift : float
            Mean of z at the end, in the wanted direction.

        Returns
        -------
        benefit, futility : ndarray
            Of stopping for a difference in the wanted direction, and for futility.
        """
        upper, lower = self.benefit, np.maximum(self.futile, -self.benefit)
        density, before = _Density.start(), 0.0
        benefit, futility = np.zeros(len(upper)), np.zeros(len(upper))
        for place, time in enumerate(self.times):
            step, root = time - before, np.sqrt(time)
            high, low = upper[place] * root, lower[place] * root
            benefit[place] = density.beyond(high, step, drift)
            if np.isfinite(self.futile[place]):
                futility[place] = density.below(low, step, drift)
            density, before = density.moved(step, low, high, drift), time
        return benefit, futility


@dataclass(frozen=True)
class _Density:
    """Where the score is while the trial goes on: points, and the weight of each."""

    at: FloatArray
    weight: FloatArray

    @classmethod
    def start(cls) -> _Density:
        return cls(np.zeros(1), np.ones(1))

    def beyond(self, edge: float, step: float, drift: float = 0.0) -> float:
        """Chance that the next score is above an edge."""
        return float(self.weight @ ndtr((self.at + drift * step - edge) / np.sqrt(step)))

    def below(self, edge: float, step: float, drift: float = 0.0) -> float:
        """Chance that the next score is below an edge."""
        return float(self.weight @ ndtr((edge - self.at - drift * step) / np.sqrt(step)))

    def moved(self, step: float, low: float, high: float, drift: float = 0.0) -> _Density:
        """The density one look later, between the edges."""
        count = max(_LEAST, int(np.ceil(_NODES * (high - low) / np.sqrt(step))))
        nodes, weights = np.polynomial.legendre.leggauss(count)
        at = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        away = (at[:, None] - self.at[None, :] - drift * step) / np.sqrt(step)
        density = np.exp(-0.5 * away**2) / np.sqrt(2.0 * np.pi * step) @ self.weight
        return _Density(at, 0.5 * (high - low) * weights * density)


def looks_of(times: Sequence[float], alpha: float, spending: str, futility: float | None) -> Looks:
    """Looks at some shares of the information and at the end.

    Parameters
    ----------
    times : sequence of float
        Before the end.
    alpha : float
    spending : str
    futility : float, optional

    Returns
    -------
    Looks
    """
    early = tuple(time for time in times if time != 1.0)
    return Looks((*early, 1.0), alpha, spending, futility)  # type: ignore[arg-type]
