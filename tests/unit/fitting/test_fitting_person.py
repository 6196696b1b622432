"""One person: against the closed form of a normal model, against each other, and calibrated by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fitting_cases import decline_kernel, level_kernel, levels, measured, oral_kernel, people
from fitting_cases import level_problem as population_of_levels
from scipy import stats

from speciosa.engine import Events, Schedules
from speciosa.errors import FitError, UnknownNameError
from speciosa.evidence import load
from speciosa.fitting import (
    Classes,
    Fit,
    Free,
    LogNormal,
    Measurement,
    Normal,
    Ordinal,
    Prior,
    Problem,
    by_data,
    chain,
    fit,
    forecast,
    peak,
    posterior,
    posterior_of_person,
    prior_of_people,
    prior_of_row,
    tempered,
)
from speciosa.fitting.particles import weighted_quantiles

TIMES = np.array([0.0, 1.0, 2.0, 4.0])
SEEN = np.array([5.5, 6.1, 6.0, 7.3])
NOISE = 0.6
ORAL_TIMES = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 24.0])


def straight_line():
    """Level and slope with a known error: the posterior is normal."""
    free = (Free("level", 5.0, "identity"), Free("rise", 0.2, "identity"))
    item = measured("y", Normal(additive=NOISE), TIMES, SEEN[None])
    problem = Problem(level_kernel(), people(1), (item,), free, threads=1)
    priors = [Prior("level", 5.0, 1.0, "identity"), Prior("rise", 0.2, 0.5, "identity")]
    return posterior(problem, priors)


def closed_form(seen: np.ndarray = SEEN) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, covariance and log evidence."""
    design = np.column_stack([np.ones(4), TIMES])
    prior = np.diag([1.0, 0.25])
    mean = np.array([5.0, 0.2])
    covariance = np.linalg.inv(np.linalg.inv(prior) + design.T @ design / NOISE**2)
    center = covariance @ (np.linalg.inv(prior) @ mean + design.T @ seen / NOISE**2)
    marginal = stats.multivariate_normal(design @ mean, design @ prior @ design.T + NOISE**2 * np.eye(4))
    return center, covariance, float(marginal.logpdf(seen))


def oral_person(seed: int = 3, *, model=None):
    kernel, generator = oral_kernel(), np.random.default_rng(seed)
    schedules = Schedules.shared(Events.boluses(np.array([0.0]), 0, 100.0), 1)
    clean = kernel.run(np.array([[1.2, 3.0, 25.0]]), schedules, ORAL_TIMES, threads=1).values[..., 0]
    seen = clean * (1.0 + 0.1 * generator.standard_normal(clean.shape))
    item = measured("plasma", model or Normal(proportional=0.1), ORAL_TIMES, seen)
    free = (Free("ka", 1.0), Free("CL", 2.5), Free("V", 20.0))
    subjects = replace(people(1), schedules=schedules)
    problem = Problem(kernel, subjects, (item,), free, threads=1)
    priors = [
        Prior("plasma.proportional", 0.1, 0.4),
        Prior("ka", 1.0, 0.5),
        Prior("CL", 2.5, 0.4),
        Prior("V", 20.0, 0.3),
    ]
    return posterior(problem, priors)


def test_the_most_probable_values_of_a_line() -> None:
    mean, covariance, evidence = closed_form()
    found = peak(straight_line())
    assert found.point == pytest.approx(mean, abs=1e-3)
    assert found.covariance == pytest.approx(covariance, rel=1e-4)
    assert found.log_evidence == pytest.approx(evidence, abs=1e-4)
    assert "converged" in repr(found)


@pytest.mark.parametrize("way", [tempered, by_data])
def test_particles_of_a_line(way) -> None:
    mean, covariance, evidence = closed_form()
    cloud = way(straight_line(), count=2000, seed=4)
    size = np.sqrt(np.diagonal(covariance))
    assert np.abs(cloud.mean - mean) / size == pytest.approx(0.0, abs=0.12)
    assert np.sqrt(np.diagonal(cloud.covariance)) == pytest.approx(size, rel=0.12)
    assert cloud.log_evidence == pytest.approx(evidence, abs=0.25)
    assert cloud.effective > 800.0


