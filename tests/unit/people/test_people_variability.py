"""The parameter table: medians, spreads, covariates."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.body.person import modules_for
from speciosa.drugs import Use, catalog
from speciosa.errors import PersonError
from speciosa.evidence import load
from speciosa.model import CovariatePower, Model, Module, Parameter, Spread, compose
from speciosa.people import Person, Population, parameter_table, population, typical_person

FloatArray = npt.NDArray[np.float64]
MANY = 20_000
ALL = tuple(Use(drug.name, route.name) for drug in catalog().drugs.values() for route in drug.routes)


@cache
def model(*uses: Use) -> Model:
    return compose(modules_for(uses, catalog()), load())


def column(found: Model, people: Population, name: str) -> FloatArray:
    values: FloatArray = parameter_table(found, people, load())[:, found.parameter_index[name]]
    return values


def same_weight(size: int) -> Population:
    """People who differ in nothing but what is drawn for their parameters."""
    return Population(size, seed=3, typical=typical_person(load()))


def test_shape_and_content() -> None:
    found = model(*ALL)
    table = parameter_table(found, population(load(), 40, 1), load())
    assert table.shape == (40, len(found.parameters))
    assert table.dtype == np.float64
    assert np.isfinite(table).all()


def test_a_model_without_parameters() -> None:
    empty = compose([Module("empty", "")])
    assert parameter_table(empty, population(load(), 3, 1), load()).shape == (3, 0)


VARYING = [item for item in model(*ALL).parameters if item.parameter.spread]


@pytest.mark.parametrize("name", [item.name for item in VARYING])
def test_the_median_is_the_typical_value_and_the_spread_that_of_the_row(name: str) -> None:
    found = model(*ALL)
    crowd = same_weight(MANY)
    values = column(found, crowd, name)
    (middle,) = column(found, population(load(), 1, 1), name)
    spread = found.parameter(name).parameter.spread
    assert spread is not None
    omega = load().slot(spread.slot).value("omega")
    scale = np.log if spread.kind == "log-normal" else lambda share: np.log(share / (1.0 - share))
    eta = scale(values) - scale(middle)
    # Standard errors: 1.2533 omega / sqrt(n) of the median, omega / sqrt(2 n) of the SD; four of each.
    assert abs(np.median(eta)) < 4.0 * 1.2533 * omega / np.sqrt(MANY)
    assert abs(eta.std() - omega) < 4.0 * omega / np.sqrt(2.0 * MANY)
    if spread.kind == "logit-normal":
        assert 0.0 < values.min() <= values.max() < 1.0
    else:
        assert values.min() > 0.0


def test_what_does_not_vary_is_the_same_for_all() -> None:
    found = model(*ALL)
    table = parameter_table(found, same_weight(50), load())
    for index, item in enumerate(found.parameters):
        assert (np.ptp(table[:, index]) > 0.0) == (item.parameter.spread is not None), item.name


def test_a_person_is_the_same_whatever_else_the_model_contains() -> None:
    crowd = population(load(), 30, 11)
    small, large = model(Use("morphine", "oral")), model(*ALL)
    few, many = (parameter_table(item, crowd, load()) for item in (small, large))
    for name, index in small.parameter_index.items():
        assert np.array_equal(few[:, index], many[:, large.parameter_index[name]]), name


def test_a_person_is_the_same_alone_and_in_a_crowd() -> None:
    found = model(*ALL)
    crowd = parameter_table(found, population(load(), 30, 11), load())
    alone = parameter_table(found, population(load(), 1, 11, first=17), load())
    assert np.array_equal(alone[0], crowd[17])


@pytest.mark.parametrize(
    ("name", "exponent", "reference"),
    [
        ("mitragynine.CL/F", "allometry.clearance", "allometry.weight"),
        ("mitragynine.V1/F", "allometry.volume", "allometry.weight"),
        ("morphine.CLf.M6G", "morphine.CLf.M6G.exponent", "morphine.weight.reference"),
        ("naloxone.CL", "allometry.volume", "allometry.weight"),
        ("naloxone.Q2", "allometry.volume", "allometry.weight"),
        ("buprenorphine.CL", "buprenorphine.CL.weight.exponent", "buprenorphine.weight.reference"),
    ],
)
def test_weight_acts_by_the_power_of_the_evidence(name: str, exponent: str, reference: str) -> None:
    found = model(*ALL)
    base, heavy = (
        column(found, population(load(), 1, 1, typical=Person(weight, 170.0, 35.0)), name)[0]
        for weight in (load().slot(reference).value("kg"), 140.0)
    )
    power = load().slot(exponent).value("")
    assert heavy / base == pytest.approx((140.0 / load().slot(reference).value("kg")) ** power, rel=1e-12)
    others = {item.covariate for item in found.parameter(name).parameter.covariates} - {"weight"}
    if not others:
        assert base == pytest.approx(found.parameter(name).value, rel=1e-12)


def test_age_acts_beside_weight() -> None:
    found = model(*ALL)
    young, old = (
        column(found, population(load(), 1, 1, typical=Person(72.4, 170.0, age)), "buprenorphine.CL")[0]
        for age in (35.0, 70.0)
    )
    assert young == pytest.approx(found.parameter("buprenorphine.CL").value, rel=1e-12)
    power = load().slot("buprenorphine.CL.age.exponent").value("")
    assert old / young == pytest.approx(2.0**power, rel=1e-12)


def test_half_lives_printed_per_kg_do_not_depend_on_weight() -> None:
    """The intravenous naloxone model is printed per kg of body weight: all rate constants stay."""
    found = model(Use("naloxone", "intravenous"))
    table = {
        weight: parameter_table(found, population(load(), 1, 1, typical=Person(weight, 170.0, 35.0)), load())[
            0
        ]
        for weight in (50.0, 150.0)
    }
    index = found.parameter_index
    for flow in ("CL", "Q2", "Q3"):
        rates = [row[index[f"naloxone.{flow}"]] / row[index["naloxone.V1"]] for row in table.values()]
        assert rates[0] == pytest.approx(rates[1], rel=1e-12)


def custom(part: Parameter, value: float) -> Model:
    return compose([Module("m", "", parameters=(part,))], load(), values={part.name: value})


def test_a_covariate_that_people_do_not_have() -> None:
    part = Parameter("x", "", "", covariates=(CovariatePower("creatinine", "person.weight", "person.age"),))
    with pytest.raises(PersonError) as caught:
        parameter_table(custom(part, 1.0), same_weight(2), load())
    assert str(caught.value) == (
        "x depends on 'creatinine'; expected one of: weight, height, age, egfr, cyp2d6_activity_score, bmi,"
        " fat_free_mass."
    )


def test_parameters_that_share_the_size_of_their_spread_vary_independently() -> None:
    spread = Spread("mitragynine.IIV_F", "log-normal")
    parts = tuple(Parameter(name, "", "", spread=spread) for name in ("x", "y"))
    found = compose([Module("m", "", parameters=parts)], load(), values={"x": 1.0, "y": 1.0})
    table = np.log(parameter_table(found, same_weight(MANY), load()))
    # The standard error of a correlation of independent normals is 1 / sqrt(n); four of them.
    assert abs(np.corrcoef(table.T)[0, 1]) < 4.0 / np.sqrt(MANY)


@pytest.mark.parametrize("value", [1.2, -0.1])
def test_a_share_outside_of_its_range(value: float) -> None:
    part = Parameter("x", "", "", spread=Spread("mitragynine.IIV_F", "logit-normal"))
    with pytest.raises(PersonError) as caught:
        parameter_table(custom(part, value), same_weight(2), load())
    assert str(caught.value) == (
        f"x is {value:g} and varies as a share between people; expected a value from 0 to 1."
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_shares_of_nothing_and_all_do_not_vary(value: float) -> None:
    part = Parameter("x", "", "", spread=Spread("mitragynine.IIV_F", "logit-normal"))
    assert parameter_table(custom(part, value), same_weight(5), load()).ravel().tolist() == [value] * 5


def test_replaced_values_become_the_median() -> None:
    found = model(Use("mitragynine", "oral"))
    crowd = same_weight(10)
    before = column(found, crowd, "mitragynine.CL/F")
    after = column(found.with_values({"mitragynine.CL/F": 72.0}), crowd, "mitragynine.CL/F")
    np.testing.assert_allclose(after / before, 72.0 / found.parameter("mitragynine.CL/F").value, rtol=1e-12)
