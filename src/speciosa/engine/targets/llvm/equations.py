"""The equations of a model as functions on vectors: rates, factored Jacobian, solution, outputs.

All functions work on one block of memory, the workspace, whose parts are given by `Layout`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speciosa.engine.halts import Watch
from speciosa.engine.program import jacobian
from speciosa.engine.targets.llvm.factors import Pattern
from speciosa.engine.targets.llvm.graph import Graph
from speciosa.engine.targets.llvm.rosenbrock import STAGES
from speciosa.engine.targets.llvm.scribe import Scribe
from speciosa.engine.targets.llvm.writer import Writer
from speciosa.model import Expression, Kind, Model, Op, Output, constant, maximum, minimum
from speciosa.model.expression import TIME, as_expression, derivative

HEAD = 3  # numbers of a kept step beside those of its states: begin, size and end
MOST_UNNOTICED = 1e6  # by how much an error may be larger than what is noticed of it
DEPTH = 8  # times at which a lane's states are held until outputs are worked out for all lanes
LANE_PARTS = (
    "rtol",
    "t",
    "h",
    "stop",
    "wanted",
    "closed",
    "active",
    "begun",
    "changed",
    "stale",
    "mark",
    "share",
    "place",
    "last",
    "row",
    "filled",
    "person",
    "steps",
)

PAST_PARTS = ("origin", "known", "count", "room", "ahead", "short", "search")


class Layout:
    """Where each part of the workspace begins, counted in vectors."""

    def __init__(self) -> None:
        self.start: dict[str, int] = {}
        self.length: dict[str, int] = {}
        self.size = 0

    def reserve(self, name: str, count: int) -> None:
        """Take room for a part."""
        self.start[name], self.length[name] = self.size, count
        self.size += count

    @property
    def size_of_step(self) -> int:
        """Vectors without those that only persons who begin, and outputs, need."""
        return self.size - sum(self.length[name] for name in ("p", "init", "out", "held"))

    def of(self, name: str, index: int = 0) -> int:
        """Position of a vector."""
        return self.start[name] + index


@dataclass(frozen=True)
class Shape:
    """What must be known of equations to call their machine code.

    Parameters
    ----------
    n : int
        Number of states.
    inputs : tuple of int
        States that doses enter.
    kept : int
        How many states something looks back at.
    looks_back : bool
        Whether something does; at time alone, where no state is kept.
    is_linear : bool
        Whether the Jacobian depends on parameters alone and no rate depends on time or the past.
    is_halting : bool
        Whether courses halt at levels of outputs.
    layout : Layout
    """

    n: int
    inputs: tuple[int, ...]
    kept: int
    looks_back: bool
    is_linear: bool
    is_halting: bool
    layout: Layout


class Equations:
    """A model's equations, ready to be written for any number of lanes.

    Parameters
    ----------
    model : Model
    outputs : sequence of Output
    is_exact : bool
        Whether steps are made by the exponential of a matrix.
    watched : sequence of Watch, optional
        Outputs at whose levels courses halt; None for courses that do not halt.
    """

    def __init__(
        self,
        model: Model,
        outputs: Sequence[Output],
        *,
        is_exact: bool = False,
        watched: Sequence[Watch] | None = None,
    ) -> None:
        states = [state.expression for state in model.states]
        slopes = [derivative(rate, TIME) for rate in model.derivatives]
        entries = jacobian(model.derivatives, states)
        self.n = len(states)
        self.graph = Graph()
        self.state = {state.name: index for index, state in enumerate(model.states)}
        self.parameter = {item.name: index for index, item in enumerate(model.parameters)}
        self.rates = [self.graph.add(item) for item in model.derivatives]
        self.entries = {place: self.graph.add(item) for place, item in entries.items()}
        self.slopes = {index: self.graph.add(item) for index, item in enumerate(slopes) if not item.is_zero}
        self.outputs = [self.graph.add(output.value) for output in outputs]
        self.is_halting = watched is not None
        self.watched = [(self.graph.add(item.output.value), item.is_rising) for item in watched or ()]
        self.initial = [self.graph.add(as_expression(state.initial)) for state in model.states]
        self.inlets = [
            tuple(
                self.graph.add(as_expression(part))
                for part in (item.fraction, item.lag, item.duration or 0.0, item.rate or 0.0)
            )
            for item in model.inlets
        ]
        roots = [*self.rates, *self.entries.values(), *self.slopes.values(), *self.outputs]
        roots += [item for item, _ in self.watched]
        self.drains = {} if is_exact else self._drains(entries)
        roots += [share for drains in self.drains.values() for _, share in drains]
        self.hoisted = self.graph.hoisted(roots)
        self.pattern = Pattern.of(self.n, entries)
        self.inputs = sorted({model.state_index[inlet.state.name] for inlet in model.inlets})
        backward = [self.graph.nodes[item] for item in self.graph.below(roots) if self._looks_back(item)]
        self.lags = sorted({node.args[1] for node in backward})
        self.kept = sorted(
            {
                self.state[name]
                for name in {self.graph.nodes[node.args[0]].name for node in backward}
                if name in self.state
            }
        )
        self.read = sorted(
            self.state[node.name]
            for node in (self.graph.nodes[item] for item in self.graph.below(self.outputs, self.hoisted))
            if node.kind is Kind.STATE
        )
        if self.is_halting:
            self.read = list(range(self.n))
        # What looks back must do so at once; of the exact method all lanes want outputs together.
        self.depth = 0 if is_exact else 1 if self.lags else DEPTH
        self.layout = self._layout(is_exact=is_exact)

    def _drains(self, entries: Mapping[tuple[int, int], Expression]) -> dict[int, list[tuple[int, int]]]:
        """For states that nobody sees: those that they flow into, with ``k / |J_ij|``.

        An error e of a state j that is lost with the rate k and enters the rate of i in proportion adds
        ``|J_ij| e / k`` to i at most. What is not seen need only be as right as what it flows into.
        """
        seen = [*self.outputs, *(item for item, _ in self.watched)]
        backward = [item for item in self.graph.below([*self.rates, *seen]) if self._looks_back(item)]
        visible = {self.graph.nodes[item].name for item in self.graph.below([*seen, *backward])}
        found = {}
        for name, state in self.state.items():
            column = {row: entry for (row, other), entry in entries.items() if other == state}
            is_linear = all(self.graph.is_fixed[self.entries[row, state]] for row in column)
            own = column.pop(state, constant(0.0))
            if column and is_linear and name not in visible:
                shares = {row: maximum(0.0, -own) / entry for row, entry in column.items()}
                found[state] = [
                    (row, self.graph.add(minimum(maximum(share, -share), MOST_UNNOTICED)))
                    for row, share in shares.items()
                ]
        return found

    def _looks_back(self, item: int) -> bool:
        return self.graph.nodes[item].op in (Op.DELAYED, Op.PAST_SLOPE)

    @property
    def is_linear(self) -> bool:
        """Whether the Jacobian depends on parameters alone and no rate depends on time."""
        return (
            not self.lags
            and not self.slopes
            and all(self.graph.is_fixed[entry] for entry in self.entries.values())
        )

    @property
    def shape(self) -> Shape:
        """What a caller must know."""
        return Shape(
            self.n, tuple(self.inputs), len(self.kept), bool(self.lags),
            self.is_linear, self.is_halting, self.layout,
        )  # fmt: skip

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.outputs)

    def _layout(self, *, is_exact: bool) -> Layout:
        layout = Layout()
        for name in ("y", "u", "f", "r", "init"):
            layout.reserve(name, self.n)
        layout.reserve("k", STAGES * self.n)
        if is_exact:
            for name in ("scaled", "power", "other", "leap"):
                layout.reserve(name, (self.n + 1) ** 2)
            layout.reserve("length", 1)
        layout.reserve("lu", len(self.pattern.entries))
        layout.reserve("slope", self.n if self.slopes else 0)
        layout.reserve("q", len(self.hoisted))
        layout.reserve("input", len(self.inputs))
        layout.reserve("p", len(self.parameter))
        layout.reserve("out", len(self.outputs))
        layout.reserve("atol", self.n)
        layout.reserve("held", self.depth * (self.n + 1))
        for name in LANE_PARTS:
            layout.reserve(name, 1)
        if self.is_halting:
            layout.reserve("halt", self.n)
            for name in ("level", "watched"):
                layout.reserve(name, len(self.watched))
            for name in ("low", "high", "end", "crossed"):
                layout.reserve(name, 1)
        if self.lags:
            for name in ("seen", "slopes"):
                layout.reserve(name, len(self.lags) * len(self.kept))
            for name in ("moment", "now", "cursor"):
                layout.reserve(name, len(self.lags))
            layout.reserve("kept", HEAD + 5 * len(self.kept))
            for name in PAST_PARTS:
                layout.reserve(name, 1)
        return layout

    def functions(self, width: int) -> str:
        """Definitions of ``prologue``, ``rates``, ``factor``, ``solve`` and ``record``."""
        parts = (self._prologue, self._rates, self._factor, self._solve, self._record, self._portions)
        return "\n".join(part(width) for part in parts)

    def _prologue(self, width: int) -> str:
        w = Writer("prologue", "ptr noalias %w", width)
        scribe = Scribe(self, w, [*self.hoisted, *self.initial], None, {})
        for part, items in (("q", self.hoisted), ("init", self.initial)):
            for index, item in enumerate(items):
                w.store(scribe.value(item), "%w", self.layout.of(part, index))
        w.say("ret void")
        return w.text

    @property
    def given(self) -> dict[int, int]:
        """Nodes that are worked out once a person, with their place in the workspace."""
        return {item: self.layout.of("q", index) for index, item in enumerate(self.hoisted)}

    def _rates(self, width: int) -> str:
        w = Writer("rates", f"ptr noalias %w, ptr noalias %y, ptr noalias %f, <{width} x double> %t", width)
        scribe = Scribe(self, w, self.rates, "%y", self.given)
        results = [scribe.value(item) for item in self.rates]
        for index, state in enumerate(self.inputs):
            results[state] = w.binary("fadd", results[state], w.load("%w", self.layout.of("input", index)))
        for index, result in enumerate(results):
            w.store(result, "%f", index)
        w.say("ret void")
        return w.text

    def _factor(self, width: int) -> str:
        lanes = f"<{width} x double>"
        w = Writer("factor", f"ptr noalias %w, ptr noalias %y, {lanes} %t, {lanes} %d", width)
        roots = [*self.entries.values(), *self.slopes.values()]
        scribe = Scribe(self, w, roots, "%y", self.given, is_jacobian=True)
        for index, item in self.slopes.items():
            w.store(scribe.value(item), "%w", self.layout.of("slope", index))
        values = {place: w.negated(scribe.value(item)) for place, item in self.entries.items()}
        for index in range(self.n):
            known = values.get((index, index))
            values[index, index] = "%d" if known is None else w.binary("fadd", "%d", known)
        for pivot, rows, columns in self.pattern.eliminations():
            values[pivot, pivot] = w.binary("fdiv", w.constant(1.0), values[pivot, pivot])
            for row in rows:
                values[row, pivot] = w.binary("fmul", values[row, pivot], values[pivot, pivot])
                minus = w.negated(values[row, pivot]) if columns else ""
                for column in columns:
                    old = values.get((row, column))
                    change = (minus, values[pivot, column])
                    values[row, column] = w.fused(*change, old) if old else w.binary("fmul", *change)
        for index, place in enumerate(self.pattern.entries):
            w.store(values[place], "%w", self.layout.of("lu", index))
        w.say("ret void")
        return w.text

    def _solve(self, width: int) -> str:
        lanes = f"<{width} x double>"
        arguments = "ptr noalias %w, ptr noalias %f, ptr noalias %r, ptr noalias %k"
        w = Writer("solve", f"{arguments}, {lanes} %r_share, {lanes} %slope_share", width)
        place = {item: self.layout.of("lu", index) for index, item in enumerate(self.pattern.entries)}
        values = [w.fused(w.load("%r", index), "%r_share", w.load("%f", index)) for index in range(self.n)]
        for index in self.slopes:
            values[index] = w.fused(
                "%slope_share", w.load("%w", self.layout.of("slope", index)), values[index]
            )
        steps = self.pattern.eliminations()
        for pivot, rows, _ in steps:
            minus = w.negated(values[pivot]) if rows else ""
            for row in rows:
                values[row] = w.fused(w.load("%w", place[row, pivot]), minus, values[row])
        for pivot, _, columns in reversed(steps):
            value = values[pivot]
            for column in columns:
                value = w.fused(w.load("%w", place[pivot, column]), w.negated(values[column]), value)
            values[pivot] = w.binary("fmul", value, w.load("%w", place[pivot, pivot]))
        for index, value in enumerate(values):
            w.store(value, "%k", index)
        w.say("ret void")
        return w.text

    def _record(self, width: int) -> str:
        w = Writer("record", f"ptr noalias %w, ptr noalias %y, <{width} x double> %t", width)
        scribe = Scribe(self, w, self.outputs, "%y", self.given)
        for index, item in enumerate(self.outputs):
            w.store(scribe.value(item), "%w", self.layout.of("out", index))
        w.say("ret void")
        return w.text

    def _portions(self, width: int) -> str:
        """Bioavailability, lag and duration of every inlet for each person, who fills all lanes here."""
        arguments = "ptr noalias %w, ptr noalias %p, i64 %n, double %dose, ptr noalias %found"
        w = Writer("portions", arguments, width)
        count, parts = len(self.parameter), [item for inlet in self.inlets for item in inlet]
        dose = w.everywhere("double", "%dose")
        with w.repeat("%n") as person:
            if count:
                row = w.let(f"mul i64 {person}, {count}")
                with w.repeat(count) as column:
                    index = w.let(f"add i64 {row}, {column}")
                    value = w.let(f"load double, ptr {w.element('%p', index)}")
                    w.store(w.everywhere("double", value), w.slot("%w", self.layout.of("p")), column)
            scribe = Scribe(self, w, parts, None, {}, moment=dose)
            row = w.let(f"mul i64 {person}, {len(parts)}")
            for place, item in enumerate(parts):
                share = w.let(f"extractelement {w.lanes} {scribe.value(item)}, i64 0")
                w.say(f"store double {share}, ptr {w.element('%found', w.let(f'add i64 {row}, {place}'))}")
        w.say("ret void")
        return w.text