def test_walkers_of_a_line() -> None:
    mean, covariance, _ = closed_form()
    found = chain(straight_line(), steps=700, burn_in=100, seed=2)
    size = np.sqrt(np.diagonal(covariance))
    assert np.abs(found.points.mean(axis=0) - mean) / size == pytest.approx(0.0, abs=0.12)
    assert found.points.std(axis=0) == pytest.approx(size, rel=0.1)
    assert (found.likeness < 1.15).all()
    assert (found.effective > 150.0).all()
    assert 0.3 < found.accepted < 0.9


def test_particles_and_walkers_agree_on_a_curved_posterior() -> None:
    person = oral_person()
    cloud, found = tempered(person, count=1500, seed=1), chain(person, steps=900, burn_in=200, seed=1)
    size = found.points.std(axis=0)
    assert (found.likeness < 1.1).all()
    assert np.abs(cloud.mean - found.points.mean(axis=0)) / size == pytest.approx(0.0, abs=0.2)
    assert np.sqrt(np.diagonal(cloud.covariance)) == pytest.approx(size, rel=0.15)
    shares = np.array([0.05, 0.5, 0.95])
    quantiles = np.quantile(found.points, shares, axis=0)
    assert np.abs(np.log(cloud.quantiles(shares)) - quantiles) / size == pytest.approx(0.0, abs=0.3)


def test_an_update_leads_where_all_data_at_once_lead() -> None:
    person = oral_person()
    early = tempered(person.until(2.0), count=1500, seed=1)
    later = early.updated(person)
    at_once = tempered(person, count=1500, seed=2)
    size = np.sqrt(np.diagonal(at_once.covariance))
    assert np.abs(later.mean - at_once.mean) / size == pytest.approx(0.0, abs=0.25)
    assert later.log_evidence == pytest.approx(at_once.log_evidence, abs=0.4)
    assert early.posterior.problem.count == 3
    # An early cloud is wider in clearance, which only late samples tell.
    assert early.covariance[1, 1] > 1.5 * later.covariance[1, 1]


def test_fewer_moves_cost_less() -> None:
    person = straight_line()
    few, many = (tempered(person, count=200, moves=moves) for moves in (2, 60))
    assert few.evaluations < 0.5 * many.evaluations
    early = tempered(person.until(1.0), count=200)
    added = early.updated(person, moves=1).evaluations - early.evaluations
    assert added <= 4 * 200


def test_the_seed_decides_all() -> None:
    person = straight_line()
    for way in (tempered, by_data):
        one, same, other = (way(person, count=200, seed=seed) for seed in (1, 1, 2))
        assert np.array_equal(one.points, same.points)
        assert one.log_evidence == same.log_evidence
        assert not np.array_equal(one.points, other.points)
    one, same = (chain(person, steps=20, burn_in=5, seed=3) for _ in range(2))
    assert np.array_equal(one.steps, same.steps)


def test_calibration_by_simulation() -> None:
    """Truths drawn from the prior lie anywhere in their posteriors with equal chance (Talts et al. 2018)."""
    kernel, generator = decline_kernel(), np.random.default_rng(21)
    times, replicates, bins = np.array([0.5, 1.0, 3.0]), 64, 8
    priors = [Prior("ke", 0.5, 0.5), Prior("y.proportional", 0.2, 0.3)]
    ranks = np.empty((replicates, 2))
    for replicate in range(replicates):
        rate = 0.5 * np.exp(0.5 * generator.standard_normal())
        error = 0.2 * np.exp(0.3 * generator.standard_normal())
        seen = 10.0 * np.exp(-rate * times) * (1.0 + error * generator.standard_normal(3))
        item = measured("y", Normal(proportional=0.2), times, seen[None])
        problem = Problem(kernel, people(1), (item,), (Free("ke", 0.5),), threads=1)
        cloud = tempered(posterior(problem, priors), count=150, seed=replicate)
        truth = np.log([rate, error])
        ranks[replicate] = cloud.weights @ (cloud.points < truth)
    for column in ranks.T:
        counts = np.histogram(column, bins, (0.0, 1.0))[0]
        assert stats.chisquare(counts).pvalue > 0.005
        # A posterior that is too narrow or too wide shows in the spread of the ranks.
        assert column.std() == pytest.approx(np.sqrt(1.0 / 12.0), abs=0.06)


