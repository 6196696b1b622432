"""A person's numbers do not depend on lanes, threads, portions or company; nobody suffers from another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_models import IV, ORAL, SLOW, one_compartment

from speciosa.engine import Events, Schedules, Serial, Status, Threads, compile_model
from speciosa.engine.batch import Batch
from speciosa.engine.kernel import Kernel

pytest.importorskip("llvmlite")
from speciosa.engine.targets.llvm.target import Vectorized

N = 37
TIMES = np.arange(0.0, 73.0)


def people(n: int = N) -> np.ndarray:
    model = one_compartment()
    typical = np.array([item.value for item in model.parameters])
    return typical * np.exp(0.4 * np.random.default_rng(7).standard_normal((n, len(typical))))


def events() -> Events:
    """Doses by all three inlets, an infusion among them."""
    made = Events.boluses(np.array([0.0, 8.0, 24.0, 30.5]), np.array([ORAL, SLOW, IV, ORAL]), 100.0)
    return replace(made, rate=np.array([0.0, 0.0, 20.0, 0.0]))


@pytest.fixture(params=["rosenbrock", "exponential"], scope="module")
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kernel(method: str, width: int | None = None) -> Kernel:
    model = one_compartment()
    made = compile_model(model, target="llvm", method=method)
    return replace(made, compiled=Vectorized(model, model.outputs, 1e-6, 1e-9, width, method))


def answer(made: Kernel, table: np.ndarray, **options: object) -> np.ndarray:
    return made.run(table, Schedules.shared(events(), len(table)), TIMES, **options).values  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def right(method: str) -> np.ndarray:
    return answer(kernel(method), people())


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16])
def test_any_number_of_lanes(width: int, method: str, right: np.ndarray) -> None:
    assert np.isfinite(right).all()
    assert (answer(kernel(method, width), people()) == right).all()


def test_any_number_of_threads(method: str, right: np.ndarray) -> None:
    for executor in (Serial(), Threads(2), Threads(5)):
        assert (answer(kernel(method, 4), people(), executor=executor) == right).all()


def test_any_portion(method: str, right: np.ndarray) -> None:
    made, table = kernel(method, 4), people()
    batch = Batch(table, Schedules.shared(events(), N), TIMES, np.zeros(N), is_before=False)
    for size in (1, 3, 10):
        values = np.empty_like(right)
        for first in range(0, N, size):
            part = slice(first, min(first + size, N))
            assert made.compiled.fill(batch.part(part.start, part.stop), values[part]) == ()
        assert (values == right).all()


def test_alone_and_in_any_place_of_a_crowd(method: str, right: np.ndarray) -> None:
    made, table = kernel(method), people()
    assert (answer(made, table[11:12]) == right[11:12]).all()
    assert (answer(made, table[::-1].copy()) == right[::-1]).all()


def test_schedules_of_their_own(method: str, right: np.ndarray) -> None:
    made, table = kernel(method), people()
    other = Events.boluses(np.array([3.0]), ORAL, 50.0)
    of_person = np.arange(N) % 2
    mixed = made.run(table, Schedules((events(), other), of_person), TIMES)
    assert mixed.failures == ()
    assert (mixed.values[of_person == 0] == right[of_person == 0]).all()
    lone = made.run(table[1:2], Schedules.shared(other, 1), TIMES, start=0.0)
    assert (mixed.values[1] == lone.values[0]).all()


FAULTS = [
    ("CL", np.nan, Status.BAD_INPUT),
    ("CL", np.inf, Status.BAD_INPUT),
    ("V", 0.0, Status.NOT_FINITE),
    ("CL", -2000.0, None),
    ("lag", np.nan, Status.BAD_INPUT),
    ("ka", -1e300, None),
]


@pytest.mark.parametrize(("name", "value", "status"), FAULTS)
def test_a_broken_person_leaves_the_others_untouched(
    name: str, value: float, status: Status | None, method: str
) -> None:
    model, made, table = one_compartment(), kernel(method), people(128)
    right = answer(made, table)
    broken = [0, 5, 6, 64, 65, 66, 100, 127]
    table[broken, model.parameter_index[name]] = value
    found = made.run(table, Schedules.shared(events(), 128), TIMES)
    others = np.setdiff1d(np.arange(128), broken)
    assert (found.values[others] == right[others]).all()
    assert [failure.person for failure in found.failures] == broken
    assert np.isnan(found.values[broken]).all()
    assert (found.status[others] == 0).all()
    assert (found.status[broken] > 0).all()
    if status is not None:
        assert {failure.status for failure in found.failures} == {status}
    assert all(failure.state for failure in found.failures)


def test_progress_reaches_everybody() -> None:
    seen: list[tuple[int, int]] = []
    answer(
        kernel("rosenbrock", 1),
        people(),
        executor=Serial(),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (N, N)
    assert seen == sorted(seen)
    assert len(seen) > 1
