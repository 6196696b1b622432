"""Random equations: what is written reads back as the same equation, and derivatives are right.

Values are compared in 60-digit decimal arithmetic, so that no tolerance hides a misplaced parenthesis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException, localcontext
from math import isfinite
from xml.etree import ElementTree

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from speciosa.model import (
    Expression,
    Kind,
    Op,
    derivative,
    evaluate,
    exponential,
    logarithm,
    maximum,
    minimum,
    select,
    substitute,
    walk,
)
from speciosa.model.expression import constant, symbol
from speciosa.model.rendering import latex, mathml, text

PRECISION = Context(prec=60, Emax=10_000, Emin=-10_000)
NAMES = ("x", "y", "z")
POINT = {"x": Decimal("0.7310585786"), "y": Decimal("1.9221155129"), "z": Decimal("3.1180339887")}
CONSTANTS = (0.5, 2.0, 3.0, -1.0, -2.0, 4.0)

_leaves = st.sampled_from([symbol(name, "", Kind.STATE) for name in NAMES]) | st.sampled_from(
    [constant(value) for value in CONSTANTS]
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda pair: pair[0] + pair[1]),
        two.map(lambda pair: pair[0] - pair[1]),
        two.map(lambda pair: pair[0] * pair[1]),
        two.filter(lambda pair: not pair[1].is_zero).map(lambda pair: pair[0] / pair[1]),
        two.map(lambda pair: pair[0] ** pair[1]),
        inner.map(lambda item: -item),
        two.map(lambda pair: maximum(*pair)),
        two.map(lambda pair: minimum(*pair)),
        inner.map(lambda item: exponential(item) if item.op is not Op.CONSTANT else item),
        inner.map(lambda item: logarithm(item) if item.op is not Op.CONSTANT else item),
        st.tuples(inner, inner, inner, inner).map(lambda four: select(*four)),
    )


equations = st.recursive(_leaves, _grown, max_leaves=12)
quick = settings(derandomize=True, deadline=None, max_examples=200)

DECIMAL: Mapping[Op, Callable[..., Decimal]] = {
    Op.ADD: lambda a, b: a + b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE: lambda a, b: a / b,
    Op.POWER: lambda a, b: a**b,
    Op.EXP: Decimal.exp,
    Op.LOG: Decimal.ln,
    Op.MAXIMUM: max,
    Op.MINIMUM: min,
    Op.SELECT: lambda a, b, x, y: x if a > b else y,
}


def exact(root: Expression, point: Mapping[str, Decimal]) -> Decimal:
    done: dict[Expression, Decimal] = {}
    for node in walk([root]):
        if node.op is Op.CONSTANT:
            done[node] = Decimal(node.value)
        elif node.op is Op.SYMBOL:
            done[node] = point[node.name]
        else:
            done[node] = DECIMAL[node.op](*(done[arg] for arg in node.args))
    return done[root]


def exact_or_discard(root: Expression, point: Mapping[str, Decimal]) -> Decimal:
    """Value of an equation; an equation without one (0/0, the logarithm of -1) is no example."""
    try:
        value = exact(root, point)
    except DecimalException:
        assume(False)
        raise
    assume(abs(value) < Decimal("1e1000"))
    return value


def read(written: str) -> Decimal:
    """Value of an equation as a reader would work it out."""
    numbers = re.sub(r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?)", r"D('\1')", written)
    names = {"D": Decimal, "exp": Decimal.exp, "log": Decimal.ln, "max": max, "min": min, **POINT}
    return Decimal(eval(numbers.replace("^", "**"), {"__builtins__": {}}, names))


X, Y, Z = (symbol(name, "", Kind.STATE) for name in NAMES)
FORMS: tuple[tuple[Callable[..., Expression], int], ...] = (
    (lambda a, b: a + b, 2),
    (lambda a, b: a - b, 2),
    (lambda a, b: a * b, 2),
    (lambda a, b: a / b, 2),
    (lambda a, b: a**b, 2),
    (lambda a: -a, 1),
    (lambda a: -2.0 * a, 1),
    (lambda a: a + -2.0, 1),
    (lambda a: a**-1.0, 1),
    (exponential, 1),
    (logarithm, 1),
    (maximum, 2),
    (minimum, 2),
    (lambda a, b: select(a, b, X, Y), 2),
    (lambda a, b: select(Y, X, a, b), 2),
    (lambda a, b: select(X, Y, a, b), 2),
)


def nested() -> list[Expression]:
    """Every form within every place of every form, two deep on either side."""
    inner = [form(*(Y, Z)[:count]) for form, count in FORMS]
    found = [
        form(*(*(X, Y)[:place], item, *(X, Z)[: count - place - 1]))
        for form, count in FORMS
        for place in range(count)
        for item in inner
    ]
    return [item for item in found if has_value(item)]


def has_value(root: Expression) -> bool:
    try:
        with localcontext(PRECISION):
            exact(root, POINT)
    except DecimalException:
        return False
    return True


def test_every_form_reads_back_within_every_other() -> None:
    examples = nested()
    # All but the roots and logarithms of what is negative.
    assert len(examples) > 380
    with localcontext(PRECISION):
        for root in examples:
            assert close(exact(root, POINT), read(text(root))), text(root)
            shown = as_seen(ElementTree.fromstring(f"<math>{mathml(root)}</math>"))
            assert close(exact(root, POINT), read(shown)), shown


def close(a: Decimal, b: Decimal, digits: int = 30) -> bool:
    return abs(a - b) <= Decimal(10) ** -digits * max(Decimal(1), abs(a), abs(b))


@given(equations)
@quick
def test_text_reads_back_as_the_same_equation(root: Expression) -> None:
    with localcontext(PRECISION):
        assert close(exact_or_discard(root, POINT), read(text(root)))


def as_seen(node: ElementTree.Element) -> str:
    """What MathML shows, as plain text: only what the eye sees as a group is grouped."""
    if node.tag == "mtext":
        return ""
    if not len(node):
        return {"·": "*", "−": "-", "{": "", "×": "*"}.get(str(node.text), str(node.text))
    if node.tag == "mtable":
        (value, condition), (otherwise, _) = (list(row) for row in node)
        return f"({as_seen(value)}) if ({as_seen(condition)}) else ({as_seen(otherwise)})"
    seen = [as_seen(child) for child in node]
    shapes = {"mfrac": "(({})/({}))", "msup": "{}^({})"}
    return shapes[node.tag].format(*seen) if node.tag in shapes else "".join(seen)


@given(equations)
@quick
def test_mathml_is_well_formed_and_shows_the_same_equation(root: Expression) -> None:
    tree = ElementTree.fromstring(f"<math>{mathml(root)}</math>")
    for power in tree.iter("msup"):
        base = list(next(iter(power)))
        assert len(base) != 1 or base[0].tag != "mfrac", "the exponent of a bare fraction is ambiguous"
    with localcontext(PRECISION):
        assert close(exact_or_discard(root, POINT), read(as_seen(tree)))


@given(equations)
@quick
def test_latex_is_balanced(root: Expression) -> None:
    written = latex(root)
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", written):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert written.count(r"\left(") == written.count(r"\right)")
    assert written.count(r"\begin{cases}") == written.count(r"\end{cases}")
    assert not re.search(r"\\frac\{[^{}]*\}\{[^{}]*\}\^", written)


@given(equations, st.sampled_from(NAMES))
@quick
def test_derivatives_against_central_differences(root: Expression, by: str) -> None:
    step = Decimal("1e-20")
    with localcontext(PRECISION):
        exact_or_discard(root, POINT)
        up, down = (exact_or_discard(root, {**POINT, by: POINT[by] + sign * step}) for sign in (1, -1))
        found = exact_or_discard(derivative(root, symbol(by, "", Kind.STATE)), POINT)
        # Truncation is of the order step**2 = 1e-40 times a third derivative; kept well apart from 1.
        assume(abs(found) < Decimal("1e8"))
        assert close(found, (up - down) / (2 * step), digits=12)


@given(equations, equations.filter(lambda item: item.op is not Op.CONSTANT))
@quick
def test_substitution_is_evaluation_at_the_substitute(root: Expression, other: Expression) -> None:
    with localcontext(PRECISION):
        inner = exact_or_discard(other, POINT)
        after = substitute(root, {symbol("x", "", Kind.STATE): other})
        expected = exact_or_discard(root, {**POINT, "x": inner})
        assert close(expected, exact_or_discard(after, POINT))


@given(equations)
@quick
def test_floating_point_evaluation_agrees(root: Expression) -> None:
    point = {name: float(value) for name, value in POINT.items()}
    found = evaluate(root, point)
    with localcontext(PRECISION):
        expected = exact_or_discard(root, POINT)
        sizes = [abs(exact(node, POINT)) for node in walk([root])]
    # Cancellation loses digits in proportion to the largest term on the way.
    assume(
        max(sizes) < Decimal("1e3") and min(size for size in [*sizes, Decimal(1)] if size) > Decimal("1e-3")
    )
    assume(isfinite(found))
    assert abs(Decimal(found) - expected) <= Decimal("1e-6") * max(Decimal(1), abs(expected))
