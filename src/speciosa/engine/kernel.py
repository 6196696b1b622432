"""One compiled function per model: people and events in, outputs on a grid out, a status for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch, Filler, Target
from speciosa.engine.changes import Changes
from speciosa.engine.decisions import Course, Decided
from speciosa.engine.events import Schedules
from speciosa.engine.executors import Executor, executor_of
from speciosa.engine.halts import Watch
from speciosa.engine.own_times import OwnTimes
from speciosa.engine.phases import Phased, needs_phases
from speciosa.engine.restarts import Maker, Restarts
from speciosa.engine.schedule import check_events
from speciosa.engine.solution import Failure, Solution, Status
from speciosa.engine.targets.reference import Reference
from speciosa.errors import EngineError, UnknownNameError
from speciosa.model import Model, Output
from speciosa.model.past import looks_back

FloatArray = npt.NDArray[np.float64]
TARGETS = ("reference", "llvm")
TOLERANCES = {"reference": (1e-9, 1e-12), "llvm": (1e-6, 1e-9)}
METHODS = ("auto", "rosenbrock", "exponential")


@dataclass(frozen=True)
class Kernel:
    """A model compiled for one target.

    Parameters
    ----------
    model : Model
    target : str
    outputs : tuple of str
    compiled : Target
    rtol, atol : float
        Relative tolerance, and absolute tolerance as a fraction of each state's scale.
    notes : tuple of str
        What the user should know of the choice of target.
    method : str
        "auto", "rosenbrock" or "exponential", as it was asked for.
    """

    model: Model
    target: str
    outputs: tuple[str, ...]
    compiled: Target
    rtol: float
    atol: float
    notes: tuple[str, ...] = ()
    method: str = "auto"
    _halting: dict[tuple[Watch, ...], Restarts] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical methods."""
        return self.compiled.sources

    @property
    def is_exact(self) -> bool:
        """Whether outputs carry rounding alone, and no error of steps."""
        return getattr(self.compiled, "method", "") == "exponential"

    def is_smooth(self, schedules: Schedules) -> bool:
        """Whether variants of one person differ by nothing but what differs between their parameters.

        Parameters
        ----------
        schedules : Schedules
            Resets and steady state are solved to a tolerance, unless the model is linear.
        """
        is_locked = self.target == "llvm" and not any(map(needs_phases, schedules.events))
        return self.is_exact or is_locked

    def run(
        self,
        parameters: FloatArray,
        schedules: Schedules,
        times: FloatArray,
        *,
        start: float | None = None,
        at_dose: str = "after",
        changes: Changes | None = None,
        executor: Executor | None = None,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Solution:
        """Simulate people.

        Parameters
        ----------
        parameters : (n_persons, n_parameters) float
        schedules : Schedules
        times : (n_times,) or (n_persons, n_times) float
            Increasing, h. Where everybody has times of their own, a short row ends in infinities; what stands
            there in the values is NaN.
        start : float, optional
            Where the initial state holds; the first time or event if left out.
        at_dose : {"after", "before"}
            Which value is recorded at the time of a dose.
        changes : Changes, optional
            Parameters that change in the course of time.
        executor : Executor, optional
            Who works on the portions; threads if left out.
        threads : int, optional
            How many threads, if no executor is given; one a processor if left out. No number depends on it.
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
        batch = self._batch(parameters, schedules, times, start, at_dose, changes)
        values = np.empty((batch.size, batch.times.shape[-1], len(self.outputs)))
        target = self._target_for(batch)
        failures = self._fill(
            target.fill, target, batch, values, executor or self._executor(threads), progress
        )
        return self._solution(failures, values, batch.times)

    def variants(
        self,
        parameters: FloatArray,
        schedules: Schedules,
        times: FloatArray,
        *,
        start: float | None = None,
        at_dose: str = "after",
        changes: Changes | None = None,
        threads: int | None = None,
    ) -> Solution:
        """Simulate people and variants of them that take the same steps, so that differences are smooth.

        Where the solver chooses its steps by the parameters, two runs differ by the noise of that choice as
        well; here the first variant chooses and the others follow, as `targets.llvm.locked` tells.

        Parameters
        ----------
        parameters : (n_persons, n_variants, n_parameters) float
        schedules : Schedules
        times : (n_times,) or (n_persons, n_times) float
        start : float, optional
        at_dose : {"after", "before"}
        changes : Changes, optional
        threads : int, optional
            All as for `run`.

        Returns
        -------
        Solution
            Values of persons, variants, times and outputs; a person of whom one variant fails has none.

        Raises
        ------
        EngineError
            If the arguments do not fit the model.
        """
        tables = np.ascontiguousarray(parameters, dtype=np.float64)
        n, count = tables.shape[:2]
        batch = self._batch(tables[:, 0], schedules, times, start, at_dose, changes)
        target, executor = self._target_for(batch), self._executor(threads)
        values = np.empty((n, count, batch.times.shape[-1], len(self.outputs)))
        if changes is not None and changes.size:
            tables = np.stack(
                [changes.applied(tables[:, item], batch.start) for item in range(count)], axis=1
            )
        if getattr(target, "is_locked", False):
            failures = self._fill(target.variants, target, batch, values, executor, None, tables)  # type: ignore[attr-defined]
        else:
            wide = replace(
                batch.chosen(np.repeat(np.arange(n), count)), parameters=tables.reshape(n * count, -1)
            )
            failures = self._fill(
                target.fill, target, wide, values.reshape(n * count, *values.shape[2:]), executor, None
            )
            failures = list(
                {
                    item.person // count: replace(item, person=item.person // count) for item in failures
                }.values()
            )
        return self._solution(failures, values, batch.times)

    def _batch(
        self,
        parameters: FloatArray,
        schedules: Schedules,
        times: FloatArray,
        start: float | None,
        at_dose: str,
        changes: Changes | None,
    ) -> Batch:
        parameters = np.ascontiguousarray(parameters, dtype=np.float64)
        times = np.asarray(times, dtype=np.float64)
        self._check(parameters, schedules, times, at_dose)
        begin = _start(schedules, times) if start is None else start
        changes = changes or Changes.none()
        self._check_changes(changes, len(parameters))
        starts = np.full(len(parameters), begin)
        parameters = changes.applied(parameters, starts)
        return Batch(parameters, schedules, times, starts, at_dose == "before", changes.after(starts))

    def _target_for(self, batch: Batch) -> Target:
        """Who runs these people: phases where there are resets, one grid at a time where that is wanted."""
        is_phased = any(map(needs_phases, batch.schedules.events))
        target: Target = self._phased if is_phased else self.compiled
        is_shared = batch.times.ndim == 1 or (self.target == "llvm" and not is_phased)
        return target if is_shared else OwnTimes(target)

    def follow(
        self,
        parameters: FloatArray,
        watched: Sequence[tuple[str, bool]],
        courses: Sequence[Course],
        times: FloatArray,
        *,
        start: float,
        at_dose: str = "after",
        changes: Changes | None = None,
        executor: Executor | None = None,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Solution:
        """Simulate people whose courses are decided on the way.

        Parameters
        ----------
        parameters : (n_persons, n_parameters) float
        watched : sequence of (str, bool)
            Outputs that are watched, and whether a course halts where the output is at or above its level,
            or else at or below it.
        courses : sequence of Course
            Who decides about each person.
        times : (n_times,) float
            Increasing, h.
        start : float
            Where the initial state holds.
        at_dose, changes, executor, threads, progress
            As for `run`.

        Returns
        -------
        Solution
            NaN after the end of a course that was ended on the way.

        Raises
        ------
        EngineError
            If the arguments do not fit the model.
        """
        guards = tuple(Watch(self.model.output(name), is_rising) for name, is_rising in watched)
        if guards not in self._halting:
            self._halting[guards] = Restarts(
                self.model, [self.model.output(name) for name in self.outputs], self._maker(guards)
            )
        back = looks_back((*self.model.derivatives, *(item.output.value for item in guards)))
        target = Decided(self._halting[guards], guards, courses, looks_back=back)
        parameters = np.ascontiguousarray(parameters, dtype=np.float64)
        times = np.asarray(times, dtype=np.float64)
        self._check(parameters, target.schedules, times, at_dose)
        changes = changes or Changes.none()
        self._check_changes(changes, len(parameters))
        starts = np.full(len(parameters), start)
        parameters = changes.applied(parameters, starts)
        batch = Batch(parameters, target.schedules, times, starts, at_dose == "before", changes.after(starts))
        values = np.empty((batch.size, len(times), len(self.outputs)))
        failures = self._fill(
            target.fill, target, batch, values, executor or self._executor(threads), progress
        )
        solution = self._solution(failures, values, times, target.ended)
        return replace(solution, courses=tuple(courses))

    def _solution(
        self,
        failures: list[Failure],
        values: FloatArray,
        times: FloatArray,
        ended: Mapping[int, float] | None = None,
    ) -> Solution:
        failures = self._with_infinities(failures, values, times, ended or {})
        status = np.zeros(len(values), dtype=np.int8)
        for failure in failures:
            status[failure.person] = failure.status
            values[failure.person] = np.nan
        return Solution(values, status, tuple(failures))

    def _executor(self, threads: int | None) -> Executor:
        # Python's lock lets one thread at a time into the reference target.
        return executor_of(1 if self.target == "reference" and threads is None else threads)

    @cached_property
    def _phased(self) -> Phased:
        """For courses with resets and steady state."""
        kept = [self.model.output(name) for name in self.outputs]
        return Phased(self.model, kept, self._maker(None), self.rtol, self.atol)

    def _maker(self, watched: tuple[Watch, ...] | None) -> Maker:
        """What compiles models of other starts and halts than this one."""
        return partial(
            _compiled, self.target, rtol=self.rtol, atol=self.atol, method=self.method, watched=watched
        )

    @staticmethod
    def _fill(
        fill: Callable[..., tuple[Failure, ...]],
        target: Filler,
        batch: Batch,
        values: FloatArray,
        executor: Executor,
        progress: Callable[[int, int], None] | None,
        *tables: FloatArray,
    ) -> list[Failure]:
        size = max(1, min(target.portion, -(-batch.size // executor.workers)))
        parts = [(first, min(first + size, batch.size)) for first in range(0, batch.size, size)]

        def work(part: tuple[int, int]) -> tuple[Failure, ...]:
            chosen = slice(*part)
            return fill(batch.part(*part), *(table[chosen] for table in tables), values[chosen])

        failures: list[Failure] = []
        for (first, beyond), found in zip(parts, executor.results(work, parts), strict=True):
            failures.extend(replace(failure, person=first + failure.person) for failure in found)
            if progress is not None:
                progress(beyond, batch.size)
        return failures

    def _with_infinities(
        self, failures: list[Failure], values: FloatArray, times: FloatArray, ended: Mapping[int, float]
    ) -> list[Failure]:
        """Failures with those people added whose outputs are no numbers although their states are."""
        with np.errstate(over="ignore", invalid="ignore"):
            sums = values.reshape(len(values), -1).sum(axis=1)
        if np.isfinite(sums).all():
            return failures
        failed = {failure.person for failure in failures}
        wrong = ~np.isfinite(values)
        if times.ndim > 1:
            asked = np.isfinite(times)
            wrong &= asked.reshape(len(times), *(1,) * (values.ndim - 3), times.shape[1], 1)
        for person, end in ended.items():
            wrong[person, times >= end] = False
        found = [
            person
            for person in np.flatnonzero(wrong.any(axis=tuple(range(1, wrong.ndim)))).tolist()
            if person not in failed
        ]
        for person in found:
            *_, row, column = np.argwhere(wrong[person])[0].tolist()
            time = times[row] if times.ndim == 1 else times[person, row]
            failures.append(Failure(person, Status.NOT_FINITE, float(time), self.outputs[column]))
        return sorted(failures, key=lambda item: item.person)

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
        for events in {id(item): item for item in schedules.events}.values():
            check_events(events, self.model)
            if events.steady_state.any() and looks_back(self.model.derivatives):
                raise EngineError(
                    "a record asks for the steady state of a model that looks back",
                    expected="doses from the start on, as many as it takes",
                )
        if times.ndim not in (1, 2) or (times.ndim == 2 and len(times) != len(parameters)):  # noqa: PLR2004
            raise EngineError(
                f"the times have the shape {times.shape}",
                expected=f"one row for all people, or one for each of {len(parameters)}",
            )
        if not _increase(times):
            raise EngineError("the times do not increase", expected="one or more increasing times in h")
        if at_dose not in ("after", "before"):
            raise EngineError(f"at_dose is {at_dose!r}", expected="after or before")

    def _check_changes(self, changes: Changes, people: int) -> None:
        for numbers, count, name in (
            (changes.person, people, "person"),
            (changes.parameter, len(self.model.parameters), "parameter"),
        ):
            wrong = numbers[(numbers < 0) | (numbers >= count)]
            if wrong.size:
                raise EngineError(
                    f"a change is of {name} {wrong[0]}", expected=f"a {name} from 0 to {count - 1}"
                )


def _start(schedules: Schedules, times: FloatArray) -> float:
    return float(min([times.min(), *(item.time.min() for item in schedules.events if item.size)]))


def _increase(times: FloatArray) -> bool:
    """Whether every row begins with increasing finite times; rows of people may end in infinities."""
    if not times.size or not np.isfinite(times[..., 0]).all():
        return False
    if times.ndim == 1:
        return bool((np.diff(times) > 0.0).all() and np.isfinite(times[-1]))
    with np.errstate(invalid="ignore"):
        steps = np.diff(times)
    return bool(((steps > 0.0) | np.isposinf(times[:, 1:])).all())


def compile_model(
    model: Model,
    *,
    target: str = "auto",
    method: str = "auto",
    outputs: Sequence[str] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Kernel:
    """Compile a model.

    Parameters
    ----------
    model : Model
    target : str
        "llvm" (fast), "reference" (plain) or "auto": llvm where the package llvmlite is installed.
    method : str
        Of the target llvm: "rosenbrock" (adaptive steps, for every model), "exponential" (exact steps, for
        linear models) or "auto": exponential for small linear models.
    outputs : sequence of str, optional
        All if left out.
    rtol, atol : float, optional
        Relative tolerance, and absolute tolerance as a fraction of each state's scale; 1e-6 and 1e-9 for
        llvm, 1e-9 and 1e-12 for the reference if left out.

    Returns
    -------
    Kernel

    Raises
    ------
    UnknownNameError
        For an unknown target, method or output.
    EngineError
        If the target needs a package that is not installed, or the method does not fit the target or model.
    """
    if target not in ("auto", *TARGETS):
        raise UnknownNameError("engine target", target, ("auto", *TARGETS))
    if method not in METHODS:
        raise UnknownNameError("engine method", method, METHODS)
    names = tuple(outputs) if outputs is not None else tuple(output.name for output in model.outputs)
    chosen = [model.output(name) for name in names]
    name, notes = _chosen(target)
    relative = TOLERANCES[name][0] if rtol is None else rtol
    absolute = TOLERANCES[name][1] if atol is None else atol
    if name == "reference" and method != "auto":
        raise EngineError(
            f"the method {method} is asked of the target reference", expected="the target llvm, or auto"
        )
    compiled = _compiled(name, model, chosen, rtol=relative, atol=absolute, method=method)
    return Kernel(model, name, names, compiled, relative, absolute, notes, method)


def _compiled(
    name: str,
    model: Model,
    outputs: Sequence[Output],
    *,
    rtol: float,
    atol: float,
    method: str,
    watched: Sequence[Watch] | None = None,
) -> Target:
    if name == "llvm":
        from speciosa.engine.targets.llvm.target import Vectorized

        return Vectorized(model, outputs, rtol, atol, method=method, watched=watched)
    return Reference(model, outputs, rtol, atol, watched)


def _chosen(target: str) -> tuple[str, tuple[str, ...]]:
    """The target to use, and what the user should know of the choice."""
    has_llvm = _has_llvm()
    if target == "llvm" and not has_llvm:
        raise EngineError(
            "the target llvm needs the package llvmlite",
            expected="llvmlite installed",
            advice="Install speciosa[fast], or choose the target reference.",
        )
    if target != "auto":
        return target, ()
    if has_llvm:
        return "llvm", ()
    return "reference", (
        "The package llvmlite is not installed: the reference target was used, which gives the same answers "
        "slowly. Install speciosa[fast] for the fast one.",
    )


def _has_llvm() -> bool:
    try:
        return find_spec("llvmlite") is not None
    except (ImportError, ValueError):
        return False
