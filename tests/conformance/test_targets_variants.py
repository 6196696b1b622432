"""Times of one's own, and variants that take the steps of the first: on every target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.engine import TARGETS, Changes, Events, Kernel, Schedules, compile_model
from speciosa.engine.batch import Batch
from speciosa.engine.own_times import OwnTimes
from speciosa.errors import EngineError
from speciosa.model import Flow, Inlet, Module, Output, Parameter, Signal, State, compose

pytest.importorskip("llvmlite")
WAYS = (*((target, "auto") for target in TARGETS), ("llvm", "rosenbrock"))
OWN = np.array([[0.5, 2.0, 9.0], [1.0, 7.0, np.inf], [0.25, np.inf, np.inf]])
TABLE = np.array([[1.2, 3.0, 20.0, 0.3], [0.8, 4.0, 30.0, 0.0], [2.0, 2.5, 25.0, 0.7]])


def kernel(way: tuple[str, str]) -> Kernel:
    depot, central = State("depot", "nmol", "", scale=100.0), State("central", "nmol", "", scale=100.0)
    ka, clearance, volume, lag = (
        Parameter(name, unit, "") for name, unit in (("ka", "1/h"), ("CL", "L/h"), ("V", "L"), ("lag", "h"))
    )
    module = Module(
        "oral", "", states=(depot, central), parameters=(ka, clearance, volume, lag),
        outputs=(Output(Signal("c", "nmol/L", ""), central / volume),),
        flows=(Flow("in", ka * depot, depot, central), Flow("out", clearance / volume * central, central)),
        inlets=(Inlet("oral", depot, lag=lag.expression, group="oral"),),
    )  # fmt: skip
    model = compose([module], values={"ka": 1.0, "CL": 3.0, "V": 20.0, "lag": 0.2})
    return compile_model(model, target=way[0], method=way[1])


def schedules() -> Schedules:
    one = Events.boluses(np.array([0.0, 5.0]), 0, 100.0)
    other = Events.boluses(np.array([0.0]), 0, 50.0)
    return Schedules((one, other), np.array([1, 0, 1]))


def steady() -> Schedules:
    plain = Events.boluses(np.array([0.0]), 0, 100.0)
    return Schedules.shared(replace(plain, steady_state=plain.evid, interval=np.array([12.0])), 3)


def alone(one: Kernel, who: int, given: Schedules) -> npt.NDArray[np.float64]:
    times = OWN[who][np.isfinite(OWN[who])]
    schedule = Schedules(given.events, given.of_person[[who]])
    return one.run(TABLE[[who]], schedule, times, start=0.0).values[0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given", [schedules, steady])
def test_times_of_ones_own_give_what_each_gets_alone(way, given) -> None:
    one = kernel(way)
    found = one.run(TABLE, given(), OWN, start=0.0)
    assert not found.failures
    assert np.array_equal(np.isnan(found.values[..., 0]), ~np.isfinite(OWN))
    for who in range(3):
        right = alone(one, who, given())
        assert found.values[who, : len(right)] == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_slopes_at_times_of_ones_own(way) -> None:
    target, which, given = kernel(way).compiled, np.array([1, 2]), schedules()
    batch = Batch(TABLE, given, OWN, np.zeros(3), is_before=False)
    values, slopes = np.empty((3, 3, 1)), np.empty((3, 3, 1, 2))
    assert OwnTimes(target).slopes(batch, which, values, slopes) == ()
    for who in range(3):
        times = OWN[who][np.isfinite(OWN[who])]
        found, steep = np.empty((1, len(times), 1)), np.empty((1, len(times), 1, 2))
        target.slopes(replace(batch.part(who, who + 1), times=times), which, found, steep)
        assert slopes[who, : len(times)] == pytest.approx(steep[0], rel=1e-9)
        assert np.isnan(slopes[who, len(times) :]).all()
        # More clearance or volume never raises an early level of this model by itself.
        assert (steep[0, 0] <= 0.0).all()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given", [schedules, steady])
def test_variants_are_runs(way, given) -> None:
    one = kernel(way)
    tables = np.stack([TABLE, TABLE * 1.01, TABLE * np.array([1.0, 1.2, 1.0, 1.0])], axis=1)
    found = one.variants(tables, given(), OWN, start=0.0).values
    for place in range(3):
        right = one.run(tables[:, place], given(), OWN, start=0.0).values
        assert found[:, place] == pytest.approx(right, rel=3e-5, nan_ok=True)


def test_differences_of_variants_are_smooth_where_steps_are_chosen() -> None:
    """Of two runs with steps of their own a difference is noise at this size; of variants it is the slope."""
    exact, stepped = kernel(("llvm", "exponential")), kernel(("llvm", "rosenbrock"))
    moved = TABLE.copy()
    moved[:, 1] *= 1.0 + 1e-6
    tables = np.stack([TABLE, moved], axis=1)
    slopes = [
        np.diff(one.variants(tables, schedules(), OWN, start=0.0).values, axis=1)[:, 0]
        / (1e-6 * TABLE[:, 1, None, None])
        for one in (exact, stepped)
    ]
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-3, abs=1e-6, nan_ok=True)
    assert exact.is_exact
    assert exact.is_smooth(steady())
    assert not stepped.is_exact
    assert stepped.is_smooth(schedules())
    assert not stepped.is_smooth(steady())


def test_variants_do_not_depend_on_threads_or_on_others() -> None:
    one = kernel(("llvm", "rosenbrock"))
    tables = np.stack([TABLE, TABLE * 1.001], axis=1)
    given = schedules()
    both = [one.variants(tables, given, OWN, start=0.0, threads=threads).values for threads in (1, 2)]
    assert np.array_equal(both[0], both[1], equal_nan=True)
    mine = one.variants(tables[[1]], Schedules(given.events, given.of_person[[1]]), OWN[[1]], start=0.0)
    assert np.array_equal(mine.values[0], both[0][1], equal_nan=True)


@pytest.mark.parametrize("way", WAYS)
def test_a_variant_that_cannot_be_solved_takes_its_person_along(way) -> None:
    tables = np.stack([TABLE, TABLE], axis=1)
    tables[1, 1, 2] = np.nan
    found = kernel(way).variants(tables, schedules(), OWN, start=0.0)
    assert [item.person for item in found.failures] == [1]
    assert np.isnan(found.values[1]).all()
    assert np.isfinite(found.values[[0, 2], :, 0]).all()


@pytest.mark.parametrize("way", WAYS)
def test_variants_with_parameters_that_change(way) -> None:
    one = kernel(way)
    changes = Changes(np.array([0, 2]), np.array([1.0, 0.1]), np.array([1, 0]), np.array([9.0, 0.5]))
    tables = np.stack([TABLE, TABLE * 1.01], axis=1)
    found = one.variants(tables, schedules(), OWN, start=0.0, changes=changes).values
    for place in range(2):
        right = one.run(tables[:, place], schedules(), OWN, start=0.0, changes=changes).values
        assert found[:, place] == pytest.approx(right, rel=3e-5, nan_ok=True)


def test_changes_of_people_who_are_asked_for_repeatedly() -> None:
    changes = Changes(np.array([0, 2]), np.array([1.0, 2.0]), np.array([1, 0]), np.array([9.0, 0.5]))
    found = changes.chosen(np.array([2, 0, 2, 1]))
    assert sorted(zip(found.person.tolist(), found.value.tolist(), strict=True)) == [
        (0, 0.5),
        (1, 9.0),
        (2, 0.5),
    ]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (
            OWN[:2],
            r"the times have the shape \(2, 3\); expected one row for all people, or one for each of 3",
        ),
        (np.array([[1.0, 1.0]] * 3), "the times do not increase"),
        (np.array([[np.inf, 1.0]] * 3), "the times do not increase"),
        (np.array([[1.0, np.inf, 2.0]] * 3), "the times do not increase"),
        (np.array([1.0, np.inf]), "the times do not increase"),
    ],
)
def test_times_that_cannot_be_used_are_said(times, message) -> None:
    with pytest.raises(EngineError, match=message):
        kernel(WAYS[0]).run(TABLE, schedules(), times)
