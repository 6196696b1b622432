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


@dataclass
class _Diary:
    """What everybody did so far, and where they are."""

    attended: BoolArray
    positive: BoolArray
    missed: BoolArray
    doubled: BoolArray
    state: _State

    @classmethod
    def of(cls, n: int, days: int) -> _Diary:
        """Nothing has happened yet."""
        weeks = -(-days // WEEK)
        no_week, no_day = np.zeros((n, weeks), dtype=bool), np.zeros((n, days), dtype=bool)
        nobody = np.zeros(n, dtype=bool)
        state = _State(np.zeros(n), nobody, nobody.copy(), np.zeros(n), np.full(n, inf))
        return cls(~no_week, no_week, no_day, no_day.copy(), state)

    @property
    def weeks(self) -> int:
        """Number of weeks, the last one even if it is begun only."""
        return int(self.positive.shape[1])


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
    diary = _Diary.of(people.size, days)
    threshold = -np.log1p(-people.streams.uniform("trial.leaving"))
    for day in range(days):
        now = in_force(stretches, day * DAY)
        _decide(now, day, diary, seen, people)
        if now.inclination.leaving is not None:
            _leave(now.inclination.leaving, day, now, diary.state, seen, threshold)
    left = np.minimum(diary.state.left, seen.stopped)
    # What people would have done after leaving is not theirs to do.
    positive = diary.positive & ((np.arange(diary.weeks) * WEEK * DAY)[None, :] < left[:, None])
    is_there = (np.arange(days) * DAY)[None, :] < left[:, None]
    missed, doubled = diary.missed & is_there, diary.doubled & is_there
    return Conduct(
        left=left,
        for_safety=seen.stopped < diary.state.left,
        attended=diary.attended,
        missed=missed,
        doubled=doubled,
        positive=positive,
        habits=_habits(stretches, people, left, missed, doubled, positive),
    )


def _decide(now: Stretch, day: int, diary: _Diary, seen: Seen, people: Population) -> None:
    """What everybody does on a day, leaving apart."""
    inclined, state, week = now.inclination, diary.state, day // WEEK

    def happens(chances: Chances, name: str, number: int) -> BoolArray:
        chance = expit(_linear(chances, day, now, state, seen))
        return np.asarray(people.streams.uniform(f"trial.{name}.{number}") < chance)

    if day % WEEK == 0 and inclined.attending is not None:
        diary.attended[:, week] = happens(inclined.attending, "attending", week)
    state.level = _known_level(state, seen, day, diary.attended)
    if day % WEEK == 0 and inclined.using is not None:
        diary.positive[:, week] = happens(inclined.using, "using", week)
        state.before = np.where(diary.attended[:, week], diary.positive[:, week], state.before)
    if inclined.missing is not None:
        state.missed = diary.missed[:, day] = happens(inclined.missing, "missing", day)
    if inclined.doubling:
        diary.doubled[:, day] = people.streams.uniform(f"trial.doubling.{day}") < inclined.doubling


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


def _known_level(state: _State, seen: Seen, day: int, attended: BoolArray) -> FloatArray:
    """The class rated last, at the start of the day."""
    due = np.flatnonzero((seen.visits > (day - 1) * DAY) & (seen.visits <= day * DAY))
    level = state.level
    for visit in due:
        time = float(seen.visits[visit])
        is_there = was_seen(attended, np.array([time]))[:, 0] & (time <= state.left)
        level = np.where(is_there, seen.severity[:, visit], level)
    return level


def was_seen(attended: BoolArray, times: FloatArray) -> BoolArray:
    """Whether people came to the visits of some times, (n, v): the baseline is before anybody can be absent.

    Parameters
    ----------
    attended : (n, weeks) bool
    times : (v,) float
        Hours.
    """
    week = np.minimum((times // (WEEK * DAY)).astype(np.int64), attended.shape[1] - 1)
    return np.asarray(attended[:, week] | (times == 0.0)[None, :])


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
