"""The shipped `derived` rows equal the output of the scripts that made them."""

from __future__ import annotations

import csv
import importlib.util
import sys
from importlib import resources
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speciosa.evidence import load

FOLDER = Path(__file__).parents[2] / "calibration"
SAMPLE = resources.files("speciosa.evidence") / "samples" / "withdrawal_scores.csv"
# A fit of minutes: its rows are held against the gradient at them.
LONG = "withdrawal_scores"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != LONG)


def module_of(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(FOLDER))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


@pytest.fixture(scope="module")
def long() -> ModuleType:
    return module_of(FOLDER / f"{LONG}.py")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_rows_equal_the_script(script: Path) -> None:
    rows = load().rows
    found = {name: value for name, value in module_of(script).compute(load()).items() if name in rows}
    assert found
    for name, value in found.items():
        assert rows[name].value == pytest.approx(value, abs=1e-9)
        assert rows[name].kind == "derived"
        assert script.name in rows[name].note


def test_rows_of_self_ratings_and_of_leaving_equal_the_script(long: ModuleType) -> None:
    rows = load().rows
    for name, (value, error) in long.others(load()).items():
        assert rows[name].value == pytest.approx(value, rel=5e-3)
        assert float(rows[name].spread) == pytest.approx(error, rel=5e-2)
        assert f"{LONG}.py" in rows[name].note


@pytest.mark.parametrize("name", ["trial", "joint"])
def test_a_step_from_the_rows_of_the_fit_gains_nothing(long: ModuleType, name: str) -> None:
    """A Newton step moves no parameter by more than a fifth of its SE; other values are much worse."""
    posterior = long.shipped(load(), name)
    assert posterior.decrement() < 0.02
    step = posterior.covariance @ posterior.gradient[posterior.is_free]
    assert (np.abs(step) < 0.2 * np.sqrt(np.diag(posterior.covariance))).all()
    away = posterior.point + np.eye(len(posterior.point))[6]
    assert posterior.objective.full(away)[0] > posterior.cost + 2.0


def test_the_gradient_of_the_fit_equals_differences(long: ModuleType) -> None:
    posterior = long.shipped(load(), "joint")
    free = np.flatnonzero(posterior.is_free)
    assert len(free) == len(posterior.point) - 1
    # Away from the minimum, where the gradient is not near zero.
    point = posterior.point + 0.1 * posterior.is_free
    gradient = posterior.objective.full(point)[1]
    for place in free:
        step = 1e-3 * (np.arange(len(point)) == place)
        high, low = (posterior.objective.full(point + sign * step)[0] for sign in (1, -1))
        assert gradient[place] == pytest.approx((high - low) / 2e-3, rel=0.05, abs=0.5)


def test_adaptation_to_a_ramp_is_exact(long: ModuleType) -> None:
    """dA/dt = k (t - A) has the solution t - 1/k + (A0 + 1/k) exp(-k t)."""
    time = np.arange(0.0, 50.0, 4.0)
    rate = np.log(2.0) / 7.0
    expected = time - 1.0 / rate + (0.5 + 1.0 / rate) * np.exp(-rate * time)
    assert long.signals.__globals__["adapted"](time[None, :], 7.0, 4.0, 0.5)[0] == pytest.approx(expected)


@pytest.mark.parametrize("name", ["trial", "joint"])
def test_standard_errors_of_the_fit_equal_the_rows(long: ModuleType, name: str) -> None:
    rows = load().rows
    for key, error in long.shipped(load(), name).errors().items():
        if key in long.ROWS:
            assert float(rows[f"{long.ROWS[key]}-{name}"].spread) == pytest.approx(error, rel=0.15)


def test_the_posterior_sample_names_parameters_and_agrees_with_the_rows() -> None:
    evidence = load()
    header, *lines = csv.reader(SAMPLE.read_text(encoding="utf-8").splitlines())
    names = [name.split(" [")[0] for name in header]
    assert set(names) <= set(evidence.slots)
    values = np.array(lines, dtype=np.float64)
    assert values.shape[0] >= 300
    assert np.isfinite(values).all()
    for column, row in (
        ("severity.exponent", "severity-exponent-joint"),
        ("severity.gain", "severity-gain-joint"),
    ):
        known = evidence.rows[row]
        error = float(known.spread)
        drawn = values[:, names.index(column)]
        assert np.median(drawn) == pytest.approx(known.value, abs=1.5 * error)
        assert 0.5 * error < drawn.std() < 2.0 * error
    weights = [values[:, names.index(f"dependence.weight.{part}")] for part in ("very_fast", "fast", "slow")]
    assert np.sum(weights, axis=0) == pytest.approx(1.0, abs=1e-4)
