"""Molar masses from molecular formulas and the IUPAC abridged standard atomic weights.

Run: ``python calibration/molar_masses.py`` prints the rows ``molar-mass-*``.
"""

from __future__ import annotations

import re

from speciosa.evidence import Evidence, load

# Abridged standard atomic weights (IUPAC 2021).
ATOMIC_WEIGHT = {
    "C": 12.011,
    "H": 1.008,
    "N": 14.007,
    "O": 15.999,
    "F": 18.998,
    "P": 30.974,
    "S": 32.06,
    "Br": 79.904,
    "Cl": 35.45,
}


def molar_mass(formula: str) -> float:
    """Sum of atomic weights, g/mol."""
    return sum(
        ATOMIC_WEIGHT[element] * int(count or 1)
        for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    )


def compute(evidence: Evidence) -> dict[str, float]:
    """The value of each row, from the formula in its locator."""
    rows = [row for row in evidence.rows.values() if row.id.startswith("molar-mass-")]
    return {row.id: round(molar_mass(row.locator.split()[2]), 2) for row in rows}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value} g/mol")
