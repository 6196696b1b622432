"""What people take, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.drugs import Use
from speciosa.errors import ScenarioError
from speciosa.people import OpioidHistory
from speciosa.regimens import Administration, InputDose, input_doses, parse, uses
from speciosa.simulation.scenario import Scenario
from speciosa.simulation.setting import Setting

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Intake:
    """What people take, and when: one course for all, or one for each opioid history.

    Parameters
    ----------
    of_each : tuple of tuple of Administration
        The distinct courses; where rules decide, with all doses that could be taken.
    doses : tuple of tuple of InputDose
        The molecules of each course.
    of_person : (n,) int
        Which course each person follows.
    """

    of_each: tuple[tuple[Administration, ...], ...]
    doses: tuple[tuple[InputDose, ...], ...]
    of_person: IntArray

    @classmethod
    def of(cls, scenario: Scenario, setting: Setting) -> Intake:
        """The courses of a scenario."""
        numbers: dict[OpioidHistory | None, int] = {}
        for history in scenario.people.histories:
            numbers.setdefault(history, len(numbers))
        each = tuple(_with_history(scenario, history, setting).administrations for history in numbers)
        return cls(
            each,
            tuple(input_doses(course, setting.library, setting.evidence) for course in each),
            np.array([numbers[history] for history in scenario.people.histories], dtype=np.int64),
        )

    def part(self, first: int, beyond: int) -> Intake:
        """The courses of the people from one place to before another.

        Parameters
        ----------
        first, beyond : int

        Returns
        -------
        Intake
        """
        kept, of_person = np.unique(self.of_person[first:beyond], return_inverse=True)
        return Intake(
            tuple(self.of_each[course] for course in kept),
            tuple(self.doses[course] for course in kept),
            of_person.astype(np.int64),
        )

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
