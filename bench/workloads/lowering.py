"""From a model of this program to a `Problem`: the very equations that our engine solves, as Python text.

What depends on parameters alone stands in a prologue that runs once a person, as in our own engine, so that
no other one pays for it at every evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from speciosa.engine import Events
from speciosa.engine.program import Program, jacobian
from speciosa.errors import EngineError
from speciosa.model import Expression, Kind, Model, Op, constant, evaluate, substitute
from speciosa.model.expression import DOSE, as_expression
from workloads.case import Case
from workloads.definition import FloatArray
from workloads.problem import Problem

TEMPLATE = {
    Op.ADD: "{} + {}",
    Op.MULTIPLY: "{} * {}",
    Op.DIVIDE: "{} / {}",
    Op.POWER: "{} ** {}",
    Op.EXP: "exp({})",
    Op.LOG: "log({})",
    Op.MAXIMUM: "max({}, {})",
    Op.MINIMUM: "min({}, {})",
    Op.SELECT: "({2} if {0} > {1} else {3})",
}


def problem(case: Case, times: FloatArray) -> Problem:
    """Write a model out.

    Parameters
    ----------
    case : Case
        With one schedule of boluses for all.
    times : (times,) float

    Raises
    ------
    EngineError
        If doses are not boluses.
    """
    model, parameters = case.model, case.parameters
    (events,) = case.schedules.events
    names = [item.name for item in model.parameters]
    people = [dict(zip(names, row, strict=True)) for row in parameters.tolist()]
    initial = [[evaluate(as_expression(state.initial), row) for state in model.states] for row in people]
    time, amount, state = _doses(model, events, people)
    return Problem(
        source=source(model, case.outputs),
        parameters=parameters,
        initial=np.array(initial),
        scale=np.array([state.scale for state in model.states]),
        dose_time=time,
        dose_amount=amount,
        dose_state=state,
        times=times,
    )


def _doses(
    model: Model, events: Events, people: list[dict[str, float]]
) -> tuple[FloatArray, FloatArray, np.ndarray]:
    if (events.evid != 1).any() or events.rate.any() or events.steady_state.any():
        raise EngineError("the schedule cannot be written out", expected="boluses")
    if any(inlet.duration is not None for inlet in model.inlets):
        raise EngineError("an inlet has a duration", expected="inlets for boluses")
    repeats = events.additional + 1
    inlet, given = np.repeat(events.inlet, repeats), np.repeat(events.amount, repeats)
    turn = np.concatenate([np.arange(count) for count in repeats])
    time = np.repeat(events.time, repeats) + turn * np.repeat(events.interval, repeats)
    state = np.array([model.state_index[item.state.name] for item in model.inlets])
    known: dict[tuple[int, float], tuple[Expression, Expression]] = {}
    for index, size in {*zip(inlet.tolist(), given.tolist(), strict=True)}:
        part, value = model.inlets[index], {DOSE: constant(size)}
        known[index, size] = (substitute(part.fraction, value), substitute(part.lag, value))
    begins, arrives = np.empty((len(people), len(time))), np.empty((len(people), len(time)))
    for person, row in enumerate(people):
        shares = {key: (evaluate(one, row), evaluate(two, row)) for key, (one, two) in known.items()}
        pairs = np.array([shares[key] for key in zip(inlet.tolist(), given.tolist(), strict=True)])
        begins[person], arrives[person] = time + pairs[:, 1], given * pairs[:, 0]
    order = np.argsort(begins, axis=1, kind="stable")
    return (
        np.take_along_axis(begins, order, axis=1),
        np.take_along_axis(arrives, order, axis=1),
        np.take_along_axis(np.broadcast_to(state[inlet], begins.shape), order, axis=1),
    )


def source(model: Model, outputs: Sequence[str]) -> str:
    """Text of the functions of a `Problem`."""
    entries = jacobian(model.derivatives, [state.expression for state in model.states])
    read = [model.output(name).value for name in outputs]
    hoisted = Program.of([*model.derivatives, *entries.values(), *read]).hoisted
    n, count = len(model.states), len(model.parameters)
    kept = {node: f"q[{index}]" for index, node in enumerate(hoisted)}
    behind = {node: f"p[{count + index}]" for index, node in enumerate(hoisted)}
    scale = [state.scale for state in model.states]
    plain = _Writer(_leaves(model, [1.0] * n))
    scaled = _Writer(_leaves(model, scale))
    rates, matrix, found = f"d = empty({n})", f"m = zeros(({n}, {n}))", f"o = empty({len(read)})"
    places = [f"m[{row}, {column}] = {{}}" for row, column in entries]
    slopes = model.derivatives
    return "\n".join([
        plain.function("prologue(p)", hoisted, {}, f"q = empty({len(hoisted)})", _each("q", hoisted), "q"),
        plain.function("rates(t, y, p, q)", slopes, kept, rates, _each("d", slopes), "d"),
        plain.function("jacobian(t, y, p, q)", list(entries.values()), kept, matrix, places, "m"),
        plain.function("outputs(t, y, p, q)", read, kept, found, _each("o", read), "o"),
        scaled.function(
            "scaled_rates(t, y, d, p)", slopes, behind, "",
            [f"d[{index}] = ({{}}) / {size!r}" for index, size in enumerate(scale)], "",
        ),
    ])  # fmt: skip


def _each(name: str, items: Sequence[Expression]) -> list[str]:
    return [f"{name}[{index}] = {{}}" for index in range(len(items))]


def _leaves(model: Model, scale: Sequence[float]) -> Mapping[str, str]:
    """Text of every symbol by name."""
    states = {
        state.name: f"y[{index}]" if size == 1.0 else f"(y[{index}] * {size!r})"
        for index, (state, size) in enumerate(zip(model.states, scale, strict=True))
    }
    return {**states, **{item.name: f"p[{index}]" for index, item in enumerate(model.parameters)}}


class _Writer:
    """Writes functions of one model, each distinct operation once."""

    def __init__(self, leaves: Mapping[str, str]) -> None:
        self._leaves = leaves

    def function(
        self,
        head: str,
        results: Sequence[Expression],
        given: Mapping[Expression, str],
        opening: str,
        places: Sequence[str],
        answer: str,
    ) -> str:
        """One function; `given` are results of the prologue."""
        program = Program.of(results)
        written, lines = dict(given), [opening] if opening else []
        for index, node in enumerate(program.nodes):
            if node in written or (given and node in program.fixed):
                continue
            if node.args:
                text = TEMPLATE[node.op].format(*(written[arg] for arg in node.args))
                lines.append(f"v{index} = {text}")
                written[node] = f"v{index}"
            else:
                written[node] = self._leaf(node)
        lines += [place.format(written[node]) for place, node in zip(places, results, strict=True)]
        lines += [f"return {answer}"] if answer else []
        return "\n".join([f"def {head}:", *(f"    {line}" for line in lines), ""])

    def _leaf(self, node: Expression) -> str:
        if node.op is Op.CONSTANT:
            return f"({node.value!r})"
        return "t" if node.kind is Kind.TIME else self._leaves[node.name]
