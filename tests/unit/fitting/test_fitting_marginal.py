"""The marginal likelihood against closed forms and SciPy's quadrature; gradients against differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitting_cases import decline_problem, level_problem, levels, measured, oral_data
from scipy import integrate, stats

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting import Classes, Effect, Free, LogNormal, Normal, Ordinal, evaluate
from speciosa.fitting.marginal import Marginal
from speciosa.fitting.nodes import Nodes, Points

TABLE = levels()
PROPORTIONAL = Normal(proportional=0.25)


def exact_levels(problem, table: np.ndarray) -> np.ndarray:
    """-2 log density of each person without n log 2 pi: normal with a common part."""
    m = table.shape[1]
    covariance = 1.0**2 * np.ones((m, m)) + 0.4**2 * np.eye(m)
    return -2.0 * stats.multivariate_normal(np.full(m, 4.0), covariance).logpdf(table) - m * np.log(2 * np.pi)


def by_hand(problem, person: int) -> float:
    """-2 log of the integral over eta of density times prior, by SciPy; one random effect."""
    theta = problem.start
    cases = problem.cases(theta)
    size = float(np.sqrt(problem.covariance(theta)[0, 0]))

    def density(eta: float) -> float:
        point = cases.mean[[person]].copy()
        point[:, problem.random] += eta
        value = problem.predictor.apart(point, np.array([person]))
        own = cases.taken(np.array([person]))
        return float(np.exp(problem.terms(own, value).density.sum()) * stats.norm.pdf(eta, 0.0, size))

    found = integrate.quad(density, -8.0 * size, 8.0 * size, limit=200, epsabs=0.0, epsrel=1e-7)[0]
    return -2.0 * np.log(found) - problem.constant[person]


@pytest.mark.parametrize("method", ["fo", "foce", "focei", "laplace", "quadrature"])
def test_a_linear_model_has_a_closed_form(method: str) -> None:
    problem = level_problem(TABLE)
    found = evaluate(problem, method, points=1 if method == "quadrature" else None)
    assert found == pytest.approx(exact_levels(problem, TABLE), abs=1e-6)


def test_importance_sampling_of_a_linear_model() -> None:
    problem = level_problem(TABLE)
    found = evaluate(problem, "importance", points=4000, seed=5)
    assert found == pytest.approx(exact_levels(problem, TABLE), abs=0.05)


ORDINAL = Ordinal(Classes((1.0, 3.0, 6.0), scale=0.8, occasion=0.5))


def ordinal_problem(n: int = 3):
    problem = decline_problem(PROPORTIONAL, n)
    generator = np.random.default_rng(8)
    values = problem.measurements[0].value.reshape(n, 2)
    classes = ORDINAL.draw(values, [np.full((n, 1), 0.5)], generator)
    return replace(problem, measurements=(measured("y", ORDINAL, np.array([0.5, 2.0]), classes),))


def limited_problem():
    problem = decline_problem(PROPORTIONAL)
    item = problem.measurements[0]
    is_low = item.value < 4.0
    code = np.where(is_low, -1, 0).astype(np.int8)
    assert 0 < is_low.sum() < len(is_low)
    limited = replace(item, value=np.where(is_low, 4.0, item.value), code=code)
    return replace(problem, measurements=(limited,))


NONLINEAR = {
    "proportional": lambda: decline_problem(PROPORTIONAL),
    "combined": lambda: decline_problem(Normal(additive=0.5, proportional=0.2)),
    "log-normal": lambda: decline_problem(LogNormal(0.3)),
    "below a limit": limited_problem,
    "ordinal": ordinal_problem,
}


@pytest.mark.parametrize("name", NONLINEAR)
def test_quadrature_is_the_integral(name: str) -> None:
    problem = NONLINEAR[name]()
    found = evaluate(problem, "quadrature", points=75)
    right = [by_hand(problem, person) for person in range(problem.subjects.size)]
    assert found == pytest.approx(right, abs=1e-3)


@pytest.mark.parametrize("name", NONLINEAR)
@pytest.mark.parametrize("method", ["focei", "laplace"])
def test_expansions_come_to_the_integral_as_people_become_alike(name: str, method: str) -> None:
    errors = []
    for spread in (0.2, 0.05):
        problem = replace(NONLINEAR[name](), free=(Free("ke", 0.45, spread=spread),))
        right = evaluate(problem, "quadrature", points=25).sum()
        errors.append(abs(evaluate(problem, method).sum() - right))
    assert errors[1] < min(0.15, max(0.01, 0.5 * errors[0]))


def test_methods_differ_where_they_should() -> None:
    """With a proportional error all four approximations are different numbers (Wang 2007)."""
    problem = decline_problem(PROPORTIONAL)
    totals = [evaluate(problem, method).sum() for method in ("fo", "foce", "focei", "laplace")]
    assert np.abs(np.subtract.outer(totals, totals) + np.eye(4)).min() > 1e-3


def test_focei_is_foce_where_errors_do_not_depend_on_the_prediction() -> None:
    problem = decline_problem(Normal(additive=0.5))
    assert evaluate(problem, "foce") == pytest.approx(evaluate(problem, "focei"), abs=1e-8)


def rich_problem():
    """Correlated random effects, one parameter without, a covariate, two kinds of error."""
    problem, _ = oral_data(5)
    subjects = replace(problem.subjects, covariates={"weight": np.array([55.0, 62.0, 70.0, 81.0, 95.0])})
    free = (
        Free("ka", 1.1),
        Free("CL", 2.8, spread=0.3, effects=(Effect("weight", reference=70.0, value=0.6),)),
        Free("V", 24.0, spread=0.25),
    )
    item = replace(problem.measurements[0], model=Normal(additive=0.1, proportional=0.2))
    return replace(problem, subjects=subjects, free=free, measurements=(item,), blocks=(("V", "CL"),))


@pytest.mark.parametrize("method", ["fo", "foce", "focei", "laplace"])
def test_gradients_are_those_of_the_objective(method: str) -> None:
    marginal = Marginal(rich_problem(), method)
    theta = marginal.problem.start + 0.05
    there = marginal.evaluate(theta)
    found = marginal.gradients(there).sum(axis=0)
    h = 2e-3
    for index in range(len(theta)):
        move = h * np.eye(len(theta))[index]
        ahead, behind = (marginal.evaluate(theta + sign * move, there.center.point).total for sign in (1, -1))
        assert found[index] == pytest.approx((ahead - behind) / (2 * h), rel=2e-3, abs=5e-3)


def test_gradients_on_points() -> None:
    problem = rich_problem()
    nodes = Nodes.laid(problem, problem.start, Points.quadrature(2, 5))
    found, h = nodes.gradients(problem.start).sum(axis=0), 1e-4
    for index in range(len(found)):
        move = h * np.eye(len(found))[index]
        ahead, behind = (nodes.parts(problem.start + sign * move).sum() for sign in (1, -1))
        assert found[index] == pytest.approx((ahead - behind) / (2 * h), rel=1e-4, abs=1e-4)
    assert (nodes.effective(problem.start) > 3.0).all()


def test_many_values_at_once_are_the_same_as_one_by_one() -> None:
    marginal = Marginal(rich_problem(), "focei")
    thetas = marginal.problem.start + np.array([[0.0], [0.1], [-0.1]])
    together = marginal.evaluate(thetas).parts
    for row, theta in zip(together, thetas, strict=True):
        assert row == pytest.approx(marginal.evaluate(theta).parts[0], abs=1e-6)


def test_the_reference_target_agrees() -> None:
    fast, plain = (
        evaluate(decline_problem(PROPORTIONAL, target=target), "focei") for target in ("auto", "reference")
    )
    assert fast == pytest.approx(plain, abs=2e-3)


def test_the_covariance_of_a_block() -> None:
    problem = rich_problem()
    names = problem.names
    theta = problem.start
    theta[names.index("CL~V")] = 0.7
    factor_v, factor_cl = np.exp(theta[names.index("V.spread")]), np.exp(theta[names.index("CL.spread")])
    found = problem.covariance(theta)
    # The block begins with V: its variance is plain, that of CL has the shared part.
    assert found[1, 1] == pytest.approx(factor_v**2)
    assert found[0, 0] == pytest.approx(factor_cl**2 * (1.0 + 0.7**2))
    assert found[0, 1] == pytest.approx(0.7 * factor_cl * factor_v)
    assert problem.cases(theta).log_determinant[0] == pytest.approx(np.linalg.slogdet(found)[1])


def test_covariates_move_the_mean() -> None:
    problem = rich_problem()
    means = problem.means(problem.start[None])[0]
    assert means[:, 1] == pytest.approx(
        np.log(2.8) + 0.6 * np.log(problem.subjects.covariates["weight"] / 70.0)
    )
    assert means[:, 0] == pytest.approx(np.full(5, np.log(1.1)))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Marginal(ordinal_problem(), "foce"), FitError,
         "measurement of y: the method foce is asked of Ordinal observations; expected normal ones. Choose"),
        (lambda: Marginal(limited_problem(), "fo"), FitError, "Normal observations beyond a limit"),
        (lambda: Marginal(ordinal_problem(), "focie"), UnknownNameError, "method 'focie'. Did you mean"),
        (lambda: evaluate(rich_problem(), "quadrature", points=99), FitError,
         "99 points in each of 2 directions are 9,801; expected at most 5,000 in all. Take fewer points"),
        (lambda: replace(rich_problem(), blocks=(("V", "ka"),)), UnknownNameError,
         "blocks: unknown parameter with a spread 'ka'"),
        (lambda: replace(rich_problem(), blocks=(("V", "V"),)), FitError, "a parameter is in two blocks"),
        (lambda: replace(rich_problem(), fixed=("CL.spred",)), UnknownNameError, "Did you mean 'CL.spread'"),
        (lambda: replace(rich_problem(), free=(Free("Cl", 3.0),)), UnknownNameError, "parameter 'Cl'"),
        (lambda: replace(rich_problem(), free=(Free("CL", 3.0, effects=(Effect("wt"),)),)), UnknownNameError,
         "unknown covariate 'wt'"),
        (lambda: replace(rich_problem(), measurements=()), FitError, "expected one or more"),
        (lambda: Free("CL", -3.0), FitError, "CL: the value is -3; expected a number with a finite log"),
        (lambda: Free("CL", 3.0, spread=0.0), FitError, "CL: the spread is 0; expected an SD above zero"),
        (lambda: Free("CL", 3.0, "lgo"), UnknownNameError, "unknown scale 'lgo'"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()


def test_who_cannot_be_solved_has_no_part() -> None:
    problem = decline_problem(PROPORTIONAL)
    bad = problem.start.copy()
    bad[0] = 800.0  # a rate that is infinite
    found = evaluate(problem, "focei", bad)
    assert np.isnan(found).all()
