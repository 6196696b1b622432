"""Dimensions: reading, algebra, text, and the errors of unknown units."""

import math
from fractions import Fraction

import pytest

from speciosa.errors import UnitError
from speciosa.units import DIMENSIONLESS, LABELS, Dimension, dimension, is_known


def test_products_and_powers_are_those_of_the_units():
    concentration = dimension("nmol") / dimension("L")
    assert concentration == dimension("nM") == dimension("umol/mL")
    assert concentration * dimension("L/h") == dimension("nmol/h")
    assert dimension("h") ** -1 == dimension("1/s")
    assert dimension("L") / dimension("mL") == DIMENSIONLESS
    assert dimension("L") != dimension("kg")


def test_fractional_powers_add_up_exactly():
    third = dimension("h") ** 0.1
    assert third * third * third == dimension("h") ** 0.3
    assert (dimension("kg") ** 0.75) ** 4 == dimension("kg") ** 3


@pytest.mark.parametrize(
    "unit", ["", "1", "dimensionless", "%", "count", "mg/g", "L/h/(mL/min)", "CV%", "omega2"]
)
def test_pure_numbers(unit):
    assert dimension(unit) == DIMENSIONLESS


def test_a_dimension_is_hashable_and_immutable():
    assert len({dimension("L/h"), dimension("mL/min"), dimension("L")}) == 2
    with pytest.raises(AttributeError):
        dimension("h").exponents = ()  # type: ignore[misc]


def test_exponent_of_a_base():
    assert dimension("L/h").power("[time]") == Fraction(-1)
    assert dimension("L/h").power("[mass]") == 0


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("", "dimensionless"),
        ("1/h", "1/time"),
        ("nmol/L/h", "amount/(time*volume)"),
        ("score*h", "score*time"),
        ("L**2", "volume^2"),
        ("kg**0.75", "mass^0.75"),
        ("mm", "length"),
    ],
)
def test_text_of_a_dimension(unit, text):
    assert str(dimension(unit)) == text


def test_zero_exponents_vanish():
    assert Dimension([("[time]", 1), ("[time]", -1)]) == DIMENSIONLESS


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (
            "mgg",
            "unknown unit 'mgg'; expected a unit such as 'L/h', 'ng/mL' or 'nmol/L'. Did you mean "
            "'mg' or 'mmHg'?",
        ),
        (
            "scor",
            "unknown unit 'scor'; expected a unit such as 'L/h', 'ng/mL' or 'nmol/L'. Did you mean 'score'?",
        ),
        (
            "nMM*h",
            "unknown unit 'nMM' in 'nMM*h'; expected a unit such as 'L/h', 'ng/mL' or 'nmol/L'. "
            "Did you mean 'nM'?",
        ),
        (
            "points",
            "'points' would be a typographic length; expected a unit such as 'L/h', 'ng/mL' or 'nmol/L'. "
            "Points of a rating scale have the unit 'score'.",
        ),
        ("degC", "'degC' is a temperature scale with an offset; expected kelvin."),
        (
            "L/hh",
            "'L/hh' would contain the unit hectohour; expected a unit such as 'L/h', 'ng/mL' or 'nmol/L'.",
        ),
    ],
)
def test_unknown_units_name_near_misses(unit, message):
    with pytest.raises(UnitError) as caught:
        dimension(unit)
    assert str(caught.value) == message


def test_a_spelling_that_differs_in_case_is_offered_first():
    with pytest.raises(UnitError, match="Did you mean 'nM'"):
        dimension("NM")


@pytest.mark.parametrize("unit", ["2*h", "L//h", "L/(h", "h^", "/", "5 mg"])
def test_malformed_units(unit):
    with pytest.raises(
        UnitError, match=r"is not a unit; expected a unit such as .* no numbers but exponents\.$"
    ):
        dimension(unit)


def test_every_label_is_a_known_unit_and_has_a_meaning():
    for label in LABELS.values():
        assert is_known(label.name)
        assert label.meaning
    assert not is_known("furlongs per fortnite")


def test_a_label_with_a_fitted_exponent_has_no_dimension():
    with pytest.raises(UnitError, match="has no fixed dimension; expected a unit with integer exponents"):
        dimension("pM^-n s^-1")


def test_labels_of_rates_and_areas():
    assert dimension("per 1000 person-years") == dimension("1/h")
    assert dimension("score*time") == dimension("score*h")
    assert not math.isnan(float(dimension("score*time").power("[score]")))
