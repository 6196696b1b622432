"""Leaving an inpatient detoxification without an opioid, from the share that completes a week on placebo.

The hazard a day is exp(start + b * class), with b the row of CTN-0027 and the class that of the last COWS
rating. History and visits are those of the lofexidine template of this program; `start` is that
at which 27.8 % of the simulated people on placebo complete the week (row `fish-comp-pbo`, 151 people). Its
standard error is the binomial one of that share, carried over by the slope.
Run: ``python calibration/trial_leaving.py`` prints the row, and what it predicts for lofexidine.
"""

from __future__ import annotations

from functools import cache
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from speciosa.body.scales import COWS
from speciosa.evidence import Evidence, load
from speciosa.simulation import Setting
from speciosa.trials import Trial, read_protocol
from speciosa.trials.courses import Road
from speciosa.trials.plan import Piece
from speciosa.trials.protocol import Behavior
from speciosa.trials.rating import seen_classes
from speciosa.trials.timing import DAY

FloatArray = npt.NDArray[np.float64]
TEMPLATE, PEOPLE, SEED = "lofexidine-2160ug-2880ug-against-placebo", 2000, 1
SLOPE, OBSERVED = "leave-day-ctn27-bup-class", "fish-comp-pbo"
EARLY = "leave-ctn27-bup-class"
"""Log odds ratio of leaving within two weeks, printed for comparison."""
STEP = 0.05


@cache
def _roads() -> dict[str, tuple[Road, FloatArray]]:
    """Each arm of the template, and the severity classes of the same people at its visits if nobody left."""
    protocol = read_protocol(TEMPLATE, Setting(load()))
    people = protocol.people.model_copy(update={"size": PEOPLE})
    protocol = protocol.model_copy(update={"people": people, "behavior": Behavior()})
    trial = Trial.of(protocol)
    everybody = trial.entrance.enrol(SEED).people
    found = {}
    for arm in protocol.arms:
        road = trial.road((Piece(arm, 0.0, protocol.until),))
        totals = road.totals(everybody, road.follow(everybody).solution, COWS)
        found[arm] = (road, seen_classes(totals, trial.setting.evidence))
    return found


def completion(arm: str, start: float, slope: float) -> float:
    """Share that completes the week in an arm: expected over the thresholds of people."""
    road, levels = _roads()[arm]
    days = np.arange(road.protocol.days) * DAY
    # What is known at the start of a day is the last rating up to then.
    known = np.searchsorted(road.visits.times_of(COWS.name), days, side="right") - 1
    hazard = np.exp(start + slope * levels[:, known]).sum(axis=1)
    return float(np.mean(np.exp(-hazard)))


def fit(evidence: Evidence, slope_row: str = SLOPE) -> tuple[float, float]:
    """The intercept and its standard error."""
    slope, row = float(evidence.rows[slope_row].value or 0.0), evidence.rows[OBSERVED]
    wanted = float(row.value or 0.0)
    start = float(brentq(lambda at: completion("placebo", at, slope) - wanted, -6.0, 0.0, xtol=1e-4))
    change = completion("placebo", start + STEP, slope) - completion("placebo", start - STEP, slope)
    error = sqrt(wanted * (1.0 - wanted) / float(row.n or 1)) * 2.0 * STEP / abs(change)
    return start, error


def compute(evidence: Evidence) -> dict[str, float]:
    """The row."""
    return {"leave-day-inpatient-start": float(f"{fit(evidence)[0]:.3g}")}


if __name__ == "__main__":
    rows = load()
    for slope_row in (SLOPE, EARLY):
        value, error = fit(rows, slope_row)
        name = "leave-day-inpatient-start" if slope_row == SLOPE else "intercept"
        print(f"{name}: {value:.3g} (SE {error:.2g}) with {slope_row}")
        for arm in _roads():
            share = completion(arm, value, float(rows.rows[slope_row].value or 0.0))
            print(f"  {arm}: {share:.3f} complete the week")
