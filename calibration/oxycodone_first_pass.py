"""What gut wall and liver let pass of swallowed oxycodone, where three kinds of evidence disagree.

Bioavailability F (two studies), the gut availability Fg seen with grapefruit juice, and the hepatic
extraction E that clearance over blood flow gives, should obey F = Fg * (1 - E), and do not: the two factors
say 0.5 and F was 0.6 and 0.69. Each is taken to be equally uncertain on the log scale; least squares under
the constraint moves each by a third of the gap. No interaction with a drug of the library is used.
Run: ``python calibration/oxycodone_first_pass.py`` prints ``oxy-fg`` and ``oxy-extraction``.
"""

from __future__ import annotations

from math import exp, log, sqrt

from speciosa.evidence import Evidence, load

PARTS = 3


def compute(evidence: Evidence) -> dict[str, float]:
    """The rows."""
    rows = evidence.rows
    whole = sqrt(rows["oxycodone-f-oral"].value * rows["oxy-f-poyhia1992"].value)
    gut = rows["oxy-fg-gfj"].value
    liver = 1.0 - rows["oxy-extraction-flow"].value
    share = exp(log(whole / (gut * liver)) / PARTS)
    return {"oxy-fg": round(gut * share, 2), "oxy-extraction": round(1.0 - liver * share, 2)}


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
