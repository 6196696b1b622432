"""Forecasters without a model of the body: what earlier classes, days and doses alone tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from withdrawal.forecast import (
    CLASSES,
    Fitted,
    by_arm_and_day,
    by_last_class,
    by_regression,
    known_before,
    proportional_odds,
)
from withdrawal.likelihood import Ratings
from withdrawal.records import Episode


def rivals(ratings: Ratings, episodes: Sequence[Episode], lead: int) -> dict[str, Fitted]:
    """All of them, each a function from the ratings to learn from to chances of classes at every rating."""
    return {
        "last class": by_last_class(ratings, lead),
        "arm and day": by_arm_and_day(ratings, episodes),
        "regression on doses": by_regression(ratings, episodes),
        "regression on classes and doses": by_history(ratings, episodes, lead),
    }


def by_history(ratings: Ratings, episodes: Sequence[Episode], lead: int) -> Fitted:
    """Proportional odds on earlier classes and doses.

    Of the classes: the last, the mean of all, how many and how old. Of the doses: that of the day, its
    logarithm, the mean of the week before, days since the last; besides the day and the phase.
    """
    before = known_before(ratings, lead)
    starts = np.repeat(ratings.first, np.diff([*ratings.first, len(before)]))
    place = np.maximum(starts + before - 1, 0)
    is_known = before > 0
    last = np.where(is_known, ratings.classes[place], 0)
    age = np.where(is_known, ratings.study_day - ratings.study_day[place], 0)
    summed = np.r_[0, np.cumsum(ratings.classes)]
    mean = (summed[starts + before] - summed[starts]) / np.maximum(before, 1)
    dummies = [last == level for level in range(1, CLASSES)]
    doses = []
    for index, day in zip(ratings.episode, ratings.day, strict=True):
        given = episodes[index].doses
        taken = [at for at, amount in given.items() if amount > 0.0 and at <= day]
        week = np.mean([given.get(int(day) - back, 0.0) for back in range(1, 8)])
        today = given.get(int(day), 0.0)
        doses.append((today, np.log1p(today), week, np.log1p(day - max(taken, default=-1)), np.log1p(day)))
    features = np.column_stack(
        [*dummies, mean, np.log1p(before), np.log1p(age), np.array(doses), ratings.phase > 1]
    )
    return proportional_odds(features, ratings.classes)
