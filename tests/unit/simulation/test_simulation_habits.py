"""Habits: days missed and doubled, what is taken beside a regimen, and its end for one person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.errors import RegimenError, ScenarioError
from speciosa.people import population
from speciosa.regimens import Administration, Dose, Habit, parse
from speciosa.simulation import Scenario, Setting, prepare, simulate

SETTING = Setting()
PEOPLE = population(SETTING.evidence, 3, 5)


def scenario(regimen: str, habits: tuple[Habit, ...] = (), people=PEOPLE, days: float = 4.0) -> Scenario:
    return Scenario(
        parse(regimen, SETTING.library),
        people,
        until=24.0 * days,
        every=2.0,
        outputs=("plasma.morphine", "COWS"),
        habits=habits,
    )


def test_a_missed_day_is_the_regimen_without_its_dose() -> None:
    daily = "morphine 40 mg once a day for 4 days"
    missed = simulate(scenario(daily, (Habit(), Habit(missed=frozenset({1})), Habit())))
    written = simulate(scenario(f"{daily}, missing dose 2"))
    as_planned = simulate(scenario(daily))
    np.testing.assert_array_equal(missed.data["COWS"][1], written.data["COWS"][1])
    np.testing.assert_array_equal(missed.data["COWS"][0], as_planned.data["COWS"][0])


def test_an_end_and_a_doubled_day_are_those_of_a_written_regimen() -> None:
    habits = (
        Habit(until=48.0),
        Habit(doubled=frozenset({0})),
        Habit(beside=(Administration(30.0, Dose("morphine", 10.0)),)),
    )
    found = simulate(scenario("morphine 40 mg once a day for 4 days", habits)).data["plasma.morphine"]
    for row, text in enumerate(
        (
            "morphine 40 mg once a day for 2 days",
            "morphine 80 mg once, then 40 mg once a day from 24 h for 3 days",
            "morphine 40 mg once a day for 4 days; morphine 10 mg once at 30 h",
        )
    ):
        np.testing.assert_allclose(
            found[row], simulate(scenario(text)).data["plasma.morphine"][row], 1e-5, 1e-6
        )


def test_rules_decide_and_habits_act_on_what_was_decided() -> None:
    rule = "at each daily visit raise by 10 mg unless COWS < 0"
    ruled = f"morphine 20 mg once a day for 4 days {rule}, then nothing"
    found = simulate(scenario(ruled, (Habit(), Habit(missed=frozenset({2})), Habit(until=24.0))))
    doses = found.courses.doses
    taken = {person: mine["amount"].tolist() for person, mine in doses.groupby("person")}
    assert taken == {1: [20.0, 30.0, 40.0, 50.0], 2: [20.0, 30.0, 50.0], 3: [20.0]}


def test_a_part_of_the_people_is_the_same_people() -> None:
    daily = "morphine 40 mg once a day for 4 days"
    found = simulate(scenario(daily, people=PEOPLE.part([2, 0])))
    assert found.data["person"].values.tolist() == [3, 1]
    np.testing.assert_array_equal(found.data["COWS"], simulate(scenario(daily)).data["COWS"][[2, 0]])


def test_what_is_prepared_serves_other_people_and_habits() -> None:
    daily = "morphine 40 mg once a day for 4 days"
    ready = prepare(scenario(daily))
    other = scenario(daily, (Habit(until=24.0),) * 3, population(SETTING.evidence, 3, 6))
    again = ready.again(other)
    np.testing.assert_array_equal(again.result(again.solve()).data["COWS"], simulate(other).data["COWS"])


def test_what_is_prepared_takes_no_other_drug() -> None:
    ready = prepare(scenario("morphine 40 mg once a day for 4 days"))
    with pytest.raises(ScenarioError, match=r"is dosed, which the prepared model does not"):
        ready.again(replace(ready.scenario, regimen=parse("methadone 10 mg once", SETTING.library)))


def test_wrong_habits_are_refused() -> None:
    with pytest.raises(ScenarioError, match="1 habits are given; expected one for each of 3 people"):
        scenario("morphine 40 mg once a day for 4 days", (Habit(),))
    with pytest.raises(RegimenError, match="beside the regimen at -1 h; expected time 0 or later"):
        Habit(beside=(Administration(-1.0, Dose("morphine", 10.0)),))
