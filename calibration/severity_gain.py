"""Gain of severity on withdrawal drive, from one anchor: the guideline level after short-acting opioids.

The typical adult, stopped after morphine 30 mg SC every 6 h for 60 days, is taken to peak at an expected
COWS of 13 (row `cows13-short`: COWS above 12). With one anchor there is no standard error; the range is
what peaks of 8 and 25 would give.
Run: ``python calibration/severity_gain.py`` prints the row ``severity-gain``.
"""

from __future__ import annotations

from scipy.optimize import brentq

from speciosa.evidence import Evidence, load
from speciosa.model import evaluate
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, model_of, simulate

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
    model = model_of(scenario, setting)
    score = next(module for module in model.modules if module.name == "COWS").outputs[0].value
    severity = next(module for module in model.modules if module.name == "severity").outputs
    point = {item.name: item.value for item in model.parameters}
    drives = {"withdrawal": drive, "withdrawal.autonomic": drive, "craving.drive": 0.0}

    def reached(gain: float) -> float:
        at = {**point, **drives, "severity.gain": gain}
        return evaluate(score, {**at, **{item.name: evaluate(item.value, at) for item in severity}})

    return {
        name: float(f"{brentq(lambda gain, peak=peak: reached(gain) - peak, 0.0, 1e3):.3g}")
        for name, peak in PEAKS.items()
    }


if __name__ == "__main__":
    for row_id, value in compute(load()).items():
        print(f"{row_id}: {value}")
