"""Equations as LaTeX mathematics."""

from __future__ import annotations

from speciosa.model.expression import Expression
from speciosa.model.rendering.notation import LOOSE, write

_ESCAPES = str.maketrans(
    {
        "\\": r"\backslash{}",
        "_": r"\_",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "{": r"\{",
        "}": r"\}",
        " ": r"\ ",
        "^": r"\hat{\ }",
        "~": r"\sim{}",
    }
)


def latex(root: Expression) -> str:
    r"""LaTeX mathematics of an expression, without delimiters.

    Examples
    --------
    >>> from speciosa.model.expression import Kind, symbol
    >>> print(latex(symbol("drug.CL", "L/h", Kind.PARAMETER) / 2.0))
    \frac{\mathrm{CL}_{\mathrm{drug}}}{2}
    """
    return write(root, _Latex())


def latex_name(name: str) -> str:
    r"""Write a dotted name with its last part as the head and the rest as subscript.

    Examples
    --------
    >>> print(latex_name("morphine.oral.ka"))
    \mathrm{ka}_{\mathrm{morphine},\,\mathrm{oral}}
    """
    *parts, head = (rf"\mathrm{{{part.translate(_ESCAPES)}}}" for part in name.split("."))
    subscript = r",\,".join(parts)
    return f"{head}_{{{subscript}}}" if parts else head


class _Latex:
    numerator_level = LOOSE
    denominator_level = LOOSE
    exponent_level = LOOSE
    choice_level = LOOSE

    def number(self, value: float) -> str:
        digits, _, exponent = f"{value:.12g}".partition("e")
        return rf"{{{digits} \times 10^{{{int(exponent)}}}}}" if exponent else digits

    def name(self, name: str) -> str:
        return latex_name(name)

    def grouped(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def negated(self, term: str) -> str:
        return f"-{term}"

    def added(self, left: str, right: str) -> str:
        return f"{left} + {right}"

    def subtracted(self, left: str, right: str) -> str:
        return f"{left} - {right}"

    def multiplied(self, left: str, right: str) -> str:
        return rf"{left} \cdot {right}"

    def divided(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def chosen(self, left: str, right: str, larger: str, otherwise: str) -> str:
        rows = rf"{larger} & \text{{if }} {left} > {right} \\ {otherwise} & \text{{otherwise}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    def past(self, inner: str, delay: str) -> str:
        return rf"\left[{inner}\right]_{{t - \left({delay}\right)}}"

    def applied(self, function: str, arguments: list[str]) -> str:
        function = rf"operatorname{{{function}}}" if function == "slope" else function
        return rf"\{function}\left({', '.join(arguments)}\right)"
