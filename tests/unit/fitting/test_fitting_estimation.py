"""Estimates and standard errors: closed forms of a balanced table, recovery, status and advice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitting_cases import decline_problem, level_problem, levels, oral_data
from scipy import stats

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting import Classes, Effect, Fit, FitStatus, Free, Normal, Ordinal, Problem, fit
from speciosa.fitting.uncertainty import uncertainty

N, M = 40, 5
TABLE = levels(N, M, between=0.8, within=0.5)


def closed_form() -> tuple[float, float, float]:
    """Maximum likelihood of a balanced table: mean, variance between, variance within."""
    means = TABLE.mean(axis=1)
    within = ((TABLE - means[:, None]) ** 2).sum() / (N * (M - 1))
    between = means.var() - within / M
    return float(means.mean()), float(between), float(within)


@pytest.fixture(scope="module")
def balanced() -> Fit:
    return fit(level_problem(TABLE), "focei", covariance="R", tolerance=1e-4)


@pytest.mark.parametrize("method", ["fo", "foce", "focei", "laplace", "quadrature"])
def test_estimates_of_a_balanced_table(method: str) -> None:
    found = fit(level_problem(TABLE), method, covariance=None, tolerance=1e-4)
    mean, between, within = closed_form()
    assert found.is_converged
    assert found.estimate("level").value == pytest.approx(mean, rel=1e-4)
    assert found.estimate("var(level)").value == pytest.approx(between, rel=1e-3)
    assert found.estimate("y.additive").value ** 2 == pytest.approx(within, rel=1e-3)


def test_importance_sampling_comes_close() -> None:
    found = fit(level_problem(TABLE), "importance", covariance=None, points=300)
    mean, between, within = closed_form()
    assert found.is_converged
    assert found.seed == 1
    assert found.estimate("level").value == pytest.approx(mean, rel=0.01)
    assert found.estimate("var(level)").value == pytest.approx(between, rel=0.1)
    assert found.estimate("y.additive").value ** 2 == pytest.approx(within, rel=0.02)


def test_standard_errors_of_a_balanced_table(balanced: Fit) -> None:
    """The information of a balanced table is known: N groups, N (M - 1) deviations within."""
    _, between, within = closed_form()
    total = within + M * between
    error = balanced.estimate("level").error
    assert error == pytest.approx(np.sqrt(total / (N * M)), rel=2e-3)
    variance_of_within = 2.0 * within**2 / (N * (M - 1))
    variance_of_between = (2.0 * total**2 / N + variance_of_within) / M**2
    assert balanced.estimate("var(level)").error == pytest.approx(np.sqrt(variance_of_between), rel=5e-3)
    # The SD's error follows from the variance's.
    right = np.sqrt(variance_of_within) / (2.0 * np.sqrt(within))
    assert balanced.estimate("y.additive").error == pytest.approx(right, rel=5e-3)


def test_intervals_are_symmetric_on_their_scale(balanced: Fit) -> None:
    item = balanced.estimate("y.additive")
    assert item.low * item.high == pytest.approx(item.value**2)
    level = balanced.estimate("level")
    assert level.low + level.high == pytest.approx(2.0 * level.value)
    assert level.high - level.low == pytest.approx(2.0 * 1.959964 * level.error)


def test_kinds_of_covariance() -> None:
    """With the gradients of a known quadratic, R and S are what they were made of."""
    r, root = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 0.5], [0.0, 2.0], [1.0, -1.0]])

    def gradients(theta: np.ndarray) -> np.ndarray:
        # Parts of -2 log L: a share of the quadratic each, and tilts that add up to nothing.
        tilt = 2.0 * (root - root.mean(axis=0))
        return tilt + (2.0 * r @ theta)[None] / 3.0

    s = (root - root.mean(axis=0)).T @ (root - root.mean(axis=0))
    inverse = np.linalg.inv(r)
    for kind, right in (("R", inverse), ("S", np.linalg.inv(s)), ("sandwich", inverse @ s @ inverse)):
        assert uncertainty(gradients, np.zeros(2), kind).covariance == pytest.approx(right, rel=1e-6)


def test_a_flat_direction_is_told() -> None:
    found = uncertainty(lambda theta: np.array([[theta[0], 0.0], [theta[0], 0.0]]), np.zeros(2), "R")
    assert np.isnan(found.covariance).all()
    assert "R is not positive: the objective is flat in some direction" in found.note
    with pytest.raises(UnknownNameError, match="kind of covariance 'robust'"):
        uncertainty(lambda theta: theta[None], np.zeros(1), "robust")


def test_recovery_of_an_oral_model() -> None:
    problem, truth = oral_data(60, seed=11)
    found = fit(problem)
    assert found.is_converged
    for name, value in (("ka", 1.2), ("CL", 3.0), ("V", 25.0)):
        item = found.estimate(name)
        # The true value is the median of the drawn people only up to their number.
        assert abs(np.log(item.value / value)) < 4.0 * item.error / item.value
        assert found.estimate(f"var({name})").value == pytest.approx(0.09, rel=0.6)
    assert found.estimate("plasma.proportional").value == pytest.approx(0.15, rel=0.12)
    assert np.corrcoef(found.etas[:, 1], truth[:, 1])[0, 1] > 0.9


def test_a_covariate_is_found_and_lowers_the_objective() -> None:
    problem, _ = oral_data(40, seed=12, spread=0.15)
    weight = np.exp(np.random.default_rng(5).normal(np.log(70.0), 0.25, 40))
    # People are made heavier in name only: what they clear is made to follow.
    theta = problem.start.copy()
    table = np.exp(problem.means(theta[None])[0])
    table[:, 1] *= (weight / 70.0) ** 0.75
    kernel = problem.kernel
    clean = kernel.run(table, problem.subjects.schedules, problem.sheet.times, threads=1).values[..., 0]
    generator = np.random.default_rng(6)
    eta = 0.15 * generator.standard_normal((40, 1))
    seen = clean * (1.0 + 0.1 * generator.standard_normal(clean.shape)) * np.exp(eta)
    item = replace(problem.measurements[0], value=seen.ravel())
    subjects = replace(problem.subjects, covariates={"weight": weight})
    plain = replace(problem, subjects=subjects, measurements=(item,))
    free = list(problem.free)
    free[1] = replace(free[1], effects=(Effect("weight", reference=70.0),))
    fuller = replace(plain, free=tuple(free))
    without, with_it = fit(plain, covariance=None), fit(fuller)
    assert with_it.objective < without.objective - 10.0
    effect = with_it.estimate("CL.weight")
    assert abs(effect.value - 0.75) < 3.0 * effect.error


@pytest.mark.parametrize("method", ["focei", "quadrature"])
def test_ordered_classes_with_effects_of_the_person(method: str) -> None:
    """A proportional-odds model with random intercepts and fitted cut points finds what made the data."""
    n, m = 120, 12
    generator = np.random.default_rng(9)
    severity = 1.0 * generator.standard_normal((n, 1)) + np.zeros((n, m))
    model = Ordinal(Classes((-1.0, 1.0), are_cuts_fitted=True))
    own = [np.full((n, 1), -1.0), np.full((n, 1), 2.0)]
    table = model.draw(severity, own, generator)
    problem = level_problem(table)
    item = replace(problem.measurements[0], model=model)
    free = (Free("level", 0.0, "identity", spread=0.7, is_fixed=True),)
    found = fit(replace(problem, measurements=(item,), free=free), method, covariance="R")
    assert found.is_converged
    for name, value in (("y.cut 1", -1.0), ("y.step to cut 2", 2.0), ("var(level)", 1.0)):
        estimate = found.estimate(name)
        assert abs(estimate.value - value) < 3.0 * estimate.error


def test_a_coordinate_may_be_kept_at_its_start() -> None:
    problem = replace(level_problem(TABLE), fixed=("y.additive",))
    found = fit(problem, covariance=None)
    assert problem.names == ("level", "level.spread")
    assert found.estimate("y.additive").value == pytest.approx(0.4)
    assert found.estimate("y.additive").is_fixed
    assert np.isnan(found.estimate("y.additive").error)


def test_nothing_to_fit_is_an_evaluation() -> None:
    free = (Free("level", 4.0, "identity", spread=1.0, is_fixed=True, is_spread_fixed=True),)
    found = fit(level_problem(TABLE, free=free, fixed=("y.additive",)))
    assert found.is_converged
    right = stats.multivariate_normal(np.full(M, 4.0), np.ones((M, M)) + 0.16 * np.eye(M)).logpdf(TABLE)
    assert found.objective == pytest.approx(-2.0 * right.sum() - TABLE.size * np.log(2.0 * np.pi))


def test_a_start_that_cannot_be_evaluated_is_a_status() -> None:
    problem = decline_problem(Normal(proportional=0.2))
    found = fit(problem, start=np.array([800.0, *problem.start[1:]]))
    assert found.status is FitStatus.NOT_FINITE
    assert any("no objective for 6 of the people: 1, 2, 3, 4, 5" in item for item in found.warnings)
    with pytest.raises(FitError, match=r"the fit ended with not finite\. The start cannot be evaluated"):
        found.check()


def test_too_few_iterations_are_a_status() -> None:
    found = fit(level_problem(TABLE), start=np.array([1.0, 1.5, 1.0]), covariance=None, limit=1)
    assert found.status is FitStatus.ITERATION_LIMIT
    assert "Allow more iterations" in found.warnings[0]
    assert fit(level_problem(TABLE), covariance=None).check().is_converged


def test_progress_is_told() -> None:
    told: list[float] = []
    found = fit(level_problem(TABLE), covariance=None, progress=lambda _, value: told.append(value))
    assert min(told) == pytest.approx(found.objective)


def test_the_order_of_people_does_not_matter() -> None:
    problem, _ = oral_data(6)
    back = problem.of_people([5, 4, 3, 2, 1, 0])
    one, other = fit(problem, covariance=None), fit(back, covariance=None)
    assert one.objective == pytest.approx(other.objective, abs=1e-4)
    assert one.parts == pytest.approx(other.parts[::-1], abs=1e-2)


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown method 'saem'"):
        fit(level_problem(TABLE), "saem")


def test_a_problem_of_some_people_and_a_span_of_time() -> None:
    problem = level_problem(TABLE)
    part = problem.of_people([3, 7], until=2.0)
    assert isinstance(part, Problem)
    assert part.subjects.ids == ("4", "8")
    assert part.count == 6
    assert part.sheet.values[0].tolist() == TABLE[[3, 7], :3].tolist()
