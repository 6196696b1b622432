"""Personal floor of SOWS-Handelsman in treated people: a log-normal through two observed shares.

Run: ``python calibration/sows_floor.py`` prints the rows ``sows-floor-median`` and ``sows-floor-omega``.
"""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist

from speciosa.evidence import Evidence, load

# Middle of the .14-.19 with SOWS >= 11 in months 4 to 6 (time course ctn0094_ctn0051_sows_by_day).
SHARE_MODERATE = 0.165


def compute(evidence: Evidence) -> dict[str, float]:
    """Median (score) and SD of the logarithm."""
    share_mild = float(evidence.rows["sows-floor-6mo"].value or 0.0)
    mild = float(evidence.rows["sows-handelsman-band-mild"].value or 0.0)
    moderate = float(evidence.rows["sows-handelsman-band-moderate"].value or 0.0)
    z_mild, z_moderate = (NormalDist().inv_cdf(1.0 - share) for share in (share_mild, SHARE_MODERATE))
    spread = log(moderate / mild) / (z_moderate - z_mild)
    median = exp(log(mild) - z_mild * spread)
    return {"sows-floor-median": round(median, 2), "sows-floor-omega": round(spread, 2)}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
