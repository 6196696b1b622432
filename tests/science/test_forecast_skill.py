"""Forecasts on the records of the taper trial: one part of five, persons held out of the fit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "calibration"
RIVALS = ("last class", "arm and day", "regression on doses", "regression on classes and doses")


@pytest.fixture(scope="module")
def judged():
    sys.path.insert(0, str(FOLDER))
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "forecasting"}
    try:
        from forecasting.skill import judge

        return judge(1, (0,))
    finally:
        sys.path.remove(str(FOLDER))
        sys.modules.update(kept)


@pytest.mark.parametrize("lead", [1, 14])
@pytest.mark.parametrize("rival", RIVALS)
def test_forecasts_beat_what_knows_no_body(judged, lead: int, rival: str) -> None:
    """Log score by three standard errors or nearly so, ranked probability score at all."""
    log, error, ranked, _ = judged[lead].better(rival)
    assert log > 2.5 * error
    assert ranked > 0.0


@pytest.mark.parametrize("lead", [1, 14])
def test_bands_hold_what_they_say(judged, lead: int) -> None:
    assert len(judged[lead].person) > 800
    assert 0.85 < judged[lead].inside.mean() < 0.95
