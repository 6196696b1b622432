"""A cohort of the library's models predicts what `simulate` does, and is fitted as any other."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.drugs import catalog
from speciosa.errors import FitError
from speciosa.evidence import load
from speciosa.fitting import (
    Classes,
    Course,
    Free,
    Measurement,
    Ordinal,
    Prior,
    Problem,
    cohort,
    forecast,
    peak,
    posterior,
)
from speciosa.people import Person, Population, typical_person
from speciosa.regimens import parse
from speciosa.simulation import Scenario, simulate

TIMES = (6.0, 30.0, 60.0, 90.0)
TEXTS = (
    "morphine 30 mg every 6 h for 2 days, then nothing",
    "methadone 40 mg once a day for 2 days, then nothing",
)


def regimen(text: str):
    return parse(text, catalog())


def test_everybody_has_the_course_that_simulate_gives() -> None:
    heavy = Person(95.0, 185.0, 50.0)
    persons = (typical_person(load()), heavy)
    found = cohort(
        [Course(text[:3], regimen(text), 96.0, person) for text, person in zip(TEXTS, persons, strict=True)],
        ["COWS"],
    )
    values = found.kernel.run(found.subjects.parameters, found.subjects.schedules, np.array(TIMES), start=0.0)
    for index, (text, person) in enumerate(zip(TEXTS, persons, strict=True)):
        alone = Population(1, seed=0, typical=person, is_varied=False)
        scenario = Scenario(regimen(text), alone, 96.0, times=TIMES, outputs=("COWS",))
        right = simulate(scenario).output("COWS").values[0]
        assert values.values[index, :, 0] == pytest.approx(right, rel=1e-4, abs=1e-6)
    assert found.subjects.covariates["weight"].tolist() == [persons[0].weight, 95.0]


def test_people_on_one_regimen_share_a_schedule() -> None:
    one = regimen(TEXTS[0])
    found = cohort([Course(str(i), one, 96.0) for i in range(3)], ["COWS"])
    assert len(found.subjects.schedules.events) == 1
    assert found.subjects.schedules.of_person.tolist() == [0, 0, 0]


def test_typical_values_may_be_replaced() -> None:
    found = cohort([Course("A", regimen(TEXTS[0]), 96.0)], ["COWS"], values={"severity.floor.observed": 0.25})
    place = found.kernel.model.parameter_index["severity.floor.observed"]
    assert found.subjects.parameters[0, place] == 0.25
    with pytest.raises(FitError, match="cohort: there is no course; expected one or more"):
        cohort([], ["COWS"])


def test_classes_of_withdrawal_move_a_person_and_their_forecast() -> None:
    """Somebody who scores higher than expected is expected to go on so."""
    found = cohort([Course("A", regimen(TEXTS[0]), 96.0)], ["COWS"])
    free = (Free("severity.floor.observed", found.kernel.model.parameter("severity.floor.observed").value),)
    chances = []
    for seen in (0.0, 2.0):
        model = Ordinal(Classes((2.0, 5.0), scale=1.0, link="normal"))
        item = Measurement(
            "COWS", model, np.zeros(3, dtype=int), np.array([8.0, 20.0, 32.0]), np.full(3, seen)
        )
        problem = Problem(found.kernel, found.subjects, (item,), free, threads=1)
        known = peak(posterior(problem, [Prior("severity.floor.observed", free[0].value, 0.6)]))
        ahead = forecast(known, np.array([40.0]), draws=50)
        chances.append(ahead.classes("COWS").loc[40.0, 2])
    assert chances[1] > chances[0] + 0.1
