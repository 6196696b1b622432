"""Receptor reserve of breathing and what tolerance takes of it, from fentanyl in naive and in chronic users.

At the C50 of ventilation the effect is half of its maximum, so the reserve is the inverse of the signal
there: unbound concentration over the kinetic constant gives occupancy, efficacy gives the signal. In
chronic users the same with their C50 gives the reserve that is left. Their tolerance is that of the typical
adult on morphine 30 mg by mouth every 8 h (90 mg a day, the lower limit of the study) for 60 days. Standard
errors by the printed ones of the C50 values.
Run: ``python calibration/ventilation_reserve.py`` prints the rows.
"""

from __future__ import annotations

from math import hypot

from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

DAYS = 60
# Fentanyl: g/mol, and efficacy taken as near full.
MOLAR_MASS, EFFICACY = 336.48, 0.95
NANO = 1e3
REGIMEN = f"morphine 30 mg by mouth every 8 h for {DAYS} days"


def compute(evidence: Evidence) -> dict[str, float]:
    """Reserve and its loss per unit of tolerance, with relative standard errors."""

    def number(row: str) -> float:
        return float(evidence.rows[row].value or 0.0)

    constant = number("fent-mor-kd-fda") * MOLAR_MASS / number("fentanyl-fu")

    def reserve(row: str) -> float:
        concentration = number(row) * NANO
        occupancy = concentration / (concentration + constant)
        return 1.0 / (EFFICACY * occupancy)

    naive, chronic = "fent-c50-naive-algera2021", "fent-c50-chronic-algera2021"
    setting = Setting(evidence=evidence)
    scenario = Scenario(
        regimen=parse(REGIMEN, setting.library),
        people=population(evidence, 1, seed=1),
        until=24.0 * DAYS,
        outputs=("tolerance",),
    )
    tolerance = float(simulate(scenario, setting).data["tolerance"].isel(person=0, time=-1))
    left = reserve(naive) / reserve(chronic)
    errors = hypot(
        *(float(evidence.rows[row].spread) / number(row) for row in (naive, chronic)),
    )
    return {
        "reserve-ventilation": float(f"{reserve(naive):.2g}"),
        "reserve-ventilation-loss": float(f"{(left - 1.0) / tolerance:.2g}"),
        "relative SE of the ratio of C50": float(f"{errors:.1g}"),
    }


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
