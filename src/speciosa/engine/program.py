"""From expressions to a straight-line program: each distinct sub-expression once, arguments before use.

Every target starts here. What depends on parameters alone is put into a prologue that runs once a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speciosa.model import Expression, Kind, Op, derivative, walk


@dataclass(frozen=True)
class Program:
    """Distinct nodes in order of evaluation.

    Parameters
    ----------
    nodes : tuple of Expression
        Arguments before the nodes that use them.
    results : tuple of Expression
        What is asked for.
    fixed : frozenset of Expression
        Operations on parameters and constants alone, which run once a person.
    """

    nodes: tuple[Expression, ...]
    results: tuple[Expression, ...]
    fixed: frozenset[Expression]

    @classmethod
    def of(cls, results: Sequence[Expression]) -> Program:
        """Order the nodes below the results."""
        nodes = tuple(walk(results))
        is_fixed: dict[Expression, bool] = {}
        for node in nodes:
            if node.op is Op.SYMBOL:
                is_fixed[node] = node.kind is Kind.PARAMETER
            else:
                is_fixed[node] = all(is_fixed[arg] for arg in node.args)
        return cls(nodes, tuple(results), frozenset(node for node in nodes if is_fixed[node] and node.args))

    @property
    def hoisted(self) -> tuple[Expression, ...]:
        """Fixed nodes that something else than the prologue reads, in order."""
        read = {arg for node in self.nodes if node not in self.fixed for arg in node.args} | set(self.results)
        return tuple(node for node in self.nodes if node in self.fixed and node in read)


def delays(results: Sequence[Expression]) -> tuple[Expression, ...]:
    """The distinct delays by which some results look back, each after those that it reads."""
    return tuple(dict.fromkeys(node.args[1] for node in walk(results) if node.op is Op.DELAYED))


def jacobian(
    derivatives: Sequence[Expression], states: Sequence[Expression]
) -> Mapping[tuple[int, int], Expression]:
    """Non-zero entries of the Jacobian, row by column."""
    entries: dict[tuple[int, int], Expression] = {}
    for row, rate in enumerate(derivatives):
        used = {node for node in walk([rate]) if node.op is Op.SYMBOL}
        for column, state in enumerate(states):
            if state in used:
                entry = derivative(rate, state)
                if not entry.is_zero:
                    entries[row, column] = entry
    return entries
