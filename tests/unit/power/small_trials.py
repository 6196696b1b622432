"""Protocols that cost little, and trials whose answer is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from speciosa.trials import Protocol
from speciosa.trials.analyses import Data, analyzed

SMALL = """
title = "Small"
until = "12 h"
history = "morphine 30 mg SC every 6 h for 2 days"
people = { size = 12 }
randomization = { block = 2 }
[arms.placebo]
regimen = "nothing"
[arms.methadone]
regimen = "methadone hydrochloride 20 mg once"
[[visits]]
every = "6 h"
scales = ["COWS"]
[[safety]]
output = "signal.MOR"
above = 2.0
share = 0.2
look = 3
[[endpoints]]
name = "COWS at the end"
measure = "score"
scale = "COWS"
at = "12 h"
[[endpoints]]
name = "completion"
measure = "completion"
[[analyses]]
endpoint = "COWS at the end"
method = "difference of means"
[[analyses]]
endpoint = "completion"
method = "difference of shares"
"""


@dataclass(frozen=True)
class Normal:
    """A trial whose endpoint is normal, with a difference of means between the arms.

    Parameters
    ----------
    protocol : Protocol
    effect : float
        In standard deviations.
    """

    protocol: Protocol
    effect: float

    def run(self, seed: int, *, executor: object = None) -> object:
        n = self.protocol.people.size
        drawn = np.random.default_rng(seed).normal(size=n)
        arm = np.tile(["placebo", "methadone"], n // 2)
        value = drawn + self.effect * (arm == "methadone")
        table = pd.DataFrame(
            {"arm": arm, "COWS at the end": value}, index=pd.RangeIndex(1, n + 1, name="person")
        )
        ratings = pd.DataFrame(
            {"person": table.index, "arm": arm, "scale": "COWS", "day": 0.5, "value": value}
        )
        return _Found(self.protocol, table, ratings, analyzed(Data(self.protocol, table, ratings)))


@dataclass(frozen=True, eq=False)
class _Found:
    protocol: Protocol
    endpoints: pd.DataFrame
    ratings: pd.DataFrame
    analyses: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
