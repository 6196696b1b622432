"""Forecasts of later classes of a person from earlier ones and the doses, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from withdrawal.likelihood import Ratings, Trial, values_of
from withdrawal.records import Episode

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Fitted = Callable[[npt.NDArray[np.bool_]], FloatArray]
CLASSES, FOLDS, WEEK = 4, 5, 7
PSEUDO = 1.0
LEAST = 1e-6


def known_before(ratings: Ratings, lead: int) -> IntArray:
    """Number of earlier ratings of the person that are at least `lead` days old, for every rating."""
    found = np.zeros(len(ratings.day), dtype=np.int64)
    edges = [*ratings.first, len(ratings.day)]
    for begin, end in pairwise(edges):
        days = ratings.study_day[begin:end]
        found[begin:end] = np.searchsorted(days, days - lead, side="right")
    return found


def by_model(trial: Trial, point: FloatArray, lead: int) -> tuple[FloatArray, FloatArray]:
    """Probabilities of classes at every rating: of the population, and given the person's earlier ratings."""
    log, _ = trial.severity(point, trial.drives([point])[0])
    table, _ = trial.curves.logs(values_of(point)["occasion"])
    cell = np.clip(np.round((log - trial.curves.once[0][0]) / np.diff(trial.curves.once[0])[0]), 0, None)
    chance = np.exp(table[:, np.minimum(cell.astype(np.int64), table.shape[1] - 1)])
    weight = trial.grid[2]
    logs, before = trial.logs(point), known_before(trial.ratings, lead)
    found = np.empty((len(before), CLASSES))
    edges = [*trial.ratings.first, len(before)]
    for begin, end in pairwise(edges):
        summed = np.vstack([np.zeros(len(weight)), np.cumsum(logs[begin:end], axis=0)])
        belief = summed[before[begin:end]] + weight
        belief = np.exp(belief - belief.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
        found[begin:end] = np.einsum("cik,ik->ic", chance[:, begin:end], belief)
    return np.einsum("cik,k->ic", chance, np.exp(weight)), found


def by_last_class(ratings: Ratings, lead: int) -> Fitted:
    """The last known class and a fitted transition matrix; overall frequencies where none is known."""
    before = known_before(ratings, lead)
    starts = np.repeat(ratings.first, np.diff([*ratings.first, len(before)]))
    last = np.where(before > 0, ratings.classes[np.maximum(starts + before - 1, 0)], CLASSES)

    def fitted(train: npt.NDArray[np.bool_]) -> FloatArray:
        counts = np.zeros((CLASSES + 1, CLASSES))
        np.add.at(counts, (last[train], ratings.classes[train]), 1.0)
        overall = counts.sum(axis=0)
        counts[CLASSES] += overall
        counts += PSEUDO * overall / overall.sum()
        return np.asarray((counts / counts.sum(axis=1, keepdims=True))[last])

    return fitted


def by_arm_and_day(ratings: Ratings, episodes: Sequence[Episode]) -> Fitted:
    """Frequencies in the arm, phase and week."""
    arms = {arm: index for index, arm in enumerate(sorted({item.arm for item in episodes}))}
    arm = np.array([arms[episodes[index].arm] for index in ratings.episode])
    cell = (arm * 3 + ratings.phase) * 100 + ratings.day // WEEK
    _, cell = np.unique(cell, return_inverse=True)

    def fitted(train: npt.NDArray[np.bool_]) -> FloatArray:
        counts = np.zeros((cell.max() + 1, CLASSES))
        np.add.at(counts, (cell[train], ratings.classes[train]), 1.0)
        overall = counts.sum(axis=0) / counts.sum()
        counts += PSEUDO * overall
        return np.asarray((counts / counts.sum(axis=1, keepdims=True))[cell])

    return fitted


def by_regression(ratings: Ratings, episodes: Sequence[Episode]) -> Fitted:
    """Proportional odds on the dose of the day, days since the last dose, day, and phase."""
    rows = []
    for index, day in zip(ratings.episode, ratings.day, strict=True):
        taken = [at for at, amount in episodes[index].doses.items() if amount > 0.0 and at <= day]
        dose = episodes[index].doses.get(int(day), 0.0)
        rows.append((dose / 16.0, np.log1p(dose), np.log1p(day - max(taken, default=-1)), np.log1p(day)))
    return proportional_odds(np.column_stack([np.array(rows), ratings.phase > 1]), ratings.classes)


def proportional_odds(features: FloatArray, classes: IntArray) -> Fitted:
    """Proportional odds of the classes on features, which are standardized."""
    spread = features.std(axis=0)
    x = (features - features.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)

    def chances(at: FloatArray) -> FloatArray:
        cuts = np.cumsum([at[0], *np.exp(at[1 : CLASSES - 1])])
        above = expit((x @ at[CLASSES - 1 :])[:, None] - cuts)
        edges = np.hstack([np.ones((len(x), 1)), above, np.zeros((len(x), 1))])
        return np.maximum(-np.diff(edges, axis=1), LEAST)

    def fitted(train: npt.NDArray[np.bool_]) -> FloatArray:
        start = np.r_[1.0, 0.5, 1.0, np.zeros(x.shape[1])]
        mine, rows_of = classes[train], np.flatnonzero(train)
        best = minimize(lambda at: -np.log(chances(at)[rows_of, mine]).sum(), start, method="BFGS").x
        return chances(best)

    return fitted


@dataclass(frozen=True)
class Skill:
    """Scores of one forecaster, by rating.

    Parameters
    ----------
    log, ranked : float arrays
        Log score (higher is better), ranked probability score (lower is better).
    """

    log: FloatArray
    ranked: FloatArray

    @classmethod
    def of(cls, chance: FloatArray, classes: IntArray) -> Skill:
        """Scores of probabilities against what was observed."""
        chance = np.maximum(chance, LEAST)
        reached = np.arange(CLASSES - 1)[None, :] >= classes[:, None]
        ranked = ((np.cumsum(chance, axis=1)[:, :-1] - reached) ** 2).sum(axis=1) / (CLASSES - 1)
        return cls(np.log(chance[np.arange(len(classes)), classes]), ranked)


def mean_and_error(values: FloatArray, person: IntArray) -> tuple[float, float]:
    """Mean and its standard error, clustered by person."""
    mean = float(values.mean())
    _, at = np.unique(person, return_inverse=True)
    sums = np.bincount(at, weights=values - mean)
    return mean, float(np.sqrt((sums**2).sum()) / len(values))
