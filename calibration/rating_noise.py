"""Floors, occasion noise and discrimination of the rating model, from what ratings of stable people show.

Observed ratings (COWS): shares at or above 5 and 13 points and the correlation of ratings weeks apart in
people stable on buprenorphine fix the floor, its spread between people and the noise of an occasion; the
internal consistency in a naloxone challenge fixes the discrimination. Self-rated (SOWS-Handelsman): the
same from shares at or above 1 and 11 points and the correlation over 4 weeks, with the discrimination of
COWS. Every number is met exactly (as many unknowns as numbers), so that there is no standard error but that
of the data.
Run: ``python calibration/rating_noise.py`` prints the rows.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, least_squares

from speciosa.body.scales import COWS, SOWS_HANDELSMAN, Scale
from speciosa.evidence import Evidence, load
from speciosa.results.ratings import FloatArray, Rating

NODES = 15
BRACKET = (1.4, 2.2)


def people(spread: float) -> tuple[FloatArray, FloatArray]:
    """Factors of a log-normal quantity between people, and their weights."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return np.exp(spread * nodes), weights / weights.sum()


def shares(rating: Rating, floor: float, spread: float, lower: tuple[int, ...]) -> FloatArray:
    """Share of ratings of unprovoked people at or above each total."""
    factors, weights = people(spread)
    totals = weights @ rating.totals(dict.fromkeys(rating.arms, floor * factors))
    return np.array([totals[limit:].sum() for limit in lower])


def floor_and_noise(
    scale: Scale, correlation: float, observed: dict[int, float], discrimination: float, weak: float
) -> tuple[float, float, float]:
    """Median floor, its spread between people, and occasion noise (SD of log severity)."""

    def parts(log_total: float) -> tuple[float, float]:
        total = np.exp(log_total)
        return total * np.sqrt(correlation), total * np.sqrt(1.0 - correlation)

    def misfit(point: FloatArray) -> FloatArray:
        spread, occasion = parts(point[1])
        rating = Rating(scale, discrimination, weak, 1.0, occasion)
        found = shares(rating, float(np.exp(point[0])), spread, tuple(observed))
        wanted = np.array(list(observed.values()))
        return np.log(found / (1.0 - found)) - np.log(wanted / (1.0 - wanted))

    found = least_squares(misfit, [-1.0, 0.0], xtol=1e-12, ftol=1e-12, gtol=1e-12)
    spread, occasion = parts(found.x[1])
    return float(np.exp(found.x[0])), float(spread), float(occasion)


def consistency(rating: Rating, level: float, floor: float, spread: float, gain_spread: float) -> float:
    """Cronbach's alpha of people who differ in floor and gain, rated once at a mean severity of `level`."""
    floors, at_floor = people(spread)
    gains, at_gain = people(gain_spread)
    factors, on_occasion = rating.occasions
    severity = (floor * floors[:, None, None] + level * gains[None, :, None]) * factors
    weight = at_floor[:, None, None] * at_gain[None, :, None] * on_occasion
    means, variance, between = [], 0.0, 0.0
    for item in rating.scale.items:
        points = np.array((0, *item.points), dtype=np.float64)
        share = rating.shares(item, severity)
        mean, square = share @ points, share @ points**2
        means.append(mean)
        variance += float((weight * square).sum() - (weight * mean).sum() ** 2)
        between += float((weight * (square - mean**2)).sum())
    total = np.sum(means, axis=0)
    whole = float((weight * total**2).sum() - (weight * total).sum() ** 2) + between
    count = len(rating.scale.items)
    return count / (count - 1.0) * (1.0 - variance / whole)


def level_for(rating: Rating, mean: float, floor: float) -> float:
    """Severity above the floor at which the typical person's expected total is `mean`."""
    points = np.arange(rating.scale.maximum + 1)

    def above(level: float) -> float:
        severity = np.array([floor + level])
        return float(rating.totals(dict.fromkeys(rating.arms, severity))[0] @ points) - mean

    return float(brentq(above, 0.0, rating.severity_per_point * points[-1]))


def compute(evidence: Evidence) -> dict[str, float]:
    """Every row of the rating model."""
    value = {name: evidence.rows[name].value or 0.0 for name in evidence.rows}
    weak = value["rating-weak"]
    gain_spread = float(np.sqrt(np.log1p((value["severity-gain-iiv"] / 100.0) ** 2)))
    observed = {5: value["cows-rest-5"], 13: value["cows-rest-13"]}

    def misfit(slope: float) -> float:
        floor, spread, occasion = floor_and_noise(COWS, value["cows-autocorr-14d"], observed, slope, weak)
        rating = Rating(COWS, slope, weak, 1.0, occasion)
        level = level_for(rating, value["nal04-cows-peak"], floor)
        return consistency(rating, level, floor, spread, gain_spread) - value["cows-alpha"]

    slope = float(brentq(misfit, *BRACKET, xtol=1e-4))
    floor, spread, occasion = floor_and_noise(COWS, value["cows-autocorr-14d"], observed, slope, weak)
    felt = {1: value["sows-floor-6mo"], 11: value["sows-rest-11"]}
    low, wide, noise = floor_and_noise(SOWS_HANDELSMAN, value["sows-autocorr-28d"], felt, slope, weak)
    found = {
        "rating-discrimination": slope,
        "floor-observed": floor,
        "floor-observed-omega": spread,
        "occasion-observed": occasion,
        "floor-felt": low,
        "floor-felt-omega": wide,
        "occasion-felt": noise,
    }
    return {name: round(number, 3) for name, number in found.items()}


if __name__ == "__main__":
    for row_id, number in compute(load()).items():
        print(f"{row_id}: {number}")
