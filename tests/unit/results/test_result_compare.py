"""Comparison of arms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from speciosa.errors import ResultError, UnknownNameError
from speciosa.results import Comparison, Result, pivot


def test_table_has_every_measure_of_every_arm(arms: dict[str, Result]) -> None:
    table = Comparison(arms).table(final_stop=21 * 24.0, at=(21 * 24.0,))
    assert list(dict.fromkeys(table["arm"])) == list(arms)
    assert (table.groupby("measure").size() == 4).all()
    assert list(dict.fromkeys(table["measure"])) == [
        "peak COWS",
        "day of that peak",
        "rise of COWS above the level before",
        "time in band: none",
        "time in band: mild",
        "time in band: moderate",
        "time in band: moderately severe",
        "time in band: severe",
        "mean signal.MOR",
        "dependence at day 21",
        "peak COWS after the final stop",
        "day of the peak after the final stop",
    ]
    failed = table.set_index(["measure", "arm"])["failed"]
    assert failed["peak COWS", "buprenorphine"] == 1
    assert failed["peak COWS", "nothing"] == 0


def test_numbers_are_those_of_the_results(arms: dict[str, Result]) -> None:
    table = Comparison(arms).table(final_stop=480.0, at=(480.0,)).set_index(["measure", "arm"])
    result = arms["kratom powder"]
    values = result.output("COWS").values
    before, after = result.time <= 480.0, result.time >= 480.0
    assert table.loc[("peak COWS", "kratom powder"), "p95"] == pytest.approx(
        np.percentile(values[:, before].max(axis=1), 95)
    )
    assert table.loc[("peak COWS after the final stop", "kratom powder"), "median"] == pytest.approx(
        np.median(values[:, after].max(axis=1))
    )
    signal = np.trapezoid(result.output("signal.MOR").values[:, before], result.time[before], axis=1) / 480.0
    assert table.loc[("mean signal.MOR", "kratom powder"), "median"] == pytest.approx(np.median(signal))
    state = result.output("dependence").sel(time=480.0).values
    assert table.loc[("dependence at day 20", "kratom powder"), "median"] == pytest.approx(np.median(state))


def test_days_in_bands_fill_the_window(arms: dict[str, Result]) -> None:
    table = Comparison({"nothing": arms["nothing"]}).table(window=(0.0, 240.0))
    days = table[table["measure"].str.startswith("time in band")]
    assert (days["unit"] == "d").all()
    assert days["mean"].sum() == pytest.approx(10.0)


def test_without_a_final_stop_the_columns_are_left_out(arms: dict[str, Result]) -> None:
    table = Comparison(arms).table()
    assert not table["measure"].str.contains("final stop").any()


def test_pivot_is_for_reading(arms: dict[str, Result]) -> None:
    comparison = Comparison(arms)
    frame = pivot(comparison.table(at=(24.0,)))
    assert frame.columns.tolist() == ["measure", *arms]
    assert frame["measure"].tolist()[:2] == ["peak COWS (points)", "day of that peak (days)"]
    assert "dependence at day 1" in frame["measure"].tolist()
    cell = frame.set_index("measure").loc["peak COWS (points)", "nothing"]
    median, _, rest = cell.partition(" [")
    assert float(median) == pytest.approx(
        float(np.median(arms["nothing"].output("COWS").values.max(axis=1))), rel=0.01
    )
    assert " to " in rest


def test_pivot_of_single_persons_has_no_ranges(make: Callable[..., Result]) -> None:
    frame = pivot(Comparison({"a": make(persons=1), "b": make(persons=1, height=5.0)}).table())
    assert not frame["a"].str.contains(r"\[").any()


def test_figures_are_those_that_all_arms_share(arms: dict[str, Result]) -> None:
    assert list(Comparison(arms).figures()) == [
        "COWS by arm",
        "COWS bands",
        "COWS severity",
        "signal.MOR",
        "dependence",
    ]
    arms["bare"] = Result(arms["nothing"].data.drop_vars("dependence"), arms["nothing"].description)
    assert "dependence" not in Comparison(arms).figures()


def test_arms_by_name(arms: dict[str, Result]) -> None:
    comparison = Comparison(arms)
    assert list(comparison) == list(arms)
    assert len(comparison) == 4
    assert comparison["nothing"] is arms["nothing"]
    with pytest.raises(UnknownNameError, match=r"unknown arm 'metadone'\. Did you mean 'methadone'"):
        comparison["metadone"]


def test_nothing_to_compare() -> None:
    with pytest.raises(ResultError) as caught:
        Comparison({})
    assert str(caught.value) == "there is nothing to compare; expected one result or more, by name."


def test_text_and_html(arms: dict[str, Result]) -> None:
    comparison = Comparison({"<b>": arms["nothing"], **arms})
    assert repr(comparison).startswith("Comparison of 5 arms; <b>: n = 30;")
    assert max(map(len, repr(comparison).split("\n"))) <= 100
    assert "<b>" not in comparison._repr_html_()
