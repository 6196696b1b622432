"""Covariate factors of clearance, and the share of CYP2D6 normal metabolizers, by arithmetic on rows.

A ratio of exposures is put on clearance as its inverse. Run: ``python calibration/people_factors.py`` prints
the rows of `choices_people.csv` that are derived.
"""

from __future__ import annotations

from speciosa.evidence import Evidence, load

WHOLE = 100.0
RATIOS = {
    "bup-cl-factor-child-pugh-b": "bup-hepatic-auc-ratio-moderate-b",
    "bup-cl-factor-child-pugh-c": "bup-hepatic-auc-ratio-severe-c",
}
OTHERS = ("cyp2d6-poor-nordic", "cyp2d6-intermediate-nordic", "cyp2d6-ultrarapid-nordic")


def value(evidence: Evidence, row: str) -> float:
    """Value of a row, in its own unit."""
    found = evidence.row(row).value
    assert found is not None
    return found


def compute(evidence: Evidence) -> dict[str, float]:
    """Each derived row."""
    found = {name: round(1.0 / value(evidence, row), 3) for name, row in RATIOS.items()}
    pregnant, after = (value(evidence, f"bup-pregnancy-auc-dose-{who}") for who in ("pregnant", "postpartum"))
    found["bup-cl-factor-pregnancy"] = round(after / pregnant, 2)
    found["methadone-cl-factor-female"] = round(
        1.0 / (1.0 + value(evidence, "methadone-cdr-women") / WHOLE), 2
    )
    found["cyp2d6-normal-nordic"] = round(WHOLE - sum(value(evidence, row) for row in OTHERS), 2)
    return found


if __name__ == "__main__":
    for row_id, number in compute(load()).items():
        print(f"{row_id}: {number}")
