"""One walk over an expression for every notation: the walk groups terms, the notation says how they look."""

from __future__ import annotations

from typing import Protocol

from speciosa.model.expression import Expression, Op

# How tightly a written term holds together; a term looser than its place demands is put in parentheses.
LOOSE, SUM, PRODUCT, POWER, ATOM = 0, 1, 2, 3, 4


class Notation(Protocol):
    """How the pieces of an equation are written; arguments are already written, and grouped where needed."""

    numerator_level: int
    """What the upper part of a fraction must hold; loose where a bar groups it."""
    denominator_level: int
    """What the lower part of a fraction must hold."""
    exponent_level: int
    """What an exponent must hold; loose where raising it groups it."""
    choice_level: int
    """What a written choice holds."""

    def number(self, value: float) -> str:
        """Write a number that is not negative."""
        ...

    def name(self, name: str) -> str:
        """Write the name of a symbol."""
        ...

    def grouped(self, inner: str) -> str:
        """Put parentheses around a term."""
        ...

    def negated(self, term: str) -> str:
        """Write a minus before a term."""
        ...

    def added(self, left: str, right: str) -> str:
        """Write a sum."""
        ...

    def subtracted(self, left: str, right: str) -> str:
        """Write a difference."""
        ...

    def multiplied(self, left: str, right: str) -> str:
        """Write a product."""
        ...

    def divided(self, above: str, below: str) -> str:
        """Write a fraction."""
        ...

    def raised(self, base: str, exponent: str) -> str:
        """Write a power."""
        ...

    def chosen(self, left: str, right: str, larger: str, otherwise: str) -> str:
        """Write what is `larger` where left > right and `otherwise` elsewhere."""
        ...

    def past(self, inner: str, delay: str) -> str:
        """Write what was so long ago; both are written loosely."""
        ...

    def applied(self, function: str, arguments: list[str]) -> str:
        """Write a function: exp, log, max or min."""
        ...


_FUNCTION = {Op.EXP: "exp", Op.LOG: "log", Op.MAXIMUM: "max", Op.MINIMUM: "min"}
_SLOPE = "slope"


def write(root: Expression, notation: Notation) -> str:
    """Write an expression.

    Parameters
    ----------
    root : Expression
    notation : Notation

    Returns
    -------
    str
    """
    return _write(root, notation)[0]


def _write(node: Expression, notation: Notation) -> tuple[str, int]:
    match node.op:
        case Op.CONSTANT:
            return _number(node.value, notation)
        case Op.SYMBOL:
            return notation.name(node.name), ATOM
        case Op.ADD | Op.MULTIPLY:
            return _sum_or_product(node, notation)
        case Op.DIVIDE | Op.POWER:
            return _fraction_or_power(node, notation)
        case Op.SELECT:
            compared = [_at(arg, SUM, notation) for arg in node.args[:2]]
            results = [write(arg, notation) for arg in node.args[2:]]
            return notation.chosen(*compared, *results), notation.choice_level
        case Op.DELAYED | Op.PAST_SLOPE:
            inner, delay = (write(arg, notation) for arg in node.args)
            written = inner if node.op is Op.DELAYED else notation.applied(_SLOPE, [inner])
            written = notation.past(written, delay)
        case _:
            written = notation.applied(_FUNCTION[node.op], [write(arg, notation) for arg in node.args])
    return written, ATOM


def _at(node: Expression, level: int, notation: Notation) -> str:
    """Write a term for a place that demands a level."""
    written, own = _write(node, notation)
    return notation.grouped(written) if own < level else written


def _number(value: float, notation: Notation) -> tuple[str, int]:
    if value < 0:
        return notation.negated(notation.number(-value)), SUM
    return notation.number(value), ATOM


def _taken(node: Expression) -> Expression | None:
    """Give the positive part of a term that is written as -1 times something."""
    is_negated = node.op is Op.MULTIPLY and node.args[0].op is Op.CONSTANT and node.args[0].value == -1.0
    return node.args[1] if is_negated else None


def _sum_or_product(node: Expression, notation: Notation) -> tuple[str, int]:
    left, right = node.args
    if node.op is Op.MULTIPLY:
        taken = _taken(node)
        if taken is not None:
            return notation.negated(_at(taken, PRODUCT, notation)), SUM
        return notation.multiplied(_at(left, PRODUCT, notation), _at(right, PRODUCT, notation)), PRODUCT
    taken = _taken(right)
    if taken is not None:
        return notation.subtracted(_at(left, SUM, notation), _at(taken, PRODUCT, notation)), SUM
    if right.op is Op.CONSTANT and right.value < 0:
        return notation.subtracted(_at(left, SUM, notation), notation.number(-right.value)), SUM
    return notation.added(_at(left, SUM, notation), _at(right, SUM, notation)), SUM


def _fraction_or_power(node: Expression, notation: Notation) -> tuple[str, int]:
    left, right = node.args
    if node.op is Op.POWER:
        return notation.raised(
            _at(left, ATOM, notation), _at(right, notation.exponent_level, notation)
        ), POWER
    above = _at(left, notation.numerator_level, notation)
    return notation.divided(above, _at(right, notation.denominator_level, notation)), PRODUCT
