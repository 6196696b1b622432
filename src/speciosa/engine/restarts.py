"""Courses that begin at given states: what resets, steady state and decisions on the way are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch, Target
from speciosa.engine.changes import Changes
from speciosa.engine.events import Schedules
from speciosa.engine.halts import Halts
from speciosa.engine.solution import Failure
from speciosa.model import Expression, Kind, Model, Output, Parameter, evaluate
from speciosa.model.expression import as_expression, symbols
from speciosa.model.model import BoundParameter

FloatArray = npt.NDArray[np.float64]
Maker = Callable[[Model, Sequence[Output]], Target]
START_OF = "start of {}"


class Restarts:
    """A target whose people begin at given states.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    compiled : callable
        Makes a target of a model and outputs.
    """

    def __init__(self, model: Model, outputs: Sequence[Output], compiled: Maker) -> None:
        self._model, self._count = model, len(outputs)
        self.target = compiled(_with_starts(model), outputs)

    def initial(self, parameters: FloatArray) -> FloatArray:
        """The states at which the model begins, people by states."""
        found = np.empty((len(parameters), len(self._model.states)))
        names = [item.name for item in self._model.parameters]
        for index, state in enumerate(self._model.states):
            expression = as_expression(state.initial)
            if symbols(expression, Kind.PARAMETER):
                found[:, index] = [
                    evaluate(expression, dict(zip(names, row, strict=True))) for row in parameters.tolist()
                ]
            else:
                found[:, index] = evaluate(expression, {})
        return found

    def run(
        self,
        parameters: FloatArray,
        states: FloatArray,
        schedules: Schedules,
        times: FloatArray,
        start: FloatArray,
        *,
        is_before: bool,
        changes: Changes | None = None,
        halts: Halts | None = None,
        is_resumed: bool = False,
        last: float = np.inf,
    ) -> tuple[FloatArray, tuple[Failure, ...]]:
        """Outputs at some times of people who begin at given states.

        Parameters
        ----------
        parameters : (n, n_parameters) float
        states : (n, n_states) float
        schedules : Schedules
        times : (n_times,) float
        start : (n,) float
            When each begins, h.
        is_before : bool
            Whether the value before a dose is recorded at its time.
        changes : Changes, optional
            From before the start on.
        halts : Halts, optional
            Filled, of a target that was made to halt.
        is_resumed : bool
            Whether people go on from a halt.
        last : float
            End of all courses, h; infinite for the last of `times`.

        Returns
        -------
        values : (n, n_times, n_outputs) float
        failures : tuple of Failure
        """
        changes = changes or Changes.none()
        full = np.ascontiguousarray(np.hstack([changes.applied(parameters, start), states]))
        values = np.full((len(full), len(times), self._count), np.nan)
        batch = Batch(
            full,
            schedules,
            np.asarray(times),
            start,
            is_before,
            changes.after(start),
            halts,
            is_resumed,
            last,
        )
        return values, self.target.fill(batch, values)


def _with_starts(model: Model) -> Model:
    """The model with the initial value of each state as one more parameter, in order, after its own."""
    added = [
        Parameter(START_OF.format(state.name), state.unit, f"initial value of {state.name}")
        for state in model.states
    ]
    starts: list[Expression] = [item.expression for item in added]
    return replace(
        model,
        states=tuple(
            replace(state, initial=start) for state, start in zip(model.states, starts, strict=True)
        ),
        parameters=(*model.parameters, *(BoundParameter(item, None, 0.0) for item in added)),
    )
