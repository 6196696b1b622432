"""Equations that look back: closed forms, an independent solution, and delays that vary, on every target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from scipy.integrate import solve_ivp

from speciosa.engine import Events, Schedules, Solution, compile_model
from speciosa.engine.batch import Batch
from speciosa.errors import EngineError
from speciosa.model import (
    TIME,
    Change,
    Expression,
    Inlet,
    Model,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    compose,
    delayed,
    maximum,
    select,
)

FloatArray = npt.NDArray[np.float64]
# The largest error against the right answer: that of the oracle, and that of 1e-9 asked of the fast target.
CLOSE = {"reference": 1e-8, "llvm": 1e-7}
X = State("x", "", "", initial=1.0)
K, TAU = Parameter("k", "1/h", ""), Parameter("tau", "h", "")
TARGETS = ("reference", "llvm")


def lone(rate: Expression, **values: float) -> Model:
    module = Module(
        "lone", "", (X,), (K, TAU),
        outputs=(Output(Signal("value", "", ""), 1.0 * X), Output(Signal("then", "", ""), delayed(X, TAU))),
        changes=(Change(X, rate),),
        inlets=(Inlet("in", X),),
    )  # fmt: skip
    return compose([module], values={"k": 1.0, "tau": 1.0, **values})


def run(
    model: Model, target: str, times: FloatArray, doses: tuple[float, ...] = (), amount: float = 1.0
) -> Solution:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    tight = (1e-9, 1e-12)
    kernel = compile_model(model, target=target, rtol=tight[0], atol=tight[1])
    typical = np.array([[item.value for item in model.parameters]])
    schedule = Schedules.shared(Events.boluses(np.array(doses), 0, amount), 1)
    found = kernel.run(typical, schedule, times, start=0.0)
    assert found.failures == ()
    return found


def by_steps(t: FloatArray) -> FloatArray:
    """``y' = -y(t)`` up to 1 and ``y' = -y(t - 1)`` from there on, with y(0) = 1, up to 3."""
    e = np.exp(-1.0)
    second = 2.0 * e - 1.0
    return np.where(
        t <= 1.0,
        np.exp(-t),
        np.where(
            t <= 2.0,
            e + np.exp(1.0 - t) - 1.0,
            second - (e - 1.0) * (t - 2.0) - 1.0 + np.exp(-(t - 2.0)),
        ),
    )


@pytest.mark.parametrize("target", TARGETS)
def test_the_method_of_steps_in_closed_form(target: str) -> None:
    times = np.linspace(0.0, 3.0, 61)
    found = run(lone(-K * delayed(X, TAU)), target, times).values[0]
    assert np.abs(found[:, 0] - by_steps(times)).max() < CLOSE[target]
    then = np.where(times <= 1.0, by_steps(times), by_steps(times - 1.0))
    # Where the start is met the value before and the one after are both right.
    assert np.abs(found[:, 1] - then)[np.abs(times - 1.0) > 1e-9].max() < CLOSE[target]


@pytest.mark.parametrize("target", TARGETS)
def test_a_dose_is_met_again(target: str) -> None:
    """Nothing moves but by the dose at 0.5: x' = x(t - 1) - 1 stands still at 1."""
    times = np.linspace(0.0, 2.5, 101)
    found = run(lone(K * (delayed(X, TAU) - 1.0)), target, times, doses=(0.5,)).values[0, :, 0]
    # Until 1 the value of now counts, so that what is given grows; x(t - 1) jumps by the dose at 1.5.
    grown = np.where(times >= 0.5, np.exp(np.minimum(times, 1.0) - 0.5), 0.0)
    right = 1.0 + grown
    later = times >= 1.5
    right[later] += np.exp(times[later] - 1.5) - 1.0
    last = times > 2.0
    right[last] = 1.0 + np.exp(0.5) + (np.exp(0.5) - 1.0) + np.exp(0.5) * (times[last] - 2.0)
    assert np.abs(found - right).max() < CLOSE[target] * right.max()


