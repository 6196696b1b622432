"""Equations as text, LaTeX and MathML (which browsers show without any script)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from speciosa.model.expression import Expression, Op

if TYPE_CHECKING:
    from speciosa.model.model import BoundParameter, Model

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_LEVEL = {Op.ADD: _SUM, Op.MULTIPLY: _PRODUCT, Op.DIVIDE: _PRODUCT, Op.POWER: _POWER}
_FUNCTION = {Op.EXP: "exp", Op.LOG: "log", Op.MAXIMUM: "max", Op.MINIMUM: "min"}


def _number(value: float) -> str:
    return f"{value:.12g}"


def _negated(node: Expression) -> Expression | None:
    """The positive part of a term written as -1 times something."""
    if node.op is Op.MULTIPLY and node.args[0].op is Op.CONSTANT and node.args[0].value == -1.0:
        return node.args[1]
    return None


def text(root: Expression) -> str:
    """One line of plain text.

    Examples
    --------
    >>> from speciosa.model.expression import Kind, symbol
    >>> a = symbol("a", "", Kind.STATE)
    >>> text(a - 2.0 / (1.0 + a))
    'a - 2/(1 + a)'
    """
    return _text(root)[0]


def _text(node: Expression) -> tuple[str, int]:
    match node.op:
        case Op.CONSTANT:
            return _number(node.value), _ATOM if node.value >= 0 else _SUM
        case Op.SYMBOL:
            return node.name, _ATOM
        case Op.ADD:
            left = _text(node.args[0])[0]
            taken = _negated(node.args[1])
            if taken is not None:
                return f"{left} - {_wrapped(taken, _PRODUCT)}", _SUM
            return f"{left} + {_text(node.args[1])[0]}", _SUM
        case Op.MULTIPLY:
            taken = _negated(node)
            if taken is not None:
                return f"-{_wrapped(taken, _PRODUCT)}", _SUM
            return f"{_wrapped(node.args[0], _PRODUCT)}*{_wrapped(node.args[1], _PRODUCT)}", _PRODUCT
        case Op.DIVIDE:
            return f"{_wrapped(node.args[0], _PRODUCT)}/{_wrapped(node.args[1], _POWER)}", _PRODUCT
        case Op.POWER:
            return f"{_wrapped(node.args[0], _ATOM)}^{_wrapped(node.args[1], _ATOM)}", _POWER
        case Op.SELECT:
            a, b, x, y = (_text(arg)[0] for arg in node.args)
            return f"({x} if {a} > {b} else {y})", _ATOM
        case _:
            return f"{_FUNCTION[node.op]}({', '.join(_text(arg)[0] for arg in node.args)})", _ATOM


def _wrapped(node: Expression, level: int) -> str:
    written, own = _text(node)
    return f"({written})" if own < level else written


def latex(root: Expression) -> str:
    """LaTeX mathematics of an expression, without delimiters.

    Examples
    --------
    >>> from speciosa.model.expression import Kind, symbol
    >>> latex(symbol("drug.CL", "L/h", Kind.PARAMETER) / 2.0)
    '\\\\frac{\\\\mathrm{CL}_{\\\\mathrm{drug}}}{2}'
    """
    return _latex(root)[0]


def _latex_name(name: str) -> str:
    parts = [part.replace("_", r"\_").replace("%", r"\%").replace("&", r"\&") for part in name.split(".")]
    subscript = r",\,".join(rf"\mathrm{{{part}}}" for part in parts[:-1])
    head = rf"\mathrm{{{parts[-1]}}}"
    return f"{head}_{{{subscript}}}" if subscript else head


def _latex(node: Expression) -> tuple[str, int]:
    match node.op:
        case Op.CONSTANT:
            return _number(node.value), _ATOM if node.value >= 0 else _SUM
        case Op.SYMBOL:
            return _latex_name(node.name), _ATOM
        case Op.ADD:
            taken = _negated(node.args[1])
            left = _latex(node.args[0])[0]
            if taken is not None:
                return f"{left} - {_latex_wrapped(taken, _PRODUCT)}", _SUM
            return f"{left} + {_latex(node.args[1])[0]}", _SUM
        case Op.MULTIPLY:
            taken = _negated(node)
            if taken is not None:
                return f"-{_latex_wrapped(taken, _PRODUCT)}", _SUM
            a, b = (_latex_wrapped(arg, _PRODUCT) for arg in node.args)
            return rf"{a} \cdot {b}", _PRODUCT
        case Op.DIVIDE:
            return rf"\frac{{{latex(node.args[0])}}}{{{latex(node.args[1])}}}", _ATOM
        case Op.POWER:
            return f"{_latex_wrapped(node.args[0], _ATOM)}^{{{latex(node.args[1])}}}", _POWER
        case Op.SELECT:
            a, b, x, y = (latex(arg) for arg in node.args)
            body = rf"{x} & \text{{if }} {a} > {b} \\ {y} & \text{{otherwise}}"
            return rf"\begin{{cases}} {body} \end{{cases}}", _ATOM
        case _:
            inner = ", ".join(latex(arg) for arg in node.args)
            return rf"\{_FUNCTION[node.op]}\left({inner}\right)", _ATOM


def _latex_wrapped(node: Expression, level: int) -> str:
    written, own = _latex(node)
    return rf"\left({written}\right)" if own < level else written


def mathml(root: Expression) -> str:
    """MathML (presentation) of an expression, without the enclosing ``math`` element."""
    return _mathml(root)[0]


def _mathml_name(name: str) -> str:
    *parts, head = name.split(".")
    written = f"<mi mathvariant='normal'>{escape(head)}</mi>"
    return f"<msub>{written}<mtext>{escape('.'.join(parts))}</mtext></msub>" if parts else written


def _mathml(node: Expression) -> tuple[str, int]:
    match node.op:
        case Op.CONSTANT:
            return f"<mn>{_number(node.value)}</mn>", _ATOM if node.value >= 0 else _SUM
        case Op.SYMBOL:
            return _mathml_name(node.name), _ATOM
        case Op.ADD:
            taken = _negated(node.args[1])
            sign, right = ("+", node.args[1]) if taken is None else ("−", taken)
            level = _SUM if taken is None else _PRODUCT
            return f"{mathml(node.args[0])}<mo>{sign}</mo>{_mathml_wrapped(right, level)}", _SUM
        case Op.MULTIPLY:
            taken = _negated(node)
            if taken is not None:
                return f"<mo>−</mo>{_mathml_wrapped(taken, _PRODUCT)}", _SUM
            a, b = (_mathml_wrapped(arg, _PRODUCT) for arg in node.args)
            return f"{a}<mo>·</mo>{b}", _PRODUCT
        case Op.DIVIDE:
            a, b = (f"<mrow>{mathml(arg)}</mrow>" for arg in node.args)
            return f"<mfrac>{a}{b}</mfrac>", _ATOM
        case Op.POWER:
            return (
                f"<msup><mrow>{_mathml_wrapped(node.args[0], _ATOM)}</mrow><mrow>{mathml(node.args[1])}</mrow></msup>",
                _POWER,
            )
        case Op.SELECT:
            a, b, x, y = (mathml(arg) for arg in node.args)
            rows = (
                f"<mtr><mtd>{x}</mtd><mtd><mtext>if </mtext>{a}<mo>&gt;</mo>{b}</mtd></mtr>"
                f"<mtr><mtd>{y}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
            )
            return f"<mrow><mo>{{</mo><mtable columnalign='left'>{rows}</mtable></mrow>", _ATOM
        case _:
            inner = "<mo>,</mo>".join(mathml(arg) for arg in node.args)
            return f"<mi>{_FUNCTION[node.op]}</mi><mo>(</mo>{inner}<mo>)</mo>", _ATOM


def _mathml_wrapped(node: Expression, level: int) -> str:
    written, own = _mathml(node)
    return f"<mo>(</mo>{written}<mo>)</mo>" if own < level else f"<mrow>{written}</mrow>"


def model_text(model: Model) -> str:
    """The equations of every module as plain text: what it reads, its states, flows and signals."""
    lines = [repr(model)]
    for module in model.modules:
        lines += ["", f"{module.name}: {module.description}"]
        for flow in module.flows:
            ends = f"{flow.source.name if flow.source else 'outside'} -> {flow.target.name if flow.target else 'outside'}"
            lines.append(f"  flow   {ends}: {text(flow.rate)}")
        lines += [f"  change d({change.state.name})/dt = {text(change.rate)}" for change in module.changes]
        lines += [
            f"  signal {output.name} = {text(output.value)}  [{output.unit or '1'}]"
            for output in module.outputs
        ]
        for inlet in module.inlets:
            timing = f"lag {text(inlet.lag)}" + (f", over {text(inlet.duration)}" if inlet.duration else "")
            lines.append(f"  inlet  {inlet.name} -> {inlet.state.name}: F = {text(inlet.fraction)}, {timing}")
    return "\n".join(lines)


def model_latex(model: Model) -> str:
    """The differential equations and signals of the modules as an ``align*`` environment."""
    rows = []
    for module in model.modules:
        for flow in module.flows:
            ends = [_latex_name(end.name) if end else r"\varnothing" for end in (flow.source, flow.target)]
            rows.append(rf"{ends[0]} \to {ends[1]} &: {latex(flow.rate)}")
        rows += [
            rf"\frac{{d\,{_latex_name(change.state.name)}}}{{dt}} &= {latex(change.rate)}"
            for change in module.changes
        ]
        rows += [rf"{_latex_name(output.name)} &= {latex(output.value)}" for output in module.outputs]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def model_html(model: Model) -> str:
    """Modules with their equations (MathML) and the parameter table with value, unit and row."""
    blocks = [_module_html(module_index, model) for module_index in range(len(model.modules))]
    rows = "".join(
        f"<tr><td>{escape(item.name)}</td><td>{item.value:.4g}</td><td>{escape(item.unit or '1')}</td>"
        f"{_evidence_cells(item)}</tr>"
        for item in model.parameters
    )
    table = (
        "<table class='parameters'><caption>Parameters of the typical adult</caption><thead><tr><th>Parameter</th>"
        f"<th>Value</th><th>Unit</th><th>Evidence row</th><th>Trust</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    return f"<div class='speciosa-model'><p>{escape(repr(model)[1:-1])}</p>{''.join(blocks)}{table}</div>"


def _evidence_cells(item: BoundParameter) -> str:
    if item.slot is None:
        return "<td></td><td>given</td>"
    row = item.slot.row
    return f"<td>{escape(row.id)}</td><td>{escape(row.seen)}, {escape(row.kind)}</td>"


def _equation(left: str, right: str) -> str:
    return f"<p class='equation'><math display='block'><mrow>{left}<mo>=</mo>{right}</mrow></math></p>"


def _module_html(index: int, model: Model) -> str:
    module = model.modules[index]
    parts = [f"<details><summary>{escape(module.name)}: {escape(module.description)}</summary>"]
    for flow in module.flows:
        ends = [escape(end.name) if end else "outside" for end in (flow.source, flow.target)]
        parts.append(
            f"<p class='equation'>{ends[0]} → {ends[1]}"
            f"<math display='block'><mrow>{mathml(flow.rate)}</mrow></math></p>"
        )
    for change in module.changes:
        state = _mathml_name(change.state.name)
        left = f"<mfrac><mrow><mi>d</mi>{state}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
        parts.append(_equation(left, mathml(change.rate)))
    parts += [_equation(_mathml_name(output.name), mathml(output.value)) for output in module.outputs]
    return "".join([*parts, "</details>"])
