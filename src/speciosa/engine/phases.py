"""Resets and steady state: a course cut into phases, each of which any target can run by itself.

EVID 3 and 4 and records with SS begin a new phase. Between phases the states pass through here, so that
resets and steady state mean the same in every target:

- a reset puts all states at their initial values; doses given before it are over, infusions and ADDL too;
- SS 1 puts the states at the steady state of the repeated dose, SS 2 adds that steady state to them (and
  earlier doses go on); of the doses that the steady state implies, what is still on its way (lag) or
  running (infusion) follows;
- records of one time with the same SS and II are one regimen, as the parts of one dose that enter by
  several inlets;
- SS with II 0 and a rate is the steady state of an endless infusion, which stops at the time of the record.

The steady state y solves ``cycle(y) = y`` by Newton's method, the Jacobian by differences of whole cycles;
that is one step for a linear model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch
from speciosa.engine.changes import Changes
from speciosa.engine.differences import central
from speciosa.engine.events import Events, Schedules
from speciosa.engine.restarts import Maker, Restarts
from speciosa.engine.schedule import DOSE, RESET, RESET_AND_DOSE, InletFunctions
from speciosa.engine.solution import Failure, Status
from speciosa.model import Model, Output, Signal

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
REPLACE, ADD = 1, 2
ENDLESS_CYCLE = 24.0  # h; any length finds the same steady state of an endless infusion
ENDLESS = 1e4  # cycles that an endless infusion lasts
ITERATIONS = 40
DIFFERENCE = 1e-2  # part of a state's size by which it is moved for the Jacobian


def needs_phases(events: Events) -> bool:
    """Whether a schedule holds a reset or a record at steady state."""
    return bool(_is_cut(events).any())


def _is_cut(events: Events) -> npt.NDArray[np.bool_]:
    is_dose = (events.evid == DOSE) | (events.evid == RESET_AND_DOSE)
    return np.asarray(
        (events.evid == RESET) | (events.evid == RESET_AND_DOSE) | (is_dose & (events.steady_state > 0))
    )


def _rows(events: Events, which: IntArray) -> Events:
    return Events(**{item.name: getattr(events, item.name)[which] for item in fields(Events)})


def joined(*parts: Events) -> Events:
    """Several schedules as one, in order."""
    return Events(
        **{item.name: np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Events)}
    )


def _plain(events: Events, time: FloatArray | None = None) -> Events:
    """Doses without SS, at other times if given (and then without ADDL)."""
    none = np.zeros(events.size, dtype=np.int64)
    evid = np.where(events.evid == RESET_AND_DOSE, DOSE, events.evid)
    plain = replace(events, steady_state=none, evid=evid)
    return plain if time is None else replace(plain, time=time, additional=none)


@dataclass(frozen=True)
class Phase:
    """A part of a course.

    Parameters
    ----------
    start : float
        Hours.
    events : Events
        Ordinary records, those before the start included whose effect may go on.
    regimen : Events or None
        Records whose steady state is entered at the start.
    is_fresh : bool
        Whether the states before do not matter.
    """

    start: float
    events: Events
    regimen: Events | None
    is_fresh: bool


def phases(events: Events, start: float) -> list[Phase]:
    """Cut a schedule at its resets and records at steady state, in order of time and of records."""
    order = np.argsort(events.time, kind="stable")
    events = _rows(events, order)
    is_cut = _is_cut(events)
    cuts: list[list[int]] = []
    for index in np.flatnonzero(is_cut).tolist():
        before = cuts[-1][-1] if cuts else index
        if cuts and index == before + 1 and _is_same_regimen(events, before, index):
            cuts[-1].append(index)
        else:
            cuts.append([index])
    found = [Phase(start, _upto(events, 0, cuts[0][0] if cuts else events.size), None, is_fresh=True)]
    first = 0
    for number, cut in enumerate(cuts):
        beyond = cuts[number + 1][0] if number + 1 < len(cuts) else events.size
        is_steady = bool(events.steady_state[cut[0]]) and events.evid[cut[0]] != RESET
        is_fresh = not is_steady or events.steady_state[cut[0]] == REPLACE
        first = cut[0] if is_fresh else first
        regimen = _rows(events, np.array(cut)) if is_steady else None
        time = float(max(events.time[cut[0]], start))
        found.append(Phase(time, _upto(events, first, beyond), regimen, is_fresh))
    return found


def _is_same_regimen(events: Events, one: int, other: int) -> bool:
    parts = (events.time, events.steady_state, events.interval)
    return bool(events.steady_state[one]) and all(part[one] == part[other] for part in parts)


def _upto(events: Events, first: int, beyond: int) -> Events:
    """Doses and stops among some records, as ordinary ones; an endless infusion is over at its record."""
    keep = [index for index in range(first, beyond) if events.evid[index] != RESET]
    chosen = _rows(events, np.array(keep, dtype=np.int64))
    return _plain(_rows(chosen, np.flatnonzero(~_is_endless(chosen))))


def _is_endless(events: Events) -> npt.NDArray[np.bool_]:
    return (events.steady_state > 0) & (events.interval <= 0.0)


class Phased:
    """A target that runs courses with resets and steady state, phase by phase, on another one.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    compiled : callable
        Makes a target of a model and outputs.
    rtol, atol : float
        As for the target.
    """

    def __init__(
        self,
        model: Model,
        outputs: list[Output],
        compiled: Maker,
        rtol: float,
        atol: float,
    ) -> None:
        self._count = len(outputs)
        states = [
            Output(Signal(f"state.{state.name}", state.unit, ""), state.expression) for state in model.states
        ]
        self._restarts = Restarts(model, [*outputs, *states], compiled)
        self._rtol = rtol
        self._scale = np.array([state.scale for state in model.states])
        self._atol = atol * self._scale
        self._inlets = InletFunctions.of_model(model)

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return self._restarts.target.portion

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        return self._restarts.target.sources

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put outputs into ``values``; NaN and a failure for who cannot be solved."""
        failures: dict[int, Failure] = {}
        for number in np.unique(batch.schedules.of_person):
            members = np.flatnonzero(batch.schedules.of_person == number)
            course = _Course(self, batch, batch.schedules.events[number], members)
            values[members] = course.values
            failures.update(
                (int(members[item.person]), replace(item, person=int(members[item.person])))
                for item in course.failures.values()
            )
        for person in failures:
            values[person] = np.nan
        return tuple(failures[person] for person in sorted(failures))

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Put outputs and their derivatives by parameters, as central differences, into tables."""
        return central(self, batch, which, values, slopes)

    def initial(self, parameters: FloatArray) -> FloatArray:
        """The states at which the model begins, people by states."""
        return self._restarts.initial(parameters)

    def longest(self, events: Events, parameters: FloatArray) -> float:
        """Hours from a record to the end of what it does, at most, over people and records."""
        longest = 0.0
        for row in parameters[np.isfinite(parameters).all(axis=1)].tolist():
            for inlet, amount, rate in zip(events.inlet, events.amount, events.rate, strict=True):
                intake = self._inlets.of(row, float(amount))[int(inlet)]
                length = intake.lag + intake.length(float(amount), float(rate))
                if np.isfinite(length):
                    longest = max(longest, length)
        return float(longest)

    def run(
        self,
        parameters: FloatArray,
        states: FloatArray,
        events: Events,
        times: FloatArray,
        start: float,
        *,
        is_before: bool,
        changes: Changes | None = None,
    ) -> tuple[FloatArray, FloatArray, tuple[Failure, ...]]:
        """Outputs and states at some times of people who begin at given states."""
        n = len(parameters)
        found, failures = self._restarts.run(
            parameters, states, Schedules.shared(events, n), times, np.full(n, start),
            is_before=is_before, changes=changes,
        )  # fmt: skip
        return found[..., : self._count], found[..., self._count :], failures

    def steady(
        self, parameters: FloatArray, regimen: Events, first: FloatArray
    ) -> tuple[FloatArray, IntArray]:
        """States just before a dose of a repeated regimen, and people who have none."""
        cycle, _ = self._cycle(parameters, regimen)
        y, ahead = first.copy(), cycle(parameters, first)
        size = self._size(ahead - y, ahead)
        is_done = np.zeros(len(y), dtype=np.bool_)
        for _ in range(ITERATIONS):
            left = np.flatnonzero(~is_done & np.isfinite(size))
            if not left.size:
                break
            better = self._newton(cycle, parameters[left], y[left], ahead[left])
            after = cycle(parameters[left], better)
            new = self._size(after - better, after)
            # A step that leads astray is replaced by one more cycle.
            plain = ~(new < size[left]) & (size[left] > 1.0)
            y[left] = np.where(plain[:, None], ahead[left], better)
            after[plain] = cycle(parameters[left], y[left])[plain]
            ahead[left] = after
            size[left] = self._size(after - y[left], after)
            is_done[left] = size[left] <= 1.0
        return ahead, np.flatnonzero(~is_done)

    def _size(self, change: FloatArray, y: FloatArray) -> FloatArray:
        """Largest change, relative to what one cycle may be wrong by."""
        allowed = 100.0 * self._atol + 10.0 * self._rtol * np.abs(y)
        return np.asarray((np.abs(change) / allowed).max(axis=1))

    def _cycle(
        self, parameters: FloatArray, regimen: Events
    ) -> tuple[Callable[[FloatArray, FloatArray], FloatArray], float]:
        """The states one interval later, as a function of those before."""
        plain = _plain(regimen)
        if _is_endless(regimen).all():
            period = ENDLESS_CYCLE
            events = replace(
                plain,
                time=np.zeros(plain.size),
                amount=plain.rate * period * ENDLESS,
                additional=plain.evid * 0,
            )
        else:
            period = float(regimen.interval[0])
            events = implied(plain, 0.0, period, self.longest(plain, parameters), first=0)

        def cycle(people: FloatArray, states: FloatArray) -> FloatArray:
            return self.run(people, states, events, np.array([period]), 0.0, is_before=True)[1][:, 0]

        return cycle, period

    def _newton(
        self,
        cycle: Callable[[FloatArray, FloatArray], FloatArray],
        parameters: FloatArray,
        y: FloatArray,
        ahead: FloatArray,
    ) -> FloatArray:
        people, n = y.shape
        moves = DIFFERENCE * np.maximum(np.maximum(np.abs(y), np.abs(ahead)), self._scale)
        moved = y[:, None, :] + moves[:, None, :] * np.eye(n)
        found = cycle(np.repeat(parameters, n, axis=0), moved.reshape(-1, n)).reshape(people, n, n)
        slope = np.swapaxes((found - ahead[:, None, :]) / moves[:, :, None], 1, 2)
        better = y.copy()
        for person in range(people):
            matrix = np.eye(n) - slope[person]
            if np.isfinite(matrix).all():
                better[person] += np.linalg.lstsq(matrix, ahead[person] - y[person], rcond=None)[0]
        return better


def implied(regimen: Events, time: float, period: float, longest: float, *, first: int) -> Events:
    """Earlier doses of a repeated regimen whose effect may reach beyond a time, from the latest on."""
    count = int(np.ceil(longest / period)) + 1
    parts = [_plain(regimen, np.full(regimen.size, time - turn * period)) for turn in range(first, count + 1)]
    return joined(*parts)


class _Course:
    """People of one schedule, phase by phase."""

    def __init__(self, phased: Phased, batch: Batch, events: Events, members: IntArray) -> None:
        self._phased, self._batch, self._parameters = phased, batch, batch.parameters[members]
        self._changes = batch.changes.chosen(members)
        self.failures: dict[int, Failure] = {}
        self.values = np.full((len(members), len(batch.times), phased._count), np.nan)
        found = phases(events, float(batch.start[0]))
        end = float(batch.times[-1])
        states = phased.initial(self._parameters)
        for index, phase in enumerate(found):
            if phase.start > end:
                break
            following = found[index + 1] if index + 1 < len(found) else None
            last = min(following.start, end) if following else np.inf
            is_wanted = following is not None and not following.is_fresh and following.start <= end
            states = self._phase(phase, states, last, is_last=following is None or following.start > end,
                                 is_wanted=is_wanted, is_first=index == 0)  # fmt: skip

    def _phase(
        self,
        phase: Phase,
        states: FloatArray,
        last: float,
        *,
        is_last: bool,
        is_wanted: bool,
        is_first: bool,
    ) -> FloatArray:
        """Run a phase; the states at its end, if the next one goes on from them."""
        if phase.is_fresh:
            states = self._phased.initial(self._changed(phase.start))
        events = phase.events
        if phase.regimen is not None:
            states, tail = self._enter(phase, states)
            events = joined(events, tail)
        times = self._batch.times
        if self._batch.is_before:
            which = (times > phase.start) & (times <= last)
            which |= is_first & (times == phase.start)
        else:
            which = (times >= phase.start) & ((times < last) | is_last)
        if which.any():
            found, _, failures = self._phased.run(
                self._parameters, states, events, times[which], phase.start,
                is_before=self._batch.is_before, changes=self._changes,
            )  # fmt: skip

            self.values[:, which] = found
            self._note(failures)
        if is_wanted and last > phase.start:
            _, found, failures = self._phased.run(
                self._parameters, states, events, np.array([last]), phase.start,
                is_before=True, changes=self._changes,
            )  # fmt: skip

            self._note(failures)
            return found[:, 0]
        return states

    def _enter(self, phase: Phase, states: FloatArray) -> tuple[FloatArray, Events]:
        """States at the start of a phase at steady state, and what goes on of the doses before."""
        regimen = phase.regimen
        assert regimen is not None
        parameters = self._changed(phase.start)
        initial = self._phased.initial(parameters)
        steady, without = self._phased.steady(parameters, regimen, initial)
        self._note(tuple(Failure(int(item), Status.NO_STEADY_STATE, phase.start, "") for item in without))
        tail = _rows(regimen, np.array([], dtype=np.int64))
        if not _is_endless(regimen).all():
            period = float(regimen.interval[0])
            longest = self._phased.longest(regimen, parameters)
            tail = implied(_plain(regimen), phase.start, period, longest, first=1)
        # What a model holds without doses is there already where a steady state is added.
        return (steady if phase.is_fresh else states + steady - initial), tail

    def _changed(self, time: float) -> FloatArray:
        """The parameters of a time."""
        return self._changes.applied(self._parameters, np.full(len(self._parameters), time))

    def _note(self, failures: tuple[Failure, ...]) -> None:
        for failure in failures:
            self.failures.setdefault(failure.person, failure)
