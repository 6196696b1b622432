"""Mass of free base in a mass of salt, from molecular formulas and standard atomic weights.

Run: ``python calibration/salt_factors.py`` prints the rows ``salt-*``. The locator of each row says
``N x BASE over SALT``.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from speciosa.evidence import Evidence, load

DIGITS = 4


def molar_mass(formula: str) -> float:
    """As `molar_masses` computes it, which lies beside this script."""
    spec = importlib.util.spec_from_file_location("molar_masses", Path(__file__).parent / "molar_masses.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return float(module.molar_mass(formula))


def compute(evidence: Evidence) -> dict[str, float]:
    """The factor of each row, from the formulas in its locator."""
    found = {}
    for row in evidence.rows.values():
        if row.id.startswith("salt-"):
            count, _, base, _, salt = row.locator.split()[:5]
            found[row.id] = round(int(count) * molar_mass(base) / molar_mass(salt), DIGITS)
    return found


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