def shooting(times: FloatArray) -> FloatArray:
    """``x' = -x(t / 2)`` from 1 on, by its power series: x = sum of (-1)^n 2^(-n(n-1)/2) t^n / n!."""
    total, term = np.zeros_like(times), np.ones_like(times)
    for n in range(30):
        total += term
        term = term * -times / (n + 1) * 0.5**n
    return total


@pytest.mark.parametrize("target", TARGETS)
def test_a_delay_that_starts_at_nothing_and_grows(target: str) -> None:
    """The pantograph equation: t - delay = t / 2 never reaches before the start."""
    times = np.linspace(0.0, 4.0, 33)
    found = run(lone(-K * delayed(X, 0.5 * TIME)), target, times).values[0, :, 0]
    assert np.abs(found - shooting(times)).max() < CLOSE[target]


@pytest.mark.parametrize("target", TARGETS)
def test_a_delay_that_ends_takes_the_value_of_now(target: str) -> None:
    delay = select(TAU * 2.5, TIME, TAU, 0.0)
    times = np.linspace(0.0, 5.0, 101)
    found = run(lone(-K * delayed(X, delay)), target, times).values[0, :, 0]
    at_end = by_steps(np.array([2.5]))[0]
    right = np.where(times <= 2.5, by_steps(times), at_end * np.exp(-(times - 2.5)))
    assert np.abs(found - right).max() < 10.0 * CLOSE[target]


@pytest.mark.parametrize("target", TARGETS)
def test_a_delay_that_shrinks_to_nothing(target: str) -> None:
    """``x' = -x(t - (1 - t))`` from 0.5 to 1: known from the first half, where the value of now counts."""
    delay = maximum(0.0, TAU - TIME)
    times = np.linspace(0.0, 2.0, 81)
    found = run(lone(-K * delayed(X, delay)), target, times).values[0, :, 0]

    # t - delay = 2 t - 1 maps [1 - s, 1 - s / 2] to [1 - 2 s, 1 - s]: values follow piece by piece.
    edges, value = 1.0 - 0.5 ** np.arange(1, 40), np.exp(-0.5)
    known: list[tuple[float, Callable[[float], float]]] = [(0.0, lambda t: float(np.exp(-t)))]
    for left, end in pairwise(edges):
        solved = solve_ivp(
            lambda t, y, past=known[-1][1]: [-past(2.0 * t - 1.0)], (left, end), [value],
            method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True,
        )  # fmt: skip
        value = float(solved.y[0, -1])
        known.append((left, lambda t, sol=solved.sol: float(sol(t)[0])))
    right = np.array(
        [
            next(piece for left, piece in reversed(known) if left <= time)(min(time, edges[-1]))
            for time in times
        ]
    ) * np.exp(-np.maximum(times - 1.0, 0.0))
    assert np.abs(found - right).max() < 10.0 * CLOSE[target]


def flowing(**values: float) -> Model:
    """A content that answers to itself as it was one passage ago, where a passage takes 1 / flow."""
    content, flow = State("content", "", "", initial=0.2), State("flow", "", "", initial=1.0)
    then = delayed(content, TAU / flow)
    module = Module(
        "flowing", "", (content, flow), (K, TAU),
        outputs=(Output(Signal("c", "", ""), 1.0 * content), Output(Signal("then", "", ""), then)),
        changes=(
            Change(content, 2.0 * K * (flow / (1.0 + then**4.0) - 0.5 * content)),
            Change(flow, 0.8 * K * (0.4 + content - flow)),
        ),
        inlets=(Inlet("in", content),),
    )  # fmt: skip
    return compose([module], values={"k": 1.0, "tau": 1.0, **values})


