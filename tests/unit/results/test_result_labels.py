"""Labels are put on a result at the first look, and change nothing of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xarray as xr

from speciosa.errors import ResultError
from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Result, ScenarioDescription
from speciosa.simulation import Scenario, Setting, simulate

DESCRIPTION = ScenarioDescription("Example", "morphine 10 mg IV once", until=2.0, persons=2)


def data() -> xr.Dataset:
    values = np.array([[0.0, 0.4, 0.2], [0.0, 0.3, 0.1]])
    attributes = {"unit": "dimensionless", "kind": "signal"}
    return xr.Dataset(
        {"signal.MOR": (("person", "time"), values, attributes)},
        coords={"person": [1, 2], "time": [0.0, 1.0, 2.0]},
    )


def late(status: list[int]) -> tuple[Result, list[str]]:
    """A result whose arrays are made late, and what was made."""
    made: list[str] = []

    def make() -> xr.Dataset:
        made.append("data")
        return data()

    return Result(make, DESCRIPTION, status=np.array(status)), made  # type: ignore[arg-type]


def test_arrays_are_made_once_at_the_first_look() -> None:
    result, made = late([0, 0])
    assert (result.n, result.failed, made) == (2, 0, [])
    xr.testing.assert_identical(result.data, data())
    assert result.data is result.data
    assert made == ["data"]
    assert result.persons.sizes == {}


def test_failed_people_are_masked_as_in_arrays_that_are_given() -> None:
    result, made = late([0, 3])
    assert (result.failed, made) == (1, [])
    given = Result(data(), DESCRIPTION, status=np.array([0, 3]))
    xr.testing.assert_identical(result.data, given.data)
    assert np.isnan(result.data["signal.MOR"].values[1]).all()
    assert result.data["signal.MOR"].attrs == data()["signal.MOR"].attrs


def test_faults_of_arrays_that_are_given_are_told_at_once() -> None:
    with pytest.raises(ResultError, match="status has shape"):
        Result(data(), DESCRIPTION, status=np.array([0]))
    with pytest.raises(TypeError, match="data"):
        Result(description=DESCRIPTION)  # type: ignore[call-arg]


def test_a_simulated_result_can_be_sent_before_it_was_looked_at() -> None:
    setting = Setting()
    regimen = parse("morphine 10 mg IV once", setting.library)
    result = simulate(Scenario(regimen, population(load(), 3, 1), until=3.0), setting)
    assert callable(vars(result)["data"])
    sent = pickle.loads(pickle.dumps(result))
    xr.testing.assert_identical(sent.data, result.data)
    xr.testing.assert_identical(sent.persons, result.persons)
    assert sent.description == result.description


def test_a_grid_that_cannot_be_recorded_is_told_at_once() -> None:
    setting = Setting()
    regimen = parse("morphine 10 mg IV once", setting.library)
    with pytest.raises(ResultError, match="the time grid does not increase"):
        simulate(Scenario(regimen, population(load(), 1, 1), until=3.0, times=(1.0,)), setting)
