"""The published model of breathing: its rest, an independent solution of the same equations, its C50.

The independent solution is written down from the description alone (`independent_breathing`). Both are
solved at tolerances of 1e-9; what adds up over a stiff, delayed system is allowed 1e-6.
"""

from __future__ import annotations

from functools import cache

import independent_breathing as independent
import numpy as np
import pytest

from speciosa.body.breathing import published_drive
from speciosa.body.kinetics import bound
from speciosa.engine import compile_model
from speciosa.evidence import load
from speciosa.overdose import read_overdose
from speciosa.overdose.arm import Arm
from speciosa.overdose.clamp import clamped_ventilation, depressed_at
from speciosa.overdose.run import arms_of
from speciosa.people import population
from speciosa.simulation import Setting

SECOND = 1.0 / 3600.0
REST = {
    "breathing.ventilation": 6.76437 * 60.0,
    "breathing.arterial.PCO2": 38.5868,
    "breathing.arterial.PO2": 92.7950,
    "breathing.brain.PO2": 31.609,
    "breathing.brain.PCO2": 45.442,
    "breathing.cardiac_output": 4.93133 * 60.0,
    "breathing.brain_flow": 0.68042 * 60.0,
}
SHOWN = (
    "breathing.ventilation",
    "breathing.arterial.PO2",
    "breathing.arterial.PCO2",
    "breathing.cardiac_output",
    "bound.fentanyl",
)
RESCUE = 76.6  # s, close to where the rule puts it, so that both solutions give it at one time


@cache
def resting() -> np.ndarray:
    return independent.rest()


def arms(*rescues: str) -> tuple[Arm, ...]:
    setting = Setting()
    people = population(setting.evidence, 1, seed=1)
    return arms_of(read_overdose("fentanyl 1.625 mg IV", rescues, people, setting), setting)


def solved(arm: Arm, names: tuple[str, ...], times: list[float], target: str = "llvm") -> np.ndarray:
    """Outputs of the program at times in s, the rescue at `RESCUE`."""
    kernel = compile_model(arm.model, target=target, outputs=names, rtol=1e-9, atol=1e-12)
    table = np.array([[item.value for item in arm.model.parameters]])
    begin = np.array([RESCUE * SECOND]) if arm.rescue else None
    found = kernel.run(table, arm.schedules(begin, 1), np.array(times) * SECOND, start=arm.start)
    assert not found.failures
    return np.asarray(found.values[0])


def told(course: independent.Course, time: float) -> list[float]:
    y = course.states(time)
    blood = independent.Blood.of(y)
    ventilation = course.ventilation(y, blood)
    return [60.0 * ventilation, blood.po, blood.pc, 3600.0 * blood.q, y[independent.RO]]


@pytest.mark.parametrize("target", ["llvm", "reference"])
def test_rest(target: str) -> None:
    """Values printed with the published program, within 0.01 %."""
    (arm,) = arms()
    found = solved(arm, tuple(REST), [-1.0, 0.0], target)
    np.testing.assert_allclose(found[0], list(REST.values()), rtol=1e-4)


def test_the_independent_rest() -> None:
    blood = independent.Blood.of(resting())
    assert independent.Course().ventilation(resting(), blood) == pytest.approx(6.76437, rel=1e-6)
    assert (blood.pc, blood.po) == pytest.approx((38.5868, 92.7950), rel=2e-6)


def test_untreated_to_the_end_of_circulation() -> None:
    course = independent.Course(doses=[(0.0, independent.X1, 1.625)])
    course.solve(resting(), 520.0)
    assert course.collapse_at == pytest.approx(course.low_since + 220.0)
    times = [20.0, 60.0, 200.0, 400.0, 450.0, 500.0]
    (arm,) = arms()
    found = solved(arm, SHOWN, times)
    for row, time in zip(found, times, strict=True):
        np.testing.assert_allclose(row, told(course, time), rtol=1e-6, err_msg=f"{time} s")


def test_three_sprays_of_which_the_third_counts_less() -> None:
    sprays = [(RESCUE + 150.0 * index, independent.D, 4e6) for index in range(3)]
    course = independent.Course(
        doses=[(0.0, independent.X1, 1.625), *sprays],
        bioavailability=[(RESCUE + 300.0, independent.NASAL["f1"])],
    )
    course.solve(resting(), 600.0)
    times = [70.0, 200.0, 300.0, 450.0, 600.0]
    _, arm = arms("naloxone 4 mg intranasal every 2.5 min for 3 doses")
    found = solved(arm, (*SHOWN, "bound.naloxone"), times)
    for row, time in zip(found, times, strict=True):
        expected = [*told(course, time), course.states(time)[independent.RA]]
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-9, err_msg=f"{time} s")


@pytest.mark.parametrize(("tolerance", "published"), [("naive", 0.33), ("chronic", 0.56)])
def test_steady_c50_of_fentanyl(tolerance: str, published: float) -> None:
    """Runs of the published code at an alveolar PCO2 of 47 mmHg gave 0.33 and 0.56 ng/mL (two digits)."""
    concentration = np.linspace(0.0, 1.0, 401)
    molar = concentration * 1e6 / 336.4
    rate = 3.08e-5 * molar**0.8439
    held = {bound("fentanyl"): rate / (rate + 0.004331)}
    ventilation = clamped_ventilation(published_drive(["fentanyl"], tolerance), held, load())
    assert depressed_at(0.5, ventilation, concentration) == pytest.approx(published, abs=0.007)
