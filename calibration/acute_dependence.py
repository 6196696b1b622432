"""Weight and half-life of the very fast part of dependence, from withdrawal precipitated after one dose.

After one dose of morphine 18 mg naloxone 10 mg precipitates withdrawal at 45 min, 6 h and 24 h and not at
15 min (rows `apd-onset`, `apd-24h`). On a grid, the smallest weight, and with it the longest half-life, is
taken at which the typical adult shows this; a rise of the expected COWS by one point, its smallest step,
counts as shown. Severity is scaled as in calibration/severity_gain.py. The other two parts keep their
ratio. No standard error: the facts are of order, not of size.
Run: ``python calibration/acute_dependence.py`` prints the rows and the rises.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from speciosa.body.scales import COWS
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results.ratings import Rating
from speciosa.simulation import Scenario, Setting, simulate

STOPPED = "after morphine 30 mg SC every 6 h for 60 days: nothing"
ANCHOR, DETECTABLE = 13.0, 1.0
WEIGHTS, HALF_LIVES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), (2.0, 1.0, 0.5)
EARLY, LATER = 0.25, (0.75, 6.0, 24.0)


def others(weight: float, evidence: Evidence) -> dict[str, float]:
    """Weights of the other two parts, which keep the ratio of their start values."""
    fast, slow = (float(evidence.rows[f"dep-w-{name}"].value or 0.0) for name in ("fast", "slow"))
    return {"fast": (1.0 - weight) * fast / (fast + slow), "slow": (1.0 - weight) * slow / (fast + slow)}


def rises(weight: float, half_life: float, setting: Setting) -> list[float]:
    """Rise of the expected COWS within an hour of naloxone 10 mg, given after one dose at each time."""
    evidence = setting.evidence

    def number(slot: str) -> float:
        return float(evidence.slot(slot).value(""))

    parts = {"very_fast": weight, **others(weight, evidence)}
    values = {f"dependence.weight.{name}": share for name, share in parts.items()}
    values["dependence.half_life.very_fast"] = half_life

    def drive(text: str, until: float, every: float) -> float:
        scenario = Scenario(
            regimen=parse(text, setting.library),
            people=population(evidence, 1, seed=1),
            until=until,
            outputs=("withdrawal",),
            every=every,
            values=values,
        )
        return float(simulate(scenario, setting).data["withdrawal"].sel(time=slice(until - 72.0, None)).max())

    rating = Rating(
        COWS,
        number("rating.discrimination"),
        number("rating.weak"),
        number("COWS.severity_per_point"),
        number("rating.occasion.observed"),
    )
    floor, exponent = number("severity.floor.observed"), number("severity.exponent")
    points = np.arange(COWS.maximum + 1)

    def score(severity: float) -> float:
        return float(rating.totals(dict.fromkeys(rating.arms, np.array([floor + severity])))[0] @ points)

    level = float(brentq(lambda severity: score(severity) - ANCHOR, 0.0, 50.0))
    peak = drive(STOPPED, 72.0, 1.0)
    found = []
    for time in (EARLY, *LATER):
        text = f"morphine 18 mg SC once; naloxone 10 mg IM at {time:g} h"
        found.append(score(level * (drive(text, time + 1.0, 0.05) / peak) ** exponent) - score(0.0))
    return found


def compute(evidence: Evidence) -> dict[str, float]:
    """The smallest weight, the longest half-life, and the other weights."""
    setting = Setting(evidence=evidence)
    for weight in WEIGHTS:
        for half_life in HALF_LIVES:
            early, *later = rises(weight, half_life, setting)
            if early < DETECTABLE <= min(later):
                rest = others(weight, evidence)
                return {
                    "dep-w-very-fast-acute": weight,
                    "dep-t-very-fast-acute": half_life,
                    "dep-w-fast-acute": round(rest["fast"], 3),
                    "dep-w-slow-acute": round(rest["slow"], 3),
                }
    raise SystemExit("no pair of the grid shows what was observed")


if __name__ == "__main__":
    rows = load()
    chosen = compute(rows)
    for row_id, value in chosen.items():
        print(f"{row_id}: {value}")
    pair = chosen["dep-w-very-fast-acute"], chosen["dep-t-very-fast-acute"]
    shown = ", ".join(f"{value:.1f}" for value in rises(*pair, Setting(evidence=rows)))
    print(f"rise of COWS at 15 min, 45 min, 6 h and 24 h: {shown}")
