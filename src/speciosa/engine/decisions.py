"""Courses that are decided on the way: where a person halts, it is said what follows, and the person goes on.

The engine knows where people halt and in which states; what follows (doses, parameters, the end) is decided
by others, for each person by what that person's outputs are. All people of a portion go on in lanes together.

A person goes on from the states at the halt. A model that looks back needs the past as well: its people begin
anew with what was decided, which gives the same course up to the halt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch
from speciosa.engine.changes import Changes
from speciosa.engine.events import Events, Schedules
from speciosa.engine.halts import AT_TIME, Halts, Watch
from speciosa.engine.phases import joined, needs_phases
from speciosa.engine.restarts import Restarts
from speciosa.engine.schedule import OTHER
from speciosa.engine.solution import Failure
from speciosa.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MOST_HALTS = 10_000


@dataclass(frozen=True)
class Halt:
    """Where one person has halted.

    Parameters
    ----------
    time : float
        Hours.
    which : int
        Number of the watched output that reached its level, or `AT_TIME`.
    seen : tuple of float
        The watched outputs then, before what is due at a time, and after it where it made them reach a level.
    """

    time: float
    which: int
    seen: tuple[float, ...]


@dataclass(frozen=True)
class Leg:
    """What follows for one person until the next halt.

    Parameters
    ----------
    events : Events
        The whole schedule, what was before included; doses of a halt's time still follow.
    levels : tuple of float
        Of each watched output; `Watch.never` for one that is only looked at.
    until : float
        When to halt at the latest, h; infinite for no more.
    changes : tuple of (int, float)
        Parameters that have new values from now on.
    is_over : bool
        Whether the person's course ends here.
    """

    events: Events
    levels: tuple[float, ...]
    until: float = np.inf
    changes: tuple[tuple[int, float], ...] = ()
    is_over: bool = False


class Course(Protocol):
    """Decides about one person."""

    def begin(self) -> Leg:
        """What follows from the start on."""
        ...

    def go_on(self, halt: Halt) -> Leg:
        """What follows a halt; the next one at a time must be later."""
        ...


class Decided:
    """People whose courses are decided on the way.

    Parameters
    ----------
    restarts : Restarts
        Of a target that was made to halt.
    watched : sequence of Watch
    courses : sequence of Course
        One for each person.
    looks_back : bool
        Whether the model does.
    """

    def __init__(
        self, restarts: Restarts, watched: Sequence[Watch], courses: Sequence[Course], *, looks_back: bool
    ) -> None:
        self._restarts, self._looks_back = restarts, looks_back
        self._watched = watched
        self._courses = courses
        self.legs = [course.begin() for course in courses]
        for leg in self.legs:
            _check(leg, len(watched), -np.inf)
        self.ended: dict[int, float] = {}

    @property
    def schedules(self) -> Schedules:
        """The schedules of all people, each with one of their own."""
        return Schedules(tuple(leg.events for leg in self.legs), np.arange(len(self.legs)))

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return self._restarts.target.portion

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        return self._restarts.target.sources

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into ``values``; NaN after the end of a course, and for who cannot be solved."""
        numbers = batch.schedules.of_person
        parties = _Parties(
            batch, self._restarts.initial(batch.parameters), [self.legs[item] for item in numbers]
        )
        values[...] = np.nan
        failures: list[Failure] = []
        going = np.arange(batch.size)
        is_resumed, turns = False, 0
        while going.size:
            turns += 1
            if turns > MOST_HALTS:
                raise EngineError(
                    f"person {numbers[going[0]] + 1} has halted {MOST_HALTS} times, last at"
                    f" {parties.start[going[0]]:g} h",
                    expected="fewer halts",
                    advice="A level that stays reached halts again at once: let it count no more.",
                )
            halts, failed = self._leg(parties, going, values, is_resumed=is_resumed)
            failures += failed
            lost = {item.person for item in failed}
            following = []
            for row, person in enumerate(going.tolist()):
                is_early = halts.which[row] != AT_TIME or halts.until[row] <= batch.times[-1]
                if person in lost or not is_early or not np.isfinite(halts.time[row]):
                    continue
                halt = Halt(float(halts.time[row]), int(halts.which[row]), tuple(halts.seen[row].tolist()))
                leg = self._courses[numbers[person]].go_on(halt)
                _check(leg, len(self._watched), halt.time)
                if leg.is_over:
                    self.ended[int(numbers[person])] = halt.time
                    continue
                parties.decide(person, halt, halts.states[row], leg, is_replayed=self._looks_back)
                following.append(person)
            going = np.array(following, dtype=np.int64)
            is_resumed = not self._looks_back
        return tuple(sorted(failures, key=lambda item: item.person))

    def _leg(
        self, parties: _Parties, going: IntArray, values: FloatArray, *, is_resumed: bool
    ) -> tuple[Halts, list[Failure]]:
        """Let some people go on to their next halts."""
        batch, legs = parties.batch, [parties.legs[item] for item in going]
        levels = np.array([leg.levels for leg in legs]).reshape(len(legs), -1)
        halts = Halts.of(levels, np.array([leg.until for leg in legs]), parties.states.shape[1])
        schedules, changes = _grouped([leg.events for leg in legs]), parties.changes.chosen(going)
        rows = _rows(batch.times, float(parties.start[going].min()), float(halts.until.max()))
        found, failures = self._restarts.run(
            batch.parameters[going], parties.states[going], schedules, batch.times[rows],
            parties.start[going], is_before=batch.is_before, changes=changes, halts=halts,
            is_resumed=is_resumed, last=float(batch.times[-1]),
        )  # fmt: skip
        values[going, rows] = np.where(np.isnan(found), values[going, rows], found)
        failures = tuple(replace(item, person=int(going[item.person])) for item in failures)
        for failure in failures:
            values[failure.person] = np.nan
        return halts, list(failures)


