"""What people take, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.drugs import Use
from speciosa.errors import ScenarioError
from speciosa.people import OpioidHistory
from speciosa.regimens import Administration, Habit, InputDose, input_doses, parse, uses
from speciosa.simulation.scenario import Scenario
from speciosa.simulation.setting import Setting

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Intake:
    """What people take, and when: one course for all, or one for each opioid history and habit.

    Parameters
    ----------
    of_each : tuple of tuple of Administration
        The distinct courses; where rules decide, with all doses that could be taken.
    doses : tuple of tuple of InputDose
        The molecules of each course.
    of_person : (n,) int
        Which course each person follows.
    habits : tuple of Habit
        How those of each course depart from the regimen.
    """

    of_each: tuple[tuple[Administration, ...], ...]
    doses: tuple[tuple[InputDose, ...], ...]
    of_person: IntArray
    habits: tuple[Habit, ...]

    @classmethod
    def of(cls, scenario: Scenario, setting: Setting) -> Intake:
        """The courses of a scenario."""
        histories = scenario.people.histories
        people = list(zip(histories, scenario.habits or (Habit(),) * len(histories), strict=True))
        numbers = {key: place for place, key in enumerate(dict.fromkeys(people))}
        planned = {
            history: _with_history(scenario, history, setting).administrations
            for history in dict.fromkeys(histories)
        }
        each = tuple(
            planned[history] if habit.is_plain else habit.taken(planned[history])
            for history, habit in numbers
        )
        return cls(
            each,
            tuple(input_doses(course, setting.library, setting.evidence) for course in each),
            np.array([numbers[key] for key in people], dtype=np.int64),
            tuple(habit for _, habit in numbers),
        )

    def part(self, first: int, beyond: int) -> Intake:
        """The people from one place to before another, with the courses of all.

        Parameters
        ----------
        first, beyond : int

        Returns
        -------
        Intake
        """
        return replace(self, of_person=self.of_person[first:beyond])

    @property
    def uses(self) -> tuple[Use, ...]:
        """The distinct uses, in order of appearance."""
        return uses(dose for doses in self.doses for dose in doses)

    @property
    def first(self) -> float:
        """Time of the first dose, h; infinite where there is none."""
        return min((item.time for course in self.of_each for item in course), default=float("inf"))


def _with_history(scenario: Scenario, history: OpioidHistory | None, setting: Setting) -> Scenario:
    if history is None:
        return scenario
    if scenario.regimen.history is not None:
        raise ScenarioError(
            "the history is given twice",
            where=scenario.regimen.text,
            expected="the history of the regimen or that of the people",
        )
    earlier = parse(history.text, setting.library)
    return replace(scenario, regimen=scenario.regimen.after(earlier))
