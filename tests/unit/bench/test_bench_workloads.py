"""Definitions of the workloads: people, doses, equations, and the answers they are held against."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm
from workloads import kratom, models
from workloads.definition import Column
from workloads.reference import solved
from workloads.small import SMALL, W1, W2, W2S, exact
from workloads.text import compiled, function

from speciosa.engine import compile_model
from speciosa.model import evaluate

FIRST_OF_W1 = (2.922971842348081, 34.637466030595036, 1.4804675292865017)
LAST_OF_W2 = (
    *(32.767333906044406, 89.41384524423147, 3.673990418308433, 56.691069279806094, 119.0809986032043),
    *(0.6504278842508818, 1.5076930163320124, 0.8918001915696392, 0.6420363407908511),
)


def test_the_people_are_those_of_the_seeds() -> None:
    assert W1.table.shape == (10_000, 3)
    assert W2.table.shape == (1_000, 9)
    assert W1.table[0] == pytest.approx(FIRST_OF_W1, rel=1e-14)
    assert W2.table[-1] == pytest.approx(LAST_OF_W2, rel=1e-14)
    assert (W2S.table == W2.table).all()


def test_the_digest_is_that_of_the_table_as_text() -> None:
    columns = (Column("A", 2.0, 0.0), Column("B", 0.5, 0.0))
    workload = replace(W1, people=2, columns=columns)
    text = "ID,A,B\n1,2.0,0.5\n2,2.0,0.5\n"
    assert workload.found_digest() == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_doses() -> None:
    assert W1.events[0] == (0.0, 0, 100.0)
    assert W1.events[-1] == (328.0, 0, 100.0)
    assert len(W1.events) == 42
    states = list(W2.rates)
    assert [item for item in W2.events if item[0] in (0.0, 4.0, 652.0, 664.0)] == [
        (0.0, states.index("DA"), 1.6),
        (4.0, states.index("DB"), 16.0 * 0.3),
        (652.0, states.index("DB"), 16.0 * 0.3),
        (664.0, states.index("DA"), 1.6),
    ]
    assert len(W2.events) == 84 + 28


def test_times() -> None:
    assert [len(item.times) for item in SMALL] == [337, 673, 673]
    assert kratom.CROWD.times[-1] == 28 * 24.0


def test_w2s_differs_from_w2_in_one_number() -> None:
    assert {name for name in W2.fixed if W2.fixed[name] != W2S.fixed[name]} == {"KOFFA"}
    assert replace(W2S, name=W2.name, title=W2.title, fixed=W2.fixed) == W2


def test_a_trial_takes_the_people_of_the_reference_first() -> None:
    assert W2.rows(None).tolist() == list(range(1_000))
    assert W2.rows(3).tolist() == [0, 20, 40]
    assert set(W2.checked.tolist()) <= set(W2.rows(60).tolist())
    assert len(set(W2.rows(60).tolist())) == 60


@pytest.mark.parametrize("workload", SMALL, ids=lambda item: item.name)
def test_the_model_has_the_equations_of_the_text(workload) -> None:
    generator = np.random.default_rng(1)
    y = generator.uniform(0.1, 0.4, len(workload.rates))
    rates = function(workload, "rates(y, p)", workload.rates, "return [{all}]")
    outputs = function(workload, "outputs(y, p)", workload.outputs, "return [{all}]")
    made = compiled(rates + outputs, {})
    model = models.model(workload)
    p = workload.table[7]
    values = dict(zip(workload.rates, y.tolist(), strict=True))
    row = models.table(workload, np.array([7]), model)[0]
    values |= dict(zip([item.name for item in model.parameters], row.tolist(), strict=True))
    right = dict(zip(workload.rates, made["rates"](y, p), strict=True))
    found = {
        state.name: evaluate(rate, values)
        for state, rate in zip(model.states, model.derivatives, strict=True)
    }
    assert found == pytest.approx(right, rel=1e-12)
    assert [evaluate(output.value, values) for output in model.outputs] == pytest.approx(
        made["outputs"](y, p), rel=1e-12
    )


def test_every_state_has_the_same_absolute_tolerance() -> None:
    assert {state.scale for workload in SMALL for state in models.model(workload).states} == {1.0}


def test_the_closed_form_is_that_of_the_equations() -> None:
    clearance, volume, ka = W1.table[5]
    exchange, second = W1.fixed["Q"], W1.fixed["V2"]
    matrix = np.array(
        [
            [-ka, 0.0, 0.0],
            [ka, -(clearance + exchange) / volume, exchange / second],
            [0.0, exchange / volume, -exchange / second],
        ]
    )
    hour, y, right = expm(matrix), np.zeros(3), []
    for time in range(101):
        y = hour @ y if time else y
        y[0] += 100.0 if time % 8 == 0 else 0.0
        right.append(y[1] / volume)
    found = exact(W1.table[5:6], W1.times[:101])[0, :, 0]
    assert found == pytest.approx(right, rel=1e-11, abs=1e-13)


def test_doses_end_before_the_last_interval() -> None:
    late = exact(W1.table[:1], np.array([336.0, 344.0, 1000.0]))[0, :, 0]
    assert late[0] > late[1] > late[2] > 0.0


@pytest.mark.parametrize("workload", [W2, W2S], ids=lambda item: item.name)
def test_the_reference_and_our_engine_agree(workload) -> None:
    rows, times = np.array([0, 400]), np.arange(7.0)
    right = solved(workload, rows, 6)
    given = models.case(workload, rows)
    kernel = compile_model(given.model, target="reference", rtol=1e-11, atol=1e-13)
    found = kernel.run(given.parameters, given.schedules, times).values
    assert found == pytest.approx(right, rel=1e-8, abs=1e-11)
    assert right[:, -1].min() > 0.0


def test_lags_differ_between_people() -> None:
    given = models.case(W2, np.arange(20), has_lag=True)
    place = [item.name for item in given.model.parameters].index(models.LAG)
    lags = given.parameters[:, place]
    assert len(set(lags.tolist())) == 20
    assert 0.05 < lags.min() < lags.max() < 1.5


def test_w3_is_the_whole_kratom_model() -> None:
    given = kratom.case(np.array([0, 25]))
    assert given.parameters.shape == (2, len(given.model.parameters))
    assert {"plasma.mitragynine", "signal.MOR", "withdrawal", "COWS"} <= set(given.outputs)
    (events,) = given.schedules.events
    assert len(np.unique(events.time)) == 4 * 28
    assert (np.diff(given.parameters, axis=0) != 0.0).any()
