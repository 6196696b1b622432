"""Parameters that change in the course of time mean the same in every target: closed forms in pieces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.engine import Changes, Events, Kernel, Schedules, Serial, Solution, Threads, compile_model
from speciosa.errors import EngineError
from speciosa.model import Flow, Inlet, Model, Module, Output, Parameter, Signal, State, compose

FloatArray = npt.NDArray[np.float64]
KE, V, F = 0.1, 10.0, 0.5
K_INDEX, V_INDEX, F_INDEX = range(3)
TIMES = np.arange(0.0, 30.0, 0.5)
CLOSE = 1e-7
WAYS = ["reference", "llvm by rosenbrock", "llvm by exponential"]


def model() -> Model:
    central = State("central", "nmol", "", scale=100.0)
    ke, volume, share = Parameter("ke", "1/h", ""), Parameter("V", "L", ""), Parameter("F", "", "")
    module = Module(
        "one", "", (central,), (ke, volume, share),
        outputs=(Output(Signal("cp", "nmol/L", ""), central / volume),),
        flows=(Flow("out", ke * central, central),),
        inlets=(Inlet("vein", central, share.expression),),
    )  # fmt: skip
    return compose([module], values={"ke": KE, "V": V, "F": F})


def compiled(way: str) -> Kernel:
    target, _, method = way.partition(" by ")
    if target == "llvm":
        pytest.importorskip("llvmlite")
    return compile_model(model(), target=target, method=method or "auto", rtol=1e-9, atol=1e-12)


def run(way: str, doses: list[float], *changes: Changes, people: int = 1, at_dose: str = "after") -> Solution:
    kernel = compiled(way)
    table = np.tile([KE, V, F], (people, 1))
    events = Events.boluses(np.array(doses), 0, 100.0)
    made = Changes.joined(changes)
    return kernel.run(table, Schedules.shared(events, people), TIMES, changes=made, at_dose=at_dose)


def close(found: FloatArray, right: FloatArray) -> bool:
    return bool(np.abs(found - right).max() < CLOSE * np.abs(right).max())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", ["forward", "backward"])
def test_a_rate_that_changes(way: str, how: str) -> None:
    rates = np.array([KE, 3 * KE, 0.5 * KE])
    found = run(way, [0.0], Changes.carried(0, K_INDEX, [0.0, 7.25, 13.0], rates, how)).values[0, :, 0]
    # Forward: each from its time on. Backward: each up to its own time (that of time 0 for no time at all),
    # and the last for good.
    edges = np.array([0.0, 7.25, 13.0, np.inf] if how == "forward" else [0.0, 0.0, 7.25, np.inf])
    lengths = np.clip(np.minimum(TIMES[:, None], edges[1:]) - edges[:-1], 0.0, None)
    assert close(found, 100.0 * F / V * np.exp(-lengths @ rates))


@pytest.mark.parametrize("way", WAYS)
def test_an_output_reads_the_new_value_at_its_own_time(way: str) -> None:
    change = Changes.carried(0, V_INDEX, [0.0, 10.0], [V, 2 * V])
    found = run(way, [0.0], change).values[0, :, 0]
    assert close(found, 100.0 * F * np.exp(-KE * TIMES) / np.where(TIMES >= 10.0, 2 * V, V))
    before = run(way, [0.0], change, at_dose="before").values[0, 1:, 0]
    later = TIMES[1:]
    assert close(before, 100.0 * F * np.exp(-KE * later) / np.where(later > 10.0, 2 * V, V))
    backward = Changes.carried(0, V_INDEX, [0.0, 10.0, 20.0], [V, V, 2 * V], "backward")
    found = run(way, [0.0], backward).values[0, :, 0]
    assert close(found, 100.0 * F * np.exp(-KE * TIMES) / np.where(TIMES > 10.0, 2 * V, V))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("how", "later"), [("forward", 1.0), ("backward", F)])
def test_a_dose_takes_the_value_of_its_time(way: str, how: str, later: float) -> None:
    times, values = ([0.0, 10.0], [F, 1.0]) if how == "forward" else ([0.0, 10.0, 20.0], [F, F, 1.0])
    found = run(way, [0.0, 10.0], Changes.carried(0, F_INDEX, times, values, how)).values[0, :, 0]
    second = np.where(TIMES >= 10.0, later * np.exp(-KE * (TIMES - 10.0)), 0.0)
    assert close(found, 100.0 / V * (F * np.exp(-KE * TIMES) + second))


@pytest.mark.parametrize("way", WAYS)
def test_changes_go_on_over_a_steady_state(way: str) -> None:
    kernel = compiled(way)
    one = Events.boluses(np.array([4.0]), 0, 100.0)
    steady = Events(one.time, one.inlet, one.amount, one.rate, one.evid, one.interval + 6.0,
                    one.additional, one.steady_state + 1)  # fmt: skip
    change = Changes(np.array([0, 0]), np.array([2.0, 15.0]), np.array([0, 0]), np.array([0.3, 0.05]))
    found = kernel.run(np.array([[KE, V, F]]), Schedules.shared(steady, 1), TIMES, changes=change)
    since = TIMES - 4.0
    level = 100.0 * F / V / (1.0 - np.exp(-0.3 * 6.0))
    decay = 0.3 * np.minimum(since, 11.0) + 0.05 * np.clip(since - 11.0, 0.0, None)
    assert close(found.values[0, :, 0], np.where(since >= 0.0, level * np.exp(-decay), 0.0))


@pytest.mark.parametrize("way", WAYS[1:])
def test_changes_of_one_person_leave_the_others_alone_bit_for_bit(way: str) -> None:
    kernel = compiled(way)
    n = 33
    table = np.array([KE, V, F]) * np.exp(
        0.3 * np.random.default_rng(3).standard_normal((n, 3)) * [1.0, 1.0, 0.0]
    )
    schedule = Schedules.shared(Events.boluses(np.array([0.0, 9.0]), 0, 100.0), n)
    changes = Changes.joined(
        [
            Changes.carried(person, K_INDEX, [0.0, 3.0 + person / 7, 20.0], [KE, 0.2, 0.01 * person])
            for person in range(0, n, 3)
        ]
    )
    plain = kernel.run(table, schedule, TIMES)
    found = kernel.run(table, schedule, TIMES, changes=changes)
    others = np.arange(n) % 3 != 0
    assert (found.values[others] == plain.values[others]).all()
    assert (found.values[~others] != plain.values[~others]).any(axis=(1, 2)).all()
    for executor in (Serial(), Threads(2)):
        again = kernel.run(table, schedule, TIMES, changes=changes, executor=executor)
        assert (again.values == found.values).all()
    for person in (0, 3, 30):
        mine = changes.chosen(np.array([person]))
        alone = kernel.run(table[person : person + 1], Schedules.shared(schedule.events[0], 1), TIMES,
                           changes=mine)  # fmt: skip
        assert (alone.values[0] == found.values[person]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Changes.carried(4, 0, [0.0, 1.0], [1.0, 2.0]), "a change is of person 4"),
        (Changes.carried(0, 9, [0.0, 1.0], [1.0, 2.0]), "a change is of parameter 9"),
    ],
)
def test_changes_of_what_is_not_there(change: Changes, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        run("reference", [0.0], change)


def test_values_without_their_times() -> None:
    with pytest.raises(EngineError, match="2 times and 3 values are given"):
        Changes.carried(0, 0, [0.0, 1.0], [1.0, 2.0, 3.0])
    with pytest.raises(EngineError, match="how is 'sideways'"):
        Changes.carried(0, 0, [0.0, 1.0], [1.0, 2.0], "sideways")  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="differ in length"):
        Changes(np.array([0]), np.array([1.0, 2.0]), np.array([0]), np.array([1.0]))
    with pytest.raises(EngineError, match="not a finite number"):
        Changes(np.array([0]), np.array([np.nan]), np.array([0]), np.array([1.0]))
