"""Arrest in percent, and how much of it is uncertainty of the model rather than difference between people.

Percentages of virtual people are no incidence: they depend on the doses asked for and on one assay. The share
of the uncertainty is found by meeting the same draws of the assay with other people (and the same people with
other draws): the covariance of both outcomes is the variance that what they share explains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.overdose.case import Overdose
from speciosa.overdose.run import Outcome, Variation, simulate_overdose
from speciosa.simulation import Setting

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
PERCENT = 100.0
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Shares:
    """Arrest in one arm.

    Parameters
    ----------
    arm : str
    everything, people, assay : float
        Percent with arrest where both, only people, and only the assay vary.
    assay_share, people_share : float
        Share of the variance of arrest that each explains alone; the rest is their interaction.
    n : int
        Persons behind each percentage.
    """

    arm: str
    everything: float
    people: float
    assay: float
    assay_share: float
    people_share: float
    n: int


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n (Wilson).

    Examples
    --------
    >>> low, high = wilson(0.5, 100)
    >>> round(low, 3), round(high, 3)
    (0.404, 0.596)
    >>> wilson(0.0, 100)[0]
    0.0
    """
    if not n:
        return np.nan, np.nan
    square = NORMAL_95**2 / n
    middle = (share + square / 2) / (1 + square)
    half = np.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def shares_of(
    case: Overdose,
    setting: Setting | None = None,
    *,
    first: Outcome | None = None,
    progress: Progress | None = None,
) -> tuple[Shares, ...]:
    """Arrest in every arm, divided between people and the uncertainty of the assay.

    Parameters
    ----------
    case : Overdose
        Of a population in the published model.
    setting : Setting, optional
    first : Outcome, optional
        The run in which everything varies, if there is one already.
    progress : callable, optional
        Called with the number of persons done and in all, over all runs.

    Returns
    -------
    tuple of Shares
        One an arm.
    """
    setting = setting or Setting()
    plans = (Variation(), Variation(turn=1), Variation(assay=False), Variation(people=False))
    outcomes = []
    for index, plan in enumerate(plans):
        if index == 0 and first is not None:
            outcomes.append(first)
            continue
        report = _over_runs(progress, index, len(plans))
        outcomes.append(simulate_overdose(case, setting, variation=plan, progress=report))
    found = []
    for arm in outcomes[0].arms:
        both, turned, people, assay = (item.is_arrested(arm, setting.evidence) for item in outcomes)
        # The turned run meets person i with the draw of person i - 1.
        found.append(
            Shares(
                arm,
                float(np.nanmean(both)) * PERCENT,
                float(np.nanmean(people)) * PERCENT,
                float(np.nanmean(assay)) * PERCENT,
                explained(np.roll(both, 1), turned),
                explained(both, turned),
                int((~np.isnan(both)).sum()),
            )
        )
    return tuple(found)


def _over_runs(progress: Progress | None, index: int, runs: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(index * total + done, runs * total)


def explained(first: FloatArray, second: FloatArray) -> float:
    """Share of a variance that two runs owe to what they have in common; NaN without variance.

    Parameters
    ----------
    first, second : (n,) float
        Outcomes that share one input and differ in the others.

    Returns
    -------
    float
        At least 0; sampling may put it a little below, which is cut.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    a, b = first[known], second[known]
    if a.size < 2:  # noqa: PLR2004
        return np.nan
    middle = (a.mean() + b.mean()) / 2
    variance = (a.var() + b.var()) / 2
    if variance == 0.0:
        return np.nan
    return max(0.0, float(((a - middle) * (b - middle)).mean() / variance))
