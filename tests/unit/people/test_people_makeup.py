"""Populations by distributions and of real people: what they hold, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from speciosa.errors import PersonError, UnknownNameError
from speciosa.evidence import load
from speciosa.people import (
    OpioidHistory,
    Population,
    Register,
    activity_score,
    population,
    rows_of,
    specification,
)

MANY = 20_000
HISTORY = {
    "drug": "morphine",
    "route": "SC",
    "daily": {"median": 120, "cv": 40, "low": 20, "high": 400},
    "days": {"low": 30, "high": 400},
    "share": 0.75,
}


def crowd(table: dict[str, Any], size: int = MANY, first: int = 0, seed: int = 3) -> Population:
    return population(load(), size, seed, first=first, makeup=specification(table, load()))


class TestSpecification:
    def test_a_person_is_the_same_alone_and_in_a_crowd(self) -> None:
        many, alone = crowd({"history": HISTORY}, 50), crowd({"history": HISTORY}, 1, first=31)
        for name, values in many.covariates.items():
            assert alone.covariates[name][0] == values[31]
        for name, levels in many.levels.items():
            assert alone.levels[name][0] == levels[31]
        assert alone.histories[0] == many.histories[31]

    def test_shares_are_those_of_the_specification_and_of_the_rows(self) -> None:
        people = crowd({"female": 0.3, "child_pugh": {"none": 0.8, "A": 0.15, "B": 0.05}})
        # The standard error of a share is sqrt(p (1-p) / n); four of them.
        assert abs(np.mean(people.levels["sex"] == "female") - 0.3) < 4.0 * np.sqrt(0.21 / MANY)
        assert abs(np.mean(people.levels["child_pugh"] == "B") - 0.05) < 4.0 * np.sqrt(0.0475 / MANY)
        poor = load().slot("population.cyp2d6.poor").value("")
        assert poor == pytest.approx(0.0496)
        found = np.mean(people.covariates["cyp2d6_activity_score"] == 0.0)
        assert abs(found - poor) < 4.0 * np.sqrt(poor * (1.0 - poor) / MANY)
        assert set(people.levels["cyp2b6_genotype"]) == {"*1/*1", "*1/*6", "*6/*6"}

    def test_limits_hold_and_nobody_piles_up_at_them(self) -> None:
        age = crowd({"age": {"median": 38, "cv": 60, "low": 25, "high": 45}}).covariates["age"]
        assert 25.0 <= age.min() < age.max() <= 45.0
        assert np.mean((age < 25.001) | (age > 44.999)) < 0.001

    def test_weight_follows_height_and_sex(self) -> None:
        people = crowd({})
        weight, height = people.covariates["weight"], people.covariates["height"]
        is_female = people.levels["sex"] == "female"
        assert height[is_female].mean() == pytest.approx(161.9, abs=0.5)
        assert height[~is_female].mean() == pytest.approx(175.9, abs=0.5)
        assert (weight / (height / 100.0) ** 2)[is_female].mean() == pytest.approx(29.6, abs=0.3)
        assert np.corrcoef(np.log(weight[is_female]), np.log(height[is_female]))[0, 1] > 0.2

    def test_histories_are_spread_and_some_are_naive(self) -> None:
        histories = crowd({"history": HISTORY}, 400).histories
        known = [item for item in histories if item is not None]
        assert 0.6 < len(known) / 400 < 0.9
        assert len({item.daily for item in known}) > 50
        assert all(20.0 <= item.daily <= 400.0 and 30.0 <= item.days <= 400.0 for item in known)

    def test_what_it_rests_on(self) -> None:
        own = {"female": 0.5, "age": {"median": 40, "cv": 20}, "height": {"mean": 170, "sd": 8}}
        slots = specification(
            {**own, "weight": {"mean": 80, "sd": 12}, "cyp2d6": {"poor": 1.0}}, load()
        ).slots
        assert not any(slot.startswith(("population.height", "population.BMI", "person.")) for slot in slots)
        assert any(slot.startswith("population.cyp2b6_genotype") for slot in slots)

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ({"femal": 0.4}, "specification, key femal: unknown key 'femal'. Did you mean 'female'?"),
            ({"female": 40}, "specification, key female: female is 40; expected a share from 0 to 1."),
            (
                {"age": {"median": 1, "cv": 30, "low": 0}},
                "specification, key age: a limit is 0; expected limits within 18 to 100.",
            ),
            (
                {"age": {"median": 38}},
                "specification, key age: median is given; expected median and cv, mean and sd, or low and"
                " high.",
            ),
            (
                {"age": {"median": 12, "cv": 30}},
                "specification, key age: the middle 12 is outside of 18 to 100; expected a middle between the"
                " limits.",
            ),
            (
                {"cyp2d6": {"slow": 0.1, "normal": 0.9}},
                "specification, key cyp2d6.slow: unknown key 'slow'. Known keys: poor, intermediate, normal,"
                " ultrarapid.",
            ),
            (
                {"child_pugh": {"A": 0.4, "B": 0.4}},
                "specification, key child_pugh: the shares A 0.4, B 0.4 add up to 0.8; expected shares of"
                " zero or above that add up to 1.",
            ),
            (
                {"height": {"female": {"mean": 160, "sd": 6}}},
                "specification, key height: male is missing; expected female and male.",
            ),
            (
                {"history": {"drug": "morphine", "daily": 100}},
                "specification, key history: days is missing; expected drug, daily and days.",
            ),
            (
                {"cyp2d6_activity_score": {"nine": 1.0}},
                "specification, key cyp2d6_activity_score.nine: 'nine' is no score; expected 0 to 6.",
            ),
        ],
    )
    def test_what_is_refused(self, table: dict[str, Any], message: str) -> None:
        with pytest.raises(PersonError) as caught:
            specification(table, load())
        assert str(caught.value) == message


CSV = """id,weight,height,age,sex,child_pugh,cyp2d6_phenotype,history_drug,history_daily,history_days
a,82,180,41,male,none,poor,morphine,120,60
b,61,165,29,female,B,,,,
"""


class TestRegister:
    def read(self, text: str) -> Register:
        return Register.read(rows_of(text, "clinic.csv"), load(), "clinic.csv")

    def test_people_are_those_of_the_file(self) -> None:
        people = population(load(), 2, 1, makeup=self.read(CSV))
        assert people.covariates["weight"].tolist() == [82.0, 61.0]
        assert people.levels["child_pugh"].tolist() == ["none", "B"]
        assert people.covariates["cyp2d6_activity_score"][0] == 0.0
        assert np.isnan(people.covariates["cyp2d6_activity_score"][1])
        assert people.histories == (OpioidHistory("morphine", 120.0, 60.0), None)
        assert "egfr" not in people.covariates
        assert people.slots == ("cyp2d6.activity_score.poor",)
        assert people.stated == ("cyp2d6_activity_score", "sex", "child_pugh")

    def test_beyond_the_file_people_are_drawn_from_it(self) -> None:
        people = population(load(), 200, 1, makeup=self.read(CSV))
        assert people.covariates["weight"][:2].tolist() == [82.0, 61.0]
        assert 0.3 < np.mean(people.covariates["weight"] == 82.0) < 0.7
        assert people.draw("CL").std() > 0.5

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (
                "weight",
                "wieght",
                "clinic.csv, line 1: unknown column 'wieght'. Did you mean 'weight'?",
            ),
            (
                ",41,",
                ",0.3,",
                "clinic.csv, line 2, column age: age is 0.3 years; expected an adult of 18 to 100 years. The"
                " library holds no model of infants, children or adolescents, so they cannot be simulated.",
            ),
            (
                "poor",
                "slow",
                "clinic.csv, line 2, column cyp2d6_phenotype: unknown CYP2D6 phenotype 'slow'. Known:"
                " intermediate, normal, poor, ultrarapid. Or give cyp2d6_activity_score,"
                " a number from 0 to 6.",
            ),
            (
                "82",
                "82,5",
                "clinic.csv, line 2: 11 cells; expected 10, as the header.",
            ),
            (
                "82",
                "much",
                "clinic.csv, line 2, column weight: 'much' is no number; expected a number with a point.",
            ),
            ("82", "", "clinic.csv, line 2, column weight: the cell is empty; expected a number."),
            (
                "female,B",
                "femal,B",
                "clinic.csv, line 3, column sex: sex is 'femal'; expected female, male or unspecified."
                " Did you mean 'female'?",
            ),
            (
                ",120,60",
                ",120,",
                "clinic.csv, line 2: the history has no days; expected history_drug, history_daily and"
                " history_days, or all of them empty.",
            ),
            (
                ",120,60",
                ",-5,60",
                "clinic.csv, line 2: daily is -5; expected a number above zero. Leave the history out for a"
                " naive person.",
            ),
        ],
    )
    def test_a_faulty_cell_is_named(self, old: str, new: str, message: str) -> None:
        with pytest.raises(PersonError) as caught:
            self.read(CSV.replace(old, new, 1))
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("weight,height,age\n\n70,170,40\n", "clinic.csv, line 2: 0 cells; expected 3, as the header."),
            (
                "weight,height,age,age\n70,170,40,41\n",
                "clinic.csv, line 1: the column 'age' is there twice; expected one.",
            ),
            (
                "weight,height,age,history_drug,history_daily,history_days,history_doses_per_day\n"
                "70,170,40,morphine,60,10,2.5\n",
                "clinic.csv, line 2: doses_per_day is 2.5; expected a whole number.",
            ),
        ],
    )
    def test_a_faulty_shape_is_named(self, text: str, message: str) -> None:
        with pytest.raises(PersonError) as caught:
            self.read(text)
        assert str(caught.value) == message

    def test_an_empty_file(self) -> None:
        with pytest.raises(PersonError, match=r"clinic\.csv: the file is empty"):
            self.read("")
        with pytest.raises(PersonError, match=r"clinic\.csv: the table has no rows"):
            self.read(CSV.splitlines()[0])

    def test_a_needed_column_is_missing(self) -> None:
        with pytest.raises(PersonError) as caught:
            self.read("weight,age\n70,40\n")
        assert str(caught.value) == (
            "clinic.csv, line 1: the column 'height' is missing; expected weight, height, age."
        )


def test_an_unknown_phenotype_is_refused() -> None:
    with pytest.raises(UnknownNameError) as caught:
        activity_score("intermedate", load())
    assert str(caught.value) == (
        "person: unknown CYP2D6 phenotype 'intermedate'. Did you mean 'intermediate'? Or give"
        " cyp2d6_activity_score, a number from 0 to 6."
    )
