"""Apparent clearance of paroxetine before it inactivates CYP2D6, and the share that goes by CYP2D6.

Paroxetine destroys the enzyme that clears it. The published clearances of one dose and at steady state both
contain that already, so that two numbers are worked out which give both, with KI, kinact and turnover of the
evidence. No interaction with another drug is used.
Run: ``python calibration/paroxetine_clearance.py`` prints ``parox-clf-intact`` and ``parox-fm-cyp2d6``.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import root

from speciosa.drugs import catalog
from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import DAY, Scenario, Setting, simulate

DOSE_MG = 20.0
DAYS = 28
LONG = 14 * DAY


def clearances(intact: float, share: float, evidence: Evidence) -> tuple[float, float]:
    """Apparent clearance (L/h) of one dose and at steady state."""
    drug = catalog().drugs["paroxetine"]
    values = {drug.slot("CL/F"): intact, drug.slot("fm.CYP2D6"): share}
    found = []
    first = (DAYS - 1) * DAY
    for text, start, end in (("once", 0.0, LONG), (f"once a day for {DAYS} days", first, first + DAY)):
        scenario = Scenario(
            parse(f"paroxetine {DOSE_MG:g} mg {text}", catalog()),
            population(evidence, 1, 1),
            until=end,
            times=tuple(np.linspace(start, end, 500)),
            outputs=("plasma.paroxetine",),
            values=values,
        )
        result = simulate(scenario, Setting(evidence))
        area = float(np.trapezoid(result.data["plasma.paroxetine"].values[0], result.time))
        amount = DOSE_MG / evidence.slot("paroxetine.molar_mass").value("g/mol") * 1e6
        found.append(amount / area)
    return found[0], found[1]


def compute(evidence: Evidence) -> dict[str, float]:
    """The rows."""
    rows = evidence.rows
    wanted = np.log(
        [
            rows["fit-paroxetine-cl-f-single-em"].value,
            rows["fit-paroxetine-cl-f-steady-state-20-mg-d-em"].value,
        ]
    )

    def miss(at: np.ndarray) -> np.ndarray:
        # Logarithm and logit keep the search among what is possible.
        return (
            np.log(clearances(float(np.exp(at[0])), float(1.0 / (1.0 + np.exp(-at[1]))), evidence)) - wanted
        )

    found = root(miss, np.array([np.log(200.0), 2.0]), method="hybr", options={"eps": 1e-3, "xtol": 1e-6})
    assert found.success, found.message
    intact, share = float(np.exp(found.x[0])), float(1.0 / (1.0 + np.exp(-found.x[1])))
    return {"parox-clf-intact": round(intact, 0), "parox-fm-cyp2d6": round(share, 3)}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
