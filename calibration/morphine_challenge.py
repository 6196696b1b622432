"""In-vivo factor of morphine on the inhibition constant at MOR, from a naloxone challenge.

People on morphine 30 mg SC every 6 h get naloxone 0.4 mg IM (row `nal04-cows-peak`: mean COWS 7.6). The
typical adult is challenged in the middle of a dosing interval; severity is scaled so that stopping this
regimen peaks at COWS 13 (row `cows13-short`), as calibration/severity_gain.py does. The factor is the most
probable one given the challenge, with the error that the accepted range of 5 to 10 points gives (the time
within the interval is not printed and moves the prediction by as much), and a log-normal prior with the
sodium index of morphine as its median and geometric SD 2. With assay constants alone (factor 1) naloxone
hardly displaces morphine.
Run: ``python calibration/morphine_challenge.py`` prints the row and the challenge at other factors.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from speciosa.body.scales import COWS
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results.ratings import Rating
from speciosa.simulation import Scenario, Setting, simulate

HISTORY = "after morphine 30 mg SC every 6 h for 60 days: "
GIVEN_AT, READ_AFTER = 3.0, 0.5
CHALLENGED = f"morphine 30 mg SC every 6 h for 1 day; naloxone 0.4 mg IM at {GIVEN_AT:g} h"
ANCHOR, ERROR = 13.0, 2.5
LIGANDS = ("morphine", "morphine-6-glucuronide")
STEP = 0.05


def drives(factor: float, setting: Setting) -> tuple[float, float]:
    """Withdrawal drive at its peak after a stop, and half an hour after naloxone."""

    def drive(text: str, until: float, every: float) -> tuple[np.ndarray, np.ndarray]:
        scenario = Scenario(
            regimen=parse(HISTORY + text, setting.library),
            people=population(setting.evidence, 1, seed=1),
            until=until,
            outputs=("withdrawal",),
            every=every,
            values={f"{name}.in_vivo.MOR": factor for name in LIGANDS},
        )
        data = simulate(scenario, setting).data["withdrawal"].isel(person=0)
        return data["time"].values, data.values

    time, stopped = drive("nothing", 96.0, 1.0)
    after, challenged = drive(CHALLENGED, 6.0, 0.1)
    return float(stopped[time >= 0.0].max()), float(np.interp(GIVEN_AT + READ_AFTER, after, challenged))


def rating(evidence: Evidence) -> tuple[Rating, float, float]:
    """How COWS is rated, the floor, and the steepness of severity."""

    def number(slot: str) -> float:
        return float(evidence.slot(slot).value(""))

    model = Rating(
        COWS,
        number("rating.discrimination"),
        number("rating.weak"),
        number("COWS.severity_per_point"),
        number("rating.occasion.observed"),
    )
    return model, number("severity.floor.observed"), number("severity.exponent")


def challenge(factor: float, setting: Setting) -> float:
    """Mean COWS half an hour after naloxone in the typical adult."""
    model, floor, exponent = rating(setting.evidence)
    points = np.arange(COWS.maximum + 1)

    def score(severity: float) -> float:
        return float(model.totals(dict.fromkeys(model.arms, np.array([floor + severity])))[0] @ points)

    peak, after = drives(factor, setting)
    level = float(brentq(lambda severity: score(severity) - ANCHOR, 0.0, 50.0))
    return score(level * (after / peak) ** exponent)


def fit(evidence: Evidence) -> tuple[float, float, float]:
    """Most probable factor, SD of its logarithm, fitted score."""
    setting = Setting(evidence=evidence)
    observed = float(evidence.rows["nal04-cows-peak"].value or 0.0)
    median = float(evidence.rows["sodium-index-morphine"].value or 0.0)
    low, high = evidence.rows["invivo-prior"].interval or (0.0, 0.0)
    width = log(high / low) / 4.0

    def cost(at: float) -> float:
        miss = (challenge(exp(at), setting) - observed) / ERROR
        return miss**2 + ((at - log(median)) / width) ** 2

    best = float(minimize_scalar(cost, bounds=(0.0, 6.0), method="bounded", options={"xatol": 1e-3}).x)
    curvature = (cost(best + STEP) - 2.0 * cost(best) + cost(best - STEP)) / (2.0 * STEP**2)
    return exp(best), sqrt(1.0 / curvature), challenge(exp(best), setting)


def compute(evidence: Evidence) -> dict[str, float]:
    """The row, and the SD of its logarithm."""
    factor, spread, _ = fit(evidence)
    return {"mor-invivo-challenge": float(f"{factor:.2g}"), "SD": float(f"{spread:.1g}")}


if __name__ == "__main__":
    rows = load()
    found, spread_of_log, fitted = fit(rows)
    print(f"mor-invivo-challenge: {found:.2g} (SD of the natural log {spread_of_log:.1g}); COWS {fitted:.1f}")
    for trial in (1.0, 5.0, 20.0, 80.0):
        print(f"  factor {trial:g}: COWS {challenge(trial, Setting(evidence=rows)):.1f}")
