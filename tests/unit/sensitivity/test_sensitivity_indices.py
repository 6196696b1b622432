"""Measures, tornado and Sobol indices, against what can be computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.evidence import Row, load
from speciosa.people import population, specification
from speciosa.regimens import parse
from speciosa.results import figure_caption, plot_sobol, plot_tornado
from speciosa.sensitivity import Factors, Measure, factors_of, one_at_a_time, sobol, tornado
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()
FloatArray = npt.NDArray[np.float64]


def scenario(size: int = 1) -> Scenario:
    regimen = parse("buprenorphine 8 mg sublingual once", SETTING.library)
    return Scenario(regimen, population(load(), size, 4), until=24.0, every=1.0)


class TestMeasure:
    time = np.arange(0.0, 24.5, 0.5)
    course = np.stack([time * (24.0 - time), 2.0 * time * (24.0 - time)])

    @pytest.mark.parametrize(
        ("measure", "expected"),
        [
            (Measure("x", at=6.0), 108.0),
            (Measure("x"), 0.0),
            (Measure("x", "peak"), 144.0),
            (Measure("x", "time of peak"), 12.0),
            (Measure("x", "minimum", window=(2.0, 6.0)), 44.0),
            (Measure("x", "AUC"), 24.0**3 / 6.0),
            (Measure("x", "mean"), 24.0**2 / 6.0),
        ],
    )
    def test_values_of_a_parabola(self, measure: Measure, expected: float) -> None:
        given = replace(scenario(), every=0.5)
        found = measure.of(self.time, self.course, given)
        assert found[0] == pytest.approx(expected, rel=1e-3)
        factor = 1.0 if measure.summary == "time of peak" else 2.0
        assert found[1] == pytest.approx(factor * expected, rel=1e-3)

    def test_labels(self) -> None:
        assert Measure("COWS", at=48.0).label == "COWS at 48 h"
        assert Measure("COWS").label == "COWS at the end"
        assert Measure("COWS", "peak").label == "peak of COWS"
        assert Measure("COWS", "AUC", window=(0.0, 48.0)).label == "AUC of COWS from 0 to 48 h"

    def test_what_cannot_be_asked(self) -> None:
        with pytest.raises(UnknownNameError, match=r"unknown summary 'peek'\. Did you mean 'peak'"):
            Measure("COWS", "peek")
        with pytest.raises(ScenarioError, match="a time is given for the peak"):
            Measure("COWS", "peak", at=3.0)
        with pytest.raises(
            ScenarioError, match="COWS at 30 h is outside of the scenario; expected times from 0"
        ):
            Measure("COWS", at=30.0).times(scenario())


class TestTornado:
    measures = (Measure("plasma.buprenorphine", at=6.0), Measure("signal.MOR", "peak"))

    def test_it_is_what_simulate_says_at_the_ends(self) -> None:
        factors = factors_of(scenario(), self.measures, SETTING, only=["buprenorphine.CL"])
        table = tornado(factors)
        row = table[table["parameter"] == "buprenorphine.CL"].iloc[0]
        for column, value in (("at low", row["low"]), ("at high", row["high"]), ("base", None)):
            values = {} if value is None else {"buprenorphine.CL": float(value)}
            result = simulate(replace(scenario(), values=values))
            expected = result.data["plasma.buprenorphine"].sel(time=6.0).item()
            assert row[column] == pytest.approx(expected, rel=1e-5)

    def test_the_largest_swing_of_each_measure_stands_first(self) -> None:
        table = tornado(factors_of(scenario(20), self.measures, SETTING))
        assert list(dict.fromkeys(table["measure"])) == [item.label for item in self.measures]
        for _, part in table.groupby("measure"):
            assert (np.diff(part["swing"]) <= 0.0).all()
        assert not table["parameter"].str.contains("IIV").any(), "the typical adult does not vary"
        assert {"buprenorphine.CL.age.exponent", "buprenorphine.Vc"} <= set(table["parameter"])

    def test_a_name_that_is_not_uncertain(self) -> None:
        with pytest.raises(UnknownNameError, match=r"unknown uncertain parameter 'buprenorphine\.fu'"):
            factors_of(scenario(), self.measures, SETTING, only=["buprenorphine.fu"])

    def test_the_figure(self) -> None:
        table = tornado(factors_of(scenario(), self.measures, SETTING))
        assert "the 15 largest swings" in figure_caption(plot_tornado(table, "peak of signal.MOR"))


@dataclass(frozen=True)
class Linear:
    """Stands in for `Factors`: ``3 a + b + 0 c``, and a product ``(a - 1/2) (b - 1/2)`` of the first two."""

    measures: tuple[Measure, ...] = (Measure("sum"), Measure("product"))
    names: tuple[str, ...] = ("a", "b", "c")

    def row(self, _: str) -> Row:
        return load().rows["bup-bjornsson2023-cl"]

    def measure_unit(self, _: Measure) -> str:
        return "dimensionless"

    def evaluate(self, shares: FloatArray, _: object = None) -> FloatArray:
        a, b, _c = shares.T
        return np.column_stack([3.0 * a + b, (a - 0.5) * (b - 0.5)])


class TestSobol:
    def test_indices_of_functions_known_by_hand(self) -> None:
        """Variance of a sum is shared 9 to 1; a centered product is interaction alone."""
        table = sobol(Linear(), samples=1024, seed=2).set_index(["measure", "parameter"])  # type: ignore[arg-type]
        total = table.loc["sum at the end"]
        assert total["S1"].to_dict() == pytest.approx({"a": 0.9, "b": 0.1, "c": 0.0}, abs=0.02)
        assert total["ST"].to_dict() == pytest.approx({"a": 0.9, "b": 0.1, "c": 0.0}, abs=0.02)
        product = table.loc["product at the end"]
        assert product.loc[["a", "b"], "S1"].to_numpy() == pytest.approx([0.0, 0.0], abs=0.08)
        assert product.loc[["a", "b"], "ST"].to_numpy() == pytest.approx([1.0, 1.0], abs=0.1)
        for name in ("a", "b"):
            row = total.loc[name]
            assert row["S1 low"] < 0.9 * (name == "a") + 0.1 * (name == "b") < row["S1 high"]

    def test_a_model_names_what_matters_and_is_reproducible(self) -> None:
        measures = [Measure("plasma.buprenorphine", at=6.0)]
        names = ["buprenorphine.sublingual", "buprenorphine.CL"]
        factors = factors_of(scenario(), measures, SETTING, only=names)
        first, again = (sobol(factors, samples=64, seed=3) for _ in range(2))
        assert first.equals(again)
        assert first.attrs["settings"] == 64 * (len(factors.names) + 2)
        assert first["ST"].iloc[0] > 0.2
        low, high = first.attrs["spread"]["plasma.buprenorphine at 6 h"][1:]
        base = simulate(scenario()).data["plasma.buprenorphine"].sel(time=6.0).item()
        assert low < base < high
        assert "95 % confidence intervals" in figure_caption(plot_sobol(first))

    def test_what_cannot_be_asked(self) -> None:
        with pytest.raises(ScenarioError, match="100 samples are asked for; expected a power of two"):
            sobol(Linear(), samples=100)  # type: ignore[arg-type]
        flat = factors_of(
            scenario(), [Measure("plasma.buprenorphine", at=0.0)], SETTING, only=["buprenorphine.CL"]
        )
        with pytest.raises(
            ScenarioError, match="is 0 whatever the parameters; expected a measure that varies"
        ):
            sobol(flat, samples=4)


def test_one_at_a_time_is_what_simulate_says() -> None:
    groups: Mapping[str, list[str]] = {
        "fu": ["norbuprenorphine.fu"],
        "clearance": ["buprenorphine.CL", "not.there"],
    }
    variants = list(one_at_a_time(scenario(), groups, SETTING))
    assert [(item.label, item.end) for item in variants] == [
        ("base", "base"),
        *((label, end) for label in (*groups, "all of these together") for end in ("low", "high")),
    ]
    for variant in variants:
        expected = simulate(replace(scenario(), values=variant.values))
        np.testing.assert_array_equal(variant.result.data["signal.MOR"], expected.data["signal.MOR"])
        assert variant.result.description.overrides == expected.description.overrides


def test_a_setting_that_fails_is_named() -> None:
    factors = factors_of(scenario(), [Measure("signal.MOR")], SETTING, only=["buprenorphine.CL"])
    with pytest.raises(ScenarioError, match="setting 2 of 2 could not be simulated"):
        factors.at({"buprenorphine.CL": np.array([50.0, np.nan])}, 2)
    assert isinstance(factors, Factors)


def test_a_file_of_people_has_no_typical_adult() -> None:
    given = replace(scenario(), people=population(load(), 5, 1, makeup=specification({}, load())))
    with pytest.raises(
        ScenarioError, match="parameters are moved in one typical adult, and a file of people"
    ):
        factors_of(given, [Measure("COWS")], SETTING)
