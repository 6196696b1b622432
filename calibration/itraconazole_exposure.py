"""Bioavailability of itraconazole as usually taken, relative to the capsules of the model in use.

The model is of one capsule taken fasted; studies of capsules with food and of the solution find more. The
factor is the one at which the first 200 mg give the mean area of the published studies, with the own
inhibition of elimination by the drug. Repeated dosing and interactions are not used.
Run: ``python calibration/itraconazole_exposure.py`` prints the row ``itz-f-usual``, and the factors for both
ends of the range of the studies.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from speciosa.drugs import catalog
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import DAY, Scenario, Setting, simulate

ROW = "itraconazole-200-mg-capsule-day-1-auc0-24"
BRACKET = (0.2, 5.0)


def area(factor: float, evidence: Evidence) -> float:
    """AUC0-24 of the first 200 mg, ng*h/mL."""
    scenario = Scenario(
        parse("itraconazole 200 mg once", catalog()),
        population(evidence, 1, 1),
        until=DAY,
        times=tuple(np.arange(0.0, DAY + 0.05, 0.1)),
        outputs=("plasma.itraconazole",),
        values={"itraconazole.F": factor},
    )
    result = simulate(scenario, Setting(evidence))
    grams = evidence.slot("itraconazole.molar_mass").value("g/mol")
    return float(np.trapezoid(result.data["plasma.itraconazole"].values[0], result.time)) * grams * 1e-3


def factor_for(wanted: float, evidence: Evidence) -> float:
    """The factor that gives a wanted area (ng*h/mL)."""
    return float(brentq(lambda factor: area(factor, evidence) - wanted, *BRACKET, xtol=1e-4))


def compute(evidence: Evidence) -> dict[str, float]:
    """The row."""
    return {"itz-f-usual": round(factor_for(evidence.rows[ROW].convert("ng*h/mL"), evidence), 2)}


if __name__ == "__main__":
    rows = load()
    interval = rows.rows[ROW].interval
    assert interval is not None
    low, high = (factor_for(end, rows) for end in interval)
    print(f"itz-f-usual: {compute(rows)['itz-f-usual']} (range {low:.2f} to {high:.2f})")
