"""People who follow a regimen with rules: what is decided on the way, and what they took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from speciosa.engine import Events
from speciosa.errors import ScenarioError
from speciosa.regimens import Administration, RuledPerson, RuledRegimen, input_doses
from speciosa.results import Courses
from speciosa.simulation.composing import events_of
from speciosa.simulation.intake import with_history

if TYPE_CHECKING:
    from speciosa.simulation.prepared import Prepared


def plans(ready: Prepared) -> tuple[RuledRegimen, ...]:
    """The regimen as people of each opioid history follow it, whose doses become events as they are decided.

    Raises
    ------
    ScenarioError
        If something varies with every dose: which doses there will be is not known before.
    """
    scenario, setting = ready.scenario, ready.setting
    if ready.varies_by_dose:
        raise ScenarioError(
            "parameters vary with every dose, and rules decide about doses",
            where=scenario.regimen.text,
            expected="batches by person and no occasions, or a regimen without rules",
        )

    def events(taken: tuple[Administration, ...]) -> Events:
        return events_of(ready.model, input_doses(taken, setting.library, setting.evidence), setting)

    found = []
    for history in dict.fromkeys(scenario.people.histories):
        own = with_history(scenario, history, setting)
        earlier = tuple(item for item in own.administrations if item.time < 0.0)
        found.append(RuledRegimen(own.regimen, earlier, scenario.until, ready.start, events))
    return tuple(found)


def courses_of(persons: Sequence[RuledPerson], rules: tuple[str, ...], ids: Sequence[int]) -> Courses:
    """What was decided about each person, and the doses taken from time 0 on."""
    decisions = [
        (number, item.time, item.rule, item.action)
        for number, person in zip(ids, persons, strict=True)
        for item in person.decisions
    ]
    doses = [
        (number, item.time, item.dose.item, item.dose.size, item.dose.unit, item.dose.text)
        for number, person in zip(ids, persons, strict=True)
        for item in person.doses
        if item.time >= 0.0
    ]
    return Courses.of(rules, decisions, doses)
