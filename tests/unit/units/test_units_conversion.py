"""Conversions against values computed by hand, and what cannot be converted."""

import subprocess
import sys

import numpy as np
import pytest

from speciosa.errors import UnitError
from speciosa.units import coherent_unit, convert, is_coherent, is_comparable

MITRAGYNINE = 398.5


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (100.0, "mL/min", "L/h", 6.0),
        (2.0, "d", "h", 48.0),
        (1.0, "1/s", "1/h", 3600.0),
        (35.0, "%", "dimensionless", 0.35),
        (13.3, "mg/g", "dimensionless", 0.0133),
        (5.0, "uM", "nmol/L", 5000.0),
        (250.0, "pM", "nM", 0.25),
        (1.2, "L/min/kg", "L/h/kg", 72.0),
        (1.0, "ng*h/mL", "ug*h/L", 1.0),
        (3.0, "ng/mL/mg", "1/L", 0.003),
        (500.0, "per 1000 person-years", "1/year", 0.5),
        (7.0, "score", "score", 7.0),
        (4.0, "score*time", "score*time", 4.0),
        (760.0, "mmHg", "kPa", 101.325),
    ],
)
def test_hand_computed(value, source, target, expected):
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (39.85, "mg", "nmol", 1e5),
        (398.5, "ng/mL", "nM", 1000.0),
        (1000.0, "nM", "ng/mL", 398.5),
        (398.5, "ng*h/mL", "nmol*h/L", 1000.0),
        (398.5, "ng/mL/mg", "nmol/L/mg", 1000.0),
        (2.0, "mL/ng/min", "L/h/nmol", 2e-3 * 60 * 398.5),
    ],
)
def test_mass_and_amount_convert_through_the_molar_mass(value, source, target, expected):
    assert convert(value, source, target, molar_mass=MITRAGYNINE) == pytest.approx(expected, rel=1e-12)


def test_exact_factors_leave_no_trace_of_the_way_over_base_units():
    assert convert(1.0, "mL/min", "L/h") == 0.06
    assert convert(36.0, "L/h", "L/h") == 36.0
    assert convert(1.0, "nM", "nmol/L") == 1.0


def test_arrays_keep_their_shape():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.allclose(convert(values, "d", "h"), 24 * values)
    spread = convert(np.array([[0.25], [1.0]]), "omega2", "omega")
    assert spread.tolist() == [[0.5], [1.0]]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (
            "L/h",
            "L",
            "cannot convert 'L/h' (volume/time) to 'L' (volume); expected units of the same dimension.",
        ),
        (
            "ng/mL",
            "nM",
            "cannot convert 'ng/mL' to 'nM' without a molar mass; expected molar_mass in g/mol. "
            "Mass and amount of substance convert only for a named molecule.",
        ),
        (
            "score*time",
            "score*h",
            "'score*time' (area under the curve of a rating scale) cannot be converted; expected the "
            "same unit.",
        ),
    ],
)
def test_what_does_not_convert(source, target, message):
    with pytest.raises(UnitError) as caught:
        convert(1.0, source, target)
    assert str(caught.value) == message


@pytest.mark.parametrize("molar_mass", [0.0, -1.0, float("nan"), float("inf")])
def test_a_molar_mass_must_be_above_zero(molar_mass):
    with pytest.raises(UnitError, match=r"molar mass is .* g/mol; expected a value above zero"):
        convert(1.0, "mg", "nmol", molar_mass=molar_mass)


def test_a_molar_mass_does_not_excuse_other_differences():
    with pytest.raises(UnitError, match="expected units of the same dimension"):
        convert(1.0, "ng/mL", "nmol", molar_mass=MITRAGYNINE)


@pytest.mark.parametrize(
    "unit",
    ["h", "nmol", "L", "kg", "score", "mmHg", "nM", "nmol/L/h", "1/(L*h)", "L/h/kg**0.75", "", "1", "mmHg/h"],
)
def test_coherent(unit):
    assert is_coherent(unit)


@pytest.mark.parametrize(
    "unit", ["min", "mg", "ng/mL", "uM", "%", "L/min", "mL", "kPa", "mm", "kelvin", "CV%"]
)
def test_not_coherent(unit):
    assert not is_coherent(unit)


@pytest.mark.parametrize(
    ("unit", "internal"),
    [
        ("mL/min", "L/h"),
        ("L/h", "L/h"),
        ("1/s", "1/h"),
        ("%", "dimensionless"),
        ("uM", "nmol/L"),
        ("CV%", "omega"),
        ("L/min/kg", "L/kg/h"),
        ("mg", "kg"),
    ],
)
def test_internal_unit(unit, internal):
    assert coherent_unit(unit) == internal
    assert is_coherent(internal)


def test_internal_unit_of_a_molecule_is_an_amount():
    assert coherent_unit("ng*h/mL", through_molar_mass=True) == "nmol*h/L"
    assert coherent_unit("mg", through_molar_mass=True) == "nmol"


def test_no_internal_unit_for_other_dimensions():
    with pytest.raises(UnitError, match="expected amount, mass, volume, time and score only"):
        coherent_unit("degR")


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ("ng/mL", "nM", True),
        ("L/h", "mL/min", True),
        ("L/h", "L/h/kg", False),
        ("CV%", "omega2", True),
        ("CV%", "L/h", False),
        ("sigma2", "sigma2", True),
        ("pM^-n s^-1", "1/s", False),
    ],
)
def test_comparable(one, other, is_so):
    assert is_comparable(one, other) is is_so
    assert is_comparable(other, one) is is_so


def test_importing_the_room_does_not_load_the_unit_library():
    code = "import sys, speciosa.units, speciosa.evidence as e; e.load(); print('pint' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
