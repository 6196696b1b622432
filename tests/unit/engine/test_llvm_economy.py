"""What the compiled target spares itself leaves its answers as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_models import DEPOT, IV, ORAL, one_compartment

from speciosa.engine import Events, Schedules, compile_model
from speciosa.engine.batch import Batch
from speciosa.model import Kind, Model, Op, Output, Signal, select
from speciosa.model.expression import symbol

pytest.importorskip("llvmlite")
from speciosa.engine.targets.llvm.equations import DEPTH, Equations
from speciosa.engine.targets.llvm.graph import Graph
from speciosa.engine.targets.llvm.target import Vectorized

TIMES = np.linspace(0.0, 72.0, 145)
A, B = (symbol(name, "", Kind.PARAMETER) for name in "ab")
X, Y = (symbol(name, "", Kind.STATE) for name in "xy")


def operations(graph: Graph, op: Op) -> int:
    return sum(node.op is op for node in graph.nodes)


def test_quotients_by_one_number_share_a_division() -> None:
    graph = Graph()
    for item in (X / (1.0 + Y), A / (1.0 + Y), 1.0 / (1.0 + Y)):
        graph.add(item)
    assert operations(graph, Op.DIVIDE) == 1


def test_a_quotient_by_a_choice_between_fixed_numbers_divides_once_a_person() -> None:
    graph = Graph()
    graph.add(X / select(X, Y, A, B))
    assert [graph.is_fixed[item] for item, node in enumerate(graph.nodes) if node.op is Op.DIVIDE] == [
        True,
        True,
    ]


def test_fixed_factors_come_together() -> None:
    graph = Graph()
    root = graph.add(A * (B * (X / A)))
    assert [graph.is_fixed[arg] for arg in graph.nodes[root].args] == [True, False]
    assert graph.nodes[root].args[1] == graph.add(X)


def with_depot(model: Model) -> Model:
    """The same with the depot among the outputs."""
    depot = Output(Signal("depot amount", "nmol", "depot"), DEPOT.expression)
    return replace(model, outputs=(*model.outputs, depot))


def solved(model: Model, table: np.ndarray, outputs: int | None = None) -> tuple[np.ndarray, int]:
    """The plasma concentration and the steps that were tried."""
    target = Vectorized(model, model.outputs[:outputs], 1e-6, 1e-9, method="rosenbrock")
    schedules = Schedules.shared(Events.boluses(np.array([0.0, 24.0, 48.0]), ORAL, 100.0), len(table))
    batch = Batch(table, schedules, TIMES, np.zeros(len(table)), is_before=False)
    values = np.empty((len(table), len(TIMES), len(model.outputs[:outputs])))
    workspace = target.workspace()
    work, _ = target.work(batch, np.arange(len(table)), values, workspace)
    assert target.call(work, workspace) == []
    return values[..., 0], int(work.attempts.sum())


def test_a_depot_that_nobody_sees_is_as_right_as_what_it_flows_into() -> None:
    model = one_compartment()
    hidden, seen = Equations(model, model.outputs), Equations(with_depot(model), with_depot(model).outputs)
    assert list(hidden.drains) == [model.state_index[DEPOT.name]]
    assert seen.drains == {}
    typical = np.array([[item.value for item in model.parameters]])
    fast, few = solved(model, typical)
    slow, many = solved(with_depot(model), typical)
    assert few < 0.8 * many
    exact = compile_model(model, target="llvm", method="exponential").run(
        typical, Schedules.shared(Events.boluses(np.array([0.0, 24.0, 48.0]), ORAL, 100.0), 1), TIMES
    )
    right = exact.values[..., 0]
    for found in (fast, slow):
        assert (np.abs(found - right) <= 3e-6 * np.maximum(right, 1e-3 * right.max())).all()


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e12])
def test_a_depot_that_does_not_flow(value: float) -> None:
    model = one_compartment(ka=value)
    found, _ = solved(model, np.array([[item.value for item in model.parameters]]))
    assert np.isfinite(found).all()
    assert (found >= 0.0).all()


@pytest.mark.parametrize("count", [1, DEPTH - 1, DEPTH, DEPTH + 1, 5 * DEPTH])
def test_outputs_that_are_held_reach_their_rows(count: int) -> None:
    """Any number of times between two stops, with a person in each lane who ends at another turn."""
    model = one_compartment()
    typical = np.array([item.value for item in model.parameters])
    table = typical * np.exp(0.3 * np.random.default_rng(3).standard_normal((21, len(typical))))
    schedules = Schedules.shared(Events.boluses(np.array([0.0, 5.0]), IV, 100.0), len(table))
    times = np.linspace(0.0, 10.0, count + 2)
    found, right = (
        compile_model(model, target="llvm", method=method).run(table, schedules, times).values
        for method in ("rosenbrock", "exponential")
    )
    assert np.abs(found - right).max() < 1e-5 * np.abs(right).max()
