"""Expressions as numbered operations, each once, made ready for vectors.

A division takes a vector as long as some ten products. Quotients therefore become products with a reciprocal,
which all quotients by the same number share and which is worked out once a person where that number is fixed.
Fixed factors of a product are brought together, so that they are multiplied once a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speciosa.model import Expression, Kind, Op, walk


@dataclass(frozen=True)
class Node:
    """One operation; `args` are numbers of earlier nodes."""

    op: Op
    args: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""
    kind: Kind | None = None


class Graph:
    """Distinct operations in order of evaluation."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.is_fixed: list[bool] = []
        self._number: dict[Node, int] = {}
        self._known: dict[int, int] = {}
        self._kept: list[Expression] = []

    def node(self, op: Op, *args: int, value: float = 0.0, name: str = "", kind: Kind | None = None) -> int:
        """Number of an operation."""
        made = Node(op, args, value, name, kind)
        if made not in self._number:
            self._number[made] = len(self.nodes)
            self.nodes.append(made)
            fixed = kind is Kind.PARAMETER if op is Op.SYMBOL else all(self.is_fixed[arg] for arg in args)
            self.is_fixed.append(fixed)
        return self._number[made]

    def add(self, root: Expression) -> int:
        """Number of the node that stands for an expression."""
        for item in walk([root]):
            self._of(item)
        return self._of(root)

    def _of(self, item: Expression) -> int:
        if id(item) not in self._known:
            self._kept.append(item)
            self._known[id(item)] = self._add(item)
        return self._known[id(item)]

    def _add(self, item: Expression) -> int:
        if not item.args:
            return self.node(item.op, value=item.value, name=item.name, kind=item.kind)
        args = [self._of(arg) for arg in item.args]
        if item.op is Op.DIVIDE and not all(self.is_fixed[arg] for arg in args):
            reciprocal = self._reciprocal(args[1])
            return reciprocal if args[0] == self.number(1.0) else self._product(args[0], reciprocal)
        if item.op is Op.MULTIPLY:
            return self._product(*args)
        return self.node(item.op, *args)

    def _reciprocal(self, item: int) -> int:
        """One over a number; of a choice between fixed numbers a choice between their reciprocals."""
        node = self.nodes[item]
        if node.op is Op.SELECT and all(self.is_fixed[arg] for arg in node.args[2:]):
            return self.node(Op.SELECT, *node.args[:2], *(self._reciprocal(arg) for arg in node.args[2:]))
        return self.node(Op.DIVIDE, self.number(1.0), item)

    def _product(self, left: int, right: int) -> int:
        """A product; ``a (b x)`` with fixed a and b becomes ``(a b) x``."""
        fixed, other = (left, right) if self.is_fixed[left] else (right, left)
        inner = self.nodes[other]
        if self.is_fixed[fixed] and not self.is_fixed[other] and inner.op is Op.MULTIPLY:
            factor, rest = inner.args if self.is_fixed[inner.args[0]] else inner.args[::-1]
            if self.is_fixed[factor] and not self._is_sign(fixed):
                return self.node(Op.MULTIPLY, self.node(Op.MULTIPLY, fixed, factor), rest)
        return self.node(Op.MULTIPLY, left, right)

    def _is_sign(self, item: int) -> bool:
        """Whether a factor only turns the sign, which costs nothing in a sum."""
        return self.nodes[item].op is Op.CONSTANT and self.nodes[item].value == -1.0

    def number(self, value: float) -> int:
        """Number of the node of a constant."""
        return self.node(Op.CONSTANT, value=value)

    def below(self, roots: Iterable[int], given: Iterable[int] = ()) -> list[int]:
        """What must be worked out for some results when other nodes are given, in order."""
        stop, found, waiting = set(given), set[int](), list(roots)
        while waiting:
            item = waiting.pop()
            if item not in found and item not in stop:
                found.add(item)
                waiting.extend(self.nodes[item].args)
        return sorted(found)

    def hoisted(self, roots: Sequence[int]) -> list[int]:
        """Fixed operations that the rest reads: they are worked out once a person."""
        wanted = {root for root in roots if self.is_fixed[root]}
        for item in self.below(roots):
            if not self.is_fixed[item]:
                wanted.update(arg for arg in self.nodes[item].args if self.is_fixed[arg])
        return sorted(item for item in wanted if self._is_worth_keeping(item))

    def _is_worth_keeping(self, item: int) -> bool:
        """Parameters and constants are at hand; what follows from constants alone folds away."""
        waiting, seen = [item], set[int]()
        if not self.nodes[item].args:
            return False
        while waiting:
            node = waiting.pop()
            if self.nodes[node].op is Op.SYMBOL:
                return True
            for arg in self.nodes[node].args:
                if arg not in seen:
                    seen.add(arg)
                    waiting.append(arg)
        return False
