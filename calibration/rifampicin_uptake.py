"""Smallest unbound liver-to-plasma ratio of rifampicin that agrees with its own area on repeated dosing.

The area under the curve of 600 mg a day falls between the first dose and days 7 to 14, since rifampicin
induces its own clearance. Emax and EC50 of that induction are of the evidence; the concentration in the liver
that drives it is the plasma concentration times this ratio. Without uptake the area stays above what was
observed; the ratio that brings it to the upper end of the observed range is the least departure that the data
ask for. Larger ones are not excluded: the area depends little on them. No interaction with another drug is
used.
Run: ``python calibration/rifampicin_uptake.py`` prints the row ``rif-kpuu-liver``.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import brentq

from speciosa.drugs import catalog
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

DAY = 24.0
DAYS = 10
BRACKET = (0.5, 100.0)


def area(ratio: float, evidence: Evidence) -> float:
    """AUC over the last interval of ten daily doses, mg*h/L."""
    first = (DAYS - 1) * DAY
    scenario = Scenario(
        parse(f"rifampicin 600 mg once a day for {DAYS} days", catalog()),
        population(evidence, 1, 1),
        until=DAYS * DAY,
        times=tuple(first + np.arange(0.0, DAY + 0.05, 0.1)),
        outputs=("plasma.rifampicin",),
        values={"rifampicin.Kp,uu.liver": ratio},
    )
    result = simulate(scenario, Setting(evidence))
    grams = evidence.slot("rifampicin.molar_mass").value("g/mol")
    return float(np.trapezoid(result.data["plasma.rifampicin"].values[0], result.time)) * grams * 1e-6


def ratio_for(wanted: float, evidence: Evidence) -> float:
    """The ratio that gives a wanted area (mg*h/L)."""
    miss = partial(lambda ratio: area(ratio, evidence) - wanted)
    return float(brentq(miss, *BRACKET, xtol=1e-4))


def compute(evidence: Evidence) -> dict[str, float]:
    """The row."""
    interval = evidence.rows["rifampicin-600-mg-po-day-7-14-auc0-24"].interval
    assert interval is not None
    return {"rif-kpuu-liver": round(ratio_for(interval[1] * 1e-3, evidence), 1)}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
