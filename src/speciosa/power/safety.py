"""Boundaries for safety: how many people beyond a level stop an arm, and how likely that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta, binom

from speciosa.trials.protocol import Safety
from speciosa.trials.safety import text

if TYPE_CHECKING:
    from speciosa.power.study import PowerStudy

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TIMES_THE_SHARE = (0.5, 1.0, 1.5, 2.0)
"""True shares, relative to the one that a rule allows, at which a rule is told."""


def fewest_that_stop(rule: Safety, people: int) -> int | None:
    """The fewest people beyond the level of a rule with which an arm stops.

    Parameters
    ----------
    rule : Safety
        With a share.
    people : int
        Treated so far.

    Returns
    -------
    int or None
        None where not even all of them are enough.

    Examples
    --------
    >>> fewest_that_stop(Safety(output="SpO2", below=0.85, share=0.1), 10)
    3
    """
    assert rule.share is not None
    counts = np.arange(people + 1)
    is_stop = beta.sf(rule.share, 1 + counts, 1 + people - counts) > rule.certainty
    return int(counts[is_stop][0]) if is_stop.any() else None


def chance_to_stop(rule: Safety, most: int, share: float) -> FloatArray:
    """Chance that a rule has stopped an arm by each of its looks.

    Parameters
    ----------
    rule : Safety
    most : int
        People of the arm.
    share : float
        True share beyond the level.

    Returns
    -------
    ndarray
        One a look, exact: binomial counts from look to look.
    """
    found, gone = [], 0.0
    going = np.ones(1)
    for people in range(rule.look, most + 1, rule.look):
        going = np.convolve(going, binom.pmf(np.arange(rule.look + 1), rule.look, share))
        fewest = fewest_that_stop(rule, people)
        if fewest is not None:
            gone += float(going[fewest:].sum())
            going = going[:fewest]
        found.append(gone)
    return np.array(found)


def column_of(times: float) -> str:
    """Column of the chance of having stopped, at a true share relative to the one allowed."""
    return f"stopped by then at {times:g} x the share"


def safety_limits(study: PowerStudy) -> pd.DataFrame:
    """Boundaries of the safety rules of a study's protocols.

    Parameters
    ----------
    study : PowerStudy

    Returns
    -------
    pandas.DataFrame
        One row a variant, rule and look: people treated, the fewest beyond the level that stop, and the
        chance of having stopped by then at several true shares.
    """
    columns = [column_of(times) for times in TIMES_THE_SHARE]
    rows = []
    for variant in study.variants:
        protocol = variant.protocol
        total = sum(arm.ratio for arm in protocol.arms.values())
        most = study.asked_sizes[-1] * max(arm.ratio for arm in protocol.arms.values()) // total
        for rule in (item for item in protocol.safety if item.share is not None):
            assert rule.share is not None
            shares = [min(1.0, times * rule.share) for times in TIMES_THE_SHARE]
            chances = np.stack([chance_to_stop(rule, most, share) for share in shares], axis=1)
            for place, people in enumerate(range(rule.look, most + 1, rule.look)):
                fewest = fewest_that_stop(rule, people)
                rows.append((variant.text, text(rule), rule.share, people, fewest, *chances[place].tolist()))
    return pd.DataFrame(rows, columns=["variant", "rule", "share", "people", "beyond that stop", *columns])
