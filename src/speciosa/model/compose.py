"""From modules to one model: signals are joined, units checked, parameters bound to evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from speciosa.errors import ModelError
from speciosa.evidence import Evidence
from speciosa.model.dimensions import check_unit
from speciosa.model.expression import (
    DOSE,
    TIME,
    Expression,
    Kind,
    as_expression,
    constant,
    substitute,
    symbols,
    total,
)
from speciosa.model.model import BoundParameter, Model
from speciosa.model.parts import Flow, Inlet, Module, Output, Parameter, Signal, State
from speciosa.model.past import delayed_states
from speciosa.units import is_coherent

_COHERENT = "a product of powers of h, nmol, L, kg, score and mmHg"
Named = TypeVar("Named", State, Parameter, Output, Inlet)


def compose(
    modules: Iterable[Module],
    evidence: Evidence | None = None,
    *,
    values: Mapping[str, float] | None = None,
    name: str = "model",
) -> Model:
    """Combine modules into a model.

    Parameters
    ----------
    modules : iterable of Module
    evidence : Evidence, optional
        Where parameters find their rows.
    values : mapping of str to float, optional
        Values, in the parameters' units, of parameters that rest on no evidence (test problems, benchmarks).
    name : str

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If a name is declared twice with different content, a signal is missing or defined in a circle, an
        equation uses what its module does not declare, what is delayed is delayed again, or units do not
        agree.
    UnknownNameError
        If a parameter has no slot in the selection.
    """
    modules = tuple(modules)
    for module in modules:
        check_module(module)
    states = _unique("state", (state for module in modules for state in module.states))
    parameters = _unique("parameter", (item for module in modules for item in module.parameters))
    outputs = _unique("signal", (output for module in modules for output in module.outputs))
    _check_names(states, parameters, outputs)
    _check_flows(modules)
    inlets = _unique("inlet", (inlet for module in modules for inlet in module.inlets))
    definitions = _resolve(modules, outputs)
    return Model(
        name=name,
        modules=modules,
        states=tuple(states.values()),
        parameters=tuple(_bound(item, evidence, values or {}) for item in parameters.values()),
        inlets=tuple(_resolved_inlet(inlet, definitions) for inlet in inlets.values()),
        outputs=tuple(
            Output(output.signal, delayed_states(definitions[output.signal.expression], output.name))
            for output in outputs.values()
        ),
        derivatives=tuple(
            delayed_states(substitute(_rate_of(state, modules), definitions), state.name)
            for state in states.values()
        ),
        evidence=evidence,
    )


def _bound(item: Parameter, evidence: Evidence | None, values: Mapping[str, float]) -> BoundParameter:
    if item.name in values:
        return BoundParameter(item, None, float(values[item.name]))
    if evidence is None:
        raise ModelError(f"parameter {item.name!r} has no value", expected="evidence or a value for it")
    return BoundParameter.bind(item, evidence)


def _unique(kind: str, items: Iterable[Named]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for item in items:
        if found.setdefault(item.name, item) != item:
            raise ModelError(f"{kind} {item.name!r} is declared twice with different content")
    return found


def _check_names(*groups: Mapping[str, object]) -> None:
    """Values are looked up by name, so that no name may stand for two kinds of things."""
    kinds = ("state", "parameter", "signal")
    found: dict[str, str] = {}
    for kind, group in zip(kinds, groups, strict=True):
        for name in group:
            if name in found:
                raise ModelError(f"{name!r} names both a {found[name]} and a {kind}")
            found[name] = kind


def _check_flows(modules: tuple[Module, ...]) -> None:
    """A flow that two modules declare would be counted twice."""
    owner: dict[str, str] = {}
    for module in modules:
        for flow in module.flows:
            if flow.name in owner:
                raise ModelError(
                    f"flow {flow.name!r} is declared by both {owner[flow.name]} and {module.name}"
                )
            owner[flow.name] = module.name


def _rate_of(state: State, modules: tuple[Module, ...]) -> Expression:
    gains = [flow.rate for module in modules for flow in module.flows if flow.target == state]
    losses = [flow.rate for module in modules for flow in module.flows if flow.source == state]
    changes = [change.rate for module in modules for change in module.changes if change.state == state]
    return total([*gains, *changes, *(-loss for loss in losses)])


def _resolve(modules: tuple[Module, ...], outputs: Mapping[str, Output]) -> dict[Expression, Expression]:
    """Signal -> expression of states and parameters only."""
    for module in modules:
        for signal in module.inputs:
            _check_given(signal, module, modules, outputs)
    resolved: dict[Expression, Expression] = {}
    for output in outputs.values():
        _define(output, outputs, resolved, ())
    return resolved


def _check_given(
    signal: Signal, reader: Module, modules: tuple[Module, ...], outputs: Mapping[str, Output]
) -> None:
    name = signal.name
    if name not in outputs:
        readers = [item.name for item in modules if name in {other.name for other in item.inputs}]
        near = get_close_matches(name, outputs, n=1)
        raise ModelError(
            f"signal {name!r} is read by {', '.join(readers)} and given by no module",
            advice=f"Did you mean {near[0]!r}?" if near else "Add the module that gives it.",
        )
    if outputs[name].unit != signal.unit:
        given, read = outputs[name].unit or "a pure number", signal.unit or "a pure number"
        raise ModelError(f"signal {name!r} is given in {given} and read in {read} by {reader.name}")


def _define(
    output: Output,
    outputs: Mapping[str, Output],
    resolved: dict[Expression, Expression],
    path: tuple[str, ...],
) -> Expression:
    key = output.signal.expression
    if key in resolved:
        return resolved[key]
    if output.name in path:
        raise ModelError(f"signals depend on each other in a circle: {' -> '.join((*path, output.name))}")
    inner = {
        item: _define(outputs[item.name], outputs, resolved, (*path, output.name))
        for item in symbols(output.value, Kind.SIGNAL)
        if item.name in outputs
    }
    resolved[key] = substitute(output.value, inner)
    return resolved[key]


def _resolved_inlet(inlet: Inlet, definitions: Mapping[Expression, Expression]) -> Inlet:
    return Inlet(
        name=inlet.name,
        state=inlet.state,
        fraction=substitute(inlet.fraction, definitions),
        lag=substitute(inlet.lag, definitions),
        duration=None if inlet.duration is None else substitute(inlet.duration, definitions),
        group=inlet.group,
        rate=None if inlet.rate is None else substitute(inlet.rate, definitions),
    )


def check_module(module: Module) -> None:
    """Check that a module's equations use only what it declares and that their units agree.

    Parameters
    ----------
    module : Module

    Raises
    ------
    ModelError
        Naming the module, the equation and the fault.
    """
    given = tuple(output.signal for output in module.outputs)
    parts: tuple[State | Parameter | Signal, ...] = (
        *module.states,
        *module.parameters,
        *module.inputs,
        *given,
    )
    for part in parts:
        if not is_coherent(part.unit):
            where = f"module {module.name}, {part.name}"
            raise ModelError(f"the unit {part.unit!r} needs a factor", where=where, expected=_COHERENT)
    constants = {item.expression for item in module.parameters}
    declared = {part.expression for part in parts} | {TIME}
    for flow in module.flows:
        _check_flow(flow, module, declared)
    for change in module.changes:
        where = f"module {module.name}, change of {change.state.name}"
        _check_rate(change.rate, change.state, module, declared, where)
    for output in module.outputs:
        _check(output.value, output.unit, declared, f"module {module.name}, signal {output.name}")
    for state in module.states:
        where = f"module {module.name}, start of {state.name}"
        _check(as_expression(state.initial), state.unit, constants, where)
    for inlet in module.inlets:
        _check_inlet(inlet, module, constants)


def _check_flow(flow: Flow, module: Module, declared: set[Expression]) -> None:
    where = f"module {module.name}, flow {flow.name}"
    ends = [state for state in (flow.source, flow.target) if state is not None]
    if not ends:
        raise ModelError("the flow has neither source nor target", where=where)
    for state in ends:
        _check_rate(flow.rate, state, module, declared, where)


def _check_rate(
    rate: Expression, state: State, module: Module, declared: set[Expression], where: str
) -> None:
    if state not in module.states:
        raise ModelError(f"state {state.name!r} is not declared by the module", where=where)
    _check(rate, f"{state.unit}/h" if state.unit else "1/h", declared, where)


def _check_inlet(inlet: Inlet, module: Module, constants: set[Expression]) -> None:
    """Check what the engine works out once a dose: it may depend on parameters and the dose only."""
    where = f"module {module.name}, inlet {inlet.name}"
    if inlet.state not in module.states:
        raise ModelError(f"state {inlet.state.name!r} is not declared by the module", where=where)
    _check(inlet.fraction, "", constants | {DOSE}, where)
    _check(inlet.lag, "h", constants, where)
    _check(constant(0.0) if inlet.duration is None else inlet.duration, "h", constants, where)
    if inlet.rate is not None:
        _check(inlet.rate, f"{inlet.state.unit}/h", constants, where)


def _check(expression: Expression, unit: str, allowed: set[Expression], where: str) -> None:
    for item in symbols(expression):
        if item not in allowed:
            raise ModelError(f"{item.name!r} is used and not declared by the module", where=where)
    check_unit(expression, unit, where)
