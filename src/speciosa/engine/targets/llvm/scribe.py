"""From nodes of the graph to instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from speciosa.engine.targets.llvm.graph import Node
from speciosa.engine.targets.llvm.writer import Writer
from speciosa.model import Kind, Op

if TYPE_CHECKING:
    from speciosa.engine.targets.llvm.equations import Equations

LARGEST_PRODUCT = 8  # whole powers up to this one are products
_PLAIN = {Op.ADD: "fadd", Op.MULTIPLY: "fmul", Op.DIVIDE: "fdiv"}
_CALLED = {Op.EXP: "vexp", Op.LOG: "vlog"}


class Scribe:
    """Writes the nodes below some results, each once; leaves are read where they are first needed.

    Parameters
    ----------
    equations : Equations
    w : Writer
    roots : sequence of int
        The nodes that are wanted.
    states : str or None
        Where the states are.
    given : mapping of int to int
        Nodes that are at hand, with their place in the workspace.
    is_jacobian : bool
        Whether a power without a slope at 0 gets the slope 0.
    moment : str
        Name of the time, or of the dose.
    """

    def __init__(
        self,
        equations: Equations,
        w: Writer,
        roots: Sequence[int],
        states: str | None,
        given: Mapping[int, int],
        *,
        is_jacobian: bool = False,
        moment: str = "%t",
    ) -> None:
        self._moment = moment
        self._equations, self._graph, self._w = equations, equations.graph, w
        self._states, self._given, self._is_jacobian = states, given, is_jacobian
        self._names: dict[int, str] = {}
        self._looked: set[int] = set()
        needed = self._graph.below(roots, given)
        self._uses: dict[int, int] = dict.fromkeys(needed, 0)
        for item in [*roots, *(arg for node in needed for arg in self._graph.nodes[node].args)]:
            self._uses[item] = self._uses.get(item, 0) + 1

    def value(self, item: int) -> str:
        """The name that holds a node's value."""
        if item not in self._names:
            waiting = [item]
            while waiting:
                node = waiting[-1]
                missing = [arg for arg in self._needs(node) if arg not in self._names]
                if missing and node not in self._names:
                    waiting.extend(missing)
                    continue
                waiting.pop()
                if node not in self._names:
                    self._names[node] = self._write(node)
        return self._names[item]

    def _product(self, item: int) -> tuple[int, int] | None:
        """The factors of a product that only the sum around it reads: the two are rounded once."""
        node = self._graph.nodes[item]
        if node.op is Op.MULTIPLY and self._uses.get(item) == 1 and item not in self._given:
            return node.args[0], node.args[1]
        return None

    def _sum(self, item: int) -> tuple[int, int, int] | None:
        left, right = self._graph.nodes[item].args
        for product, other in ((right, left), (left, right)):
            factors = self._product(product)
            if factors and product not in self._names:
                return (*factors, other)
        return None

    def _needs(self, item: int) -> tuple[int, ...]:
        node = self._graph.nodes[item]
        if item in self._given:
            return ()
        if node.op is Op.ADD:
            parts = self._sum(item)
            if parts:
                return tuple(part for part in parts if self._graph.nodes[part].op is not Op.CONSTANT)
        return node.args

    def _write(self, item: int) -> str:
        node, w = self._graph.nodes[item], self._w
        if item in self._given:
            return w.load("%w", self._given[item])
        if node.op is Op.CONSTANT:
            return w.constant(node.value)
        if node.op is Op.SYMBOL:
            return self._leaf(node.kind, node.name)
        if node.op is Op.ADD:
            parts = self._sum(item)
            if parts:
                return self._fused(*parts)
        return self._operation(item)

    def _leaf(self, kind: Kind | None, name: str) -> str:
        layout, w = self._equations.layout, self._w
        match kind:
            case Kind.STATE if self._states is not None:
                return w.load(self._states, self._equations.state[name])
            case Kind.PARAMETER:
                return w.load("%w", layout.of("p", self._equations.parameter[name]))
            case _:
                return self._moment

    def _fused(self, a: int, b: int, c: int) -> str:
        w, first = self._w, self._graph.nodes[a]
        other = self._name(c)
        if first.op is Op.CONSTANT and first.value == -1.0:
            return w.binary("fsub", other, self._name(b))
        return w.fused(self._name(a), self._name(b), other)

    def _name(self, item: int) -> str:
        node = self._graph.nodes[item]
        return self._w.constant(node.value) if node.op is Op.CONSTANT else self._names[item]

    def _operation(self, item: int) -> str:
        node, w = self._graph.nodes[item], self._w
        names = [self._name(arg) for arg in node.args]
        match node.op:
            case Op.DELAYED | Op.PAST_SLOPE:
                result = self._past(node, *names)
            case Op.POWER:
                result = self._power(names, self._graph.nodes[node.args[1]])
            case Op.EXP | Op.LOG:
                result = w.call(_CALLED[node.op], names[0])
            case Op.MAXIMUM | Op.MINIMUM:
                condition = w.compare("ogt" if node.op is Op.MAXIMUM else "olt", names[1], names[0])
                result = w.select(condition, names[1], names[0])
            case Op.SELECT:
                result = w.select(w.compare("ogt", names[0], names[1]), names[2], names[3])
            case _:
                result = w.binary(_PLAIN[node.op], *names)
        return result

    def _past(self, node: Node, now: str, delay: str) -> str:
        """Look back once for each delay; where the value of now holds, take it."""
        e, w = self._equations, self._w
        which = e.lags.index(node.args[1])
        if which not in self._looked:
            self._looked.add(which)
            look = "look_slopes" if self._is_jacobian else "look"
            w.say(f"call void @{look}(ptr %w, {w.lanes} {self._moment}, {w.lanes} {delay}, i64 {which})")
        name = self._graph.nodes[node.args[0]].name
        if name not in e.state:
            return w.load("%w", e.layout.of("moment", which))
        is_now = w.compare("une", w.load("%w", e.layout.of("now", which)), w.constant(0.0))
        place = which * len(e.kept) + e.kept.index(e.state[name])
        if node.op is Op.DELAYED:
            return w.select(is_now, now, w.load("%w", e.layout.of("seen", place)))
        return w.select(is_now, w.constant(0.0), w.load("%w", e.layout.of("slopes", place)))

    def _power(self, names: list[str], exponent: Node) -> str:
        """Whole constant powers as products; others by logarithm, with the slope at 0 set to 0.

        The derivative of ``x ** b`` with b below 1 has no value at 0, where many states begin; 0 there costs
        the first step accuracy, which its error test sees, and not the run.
        """
        w = self._w
        value = exponent.value
        if exponent.op is Op.CONSTANT and value.is_integer() and 0 < abs(value) <= LARGEST_PRODUCT:
            result = names[0]
            for _ in range(int(abs(value)) - 1):
                result = w.binary("fmul", result, names[0])
            return result if value > 0 else w.binary("fdiv", w.constant(1.0), result)
        result = w.call("vpow", *names)
        if not self._is_jacobian:
            return result
        is_singular = w.flag(
            "and",
            w.compare("ole", names[0], w.constant(0.0)),
            w.compare("olt", names[1], w.constant(0.0)),
        )
        return w.select(is_singular, w.constant(0.0), result)
