"""People of a plan, followed through the trial: one call of the engine, again for those who change doses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import COWS, SCALES, Scale
from speciosa.body.scores import rating_parameters
from speciosa.engine import Executor, Solution
from speciosa.evidence import Evidence
from speciosa.people import Population
from speciosa.regimens import Administration, Habit, RuledPerson
from speciosa.results import Rating, Result
from speciosa.simulation import Prepared, Scenario, Setting, model_of, prepare
from speciosa.simulation.written import regimen_of
from speciosa.trials.behavior import Conduct, Inclination, Seen, Stretch, conduct
from speciosa.trials.groups import Chances, chances
from speciosa.trials.plan import Plan, Planned, planned
from speciosa.trials.protocol import Behavior, Protocol
from speciosa.trials.rating import rated, seen_classes
from speciosa.trials.schedule import Visits, visits_of
from speciosa.trials.timing import DAY

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
CURVES = ("signal.MOR", "dependence", "withdrawal")
"""Outputs that are recorded of every trial beside those it asks for."""


@dataclass(frozen=True)
class Course:
    """People of one plan, as they were in the trial.

    Parameters
    ----------
    planned : Planned
    visits : Visits
    ready : Prepared
        With these people and their habits.
    solution : Solution
    conduct : Conduct
    ratings : mapping of str to (n, visits) float
        Totals by scale at its visits; NaN where nobody was seen.
    urine : (n, tests) float
        1 where non-study opioids were found, NaN where no urine was given.
    last_dose : (n,) float
        Hour of the last dose of the plan that was taken; 0 where there was none.
    rows : tuple of str
        Evidence rows behind what people did.
    """

    planned: Planned
    visits: Visits
    ready: Prepared
    solution: Solution
    conduct: Conduct
    ratings: dict[str, FloatArray]
    urine: FloatArray
    last_dose: FloatArray
    rows: tuple[str, ...] = ()

    @property
    def people(self) -> Population:
        """Who they are."""
        return self.ready.scenario.people

    @property
    def is_ok(self) -> npt.NDArray[np.bool_]:
        """Who could be simulated."""
        return np.asarray(self.solution.status == 0)

    @property
    def time(self) -> FloatArray:
        """Recorded times, h."""
        return self.ready.scenario.grid

    def has(self, name: str) -> bool:
        """Whether the model of these people has an output."""
        return any(item.name == name for item in self.ready.recorded)

    def output(self, name: str) -> FloatArray:
        """An output over people and time."""
        names = [item.name for item in self.ready.recorded]
        return np.asarray(self.solution.values[:, :, names.index(name)])

    @cached_property
    def result(self) -> Result:
        """Labels, notes and sources, those of what people did included."""
        found = self.ready.result(self.solution)
        return replace(found, row_ids=tuple(dict.fromkeys((*found.row_ids, *self.rows))))

    def part(self, rows: Sequence[int] | IntArray) -> Course:
        """Some of these people."""
        at = np.asarray(rows, dtype=np.int64)
        scenario = self.ready.scenario
        habits = tuple(scenario.habits[row] for row in at) if scenario.habits else ()
        chosen = replace(scenario, people=scenario.people.part(at), habits=habits)
        did = self.conduct
        courses = tuple(self.solution.courses[row] for row in at) if self.solution.courses else ()
        place = {int(row): new for new, row in enumerate(at)}
        failures = tuple(
            replace(item, person=place[item.person])
            for item in self.solution.failures
            if item.person in place
        )
        return Course(
            self.planned,
            self.visits,
            self.ready.again(chosen),
            Solution(self.solution.values[at], self.solution.status[at], failures, courses),
            did.part(at),
            {name: values[at] for name, values in self.ratings.items()},
            self.urine[at],
            self.last_dose[at],
            self.rows,
        )


@dataclass(frozen=True)
class Road:
    """A plan, composed and compiled, for any people.

    Parameters
    ----------
    protocol : Protocol
    setting : Setting
    planned : Planned
    visits : Visits
    stretches : tuple of Stretch
    ready : Prepared
        With the typical adult.
    """

    protocol: Protocol
    setting: Setting
    planned: Planned
    visits: Visits
    stretches: tuple[Stretch, ...]
    ready: Prepared

    @property
    def rows(self) -> tuple[str, ...]:
        """Evidence rows behind what people do."""
        return tuple(dict.fromkeys(row for item in self.stretches for row in item.inclination.rows))

    def follow(
        self, people: Population, *, executor: Executor | None = None, progress: Progress | None = None
    ) -> Course:
        """Simulate people through the plan.

        Parameters
        ----------
        people : Population
        executor : Executor, optional
        progress : callable, optional
        """
        ready = self._of(people, ())
        solution = ready.solve(progress=progress, executor=executor)
        did = self.conducted(people, solution)
        habits: tuple[Habit, ...] = (Habit(),) * people.size
        # A decision depends on what was before it alone: each round settles one more day at least.
        for _ in range(self.protocol.days + 1):
            changed = [row for row in range(people.size) if did.habits[row] != habits[row]]
            if not changed:
                break
            habits = did.habits
            part = self._of(people.part(changed), tuple(habits[row] for row in changed))
            solution = _renewed(solution, part.solve(executor=executor), changed)
            did = self.conducted(people, solution)
        ready = self._of(people, habits if any(not item.is_plain for item in habits) else ())
        return self._course(ready, solution, did)

    def _of(self, people: Population, habits: tuple[Habit, ...]) -> Prepared:
        return self.ready.again(replace(self.ready.scenario, people=people, habits=habits))

    def _values(self, solution: Solution, name: str) -> FloatArray:
        names = [item.name for item in self.ready.recorded]
        return np.asarray(solution.values[:, :, names.index(name)])

    def rating(self, scale: Scale) -> Rating:
        """How a scale is rated in this model."""
        return Rating(scale, *(self.ready.model.parameter(name).value for name in rating_parameters(scale)))

    def severities(self, solution: Solution, scale: Scale, times: FloatArray) -> dict[str, FloatArray]:
        """Latent severity of each arm of a scale at some times, (people, times)."""
        at = np.searchsorted(self.ready.scenario.grid, times)
        arms = dict.fromkeys(item.arm for item in scale.items)
        return {arm: self._values(solution, f"severity.{scale.rater}.{arm}")[:, at] for arm in arms}

    def totals(self, people: Population, solution: Solution, scale: Scale) -> FloatArray:
        """What a scale would be rated at its visits, whoever is there."""
        times = self.visits.times_of(scale.name)
        return rated(self.rating(scale), self.severities(solution, scale, times), times, people.streams)

    def conducted(self, people: Population, solution: Solution) -> Conduct:
        """What people do, given how they are.

        Parameters
        ----------
        people : Population
        solution : Solution
            Of these people.
        """
        visits = self.visits.times_of(COWS.name)
        levels = np.zeros((people.size, 0))
        if any(item.inclination.needs_severity for item in self.stretches):
            levels = seen_classes(self.totals(people, solution, COWS), self.setting.evidence)
        days = np.arange(self.protocol.days) * DAY
        craving = np.zeros((people.size, len(days)))
        if any(item.inclination.needs_craving for item in self.stretches):
            craving = self._values(solution, "craving")[:, np.searchsorted(self.ready.scenario.grid, days)]
        seen = Seen(
            severity=levels,
            visits=visits if levels.shape[1] else np.empty(0),
            craving=craving,
            stopped=self._stopped(solution),
        )
        return conduct(self.stretches, people, self.protocol.days, seen)

    def _stopped(self, solution: Solution) -> FloatArray:
        """Hour at which each person first goes beyond a safety level."""
        time, found = self.ready.scenario.grid, np.full(len(solution.values), inf)
        known = {item.name for item in self.ready.recorded}
        for rule in self.protocol.safety:
            if rule.output not in known:
                continue
            values = self._values(solution, rule.output)
            beyond = np.zeros(values.shape, dtype=bool)
            with np.errstate(invalid="ignore"):
                if rule.above is not None:
                    beyond |= values > rule.above
                if rule.below is not None:
                    beyond |= values < rule.below
            beyond &= time[None, :] >= 0.0
            first = np.where(beyond.any(axis=1), time[beyond.argmax(axis=1)], inf)
            found = np.minimum(found, first)
        return found

    def _course(self, ready: Prepared, solution: Solution, did: Conduct) -> Course:
        people = ready.scenario.people
        ratings = {
            scale.name: _observed(
                self.totals(people, solution, scale), self.visits.times_of(scale.name), did, solution
            )
            for scale in SCALES
            if scale.name in self.visits.scales
        }
        tests = np.asarray(self.visits.urine, dtype=np.float64)
        week = np.minimum((tests // (7 * DAY)).astype(np.int64), did.positive.shape[1] - 1)
        urine = _observed(did.positive[:, week].astype(np.float64), tests, did, solution)
        last = self._last_dose(ready, solution, did)
        return Course(self.planned, self.visits, ready, solution, did, ratings, urine, last, self.rows)

    def _last_dose(self, ready: Prepared, solution: Solution, did: Conduct) -> FloatArray:
        """When each person took the plan's last dose."""
        items = set(self.planned.regimen.items)
        found = np.zeros(len(did.left))
        for row, left in enumerate(did.left):
            doses: Sequence[Administration]
            person = solution.courses[row] if solution.courses else None
            if isinstance(person, RuledPerson):
                doses = person.doses
            else:
                doses = ready.intake.of_each[ready.intake.of_person[row]]
            mine = [item.time for item in doses if 0.0 <= item.time < left and item.dose.item in items]
            found[row] = max(mine, default=0.0)
        return found


