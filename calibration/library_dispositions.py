"""Parameters of the library that need a solution: absorption by the time of the peak, volumes by a half-life.

- ``bup-in-ka``, ``fent-in-ka``, ``clon-ka``: first-order absorption that peaks at the observed time.
- ``fent-v3-chronic``: deep volume of fentanyl that gives the effective half-life after chronic use.
- ``ntx-*``: two compartments of naltrexone from the volumes of Licko and the half-life of Meyer.
- ``ntxol-*``: two compartments of 6-beta-naltrexol from its half-life and its peak after 50 mg by mouth.

Run: ``python calibration/library_dispositions.py`` prints the rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm
from scipy.optimize import brentq, minimize_scalar

from speciosa.evidence import Evidence, load

FloatArray = npt.NDArray[np.float64]
DIGITS = 4
LOG2 = float(np.log(2.0))
# Between these ends (1/h, L) the solutions lie on a rising or falling branch.
KA = (0.05, 200.0)
VOLUME = (5.0, 50_000.0)


class Mammillary:
    """Central and peripheral compartments: clearance, volumes, flows (L/h, L)."""

    def __init__(self, clearance: float, volumes: list[float], flows: list[float]) -> None:
        size = len(volumes)
        self.volumes = volumes
        rates = np.zeros((size, size))
        rates[0, 0] = -(clearance + sum(flows)) / volumes[0]
        for index, flow in enumerate(flows, start=1):
            rates[index, 0] = flow / volumes[0]
            rates[0, index] = flow / volumes[index]
            rates[index, index] = -flow / volumes[index]
        self.rates = rates

    @property
    def half_life(self) -> float:
        """Terminal half-life, h."""
        return float(LOG2 / np.min(-np.linalg.eigvals(self.rates).real))

    def with_depot(self, ka: float) -> FloatArray:
        """Rate constants with a depot in front."""
        size = len(self.rates) + 1
        rates = np.zeros((size, size))
        rates[1:, 1:] = self.rates
        rates[0, 0], rates[1, 0] = -ka, ka
        return rates

    def concentration(self, ka: float, time: float) -> float:
        """Central concentration at a time after a unit dose into the depot."""
        start = np.eye(len(self.rates) + 1)[0]
        return float((expm(self.with_depot(ka) * time) @ start)[1] / self.volumes[0])

    def slope(self, ka: float, time: float) -> float:
        """Rate of change of the central amount at that time."""
        rates = self.with_depot(ka)
        return float((rates @ expm(rates * time) @ np.eye(len(rates))[0])[1])

    def ka(self, tmax: float) -> float:
        """Absorption rate constant that puts the peak at a time."""
        return float(np.exp(brentq(lambda ka: self.slope(float(np.exp(ka)), tmax), *np.log(KA))))

    def peak(self, ka: float) -> float:
        """Highest concentration after a unit dose into the depot."""
        found = minimize_scalar(
            lambda log_time: -self.concentration(ka, float(np.exp(log_time))),
            bounds=(np.log(0.01), np.log(24.0)),
            method="bounded",
        )
        return -float(found.fun)


def compute(evidence: Evidence) -> dict[str, float]:
    """The value of each row."""

    def value(row_id: str, unit: str = "") -> float:
        return float(evidence.rows[row_id].convert(unit))

    def body(clearance: str, volumes: list[str], flows: list[str]) -> Mammillary:
        return Mammillary(
            value(clearance, "L/h"), [value(v, "L") for v in volumes], [value(q, "L/h") for q in flows]
        )

    bup = [f"bup-bjornsson2023-{key}" for key in ("cl", "vc", "v2", "v3", "q2", "q3")]
    fentanyl = [f"fentanyl-stanpump-{key}" for key in ("cl1", "v1", "v2", "v3", "cl2", "cl3")]
    clonidine = [f"clonidine-cloesmeijer2020-{key}" for key in ("cl-at-start", "v1", "v2", "q")]
    half_life = value("fentanyl-chronic-derived-deep-compartment-effective-t1-2", "h")
    cl, v1, v2, _, q2, q3 = (value(row, "L" if row[-2] == "v" else "L/h") for row in fentanyl)

    def deep(volume: float) -> float:
        return Mammillary(cl, [v1, v2, volume], [q2, q3]).half_life - half_life

    found = {
        "bup-in-ka": body(bup[0], bup[1:4], bup[4:]).ka(value("bup-in-tmax-in", "h")),
        "fent-in-ka": body(fentanyl[0], fentanyl[1:4], fentanyl[4:]).ka(
            value("fentanyl-review-tmax-in", "h")
        ),
        "clon-ka": body(clonidine[0], clonidine[1:3], clonidine[3:]).ka(value("clonidine-text-tmax", "h")),
        "fent-v3-chronic": float(brentq(deep, *VOLUME)),
        **naltrexone(value("naltrexone-oral-cl-systemic", "L/h"), evidence),
        **naltrexol(evidence),
    }
    return {name: float(f"{number:.{DIGITS}g}") for name, number in found.items()}


def naltrexone(clearance: float, evidence: Evidence) -> dict[str, float]:
    """Flow between the two compartments that gives the terminal half-life."""

    def value(row_id: str, unit: str) -> float:
        return float(evidence.rows[row_id].convert(unit))

    central = value("naltrexone-iv-v1", "L") + value("naltrexone-iv-v2", "L")
    peripheral = value("naltrexone-iv-v3", "L")
    half_life = value("naltrexone-oral-t1-2", "h")

    def excess(flow: float) -> float:
        return Mammillary(clearance, [central, peripheral], [flow]).half_life - half_life

    return {"ntx-vc": central, "ntx-q": float(brentq(excess, 1.0, 1000.0))}


def naltrexol(evidence: Evidence) -> dict[str, float]:
    """Volumes that give half-life and peak; flow as large as the clearance, all of the dose formed."""

    def value(row_id: str, unit: str) -> float:
        return float(evidence.rows[row_id].convert(unit))

    clearance, ka = value("naltrexol-xr-ppk-cl", "L/h"), value("naltrexone-iv-ka-oral", "1/h")
    half_life, peak = value("naltrexol-oral-t1-2", "h"), value("naltrexol-50-cmax", "mg/L")
    ratio = value("molar-mass-ntxol", "g/mol") / value("molar-mass-ntx", "g/mol")
    dose = value("ntx-tablet-dose", "mg") * ratio

    def peripheral(central: float) -> float:
        def excess(volume: float) -> float:
            return Mammillary(clearance, [central, volume], [clearance]).half_life - half_life

        return float(brentq(excess, *VOLUME))

    def too_high(central: float) -> float:
        body = Mammillary(clearance, [central, peripheral(central)], [clearance])
        return dose * body.peak(ka) - peak

    central = float(brentq(too_high, 20.0, 1000.0))
    return {"ntxol-vc": central, "ntxol-vp": peripheral(central)}


if __name__ == "__main__":
    for row_id, number in compute(load()).items():
        print(f"{row_id}: {number}")
