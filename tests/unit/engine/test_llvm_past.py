"""The past of a person in a lane: the same bits in any company, however many steps are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.engine import Events, Kernel, Schedules, Serial, Status, Threads, compile_model
from speciosa.engine.batch import Batch
from speciosa.model import Change, Inlet, Model, Module, Output, Parameter, Signal, State, compose, delayed

pytest.importorskip("llvmlite")
from speciosa.engine.targets.llvm import target as target_module
from speciosa.engine.targets.llvm.target import Vectorized

N = 37
TIMES = np.arange(0.0, 40.0, 0.5)
K, TAU = Parameter("k", "1/h", ""), Parameter("tau", "h", "")


def feedback() -> Model:
    """A level held down by itself as it was one passage ago; it swings, and the passage varies with it."""
    level, flow = State("level", "", "", initial=0.3), State("flow", "", "", initial=1.0)
    then = delayed(level, TAU / flow)
    module = Module(
        "feedback", "", (level, flow), (K, TAU),
        outputs=(Output(Signal("y", "", ""), 1.0 * level), Output(Signal("then", "", ""), then)),
        changes=(
            Change(level, K * (2.0 / (1.0 + then**6.0) - level)),
            Change(flow, 0.3 * K * (0.5 + level - flow)),
        ),
        inlets=(Inlet("in", level),),
    )  # fmt: skip
    return compose([module], values={"k": 1.0, "tau": 2.0})


def people(n: int = N) -> np.ndarray:
    return np.array([1.0, 2.0]) * np.exp(0.3 * np.random.default_rng(5).standard_normal((n, 2)))


def kernel(width: int | None = None) -> Kernel:
    model = feedback()
    made = compile_model(model, target="llvm")
    return replace(made, compiled=Vectorized(model, model.outputs, 1e-6, 1e-9, width))


EVENTS = Events.boluses(np.array([3.0, 11.25]), 0, 0.5)


def answer(made: Kernel, table: np.ndarray, **options: object) -> np.ndarray:
    return made.run(table, Schedules.shared(EVENTS, len(table)), TIMES, start=0.0, **options).values  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def right() -> np.ndarray:
    return answer(kernel(), people())


def test_the_answer_is_that_of_the_reference(right: np.ndarray) -> None:
    oracle = compile_model(feedback(), target="reference")
    assert np.abs(right[:5] - answer(oracle, people()[:5])).max() < 2e-5


@pytest.mark.parametrize("width", [1, 2, 4, 16])
def test_any_number_of_lanes(width: int, right: np.ndarray) -> None:
    assert np.isfinite(right).all()
    assert (answer(kernel(width), people()) == right).all()


def test_threads_portions_and_company(right: np.ndarray) -> None:
    made, table = kernel(4), people()
    for executor in (Serial(), Threads(3)):
        assert (answer(made, table, executor=executor) == right).all()
    assert (answer(made, table[11:12]) == right[11:12]).all()
    assert (answer(made, table[::-1].copy()) == right[::-1]).all()
    batch = Batch(table, Schedules.shared(EVENTS, N), TIMES, np.zeros(N), is_before=False)
    values = np.empty_like(right)
    for first in range(0, N, 5):
        assert made.compiled.fill(batch.part(first, min(first + 5, N)), values[first : first + 5]) == ()
    assert (values == right).all()


def test_who_looks_back_further_than_is_kept_gets_more_room(
    right: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_module, "RING", 8)
    assert (answer(kernel(), people()) == right).all()
    monkeypatch.setattr(target_module, "LONGEST_RING", 8)
    solution = kernel().run(people(), Schedules.shared(EVENTS, N), TIMES, start=0.0)
    assert {failure.status for failure in solution.failures} == {Status.PAST_LOST}
    assert "past lost at t = " in solution.failures[0].text
    assert solution.failures[0].text.endswith("look for a delay that is far too long.")


@pytest.mark.parametrize(("column", "value"), [(0, np.nan), (0, -1e9), (1, np.inf)])
def test_a_broken_person_leaves_the_others_untouched(column: int, value: float, right: np.ndarray) -> None:
    table, broken = people(), [0, 7, 8, 36]
    table[broken, column] = value
    found = kernel().run(table, Schedules.shared(EVENTS, N), TIMES, start=0.0)
    others = np.setdiff1d(np.arange(N), broken)
    assert (found.values[others] == right[others]).all()
    assert [failure.person for failure in found.failures] == broken
    assert np.isnan(found.values[broken]).all()


def test_a_delay_below_zero_is_none() -> None:
    table = people(3)
    table[1, 1] = -5.0
    found = kernel().run(table, Schedules.shared(EVENTS, 3), TIMES, start=0.0)
    assert found.failures == ()
    plain = compile_model(feedback(), target="reference").run(
        table[1:2], Schedules.shared(EVENTS, 1), TIMES, start=0.0
    )
    assert np.abs(found.values[1] - plain.values[0]).max() < 2e-5
