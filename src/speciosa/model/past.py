"""Equations that look back, brought into the form that engines solve: only states and time are delayed."""

from __future__ import annotations

from speciosa.errors import ModelError
from speciosa.model.expression import TIME, Expression, Kind, Op, delayed, substitute, symbols, walk


def looks_back(roots: tuple[Expression, ...]) -> bool:
    """Whether any of some expressions reads the past."""
    return any(node.op is Op.DELAYED for node in walk(roots))


def delayed_states(root: Expression, where: str) -> Expression:
    """The expression with each delayed part written as that part of delayed states.

    Parameters
    ----------
    root : Expression
        Of states, parameters and time.
    where : str
        What the expression belongs to, for the message.

    Returns
    -------
    Expression

    Raises
    ------
    ModelError
        If what is delayed looks back itself.

    Examples
    --------
    >>> from speciosa.model.expression import symbol
    >>> x, k = symbol("x", "", Kind.STATE), symbol("k", "", Kind.PARAMETER)
    >>> delayed_states(delayed(k * x, 2.0), "here")
    k*delayed(x, 2)
    """
    done: dict[Expression, Expression] = {}
    for node in walk([root]):
        if node.op is not Op.DELAYED:
            continue
        value, delay = node.args
        if looks_back((value,)):
            raise ModelError(
                f"{node} delays what is delayed already",
                where=where,
                expected="one delay",
                advice="Add the delays, or give the inner one a state of its own.",
            )
        delay = substitute(delay, done)
        moving = [item for item in symbols(value) if item.kind is Kind.STATE or item == TIME]
        done[node] = substitute(value, {item: delayed(item, delay) for item in moving})
    return substitute(root, done) if done else root
