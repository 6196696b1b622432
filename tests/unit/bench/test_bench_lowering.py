"""Models written out for other engines hold the same equations and doses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from workloads import kratom, lowering, models
from workloads.problem import Problem
from workloads.small import W1, W2
from workloads.text import compiled

from speciosa.engine import Events, Schedules
from speciosa.errors import EngineError
from speciosa.model import evaluate

NAMES = {"empty": np.empty, "zeros": np.zeros, "exp": np.exp, "log": np.log}
CASES = {
    "W2": lambda: models.case(W2, np.array([3, 4]), has_lag=True),
    "W3": lambda: kratom.case(np.array([3, 4])),
}


@pytest.fixture(scope="module", params=CASES)
def both(request):
    """A case and what was made of it."""
    case = CASES[request.param]()
    problem = lowering.problem(case, W2.times)
    made = compiled(problem.source, NAMES)
    y = np.random.default_rng(2).uniform(0.05, 0.3, len(case.model.states)) * problem.scale
    p = problem.parameters[0]
    return case, problem, made, y, p, made["prologue"](p)


def test_rates_and_outputs(both) -> None:
    case, _, made, y, p, q = both
    values = dict(zip([item.name for item in case.model.states], y.tolist(), strict=True))
    values |= dict(zip([item.name for item in case.model.parameters], p.tolist(), strict=True))
    right = [evaluate(rate, values) for rate in case.model.derivatives]
    # A share of no signal is worked out and passed over.
    with np.errstate(invalid="ignore"):
        assert made["rates"](0.0, y, p, q) == pytest.approx(right, rel=1e-10)
        found = made["outputs"](0.0, y, p, q)
    right = [evaluate(case.model.output(name).value, values) for name in case.outputs]
    assert found == pytest.approx(right, rel=1e-10)


def test_the_jacobian_is_the_slope_of_the_rates(both) -> None:
    _, problem, made, y, p, q = both
    matrix = made["jacobian"](0.0, y, p, q)
    for column, size in enumerate(1e-6 * problem.scale):
        step = size * (np.arange(len(y)) == column)
        change = made["rates"](0.0, y + step, p, q) - made["rates"](0.0, y - step, p, q)
        # In units of the scales, so that small and large states count alike.
        error = (change / (2 * size) - matrix[:, column]) * problem.scale[column] / problem.scale
        assert np.abs(error).max() < 1e-5


def test_scaled_rates(both) -> None:
    _, problem, made, y, p, q = both
    found = np.zeros(len(y))
    made["scaled_rates"](0.0, y / problem.scale, found, np.concatenate([p, q]))
    assert found * problem.scale == pytest.approx(made["rates"](0.0, y, p, q), rel=1e-10)


def test_doses_have_lag_and_fraction() -> None:
    case = CASES["W2"]()
    problem = lowering.problem(case, W2.times)
    names = [item.name for item in case.model.parameters]
    lags = problem.parameters[:, names.index(models.LAG)]
    states = [item.name for item in case.model.states]
    assert problem.dose_time.shape == (2, 112)
    assert problem.dose_time[:, 0] == pytest.approx(lags)
    assert problem.dose_time[:, 1] == pytest.approx(4.0 + lags)
    assert problem.dose_amount[0, :3].tolist() == pytest.approx([1.6, 4.8, 1.6])
    assert [states[index] for index in problem.dose_state[0, :3]] == ["DA", "DB", "DA"]


def test_a_problem_is_read_as_it_was_saved(tmp_path: Path) -> None:
    problem = lowering.problem(models.case(W1, np.array([0])), W1.times)
    problem.save(tmp_path / "problem.npz")
    read = Problem.read(tmp_path / "problem.npz")
    assert read.source == problem.source
    assert (read.dose_time == problem.dose_time).all()
    assert len(read.dose_time[0]) == 42


def test_what_is_no_bolus_is_refused() -> None:
    case = models.case(W1, np.array([0]))
    (events,) = case.schedules.events
    infusion = Events(
        events.time, events.inlet, events.amount, events.rate + 5.0, events.evid, events.interval,
        events.additional, events.steady_state,
    )  # fmt: skip
    given = type(case)(case.model, case.outputs, case.parameters, Schedules.shared(infusion, 1))
    with pytest.raises(EngineError, match=r"cannot be written out; expected boluses"):
        lowering.problem(given, W1.times)
