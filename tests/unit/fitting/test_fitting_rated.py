"""Ratings as observations: probabilities as the rating model has them, and derivatives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from speciosa.body.scales import COWS, SOWS_GOSSOP
from speciosa.errors import FitError
from speciosa.fitting import Measurement, Rated
from speciosa.results import Rating

RATING = Rating(COWS, 1.8, 0.5, 1.0, 0.5)
LOWER = (5, 13, 25, 37)
ITEMS = (1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0)
MODEL = Rated(RATING, LOWER, (ITEMS, (0,) * 11))
SEVERITIES = np.array([1e-4, 0.03, 0.4, 1.7, 6.0, 40.0])


def test_totals_are_those_of_the_rating_model() -> None:
    right = RATING.totals(dict.fromkeys(RATING.arms, SEVERITIES))
    assert MODEL.chances(SEVERITIES) == pytest.approx(right, abs=5e-4)
    assert MODEL.class_chances(SEVERITIES) == pytest.approx(
        RATING.band_shares(dict.fromkeys(RATING.arms, SEVERITIES), (0, *LOWER)), abs=5e-4
    )


def test_every_code_has_its_probability() -> None:
    log = np.log(SEVERITIES[2:5])
    totals = np.exp(MODEL.log_chances(np.arange(49)[:, None], log))
    assert totals.sum(axis=0) == pytest.approx(1.0, abs=1e-3)
    classes = [MODEL.class_code(place) for place in range(5)]
    found = np.exp(MODEL.log_chances(np.array(classes)[:, None], log))
    edges = [0, *LOWER, 49]
    right = [totals[low:high].sum(axis=0) for low, high in pairwise(edges)]
    assert found == pytest.approx(np.array(right), abs=2e-3)


def test_items_are_independent_on_one_occasion() -> None:
    factors, weights = RATING.occasions
    right = 0.0
    for factor, weight in zip(factors, weights, strict=True):
        product = 1.0
        for item, points in zip(COWS.items, ITEMS, strict=True):
            share = RATING.shares(item, np.array([1.3 * factor]))[0]
            product *= share[(0, *item.points).index(points)]
        right += weight * product
    found = np.exp(MODEL.log_chances(np.array([MODEL.pattern_code(0)]), np.log(1.3)))
    assert found[0] == pytest.approx(right, rel=5e-3)


def test_a_pattern_of_no_points_is_a_total_of_none() -> None:
    log = np.log(np.array([0.1, 0.5]))
    none = MODEL.log_chances(np.array(MODEL.pattern_code(1)), log)
    assert none == pytest.approx(MODEL.log_chances(np.array(0), log), abs=1e-3)


@pytest.mark.parametrize("code", [0, 9, MODEL.class_code(1), MODEL.pattern_code(0)])
def test_derivatives(code: int) -> None:
    step = 1e-5
    for severity in (0.07, 0.5, 3.3):
        value = np.full((1, 1), float(code))
        seen = np.zeros((1, 1), dtype=np.int8)

        def at(level: float, value: np.ndarray = value, seen: np.ndarray = seen):
            return MODEL.terms(value, seen, np.full((1, 1), level), [])

        here, ahead, behind = at(severity), at(severity + step), at(severity - step)
        slope = (ahead.density - behind.density) / (2.0 * step)
        assert here.score == pytest.approx(slope, rel=1e-4, abs=1e-5)
        bend = -(ahead.score - behind.score) / (2.0 * step)
        assert here.curvature == pytest.approx(bend, rel=2e-2, abs=1e-3)
        assert (here.information >= 0.0).all()
        assert here.density[0, 0] == pytest.approx(float(MODEL.log_chances(np.array(code), np.log(severity))))


def test_draws_have_the_mean_of_the_totals() -> None:
    drawn = MODEL.draw(np.full((4000, 1), 2.0), [], np.random.default_rng(3))
    mean = float(MODEL.chances(np.array([2.0]))[0] @ np.arange(49))
    assert drawn.mean() == pytest.approx(mean, abs=4.0 * drawn.std() / np.sqrt(4000))


def test_a_mixture_is_the_weighted_mean() -> None:
    severity = np.array([[0.1, 2.0], [0.7, 5.0], [3.0, 0.01]])
    weights = np.array([0.2, 0.5, 0.3])
    right = np.einsum("n,ntk->tk", weights, MODEL.chances(severity))
    assert MODEL.mixture(severity, weights) == pytest.approx(right, abs=1e-12)


def test_what_a_code_stands_for() -> None:
    assert MODEL.ends(9) == (9, 9)
    assert MODEL.ends(MODEL.class_code(0)) == (0, 4)
    assert MODEL.ends(MODEL.class_code(4)) == (37, 48)
    assert MODEL.ends(MODEL.pattern_code(0)) == (8, 8)


def test_codes_beyond_are_refused() -> None:
    plain = Rated(Rating(SOWS_GOSSOP, 1.8, 0.5, 1.0, 0.5))
    with pytest.raises(FitError, match="a code of a rating is not one of 0 to 31"):
        Measurement("y", plain, np.array([0]), np.array([0.0]), np.array([32.0]))
