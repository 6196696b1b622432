"""Largest induction by rifampicin of enzymes for which people were observed under 600 mg a day.

What was observed is a mean over the day, while the concentration of rifampicin swings widely; the largest
induction lies above it by the mean share of the effect that is reached. That share is a result of the model,
and the mean fold rises in proportion to the largest one, so that one run suffices for each enzyme. The fold
of CYP2B6 is from the area of bupropion, which is not a drug of the library; the fold of CYP3A4 in the gut
wall is from biopsies.
Run: ``python calibration/rifampicin_induction.py`` prints ``rif-emax-gut-derived`` and ``rif-emax-cyp2b6``.
"""

from __future__ import annotations

import numpy as np

from speciosa.drugs import catalog
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import DAY, Scenario, Setting, simulate

DAYS = 9


def reached(output: str, slot: str, victim: str, evidence: Evidence) -> float:
    """Mean share of the largest induction over the last day, for an enzyme that a victim makes appear."""
    first = (DAYS - 1) * DAY
    scenario = Scenario(
        parse(f"rifampicin 600 mg once a day for {DAYS} days; {victim}", catalog()),
        population(evidence, 1, 1),
        until=DAYS * DAY,
        times=tuple(first + np.arange(0.0, DAY + 0.05, 0.1)),
        outputs=(output,),
        values={slot: 1.0},
    )
    result = simulate(scenario, Setting(evidence))
    return float(np.trapezoid(result.data[output].values[0] - 1.0, result.time)) / DAY


def compute(evidence: Evidence) -> dict[str, float]:
    """The rows."""
    rows = evidence.rows
    gut = reached("enzyme.CYP3A.gut", "rifampicin.Emax.CYP3A.gut", "midazolam 1 mg IV once", evidence)
    liver = reached("enzyme.CYP2B6.liver", "rifampicin.Emax.CYP2B6", "r-methadone 1 mg IV once", evidence)
    return {
        "rif-emax-gut-derived": round((rows["rif-cyp3a-duodenum-greiner1999"].value - 1.0) / gut, 1),
        "rif-emax-cyp2b6": round((1.0 / rows["rif-bupropion"].value - 1.0) / liver, 1),
    }


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
