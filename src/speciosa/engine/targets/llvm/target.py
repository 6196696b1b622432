"""The target `llvm`: a model compiled for this processor, and how people are handed to it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
import numpy.typing as npt

from speciosa.engine import differences
from speciosa.engine.batch import Batch
from speciosa.engine.halts import Watch
from speciosa.engine.schedule import PARTS
from speciosa.engine.solution import Failure, Status
from speciosa.engine.targets.llvm import locked
from speciosa.engine.targets.llvm.equations import HEAD, Shape
from speciosa.engine.targets.llvm.jit import Loaded, vector_doubles
from speciosa.engine.targets.llvm.linear import LARGEST
from speciosa.engine.targets.llvm.loop import Tape
from speciosa.engine.targets.llvm.module import Method
from speciosa.engine.targets.llvm.plan import Doses, Plan, Portions, joined, plan
from speciosa.engine.targets.llvm.source import Source
from speciosa.engine.targets.llvm.work import Work
from speciosa.errors import EngineError
from speciosa.model import Model, Output

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CACHE = 48 * 1024  # bytes of the first-level data cache that a vector's numbers should fit into
ALIGNMENT = 128
WIDEST = 16
RING, LONGEST_RING = 1 << 8, 1 << 17  # steps of the past that are kept, at first and at most
PORTION = 16  # people per lane and call: enough that no lane rests for long


class _Code:
    """Functions of a compiled module; calls through ctypes let other Python threads work meanwhile."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        pointer, whole = ctypes.c_void_p, ctypes.c_int64
        self.run = ctypes.CFUNCTYPE(None, pointer, pointer)(loaded.address("run"))
        kinds = (pointer, pointer, whole, ctypes.c_double, pointer)
        self.portions = ctypes.CFUNCTYPE(None, *kinds)(loaded.address("portions"))


