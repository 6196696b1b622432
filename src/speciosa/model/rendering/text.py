"""Equations as one line of plain text."""

from __future__ import annotations

import re

from speciosa.model.expression import Expression
from speciosa.model.rendering.notation import ATOM, POWER, PRODUCT, write

_PLAIN = re.compile(r"[^\W\d][\w.]*")


def text(root: Expression) -> str:
    """One line of plain text; names that would read as arithmetic (``CL/F``) stand in backticks.

    Examples
    --------
    >>> from speciosa.model.expression import Kind, symbol
    >>> a = symbol("a", "", Kind.STATE)
    >>> text(a - 2.0 / (1.0 + a))
    'a - 2/(1 + a)'
    >>> text(symbol("drug.CL/F", "L/h", Kind.PARAMETER) * a)
    '`drug.CL/F`*a'
    """
    return write(root, _Text())


class _Text:
    numerator_level = PRODUCT
    denominator_level = POWER
    exponent_level = ATOM
    choice_level = ATOM

    def number(self, value: float) -> str:
        return f"{value:.12g}"

    def name(self, name: str) -> str:
        return name if _PLAIN.fullmatch(name) else f"`{name}`"

    def grouped(self, inner: str) -> str:
        return f"({inner})"

    def negated(self, term: str) -> str:
        return f"-{term}"

    def added(self, left: str, right: str) -> str:
        return f"{left} + {right}"

    def subtracted(self, left: str, right: str) -> str:
        return f"{left} - {right}"

    def multiplied(self, left: str, right: str) -> str:
        return f"{left}*{right}"

    def divided(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def chosen(self, left: str, right: str, larger: str, otherwise: str) -> str:
        return f"({larger} if {left} > {right} else {otherwise})"

    def past(self, inner: str, delay: str) -> str:
        return f"delayed({inner}, {delay})"

    def applied(self, function: str, arguments: list[str]) -> str:
        return f"{function}({', '.join(arguments)})"
