"""What people do besides following the protocol, day by day.

Everything depends on what was before: on the ratings up to that day, on the days missed and weeks tested
positive. Each person has own random numbers for each day, so that a decision changes only if what it depends
on does. Who changes what is taken is simulated again, until no decision changes; since a decision acts on
later ones alone, that ends, and the courses are then those of people who decide as they go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from speciosa.people import Population
from speciosa.regimens import Administration, Habit
from speciosa.trials.groups import Chances
from speciosa.trials.plan import Phase
from speciosa.trials.timing import DAY

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
WEEK = 7
TEN = 10.0


@dataclass(frozen=True)
class Inclination:
    """What people of a plan are inclined to.

    Parameters
    ----------
    leaving, attending, missing, using : Chances, optional
    doubling : float
    use : tuple of Administration
        Of one day of use, from its start.
    use_days : int
        Days of use in a positive week.
    then : tuple of Administration, optional
        From leaving on, from its start; None if nothing is asked after leaving.
    rows : tuple of str
        Evidence rows behind them.
    """

    leaving: Chances | None = None
    attending: Chances | None = None
    missing: Chances | None = None
    using: Chances | None = None
    doubling: float = 0.0
    use: tuple[Administration, ...] = ()
    use_days: int = 1
    then: tuple[Administration, ...] | None = None
    rows: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[Administration, ...]:
        """Doses that may be taken beside those of the plan."""
        return (*self.use, *(self.then or ()))

    @property
    def needs_severity(self) -> bool:
        """Whether anything depends on rated severity."""
        return any(
            item is not None and item.severity
            for item in (self.leaving, self.attending, self.missing, self.using)
        )

    @property
    def needs_craving(self) -> bool:
        """Whether anything depends on craving."""
        return any(
            item is not None and item.craving
            for item in (self.leaving, self.attending, self.missing, self.using)
        )


@dataclass(frozen=True)
class Seen:
    """What decisions depend on.

    Parameters
    ----------
    severity : (n, v) float
        Severity class that each visit with COWS would rate.
    visits : (v,) float
        Hours of these visits.
    craving : (n, days) float
        At the start of each day, 0 to 100.
    stopped : (n,) float
        Hour at which a person is taken off the doses for safety; infinite if never.
    """

    severity: FloatArray
    visits: FloatArray
    craving: FloatArray
    stopped: FloatArray


@dataclass(frozen=True)
class Conduct:
    """What people did.

    Parameters
    ----------
    left : (n,) float
        Hour of leaving; infinite for those who stay to the end.
    for_safety : (n,) bool
        Whether they were taken off for safety.
    attended : (n, weeks) bool
    missed, doubled : (n, days) bool
    positive : (n, weeks) bool
        Whether urine of the week holds non-study opioids.
    habits : tuple of Habit
        What these make of the doses.
    """

    left: FloatArray
    for_safety: BoolArray
    attended: BoolArray
    missed: BoolArray
    doubled: BoolArray
    positive: BoolArray
    habits: tuple[Habit, ...]

    def part(self, rows: IntArray) -> Conduct:
        """What some of these people did."""
        return Conduct(
            self.left[rows],
            self.for_safety[rows],
            self.attended[rows],
            self.missed[rows],
            self.doubled[rows],
            self.positive[rows],
            tuple(self.habits[row] for row in rows),
        )


@dataclass
class _State:
    """Where everybody is on a day."""

    level: FloatArray
    missed: BoolArray
    before: BoolArray
    hazard: FloatArray
    left: FloatArray


@dataclass(frozen=True)
class Stretch:
    """A phase of a plan, and what people are inclined to in it."""

    phase: Phase
    inclination: Inclination


def conduct(stretches: Sequence[Stretch], people: Population, days: int, seen: Seen) -> Conduct:
    """What people do on the days of a trial.

    Parameters
    ----------
    stretches : sequence of Stretch
        In order of time.
    people : Population
    days : int
    seen : Seen

    Returns
    -------
    Conduct
    """
    n, weeks = people.size, -(-days // WEEK)
    streams = people.streams
    threshold = -np.log1p(-streams.uniform("trial.leaving"))
    attended, positive = np.ones((n, weeks), dtype=bool), np.zeros((n, weeks), dtype=bool)
    missed, doubled = np.zeros((n, days), dtype=bool), np.zeros((n, days), dtype=bool)
    state = _State(
        level=np.zeros(n),
        missed=np.zeros(n, dtype=bool),
        before=np.zeros(n, dtype=bool),
        hazard=np.zeros(n),
        left=np.full(n, inf),
    )
    for day in range(days):
        week, now = day // WEEK, in_force(stretches, day * DAY)
        inclination = now.inclination
        if day % WEEK == 0:
            attended[:, week] = _happens(
                inclination.attending, "attending", week, day, now, state, seen, people, True
            )
            if inclination.using is not None:
                positive[:, week] = _happens(
                    inclination.using, "using", week, day, now, state, seen, people, False
                )
                state.before = np.where(attended[:, week], positive[:, week], state.before)
        if inclination.missing is not None:
            missed[:, day] = _happens(
                inclination.missing, "missing", day, day, now, state, seen, people, False
            )
            state.missed = missed[:, day]
        if inclination.doubling:
            doubled[:, day] = streams.uniform(f"trial.doubling.{day}") < inclination.doubling
        state.level = _known_level(state, seen, day, attended[:, week])
        if inclination.leaving is not None:
            _leave(inclination.leaving, day, now, state, seen, threshold)
    left = np.minimum(state.left, seen.stopped)
    found = (left, missed, doubled, positive)
    return Conduct(
        left=left,
        for_safety=seen.stopped < state.left,
        attended=attended,
        missed=missed,
        doubled=doubled,
        positive=positive,
        habits=_habits(stretches, people, *found),
    )


def in_force(stretches: Sequence[Stretch], hour: float) -> Stretch:
    """The stretch that an hour lies in; between two of them, the earlier one."""
    begun = [item for item in stretches if item.phase.piece.start <= hour]
    return begun[-1] if begun else stretches[0]


def _linear(chances: Chances, day: int, now: Stretch, state: _State, seen: Seen) -> FloatArray:
    """The linear predictor of everybody on a day."""
    begin = day * DAY
    found = (
        chances.start
        + chances.severity * state.level
        + (chances.taper if now.phase.is_taper(begin) else 0.0)
        + (chances.after if now.phase.is_after(begin) else 0.0)
        + chances.week * np.log1p(day // WEEK)
        + chances.before * state.before
        + chances.again * state.missed
    )
    if chances.craving:
        found = found + chances.craving * seen.craving[:, day] / TEN
    return np.asarray(found, dtype=np.float64)


def _happens(
    chances: Chances | None,
    name: str,
    number: int,
    day: int,
    now: Stretch,
    state: _State,
    seen: Seen,
    people: Population,
    otherwise: bool,
) -> BoolArray:
    if chances is None:
        return np.full(people.size, otherwise)
    chance = expit(_linear(chances, day, now, state, seen))
    return np.asarray(people.streams.uniform(f"trial.{name}.{number}") < chance)


def _known_level(state: _State, seen: Seen, day: int, attends: BoolArray) -> FloatArray:
    """The class rated last, at the start of the day."""
    due = np.flatnonzero((seen.visits > (day - 1) * DAY) & (seen.visits <= day * DAY))
    level = state.level
    for visit in due:
        level = np.where(attends & (seen.visits[visit] <= state.left), seen.severity[:, visit], level)
    return level


def _leave(
    chances: Chances, day: int, now: Stretch, state: _State, seen: Seen, threshold: FloatArray
) -> None:
    """Who leaves on a day, and when: where the hazard summed so far passes the person's threshold."""
    hazard = np.exp(_linear(chances, day, now, state, seen))
    beyond = state.hazard + hazard
    leaves = np.isinf(state.left) & (beyond >= threshold)
    state.left = np.where(leaves, DAY * (day + (threshold - state.hazard) / hazard), state.left)
    state.hazard = beyond