class Vectorized:
    """A model compiled for the `llvm` target.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    rtol, atol : float
        Relative tolerance, and absolute tolerance as a fraction of each state's scale.
    width : int, optional
        Lanes: persons that are worked on at once by one thread. Chosen from the processor and the size of
        the model if left out; it does not change any number.
    method : {"auto", "rosenbrock", "exponential"}
        The exponential of a matrix serves linear models; "auto" takes it for small ones.
    watched : sequence of Watch, optional
        Outputs at whose levels courses halt; None for a target whose courses do not halt.
    """

    def __init__(
        self,
        model: Model,
        outputs: Sequence[Output],
        rtol: float,
        atol: float,
        width: int | None = None,
        method: str = "auto",
        watched: Sequence[Watch] | None = None,
    ) -> None:
        self._source = Source(model, outputs, watched=watched)
        self.method = _method(self._source.shape, method)
        if self.method == "exponential":
            self._source = Source(model, outputs, is_exact=True)
        self._shape = shape = self._source.shape
        self._names = [state.name for state in model.states]
        self._parameters = [item.name for item in model.parameters]
        self._inlets = [inlet.name for inlet in model.inlets]
        self._states = np.array(
            [model.state_index[inlet.state.name] for inlet in model.inlets], dtype=np.int64
        )
        self._slots = np.array([shape.inputs.index(item) for item in self._states], dtype=np.int64)
        self._rtol = rtol
        self._atol = atol * np.array([state.scale for state in model.states])
        self.width = width or _width(shape)
        self._made: dict[Tape, _Code] = {}
        self._lock = Lock()

    @property
    def portion(self) -> int:
        """How many people one call should be given at most."""
        return PORTION * self.width

    @property
    def sources(self) -> tuple[str, ...]:
        """Source keys of the numerical method."""
        return ("moler2003" if self.method == "exponential" else "steinebach2023",)

    def _code(self, tape: Tape) -> _Code:
        with self._lock:
            if tape not in self._made:
                self._made[tape] = _Code(self._source.loaded(self.width, self.method, tape))
            return self._made[tape]

    def compile(self) -> None:
        """Make or fetch the machine code, which otherwise happens at the first call."""
        self._code("none")

    def fill(self, batch: Batch, values: FloatArray) -> tuple[Failure, ...]:
        """Fill in the outputs of persons at the given times; those who fail get NaN and a failure.

        Parameters
        ----------
        batch : Batch
        values : (n, n_times, n_outputs) float
            Where outputs go; contiguous.

        Returns
        -------
        tuple of Failure
            In order of persons.
        """
        return self._fill(batch, values, RING)

    def _fill(self, batch: Batch, values: FloatArray, ring: int) -> tuple[Failure, ...]:
        """Fill in outputs; who looks back over more steps than are kept is given more room."""
        order = np.argsort(batch.schedules.of_person, kind="stable")
        is_ordered = bool((order[1:] > order[:-1]).all())
        workspace = self.workspace(ring)
        table = values if is_ordered else np.empty_like(values)
        work, broken = self.work(batch, order, table, workspace)
        failures = self.call(work, workspace)
        if not is_ordered:
            values[order] = table
        if batch.halts is not None:
            batch.halts.put(order, work.halts)
        found = [replace(item, person=int(order[item.person])) for item in failures]
        known = {item.person for item in broken}
        found = [*broken, *(item for item in found if item.person not in known)]
        lost = [item.person for item in found if item.status is Status.PAST_LOST]
        if lost and ring < LONGEST_RING:
            people, again = np.array(lost), np.empty((len(lost), *values.shape[1:]))
            part = batch.chosen(people)
            failed = self._fill(part, again, 8 * ring)
            values[people] = again
            if batch.halts is not None and part.halts is not None:
                batch.halts.put(people, part.halts)
            found = [item for item in found if item.person not in lost]
            found += [replace(item, person=lost[item.person]) for item in failed]
        for failure in found:
            values[failure.person] = np.nan
        return tuple(sorted(found, key=lambda item: item.person))

    def slopes(
        self, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
    ) -> tuple[Failure, ...]:
        """Outputs and their derivatives by parameters; see `locked.slopes`."""
        if self.method == "exponential":
            return differences.forward(self, batch, which, values, slopes)
        return locked.slopes(self, batch, which, values, slopes)

    @property
    def is_locked(self) -> bool:
        """Whether steps are chosen by the parameters, so that differences need locked ones."""
        return self.method == "rosenbrock"

    def variants(self, batch: Batch, tables: FloatArray, values: FloatArray) -> tuple[Failure, ...]:
        """Outputs of variants of people; see `locked.variants`."""
        return locked.variants(self, batch, tables, values)

    def work(
        self,
        batch: Batch,
        order: IntArray,
        table: FloatArray,
        workspace: FloatArray,
        *,
        is_merged: bool = True,
    ) -> tuple[Work, list[Failure]]:
        """What the compiled loop is given for people in some order, and who has doses that are no numbers."""
        plans, broken = self._plans(batch, order, workspace, is_merged=is_merged)
        if not batch.is_whole:
            table[...] = np.nan
        return Work.of(batch.chosen(order), plans, table, self._shape.n), broken

    def _plans(
        self, batch: Batch, order: IntArray, workspace: FloatArray, *, is_merged: bool
    ) -> tuple[Plan, list[Failure]]:
        """Stops and actions of all persons in order, and persons whose doses are no numbers."""
        plans: list[Plan] = []
        broken: list[Failure] = []
        groups = batch.schedules.of_person[order]
        for schedule in np.unique(groups):
            members = order[groups == schedule]
            doses = Doses.of(batch.schedules.events[schedule])
            portions = self._shares(doses, batch, members, workspace)
            bad = portions.faults()
            broken.extend(self._broken(batch, members, bad, doses))
            plans.append(
                plan(
                    doses, portions.without(bad), self._states, self._slots, self._shape.n,
                    batch.start[members], batch.ends[members], is_before=batch.is_before,
                    is_cut=batch.is_cut[members], changes=batch.changes.chosen(members), is_merged=is_merged,
                )
            )  # fmt: skip
        return joined(plans), broken

    def _broken(
        self, batch: Batch, members: IntArray, bad: npt.NDArray[np.bool_], doses: Doses
    ) -> list[Failure]:
        found = []
        is_wrong = ~np.isfinite(batch.parameters[members])
        for row in np.flatnonzero(is_wrong.any(axis=1) | bad.any(axis=1)):
            if is_wrong[row].any():
                name = self._parameters[int(np.argmax(is_wrong[row]))]
            else:
                name = self._inlets[doses.inlet[int(np.argmax(bad[row]))]]
            person = int(members[row])
            found.append(Failure(person, Status.BAD_INPUT, float(batch.start[person]), name))
        return found

    def _shares(self, doses: Doses, batch: Batch, members: IntArray, workspace: FloatArray) -> Portions:
        """Bioavailability, lag and duration of each dose for each person, by the parameters of its time."""
        intakes = self._intakes(doses, batch.parameters[members], workspace)
        changed = np.unique(batch.changes.person)
        for row in np.flatnonzero(np.isin(members, changed)).tolist():
            person = int(members[row])
            times, table = batch.changes.course(person, batch.parameters[person])
            section = np.searchsorted(times, doses.time, side="right")
            intakes[row] = self._intakes(doses, table, workspace)[section, np.arange(len(section))]
        return Portions.of(doses, intakes)

    def _intakes(self, doses: Doses, parameters: FloatArray, workspace: FloatArray) -> FloatArray:
        """What inlets make of each dose for each row of parameters: fraction, lag, duration, rate."""
        n, count = len(parameters), len(self._inlets)
        intakes = np.empty((n, len(doses.time), PARTS))
        parameters = np.ascontiguousarray(parameters)
        for amount in np.unique(doses.amount):
            found = np.empty((n, count, PARTS))
            self._code("none").portions(
                workspace.ctypes.data, parameters.ctypes.data, n, float(amount), found.ctypes.data
            )
            which = np.flatnonzero(doses.amount == amount)
            intakes[:, which] = found[:, doses.inlet[which]]
        return intakes

    def workspace(self, ring: int = LONGEST_RING >> 3) -> FloatArray:
        """Room for the numbers of all lanes and for their past, with the tolerances in place."""
        layout, width = self._shape.layout, self.width
        past = ring * (HEAD + 5 * self._shape.kept) if self._shape.looks_back else 0
        raw = np.zeros((layout.size + past) * width + ALIGNMENT // 8)
        skip = -raw.ctypes.data % ALIGNMENT // 8
        workspace = raw[skip : skip + (layout.size + past) * width]
        table = workspace[: layout.size * width].reshape(layout.size, width)
        if past:
            table[layout.of("room")] = np.array(ring, dtype=np.int64).view(np.float64)
        table[layout.of("rtol")] = self._rtol
        table[layout.of("atol") : layout.of("atol", self._shape.n)] = self._atol[:, None]
        return workspace

    def call(self, work: Work, workspace: FloatArray, tape: Tape = "none") -> list[Failure]:
        """Run people; failures are numbered as in `work`."""
        work.call(self._code(tape).run, workspace)
        return [
            Failure(
                int(person),
                Status(int(work.status[person])),
                float(work.time[person]),
                self._worst(work.error[person]),
            )
            for person in np.flatnonzero(work.status)
        ]

    def _worst(self, error: FloatArray) -> str:
        """The state that is no number, or else the one with the largest error."""
        size = np.where(np.isnan(error), np.inf, np.abs(error))
        return self._names[int(np.argmax(size))]


def _method(shape: Shape, asked: str) -> Method:
    if shape.is_halting:
        return "rosenbrock"
    if asked == "auto":
        is_small = shape.is_linear and shape.n <= LARGEST
        return "exponential" if is_small else "rosenbrock"
    if asked == "exponential" and not shape.is_linear:
        raise EngineError(
            "the matrix exponential needs a linear model",
            expected="rates linear in the states and free of time and of the past",
            advice="Choose the method rosenbrock, or auto.",
        )
    return "exponential" if asked == "exponential" else "rosenbrock"


def _width(shape: Shape) -> int:
    """The most lanes whose numbers of a step fit into the first-level cache; at least a register's worth."""
    width, least = WIDEST, min(vector_doubles(), 4)
    while width > least and 8 * width * shape.layout.size_of_step > CACHE:
        width //= 2
    return width
