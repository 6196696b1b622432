"""Three predictions from a posterior: draws of unknowns become bands and probabilities of ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import COWS, SCALES, Scale
from speciosa.fitting import Cloud, Rated, peak, tempered
from speciosa.fitting.particles import weighted_quantiles
from speciosa.forecasting.forecast import DIGITS, SHARES, Band, Prediction, VariantForecast
from speciosa.forecasting.individual import BODY, Individual, Signals, individual, rated
from speciosa.forecasting.record import PersonRecord
from speciosa.forecasting.scene import PANELS, Courses

FloatArray = npt.NDArray[np.float64]
PARTICLES = 600


@dataclass(frozen=True)
class _Draws:
    """Weighted draws of one person's unknowns."""

    points: FloatArray
    weights: FloatArray


@dataclass(frozen=True)
class _Posteriors:
    """What is known of a person: before anything, up to the moment, and in hindsight."""

    prior: _Draws
    known: _Draws
    hindsight: _Draws
    log_evidence: float | None
    effective: float


def predicted(
    record: PersonRecord, courses: Courses, grid: FloatArray, *, seed: int, quick: bool
) -> VariantForecast:
    """What one variant says of a person.

    Parameters
    ----------
    record : PersonRecord
    courses : Courses
        Solved at the grid and at all moments of the observations.
    grid : (n_times,) float
        Times that are shown, h.
    seed : int
    quick : bool
        Whether the most probable values are enough.
    """
    person = individual(courses, [*record.ratings, *record.concentrations], record.moment)
    found = (_by_peak if quick else _by_particles)(person, record.moment, seed)
    kinds = {"population": found.prior, "personal": found.hindsight, "forecast": found.known}
    places = courses.at(grid)
    signals = {name: courses.values[name][:, places] for name in person.tail.inputs}
    models = {scale.name: rated(scale, courses) for scale in _scales(record)}
    return VariantForecast(
        courses.variant.name,
        courses.variant.words,
        {
            name: {kind: _prediction(person, model, draws, signals) for kind, draws in kinds.items()}
            for name, model in models.items()
        },
        _panels(person, found.known, courses, places),
        _unknowns(person, found.known),
        None if found.log_evidence is None else round(found.log_evidence, DIGITS),
        round(found.effective, 1),
    )


def _by_peak(whole: Individual, moment: float, seed: int) -> _Posteriors:
    """From the most probable values and the normal distribution there."""
    early, prior = whole.until(moment), _prior(whole, seed)
    known, evidence = prior, None
    if len(early.when):
        best = peak(early)
        known, evidence = _even(best.draws(PARTICLES, seed)), best.log_evidence
    is_more = len(whole.when) > len(early.when)
    hindsight = _even(peak(whole).draws(PARTICLES, seed)) if is_more else known
    return _Posteriors(prior, known, hindsight, evidence, float(PARTICLES))


def _by_particles(whole: Individual, moment: float, seed: int) -> _Posteriors:
    """From particles, which later observations update."""
    early, prior = whole.until(moment), _prior(whole, seed)
    if not len(early.when):
        hindsight = _of(tempered(whole, count=PARTICLES, seed=seed)) if len(whole.when) else prior
        return _Posteriors(prior, prior, hindsight, None, float(PARTICLES))
    cloud = tempered(early, count=PARTICLES, seed=seed)
    is_more = len(whole.when) > len(early.when)
    hindsight = _of(cloud.updated(whole)) if is_more else _of(cloud)
    return _Posteriors(prior, _of(cloud), hindsight, float(cloud.log_evidence), cloud.effective)


def _of(cloud: Cloud[Individual]) -> _Draws:
    return _Draws(cloud.points, cloud.weights)


def _prior(person: Individual, seed: int) -> _Draws:
    return _even(person.prior_draws(PARTICLES, np.random.default_rng([seed, 1])))


def _even(points: FloatArray) -> _Draws:
    return _Draws(points, np.full(len(points), 1.0 / len(points)))


def _scales(record: PersonRecord) -> tuple[Scale, ...]:
    """Scales to forecast: COWS, and those that the person was rated on."""
    seen = {item.measure for item in record.ratings}
    return (COWS, *(scale for scale in SCALES if scale.name in seen and scale is not COWS))


def _prediction(person: Individual, model: Rated, draws: _Draws, signals: Signals) -> Prediction:
    scale = model.rating.scale
    severity = np.exp(person.log_severity(draws.points, scale, signals))
    totals = model.mixture(severity, draws.weights)
    classes = {}
    if scale.bands:
        shares = np.add.reduceat(totals, [0, *model.lower], axis=1)
        names = (scale.below, *(name for name, _ in scale.bands))
        classes = {name: _rounded(shares[:, place]) for place, name in enumerate(names)}
    expected = totals @ np.arange(scale.maximum + 1)
    return Prediction(Band.of(quantiles_of(totals, np.array(SHARES))), _rounded(expected), classes)


def quantiles_of(totals: FloatArray, shares: FloatArray) -> FloatArray:
    """Quantiles of a total, smooth between whole numbers, (shares, times).

    Parameters
    ----------
    totals : (times, points) float
        Probability of each total.
    shares : (k,) float
        From 0 to 1; where a share falls inside of the probability of 0 points, 0 is the answer.
    """
    reached = np.cumsum(totals, axis=1)
    middle = reached - 0.5 * totals
    points = np.arange(totals.shape[1], dtype=np.float64)
    return np.stack([np.interp(shares, row, points) for row in middle], axis=1)


def _panels(
    person: Individual, draws: _Draws, courses: Courses, places: npt.NDArray[np.int64]
) -> dict[str, Band]:
    """Bands of what lies behind the scores, over the bodies that the data leave."""
    weights = np.zeros(person.bodies)
    np.add.at(weights, person.body(draws.points), draws.weights)
    found = {}
    for name, output in PANELS.items():
        values = courses.values[output][:, places]
        values = 1.0 - values if name == "breathing margin" else values
        found[name] = Band.of(weighted_quantiles(values, weights, np.array(SHARES)))
    return found


def _unknowns(person: Individual, draws: _Draws) -> dict[str, tuple[float, float, float]]:
    natural = person.natural(draws.points)
    found = weighted_quantiles(natural, draws.weights, np.array([SHARES[0], SHARES[2], SHARES[-1]]))
    return {
        name: (float(low), float(middle), float(high))
        for name, (low, middle, high) in zip(person.names, np.round(found.T, DIGITS), strict=True)
        if name != BODY
    }


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in np.round(values, DIGITS))