def _habits(
    stretches: Sequence[Stretch],
    people: Population,
    left: FloatArray,
    missed: BoolArray,
    doubled: BoolArray,
    positive: BoolArray,
) -> tuple[Habit, ...]:
    """What decisions make of the doses; leaving changes them only if the course after it is asked."""
    order = _days_of_use(stretches, people, positive.shape[1])
    found = []
    for person in range(people.size):
        end, then = inf, None
        if np.isfinite(left[person]):
            then = in_force(stretches, left[person]).inclination.then
            end = left[person] if then is not None else inf
        beside = []
        for week in np.flatnonzero(positive[person]).tolist():
            habit = in_force(stretches, DAY * WEEK * week).inclination
            for day in order[person, week, : habit.use_days].tolist():
                begin = DAY * (WEEK * week + day)
                beside += [Administration(begin + item.time, item.dose) for item in habit.use]
        beside = [item for item in beside if item.time < min(end, left[person])]
        beside += [Administration(end + item.time, item.dose) for item in then or ()]
        found.append(
            Habit(
                missed=frozenset(np.flatnonzero(missed[person]).tolist()),
                doubled=frozenset(np.flatnonzero(doubled[person]).tolist()),
                until=float(end),
                beside=tuple(beside),
            )
        )
    return tuple(found)


def _days_of_use(stretches: Sequence[Stretch], people: Population, weeks: int) -> IntArray:
    """The days of each week in the order in which use falls on them, (n, weeks, 7)."""
    if not any(item.inclination.use for item in stretches):
        return np.zeros((people.size, weeks, WEEK), dtype=np.int64)
    drawn = np.stack([people.streams.uniform(f"trial.use.{day}") for day in range(weeks * WEEK)], axis=1)
    return np.argsort(drawn.reshape(people.size, weeks, WEEK), axis=2, kind="stable")
