"""The reference target: plain and right.

Equations as Python functions, SciPy's LSODA at tight tolerance with the exact Jacobian, restarted at every
event. Other targets are compared with it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch
from speciosa.engine.differences import central
from speciosa.engine.events import Events
from speciosa.engine.halts import AT_TIME, Halts, Watch
from speciosa.engine.program import delays, jacobian
from speciosa.engine.python_source import Emitter, functions
from speciosa.engine.schedule import InletFunctions, plan, rates_between
from speciosa.engine.solution import Failure, Status
from speciosa.engine.targets.past import Past, reach
from speciosa.late import integrate
from speciosa.model import Model, Output
from speciosa.model.expression import as_expression

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Slope = Callable[[float, FloatArray], FloatArray]


class Reference:
    """A model compiled for the reference target.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    rtol, atol : float
        Relative tolerance, and absolute tolerance as a fraction of each state's scale.
    watched : sequence of Watch, optional
        Outputs at whose levels courses halt.
    """

    def __init__(
        self,
        model: Model,
        outputs: Sequence[Output],
        rtol: float,
        atol: float,
        watched: Sequence[Watch] | None = None,
    ) -> None:
        emitter = Emitter(model)
        states = [state.expression for state in model.states]
        entries = jacobian(model.derivatives, states)
        self._n = len(states)
        self._names = [state.name for state in model.states]
        self._parameters = [item.name for item in model.parameters]
        self._n_outputs = len(outputs)
        self._places = tuple(np.array(list(entries), dtype=np.int64).reshape(-1, 2).T)
        self._rates = functions(emitter, model.derivatives)
        self._entries = functions(emitter, list(entries.values()))
        self._outputs = functions(emitter, [output.value for output in outputs])
        self._watched = tuple(watched or ())
        self._seen = functions(emitter, [item.output.value for item in self._watched])
        looked = [*model.derivatives, *(item.value for item in outputs)]
        looked += [item.output.value for item in self._watched]
        self._n_delays = len(delays(looked))
        self._delays = functions(emitter, delays(looked))
        self._start = functions(emitter, [as_expression(state.initial) for state in model.states])
        self._inlets = InletFunctions.of_model(model)
        self._rtol = rtol
        self._atol = atol * np.array([state.scale for state in model.states])

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return 1

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        return ("petzold1983",)

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Put the outputs of people into a table.

        Parameters
        ----------
        batch : Batch
        values : (n, n_times, n_outputs) float

        Returns
        -------
        tuple of Failure
        """
        failures = []
        for person in range(batch.size):
            with np.errstate(all="ignore"):
                found, failure = self._solve(batch, person)
            values[person] = np.nan if found is None else found
            if failure is not None:
                failures.append(replace(failure, person=person))
        return tuple(failures)

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Put outputs and their derivatives by parameters, as central differences, into tables."""
        return central(self, batch, which, values, slopes)

    def _solve(self, batch: Batch, person: int) -> tuple[FloatArray | None, Failure | None]:
        """Outputs of one person at the given times, or why there are none."""
        parameters, start = batch.parameters[person], float(batch.start[person])
        bad = np.flatnonzero(~np.isfinite(parameters))
        if bad.size:
            return None, Failure(0, Status.BAD_INPUT, start, self._parameters[bad[0]])
        events = batch.schedules.events[int(batch.schedules.of_person[person])]
        changes = batch.changes.course(person, parameters)
        run = _Run(self, batch, person, events, changes)
        if batch.halts is not None and run.halt is not None:
            batch.halts.put(np.array([person]), run.halt)
        return run.values, run.failure


class _Run:
    """One person, from the start to the last time."""

    def __init__(
        self,
        kernel: Reference,
        batch: Batch,
        person: int,
        events: Events,
        changes: tuple[FloatArray, FloatArray],
    ) -> None:
        self._kernel, self._times, self._is_before = kernel, batch.times, batch.is_before
        self._first_row = int(batch.first_rows[person])
        self._end, self._is_cut = float(batch.ends[person]), bool(batch.is_cut[person])
        self._levels = [] if batch.halts is None else batch.halts.levels[person].tolist()
        self._changes, self._tables = changes[0].tolist(), changes[1].tolist()
        self._plan = plan(events, kernel._inlets, self._changes, self._tables)
        self.failure: Failure | None = None
        self.halt: Halts | None = None
        start = float(batch.start[person])
        self._values = np.full((len(batch.times), kernel._n_outputs), np.nan)
        self._past = Past(start)
        self._section = -1
        self._set(0)
        prologue, initial = kernel._start
        y = np.array(initial(start, (), self._p, prologue(self._p)), dtype=np.float64)
        self._march(y, start)
        self.values = None if self.failure else self._values

    def _set(self, section: int) -> None:
        """Take the parameters that hold from a change on."""
        if section == self._section:
            return
        kernel, self._section, self._p = self._kernel, section, self._tables[section]
        pairs = (kernel._rates, kernel._entries, kernel._outputs, kernel._delays, kernel._seen)
        self._q = [prologue(self._p) for prologue, _ in pairs]

    def _march(self, y: FloatArray, start: float) -> None:
        end = max(self._end, start)
        stops = [start, *(stop for stop in self._plan.stops if start < stop < end), *[end] * (end > start)]
        waiting = [item for item in self._plan.additions if item.time >= start]
        for left, right in zip(stops, [*stops[1:], end], strict=True):
            is_over = self._is_cut and left == end
            if self._is_before or is_over:
                self._record_at(left, y)
            if is_over:
                self._halt(left, AT_TIME, y)
                return
            self._set(bisect_right(self._changes, left))
            while waiting and waiting[0].time <= left:
                y[waiting[0].state] += waiting.pop(0).amount
            if not self._is_before:
                self._record_at(left, y)
            if right > left:
                y = self._cross(y, left, right)
                self._past.jump(right)
            if self.failure or self.halt:
                return

    def _halt(self, time: float, which: int, y: FloatArray) -> None:
        """Note where the course halts."""
        levels, seen = np.array([self._levels]), np.array([self._look(time, y)])
        self.halt = Halts(
            levels, np.array([self._end]), np.array([time]), np.array([which]), y[None, :], seen
        )

    def _look(self, time: float, y: FloatArray) -> list[float]:
        """The watched outputs."""
        return self._kernel._seen[1](time, y.tolist(), self._p, self._q[4], past=self._past)

    def _ahead(self, index: int, time: float, y: FloatArray) -> float:
        """How far a watched output is beyond its level."""
        above = float(self._look(time, y)[index] - self._levels[index])
        return above if self._kernel._watched[index].is_rising else -above

    def _guards(self) -> list[partial[float]]:
        """What the solver watches; the rest is out of reach."""
        guards = []
        for index, level in enumerate(self._levels):
            if np.isfinite(level):
                guard = partial(self._ahead, index)
                guard.terminal, guard.direction = True, 1.0  # type: ignore[attr-defined]
                guards.append(guard)
        return guards

    def _record_at(self, time: float, y: FloatArray) -> None:
        low = max(bisect_left(self._times, time), self._first_row)
        self._record(low, max(low, bisect_right(self._times, time)), y)

    def _record(self, low: int, high: int, y: FloatArray) -> None:
        """Outputs at some times of states: of one state for all times, or of one for each."""
        run = self._kernel._outputs[1]
        states = np.broadcast_to(y, (high - low, self._kernel._n)).tolist()
        for row, state in zip(range(low, high), states, strict=True):
            self._values[row] = run(self._times[row], state, self._p, self._q[2], past=self._past)

    def _cross(self, y: FloatArray, left: float, right: float) -> FloatArray:
        """The states at the next stop; what is wanted on the way is recorded."""
        low, high = bisect_right(self._times, left), bisect_left(self._times, right)
        if right - left <= 1e-12 * max(1.0, abs(left), abs(right)):
            # Times that differ by rounding alone: less than a solver can take for a step.
            self._record(low, high, y)
            inputs = rates_between(self._plan.pieces, left, right, self._kernel._n)
            return np.array(y + (right - left) * self._slopes(inputs)[0](left, y))
        now, inputs = left, rates_between(self._plan.pieces, left, right, self._kernel._n)
        while now < right and not self.failure and not self.halt:
            now, y = self._advance(y, now, right, inputs)
        return y

    def _slopes(self, inputs: FloatArray) -> tuple[Slope, Slope]:
        """Rates of the states and their Jacobian, as functions of time and states."""
        kernel, p, past = self._kernel, self._p, self._past
        rates, entries = kernel._rates[1], kernel._entries[1]
        q_rates, q_entries = self._q[0], self._q[1]
        matrix = np.zeros((kernel._n, kernel._n))

        def slope(t: float, state: FloatArray) -> FloatArray:
            change: FloatArray = np.array(rates(t, state.tolist(), p, q_rates, past=past)) + inputs
            return change

        def slope_jacobian(t: float, state: FloatArray) -> FloatArray:
            matrix[kernel._places] = entries(t, state.tolist(), p, q_entries, past=past)
            return matrix

        return slope, slope_jacobian

    def _advance(
        self, y: FloatArray, left: float, right: float, inputs: FloatArray
    ) -> tuple[float, FloatArray]:
        """Go on towards a stop, as far as all that is looked back at is known."""
        kernel, past = self._kernel, self._past
        slope, slope_jacobian = self._slopes(inputs)
        end = reach(left, right, self._delays_at(left, y)) if self._looks_back else right
        past.begin(left)
        reached = [index for index in range(len(self._levels)) if self._ahead(index, left, y) >= 0.0]
        if reached:
            # What was due at this time is over at the halt.
            self._halt(float(np.nextafter(left, np.inf)), reached[0], y)
            return left, y
        while True:
            past.begin(left)
            times = self._times[bisect_right(self._times, left) : bisect_left(self._times, right)]
            wanted = [*times[times < end], end]
            found = integrate.solve_ivp(
                slope, (left, end), y, method="LSODA", t_eval=wanted, jac=slope_jacobian,
                events=self._guards() or None, dense_output=self._looks_back, rtol=kernel._rtol,
                atol=kernel._atol,
            )  # fmt: skip
            if not found.success or not np.isfinite(found.y).all():
                self._fail(found, left)
                return end, y
            is_met = found.status == 1
            end = float(min(item[0] for item in found.t_events if len(item))) if is_met else end
            if not self._looks_back:
                break
            shorter = past.shorter(left, end, found.sol, self._delays_at)
            if shorter is None:
                past.keep(left, end, found.sol)
                break
            end = shorter
        low = bisect_right(self._times, left)
        high = min(bisect_right(self._times, end), bisect_left(self._times, right), low + len(found.t))
        self._record(low, high, found.y.T[: high - low])
        if not is_met:
            return end, np.array(found.y[:, -1])
        states = next(item[0] for item in found.y_events if len(item))
        nearest = int(np.argmax([self._ahead(index, end, states) for index in range(len(self._levels))]))
        self._halt(max(end, float(np.nextafter(left, np.inf))), nearest, states)
        return end, states

    @property
    def _looks_back(self) -> bool:
        return bool(self._kernel._n_delays)

    def _delays_at(self, time: float, y: FloatArray) -> list[float]:
        return self._kernel._delays[1](time, y.tolist(), self._p, self._q[3], past=self._past)

    def _fail(self, found: object, left: float) -> None:
        values = np.atleast_2d(np.array(found.y))  # type: ignore[attr-defined]
        times = np.array(found.t)  # type: ignore[attr-defined]
        broken = np.flatnonzero(~np.isfinite(values).all(axis=1)) if values.size else np.array([0])
        state = self._kernel._names[int(broken[0])] if broken.size else ""
        status = Status.NOT_FINITE if broken.size else Status.STEP_UNDERFLOW
        self.failure = Failure(0, status, float(times[-1]) if times.size else left, state)
