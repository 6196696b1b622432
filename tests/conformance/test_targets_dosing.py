"""Every kind of dosing record means the same in every target: what superposition in closed form says.

A scenario is a table of records, and the plain doses that the records come to: time of arrival, amount that
enters, duration and place. One compartment is linear, so its answer is the sum over those doses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.engine import Events, Schedules, compile_model
from speciosa.errors import EngineError
from speciosa.model import Flow, Inlet, Model, Module, Output, Parameter, Signal, State, compose

FloatArray = npt.NDArray[np.float64]
KA, KE, LAG, FRACTION, DURATION, RATE = 1.5, 0.11, 0.75, 0.4, 3.0, 16.0
MOUTH, VEIN, PUMP = range(3)
PAST = 40  # doses before now that stand for a steady state
END = 60.0
TIMES = np.linspace(0.0, END, 241)
# Largest difference, of the largest value: the tolerance asked, with room for its sum over steps.
CLOSE = 2e-7
WAYS_TO_SOLVE = [("reference", "auto"), ("llvm", "rosenbrock"), ("llvm", "exponential")]


@dataclass(frozen=True)
class Given:
    """A plain dose: arrival, amount that enters, duration, inlet, and when it is forgotten."""

    time: float
    amount: float
    inlet: int
    duration: float = 0.0
    until: float = np.inf


@dataclass(frozen=True)
class Scenario:
    """Records (time, inlet, amount, rate, evid, ii, addl, ss), and what they come to."""

    records: tuple[tuple[float, ...], ...]
    given: tuple[Given, ...]


def model(**values: float) -> Model:
    depot, central = State("depot", "nmol", "", scale=100.0), State("central", "nmol", "", scale=100.0)
    names = {"ka": "1/h", "ke": "1/h", "lag": "h", "F": "", "D": "h", "R": "nmol/h"}
    ka, ke, lag, fraction, duration, rate = (Parameter(name, unit, "") for name, unit in names.items())
    module = Module(
        "one", "", (depot, central), (ka, ke, lag, fraction, duration, rate),
        outputs=(Output(Signal("amount", "nmol", ""), central.expression),),
        flows=(Flow("in", ka * depot, depot, central), Flow("out", ke * central, central)),
        inlets=(
            Inlet("mouth", depot, fraction.expression, lag.expression),
            Inlet("vein", central, fraction.expression, lag.expression, rate=rate.expression),
            Inlet("pump", central, fraction.expression, lag.expression, duration.expression),
        ),
    )  # fmt: skip
    typical = dict(zip(names, (KA, KE, LAG, FRACTION, DURATION, RATE), strict=True))
    return compose([module], values={**typical, **values})


def response(dose: Given, times: FloatArray) -> FloatArray:
    """Amount in the central compartment."""
    since = times - dose.time
    is_there = (since >= 0.0) & (times < dose.until)
    t = np.where(is_there, since, 0.0)
    if dose.inlet == MOUTH:
        value = dose.amount * KA / (KA - KE) * (np.exp(-KE * t) - np.exp(-KA * t))
    elif dose.duration:
        running = np.minimum(t, dose.duration)
        rate = dose.amount / dose.duration
        value = rate / KE * (1.0 - np.exp(-KE * running)) * np.exp(-KE * (t - running))
    else:
        value = dose.amount * np.exp(-KE * t)
    return np.where(is_there, value, 0.0)


def repeated(time: float, interval: float, first: int, beyond: int, *given: object) -> tuple[Given, ...]:
    amount, inlet, *rest = given
    return tuple(Given(time + n * interval, amount, inlet, *rest) for n in range(first, beyond))  # type: ignore[arg-type]


E = 100.0 * FRACTION
SCENARIOS = {
    "bolus": Scenario(((3, VEIN, 100, 0, 1, 0, 0, 0),), (Given(3 + LAG, E, VEIN),)),
    "repeated by mouth": Scenario(
        ((3, MOUTH, 100, 0, 1, 8, 3, 0),), repeated(3 + LAG, 8.0, 0, 4, E, MOUTH)
    ),
    "infusion: bioavailability shortens it": Scenario(
        ((3, VEIN, 100, 20, 1, 0, 0, 0),), (Given(3 + LAG, E, VEIN, E / 20),)
    ),
    "infusions that overlap": Scenario(
        ((3, VEIN, 100, 2, 1, 8, 2, 0),), repeated(3 + LAG, 8.0, 0, 3, E, VEIN, E / 2)
    ),
    "modeled duration": Scenario(((3, PUMP, 100, -2, 1, 0, 0, 0),), (Given(3 + LAG, E, PUMP, DURATION),)),
    "modeled duration without RATE": Scenario(
        ((3, PUMP, 100, 0, 1, 12, 1, 0),), repeated(3 + LAG, 12.0, 0, 2, E, PUMP, DURATION)
    ),
    "modeled rate": Scenario(
        ((3, VEIN, 100, -1, 1, 12, 1, 0),), repeated(3 + LAG, 12.0, 0, 2, E, VEIN, E / RATE)
    ),
    "several at one time": Scenario(
        ((3, MOUTH, 100, 0, 1, 0, 0, 0), (3, VEIN, 100, 0, 1, 0, 0, 0), (3, VEIN, 100, 10, 1, 0, 0, 0)),
        (Given(3 + LAG, E, MOUTH), Given(3 + LAG, E, VEIN), Given(3 + LAG, E, VEIN, E / 10)),
    ),
    "steady state by mouth": Scenario(
        ((3, MOUTH, 100, 0, 1, 8, 2, 1),), repeated(3 + LAG, 8.0, -PAST, 3, E, MOUTH)
    ),
    "steady state of infusions that overlap": Scenario(
        ((3, VEIN, 100, 4, 1, 6, 0, 1),), repeated(3 + LAG, 6.0, -PAST, 1, E, VEIN, E / 4)
    ),
    "steady state of a modeled duration": Scenario(
        ((3, PUMP, 100, -2, 1, 6, 1, 1),), repeated(3 + LAG, 6.0, -PAST, 2, E, PUMP, DURATION)
    ),
    "steady state replaces": Scenario(
        ((0, VEIN, 500, 0, 1, 0, 0, 0), (20, VEIN, 100, 0, 1, 12, 0, 1)),
        (Given(LAG, 5 * E, VEIN, 0.0, 20.0), *repeated(20 + LAG, 12.0, -PAST, 1, E, VEIN)),
    ),
    "steady state adds": Scenario(
        ((0, VEIN, 500, 0, 1, 0, 0, 0), (20, MOUTH, 100, 0, 1, 12, 0, 2)),
        (Given(LAG, 5 * E, VEIN), *repeated(20 + LAG, 12.0, -PAST, 1, E, MOUTH)),
    ),
    "reset": Scenario(
        ((0, VEIN, 100, 2, 1, 8, 4, 0), (20, VEIN, 0, 0, 3, 0, 0, 0)),
        repeated(LAG, 8.0, 0, 5, E, VEIN, E / 2, 20.0)[:3],
    ),
    "reset and dose": Scenario(
        ((0, VEIN, 100, 0, 1, 8, 4, 0), (20, MOUTH, 100, 0, 4, 0, 0, 0)),
        (*repeated(LAG, 8.0, 0, 3, E, VEIN, 0.0, 20.0), Given(20 + LAG, E, MOUTH)),
    ),
}  # fmt: skip


def events(records: tuple[tuple[float, ...], ...]) -> Events:
    time, inlet, amount, rate, evid, interval, additional, steady = np.array(records, dtype=np.float64).T
    inlet, evid, additional, steady = (item.astype(np.int64) for item in (inlet, evid, additional, steady))
    return Events(time, inlet, amount, rate, evid, interval, additional, steady)


@pytest.mark.parametrize(("target", "method"), WAYS_TO_SOLVE)
@pytest.mark.parametrize("name", SCENARIOS)
def test_records_mean_what_superposition_says(name: str, target: str, method: str) -> None:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    scenario, made = SCENARIOS[name], model()
    first = min(record[0] for record in scenario.records)
    typical = np.array([[item.value for item in made.parameters]])
    # Before the first record nothing has been given, whatever a steady state implies of the past.
    times = TIMES[first <= TIMES]
    right = sum(response(dose, times) for dose in scenario.given)
    if name == "steady state replaces":
        right = right - sum(response(dose, times) * (times < 20.0) for dose in scenario.given[1:])
    if name == "steady state adds":
        right = right - sum(response(dose, times) * (times < 20.0) for dose in scenario.given[1:])
    kernel = compile_model(made, target=target, method=method, rtol=1e-8, atol=1e-10)
    solution = kernel.run(typical, Schedules.shared(events(scenario.records), 1), times)
    assert solution.failures == ()
    # Where a dose enters, before and after are different answers; that rule has its own test.
    entries = np.array([dose.time for dose in scenario.given if not dose.duration])
    is_apart = np.abs(times[:, None] - entries[None, :]).min(axis=1, initial=1.0) > 1e-9
    wrong = np.abs(solution.values[0, :, 0] - right)[is_apart]
    assert wrong.max() < CLOSE * np.abs(right).max()


WAYS = {
    # RATE of the record, inlet, and how long a dose of 100 takes if the share F of it enters.
    "bolus": (0.0, VEIN, lambda share: 0.0),
    "by mouth": (0.0, MOUTH, lambda share: 0.0),
    "infusion": (20.0, VEIN, lambda share: 100.0 * share / 20.0),
    "modeled rate": (-1.0, VEIN, lambda share: 100.0 * share / RATE),
    "modeled duration": (-2.0, PUMP, lambda share: DURATION),
}
FIRST, INTERVAL, RESET_AT = 5.0, 4.0, 20.0
# EVID, ADDL and SS of the record, and which of its repeated doses count from the first on.
REPEATS = {
    "once": (1, 0, 0, (0, 1)),
    "ADDL": (1, 3, 0, (0, 4)),
    "SS 1": (1, 0, 1, (-PAST, 1)),
    "SS 1 and ADDL": (1, 3, 1, (-PAST, 4)),
    "SS 2": (1, 0, 2, (-PAST, 1)),
    "SS 2 and ADDL": (1, 3, 2, (-PAST, 4)),
    "EVID 4": (4, 1, 0, (0, 2)),
    "EVID 4 and SS 1": (4, 0, 1, (-PAST, 1)),
}
EARLIER = 300.0  # a bolus at time 0


@pytest.mark.parametrize(("target", "method"), WAYS_TO_SOLVE)
@pytest.mark.parametrize("is_reset", [False, True], ids=["goes on", "reset at 20 h"])
@pytest.mark.parametrize(("lag", "share"), [(0.0, 1.0), (LAG, 1.0), (0.0, FRACTION), (LAG, FRACTION)])
@pytest.mark.parametrize("repeat", REPEATS)
@pytest.mark.parametrize("way", WAYS)
def test_every_combination(
    way: str, repeat: str, lag: float, share: float, is_reset: bool, target: str, method: str
) -> None:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    rate, inlet, length = WAYS[way]
    evid, additional, steady, span = REPEATS[repeat]
    records = [(0.0, VEIN, EARLIER, 0.0, 1, 0, 0, 0)]
    records.append((FIRST, inlet, 100.0, rate, evid, INTERVAL, additional, steady))
    # What a reset or a steady state that replaces leaves of the earlier dose: nothing.
    ends = RESET_AT if is_reset else np.inf
    given = [Given(lag, EARLIER * share, VEIN, 0.0, FIRST if evid == 4 or steady == 1 else ends)]
    for number in range(*span):
        arrival = FIRST + lag + number * INTERVAL
        if arrival < ends:
            given.append(Given(arrival, 100.0 * share, inlet, length(share), ends))
    if is_reset:
        records.append((RESET_AT, VEIN, 0.0, 0.0, 3, 0, 0, 0))
    times = np.arange(0.05, 40.0, 0.1)
    right = sum(response(dose, times) * ((times >= FIRST) | (index == 0)) for index, dose in enumerate(given))
    made = model(lag=lag, F=share)
    typical = np.array([[item.value for item in made.parameters]])
    kernel = compile_model(made, target=target, method=method, rtol=1e-8, atol=1e-10)
    solution = kernel.run(typical, Schedules.shared(events(tuple(records)), 1), times)
    assert solution.failures == ()
    assert np.abs(solution.values[0, :, 0] - right).max() < CLOSE * np.abs(right).max()


@pytest.mark.parametrize(
    ("inlet", "rate", "message"),
    [
        (MOUTH, -1.0, "RATE is -1, and inlet 'mouth' has no rate"),
        (VEIN, -2.0, "RATE is -2, and inlet 'vein' has no duration"),
        (VEIN, -3.0, "RATE is -3"),
        (7, 0.0, "inlet 7 does not exist"),
    ],
)
def test_records_that_ask_for_what_is_not_there(inlet: int, rate: float, message: str) -> None:
    kernel = compile_model(model(), target="reference")
    typical = np.array([[item.value for item in kernel.model.parameters]])
    schedule = Schedules.shared(events(((0, VEIN, 1, 0, 1, 0, 0, 0), (1, inlet, 1, rate, 1, 0, 0, 0))), 1)
    with pytest.raises(EngineError, match=message) as caught:
        kernel.run(typical, schedule, TIMES)
    assert "event 2" in str(caught.value)
