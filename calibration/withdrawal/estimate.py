"""The most probable parameters: likelihood, weak priors from evidence rows, and the anchors of morphine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.evidence import Evidence
from withdrawal.likelihood import NAMES, Trial, point_of
from withdrawal.morphine import Morphine

FloatArray = npt.NDArray[np.float64]
STEP = 1e-3
MOST, LONGEST = 60, 0.7
ENOUGH, STALLED, HOPELESS = 1e-4, 1.0, 1e5
# Coordinates may not leave these: logs, but a logit for the share and ln(1 + reserve) for the reserve. That
# is held at zero: these data cannot tell it from the gain and the dependence at the start.
BOUNDS = (
    *((np.log(3.0), np.log(96.0)), (np.log(48.0), np.log(1500.0)), (-5.0, 5.0)),
    *((-5.0, 0.0), (-5.0, 0.0), (0.0, 0.0), (-1.0, 6.0), (-1.0, 1.5)),
    *((-3.0, 1.0), (-6.0, 0.5), (-2.5, 1.0), (-2.5, 0.7)),
)
COMMON = {
    "half_life.fast": 40.0,
    "half_life.slow": 300.0,
    "weight.fast": 0.25,
    "start.1": 0.25,
    "start.2": 0.2,
    "reserve": 0.0,
    "gain": 6.0,
    "exponent": 1.2,
    "gain.spread": 0.6,
    "floor": 0.05,
    "floor.spread": 1.0,
    "occasion": 0.6,
}
# Besides the common start: one time scale of six days, and steep severity.
STARTS: tuple[dict[str, float], ...] = (
    {},
    {"half_life.slow": 150.0, "weight.fast": 0.1, "exponent": 1.0, "gain": 15.0},
    {"gain": 8.0, "exponent": 1.8, "weight.fast": 0.6},
)


@dataclass(frozen=True)
class Prior:
    """Normal priors on coordinates.

    Parameters
    ----------
    center, width : float arrays
        A width of infinity is no prior.
    """

    center: FloatArray
    width: FloatArray

    @classmethod
    def of(cls, evidence: Evidence) -> Prior:
        """From the ranges of rows of start values: their ends are two SD from the middle."""
        center, width = np.zeros(len(NAMES)), np.full(len(NAMES), np.inf)

        def ends(row: str, factor: float = 1.0) -> tuple[float, float]:
            low, high = evidence.rows[row].interval or (np.nan, np.nan)
            return low * factor, high * factor

        def logit(share: float) -> float:
            return float(np.log(share / (1.0 - share)))

        spans = {
            "half_life.fast": np.log(ends("dep-t-fast")),
            "half_life.slow": np.log(ends("dep-t-slow", 24.0)),
            "exponent": np.log(ends("severity-exponent-items")),
            "weight.fast": [logit(share) for share in ends("dep-w-fast")],
        }
        for name, (low, high) in spans.items():
            place = NAMES.index(name)
            center[place], width[place] = (low + high) / 2.0, (high - low) / 4.0
        # No reserve is the most probable, the upper end of its range two SD away.
        width[NAMES.index("reserve")] = np.log1p(ends("reserve-suppression")[1]) / 2.0
        return cls(center, width)


@dataclass(frozen=True)
class Objective:
    """Minus the log posterior.

    Parameters
    ----------
    trial : Trial
    prior : Prior
    morphine : Morphine, optional
        Left out of the fit that rests on the trial alone.
    """

    trial: Trial
    prior: Prior
    morphine: Morphine | None = None

    def weak(self, point: FloatArray) -> float:
        """Cost of priors and anchors."""
        cost = 0.5 * float((((point - self.prior.center) / self.prior.width) ** 2).sum())
        if self.morphine is not None:
            misses = self.morphine.misses(point, self.trial.curves, self.trial.very_fast)
            cost += 0.5 * float(misses @ misses)
        return cost

    def full(self, point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Value, gradient, and the scatter of scores with the curvature of the priors."""
        total, scores = self.trial.scores(point)
        gradient = (point - self.prior.center) / self.prior.width**2
        scatter = scores.T @ scores + np.diag(self.prior.width**-2.0)
        if self.morphine is not None:
            misses = self.morphine.misses(point, self.trial.curves, self.trial.very_fast)
            slopes = (
                np.array(
                    [
                        self.morphine.misses(point + step, self.trial.curves, self.trial.very_fast) - misses
                        for step in STEP * np.eye(len(point))
                    ]
                )
                / STEP
            )
            gradient = gradient + slopes @ misses
            scatter = scatter + slopes @ slopes.T
        return self.weak(point) - float(total.sum()), gradient - scores.sum(axis=0), scatter


def search(
    objective: Objective, start: FloatArray, bounds: Sequence[tuple[float, float]] = BOUNDS
) -> tuple[float, FloatArray]:
    """A minimum: damped steps on the scatter of the scores of persons, which stands for the curvature."""
    point, damping = np.clip(start, *np.transpose(bounds)), 1.0
    cost, gradient, scatter = objective.full(point)
    for _ in range(MOST):
        # A coordinate on its bound that the gradient pushes outward stays there.
        low, high = np.transpose(bounds)
        is_free = ~(((point <= low) & (gradient > 0.0)) | ((point >= high) & (gradient < 0.0)))
        inner = scatter[np.ix_(is_free, is_free)]
        lifted = inner + damping * np.diag(np.diag(inner))
        step = np.zeros(len(point))
        step[is_free] = -np.linalg.solve(lifted, gradient[is_free])
        step *= min(1.0, LONGEST / max(np.abs(step).max(), 1e-12))
        trial = np.clip(point + step, low, high)
        new = objective.full(trial)
        if new[0] < cost:
            gain, point = cost - new[0], trial
            cost, gradient, scatter = new
            damping = max(damping / 5.0, 1e-6)
            if gain < ENOUGH and damping < STALLED:
                break
        else:
            damping *= 6.0
            if damping > HOPELESS:
                break
    return cost, point


def starts() -> list[FloatArray]:
    """Points to start from."""
    return [point_of({**COMMON, **change}) for change in STARTS]