class _Parties:
    """Where the people of a portion are."""

    def __init__(self, batch: Batch, states: FloatArray, legs: list[Leg]) -> None:
        self.batch, self.states, self.legs = batch, states, legs
        self.start, self.changes = batch.start.copy(), batch.changes

    def decide(self, person: int, halt: Halt, states: FloatArray, leg: Leg, *, is_replayed: bool) -> None:
        """Take over what follows for a person."""
        n = len(leg.changes)
        if n:
            new = Changes(
                np.full(n, person), np.full(n, halt.time), np.array([item for item, _ in leg.changes]),
                np.array([value for _, value in leg.changes]),
            )  # fmt: skip
            self.changes = Changes.joined([self.changes, new])
        if is_replayed:
            stop = replace(Events.boluses(np.array([halt.time]), 0, 0.0), evid=np.array([OTHER]))
            leg = replace(leg, events=joined(leg.events, stop))
        else:
            self.start[person], self.states[person] = halt.time, states
        self.legs[person] = leg


def _rows(times: FloatArray, start: float, until: float) -> slice:
    """The recorded times of a leg, one at least."""
    first = min(int(np.searchsorted(times, start)), len(times) - 1)
    return slice(first, max(first + 1, int(np.searchsorted(times, until, side="right"))))


def _grouped(events: Sequence[Events]) -> Schedules:
    """People who share a schedule are planned together."""
    distinct = {id(item): item for item in events}
    place = {key: index for index, key in enumerate(distinct)}
    return Schedules(tuple(distinct.values()), np.array([place[id(item)] for item in events]))


def _check(leg: Leg, n_watched: int, now: float) -> None:
    if len(leg.levels) != n_watched:
        raise EngineError(
            f"{len(leg.levels)} levels are given", expected=f"one for each of {n_watched} watched"
        )
    if not leg.is_over and not leg.until > now:
        raise EngineError(
            f"a person who halted at {now:g} h is to halt at {leg.until:g} h", expected="a later time"
        )
    if needs_phases(leg.events):
        raise EngineError(
            "a schedule that is decided on the way holds a reset or a steady state",
            expected="doses and other events (EVID 1 and 2, no SS)",
        )
