"""Dimension checks of equations, with the wording of their errors."""

from __future__ import annotations

import pytest

from speciosa.errors import ModelError, UnitError
from speciosa.model import Expression, Kind, delayed, exponential, logarithm, maximum, minimum, select
from speciosa.model.dimensions import check_unit, dimension_of
from speciosa.model.expression import constant, past_slope, symbol
from speciosa.units import DIMENSIONLESS, dimension

AMOUNT = symbol("a", "nmol", Kind.STATE)
OTHER = symbol("b", "nmol", Kind.STATE)
VOLUME = symbol("V", "L", Kind.PARAMETER)
FLOW = symbol("CL", "L/h", Kind.PARAMETER)
RATE = symbol("k", "1/h", Kind.PARAMETER)
SHARE = symbol("f", "", Kind.PARAMETER)


@pytest.mark.parametrize(
    ("root", "unit"),
    [
        (AMOUNT + OTHER, "nmol"),
        (AMOUNT - OTHER, "nmol"),
        (AMOUNT / VOLUME, "nmol/L"),
        (FLOW / VOLUME * AMOUNT, "nmol/h"),
        (AMOUNT**2.0, "nmol**2"),
        (AMOUNT**0.5 * AMOUNT**0.5, "nmol"),
        (maximum(0.0, AMOUNT), "nmol"),
        (minimum(AMOUNT, OTHER), "nmol"),
        (select(AMOUNT, OTHER, FLOW, 0.0), "L/h"),
        (select(FLOW / VOLUME, RATE, SHARE, 1.0), ""),
        (exponential(-FLOW / VOLUME / RATE), ""),
        (logarithm(AMOUNT / OTHER), ""),
        ((AMOUNT / OTHER) ** SHARE, ""),
        (1.0 - SHARE, ""),
        (delayed(AMOUNT, 1.0 / RATE), "nmol"),
        (past_slope(AMOUNT, 1.0 / RATE), "nmol/h"),
        (constant(2.0), ""),
    ],
)
def test_dimension_of_every_operator(root: Expression, unit: str) -> None:
    assert dimension_of(root) == dimension(unit)
    check_unit(root, unit, "here")


def test_zero_fits_any_dimension() -> None:
    assert dimension_of(constant(0.0)) is None
    check_unit(constant(0.0), "nmol/L", "here")
    check_unit(maximum(0.0, 0.0 * AMOUNT), "h", "here")


def test_zero_to_a_power_is_a_pure_number() -> None:
    assert dimension_of(constant(0.0) ** SHARE) == DIMENSIONLESS


@pytest.mark.parametrize(
    ("root", "message"),
    [
        (
            delayed(AMOUNT, RATE),
            "module m, flow f: delayed(a, k) has a delay in 1/time; expected a delay in h.",
        ),
        (
            AMOUNT + VOLUME,
            "module m, flow f: a + V combines amount with volume; expected terms of one dimension.",
        ),
        (
            1.0 + AMOUNT,
            "module m, flow f: 1 + a combines dimensionless with amount; expected terms of one dimension.",
        ),
        (
            maximum(AMOUNT, FLOW),
            "module m, flow f: max(a, CL) combines amount with volume/time; expected terms of one dimension.",
        ),
        (
            select(AMOUNT, RATE, FLOW, FLOW + 0.0 * FLOW + FLOW),
            "module m, flow f: (CL if a > k else CL + CL) combines amount with 1/time; "
            "expected terms of one dimension.",
        ),
        (
            select(AMOUNT, OTHER, FLOW, RATE),
            "module m, flow f: (CL if a > b else k) combines volume/time with 1/time; "
            "expected terms of one dimension.",
        ),
        (
            exponential(AMOUNT),
            "module m, flow f: exp(a) takes a quantity in amount; expected a pure number.",
        ),
        (logarithm(VOLUME), "module m, flow f: log(V) takes a quantity in volume; expected a pure number."),
        (SHARE**AMOUNT, "module m, flow f: f^a takes a quantity in amount; expected a pure number."),
        (
            AMOUNT**SHARE,
            "module m, flow f: a^f raises amount to a variable power; expected a pure number as base.",
        ),
    ],
)
def test_faults_name_the_place_the_term_and_the_expectation(root: Expression, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        dimension_of(root, "module m, flow f")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("nmol", "here: the equation has dimension amount/volume; expected that of nmol."),
        ("", "here: the equation has dimension amount/volume; expected that of a number."),
    ],
)
def test_wrong_unit_is_named(unit: str, expected: str) -> None:
    with pytest.raises(ModelError) as caught:
        check_unit(AMOUNT / VOLUME, unit, "here")
    assert str(caught.value) == expected


def test_unknown_unit_is_a_unit_error() -> None:
    with pytest.raises(UnitError):
        dimension_of(symbol("x", "furlongs/fortnightt", Kind.STATE))
