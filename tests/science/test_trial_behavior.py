"""Rows of what people in the trials did, held against what was recorded."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speciosa.evidence import load

FOLDER = Path(__file__).parents[2] / "calibration"
SECOND_WEEK, SIXTH_WEEK = 1, 5


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("trial_behavior"), importlib.import_module("behavior.regressions")


def test_share_seen_by_week_in_the_taper_trial(modules: tuple[ModuleType, ModuleType]) -> None:
    """Weeks 2 and 6 within 10 points, what is asked of a template of this trial; no week by more.

    The hazard depends on classes that the fit to the same trial predicts, not on those recorded.
    """
    script, _ = modules
    found = script.seen_by_week(load())
    miss = found["predicted"] - found["recorded"]
    assert np.abs(miss[[SECOND_WEEK, SIXTH_WEEK]]).max() < 0.10
    assert np.abs(miss).max() < 0.10
    # Without dependence on anything, leaving would be spread evenly over the weeks.
    assert found["recorded"][SECOND_WEEK] - found["recorded"][SIXTH_WEEK] > 0.5


def test_standard_errors_equal_the_rows(modules: tuple[ModuleType, ModuleType]) -> None:
    script, _ = modules
    rows = load().rows
    for row, (value, error, *_, people) in script.rows().items():
        assert (rows[row].value, float(rows[row].spread), rows[row].n) == (value, error, people)


def test_each_class_drives_people_out_of_the_taper_trial() -> None:
    row = load().rows["leave-day-ctn30-class"]
    assert float(row.value or 0.0) > 2.0 * float(row.spread)


def test_a_known_hazard_and_its_error_are_found(modules: tuple[ModuleType, ModuleType]) -> None:
    _, regressions = modules
    generator = np.random.default_rng(5)
    start, slope, span, people, weeks = -4.5, 0.5, 7.0, 2000, 12
    level = generator.integers(0, 4, (people, weeks)).astype(float)
    left = generator.random((people, weeks)) < -np.expm1(-span * np.exp(start + slope * level))
    is_in = np.cumsum(np.cumsum(left, axis=1), axis=1) <= 1
    who, _ = np.nonzero(is_in)
    columns = np.column_stack([np.ones(len(who)), level[is_in]])
    known = regressions.clustered(left[is_in].astype(float), columns, who, np.full(len(who), np.log(span)))
    assert np.abs((known.params - [start, slope]) / known.bse).max() < 3.0
    # About one over the root of the 2,000 people who leave, over the spread of the classes for the slope.
    assert (known.bse < 0.1).all()
