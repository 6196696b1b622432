"""Share of people seen by week: recorded, and predicted from planned doses, modeled severity and the rows.

Severity is that of the fit to the trial. People with the doses of those who were dosed through the taper come
in equal numbers; the effects of persons are integrated out. Each week someone may be seen, with a class drawn
at the middle of the week, and may leave with the hazard of the last class seen:

    P(seen in week k) = P(not left before k) a_k
    P(leaves in k | last class c) = 1 - exp(-7 exp(eta(c, k)))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from behavior.weeks import WEEK, Study, taken, within
from withdrawal.likelihood import Ratings, Trial, values_of
from withdrawal.records import HIGHEST, Episode

FloatArray = npt.NDArray[np.float64]
# Dosed on this day or later: through the taper, which ends on day 27.
THROUGH = 24
MIDDLE = 3


def recorded(study: Study) -> FloatArray:
    """Share of all who began that was rated in each week."""
    weeks = range(study.weeks)
    return np.array(
        [
            np.mean([within(item.days, WEEK * number, WEEK * (number + 1)) for item in study.found])
            for number in weeks
        ]
    )


def predicted(
    study: Study,
    trial: Trial,
    episodes: list[Episode],
    point: FloatArray,
    rows: Mapping[str, float],
) -> FloatArray:
    """Share that the model expects to be seen in each week.

    Parameters
    ----------
    study : Study
        The first phase.
    trial : Trial
        With the signals of `episodes`.
    episodes : list of Episode
    point : float array
        Parameters of severity.
    rows : mapping of str to float
        Coefficients `leave-day-...` and `attend-week-...`.

    Returns
    -------
    float array
        One entry a week.
    """
    chance, weight = classes(study, trial, episodes, point)
    stay = np.zeros((chance.shape[0], chance.shape[2], HIGHEST + 1))
    # Everybody is seen in the first week, so that this first class has no effect.
    stay[..., 0] = 1.0
    found = []
    for number in range(study.weeks):
        taper, after = float(number in study.taper), float(number * WEEK >= study.dosed)
        seen = 1.0 if number == 0 else expit(_sum(rows, "attend-week", study, {"after": after}))
        found.append(seen * float((stay.sum(axis=2).mean(axis=0) * weight).sum()))
        drawn = chance[:, number] * stay.sum(axis=2, keepdims=True)
        stay = (1.0 - seen) * stay + seen * drawn
        for level in range(HIGHEST + 1):
            terms = {"class": level, "taper": taper, "after": after}
            stay[..., level] *= np.exp(-WEEK * np.exp(_sum(rows, "leave-day", study, terms)))
    return np.array(found)


def classes(
    study: Study, trial: Trial, episodes: list[Episode], point: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Chance of each class, donors x weeks x nodes x classes, and the weights of the nodes."""
    donors = [
        place for place, item in enumerate(episodes) if study.chosen(item) and taken(item)[-1] >= THROUGH
    ]
    place, number = (item.ravel() for item in np.meshgrid(donors, np.arange(study.weeks), indexing="ij"))
    whole = np.ones(len(place), dtype=np.int64)
    ratings = Ratings(place, place, WEEK * number + MIDDLE, 0 * whole, whole, WEEK * number + MIDDLE)
    asked = replace(trial, ratings=ratings)
    log, _ = asked.severity(point, asked.drives([point])[0])
    grid, _ = asked.curves.once
    table, _ = asked.curves.logs(values_of(point)["occasion"])
    found = [np.interp(log, grid, np.exp(line)) for line in table]
    shape = (len(donors), study.weeks, log.shape[1], HIGHEST + 1)
    return np.stack(found, axis=-1).reshape(shape), np.exp(asked.grid[2])


def expit(log_odds: float) -> float:
    """A chance from its log odds."""
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def _sum(rows: Mapping[str, float], row: str, study: Study, terms: Mapping[str, float]) -> float:
    found = rows[f"{row}-{study.name}-start"]
    return found + sum(rows[f"{row}-{study.name}-{term}"] * value for term, value in terms.items())
