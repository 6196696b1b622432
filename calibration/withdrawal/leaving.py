"""How leaving treatment early depends on the class after the first dose, as the publication counts it.

The hazard by day, for virtual trials, is that of ``calibration/trial_behavior.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from behavior.regressions import clustered
from behavior.weeks import after_first_dose, taken
from withdrawal.records import Episode

FloatArray = npt.NDArray[np.float64]
EARLY = 14


def from_treatment(episodes: Sequence[Episode], arm: str) -> tuple[FloatArray, FloatArray, int]:
    """Log odds that the last dose falls before day `EARLY`: intercept, and class after the first dose."""
    after = after_first_dose()
    mine = [item for item in episodes if item.arm == arm and item.who in after]
    last = np.array([taken(item)[-1] for item in mine])
    columns = np.array([(1.0, after[item.who]) for item in mine], dtype=np.float64)
    found = clustered((last < EARLY).astype(np.float64), columns, [item.who for item in mine])
    return found.params, found.bse, len(mine)
