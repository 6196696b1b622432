"""Equations as presentation MathML, which browsers show without any script."""

from __future__ import annotations

from html import escape

from speciosa.model.expression import Expression
from speciosa.model.rendering.notation import LOOSE, write


def mathml(root: Expression) -> str:
    """MathML of an expression, without the enclosing ``math`` element.

    Examples
    --------
    >>> from speciosa.model.expression import Kind, symbol
    >>> mathml(2.0 * symbol("x", "", Kind.STATE))
    "<mn>2</mn><mo>·</mo><mi mathvariant='normal'>x</mi>"
    """
    return write(root, _MathML())


def mathml_name(name: str) -> str:
    """Write a dotted name with its last part as the head and the rest as subscript."""
    *parts, head = name.split(".")
    written = f"<mi mathvariant='normal'>{escape(head)}</mi>"
    return f"<msub>{written}<mtext>{escape('.'.join(parts))}</mtext></msub>" if parts else written


class _MathML:
    numerator_level = LOOSE
    denominator_level = LOOSE
    exponent_level = LOOSE
    choice_level = LOOSE

    def number(self, value: float) -> str:
        digits, _, exponent = f"{value:.12g}".partition("e")
        if not exponent:
            return f"<mn>{digits}</mn>"
        power = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"
        return f"<mrow><mn>{digits}</mn><mo>×</mo>{power}</mrow>"

    def name(self, name: str) -> str:
        return mathml_name(name)

    def grouped(self, inner: str) -> str:
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def negated(self, term: str) -> str:
        return f"<mo>−</mo>{term}"

    def added(self, left: str, right: str) -> str:
        return f"{left}<mo>+</mo>{right}"

    def subtracted(self, left: str, right: str) -> str:
        return f"{left}<mo>−</mo>{right}"

    def multiplied(self, left: str, right: str) -> str:
        return f"{left}<mo>·</mo>{right}"

    def divided(self, above: str, below: str) -> str:
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"

    def raised(self, base: str, exponent: str) -> str:
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def chosen(self, left: str, right: str, larger: str, otherwise: str) -> str:
        rows = (
            f"<mtr><mtd>{larger}</mtd><mtd><mtext>if </mtext>{left}<mo>&gt;</mo>{right}</mtd></mtr>"
            f"<mtr><mtd>{otherwise}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
        )
        return f"<mrow><mo>{{</mo><mtable columnalign='left'>{rows}</mtable></mrow>"

    def past(self, inner: str, delay: str) -> str:
        moment = f"<mrow><mi>t</mi><mo>−</mo><mo>(</mo>{delay}<mo>)</mo></mrow>"
        return f"<msub><mrow><mo>[</mo>{inner}<mo>]</mo></mrow>{moment}</msub>"

    def applied(self, function: str, arguments: list[str]) -> str:
        return f"<mi>{function}</mi><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo>"
