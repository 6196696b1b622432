"""Result: checks when made, failed persons, tables, text."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr

from speciosa.errors import ResultError, UnknownNameError
from speciosa.results import Result, ScenarioDescription
from speciosa.results.numbers import interval, shown
from speciosa.units import convert

DESCRIPTION = ScenarioDescription("Short", "nothing", until=2.0, persons=2)


def _data(**changes: object) -> xr.Dataset:
    attributes = {"unit": "dimensionless", "kind": "signal"} | changes
    return xr.Dataset(
        {"signal.MOR": (("person", "time"), np.ones((2, 3)), attributes)},
        coords={"person": [1, 2], "time": [0.0, 1.0, 2.0]},
    )


def test_failed_persons_become_nan_and_are_counted(make: Callable[..., Result]) -> None:
    result = make(persons=5, failed=(1, 4))
    assert (result.n, result.failed) == (3, 2)
    for name in result.outputs():
        values = result.output(name).values
        assert np.isnan(values[[1, 4]]).all()
        assert not np.isnan(values[[0, 2, 3]]).any()
    assert result.failures["person"].tolist() == [2, 5]
    assert result.failures["reason"].tolist() == ["step size too small"] * 2
    assert set(result.summary()["failed"]) == {2}
    assert result.summary()["n"].max() == 3


def test_units_survive_the_masking_of_failed_persons(make: Callable[..., Result]) -> None:
    result = make(persons=5, failed=(1,))
    assert result.output("plasma.mitragynine").attrs["molar_mass"] == 398.5
    assert result.data["time"].attrs["unit"] == "h"


def test_all_failed_still_gives_tables(make: Callable[..., Result]) -> None:
    result = make(persons=2, failed=(0, 1))
    table = result.summary()
    assert (table["n"] == 0).all()
    assert table["median"].isna().all()
    assert np.isnan(result.quantiles("COWS", [0.5]).values).all()
    assert "n = 0 (2 failed, left out)" in repr(result)


def test_summary_has_every_output_with_a_unit(population: Result) -> None:
    table = population.summary()
    assert set(table["output"]) == set(population.outputs())
    assert (table["unit"] != "").all()
    rows = table.set_index(["output", "metric"])
    assert rows.loc[("signal.MOR", "maximum"), "median"] == pytest.approx(
        float(np.median(population.output("signal.MOR").values.max(axis=1)))
    )
    assert {"Cmax", "tmax", "AUC", "t1/2"} <= set(rows.loc["plasma.mitragynine"].index)
    assert {"peak", "rise", "time in mild"} <= set(rows.loc["COWS"].index)


def test_quantiles_convert_and_count(population: Result) -> None:
    curves = population.quantiles("plasma.mitragynine", (0.25, 0.5), unit="ng/mL")
    assert curves.dims == ("quantile", "time")
    assert curves.attrs["n"] == 40
    expected = np.quantile(population.output("plasma.mitragynine").values, 0.25, axis=0)
    factor = convert(1.0, "nmol/L", "ng/mL", molar_mass=398.5)
    assert curves.values[0] == pytest.approx(expected * factor)


def test_quantiles_beyond_one_are_refused(population: Result) -> None:
    with pytest.raises(
        ResultError, match=r"quantiles \(5\.0,\) cannot be taken; expected shares between 0 and 1"
    ):
        population.quantiles("COWS", (5.0,))


def test_unknown_output_offers_near_misses(population: Result) -> None:
    with pytest.raises(UnknownNameError) as caught:
        population.output("signal.mor")
    assert str(caught.value).startswith("unknown output 'signal.mor'.")


def test_tidy_table_keeps_every_value_with_its_unit(make: Callable[..., Result]) -> None:
    result = make(persons=3, days=1.0)
    table = result.to_dataframe()
    assert table.columns.tolist() == ["person", "time", "output", "value", "unit"]
    assert len(table) == 3 * len(result.time) * len(result.outputs())
    row = table[(table["output"] == "COWS") & (table["person"] == 2) & (table["time"] == 6.0)]
    assert row["value"].item() == result.output("COWS").sel(person=2, time=6.0).item()
    assert row["unit"].item() == "score"
    wide = result.to_dataframe(tidy=False)
    assert wide.columns.tolist() == ["person", "time", *result.outputs()]
    assert len(wide) == 3 * len(result.time)


def test_text_fits_a_screen(population: Result) -> None:
    lines = repr(population).split("\n")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert "n = 40" in repr(population)
    assert "seed 7 · speciosa 0.1.0 · evidence 0123456789abcdef" in repr(population)


def test_long_titles_and_regimens_still_fit(make: Callable[..., Result]) -> None:
    long = "morphine 30 mg SC every 6 h for 28 days, then " * 12
    made = make(persons=2)
    description = ScenarioDescription(long, long, until=1.0, persons=2, history=long)
    lines = repr(Result(made.data, description)).split("\n")
    assert max(map(len, lines)) <= 110
    assert len(lines) <= 24


def test_one_person_needs_no_percentiles(make: Callable[..., Result]) -> None:
    assert "p5" not in repr(make(persons=1))


def test_html_is_escaped_and_closed(make: Callable[..., Result]) -> None:
    made = make(persons=2)
    description = ScenarioDescription("<script>alert(1)</script>", "a & b", until=1.0, persons=2)
    page = Result(made.data, description)._repr_html_()
    assert "<script>" not in page
    assert "a &amp; b" in page
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "br":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Reader().feed(page)
    assert not open_tags


def test_the_result_is_frozen(population: Result) -> None:
    with pytest.raises(AttributeError):
        population.slots = ()  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        population.status[0] = 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            _data().drop_vars("person"),
            "the data lack the coordinate person; expected coordinates person and time.",
        ),
        (
            _data().assign_coords(time=[0.0, 1.0, 1.0]),
            "the time grid does not increase; expected two or more increasing times in h.",
        ),
        (_data(unit=""), "output 'signal.MOR': has no unit; expected the attribute 'unit'."),
        (
            _data().transpose("time", "person"),
            "output 'signal.MOR': has dimensions ('time', 'person'); expected ('person', 'time').",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused(data: xr.Dataset, message: str) -> None:
    with pytest.raises(ResultError) as caught:
        Result(data, DESCRIPTION)
    assert str(caught.value) == message


def test_status_of_another_length_is_refused() -> None:
    with pytest.raises(ResultError, match="expected one code for each of 2 persons"):
        Result(_data(), DESCRIPTION, status=np.zeros(3, dtype=np.int64))
    with pytest.raises(ResultError, match="1 reasons are given; expected one for each of 2 persons"):
        Result(_data(), DESCRIPTION, reasons=("",))
    with pytest.raises(ResultError, match="covariates are given for 3 persons; expected 2 persons"):
        Result(_data(), DESCRIPTION, persons=xr.Dataset({"weight": ("person", np.ones(3))}))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00123456, "0.00123"), (12345.6, "12346"), (3e7, "3.00e+07"), (-2.5, "-2.50")],
)
def test_numbers_for_reading(value: float, text: str) -> None:
    assert shown(value) == text


def test_missing_numbers_for_reading() -> None:
    nan = float("nan")
    assert shown(nan) == "–"
    assert interval(nan, nan, nan) == "–"
    assert shown(float("inf")) == "∞"
