"""A whole model for a reader: equations and parameters as text, LaTeX and HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from speciosa.model.rendering.latex import latex, latex_name
from speciosa.model.rendering.mathml import mathml, mathml_name
from speciosa.model.rendering.text import text

if TYPE_CHECKING:
    from speciosa.model.model import BoundParameter, Model
    from speciosa.model.parts import Flow, Inlet, Module

_OUTSIDE = "outside"


def model_text(model: Model) -> str:
    """The equations of every module as plain text: its flows, changes, signals and inlets."""
    return "\n".join([repr(model), *(line for module in model.modules for line in _module_text(module))])


def _module_text(module: Module) -> list[str]:
    return [
        "",
        f"{module.name}: {module.description}",
        *(f"  flow   {' -> '.join(_ends(flow))}: {text(flow.rate)}" for flow in module.flows),
        *(f"  change d({change.state.name})/dt = {text(change.rate)}" for change in module.changes),
        *(
            f"  signal {output.name} = {text(output.value)}  [{output.unit or '1'}]"
            for output in module.outputs
        ),
        *(_inlet_text(inlet) for inlet in module.inlets),
    ]


def _ends(flow: Flow) -> tuple[str, str]:
    source, target = (end.name if end else _OUTSIDE for end in (flow.source, flow.target))
    return source, target


def _inlet_text(inlet: Inlet) -> str:
    timing = f"lag {text(inlet.lag)}"
    if inlet.duration is not None:
        timing += f", over {text(inlet.duration)}"
    if inlet.rate is not None:
        timing += f", at {text(inlet.rate)}"
    return f"  inlet  {inlet.name} -> {inlet.state.name}: F = {text(inlet.fraction)}, {timing}"


def model_latex(model: Model) -> str:
    """The differential equations and signals of the modules as an ``align*`` environment."""
    rows = [row for module in model.modules for row in _module_latex(module)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _module_latex(module: Module) -> list[str]:
    rows = []
    for flow in module.flows:
        source, target = (
            latex_name(end.name) if end else r"\varnothing" for end in (flow.source, flow.target)
        )
        rows.append(rf"{source} \to {target} &: {latex(flow.rate)}")
    rows += [
        rf"\frac{{d\,{latex_name(change.state.name)}}}{{dt}} &= {latex(change.rate)}"
        for change in module.changes
    ]
    rows += [rf"{latex_name(output.name)} &= {latex(output.value)}" for output in module.outputs]
    return rows


def model_html(model: Model) -> str:
    """Modules with their equations (MathML) and the parameter table with value, unit and row."""
    blocks = "".join(_module_html(module) for module in model.modules)
    rows = "".join(
        f"<tr><td>{escape(item.name)}</td><td>{item.value:.4g}</td><td>{escape(item.unit or '1')}</td>"
        f"{_evidence_cells(item)}</tr>"
        for item in model.parameters
    )
    table = (
        "<table class='parameters'><caption>Parameters of the typical adult</caption><thead><tr>"
        "<th>Parameter</th><th>Value</th><th>Unit</th><th>Evidence row</th><th>Trust</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return f"<div class='speciosa-model'><p>{escape(repr(model)[1:-1])}</p>{blocks}{table}</div>"


def _evidence_cells(item: BoundParameter) -> str:
    if item.slot is None:
        return "<td></td><td>given</td>"
    row = item.slot.row
    return f"<td>{escape(row.id)}</td><td>{escape(row.seen)}, {escape(row.kind)}</td>"


def _equation(left: str, right: str) -> str:
    return f"<p class='equation'><math display='block'><mrow>{left}<mo>=</mo>{right}</mrow></math></p>"


def _module_html(module: Module) -> str:
    parts = [f"<details><summary>{escape(module.name)}: {escape(module.description)}</summary>"]
    for flow in module.flows:
        source, target = (escape(end) for end in _ends(flow))
        rate = f"<math display='block'><mrow>{mathml(flow.rate)}</mrow></math>"
        parts.append(f"<p class='equation'>{source} → {target}{rate}</p>")
    for change in module.changes:
        state = mathml_name(change.state.name)
        left = f"<mfrac><mrow><mi>d</mi>{state}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
        parts.append(_equation(left, mathml(change.rate)))
    parts += [_equation(mathml_name(output.name), mathml(output.value)) for output in module.outputs]
    return "".join([*parts, "</details>"])
