"""People who follow a regimen with rules: their doses become events as they are decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speciosa.engine import Events
from speciosa.errors import ScenarioError
from speciosa.regimens import Administration, RuledRegimen, input_doses, model_events

if TYPE_CHECKING:
    from speciosa.simulation.prepared import Prepared


def plans(ready: Prepared) -> tuple[RuledRegimen, ...]:
    """The regimen as people of each course follow it.

    Raises
    ------
    ScenarioError
        If something varies with every dose: which doses there will be is not known before.
    """
    scenario, setting = ready.scenario, ready.setting
    if scenario.people.is_varied and ready.varying:
        raise ScenarioError(
            "parameters vary with every dose, and rules decide about doses",
            where=scenario.regimen.text,
            expected="batches by person and no occasions, or a regimen without rules",
        )

    def events(taken: tuple[Administration, ...]) -> Events:
        doses = input_doses(taken, setting.library, setting.evidence)
        return model_events(doses, ready.model, setting.evidence)

    earlier = (tuple(item for item in course if item.time < 0.0) for course in ready.intake.of_each)
    return tuple(
        RuledRegimen(scenario.regimen, doses, scenario.until, ready.start, events, habit)
        for doses, habit in zip(earlier, ready.intake.habits, strict=True)
    )
