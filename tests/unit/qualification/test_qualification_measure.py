"""Numbers read from curves whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.qualification import Sizes, designs, read_study
from speciosa.qualification.designs import Design
from speciosa.qualification.measure import Course, answer, reading, statistic
from speciosa.qualification.planning import plan_of
from speciosa.qualification.quantities import QUANTITIES, quantity_of

LAMBDA = 0.1
TIME = np.linspace(0.0, 1.0, 400) ** 2 * 100.0


@pytest.fixture
def plan(setting, target):
    def of(quantity: str = "AUCinf", unit: str = "ng*h/mL", regimen: str | None = None, **design):
        made = target(regimen, quantity, unit=unit) if regimen else target(quantity=quantity, unit=unit)
        found = plan_of(read_study(made), designs(), setting, Sizes(10, 10))
        return replace(found, design=replace(found.design, **design)) if design else found

    return of


def course(heights, molar_mass: float = 285.3) -> Course:
    """Single exponentials of rate `LAMBDA` and these heights, ng/mL."""
    heights = np.asarray(heights, dtype=float)
    values = heights[:, None] * np.exp(-LAMBDA * TIME)[None]
    return Course(TIME, values, molar_mass, np.full(len(heights), 70.0))


def found_of(plan, *courses: Course, n: int | None = None):
    return answer(plan, dict(zip(plan.pieces, courses, strict=True)), n, seed=1)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("Cmax", 20.0),
        ("tmax", 0.0),
        ("AUCinf", 200.0),
        ("AUC", 200.0 * (1.0 - np.exp(-10.0))),
        ("t1/2", np.log(2.0) / LAMBDA),
        ("Cav", 2.0 * (1.0 - np.exp(-10.0))),
        ("Cmin", 20.0 * np.exp(-10.0)),
        ("Clast", 20.0 * np.exp(-10.0)),
    ],
)
def test_readings_of_an_exponential(plan, metric: str, expected: float) -> None:
    found = reading(course([20.0]), replace(plan(), metric=metric))
    assert found == pytest.approx([expected], rel=1e-5)


def test_time_below_a_limit(plan) -> None:
    made = plan("time to <0.1 ng/mL", "d")
    found = reading(course([20.0, 0.05, 1e9]), made)
    assert found[0] == pytest.approx(np.log(20.0 / 0.1) / LAMBDA, rel=1e-6)
    assert np.isnan(found[1:]).all()
    assert found_of(made, course([20.0])).value == pytest.approx(np.log(200.0) / LAMBDA / 24.0, rel=1e-6)


def test_units_and_mass_to_amount(plan) -> None:
    assert found_of(plan("Cmax", "nM"), course([28.53])).value == pytest.approx(100.0, rel=1e-6)
    assert found_of(plan("AUCinf", "nM*h"), course([28.53])).value == pytest.approx(1000.0, rel=1e-5)
    assert found_of(plan("t1/2", "min"), course([20.0])).value == pytest.approx(
        60.0 * np.log(2.0) / LAMBDA, rel=1e-6
    )


def test_a_clearance_per_weight(plan) -> None:
    made = plan("CL", "mL/min/kg")
    # 10 mg over 200 ng h/mL are 50 L/h, or 11.9 mL/min for each of 70 kg.
    assert found_of(made, course([20.0])).value == pytest.approx(50_000.0 / 60.0 / 70.0, rel=1e-5)


def test_ratios_are_taken_person_by_person(plan) -> None:
    made = replace(plan(), below=(replace(plan().above[0], start=1.0),), statistic="geometric mean")
    made = replace(made, quantity=quantity_of("AUC ratio"))
    found = found_of(made, course([20.0, 80.0]), course([10.0, 10.0]))
    assert found.value == pytest.approx(4.0)


def test_statistics() -> None:
    above, below = np.array([[2.0, 8.0, 9.0]]), np.array([[1.0, 2.0, 3.0]])
    assert statistic(above, below, "mean")[0] == pytest.approx(3.0)
    assert statistic(above, below, "median")[0] == pytest.approx(3.0)
    assert statistic(above, below, "geometric mean")[0] == pytest.approx(24.0 ** (1.0 / 3.0))
    assert statistic(above, below, "ratio of means")[0] == pytest.approx(19.0 / 6.0)
    assert statistic(above, below, "ratio of medians")[0] == pytest.approx(4.0)
    assert statistic(above, np.ones((1, 3)), "CV")[0] == pytest.approx(
        np.std([2.0, 8.0, 9.0], ddof=1) / (19.0 / 3.0)
    )


def test_intervals_narrow_with_the_size_of_the_study(plan) -> None:
    people = course(20.0 * np.exp(0.3 * np.random.default_rng(3).standard_normal(400)))
    alone, few, many = (found_of(plan(), people, n=n) for n in (None, 5, 100))
    assert (alone.interval, few.interval) == ("persons", "studies of 5")
    widths = [item.high - item.low for item in (alone, few, many)]
    assert widths[0] > widths[1] > widths[2]
    assert widths[1] / widths[2] == pytest.approx(20.0**0.5, rel=0.15)
    assert few.value == many.value
    assert few.error == pytest.approx(0.3 / 20.0, rel=0.2)


def test_the_same_seed_gives_the_same_interval(plan) -> None:
    people = course([10.0, 20.0, 40.0])
    assert found_of(plan(), people, n=3) == found_of(plan(), people, n=3)


def test_failed_people_are_left_out(plan) -> None:
    found = found_of(plan(), course([20.0, np.nan, 40.0]))
    assert (found.persons, found.value) == (2, pytest.approx(300.0, rel=1e-5))
    assert np.isnan(found_of(plan(), course([np.nan])).value)


def test_a_tail_decides_the_half_life(plan) -> None:
    slow = Course(TIME, (np.exp(-TIME) + 0.01 * np.exp(-0.01 * TIME))[None], 285.3, np.array([70.0]))
    early = reading(slow, plan("t1/2", "h", tail=(0.0, 3.0)))[0]
    late = reading(slow, plan("t1/2", "h", tail=(40.0, 100.0)))[0]
    assert early == pytest.approx(0.7, rel=0.1)
    assert late == pytest.approx(69.3, rel=0.01)


def test_absorption_by_deconvolution(plan) -> None:
    """First-order absorption into one compartment, and an infusion over a step, in closed form."""
    ka, k, step = 0.05, 0.3, 0.5
    time = np.arange(0.0, 48.25, step)
    oral = ka / (ka - k) * (np.exp(-k * time) - np.exp(-ka * time))
    held = np.minimum(time, step)
    infused = (1.0 - np.exp(-k * held)) / (k * step) * np.exp(-k * (time - held))
    made = plan("F oral", "dimensionless", "drug=morphine;dose=10;unit=mg;route=oral;n_doses=1")
    made = replace(made, metric="absorbed", statistic="typical")
    courses = [Course(time, curve[None], 285.3, np.array([70.0])) for curve in (oral, infused)]
    assert found_of(made, *courses).value == pytest.approx(1.0 - np.exp(-ka * time[-1]), rel=1e-3)


def test_every_quantity_reads_something_known(plan) -> None:
    known = {item.metric for item in QUANTITIES.values()} - {"absorbed"}
    assert all(np.isfinite(reading(course([20.0]), replace(plan(), metric=name))).all() for name in known)


def test_designs_of_quantities_stand_alone() -> None:
    assert quantity_of("peak COWS") is None
    assert Design().tail is None
