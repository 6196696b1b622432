"""Reserve of the depression of breathing, and what tolerance takes of it.

In the extended model ventilation follows x = psi S / (1 + (psi - 1) S), psi = reserve / (1 + loss T), by the
published law of the naive person; S is the net receptor signal, T tolerance. All at the clamp (slot
``breathing.clamp.PCO2``).

- ``breathing-reserve``: a fully occupying buprenorphine (its intrinsic efficacy in use) depresses ventilation
  by its intrinsic activity for ventilation (row bup-alpha-vent-fda).
- ``breathing-reserve-loss``: for a full agonist psi is a factor on potency, so that 1 + loss T is the ratio
  of C50 in chronic and naive people (rows fent-c50-chronic-algera2021, fent-c50-naive-algera2021), with T the
  mean tolerance of the typical adult on the last day of the regimen below, the least that those users took.

- ``fent-invivo-vent``: the in-vivo factor of fentanyl's Ki at which the naive person has lost half of
  ventilation at the measured C50. It is not in use: the reserve rests on buprenorphine alone, and one number
  cannot tell a reserve from a factor.

Run: ``python calibration/breathing_reserve.py``
"""

from __future__ import annotations

from math import hypot

import numpy as np

from speciosa.body.breathing import published_drive
from speciosa.body.kinetics import bound
from speciosa.evidence import Evidence, load
from speciosa.overdose.clamp import clamped_ventilation, depressed_at
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import DAY, Scenario, Setting, simulate
from speciosa.units import convert

REGIMEN = "morphine 30 mg by mouth every 8 h for 90 days"
DAYS = 90
POINTS = 2001
HALF = 0.5


def equivalent(evidence: Evidence, share: float) -> float:
    """The x of the law at which clamped ventilation has lost a share."""
    strength = np.linspace(0.0, 1.0, POINTS)
    law = published_drive(["fentanyl"], "naive")
    return depressed_at(share, clamped_ventilation(law, {bound("fentanyl"): strength}, evidence), strength)


def reserve_for(x: float, net: float) -> float:
    """The psi at which a signal acts like x."""
    return x * (1.0 - net) / (net * (1.0 - x))


def mean_tolerance(setting: Setting) -> float:
    """Tolerance over the last day of the regimen."""
    scenario = Scenario(
        regimen=parse(REGIMEN, setting.library),
        people=population(setting.evidence, 1, seed=1),
        until=DAY * DAYS,
        outputs=("tolerance",),
    )
    curve = simulate(scenario, setting).data["tolerance"].isel(person=0)
    return float(curve.sel(time=slice(DAY * (DAYS - 1), None)).mean())


def compute(evidence: Evidence) -> dict[str, float]:
    """The rows, with what they rest on."""
    ceiling = number(evidence, "bup-alpha-vent-fda")
    net = evidence.slot("buprenorphine.efficacy.MOR").value("")
    reserve = reserve_for(equivalent(evidence, ceiling), net)
    naive, chronic = (number(evidence, f"fent-c50-{who}-algera2021") for who in ("naive", "chronic"))
    errors = [float(evidence.row(f"fent-c50-{who}-algera2021").spread) for who in ("naive", "chronic")]
    ratio = chronic / naive
    error = ratio * hypot(errors[0] / naive, errors[1] / chronic)
    tolerance = mean_tolerance(Setting(evidence=evidence))
    return {
        "breathing-reserve": round(reserve, 2),
        "breathing-reserve-loss": round((ratio - 1.0) / tolerance, 1),
        "breathing-reserve-loss SE": round(error / tolerance, 1),
        "ratio of C50": round(ratio, 2),
        "ratio of C50 SE": round(error, 2),
        "mean tolerance": round(tolerance, 4),
        "fent-invivo-vent": round(in_vivo(evidence, signal_at(equivalent(evidence, HALF), reserve)), 2),
    }


def number(evidence: Evidence, row_id: str) -> float:
    """Value of a row that has one."""
    value = evidence.row(row_id).value
    if value is None:
        raise ValueError(f"row {row_id} has no value")
    return value


def in_vivo(evidence: Evidence, net: float) -> float:
    """Factor on the Ki of fentanyl that gives a signal at the naive C50."""
    mass = evidence.slot("fentanyl.molar_mass").value("g/mol")
    total = convert(number(evidence, "fent-c50-naive-algera2021"), "ng/mL", "nmol/L", molar_mass=mass)
    unbound = total * evidence.slot("fentanyl.fu").value("") * evidence.slot("fentanyl.Kp,uu").value("")
    occupancy = net / evidence.slot("fentanyl.efficacy.MOR").value("")
    return unbound * (1.0 - occupancy) / occupancy / evidence.slot("fentanyl.Ki.MOR").value("nmol/L")


def signal_at(x: float, reserve: float) -> float:
    """The signal that acts like x in a naive person."""
    return x / (reserve * (1.0 - x) + x)


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
