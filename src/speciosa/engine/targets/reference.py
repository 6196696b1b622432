"""The reference target: plain and right.

Equations as Python functions, SciPy's LSODA at tight tolerance with the exact Jacobian, restarted at every
event. Other targets are compared with it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

from speciosa.engine.batch import Batch
from speciosa.engine.events import Events
from speciosa.engine.program import jacobian
from speciosa.engine.python_source import Emitter, functions
from speciosa.engine.schedule import InletFunctions, Plan, inlet_results, plan, rates_between
from speciosa.engine.solution import Failure, Status
from speciosa.model import Model, Output
from speciosa.model.expression import as_expression

FloatArray = npt.NDArray[np.float64]


class Reference:
    """A model compiled for the reference target.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    rtol, atol : float
        Relative tolerance, and absolute tolerance as a fraction of each state's scale.
    """

    def __init__(self, model: Model, outputs: Sequence[Output], rtol: float, atol: float) -> None:
        emitter = Emitter(model)
        states = [state.expression for state in model.states]
        entries = jacobian(model.derivatives, states)
        self._n = len(states)
        self._names = [state.name for state in model.states]
        self._parameters = [item.name for item in model.parameters]
        self._places = tuple(np.array(list(entries), dtype=np.int64).reshape(-1, 2).T)
        self._rates = functions(emitter, model.derivatives)
        self._entries = functions(emitter, list(entries.values()))
        self._outputs = functions(emitter, [output.value for output in outputs])
        self._start = functions(emitter, [as_expression(state.initial) for state in model.states])
        self._inlets = InletFunctions(
            *functions(emitter, [as_expression(item) for item in inlet_results(model)]),
            has_duration=tuple(inlet.duration is not None for inlet in model.inlets),
            states=tuple(model.state_index[inlet.state.name] for inlet in model.inlets),
        )
        self._rtol = rtol
        self._atol = atol * np.array([state.scale for state in model.states])

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return 1

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
            events = batch.schedules.events[int(batch.schedules.of_person[person])]
            with np.errstate(all="ignore"):
                found, failure = self.solve(
                    batch.parameters[person], events, batch.times, batch.start, is_before=batch.is_before
                )
            if found is not None:
                values[person] = found
            elif failure is not None:
                failures.append(replace(failure, person=person))
        return tuple(failures)

    def solve(
        self, parameters: FloatArray, events: Events, times: FloatArray, start: float, *, is_before: bool
    ) -> tuple[FloatArray | None, Failure | None]:
        """Outputs of one person at the given times, or why there are none."""
        bad = np.flatnonzero(~np.isfinite(parameters))
        if bad.size:
            return None, Failure(0, Status.BAD_INPUT, start, self._parameters[bad[0]])
        p = [float(value) for value in parameters]
        run = _Run(self, p, plan(events, p, self._inlets), times, start, is_before)
        return run.values, run.failure


class _Run:
    """One person, from the start to the last time."""

    def __init__(
        self, kernel: Reference, p: list[float], what: Plan, times: FloatArray, start: float, is_before: bool
    ) -> None:
        self._kernel = kernel
        self._p = p
        self._q = [prologue(p) for prologue, _ in (kernel._rates, kernel._entries, kernel._outputs)]
        self._plan = what
        self._times = times
        self.values: FloatArray | None = np.empty((len(times), 0))
        self.failure: Failure | None = None
        self._states = np.full((len(times), kernel._n), np.nan)
        prologue, initial = kernel._start
        self._march(np.array(initial(start, (), p, prologue(p)), dtype=np.float64), start, is_before)
        self.values = None if self.failure else self._read()

    def _read(self) -> FloatArray:
        run = self._kernel._outputs[1]
        rows = [
            run(t, y, self._p, self._q[2]) for t, y in zip(self._times, self._states.tolist(), strict=True)
        ]
        return np.array(rows, dtype=np.float64).reshape(len(self._times), -1)

    def _march(self, y: FloatArray, start: float, is_before: bool) -> None:
        end = float(self._times[-1])
        stops = [start, *(stop for stop in self._plan.stops if start < stop <= end), end]
        waiting = [item for item in self._plan.additions if item.time >= start]
        for left, right in zip(stops, [*stops[1:], end], strict=True):
            if is_before:
                self._record_at(left, y)
            while waiting and waiting[0].time <= left:
                y[waiting[0].state] += waiting.pop(0).amount
            if not is_before:
                self._record_at(left, y)
            if right > left:
                y = self._cross(y, left, right)
            if self.failure:
                return

    def _record_at(self, time: float, y: FloatArray) -> None:
        low, high = bisect_left(self._times, time), bisect_right(self._times, time)
        self._states[low:high] = y

    def _cross(self, y: FloatArray, left: float, right: float) -> FloatArray:
        kernel, p = self._kernel, self._p
        inputs = rates_between(self._plan.pieces, left, right, kernel._n)
        rates, entries = kernel._rates[1], kernel._entries[1]
        q_rates, q_entries = self._q[0], self._q[1]
        matrix = np.zeros((kernel._n, kernel._n))

        def slope(t: float, state: FloatArray) -> FloatArray:
            change: FloatArray = np.array(rates(t, state.tolist(), p, q_rates)) + inputs
            return change

        def slope_jacobian(t: float, state: FloatArray) -> FloatArray:
            matrix[kernel._places] = entries(t, state.tolist(), p, q_entries)
            return matrix

        low, high = bisect_right(self._times, left), bisect_left(self._times, right)
        if right - left <= 1e-12 * max(abs(left), abs(right)):
            # Times that differ by rounding alone: less than a solver can take for a step.
            self._states[low:high] = y
            return np.array(y + (right - left) * slope(left, y))
        wanted = [*self._times[low:high], right]
        found = solve_ivp(
            slope, (left, right), y, method="LSODA", t_eval=wanted, jac=slope_jacobian,
            rtol=kernel._rtol, atol=kernel._atol,
        )  # fmt: skip

        if not found.success or not np.isfinite(found.y).all():
            self._fail(found, left)
            return y
        self._states[low:high] = found.y.T[:-1]
        return np.array(found.y[:, -1])

    def _fail(self, found: object, left: float) -> None:
        values = np.atleast_2d(np.array(found.y))  # type: ignore[attr-defined]
        times = np.array(found.t)  # type: ignore[attr-defined]
        broken = np.flatnonzero(~np.isfinite(values).all(axis=1)) if values.size else np.array([0])
        state = self._kernel._names[int(broken[0])] if broken.size else ""
        status = Status.NOT_FINITE if broken.size else Status.STEP_UNDERFLOW
        self.failure = Failure(0, status, float(times[-1]) if times.size else left, state)
