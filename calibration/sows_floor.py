"""Personal floor of SOWS-Handelsman in treated people: a logit-normal through two observed shares.

Run: ``python calibration/sows_floor.py`` prints the rows ``sows-floor-median`` and ``sows-floor-omega``.
"""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

from speciosa.evidence import Evidence, load

# Middle of the .14-.19 with SOWS >= 11 in months 4 to 6 (time course ctn0094_ctn0051_sows_by_day).
SHARE_MODERATE = 0.165


def logit(share: float) -> float:
    """Log odds."""
    return log(share / (1.0 - share))


def compute(evidence: Evidence) -> dict[str, float]:
    """Median (share of the maximum) and SD on the logit scale."""

    def number(row_id: str) -> float:
        return float(evidence.rows[row_id].value or 0.0)

    highest = number("sows-handelsman-maximum")
    mild, moderate = (
        logit(number(f"sows-handelsman-band-{name}") / highest) for name in ("mild", "moderate")
    )
    z_mild, z_moderate = (
        NormalDist().inv_cdf(1.0 - share) for share in (number("sows-floor-6mo"), SHARE_MODERATE)
    )
    spread = (moderate - mild) / (z_moderate - z_mild)
    median = 1.0 / (1.0 + exp(-(mild - z_mild * spread)))
    return {"sows-floor-median": round(median, 4), "sows-floor-omega": round(spread, 2)}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
