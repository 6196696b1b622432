"""Withdrawal of the typical adult after morphine, by the same equations: a stop and a naloxone challenge."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from speciosa.evidence import Evidence
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate
from withdrawal.curves import Curves
from withdrawal.likelihood import values_of
from withdrawal.signals import DAY, SIGNAL, adapted

FloatArray = npt.NDArray[np.float64]
DAYS_BEFORE, DAYS_AFTER = 60, 14
REGIMEN = f"morphine 30 mg SC every 6 h for {DAYS_BEFORE} days"
GIVEN_AT, READ_AFTER = 3.0, 0.5
CHALLENGE = f"after {REGIMEN}: morphine 30 mg SC every 6 h for 1 day; naloxone 0.4 mg IM at {GIVEN_AT:g} h"
LONG_STEP, SHORT_STEP = 0.5, 0.1
SCORE_ERROR = 2.5
"""SD of the challenge's score: the accepted range of 5 to 10 points as two SD on either side."""


@dataclass(frozen=True)
class Morphine:
    """Signals of morphine, and what was observed.

    Parameters
    ----------
    stopped, challenged : float arrays
        Net signal: from the first dose on, and from three hours before naloxone on.
    peak, peak_spread : float
        COWS at the peak after a stop, and the SD of its logarithm.
    score : float
        COWS half an hour after naloxone.
    """

    stopped: FloatArray
    challenged: FloatArray
    peak: float
    peak_spread: float
    score: float

    @classmethod
    def of(cls, evidence: Evidence, peaks: tuple[float, float, float]) -> Morphine:
        """Signals by the engine; peaks are the anchor and its ends, two SD apart from it."""
        setting = Setting(evidence=evidence)

        def signal(text: str, until: float, every: float) -> FloatArray:
            scenario = Scenario(
                regimen=parse(text, setting.library),
                people=population(evidence, 1, seed=1),
                until=until,
                outputs=(SIGNAL,),
                every=every,
            )
            data = simulate(scenario, setting).data[SIGNAL].isel(person=0)
            return np.asarray(data.sel(time=slice(0.0, None)).values, dtype=np.float64)

        low, middle, high = peaks
        return cls(
            signal(REGIMEN, DAY * (DAYS_BEFORE + DAYS_AFTER), LONG_STEP),
            signal(CHALLENGE, 2.0 * GIVEN_AT, SHORT_STEP),
            middle,
            log(high / low) / 4.0,
            float(evidence.rows["nal04-cows-peak"].value or 0.0),
        )

    def course(self, point: FloatArray, curves: Curves, very_fast: tuple[float, float]) -> dict[str, float]:
        """Peak, its hour, rise on day 7 as a share of the largest, and score after naloxone."""
        value = values_of(point)
        share, reserve = value["weight.fast"], value["reserve"]
        weight, half_life = very_fast
        shares = (weight, (1.0 - weight) * share, (1.0 - weight) * (1.0 - share))
        spans = (half_life, value["half_life.fast"], value["half_life.slow"])
        stopped, challenged = (
            (1.0 + reserve) * signal / (1.0 + reserve * signal) for signal in (self.stopped, self.challenged)
        )
        end = round(DAYS_BEFORE * DAY / LONG_STEP)
        states = [adapted(stopped, span, LONG_STEP, 0.0) for span in spans]
        drive = sum(part * state for part, state in zip(shares, states, strict=True)) - stopped
        short = [
            adapted(challenged, span, SHORT_STEP, state[end])
            for span, state in zip(spans, states, strict=True)
        ]
        provoked = sum(part * state for part, state in zip(shares, short, strict=True)) - challenged

        def score(deficit: FloatArray) -> FloatArray:
            level = value["gain"] * np.maximum(deficit, 0.0) ** value["exponent"]
            return curves.mean(value["floor"] + level, value["occasion"])

        course = score(drive[end - round(DAY / LONG_STEP) :])
        before, after = course[: round(DAY / LONG_STEP)].mean(), course[round(DAY / LONG_STEP) :]
        day = round(7.0 * DAY / LONG_STEP)
        return {
            "peak": float(after.max()),
            "hour of the peak": float(after.argmax() * LONG_STEP),
            "rise on day 7, share of the largest": float((after[day] - before) / (after.max() - before)),
            "before naloxone": float(score(provoked)[round(GIVEN_AT / SHORT_STEP) - 1]),
            "after naloxone": float(score(provoked)[round((GIVEN_AT + READ_AFTER) / SHORT_STEP)]),
        }

    def misses(self, point: FloatArray, curves: Curves, very_fast: tuple[float, float]) -> FloatArray:
        """Misses of the peak after a stop and of the score after naloxone, in SD."""
        found = self.course(point, curves, very_fast)
        miss = log(found["peak"] / self.peak) / self.peak_spread
        return np.array([miss, (found["after naloxone"] - self.score) / SCORE_ERROR])
