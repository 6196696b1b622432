"""One person: limits, and how they are worded."""

from __future__ import annotations

from math import inf, nan

import pytest

from speciosa.errors import PersonError
from speciosa.evidence import load
from speciosa.people import LEVELS, LIMITS, Person, typical_person


def test_the_reference_adult_is_that_of_the_evidence() -> None:
    person = typical_person(load())
    assert (person.weight, person.height, person.age) == (70.0, 170.0, 35.0)
    assert person.sex == "unspecified"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"weight": 7000.0},
            "person: weight is 7000 kg; expected an adult of 30 to 300 kg. Check the number and its unit.",
        ),
        (
            {"weight": 29.9},
            "person: weight is 29.9 kg; expected an adult of 30 to 300 kg. Check the number and its unit.",
        ),
        (
            {"height": 1.7},
            "person: height is 1.7 cm; expected an adult of 120 to 230 cm. Check the number and its unit.",
        ),
        (
            {"age": 17.0},
            "person: age is 17 years; expected an adult of 18 to 100 years. The library holds no model of"
            " infants, children or adolescents, so they cannot be simulated.",
        ),
        (
            {"age": 0.25, "height": 60.0, "weight": 5.0},
            "person: age is 0.25 years; expected an adult of 18 to 100 years. The library holds no model of"
            " infants, children or adolescents, so they cannot be simulated.",
        ),
        (
            {"age": -1.0},
            "person: age is -1 years; expected an adult of 18 to 100 years. Check the number and its unit.",
        ),
        (
            {"weight": nan},
            "person: weight is nan kg; expected an adult of 30 to 300 kg. Check the number and its unit.",
        ),
        (
            {"weight": inf},
            "person: weight is inf kg; expected an adult of 30 to 300 kg. Check the number and its unit.",
        ),
        ({"sex": "other"}, "person: sex is 'other'; expected female, male or unspecified."),
        ({"child_pugh": "D"}, "person: child_pugh is 'D'; expected none, A, B or C."),
        (
            {"cyp2b6_genotype": "*1/*66"},
            "person: cyp2b6_genotype is '*1/*66'; expected *1/*1, *1/*4, *1/*6, *4/*6 or *6/*6."
            " Did you mean '*1/*6'?",
        ),
        (
            {"cyp2d6_activity_score": 9.0},
            "person: cyp2d6_activity_score is 9; expected 0 to 6. Check the number and its unit.",
        ),
        ({"egfr": 0.0}, "person: egfr is 0 mL/min; expected 2 to 200 mL/min. Check the number and its unit."),
        (
            {"sex": "male", "pregnancy": "yes"},
            "person: pregnancy is 'yes' and sex is 'male'; expected sex female.",
        ),
    ],
)
def test_who_cannot_be_represented_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(PersonError) as caught:
        Person(**{"weight": 70.0, "height": 170.0, "age": 35.0, **values})  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("end", [0, 1])
def test_limits_are_inside(name: str, end: int) -> None:
    values = {"weight": 70.0, "height": 170.0, "age": 35.0, name: LIMITS[name][end]}
    assert getattr(Person(**values), name) == LIMITS[name][end]


def test_names_of_the_covariates() -> None:
    assert Person.names() == (
        *("weight", "height", "age", "sex", "egfr", "child_pugh", "pregnancy"),
        *("cyp2d6_activity_score", "cyp2b6_genotype"),
    )
    assert set(Person.names()) == {*LIMITS, *LEVELS}
