"""One compiled function per model: people and events in, outputs on a grid out, a status for everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.events import Schedules
from speciosa.engine.solution import Failure, Solution, Status
from speciosa.engine.targets.reference import Reference
from speciosa.errors import EngineError, UnknownNameError
from speciosa.model import Model

FloatArray = npt.NDArray[np.float64]
TARGETS = ("reference",)


@dataclass(frozen=True)
class Kernel:
    """A model compiled for one target.

    Parameters
    ----------
    model : Model
    target : str
    outputs : tuple of str
    notes : tuple of str
        What the user should know of the choice of target.
    methods : tuple of str
        Source keys of the numerical methods.
    """

    model: Model
    target: str
    outputs: tuple[str, ...]
    compiled: Reference
    notes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def run(
        self,
        parameters: FloatArray,
        schedules: Schedules,
        times: FloatArray,
        *,
        start: float | None = None,
        at_dose: str = "after",
        progress: Callable[[int, int], None] | None = None,
    ) -> Solution:
        """Simulate people.

        Parameters
        ----------
        parameters : (n_persons, n_parameters) float
        schedules : Schedules
        times : (n_times,) float
            Increasing, h.
        start : float, optional
            Where the initial state holds; the first time or event if left out.
        at_dose : {"after", "before"}
            Which value is recorded at the time of a dose.
        progress : callable, optional
            Called with the number of persons done and in all.

        Returns
        -------
        Solution

        Raises
        ------
        EngineError
            If the arguments do not fit the model.
        """
        parameters = np.ascontiguousarray(parameters, dtype=np.float64)
        times = np.asarray(times, dtype=np.float64)
        self._check(parameters, schedules, times, at_dose)
        begin = _start(schedules, times) if start is None else start
        n = len(parameters)
        values = np.full((n, len(times), len(self.outputs)), np.nan)
        status = np.zeros(n, dtype=np.int8)
        failures: list[Failure] = []
        for person in range(n):
            events = schedules.events[int(schedules.of_person[person])]
            with np.errstate(all="ignore"):
                found, failure = self.compiled.solve(
                    parameters[person], events, times, begin, is_before=at_dose == "before"
                )
            if found is not None:
                values[person] = found
            elif failure is not None:
                status[person] = failure.status
                failures.append(replace(failure, person=person))
            if progress is not None:
                progress(person + 1, n)
        return Solution(values, status, tuple(failures))

    def _check(self, parameters: FloatArray, schedules: Schedules, times: FloatArray, at_dose: str) -> None:
        wanted = len(self.model.parameters)
        if parameters.ndim != 2 or parameters.shape[1] != wanted:  # noqa: PLR2004
            raise EngineError(
                f"the parameter table has shape {parameters.shape}", expected=f"(persons, {wanted})"
            )
        if len(schedules.of_person) != len(parameters):
            raise EngineError(
                f"{len(schedules.of_person)} schedules are given",
                expected=f"one for each of {len(parameters)} people",
            )
        if times.ndim != 1 or not len(times) or not (np.diff(times) > 0.0).all():
            raise EngineError("the times do not increase", expected="one or more increasing times in h")
        if at_dose not in ("after", "before"):
            raise EngineError(f"at_dose is {at_dose!r}", expected="after or before")


def _start(schedules: Schedules, times: FloatArray) -> float:
    return float(min([times[0], *(item.time.min() for item in schedules.events if item.size)]))


def compile_model(
    model: Model,
    *,
    target: str = "auto",
    outputs: Sequence[str] | None = None,
    rtol: float = 1e-9,
    atol: float = 1e-12,
) -> Kernel:
    """Compile a model.

    Parameters
    ----------
    model : Model
    target : str
        "auto" or "reference".
    outputs : sequence of str, optional
        All if left out.
    rtol, atol : float
        Relative tolerance, and absolute tolerance as a fraction of each state's scale.

    Returns
    -------
    Kernel

    Raises
    ------
    UnknownNameError
        For an unknown target or output.
    """
    if target not in ("auto", *TARGETS):
        raise UnknownNameError("engine target", target, ("auto", *TARGETS))
    names = tuple(outputs) if outputs is not None else tuple(output.name for output in model.outputs)
    chosen = [model.output(name) for name in names]
    return Kernel(model, "reference", names, Reference(model, chosen, rtol, atol))