def test_ordered_classes_of_one_person_and_their_forecast() -> None:
    model = Ordinal(Classes((4.0, 6.0), scale=0.7))
    item = measured("y", model, np.arange(6.0), np.array([[0.0, 1, 1, 2, 2, 2]]))
    free = (Free("level", 4.0, "identity"), Free("rise", 0.0, "identity"))
    problem = Problem(level_kernel(), people(1), (item,), free, threads=1)
    person = posterior(problem, [Prior("level", 4.0, 1.0, "identity"), Prior("rise", 0.0, 1.0, "identity")])
    cloud = tempered(person, count=500)
    ahead = forecast(cloud, np.array([0.0, 10.0]))
    chances = ahead.classes("y")
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert chances.loc[0.0, 0] > 0.4
    assert chances.loc[10.0, 2] > 0.9
    with pytest.raises(UnknownNameError, match="unknown measurement 'x'"):
        ahead.classes("x")


def test_a_forecast_holds_the_closed_form() -> None:
    mean, covariance, _ = closed_form()
    bands = forecast(peak(straight_line()), np.array([6.0]), draws=4000).bands("y")
    row = np.array([1.0, 6.0])
    size = np.sqrt(row @ covariance @ row)
    right = row @ mean + size * stats.norm.ppf([0.05, 0.25, 0.5, 0.75, 0.95])
    assert bands.loc[6.0].to_numpy() == pytest.approx(right, abs=0.1 * size)
    assert list(bands) == ["p5", "p25", "p50", "p75", "p95"]


def test_a_forecast_takes_the_doses_to_come() -> None:
    person = oral_person()
    later = Schedules.shared(Events.boluses(np.array([0.0, 48.0]), 0, 100.0), 1)
    known = peak(person)
    plain = forecast(known, np.array([50.0])).bands("plasma")
    with_dose = forecast(known, np.array([50.0]), schedules=later).bands("plasma")
    assert with_dose.loc[50.0, "p5"] > 5.0 * plain.loc[50.0, "p95"]
    with pytest.raises(FitError, match="observations are Normal; expected ordered classes"):
        forecast(known, np.array([50.0])).classes("plasma")


@pytest.fixture(scope="module")
def population() -> Fit:
    return fit(population_of_levels(levels(30, 5)), covariance=None)


def test_a_fitted_population_is_the_prior_of_a_new_person(population: Fit) -> None:
    item = measured("y", Normal(additive=1.0), np.arange(3.0), np.array([[7.0, 7.4, 6.9]]))
    person = posterior_of_person(population, people(1), [item])
    found = peak(person)
    between = population.estimate("var(level)").value
    within = population.estimate("y.additive").value ** 2
    weight = between / (between + within / 3.0)
    typical = population.estimate("level").value
    assert found.point[0] == pytest.approx(typical + weight * (7.1 - typical), abs=1e-3)
    assert found.covariance[0, 0] == pytest.approx(between * (1.0 - weight), rel=1e-3)


def test_a_person_of_the_fit_has_the_same_mode(population: Fit) -> None:
    problem = population.problem
    item = problem.measurements[0].of([4])
    found = peak(posterior_of_person(population, problem.subjects.chosen([4]), [item]))
    assert found.point == pytest.approx(population.modes[4], abs=1e-3)
    with pytest.raises(UnknownNameError, match="unknown measurement 'other'"):
        posterior_of_person(population, people(1), [replace(item, name="other")])


