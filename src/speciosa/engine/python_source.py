"""Programs as plain Python functions on scalars: what the reference target runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from speciosa.engine.program import Program
from speciosa.model import Expression, Kind, Model, Op

Function = Callable[..., list[float]]
_TEMPLATE: Mapping[Op, str] = {
    Op.ADD: "{} + {}",
    Op.MULTIPLY: "{} * {}",
    Op.DIVIDE: "divide({}, {})",
    Op.POWER: "power({}, {})",
    Op.EXP: "exponential({})",
    Op.LOG: "logarithm({})",
    Op.MAXIMUM: "maximum({}, {})",
    Op.MINIMUM: "minimum({}, {})",
    Op.SELECT: "({2} if {0} > {1} else {3})",
    Op.DELAYED: "past.value({place}, t, {1}, {0})",
    Op.PAST_SLOPE: "past.slope({place}, t, {1})",
}
CLOCK = -1  # place of the time where places of states are asked for


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except (ValueError, OverflowError):
        return math.nan


def _exponential(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def _logarithm(a: float) -> float:
    return math.log(a) if a > 0.0 else math.nan


def _maximum(a: float, b: float) -> float:
    return b if b > a else a


def _minimum(a: float, b: float) -> float:
    return b if b < a else a


_NAMES: Mapping[str, Any] = {
    "divide": _divide,
    "power": _power,
    "exponential": _exponential,
    "logarithm": _logarithm,
    "maximum": _maximum,
    "minimum": _minimum,
}


class Emitter:
    """Writes the programs of one model.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self._state = {state.name: index for index, state in enumerate(model.states)}
        self._parameter = {item.name: index for index, item in enumerate(model.parameters)}

    def prologue(self, program: Program) -> Function:
        """Function of the parameters ``f(p)`` that gives the hoisted values of a program."""
        inner = Program.of(program.hoisted)
        return self._function(inner, "p", set(), {})

    def function(self, program: Program) -> Function:
        """Function ``f(t, y, p, q, dose=0, past=None)`` of time, states, parameters and hoisted values.

        `past` is needed by what looks back.
        """
        given = {node: f"q[{index}]" for index, node in enumerate(program.hoisted)}
        return self._function(program, "t, y, p, q, dose=0.0, past=None", set(program.fixed), given)

    def _function(
        self, program: Program, arguments: str, skipped: set[Expression], given: Mapping[Expression, str]
    ) -> Function:
        written: dict[Expression, str] = dict(given)
        lines = []
        for index, node in enumerate(program.nodes):
            if node in written or node in skipped:
                continue
            if not node.args:
                written[node] = self._leaf(node)
                continue
            place = self._state.get(node.args[0].name, CLOCK)
            line = _TEMPLATE[node.op].format(*(written[arg] for arg in node.args), place=place)
            lines.append(f"    v{index} = {line}")
            written[node] = f"v{index}"
        results = ", ".join(written[node] for node in program.results)
        return _compiled("\n".join([f"def run({arguments}):", *lines, f"    return [{results}]"]))

    def _leaf(self, node: Expression) -> str:
        if node.op is Op.CONSTANT:
            return f"({node.value!r})"
        match node.kind:
            case Kind.STATE:
                return f"y[{self._state[node.name]}]"
            case Kind.PARAMETER:
                return f"p[{self._parameter[node.name]}]"
            case Kind.DOSE:
                return "dose"
            case _:
                return "t"


def _compiled(source: str) -> Function:
    names: dict[str, Any] = dict(_NAMES)
    exec(compile(source, "<model>", "exec"), names)  # the source is made here, of checked nodes
    run: Function = names["run"]
    return run


def functions(emitter: Emitter, results: Sequence[Expression]) -> tuple[Function, Function]:
    """Prologue and function of some results."""
    program = Program.of(results)
    return emitter.prologue(program), emitter.function(program)
