"""Exponent that turns a CYP2D6 activity score into activity relative to a normal metabolizer.

Published rates by activity score, each over that at score 2, are described by one power of score / 2: least
squares of the logarithm through the reference. A score of 0 has no activity by either. Score 0.25, of which
one substrate has a rate, is left out: there a power says 6 % and the row 2 %.
Run: ``python calibration/activity_score.py`` prints the row ``cyp2d6-score-exponent`` and the two substrates
apart.
"""

from __future__ import annotations

import numpy as np

from speciosa.evidence import Evidence, load

SCORES = {"0p5": 0.5, "0p75": 0.75, "1": 1.0, "1p25": 1.25, "1p5": 1.5, "3": 3.0}
REFERENCE = 2.0
SUBSTRATES = ("dxm", "paroxetine")


def points(substrate: str, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of score and of rate, relative to the reference."""
    rows = evidence.rows
    top = rows[f"{substrate}-as-kcat-cyp2d6-as-2"].value
    found = {
        score: rows[name].value / top
        for label, score in SCORES.items()
        if (name := f"{substrate}-as-kcat-cyp2d6-as-{label}") in rows
    }
    return np.log(np.array(list(found)) / REFERENCE), np.log(np.array(list(found.values())))


def slope(substrates: tuple[str, ...], evidence: Evidence) -> float:
    """Exponent of the power through the reference."""
    x, y = (
        np.concatenate(part) for part in zip(*(points(item, evidence) for item in substrates), strict=True)
    )
    return float(x @ y / (x @ x))


def compute(evidence: Evidence) -> dict[str, float]:
    """The row."""
    return {"cyp2d6-score-exponent": round(slope(SUBSTRATES, evidence), 2)}


if __name__ == "__main__":
    rows = load()
    print(f"cyp2d6-score-exponent: {compute(rows)['cyp2d6-score-exponent']}")
    for item in SUBSTRATES:
        print(f"{item} alone: {slope((item,), rows):.2f}")
