"""Published exposure of kratom alkaloids, reproduced in a simulated population.

Tolerances are those of the observed studies (spread of the means and medians over doses and people).
"""

from __future__ import annotations

import numpy as np
import pytest

PLASMA = ("plasma.mitragynine", "plasma.7-hydroxymitragynine")
EXTRACT = "kratom extract containing 29.6 mg mitragynine by mouth once"
TEA = "kratom tea 2 g (19.5 mg mitragynine per g) once"


@pytest.fixture(scope="module")
def extract(run):
    result = run(EXTRACT, 120.0, outputs=PLASMA)
    return {
        drug: result.exposure(drug, unit="ng/mL", tail=(48.0, 120.0))
        for drug in ("mitragynine", "7-hydroxymitragynine")
    }


def test_mitragynine_peak_after_extract(extract) -> None:
    peak = extract["mitragynine"]["Cmax"].values
    assert 79.0 <= peak.mean() <= 107.0
    assert 35.0 <= 100.0 * peak.std(ddof=1) / peak.mean() <= 50.0


def test_time_of_the_mitragynine_peak(extract) -> None:
    assert 0.9 <= np.median(extract["mitragynine"]["tmax"].values) <= 1.5


def test_metabolite_peak_is_not_before_the_parent(extract) -> None:
    assert 11.0 <= extract["7-hydroxymitragynine"]["Cmax"].values.mean() <= 16.4
    later = extract["7-hydroxymitragynine"]["tmax"].values - extract["mitragynine"]["tmax"].values
    assert np.median(later) >= 0.0


def test_terminal_half_life_sampled_from_48_to_120_h(extract) -> None:
    assert 37.0 <= np.median(extract["mitragynine"]["t1/2"].values) <= 53.0


def test_metabolite_ratio_falls_on_daily_dosing(run) -> None:
    result = run(
        "kratom extract containing 29.6 mg mitragynine once a day for 15 days", 360.0, 200, PLASMA, 0.1
    )
    first = result.ratio("7-hydroxymitragynine", "mitragynine", window=(0.0, 24.0))
    last = result.ratio("7-hydroxymitragynine", "mitragynine", window=(336.0, 360.0))
    assert 0.20 <= np.median(first.values) <= 0.31
    assert 0.15 <= np.median(last.values) <= 0.21


@pytest.mark.parametrize(
    ("drug", "low", "high"),
    [("mitragynine", 57.0, 107.0), ("7-hydroxymitragynine", 11.0, 21.0), ("speciociliatine", 154.0, 380.0)],
)
def test_peaks_after_tea(run, drug: str, low: float, high: float) -> None:
    tea = run(TEA, 120.0, outputs=(*PLASMA, "plasma.speciociliatine"))
    assert low <= np.median(tea.exposure(drug, unit="nmol/L")["Cmax"].values) <= high


def test_speciociliatine_exposure_after_tea(run) -> None:
    tea = run(TEA, 120.0, outputs=(*PLASMA, "plasma.speciociliatine"))
    assert 3200.0 <= np.median(tea.exposure("speciociliatine", unit="nmol/L")["AUCinf"].values) <= 7560.0
