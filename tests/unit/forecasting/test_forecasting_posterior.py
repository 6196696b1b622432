"""The posterior behind a forecast: the tail is the model's, draws are calibrated, and chains agree."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from forecasting_cases import cows

from speciosa.body.scales import COWS
from speciosa.fitting import (
    Course,
    Free,
    Measurement,
    Problem,
    chain,
    cohort,
    peak,
    posterior,
    prior_of_people,
    tempered,
)
from speciosa.fitting.particles import weighted_quantiles
from speciosa.forecasting import Intake, PersonRecord
from speciosa.forecasting.individual import individual, rated
from speciosa.forecasting.intake import NOTHING, taken
from speciosa.forecasting.scene import scene
from speciosa.forecasting.variants import variants_of
from speciosa.regimens import Dose, parse
from speciosa.simulation import Setting

SETTING = Setting()
BEFORE = "methadone 60 mg once a day for 10 days"
SEEN = ((30.0, 6), (54.0, 10), (78.0, 9), (102.0, 8))
AHEAD = 120.0
RECORD = PersonRecord("P", observations=tuple(cows(*item) for item in SEEN), before=BEFORE)
TIMES = np.array([*(time for time, _ in SEEN), AHEAD])
DERIVED = Path(__file__).parents[3] / "calibration"


def person(bodies: int, variant: str = "in use"):
    doses = taken(RECORD, NOTHING, AHEAD, SETTING)
    stage = scene(RECORD, doses, SETTING, variants_of([variant]), bodies=bodies, seed=1)
    (courses,) = stage.courses(TIMES)
    return individual(courses, RECORD.ratings, RECORD.moment), courses


def engine_posterior(*kinetics: str):
    """The same record with the engine solved at every step, kinetics among the unknowns."""
    regimen = parse(f"after {BEFORE}: nothing", SETTING.library)
    subject = cohort([Course("P", regimen, AHEAD)], ["severity.observed.subjective"], setting=SETTING)
    (_, courses) = person(1)
    measurement = Measurement(
        "severity.observed.subjective",
        rated(COWS, courses),
        np.zeros(len(SEEN), dtype=np.int64),
        np.array([time for time, _ in SEEN]),
        np.array([float(total) for _, total in SEEN]),
    )
    model = subject.kernel.model
    names = (*kinetics, "severity.gain", "severity.floor.observed")
    priors = [prior_of_people(model, SETTING.evidence, name) for name in names]
    free = tuple(Free(item.name, item.value) for item in priors)
    return posterior(Problem(subject.kernel, subject.subjects, (measurement,), free, threads=1), priors)


def test_the_tail_is_the_models_own() -> None:
    """Densities of the typical body, whose courses were solved beforehand, are those of the engine."""
    mine, _ = person(1)
    theirs = engine_posterior()
    rows = mine.prior_draws(20, np.random.default_rng(4))
    assert mine.names == theirs.names
    assert mine.log_prior(rows) == pytest.approx(theirs.log_prior(rows))
    assert mine.densities(rows) == pytest.approx(theirs.densities(rows), abs=1e-3)


def test_arms_part_where_an_alpha_2a_agonist_was_taken() -> None:
    """Lofexidine eases signs: with it, COWS hangs on two severities, of which the autonomic one is lower."""
    record = PersonRecord(
        "P",
        tuple(Intake(6.0 * n, Dose("lofexidine", 0.6, "mg")) for n in range(8)),
        (cows(46.0, 8),),
        before=BEFORE,
    )
    doses = taken(record, NOTHING, 46.0, SETTING)
    stage = scene(record, doses, SETTING, variants_of(["in use"]), bodies=1, seed=1)
    (courses,) = stage.courses(np.array([46.0]))
    eased = individual(courses, record.ratings, record.moment)
    assert eased.tail.is_relieved
    assert not person(1)[0].tail.is_relieved
    rows = eased.mean[None]
    signals = eased.groups[0].signals
    both = eased.log_severity(rows, COWS, signals)
    given = {name: signals[name] for name in eased.tail.inputs}
    given |= {name: np.asarray(courses.model.parameter(name).value) for name in eased.tail.parameters}
    names = ("severity.observed.autonomic", "severity.observed.subjective")
    low, high = (float(np.log(value[0, 0])) for value in eased.tail.severities(given, names).values())
    assert low < float(both[0, 0]) < high


def test_the_slope_is_that_of_the_density() -> None:
    mine, _ = person(1)
    rows = mine.prior_draws(5, np.random.default_rng(4))
    level, slope = mine.gradient(rows)
    assert level == pytest.approx(mine.log_density(rows))
    theirs = engine_posterior().gradient(rows)[1]
    assert slope == pytest.approx(theirs, rel=1e-2, abs=1e-2)


def test_the_peak_is_that_of_the_engine() -> None:
    mine, _ = person(1)
    assert peak(mine).point == pytest.approx(peak(engine_posterior()).point, abs=5e-3)


def test_particles_and_chain_agree() -> None:
    """Solved bodies with particles against a chain that solves the engine for its own kinetics."""
    mine, courses = person(48)
    cloud = tempered(mine, count=1500, seed=1)
    whole = engine_posterior("r-methadone.CL", "s-methadone.CL")
    walked = chain(whole, steps=350, burn_in=120, walkers=24, seed=1)
    shares = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    found = weighted_quantiles(cloud.points[:, :2], cloud.weights, shares)
    right = np.quantile(walked.points[:, 2:], shares, axis=0)
    size = walked.points[:, 2:].std(axis=0)
    assert (walked.likeness < 1.2).all()
    assert np.abs(found - right) / size == pytest.approx(0.0, abs=0.3)
    # And so do the forecasts: mean ratings a day ahead.
    ahead = person_severity(mine, cloud.points, courses)
    mean = float(rated(COWS, courses).mixture(ahead, cloud.weights)[0] @ np.arange(49))
    some = walked.points[:: max(1, len(walked.points) // 400)]
    severity = whole.predict(some, np.array([AHEAD]))[:, :, 0]
    even = np.full(len(some), 1.0 / len(some))
    assert mean == pytest.approx(
        float(rated(COWS, courses).mixture(severity, even)[0] @ np.arange(49)), rel=0.08
    )


def person_severity(mine, points, courses):
    at = courses.at(np.array([AHEAD]))
    signals = {name: courses.values[name][:, at] for name in mine.tail.inputs}
    return np.exp(mine.log_severity(points, COWS, signals))


def test_an_update_leads_where_all_scores_lead() -> None:
    mine, _ = person(16)
    early = tempered(mine.until(60.0), count=1200, seed=1)
    later, at_once = early.updated(mine), tempered(mine, count=1200, seed=2)
    size = np.sqrt(np.diagonal(at_once.covariance))
    assert np.abs(later.mean - at_once.mean) / size == pytest.approx(0.0, abs=0.25)
    assert later.log_evidence == pytest.approx(at_once.log_evidence, abs=0.3)


@pytest.fixture
def calibrated(monkeypatch):
    monkeypatch.syspath_prepend(str(DERIVED))
    for name in [item for item in sys.modules if item == "forecasting" or item.startswith("forecasting.")]:
        monkeypatch.delitem(sys.modules, name)
    from forecasting import calibrated

    return calibrated


def test_calibration_by_simulation(calibrated) -> None:
    """Truths drawn from the prior lie anywhere in their posteriors with equal chance (Talts et al. 2018)."""
    someone = calibrated.people(bodies=8, days=5)[1]
    found = calibrated.ranks(someone, 120, count=200)
    assert all(value > 0.005 for value in found.p_values(bins=8).values())
    assert found.truths.std(axis=0) == pytest.approx(np.sqrt(1.0 / 12.0), abs=0.05)
    assert found.inside.mean() == pytest.approx(0.9, abs=0.07)
