"""Withdrawal scores: peak, rise, bands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from speciosa.errors import ResultError
from speciosa.results import Result, ScenarioDescription

BANDS = [("none", 0.0), ("mild", 5.0), ("moderate", 13.0)]


def _result(time: list[float], values: list[list[float]]) -> Result:
    data = xr.Dataset(
        {"COWS": (("person", "time"), np.array(values), {"unit": "score", "kind": "score", "bands": BANDS})},
        coords={"person": np.arange(len(values)), "time": time},
    )
    return Result(data, ScenarioDescription("Score", "nothing", until=time[-1], persons=len(values)))


@pytest.fixture
def triangle() -> Result:
    """Flat at 2 for a day, then up to 18 in 16 h and down to 2 in 32 h."""
    return _result([0.0, 24.0, 40.0, 72.0], [[2.0, 2.0, 18.0, 2.0]])


def test_peak_and_rise_above_the_level_before(triangle: Result) -> None:
    found = triangle.score(since=24.0)
    assert float(found["peak"][0]) == 18.0
    assert float(found["time of peak"][0]) == 16.0
    assert float(found["day of peak"][0]) == 1.0
    assert float(found["level before"][0]) == 2.0
    assert float(found["rise"][0]) == 16.0


def test_time_in_bands_follows_the_straight_lines(triangle: Result) -> None:
    found = triangle.score(since=24.0)
    # Up at 1 point/h, down at half a point/h: 3 h and 6 h below 5, 8 h and 16 h to 13, 5 h and 10 h above.
    assert float(found["time in none"][0]) == pytest.approx(9.0)
    assert float(found["time in mild"][0]) == pytest.approx(24.0)
    assert float(found["time in moderate"][0]) == pytest.approx(15.0)
    in_days = triangle.score(since=24.0, time_unit="d")
    assert float(in_days["time in mild"][0]) == pytest.approx(1.0)
    assert in_days["time in mild"].attrs["unit"] == "d"


def test_times_in_bands_add_up(population: Result) -> None:
    found = population.score(since=30.0, until=400.0)
    total = sum(found[name].values for name in found if str(name).startswith("time in"))
    assert total == pytest.approx(370.0)


def test_a_score_at_the_bound_is_in_the_band() -> None:
    found = _result([0.0, 10.0], [[5.0, 5.0], [4.999, 4.999]]).score()
    assert found["time in mild"].values.tolist() == [10.0, 0.0]
    assert found["time in none"].values.tolist() == [0.0, 10.0]


def test_level_before_is_a_mean_over_what_is_recorded() -> None:
    result = _result([0.0, 12.0, 24.0, 48.0], [[0.0, 4.0, 0.0, 9.0]])
    assert float(result.score(since=24.0)["level before"][0]) == pytest.approx(2.0)
    assert float(result.score(since=24.0, before=12.0)["level before"][0]) == pytest.approx(2.0)
    assert float(result.score(since=0.0)["level before"][0]) == 0.0


def test_day_of_peak_counts_from_one() -> None:
    result = _result([0.0, 23.0, 24.0, 47.0, 48.0], [[0, 9, 1, 1, 1], [0, 1, 9, 1, 1], [0, 1, 1, 1, 9]])
    assert result.score()["day of peak"].values.tolist() == [1.0, 2.0, 3.0]


def test_shares_of_people_per_band() -> None:
    result = _result([0.0, 1.0], [[0.0, 20.0], [5.0, 12.9], [13.0, 4.0], [1.0, 6.0]])
    table = result.bands()
    assert table.columns.tolist() == ["none", "mild", "moderate"]
    assert table.loc[0.0].tolist() == [0.5, 0.25, 0.25]
    assert table.loc[1.0].tolist() == [0.25, 0.5, 0.25]


def test_failed_persons_have_no_band(make: Callable[..., Result]) -> None:
    result = make(persons=4, failed=(0,))
    assert result.bands().sum(axis=1).to_numpy() == pytest.approx(1.0)
    found = result.score()
    for name in found:
        assert np.isnan(found[name].values[0])
        assert np.isfinite(found[name].values[1:]).all()


def test_an_output_without_bands_is_refused(population: Result) -> None:
    with pytest.raises(ResultError) as caught:
        population.bands("dependence")
    assert str(caught.value) == "output 'dependence' has no severity bands; expected one of COWS."