def independently(times: FloatArray, dose: float, tau: float) -> FloatArray:
    """The same by an explicit method of order 8 in short intervals, with a history of its own."""
    known: list[tuple[float, float, Callable[[float], FloatArray]]] = []

    def then(t: float, y: FloatArray) -> float:
        moment = t - tau / y[1]
        if moment < 0.0 or not known:
            return float(y[0])
        return float(next(piece for left, end, piece in reversed(known) if left <= moment)(moment)[0])

    def slope(t: float, y: FloatArray) -> list[float]:
        return [2.0 * (y[1] / (1.0 + then(t, y) ** 4) - 0.5 * y[0]), 0.8 * (0.4 + y[0] - y[1])]

    y, found = np.array([0.2, 1.0]), np.empty(len(times))
    edges = np.unique(np.round(np.arange(0.0, times[-1] + 0.05, 0.05), 9))
    for left, end in pairwise(edges):
        if abs(left - 2.0) < 1e-9:
            y = y + np.array([dose, 0.0])
        solved = solve_ivp(
            slope, (left, end), y, method="DOP853", rtol=1e-11, atol=1e-13, dense_output=True, max_step=0.01
        )
        inside = (times >= left) & (times < end)
        found[inside] = [solved.sol(time)[0] for time in times[inside]]
        known.append((left, end, solved.sol))
        y = solved.y[:, -1]
    found[times == edges[-1]] = y[0]
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_a_delay_that_depends_on_the_states_with_a_dose_on_the_way(target: str) -> None:
    times = np.linspace(0.0, 8.0, 81)
    right = independently(times, 0.5, 0.9)
    found = run(flowing(tau=0.9), target, times, doses=(2.0,), amount=0.5).values[0, :, 0]
    # The jumps of the past are where the independent solution is least exact: within 1e-7.
    assert np.abs(found - right).max() < 2e-7


@pytest.mark.parametrize("target", TARGETS)
def test_a_reset_forgets_the_past(target: str) -> None:
    times = np.linspace(0.0, 4.0, 41)
    model = lone(-K * delayed(X, TAU))
    made = compile_model(model, target=target, rtol=1e-9, atol=1e-12)
    reset = Events.boluses(np.array([1.5]), 0, 0.0)
    reset = replace(reset, evid=np.array([3]))
    found = made.run(np.array([[1.0, 1.0]]), Schedules.shared(reset, 1), times, start=0.0).values[0, :, 0]
    right = np.where(times < 1.5, by_steps(times), by_steps(times - 1.5))
    assert np.abs(found - right).max() < CLOSE[target]


def test_a_steady_state_with_a_past_is_not_offered() -> None:
    dose = replace(
        Events.boluses(np.array([0.0]), 0, 1.0), steady_state=np.array([1]), interval=np.array([8.0])
    )
    kernel = compile_model(lone(-K * delayed(X, TAU)), target="reference")
    with pytest.raises(EngineError, match="asks for the steady state of a model that looks back"):
        kernel.run(np.array([[1.0, 1.0]]), Schedules.shared(dose, 1), np.array([0.0, 1.0]))


def test_derivatives_by_a_delay_that_a_step_is_locked_to() -> None:
    pytest.importorskip("llvmlite")
    times, step = np.linspace(0.0, 3.0, 31), 1e-4
    kernel = compile_model(lone(-K * delayed(X, TAU)), target="llvm", rtol=1e-8, atol=1e-11)
    schedule = Schedules.shared(Events.boluses(np.array([]), 0, 1.0), 1)
    batch = Batch(np.array([[1.0, 1.0]]), schedule, times, np.zeros(1), is_before=False)
    values, slopes = np.empty((1, 31, 2)), np.empty((1, 31, 2, 2))
    assert kernel.compiled.slopes(batch, np.array([0, 1]), values, slopes) == ()
    for index in range(2):
        moved = [np.array([[1.0, 1.0]]) + sign * step * np.eye(2)[index] for sign in (1, -1)]
        oracle = compile_model(kernel.model, target="reference", rtol=1e-11, atol=1e-13)
        ahead, behind = (oracle.run(item, schedule, times, start=0.0).values[0, :, 0] for item in moved)
        right = (ahead - behind) / (2.0 * step)
        # At 1, where the start is met, there is a derivative from each side; what follows of the jump, whose
        # place moves with the delay, is known as well as its step was short.
        is_apart = np.abs(times - 1.0) > 1e-9
        assert np.abs(slopes[0, :, 0, index] - right)[is_apart].max() < 1e-3 * np.abs(right).max()
