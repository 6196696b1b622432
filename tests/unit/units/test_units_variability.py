"""Measures of variation, against hand-computed values."""

import math

import pytest

from speciosa.errors import UnitError
from speciosa.units import convert, omega


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (50.0, "CV%", math.sqrt(math.log(1.25))),
        (50.0, "%", math.sqrt(math.log(1.25))),
        (100.0, "CV%", math.sqrt(math.log(2.0))),
        (0.3, "omega", 0.3),
        (0.09, "omega2", 0.3),
        (30.0, "100*omega", 0.3),
        (0.3, "log_sd", 0.3),
        (0.09, "log_var", 0.3),
        (0.0, "CV%", 0.0),
    ],
)
def test_standard_deviation_of_eta(value, unit, expected):
    assert omega(value, unit) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("unit", ["CV%", "omega", "omega2", "100*omega", "log_sd", "log_var"])
def test_there_and_back(unit):
    assert convert(convert(0.4, "omega", unit), unit, "omega") == pytest.approx(0.4, rel=1e-14)


def test_a_small_coefficient_of_variation_is_the_standard_deviation():
    assert omega(1e-6, "CV%") == pytest.approx(1e-8, rel=1e-9)


def test_percent_is_read_as_printed():
    assert convert(35.0, "CV%", "%") == 35.0


def test_a_pure_number_is_no_measure_of_variation():
    with pytest.raises(UnitError) as caught:
        convert(0.35, "CV%", "dimensionless")
    assert str(caught.value) == (
        "cannot convert 'CV%' to 'dimensionless': 'dimensionless' measures no log-normal variation; "
        "expected one of CV%, %, omega, omega2, 100*omega, log_sd, log_var. "
        "For the standard deviation of eta ask for 'omega'."
    )


def test_variation_is_not_negative():
    with pytest.raises(UnitError, match="variation is -1 omega2; expected a value of zero or above"):
        omega(-1.0, "omega2")
