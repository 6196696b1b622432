"""Oral alfentanil: apparent clearance, bioavailability and absorption rate constant.

Apparent clearance is the mean of dose over area of four oral doses; bioavailability is the clearance after IV
doses, found by the same laboratory in other people, over it. The rate constant puts the peak of the
disposition in use at the time that was observed. No interaction is used.
Run: ``python calibration/alfentanil_oral.py`` prints ``alf-cl-f-oral``, ``alf-f-oral`` and ``alf-ka-oral``.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm
from scipy.optimize import brentq

from speciosa.evidence import Evidence, load

DOSES = (23.0, 30.0, 43.0, 75.0)  # ug/kg, in the ids of the rows
BRACKET = (0.05, 60.0)
MINUTES = 60.0


def apparent(evidence: Evidence) -> float:
    """Apparent clearance, mL/min/kg."""
    areas = [evidence.rows[f"alf-auc-oral-{dose:g}"].value for dose in DOSES]
    found = [1000.0 * dose / area / MINUTES for dose, area in zip(DOSES, areas, strict=True)]
    return float(np.mean(found))


def slope_at(ka: float, time: float, evidence: Evidence) -> float:
    """Rate of change of the central amount after an oral unit dose."""
    volume = {key: evidence.slot(f"alfentanil.{key}").value("L") for key in ("V1", "V2", "V3")}
    flow = {key: evidence.slot(f"alfentanil.{key}").value("L/h") for key in ("CL", "Q2", "Q3")}
    out = sum(flow.values()) / volume["V1"]
    rates = np.array(
        [
            [-ka, 0.0, 0.0, 0.0],
            [ka, -out, flow["Q2"] / volume["V2"], flow["Q3"] / volume["V3"]],
            [0.0, flow["Q2"] / volume["V1"], -flow["Q2"] / volume["V2"], 0.0],
            [0.0, flow["Q3"] / volume["V1"], 0.0, -flow["Q3"] / volume["V3"]],
        ]
    )
    amounts = expm(rates * time) @ np.array([1.0, 0.0, 0.0, 0.0])
    return float((rates @ amounts)[1])


def compute(evidence: Evidence) -> dict[str, float]:
    """The rows."""
    whole = round(apparent(evidence), 1)
    systemic = evidence.rows["alf-cl-iv-kharasch1997"].value
    ka = brentq(slope_at, *BRACKET, args=(evidence.rows["alf-tmax-oral"].value, evidence))
    return {
        "alf-cl-f-oral": whole,
        "alf-f-oral": round(systemic / whole, 3),
        "alf-ka-oral": round(float(ka), 2),
    }


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
