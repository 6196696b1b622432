"""Courses that are decided on the way: halts at times and levels mean the same in every target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.engine import (
    AT_TIME,
    Changes,
    Events,
    Halt,
    Kernel,
    Leg,
    Schedules,
    Serial,
    Solution,
    Status,
    Threads,
    compile_model,
    decisions,
)
from speciosa.errors import EngineError, UnknownNameError
from speciosa.model import (
    Change,
    Flow,
    Inlet,
    Model,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    compose,
    delayed,
)

FloatArray = npt.NDArray[np.float64]
KE, LAG = 0.2, 0.5
TIMES = np.arange(0.0, 30.0, 0.25)
TARGETS = ("reference", "llvm")
CLOSE = 1e-6
FALLS, RISES = ("amount", False), ("amount", True)
VEIN, LATE, PUMP = range(3)


def model() -> Model:
    central, other = State("central", "nmol", "", scale=100.0), State("clock", "", "")
    ke, lag, length = Parameter("ke", "1/h", ""), Parameter("lag", "h", ""), Parameter("D", "h", "")
    module = Module(
        "one", "", (central, other), (ke, lag, length),
        outputs=(
            Output(Signal("amount", "nmol", ""), central.expression),
            Output(Signal("clock.now", "", ""), 1.0 * other),
        ),
        flows=(Flow("out", ke * central, central),),
        changes=(Change(other, 1.0 * ke),),
        inlets=(
            Inlet("vein", central), Inlet("late", central, lag=lag.expression),
            Inlet("pump", central, duration=length.expression),
        ),
    )  # fmt: skip
    return compose([module], values={"ke": KE, "lag": LAG, "D": 4.0})


@dataclass
class Told:
    """A course told in full: the first leg, and what follows each halt; it keeps the halts."""

    first: Leg
    rest: Callable[[Told, Halt], Leg]
    halts: list[Halt] = field(default_factory=list)

    def begin(self) -> Leg:
        return self.first

    def go_on(self, halt: Halt) -> Leg:
        self.halts.append(halt)
        return self.rest(self, halt)


def bolus(*times: float, amount: float = 100.0) -> Events:
    return Events.boluses(np.array(times), VEIN, amount)


def kernel(target: str) -> Kernel:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    return compile_model(model(), target=target, rtol=1e-9, atol=1e-12)


def follow(
    target: str, course: Told, *watched: tuple[str, bool], at_dose: str = "after", **options: object
) -> Solution:
    table = np.array([[KE, LAG, 4.0]])
    made = kernel(target)
    return made.follow(table, watched, [course], TIMES, start=0.0, at_dose=at_dose, **options)  # type: ignore[arg-type]


def decayed(times: FloatArray, *given: tuple[float, float]) -> FloatArray:
    return sum(
        (np.where(times >= at, amount * np.exp(-KE * (times - at)), 0.0) for at, amount in given),
        np.zeros_like(times),
    )


def whenever(level: float) -> Told:
    """100 at the start, and 100 whenever there is no more than a level."""

    def again(told: Told, halt: Halt) -> Leg:
        return Leg(bolus(0.0, *(item.time for item in told.halts)), (level,))

    return Told(Leg(bolus(0.0), (level,)), again)


@pytest.mark.parametrize("target", TARGETS)
def test_a_dose_whenever_a_level_is_reached(target: str) -> None:
    course = whenever(50.0)
    found = follow(target, course, FALLS)
    assert found.failures == ()
    # From 100 to 50, and then from 150 to 50 again and again.
    times = np.log(2.0) / KE + np.arange(6) * np.log(3.0) / KE
    times = times[times < TIMES[-1]]
    assert [halt.time for halt in course.halts] == pytest.approx(times, abs=CLOSE)
    seen = np.array([halt.seen[0] for halt in course.halts])
    assert seen == pytest.approx(np.full(len(times), 50.0), rel=CLOSE)
    right = decayed(TIMES, (0.0, 100.0), *((time, 100.0) for time in times))
    assert np.abs(found.values[0, :, 0] - right).max() < 100.0 * CLOSE
    # What does not depend on doses is not disturbed by halts.
    assert np.abs(found.values[0, :, 1] - KE * TIMES).max() < 10.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("at_dose", ["after", "before"])
def test_a_halt_at_a_time_comes_before_the_doses_of_that_time(target: str, at_dose: str) -> None:
    both = bolus(0.0, 6.0)
    course = Told(Leg(both, (-np.inf,), until=6.0), lambda told, halt: Leg(both, (-np.inf,), until=99.0))
    found = follow(target, course, FALLS, at_dose=at_dose).values[0, :, 0]
    assert [(halt.time, halt.which) for halt in course.halts] == [(6.0, AT_TIME)]
    assert course.halts[0].seen[0] == pytest.approx(100.0 * np.exp(-6.0 * KE), rel=CLOSE)
    plain = kernel(target).run(
        np.array([[KE, LAG, 4.0]]), Schedules.shared(both, 1), TIMES, start=0.0, at_dose=at_dose
    )
    assert np.abs(found - plain.values[0, :, 0]).max() < 100.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_a_level_that_a_dose_jumps_over_halts_after_the_dose(target: str) -> None:
    both = bolus(1.0, 4.0)
    course = Told(Leg(both, (120.0,)), lambda told, halt: Leg(both, (np.inf,)))
    found = follow(target, course, RISES).values[0, :, 0]
    (halt,) = course.halts
    assert halt.time == pytest.approx(4.0, abs=1e-12)
    assert halt.time > 4.0
    assert halt.seen[0] == pytest.approx(100.0 * (1.0 + np.exp(-3.0 * KE)), rel=CLOSE)
    # The dose of that time is not given twice.
    assert np.abs(found - decayed(TIMES, (1.0, 100.0), (4.0, 100.0))).max() < 100.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_a_level_that_is_reached_already_halts_at_once(target: str) -> None:
    course = Told(Leg(bolus(), (10.0,)), lambda told, halt: Leg(bolus(2.0), (-np.inf,)))
    found = follow(target, course, FALLS).values[0, :, 0]
    assert course.halts[0].time == pytest.approx(0.0, abs=1e-12)
    assert np.abs(found - decayed(TIMES, (2.0, 100.0))).max() < 100.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_a_level_that_begins_to_count_at_a_time(target: str) -> None:
    """Below 50 from the start, but watched from 3 h on only."""
    schedule = bolus(0.0, amount=40.0)

    def rest(told: Told, halt: Halt) -> Leg:
        if len(told.halts) == 1:
            return Leg(schedule, (50.0,))
        return Leg(schedule, (-np.inf,), is_over=True)

    course = Told(Leg(schedule, (-np.inf,), until=3.0), rest)
    found = follow(target, course, FALLS)
    assert [halt.which for halt in course.halts] == [AT_TIME, 0]
    assert course.halts[1].time == pytest.approx(3.0, abs=1e-12)
    # The course was ended: nothing is known from there on, and nothing went wrong.
    assert found.failures == ()
    assert np.isfinite(found.values[0, TIMES < 3.0]).all()
    assert np.isnan(found.values[0, TIMES > 3.0]).all()


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_on_its_way_goes_on_over_a_halt(target: str) -> None:
    """An infusion that runs, and a dose that waits for its lag, at the time of a halt."""
    schedule = Events.boluses(np.array([0.0, 2.0, 2.75]), np.array([VEIN, PUMP, LATE]), 100.0)
    course = Told(Leg(schedule, (-np.inf,), until=3.0), lambda told, halt: Leg(schedule, (-np.inf,)))
    found = follow(target, course, FALLS).values[0, :, 0]
    running = np.clip(TIMES - 2.0, 0.0, 4.0)
    since = np.clip(TIMES - 2.0, 0.0, None) - running
    infused = 100.0 / 4.0 / KE * (1.0 - np.exp(-KE * running)) * np.exp(-KE * since)
    right = decayed(TIMES, (0.0, 100.0), (2.75 + LAG, 100.0)) + infused
    assert np.abs(found - right).max() < 200.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_a_parameter_changes_at_a_halt(target: str) -> None:
    schedule = bolus(0.0)
    course = Told(
        Leg(schedule, (50.0,)), lambda told, halt: Leg(schedule, (-np.inf,), changes=((0, 3 * KE),))
    )
    # A change of another time that is known before goes on; one of the same parameter later wins.
    known = Changes.carried(0, 0, [0.0, 20.0], [KE, 0.5 * KE])
    found = follow(target, course, FALLS, changes=known).values[0, :, 0]
    at = course.halts[0].time
    exposure = (
        KE * np.minimum(TIMES, at) + 3 * KE * np.clip(TIMES - at, 0.0, 20.0 - at)
        + 0.5 * KE * np.clip(TIMES - 20.0, 0.0, None)
    )  # fmt: skip
    assert np.abs(found - 100.0 * np.exp(-exposure)).max() < 100.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_the_level_that_is_reached_first_is_named(target: str) -> None:
    def rest(told: Told, halt: Halt) -> Leg:
        return Leg(bolus(0.0), (-np.inf, 0.9 if len(told.halts) == 1 else np.inf))

    course = Told(Leg(bolus(0.0), (60.0, 0.9)), rest)
    follow(target, course, FALLS, ("clock.now", True))
    assert [halt.which for halt in course.halts] == [0, 1]
    assert course.halts[0].time == pytest.approx(np.log(1.0 / 0.6) / KE, abs=CLOSE)
    assert course.halts[1].time == pytest.approx(0.9 / KE, abs=CLOSE)
    assert course.halts[1].seen == pytest.approx((100.0 * np.exp(-0.9), 0.9), rel=CLOSE)


def swinging() -> Model:
    level, tau, k = State("level", "", "", initial=1.0), Parameter("tau", "h", ""), Parameter("k", "1/h", "")
    module = Module(
        "swing", "", (level,), (k, tau),
        outputs=(Output(Signal("y", "", ""), 1.0 * level),),
        changes=(Change(level, -1.0 * k * delayed(level, tau)),), inlets=(Inlet("in", level),),
    )  # fmt: skip
    return compose([module], values={"k": 1.0, "tau": 1.0})


@pytest.mark.parametrize("target", TARGETS)
def test_a_model_that_looks_back_keeps_its_past_over_a_halt(target: str) -> None:
    if target == "llvm":
        pytest.importorskip("llvmlite")
    made = compile_model(swinging(), target=target, rtol=1e-9, atol=1e-12)
    none = Events.boluses(np.array([]), 0, 1.0)

    def rest(told: Told, halt: Halt) -> Leg:
        if halt.which != AT_TIME:
            return Leg(Events.boluses(np.array([told.halts[0].time]), 0, 0.5), (-np.inf,), until=5.0)
        return Leg(Events.boluses(np.array([told.halts[0].time]), 0, 0.5), (-np.inf,))

    course = Told(Leg(none, (0.0,)), rest)
    table, times = np.array([[1.0, 1.0]]), np.linspace(0.0, 8.0, 65)
    found = made.follow(table, [("y", False)], [course], times, start=0.0)
    # y is 0 on the second piece: e + exp(1 - t) - 1 with e = exp(-1).
    at = 1.0 - np.log(1.0 - np.exp(-1.0))
    assert course.halts[0].time == pytest.approx(at, abs=CLOSE)
    assert course.halts[1].time == 5.0
    known = made.run(table, Schedules.shared(Events.boluses(np.array([at]), 0, 0.5), 1), times, start=0.0)
    assert np.abs(found.values - known.values).max() < CLOSE


def crowd(n: int) -> FloatArray:
    return np.array([KE, LAG, 4.0]) * np.exp(0.4 * np.random.default_rng(2).standard_normal((n, 3)))


def many(made: Kernel, table: FloatArray, **options: object) -> Solution:
    courses = [whenever(50.0) for _ in table]
    return made.follow(table, [FALLS], courses, TIMES, start=0.0, **options)  # type: ignore[arg-type]


def test_a_person_alone_and_in_a_crowd_has_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    from speciosa.engine.targets.llvm import target as target_module

    table = crowd(37)
    right = many(kernel("llvm"), table)
    assert right.failures == ()
    for executor in (Serial(), Threads(3)):
        assert (many(kernel("llvm"), table, executor=executor).values == right.values).all()
    assert (many(kernel("llvm"), table[::-1].copy()).values == right.values[::-1]).all()
    assert (many(kernel("llvm"), table[20:21]).values[0] == right.values[20]).all()
    for width in (1, 4):
        monkeypatch.setattr(target_module, "WIDEST", width)
        assert (many(kernel("llvm"), table).values == right.values).all()


def test_both_targets_decide_alike() -> None:
    table = crowd(6)
    one, other = (many(kernel(target), table).values for target in TARGETS)
    assert np.abs(one - other).max() < 150.0 * CLOSE


@pytest.mark.parametrize("target", TARGETS)
def test_a_broken_person_leaves_the_others_alone(target: str) -> None:
    table = crowd(5)
    right = many(kernel(target), table).values
    table[2, 0] = np.nan
    found = many(kernel(target), table)
    assert [(item.person, item.status) for item in found.failures] == [(2, Status.BAD_INPUT)]
    others = np.array([0, 1, 3, 4])
    assert (found.values[others] == right[others]).all()


def test_what_cannot_be_decided_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MOST_HALTS", 30)
    again = Told(Leg(bolus(0.0), (0.0,), until=5.0), lambda told, halt: Leg(bolus(0.0), (0.0,), until=5.0))
    with pytest.raises(EngineError, match=r"a person who halted at 5 h is to halt at 5 h; expected a later"):
        follow("reference", again, FALLS)
    with pytest.raises(EngineError, match=r"2 levels are given; expected one for each of 1 watched"):
        follow("reference", Told(Leg(bolus(0.0), (0.0, 1.0)), lambda told, halt: told.first), FALLS)
    with pytest.raises(EngineError, match="holds a reset or a steady state"):
        reset = replace(bolus(0.0), evid=np.array([4]))
        follow("reference", Told(Leg(reset, (0.0,)), lambda told, halt: told.first), FALLS)
    with pytest.raises(EngineError, match=r"person 1 has halted 30 times, last at .* h; expected fewer"):
        follow("reference", Told(Leg(bolus(), (10.0,)), lambda told, halt: told.first), FALLS)
    with pytest.raises(UnknownNameError, match="unknown output 'amonut'"):
        follow("reference", whenever(1.0), ("amonut", True))
