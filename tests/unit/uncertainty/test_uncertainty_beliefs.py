"""What rows say of typical values, and how studies draw them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from speciosa.body.person import modules_for
from speciosa.drugs import Use, catalog
from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.evidence import Row, load
from speciosa.model import Model, compose
from speciosa.uncertainty import Samples, Uncertainty, belief, beliefs, unit_of, unstated

SHARES = np.linspace(0.0, 0.999, 4001)


@cache
def model() -> Model:
    uses = [Use("buprenorphine", "sublingual"), Use("mitragynine", "oral", "kratom powder")]
    return compose(modules_for(uses, catalog()), load())


def row(value: float, spread_type: str, spread: str, **more: object) -> Row:
    base = load().rows["bup-bjornsson2023-cl"]
    return replace(base, value=value, spread_type=spread_type, spread=spread, **more)  # type: ignore[arg-type]


def same(value: float) -> float:
    return value


class TestBelief:
    def test_a_standard_error_is_log_normal_with_the_value_as_median(self) -> None:
        found = belief(row(50.0, "SE", "10"), 50.0, same)
        assert found is not None
        values = found.at(SHARES)
        assert np.median(values) == pytest.approx(50.0, rel=1e-2)
        assert values.std() / values.mean() == pytest.approx(0.2, rel=0.05)
        assert values.min() > 0.0

    def test_units_are_converted(self) -> None:
        found = belief(row(50.0, "SE", "10"), 3000.0, lambda value: 60.0 * value)
        assert found is not None
        assert found.spread == pytest.approx(np.sqrt(np.log1p(0.04)))

    def test_a_95_interval_is_met(self) -> None:
        found = belief(row(20.0, "95CI", "10 to 40"), 20.0, same)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((10.0, 40.0))

    def test_a_range_of_an_assumption_is_even_on_both_sides_of_the_value(self) -> None:
        found = belief(row(0.1, "range", "0.02 to 0.5", kind="assumed"), 0.1, same, is_share=True)
        assert found is not None
        values = found.at(SHARES)
        assert values.min() == pytest.approx(0.02)
        assert values.max() == pytest.approx(0.5, rel=1e-2)
        assert np.mean(values < 0.1) == pytest.approx(0.5, abs=1e-3)

    def test_a_value_at_the_end_of_its_range(self) -> None:
        found = belief(row(1.0, "range", "1 to 5", kind="assumed"), 1.0, same)
        assert found is not None
        assert found.at(np.array([0.0, 0.5, 1.0])) == pytest.approx([1.0, np.sqrt(5.0), 5.0])
        other = belief(row(1.0, "range", "0.8 to 1", kind="assumed"), 1.0, same, is_share=True)
        assert other is not None
        assert other.at(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.8, 0.9, 1.0])

    def test_an_exponent_may_change_its_sign(self) -> None:
        found = belief(row(-0.1, "SE", "0.2"), -0.1, same, is_signed=True)
        assert found is not None
        assert found.at(np.array([0.1, 0.9])) == pytest.approx([-0.1 - 0.2563, -0.1 + 0.2563], abs=1e-3)

    def test_a_share_of_one_with_a_standard_error(self) -> None:
        found = belief(row(1.0, "SE", "0.1"), 1.0, same, is_share=True)
        assert found is not None
        assert found.scale == "identity"

    def test_the_spread_of_people_is_no_uncertainty_of_their_mean(self) -> None:
        many = belief(row(0.1, "SD", "0.02", kind="measured", n=25), 0.1, same)
        assert many is not None
        assert many.spread == pytest.approx(np.sqrt(np.log1p(0.04**2)))
        assert belief(row(0.1, "SD", "0.02", kind="measured", n=None), 0.1, same) is None
        assert belief(row(0.1, "range", "0.05 to 0.2", kind="measured", n=25), 0.1, same) is None
        assert belief(row(0.1, "CV%", "20"), 0.1, same) is None
        assert belief(row(0.1, "none", ""), 0.1, same) is None


class TestModel:
    def test_every_belief_has_the_value_in_use_inside(self) -> None:
        found = beliefs(model(), load())
        assert {"buprenorphine.CL", "buprenorphine.CL.age.exponent", "mitragynine.Kp,uu"} <= set(found)
        for name, item in found.items():
            assert item.low <= item.value <= item.high, name
            assert item.low < item.high, name

    def test_known_and_unstated_make_the_whole_model(self) -> None:
        known, silent = beliefs(model(), load()), unstated(model(), load())
        assert not set(known) & set(silent)
        assert set(model().parameter_index) <= {*known, *silent}
        assert "mitragynine.CL/F" in silent

    def test_shares_stay_shares(self) -> None:
        values = Uncertainty(3000, 1).draws(model(), load())
        for name in ("buprenorphine.sublingual.F", "mitragynine.fu", "mitragynine.efficacy.MOR"):
            assert 0.0 <= values[name].min() < values[name].max() <= 1.0

    def test_what_a_scenario_sets_is_known(self) -> None:
        assert "buprenorphine.CL" not in beliefs(model().with_values({"buprenorphine.CL": 60.0}), load())


class TestDraws:
    def test_a_study_is_the_same_whatever_the_number_of_studies_and_the_model(self) -> None:
        few, many = (Uncertainty(number, 5).draws(model(), load()) for number in (3, 40))
        alone = compose(modules_for([Use("buprenorphine", "sublingual")], catalog()), load())
        other = Uncertainty(3, 5).draws(alone, load())
        for name, values in few.items():
            assert np.array_equal(values, many[name][:3])
            if name in other:
                assert np.array_equal(values, other[name])

    def test_slots_are_independent_and_seeds_differ(self) -> None:
        values = Uncertainty(4000, 5).draws(model(), load())
        found = np.corrcoef(values["buprenorphine.CL"], values["buprenorphine.V3"])[0, 1]
        assert abs(found) < 4.0 / np.sqrt(4000)
        assert not np.any(
            values["buprenorphine.CL"] == Uncertainty(4000, 6).draws(model(), load())["buprenorphine.CL"]
        )

    def test_samples_are_taken_whole(self) -> None:
        text = "buprenorphine.CL [mL/min],buprenorphine.V3\n1000,1500\n2000,3000\n"
        given = Uncertainty(200, 1, Samples.of(text, "posterior.csv")).draws(model(), load())
        pairs = set(zip(given["buprenorphine.CL"].round(6), given["buprenorphine.V3"], strict=True))
        assert pairs == {(60.0, 1500.0), (120.0, 3000.0)}
        assert len(set(given["mitragynine.Kp,uu"])) == 200

    def test_units_of_slots(self) -> None:
        assert unit_of("buprenorphine.CL", model(), load()) == ("L/h", None)
        assert unit_of("buprenorphine.IIV_CL", model(), load()) == ("omega", None)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a\n", "p.csv: the table has no samples; expected a header and rows of numbers."),
            (
                "a,a\n1,2\n",
                "p.csv, line 1: a column has no name or is there twice; expected one slot a column.",
            ),
            ("a,b\n1,2\n1\n", "p.csv, line 3: 1 cells; expected 2, as the header."),
            ("a,b\n1,much\n", "p.csv, line 2, column b: 'much' is no number; expected a number."),
        ],
    )
    def test_faulty_tables(self, text: str, message: str) -> None:
        with pytest.raises(ScenarioError) as caught:
            Samples.of(text, "p.csv")
        assert str(caught.value) == message

    def test_faulty_names_and_units(self) -> None:
        with pytest.raises(
            UnknownNameError, match=r"p\.csv, line 1, column buprenorphine\.CLL: unknown parameter"
        ):
            Uncertainty(2, 1, Samples.of("buprenorphine.CLL\n1\n", "p.csv")).draws(model(), load())
        with pytest.raises(ScenarioError, match=r"^p\.csv, line 1, column buprenorphine\.CL: "):
            Uncertainty(2, 1, Samples.of("buprenorphine.CL [kg]\n1\n", "p.csv")).draws(model(), load())

    @pytest.mark.parametrize("number", [0, 10_001])
    def test_number_of_studies(self, number: int) -> None:
        with pytest.raises(ScenarioError, match=f"^{number} studies are asked for; expected 1 to 10,000"):
            Uncertainty(number)
