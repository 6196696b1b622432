"""Largest relief of the autonomic arm by alpha-2A agonists, from lofexidine against placebo.

SOWS-Gossop under 2.16 and 2.88 mg a day lies 19 and 23 % below placebo (log differences of -0.21 and -0.26
with 95 % intervals). The severity is that at which placebo rates as printed; the mean unbound concentration
over a day gives the signal at alpha-2A and, by the assumed reserve, the share of the largest relief. The
largest relief is the weighted least-squares fit, with its standard error.
Run: ``python calibration/alpha2_relief.py`` prints the row and the fitted differences.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from speciosa.body.scales import SOWS_GOSSOP
from speciosa.evidence import Evidence, load
from speciosa.results.ratings import Rating

DOSES = {"lof216-logdiff": 2.16, "lof288-logdiff": 2.88}
# Lofexidine, g/mol.
MOLAR_MASS = 259.13
HOURS, NANO = 24.0, 1e6
WIDTHS = 2.0 * 1.96
STEP = 1e-3


def model_of(evidence: Evidence) -> tuple[Rating, float, float]:
    """How SOWS-Gossop is rated, the floor, and the steepness of severity."""

    def number(slot: str) -> float:
        return float(evidence.slot(slot).value(""))

    rating = Rating(
        SOWS_GOSSOP,
        number("rating.discrimination"),
        1.0,
        number("SOWS-Gossop.severity_per_point"),
        number("rating.occasion.felt"),
    )
    return rating, number("severity.floor.felt"), number("severity.exponent")


def share_of_relief(dose: float, evidence: Evidence) -> float:
    """Effect at alpha-2A, as a share of the largest, at the mean concentration over a day."""

    def number(row: str) -> float:
        return float(evidence.rows[row].value or 0.0)

    mass = dose / HOURS / number("lofexidine-assumed-cl-f")
    unbound = 1.0 - number("lofexidine-mem-fb") / 100.0
    strength = unbound * mass * NANO / MOLAR_MASS / number("lofex-a2a-ki-obeng2024")
    driven = number("relief-reserve") * number("clon-a2a-ia-jasper1998") * strength / (1.0 + strength)
    return driven / (1.0 + driven)


def differences(largest: float, evidence: Evidence) -> dict[str, float]:
    """Log differences of the expected total to placebo."""
    rating, floor, exponent = model_of(evidence)
    points = np.arange(SOWS_GOSSOP.maximum + 1)

    def total(autonomic: float, subjective: float) -> float:
        arms = {"autonomic": np.array([floor + autonomic]), "subjective": np.array([floor + subjective])}
        return float(rating.totals(arms)[0] @ points)

    placebo = float(evidence.rows["pbo-day3"].value or 0.0)
    level = float(brentq(lambda severity: total(severity, severity) - placebo, 0.0, 50.0))
    return {
        row: log(
            total(level * (1.0 - largest * share_of_relief(dose, evidence)) ** exponent, level) / placebo
        )
        for row, dose in DOSES.items()
    }


def fit(evidence: Evidence) -> tuple[float, float]:
    """Largest relief and its standard error."""

    def cost(largest: float) -> float:
        found, miss = differences(largest, evidence), 0.0
        for row, difference in found.items():
            low, high = evidence.rows[row].interval or (0.0, 0.0)
            miss += ((difference - float(evidence.rows[row].value or 0.0)) / ((high - low) / WIDTHS)) ** 2
        return miss

    best = float(minimize_scalar(cost, bounds=(0.01, 0.99), method="bounded", options={"xatol": 1e-6}).x)
    curvature = (cost(best + STEP) - 2.0 * cost(best) + cost(best - STEP)) / (2.0 * STEP**2)
    return best, sqrt(1.0 / curvature)


def compute(evidence: Evidence) -> dict[str, float]:
    """The row and its standard error."""
    largest, error = fit(evidence)
    return {"relief-maximum": float(f"{largest:.2g}"), "SE": float(f"{error:.2g}")}


if __name__ == "__main__":
    rows = load()
    for row_id, value in compute(rows).items():
        print(f"{row_id}: {value}")
    for row_id, value in differences(fit(rows)[0], rows).items():
        print(f"  {row_id}: {value:.2f} (observed {rows.rows[row_id].value})")
