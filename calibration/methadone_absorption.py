"""First-order absorption rate constant of oral methadone that puts tmax at the observed 3 h.

The disposition is that of the evidence; ka is the root of dC/dt = 0 at tmax.
Run: ``python calibration/methadone_absorption.py`` prints the rows ``rmet-ka`` and ``smet-ka``.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm
from scipy.optimize import brentq

from speciosa.evidence import Evidence, load

# Between these rate constants (1/h) the peak moves from hours late to minutes after the dose.
BRACKET = (0.02, 5.0)


def slope_at(ka: float, time: float, drug: str, evidence: Evidence) -> float:
    """Rate of change of the central amount after an oral unit dose."""
    volume = {key: evidence.slot(f"{drug}.{key}").value("L") for key in ("Vc", "V2", "V3")}
    flow = {key: evidence.slot(f"{drug}.{key}").value("L/h") for key in ("CL", "Q2", "Q3")}
    out = sum(flow.values()) / volume["Vc"]
    rates = np.array(
        [
            [-ka, 0.0, 0.0, 0.0],
            [ka, -out, flow["Q2"] / volume["V2"], flow["Q3"] / volume["V3"]],
            [0.0, flow["Q2"] / volume["Vc"], -flow["Q2"] / volume["V2"], 0.0],
            [0.0, flow["Q3"] / volume["Vc"], 0.0, -flow["Q3"] / volume["V3"]],
        ]
    )
    amounts = expm(rates * time) @ np.array([1.0, 0.0, 0.0, 0.0])
    return float((rates @ amounts)[1])


def compute(evidence: Evidence) -> dict[str, float]:
    """Rate constant (1/h) of each enantiomer."""
    tmax = evidence.rows["methadone-tmax-oral"].value
    found = {}
    for row_id, drug in (("rmet-ka", "r-methadone"), ("smet-ka", "s-methadone")):
        root = brentq(slope_at, *BRACKET, args=(tmax, drug, evidence))
        found[row_id] = round(float(root), 3)
    return found


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value} 1/h")
