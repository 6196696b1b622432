"""Dimension checking of expressions."""

from __future__ import annotations

from speciosa.errors import ModelError
from speciosa.model.expression import Expression, Op, walk
from speciosa.units import DIMENSIONLESS, Dimension, dimension


def dimension_of(root: Expression, where: str = "") -> Dimension | None:
    """Dimension of an expression; None for the constant 0, which fits any.

    Parameters
    ----------
    root : Expression
    where : str
        What the expression belongs to, for the message.

    Raises
    ------
    ModelError
        If terms of different dimension are added or compared, or a function gets a quantity with a unit.
    """
    done: dict[Expression, Dimension | None] = {}
    for node in walk([root]):
        done[node] = _dimension(node, [done[arg] for arg in node.args], where)
    return done[root]


def _dimension(node: Expression, parts: list[Dimension | None], where: str) -> Dimension | None:
    found: Dimension | None = DIMENSIONLESS
    match node.op:
        case Op.CONSTANT:
            found = None if node.is_zero else DIMENSIONLESS
        case Op.SYMBOL:
            found = dimension(node.unit)
        case Op.ADD | Op.MAXIMUM | Op.MINIMUM:
            found = _same(node, parts, where)
        case Op.SELECT:
            _same(node, parts[:2], where)
            found = _same(node, parts[2:], where)
        case Op.MULTIPLY | Op.DIVIDE:
            found = _product(node, parts)
        case Op.DELAYED | Op.PAST_SLOPE:
            found = _past(node, parts, where)
        case Op.POWER:
            found = _power(node, parts, where)
        case _:
            _pure(node, parts[0], where)
    return found


def _product(node: Expression, parts: list[Dimension | None]) -> Dimension | None:
    left, right = parts
    if left is None or right is None:
        return None
    return left * right if node.op is Op.MULTIPLY else left / right


def _same(node: Expression, parts: list[Dimension | None], where: str) -> Dimension | None:
    known = [part for part in parts if part is not None]
    for part in known[1:]:
        if part != known[0]:
            raise ModelError(
                f"{node} combines {known[0]} with {part}", where=where, expected="terms of one dimension"
            )
    return known[0] if known else None


def _past(node: Expression, parts: list[Dimension | None], where: str) -> Dimension | None:
    value, delay = parts
    hour = dimension("h")
    if delay is not None and delay != hour:
        raise ModelError(f"{node} has a delay in {delay}", where=where, expected="a delay in h")
    return value / hour if value is not None and node.op is Op.PAST_SLOPE else value


def _pure(node: Expression, part: Dimension | None, where: str) -> None:
    if part is not None and part != DIMENSIONLESS:
        raise ModelError(f"{node} takes a quantity in {part}", where=where, expected="a pure number")


def _power(node: Expression, parts: list[Dimension | None], where: str) -> Dimension | None:
    base, exponent = parts
    _pure(node, exponent, where)
    if base is None or base == DIMENSIONLESS:
        return DIMENSIONLESS
    if node.args[1].op is not Op.CONSTANT:
        raise ModelError(
            f"{node} raises {base} to a variable power", where=where, expected="a pure number as base"
        )
    return base ** node.args[1].value


def check_unit(root: Expression, unit: str, where: str) -> None:
    """Check that an expression has the dimension of a unit.

    Raises
    ------
    ModelError
        If it has another one.
    """
    found = dimension_of(root, where)
    if found is not None and found != dimension(unit):
        raise ModelError(
            f"the equation has dimension {found}", where=where, expected=f"that of {unit or 'a number'}"
        )