def test_several_starts_find_the_higher_of_two_hills() -> None:
    """Flip-flop: fast absorption and slow elimination, or the other way about."""
    person = oral_person()
    wide = replace(person, covariance=4.0 * person.covariance)
    assert peak(wide, starts=4).log_density >= peak(wide).log_density - 1e-4


def test_priors_from_evidence() -> None:
    evidence = load()
    row = next(
        item
        for item in evidence.rows.values()
        if item.spread_type == "CV%" and item.value and item.unit == "L/h"
    )
    low, high = row.interval
    found = prior_of_row("CL", row, "L/h")
    assert found.value == row.value
    assert found.why == f"row {row.id}"
    assert found.deviation == pytest.approx(
        0.5 * np.log(high / low) if low > 0 else np.log(high / row.value), rel=1e-9
    )
    none = next(item for item in evidence.rows.values() if item.spread_type == "none" and item.value)
    with pytest.raises(FitError, match=f"CL: row '{none.id}' has no value with a spread"):
        prior_of_row("CL", none, none.unit)


def test_priors_of_people_from_evidence() -> None:
    from speciosa.body.person import modules_for
    from speciosa.drugs import Use, catalog
    from speciosa.model import compose

    evidence = load()
    model = compose(modules_for([Use("morphine", "oral")], catalog()), evidence, name="morphine")
    varied = next(item for item in model.parameters if item.parameter.spread is not None)
    found = prior_of_people(model, evidence, varied.name)
    assert found.value == varied.value
    assert found.deviation == evidence.slot(varied.parameter.spread.slot).value("omega")
    same = next(item for item in model.parameters if item.parameter.spread is None)
    with pytest.raises(FitError, match="the evidence has no variability between people"):
        prior_of_people(model, evidence, same.name)


def test_weighted_quantiles() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([0.25, 0.5, 0.25])
    found = weighted_quantiles(values[:, None], weights, np.array([0.0, 0.25, 0.625, 1.0]))
    assert found[:, 0].tolist() == [1.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: posterior(straight_line().problem, [Prior("slope", 1.0, 1.0)]), UnknownNameError, "'slope'"),
        (lambda: posterior(straight_line().problem, [Prior("level", 1.0, 1.0)]), FitError,
         "level: the prior is on the log scale; expected the identity scale"),
        (lambda: Prior("CL", -1.0, 1.0), FitError, "CL: the prior has median -1 and SD 1 on the log scale"),
        (lambda: posterior(population_of_levels(levels(3, 2)), []), FitError,
         "posterior: the problem has 3 people; expected one person. Take Problem.of_people"),
        (lambda: chain(straight_line(), walkers=3), FitError, "there are 3 walkers; expected an even"),
        (lambda: tempered(straight_line(), count=50).updated(oral_person()), FitError, "have changed"),
        (lambda: forecast(peak(straight_line()), TIMES).course("z"), UnknownNameError, "output 'z'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()


def test_observations_of_another_kind_are_refused() -> None:
    item = Measurement("y", Ordinal(Classes((0.0,))), np.array([0]), np.array([1.0]), np.array([0.0]))
    with pytest.raises(
        FitError, match="posterior: 2 coordinates belong to these observations; expected the 3"
    ):
        straight_line().with_measurements([item])


def test_impossible_observations_show_in_the_evidence() -> None:
    person = straight_line()
    item = replace(person.problem.measurements[0], value=SEEN + 40.0)
    cloud = tempered(person.with_measurements([item]), count=300)
    assert cloud.log_evidence == pytest.approx(closed_form(SEEN + 40.0)[2], abs=3.0)
    assert cloud.log_evidence < -600.0


def test_observations_that_no_particle_allows_are_said() -> None:
    item = measured("y", LogNormal(0.5), np.array([1.0]), np.array([[3.0]]))
    free = (Free("level", -50.0, "identity"),)
    problem = Problem(level_kernel(), people(1), (item,), free, threads=1)
    person = posterior(problem, [Prior("level", -50.0, 1.0, "identity")])
    with pytest.raises(FitError, match="no particle can explain the observations"):
        tempered(person, count=50)
