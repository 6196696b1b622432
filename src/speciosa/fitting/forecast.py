"""What is to come for one person: bands of outputs and probabilities of classes, from draws of unknowns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.engine import Changes, Schedules
from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.classes import ClassCounts, Ordinal
from speciosa.fitting.particles import Cloud, weighted_quantiles
from speciosa.fitting.peak import Peak
from speciosa.fitting.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Forecast:
    """Courses of draws from one person's posterior.

    Parameters
    ----------
    posterior : Posterior
    times : (n_times,) float
    points : (n, d) float
        The draws, on the scales.
    weights : (n,) float
    values : (n, n_times, outputs) float
    """

    posterior: Posterior
    times: FloatArray
    points: FloatArray
    weights: FloatArray
    values: FloatArray

    def course(self, output: str) -> FloatArray:
        """One output, (n, n_times).

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        outputs = self.posterior.problem.kernel.outputs
        if output not in outputs:
            raise UnknownNameError("output", output, outputs)
        return self.values[..., outputs.index(output)]

    def bands(self, output: str, shares: tuple[float, ...] = SHARES) -> pd.DataFrame:
        """Quantiles of the output itself, without the scatter of observations; one row a time."""
        found = weighted_quantiles(self.course(output), self.weights, np.array(shares))
        columns = [f"p{100.0 * share:g}" for share in shares]
        import pandas as pd

        return pd.DataFrame(found.T, index=pd.Index(self.times, name="time"), columns=columns)

    def classes(self, label: str) -> pd.DataFrame:
        """Probability of each class of a measurement; one row a time.

        Raises
        ------
        FitError
            If the measurement has no classes.
        UnknownNameError
            For an unknown measurement.
        """
        measurements = self.posterior.problem.measurements
        known = {item.label: (index, item) for index, item in enumerate(measurements)}
        if label not in known:
            raise UnknownNameError("measurement", label, known)
        index, item = known[label]
        if not isinstance(item.model, Ordinal | ClassCounts):
            raise FitError(
                f"observations are {type(item.model).__name__}", where=label, expected="ordered classes"
            )
        own = self.posterior.own(self.points)[index]
        chances = item.model.classes.probabilities(self.course(item.output), own)
        mean = np.einsum("n,ntk->tk", self.weights, chances)
        import pandas as pd

        return pd.DataFrame(mean, index=pd.Index(self.times, name="time"))


def forecast(
    known: Cloud[Posterior] | Peak[Posterior],
    times: FloatArray,
    *,
    schedules: Schedules | None = None,
    changes: Changes | None = None,
    draws: int = 300,
    seed: int = 1,
) -> Forecast:
    """What the outputs of one person will be.

    Parameters
    ----------
    known : Cloud or Peak
        Draws are taken from it.
    times : (n_times,) float
        Increasing, h.
    schedules : Schedules, optional
        Of the one person, with the doses to come; those so far if left out.
    changes : Changes, optional
    draws : int
    seed : int

    Returns
    -------
    Forecast

    Raises
    ------
    FitError
        If no draw can be solved.
    """
    if isinstance(known, Cloud):
        generator = np.random.default_rng(seed)
        places = (generator.random() + np.arange(draws)) / draws
        chosen = np.minimum(np.searchsorted(np.cumsum(known.weights), places), len(known.points) - 1)
        points = known.points[chosen]
    else:
        points = known.draws(draws, seed)
    values = known.posterior.predict(points, times, schedules=schedules, changes=changes)
    is_good = np.isfinite(values).all(axis=(1, 2))
    if not is_good.any():
        raise FitError(
            "none of the draws can be solved", where="forecast", expected="at least one",
            advice="Look at the posterior: its draws leave what the model can represent.",
        )  # fmt: skip
    points, values = points[is_good], values[is_good]
    weights = np.full(len(points), 1.0 / len(points))
    return Forecast(known.posterior, np.asarray(times, dtype=np.float64), points, weights, values)
