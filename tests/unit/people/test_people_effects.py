"""Categories, exponential effects, correlated deviates, occasions and batches in the parameter table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.body.person import modules_for
from speciosa.body.quantities import parameter
from speciosa.drugs import Covariate, Disposition, Drug, Use, catalog
from speciosa.errors import DrugError, PersonError
from speciosa.evidence import Evidence, Slot, load
from speciosa.model import (
    CovariateCategory,
    CovariateExponential,
    CovariatePower,
    Module,
    Parameter,
    Spread,
    compose,
)
from speciosa.people import Person, Population, changes, derived_slots, parameter_table, population

ADULT = Person(70.0, 170.0, 35.0)
MANY = 20_000


def with_slots(**values: float) -> Evidence:
    """The evidence and a few slots more, each of one number."""
    base = load()
    slots = dict(base.slots)
    for name, value in values.items():
        row = replace(base.rows["allometry-v"], id=name.replace(".", "-").lower(), value=value)
        slots[name] = Slot(name, row, "An example.", (), "test", 1)
    return replace(base, slots=slots)


def table(part: Parameter, people: Population, evidence: Evidence) -> npt.NDArray[np.float64]:
    model = compose([Module("m", "", parameters=(part,))], evidence, values={part.name: 2.0})
    return parameter_table(model, people, evidence)[:, 0]


class TestRelations:
    def test_a_category_multiplies_at_its_levels_only(self) -> None:
        part = Parameter("x", "", "", covariates=(CovariateCategory("child_pugh", (("B", "b"), ("C", "c"))),))
        evidence = with_slots(b=0.5, c=0.25)
        for level, expected in (("none", 2.0), ("A", 2.0), ("B", 1.0), ("C", 0.5)):
            people = Population(1, 1, replace(ADULT, child_pugh=level), is_varied=False)
            assert table(part, people, evidence).tolist() == [expected]

    def test_an_exponential_effect(self) -> None:
        relation = CovariateExponential("cyp2d6_activity_score", "reference", "coefficient")
        part = Parameter("x", "", "", covariates=(relation,))
        people = Population(1, 1, replace(ADULT, cyp2d6_activity_score=0.5), is_varied=False)
        found = table(part, people, with_slots(reference=2.0, coefficient=1.0))
        assert found[0] == pytest.approx(2.0 * np.exp(-1.5))

    def test_who_is_unknown_is_the_reference(self) -> None:
        part = Parameter("x", "", "", covariates=(CovariatePower("egfr", "reference", "exponent"),))
        evidence = with_slots(exponent=0.7)
        slots = {**evidence.slots, "reference": Slot("reference", _egfr_row(), "", (), "test", 1)}
        evidence = replace(evidence, slots=slots)
        assert table(part, Population(1, 1, ADULT, is_varied=False), evidence).tolist() == [2.0]
        poor = Population(1, 1, replace(ADULT, egfr=30.0), is_varied=False)
        assert table(part, poor, evidence)[0] == pytest.approx(2.0 * (30.0 / 90.0) ** 0.7)

    def test_fat_free_mass_is_that_of_the_formula(self) -> None:
        """A man of 70 kg and 170 cm has 9270 * 70 / (6680 + 216 * 24.22) kg."""
        part = Parameter("x", "", "", covariates=(CovariatePower("fat_free_mass", "reference", "exponent"),))
        row = replace(load().rows["allometry-weight"], value=50.0)
        evidence = with_slots(exponent=1.0)
        evidence = replace(evidence, slots={**evidence.slots, "reference": Slot("r", row, "", (), "t", 1)})
        men = Population(1, 1, replace(ADULT, sex="male"), is_varied=False)
        index = 70.0 / 1.7**2
        assert table(part, men, evidence)[0] == pytest.approx(
            2.0 * 9270.0 * 70.0 / (6680.0 + 216.0 * index) / 50.0
        )
        unspecified = table(part, Population(1, 1, ADULT, is_varied=False), evidence)[0]
        women = table(part, Population(1, 1, replace(ADULT, sex="female"), is_varied=False), evidence)[0]
        assert women < unspecified < table(part, men, evidence)[0]
        model = compose([Module("m", "", parameters=(part,))], evidence, values={"x": 2.0})
        assert set(derived_slots(model, evidence)) == {
            "fat_free_mass.numerator",
            *(f"fat_free_mass.{name}.{sex}" for name in ("intercept", "slope") for sex in ("female", "male")),
        }

    def test_a_category_that_people_do_not_have(self) -> None:
        part = Parameter("x", "", "", covariates=(CovariateCategory("smoking", (("yes", "b"),)),))
        with pytest.raises(PersonError) as caught:
            table(part, Population(1, 1, ADULT), with_slots(b=0.5))
        assert str(caught.value) == (
            "x depends on the category 'smoking'; expected one of: sex, child_pugh, pregnancy,"
            " cyp2b6_genotype."
        )

    def test_a_level_that_does_not_exist(self) -> None:
        part = Parameter("x", "", "", covariates=(CovariateCategory("child_pugh", (("D", "b"),)),))
        with pytest.raises(
            PersonError, match=r"^x depends on child_pugh 'D'; expected one of: none, A, B, C"
        ):
            table(part, Population(1, 1, ADULT), with_slots(b=0.5))


def _egfr_row():  # type: ignore[no-untyped-def]
    return replace(load().rows["allometry-v"], id="egfr-reference", value=90.0, unit="mL/min")


class TestDrugFile:
    def test_buprenorphine_is_cleared_more_slowly_in_liver_disease(self) -> None:
        model = compose(modules_for([Use("buprenorphine", "sublingual")], catalog()), load())
        column = model.parameter_index["buprenorphine.CL"]
        clearance = {
            level: parameter_table(
                model, Population(1, 1, replace(ADULT, child_pugh=level), is_varied=False), load()
            )[0, column]
            for level in ("none", "B", "C")
        }
        # Observed ratios of exposure, rounded in the row to three digits.
        assert clearance["none"] / clearance["B"] == pytest.approx(1.639, rel=2e-3)
        assert clearance["none"] / clearance["C"] == pytest.approx(2.814, rel=2e-3)

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"reference": "r"},
            {"reference": "r", "exponent": "e", "coefficient": "c"},
            {"reference": "r", "factors": (("B", "b"),)},
        ],
    )
    def test_a_covariate_has_one_form(self, given: dict[str, object]) -> None:
        with pytest.raises(DrugError) as caught:
            Covariate("CL", "weight", **given)  # type: ignore[arg-type]
        assert str(caught.value) == (
            "the effect of weight on CL has no clear form; expected reference and exponent, or reference and"
            " coefficient, or factors alone."
        )

    def test_what_is_correlated_must_vary(self) -> None:
        with pytest.raises(DrugError, match=r"^'V' is correlated and does not vary between people"):
            Drug(
                *("x", (), "opioid agonist", ()),
                Disposition(("V",), ("CL",)),
                variability=(("CL", "log-normal"),),
                correlations=(("CL", "V", "corr"),),
            )


CORRELATED = Drug(
    *("x", (), "opioid agonist", ()),
    Disposition(("V",), ("CL",)),
    variability=(("CL", "log-normal"), ("V", "log-normal"), ("ka", "log-normal")),
    correlations=(("CL", "V", "corr"),),
    occasions=(("ka", "log-normal"),),
)


class TestCorrelation:
    def columns(self, evidence: Evidence, *keys: str, size: int = MANY) -> npt.NDArray[np.float64]:
        parts = tuple(parameter(CORRELATED, key, "", "") for key in keys)
        values = {part.name: 1.0 for part in parts}
        model = compose([Module("m", "", parameters=parts)], evidence, values=values)
        people = Population(size, 5, ADULT)
        return np.log(parameter_table(model, people, evidence))

    def test_deviates_have_the_correlation_and_spread_of_the_rows(self) -> None:
        evidence = _varying(0.8)
        found = self.columns(evidence, "CL", "V", "ka")
        together = np.corrcoef(found.T)
        # The standard error of a correlation is (1 - r^2) / sqrt(n); four of them.
        assert abs(together[0, 1] - 0.8) < 4.0 * 0.36 / np.sqrt(MANY)
        assert abs(together[0, 2]) < 4.0 / np.sqrt(MANY)
        assert found.std(axis=0) == pytest.approx([0.3, 0.3, 0.3], rel=0.03)

    def test_a_person_is_the_same_whichever_part_of_the_block_a_model_has(self) -> None:
        evidence = _varying(0.8)
        both, alone = self.columns(evidence, "CL", "V", size=9), self.columns(evidence, "V", size=9)
        assert np.array_equal(both[:, 1], alone[:, 0])

    def test_correlations_that_cannot_be(self) -> None:
        with pytest.raises(PersonError) as caught:
            self.columns(_varying(1.2), "CL", size=2)
        assert str(caught.value) == (
            "the correlations of x.CL, x.V contradict each other; expected a positive definite matrix."
        )


def _varying(correlation: float) -> Evidence:
    base = with_slots(**{"x.corr": correlation})
    row = replace(base.rows["kratom-batch-spread"], value=0.3)
    names = ("x.IIV_CL", "x.IIV_V", "x.IIV_ka", "x.IOV_ka")
    return replace(base, slots={**base.slots, **{name: Slot(name, row, "", (), "t", 1) for name in names}})


class TestOccasions:
    def test_each_occasion_lies_around_the_persons_own_value(self) -> None:
        evidence = _varying(0.0)
        part = parameter(CORRELATED, "ka", "", "")
        assert part.occasion == Spread("x.IOV_ka", "log-normal")
        model = compose([Module("m", "", parameters=(part,))], evidence, values={part.name: 1.0})
        people = Population(400, 5, ADULT)
        own = parameter_table(model, people, evidence)
        times = [np.arange(0.0, 24.0 * 20, 24.0)] * people.size
        found = changes(model, people, evidence, own, {part.name: times})
        ratio = np.log(found.value / own[found.person, 0]).reshape(400, 20)
        assert ratio.std() == pytest.approx(0.3, rel=0.05)
        assert abs(np.corrcoef(ratio[:, 0], ratio[:, 1])[0, 1]) < 4.0 / np.sqrt(400)
        alone = Population(1, 5, ADULT, first=17)
        one = changes(model, alone, evidence, parameter_table(model, alone, evidence), {part.name: times[:1]})
        assert np.array_equal(one.value, found.value[found.person == 17])

    def test_batches_by_dose_have_nothing_in_common(self) -> None:
        use = Use("mitragynine", "oral", "kratom powder", is_content_stated=False)
        model = compose(modules_for([use], catalog()), load())
        name = catalog().products["kratom powder"].batch
        assert name is not None
        people = population(load(), 500, 2)
        own = parameter_table(model, people, load())
        times = [np.array([0.0, 12.0])] * people.size
        found = changes(model, people, load(), own, {name: times}, by_dose=(name,))
        logs = np.log(found.value).reshape(500, 2)
        omega = load().slot(f"IIV_{name}").value("omega")
        assert logs.std() == pytest.approx(omega, rel=0.1)
        assert abs(np.corrcoef(logs.T)[0, 1]) < 4.0 / np.sqrt(500)

    def test_the_typical_adult_does_not_vary(self) -> None:
        part = parameter(CORRELATED, "ka", "", "")
        evidence = _varying(0.0)
        model = compose([Module("m", "", parameters=(part,))], evidence, values={part.name: 1.0})
        one = population(load(), 1, 1)
        own = parameter_table(model, one, evidence)
        assert changes(model, one, evidence, own, {part.name: [np.array([0.0])]}).size == 0


def test_draws_of_typical_values_give_everybody_once_each() -> None:
    model = compose(modules_for([Use("mitragynine", "oral")], catalog()), load())
    people = population(load(), 7, 4)
    typical = {"mitragynine.CL/F": np.array([36.0, 72.0]), "mitragynine.IIV_ka": np.array([0.1, 0.2])}
    found = parameter_table(model, people, load(), typical)
    once = parameter_table(model, people, load())
    clearance = model.parameter_index["mitragynine.CL/F"]
    assert found.shape == (14, len(model.parameters))
    np.testing.assert_allclose(found[:7, clearance], once[:, clearance], rtol=1e-12)
    np.testing.assert_allclose(found[7:, clearance], 2.0 * once[:, clearance], rtol=1e-12)
    absorption = model.parameter_index["mitragynine.ka"]
    middle = model.parameter("mitragynine.ka").value
    np.testing.assert_allclose(
        np.log(found[7:, absorption] / middle), 2.0 * np.log(found[:7, absorption] / middle), rtol=1e-9
    )
