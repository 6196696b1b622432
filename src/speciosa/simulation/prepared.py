"""The one road: a scenario composed, compiled, solved once or for many draws, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from speciosa.engine import Executor, Kernel, Schedules, Solution, compile_model
from speciosa.errors import ScenarioError
from speciosa.model import Model, Output
from speciosa.people import Typical, changes, parameter_table
from speciosa.regimens import RuledRegimen, model_events
from speciosa.results import Result
from speciosa.simulation.composing import composed, recorded
from speciosa.simulation.describing import told
from speciosa.simulation.following import plans
from speciosa.simulation.intake import Intake
from speciosa.simulation.occasions import batches, occasions
from speciosa.simulation.scenario import FloatArray, Scenario
from speciosa.simulation.setting import Setting

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Prepared:
    """A scenario composed and compiled, to be solved once or for many draws of typical values.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting
    model : Model
    recorded : tuple of Output
    kernel : Kernel
    intake : Intake
    typical : mapping of str to ndarray, optional
        Values of slots, one each, that everything is simulated with unless `solve` is given others.
    """

    scenario: Scenario
    setting: Setting
    model: Model
    recorded: tuple[Output, ...]
    kernel: Kernel
    intake: Intake
    typical: Typical | None = None

    @property
    def start(self) -> float:
        """Where the simulation starts, h."""
        return min(float(self.scenario.grid[0]), self.intake.first)

    @cached_property
    def varying(self) -> dict[str, tuple[FloatArray, ...]]:
        """Parameters that vary within a person, and the times at which they change, of each person."""
        return occasions(self)

    @cached_property
    def _schedules(self) -> Schedules:
        events = tuple(model_events(doses, self.model, self.setting.evidence) for doses in self.intake.doses)
        return Schedules(events, self.intake.of_person)

    @cached_property
    def _plans(self) -> tuple[RuledRegimen, ...]:
        return plans(self)

    def again(self, scenario: Scenario) -> Prepared:
        """Another scenario with the model and the kernel of this one: other people, other habits.

        Parameters
        ----------
        scenario : Scenario
            Of which everything is dosed that this one has inlets for, and with the same outputs and values.

        Raises
        ------
        ScenarioError
            If something is dosed that this model does not know.
        """
        intake = Intake.of(scenario, self.setting)
        known = set(self.model.inlet_groups)
        unknown = [use for use in intake.uses if use.group not in known]
        if unknown:
            raise ScenarioError(
                f"{unknown[0].drug} ({unknown[0].route}) is dosed, which the prepared model does not hold",
                where=scenario.title or scenario.regimen.text,
                expected="doses of what was prepared",
            )
        return replace(self, scenario=scenario, intake=intake)

    def solve(
        self,
        typical: Typical | None = None,
        *,
        progress: Progress | None = None,
        executor: Executor | None = None,
    ) -> Solution:
        """Run the engine.

        Parameters
        ----------
        typical : mapping of str to ndarray, optional
            Values of slots in several draws, in the model's units: everybody is simulated once for each.
        progress : callable, optional
            Called with the number of persons done and in all.
        executor : Executor, optional
            Who works on portions of the people; all processors of this machine if left out.

        Returns
        -------
        Solution
            All persons of the first draw, then those of the second, and so on.
        """
        typical = self.typical if typical is None else typical
        table = parameter_table(self.model, self.scenario.people, self.setting.evidence, typical)
        course = np.tile(self.intake.of_person, len(table) // self.scenario.people.size)
        if self.scenario.regimen.has_rules:
            watched = [(item.condition.output, item.condition.is_above) for item in self._plans[0].watched]
            persons = [self._plans[number].person() for number in course]
            return self.kernel.follow(
                table, watched, persons, self.scenario.grid, start=self.start, progress=progress,
                executor=executor,
            )  # fmt: skip
        within = changes(
            self.model, self.scenario.people, self.setting.evidence, table, self.varying,
            by_dose=batches(self), typical=typical,
        )  # fmt: skip
        return self.kernel.run(
            table, Schedules(self._schedules.events, course), self.scenario.grid,
            start=self.start, changes=within, progress=progress, executor=executor,
        )  # fmt: skip

    def part(self, first: int, beyond: int) -> Prepared:
        """The same for some of the people only, whose numbers are those that they have among all.

        Parameters
        ----------
        first, beyond : int
            From one place to before another.

        Returns
        -------
        Prepared
            With the model, the kernel and the start of all, whatever those people would need alone.
        """
        rows = np.arange(first, beyond)
        scenario = replace(
            self.scenario,
            people=self.scenario.people.part(rows),
            habits=self.scenario.habits[first:beyond],
        )
        return replace(self, scenario=scenario, intake=self.intake.part(first, beyond))

    def result(self, solution: Solution, draw: int = 0) -> Result:
        """The result of one draw of a solution."""
        size = self.scenario.people.size
        people = slice(draw * size, (draw + 1) * size)
        failures = tuple(
            replace(item, person=item.person - people.start)
            for item in solution.failures
            if people.start <= item.person < people.stop
        )
        part = Solution(solution.values[people], solution.status[people], failures, solution.courses[people])
        return told(self, part)


def prepare(scenario: Scenario, setting: Setting | None = None) -> Prepared:
    """Compose and compile what a scenario needs.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    Prepared

    Raises
    ------
    SpeciosaError
        If the scenario cannot be simulated as described.
    """
    setting = (setting or Setting()).choosing(scenario.choices)
    intake = Intake.of(scenario, setting)
    model = composed(scenario, intake.uses, setting)
    outputs = recorded(model, scenario)
    kernel = compile_model(model, target=scenario.target, outputs=[output.name for output in outputs])
    return Prepared(scenario, setting, model, outputs, kernel, intake)


def simulate(
    scenario: Scenario,
    setting: Setting | None = None,
    *,
    progress: Progress | None = None,
) -> Result:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting, optional
        The packaged evidence and library if left out.
    progress : callable, optional
        Called with the number of persons done and in all.

    Returns
    -------
    Result
        A person who could not be solved is a row with a status; the others are untouched.

    Raises
    ------
    SpeciosaError
        If the scenario cannot be simulated as described.
    """
    ready = prepare(scenario, setting)
    return ready.result(ready.solve(progress=progress))
