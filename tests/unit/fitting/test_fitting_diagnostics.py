"""Residuals, simulated data sets and predictive checks, against their definitions and known distributions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitting_cases import level_problem, levels, measured, oral_data, people
from scipy import stats

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting import (
    ClassCounts,
    Classes,
    Fit,
    Free,
    Normal,
    Ordinal,
    fit,
    predictive_check,
    residuals,
)
from speciosa.fitting.simulated import simulated

N, M = 60, 4
TABLE = levels(N, M, seed=7)


@pytest.fixture(scope="module")
def linear() -> Fit:
    return fit(level_problem(TABLE), covariance=None)


@pytest.fixture(scope="module")
def oral() -> Fit:
    return fit(oral_data(60, seed=31)[0], covariance=None)


def test_residuals_of_a_linear_model_have_closed_forms(linear: Fit) -> None:
    table = residuals(linear)
    level = linear.estimate("level").value
    between, within = linear.estimate("var(level)").value, linear.estimate("y.additive").value ** 2
    covariance = between * np.ones((M, M)) + within * np.eye(M)
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors / np.sqrt(values)) @ vectors.T
    right = (TABLE - level) @ root
    assert table["PRED"].to_numpy() == pytest.approx(level)
    assert table["WRES"].to_numpy() == pytest.approx(right.ravel(), abs=1e-6)
    # Where the model is linear it does not matter around what it is linearized.
    assert table["CWRES"].to_numpy() == pytest.approx(right.ravel(), abs=1e-6)
    weight = between / (between + within / M)
    mode = level + weight * (TABLE.mean(axis=1) - level)
    assert table["IPRED"].to_numpy() == pytest.approx(np.repeat(mode, M), abs=1e-4)
    assert table["IWRES"].to_numpy() == pytest.approx(
        ((TABLE - mode[:, None]) / np.sqrt(within)).ravel(), abs=1e-3
    )


def test_the_table_keeps_everybody_and_the_order_of_time(linear: Fit) -> None:
    table = residuals(linear)
    assert table["ID"].tolist()[: M + 1] == ["1"] * M + ["2"]
    assert table["TIME"].tolist()[:M] == [0.0, 1.0, 2.0, 3.0]
    assert table["DV"].to_numpy() == pytest.approx(TABLE.ravel())
    assert "NPDE" not in table


@pytest.mark.parametrize("name", ["CWRES", "NPDE"])
def test_residuals_are_standard_normal_where_the_model_is_right(oral: Fit, name: str) -> None:
    found = residuals(oral, replicates=400)[name].dropna()
    assert abs(found.mean()) < 0.2
    assert found.std() == pytest.approx(1.0, abs=0.15)
    assert stats.kstest(found, "norm").pvalue > 1e-3


def test_residuals_show_a_wrong_model(oral: Fit) -> None:
    """Half the clearance: late observations lie far below what is predicted."""
    wrong = replace(oral, theta=oral.theta + np.log(0.5) * (np.array(oral.problem.names) == "CL"))
    found = residuals(wrong, replicates=200)
    late = found[found["TIME"] > 6.0]
    assert late["NPDE"].mean() < -0.5


def test_npde_of_a_linear_model_are_its_whitened_residuals(linear: Fit) -> None:
    table = residuals(linear, replicates=4000)
    between, within = linear.estimate("var(level)").value, linear.estimate("y.additive").value ** 2
    factor = np.linalg.cholesky(between * np.ones((M, M)) + within * np.eye(M))
    right = np.linalg.solve(factor, (TABLE - linear.estimate("level").value).T).T
    assert table["NPDE"].to_numpy() == pytest.approx(right.ravel(), abs=0.35)
    assert np.corrcoef(table["NPDE"], right.ravel())[0, 1] > 0.995


def test_simulated_data_have_the_moments_of_the_model(linear: Fit) -> None:
    draws = simulated(linear, 300, seed=2)
    assert draws.shape == (300, N, M)
    between, within = linear.estimate("var(level)").value, linear.estimate("y.additive").value ** 2
    flat = draws.reshape(-1, M)
    assert flat.mean() == pytest.approx(linear.estimate("level").value, abs=0.03)
    assert flat.var(axis=0) == pytest.approx(between + within, rel=0.05)
    assert np.cov(flat[:, 0], flat[:, 1])[0, 1] == pytest.approx(between, rel=0.07)
    assert np.array_equal(draws, simulated(linear, 300, seed=2))
    assert not np.array_equal(draws, simulated(linear, 300, seed=3))


def test_a_predictive_check_covers_what_it_was_made_from(oral: Fit) -> None:
    check = predictive_check(oral, replicates=200, bins=6)
    assert check.statistics == ("p5", "p50", "p95")
    assert check.counts.sum() == oral.problem.count
    # 18 intervals of 95 %: a few may miss by chance.
    assert check.table["inside"].mean() > 0.75
    assert (check.low <= check.median).all()
    assert (check.median <= check.high).all()


def test_a_predictive_check_shows_a_wrong_model(oral: Fit) -> None:
    wrong = replace(oral, theta=oral.theta + np.log(2.0) * (np.array(oral.problem.names) == "CL"))
    check = predictive_check(wrong, replicates=100, bins=6)
    last = check.table[check.table["time"] == check.middle[-1]]
    assert not last["inside"].any()


def test_observed_percentiles_are_those_of_the_bin(linear: Fit) -> None:
    check = predictive_check(linear, replicates=20)
    assert check.middle.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert check.observed == pytest.approx(np.quantile(TABLE, [0.05, 0.5, 0.95], axis=0).T)


def test_prediction_correction() -> None:
    """Two groups with different typical values: each observation times the median over its own prediction."""
    from speciosa.fitting import Effect

    table = levels(20, 3, seed=4)
    table[10:] += 5.0
    group = np.repeat([0.0, 1.0], 10)
    subjects = people(20, group=group)
    free = (Free("level", 5.0, "identity", spread=0.8, effects=(Effect("group", "linear", 0.0, 5.0),)),)
    problem = replace(level_problem(table, free=()), subjects=subjects, free=free)
    found = fit(problem, covariance=None)
    check = predictive_check(found, replicates=20, is_corrected=True)
    low = found.estimate("level").value
    high = low + found.estimate("level.group").value
    factor = np.where(group == 0.0, 0.5 * (low + high) / low, 0.5 * (low + high) / high)
    assert check.values == pytest.approx((table * factor[:, None]).ravel())
    plain = predictive_check(found, replicates=20)
    assert np.ptp(check.observed[0]) < np.ptp(plain.observed[0])
    assert check.is_corrected


def test_bins_never_cut_a_time_in_two(oral: Fit) -> None:
    for bins in (3, 5, np.array([0.0, 1.5, 6.0, 30.0])):
        check = predictive_check(oral, replicates=5, bins=bins)
        assert (check.counts > 0).all()
        assert (np.diff(check.edges) > 0).all()
        assert check.counts.sum() == oral.problem.count


@pytest.fixture(scope="module")
def classes() -> Fit:
    generator, n, m = np.random.default_rng(5), 80, 5
    model = Ordinal(Classes((4.0, 6.0), scale=0.6))
    severity = 5.0 + generator.standard_normal((n, 1)) + np.zeros((n, m))
    item = measured("y", model, np.arange(m, dtype=float), model.draw(severity, [], generator))
    problem = replace(level_problem(np.zeros((n, m))), measurements=(item,))
    return fit(problem, covariance=None)


def test_shares_of_classes_are_checked(classes: Fit) -> None:
    check = predictive_check(classes, replicates=100)
    assert check.statistics == ("class 0", "class 1", "class 2")
    assert check.observed.sum(axis=1) == pytest.approx(1.0)
    assert check.table["inside"].mean() > 0.75
    with pytest.raises(FitError, match="y: classes cannot be corrected by predictions"):
        predictive_check(classes, replicates=5, is_corrected=True)


def test_what_is_not_normal_has_no_residuals(classes: Fit) -> None:
    table = residuals(classes)
    assert table["CWRES"].isna().all()
    assert table["PRED"].notna().all()


def test_what_cannot_be_checked_is_said(linear: Fit) -> None:
    with pytest.raises(UnknownNameError, match="unknown measurement 'plasma'"):
        predictive_check(linear, "plasma")
    counts = ClassCounts(Classes((5.0,)))
    item = measured("y", counts, np.array([0.0]), np.array([[[3.0, 2.0]]] * N))
    other = replace(linear, problem=replace(linear.problem, measurements=(item,)), theta=np.array([5.0, 0.0]))
    with pytest.raises(FitError, match="measurement of y: residuals are of single observations"):
        residuals(other)
    with pytest.raises(FitError, match="counts of classes cannot be simulated"):
        simulated(other, 2)


def test_observations_beyond_a_limit_have_no_residual(linear: Fit) -> None:
    item = linear.problem.measurements[0]
    code = np.where(np.arange(len(item.value)) == 1, -1, 0).astype(np.int8)
    limited = replace(linear, problem=replace(linear.problem, measurements=(replace(item, code=code),)))
    table = residuals(limited)
    assert table["CWRES"].isna().tolist()[:3] == [False, True, False]
    assert isinstance(item.model, Normal)