def _renewed(solution: Solution, again: Solution, rows: Sequence[int]) -> Solution:
    """A solution with some people solved anew."""
    values, status = solution.values.copy(), solution.status.copy()
    values[rows], status[rows] = again.values, again.status
    kept = [item for item in solution.failures if item.person not in set(rows)]
    new = [replace(item, person=rows[item.person]) for item in again.failures]
    courses = list(solution.courses)
    if courses:
        for place, row in enumerate(rows):
            courses[row] = again.courses[place]
    failures = tuple(sorted([*kept, *new], key=lambda item: item.person))
    return Solution(values, status, failures, tuple(courses))


def _observed(values: FloatArray, times: FloatArray, did: Conduct, solution: Solution) -> FloatArray:
    """Assessments of those who were there: not after leaving, nor in a week not attended."""
    if not len(times):
        return values
    week = np.minimum((times // (7 * DAY)).astype(np.int64), did.attended.shape[1] - 1)
    # The baseline is rated before anybody can be absent.
    there = did.attended[:, week] | (times == 0.0)[None, :]
    there = there & (times[None, :] <= did.left[:, None]) & (solution.status == 0)[:, None]
    return np.where(there, values, np.nan)


def inclination_of(behavior: Behavior, protocol: Protocol, setting: Setting) -> Inclination:
    """The numbers behind a behavior.

    Parameters
    ----------
    behavior : Behavior
    protocol : Protocol
    setting : Setting
    """
    evidence: Evidence = setting.evidence
    numbers: dict[str, Chances | None] = {}
    rows: list[str] = []
    for kind in ("leaving", "attending", "missing", "using"):
        numbers[kind], used = chances(kind, getattr(behavior, kind), evidence)
        rows += used
    use: tuple[Administration, ...] = ()
    if behavior.use is not None:
        doses = regimen_of(behavior.use.takes, setting).administrations(DAY)
        use = tuple(item for item in doses if item.time < DAY)
    then = None
    if behavior.then is not None:
        then = regimen_of(behavior.then, setting).administrations(protocol.until)
    return Inclination(
        **numbers,
        doubling=behavior.doubling,
        use=use,
        use_days=behavior.use.days if behavior.use else 0,
        then=then,
        rows=tuple(rows),
    )


def road(protocol: Protocol, plan: Plan, setting: Setting) -> Road:
    """Compose and compile what a plan needs.

    Parameters
    ----------
    protocol : Protocol
    plan : tuple of Piece
    setting : Setting
        With the alternatives that the protocol chose.
    """
    found, visits = planned(protocol, plan, setting), visits_of(protocol)
    stretches = tuple(
        Stretch(phase, inclination_of(protocol.behavior_of(phase.piece.arm), protocol, setting))
        for phase in found.phases
    )
    people = protocol.people.population(setting)
    people = people if people.makeup else replace(people, size=1, is_varied=False)
    beside = tuple(
        {
            item.dose: replace(item, time=0.0) for stretch in stretches for item in stretch.inclination.beside
        }.values()
    )
    scenario = Scenario(
        regimen=found.regimen,
        people=people,
        until=protocol.until,
        title=", then ".join(piece.arm for piece in plan),
        times=tuple(_times(protocol, visits).tolist()),
        outputs=None,
        values=dict(protocol.values),
        target=protocol.target,
        habits=(Habit(beside=beside),) * people.size if beside else (),
    )
    # An arm whose drugs have no such effect lacks the output: block of a channel, say.
    has = {item.name for item in model_of(scenario, setting).outputs}
    outputs = tuple(name for name in _outputs(protocol, visits, stretches) if name in has)
    ready = prepare(replace(scenario, outputs=outputs), setting)
    return Road(protocol, setting, found, visits, stretches, ready)


def _times(protocol: Protocol, visits: Visits) -> FloatArray:
    """Recorded times: a regular grid, all visits, every day's start; the day before time 0 for a history."""
    every = np.arange(0.0, protocol.until, protocol.every)
    daily = np.arange(0.0, protocol.until, DAY)
    return np.unique(np.round(np.concatenate([every, daily, visits.times, [protocol.until]]), 6))


def _outputs(protocol: Protocol, visits: Visits, stretches: Sequence[Stretch]) -> tuple[str, ...]:
    """What the trial looks at: scales with their severities, safety, craving, and outputs of endpoints."""
    scales = [scale for scale in SCALES if scale.name in visits.scales]
    arms = [f"severity.{scale.rater}.{item.arm}" for scale in scales for item in scale.items]
    asked = [item.output for item in protocol.endpoints if item.output is not None]
    rules = [item.output for item in protocol.safety]
    craving = ["craving"] if any(item.inclination.needs_craving for item in stretches) else []
    names = (*(scale.name for scale in scales), *arms, *asked, *rules, *craving, *CURVES)
    return tuple(dict.fromkeys(names))
