"""Equations as text, LaTeX and MathML; round trips over random equations are in tests/properties."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from speciosa.model import (
    DOSE,
    Change,
    Expression,
    Flow,
    Inlet,
    Kind,
    Model,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    compose,
    delayed,
    exponential,
    logarithm,
    maximum,
    minimum,
    select,
)
from speciosa.model.expression import constant, symbol
from speciosa.model.rendering import (
    latex,
    latex_name,
    mathml,
    mathml_name,
    model_html,
    model_latex,
    model_text,
    text,
)

A = symbol("a", "", Kind.STATE)
B = symbol("b", "", Kind.STATE)
C = symbol("c", "", Kind.STATE)


@pytest.mark.parametrize(
    ("root", "written"),
    [
        (A + B + C, "a + b + c"),
        (A - (B + C), "a - (b + c)"),
        (A - B - C, "a - b - c"),
        (A - B * C, "a - b*c"),
        (A - (B - C), "a - (b - c)"),
        (-(A + B), "-(a + b)"),
        (-A * B, "(-a)*b"),
        (A * (B + C), "a*(b + c)"),
        (A / (B * C), "a/(b*c)"),
        (A / B / C, "a/b/c"),
        (A / (B / C), "a/(b/c)"),
        (A / B**2.0, "a/b^2"),
        ((A + B) ** 2.0, "(a + b)^2"),
        ((A**2.0) ** B, "(a^2)^b"),
        (A ** (B**2.0), "a^(b^2)"),
        (A**-1.0, "a^(-1)"),
        (-(A**2.0), "-a^2"),
        ((-A) ** 2.0, "(-a)^2"),
        (-2.0 * A, "(-2)*a"),
        (A + -2.0, "a - 2"),
        (exponential(-A), "exp(-a)"),
        (logarithm(A / B), "log(a/b)"),
        (maximum(0.0, A - B), "max(0, a - b)"),
        (minimum(A, B), "min(a, b)"),
        (2.0 * select(A, B, A, 0.0), "2*(a if a > b else 0)"),
        (constant(0.1) * A, "0.1*a"),
        (delayed(A + B, C / 2.0) * A, "delayed(a + b, c/2)*a"),
        (constant(1.5e-7) * A, "1.5e-07*a"),
    ],
)
def test_text(root: Expression, written: str) -> None:
    assert text(root) == written
    assert repr(root) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("mitragynine.central", "mitragynine.central"),
        ("mitragynine.CL/F", "`mitragynine.CL/F`"),
        ("morphine.Kp,uu", "`morphine.Kp,uu`"),
        ("7-hydroxymitragynine.kel", "`7-hydroxymitragynine.kel`"),
        ("kratom leaf.batch", "`kratom leaf.batch`"),
    ],
)
def test_names_that_read_as_arithmetic_stand_in_backticks(name: str, written: str) -> None:
    assert text(symbol(name, "", Kind.PARAMETER)) == written


@pytest.mark.parametrize(
    ("root", "written"),
    [
        (A / (B + C), r"\frac{\mathrm{a}}{\mathrm{b} + \mathrm{c}}"),
        ((A / B) ** 2.0, r"\left(\frac{\mathrm{a}}{\mathrm{b}}\right)^{2}"),
        (A * (B - C), r"\mathrm{a} \cdot \left(\mathrm{b} - \mathrm{c}\right)"),
        (A ** (B + C), r"\mathrm{a}^{\mathrm{b} + \mathrm{c}}"),
        (exponential(-A), r"\exp\left(-\mathrm{a}\right)"),
        (maximum(0.0, A), r"\max\left(0, \mathrm{a}\right)"),
        (
            delayed(A, B + C),
            r"\left[\mathrm{a}\right]_{t - \left(\mathrm{b} + \mathrm{c}\right)}",
        ),
        (constant(2e-9) * A, r"{2 \times 10^{-9}} \cdot \mathrm{a}"),
        (
            select(A, B, 1.0, C),
            r"\begin{cases} 1 & \text{if } \mathrm{a} > \mathrm{b} \\ "
            r"\mathrm{c} & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_latex(root: Expression, written: str) -> None:
    assert latex(root) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", r"\mathrm{a}"),
        ("drug.CL", r"\mathrm{CL}_{\mathrm{drug}}"),
        ("kratom tea.x_y", r"\mathrm{x\_y}_{\mathrm{kratom\ tea}}"),
        ("a%b&c.d", r"\mathrm{d}_{\mathrm{a\%b\&c}}"),
    ],
)
def test_latex_names_are_escaped(name: str, written: str) -> None:
    assert latex_name(name) == written


def test_a_fraction_is_grouped_where_it_is_a_base() -> None:
    assert mathml((A / B) ** 2.0).startswith("<msup><mrow><mrow><mo>(</mo><mfrac>")


def test_what_is_delayed_in_mathml_is_well_formed() -> None:
    written = mathml(delayed(A / B, C))
    ElementTree.fromstring(f"<math>{written}</math>")
    assert "<mi>t</mi><mo>−</mo><mo>(</mo><mi mathvariant='normal'>c</mi><mo>)</mo>" in written


def test_mathml_names_are_escaped() -> None:
    assert mathml_name("a&b.<c>") == (
        "<msub><mi mathvariant='normal'>&lt;c&gt;</mi><mtext>a&amp;b</mtext></msub>"
    )


def test_small_numbers_are_powers_of_ten_in_mathml() -> None:
    assert "<msup><mn>10</mn><mn>-9</mn></msup>" in mathml(constant(2e-9) * A)


@pytest.fixture
def small_model() -> Model:
    depot = State("drug.depot", "nmol", "depot")
    central = State("drug.central", "nmol", "central")
    effect = State("effect", "", "effect")
    ka, volume = Parameter("drug.ka", "1/h", "absorption"), Parameter("drug.V/F", "L", "volume <apparent>")
    lag = Parameter("drug.tlag", "h", "lag")
    plasma = Signal("plasma.drug", "nmol/L", "concentration")
    module = Module(
        name="one & only",
        description="a depot",
        states=(depot, central, effect),
        parameters=(ka, volume, lag),
        outputs=(Output(plasma, central / volume),),
        flows=(
            Flow("in", ka * depot, depot, central),
            Flow("out", ka * central, central, None),
        ),
        changes=(Change(effect, ka * (1.0 - effect)),),
        inlets=(Inlet("dose", depot, DOSE / DOSE, lag.expression, 2.0 * lag, "drug/oral"),),
    )
    return compose([module], values={"drug.ka": 1.0, "drug.V/F": 10.0, "drug.tlag": 0.5}, name="small")


def test_model_as_text(small_model: Model) -> None:
    assert model_text(small_model) == "\n".join(
        [
            "<Model small: 1 modules, 3 states, 3 parameters, 1 outputs>",
            "",
            "one & only: a depot",
            "  flow   drug.depot -> drug.central: drug.ka*drug.depot",
            "  flow   drug.central -> outside: drug.ka*drug.central",
            "  change d(effect)/dt = drug.ka*(1 - effect)",
            "  signal plasma.drug = drug.central/`drug.V/F`  [nmol/L]",
            "  inlet  dose -> drug.depot: F = dose/dose, lag drug.tlag, over 2*drug.tlag",
        ]
    )


def test_model_as_latex(small_model: Model) -> None:
    rows = model_latex(small_model).splitlines()
    assert rows[0] == r"\begin{align*}"
    assert rows[-1] == r"\end{align*}"
    assert len(rows) == 2 + 4
    assert r"\mathrm{central}_{\mathrm{drug}} \to \varnothing &:" in model_latex(small_model)


def test_model_as_html_is_well_formed_and_complete(small_model: Model) -> None:
    tree = ElementTree.fromstring(model_html(small_model))
    cells = [cell.text for cell in tree.iter("td") if cell.text]
    assert {"drug.ka", "drug.V/F", "drug.tlag", "given"} <= set(cells)
    assert len(list(tree.iter("math"))) == 4
    assert small_model._repr_html_() == model_html(small_model)
