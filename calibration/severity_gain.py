"""Gain of severity on withdrawal drive, from one anchor: the guideline level after short-acting opioids.

The typical adult, stopped after morphine 30 mg SC every 6 h for 60 days, is taken to peak at COWS 13 (row
`cows13-short`: COWS above 12). With one anchor there is no standard error; the range is what peaks of 8 and
25 would give. Run: ``python calibration/severity_gain.py`` prints the row ``severity-gain``.
"""

from __future__ import annotations

from math import log

from speciosa.evidence import Evidence, load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

REGIMEN = "after morphine 30 mg SC every 6 h for 60 days: nothing"
DAYS = 14
# First score of the moderate band, and peaks that bound what observers describe.
PEAKS = {"severity-gain": 13.0, "severity-gain low": 8.0, "severity-gain high": 25.0}


def compute(evidence: Evidence) -> dict[str, float]:
    """Gain for each peak, from the peak of the withdrawal drive, which does not depend on it."""
    setting = Setting(evidence=evidence)
    scenario = Scenario(
        regimen=parse(REGIMEN, setting.library),
        people=population(evidence, 1, seed=1),
        until=24.0 * DAYS,
        outputs=("withdrawal",),
    )
    drive = simulate(scenario, setting).data["withdrawal"].sel(time=slice(0.0, None)).max().item()
    floor = evidence.slot("COWS.floor").value("score")
    maximum = evidence.slot("COWS.maximum").value("score")
    exponent = evidence.slot("severity.exponent").value("")
    return {
        name: round(-log(1.0 - (peak - floor) / (maximum - floor)) / drive**exponent, 2)
        for name, peak in PEAKS.items()
    }


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
