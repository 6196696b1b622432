"""How leaving a trial depends on the last rated class: logistic regression, errors clustered by person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from withdrawal.records import HIGHEST, Episode, table

FloatArray = npt.NDArray[np.float64]
WEEK, ROUNDS, EARLY = 7, 50, 14
RATED_UNTIL = 77
"""Last day of the first phase on which leaving can be told from its end."""


def logistic(x: FloatArray, y: FloatArray, person: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients and clustered standard errors."""
    at = np.zeros(x.shape[1])
    # From the mean chance on, since full steps from zero overshoot where leaving is rare.
    at[0] = logit(y.mean())
    for _ in range(ROUNDS):
        chance = expit(x @ at)
        bread = np.linalg.inv((x * (chance * (1.0 - chance))[:, None]).T @ x)
        at = at + bread @ (x.T @ (y - chance))
    _, group = np.unique(person, return_inverse=True)
    sums = np.zeros((group.max() + 1, x.shape[1]))
    np.add.at(sums, group, x * (y - expit(x @ at))[:, None])
    return at, np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread))


def from_treatment(episodes: Sequence[Episode], arm: str) -> tuple[FloatArray, FloatArray, int]:
    """Chance that the last dose falls before day `EARLY`: intercept, and class after the first dose."""
    after = table("withdrawal_pre_post").query("what == 'post'").dropna().groupby("who")["withdrawal"].first()
    mine = [item for item in episodes if item.arm == arm and item.who in after.index]
    last = np.array([max(day for day, amount in item.doses.items() if amount > 0.0) for item in mine])
    x = np.array([(1.0, min(after[item.who], HIGHEST)) for item in mine], dtype=np.float64)
    found = logistic(x, (last < EARLY).astype(np.float64), np.arange(len(mine), dtype=np.float64))
    return (*found, len(mine))


def from_first_phase(episodes: Sequence[Episode], after: int) -> tuple[FloatArray, FloatArray, int]:
    """Chance that a rating after the taper is the last of the first phase: intercept, class, log week."""
    rows, left, who = [], [], []
    for item in episodes:
        if item.phase != 1:
            continue
        for place, (day, level) in enumerate(zip(item.days, item.classes, strict=True)):
            if after <= day <= RATED_UNTIL:
                rows.append((1.0, level, np.log1p((day - after) / WEEK)))
                left.append(place == len(item.days) - 1)
                who.append(int(item.who))
    found = logistic(np.array(rows, dtype=float), np.array(left, dtype=float), np.array(who))
    return (*found, len(rows))
