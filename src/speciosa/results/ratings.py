"""Ratings as they are made: items drawn from latent severity, occasion noise, and how totals are distributed.

The engine solves latent severities and expected totals. What one rating on one occasion gives is worked out
here: the severity of every arm is multiplied by exp(s z), z standard normal and shared by the items of one
rating, and each item answers by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import SCALES, Arm, Item, Scale
from speciosa.errors import ResultError
from speciosa.late import pd, xr

if TYPE_CHECKING:
    from speciosa.results.result import Result

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NODES = 9
"""Occasions that stand for all in means and distributions (Gauss-Hermite)."""
GRAIN = 0.1
"""Step of log severity to which distributions over many persons and times are worked out."""
DAY = 24.0


@dataclass(frozen=True)
class Rating:
    """How one scale is rated.

    Parameters
    ----------
    scale : Scale
    discrimination : float
        Steepness of items against the logarithm of severity.
    weak : float
        Share of it that weak items have.
    severity_per_point : float
        Severity at which half of the items that can take one point do.
    occasion : float
        Noise of one rating against the next, SD of the logarithm of severity.

    Examples
    --------
    >>> from speciosa.body.scales import COWS
    >>> rating = Rating(COWS, 2.0, 0.5, 1.0, 0.5)
    >>> shares = rating.totals({"autonomic": np.array([0.5]), "subjective": np.array([0.5])})
    >>> shares.shape, round(float(shares.sum()), 12)
    ((1, 49), 1.0)
    """

    scale: Scale
    discrimination: float
    weak: float
    severity_per_point: float
    occasion: float

    def __post_init__(self) -> None:
        if min(self.discrimination, self.weak, self.severity_per_point) <= 0.0 or self.occasion < 0.0:
            raise ResultError(
                f"{self.scale.name} cannot be rated with discrimination {self.discrimination:g}, weak"
                f" {self.weak:g}, severity per point {self.severity_per_point:g}, noise {self.occasion:g}",
                expected="positive numbers; the noise may be 0",
            )

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Arms that the items hang on."""
        return tuple(dict.fromkeys(item.arm for item in self.scale.items))

    @cached_property
    def occasions(self) -> tuple[FloatArray, FloatArray]:
        """Factors on severity that stand for all occasions, and their weights."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        return np.exp(self.occasion * nodes), weights / weights.sum()

    def shares(self, item: Item, severity: FloatArray) -> FloatArray:
        """Probability of each score of an item, 0 first, on one occasion; one more axis than `severity`."""
        slope = self.discrimination * (self.weak if item.is_weak else 1.0)
        threshold = np.log(self.severity_per_point * np.asarray(item.points, dtype=np.float64))
        with np.errstate(divide="ignore"):
            at_least = 1.0 / (1.0 + np.exp(slope * (threshold - np.log(severity)[..., None])))
        edges = [np.ones_like(severity)[..., None], at_least, np.zeros_like(severity)[..., None]]
        return -np.diff(np.concatenate(edges, axis=-1), axis=-1)

    def totals_once(self, severities: Mapping[Arm, FloatArray]) -> FloatArray:
        """Probability of each total on one occasion; the last axis counts points."""
        first = np.asarray(severities[self.arms[0]], dtype=np.float64)
        found = np.zeros((*first.shape, self.scale.maximum + 1))
        found[..., 0] = 1.0
        for item in self.scale.items:
            shares = self.shares(item, np.asarray(severities[item.arm], dtype=np.float64))
            summed = found * shares[..., :1]
            for points, share in zip(item.points, np.moveaxis(shares[..., 1:], -1, 0), strict=True):
                summed[..., points:] += found[..., :-points] * share[..., None]
            found = summed
        return found

    def totals(self, severities: Mapping[Arm, FloatArray]) -> FloatArray:
        """Probability of each total over all occasions."""
        factors, weights = self.occasions
        found = [
            weight * self.totals_once({arm: factor * np.asarray(severities[arm]) for arm in self.arms})
            for factor, weight in zip(factors, weights, strict=True)
        ]
        return np.asarray(sum(found))

    def band_shares(self, severities: Mapping[Arm, FloatArray], lower: Sequence[float]) -> FloatArray:
        """Probability of each band over all occasions, bands by their lowest total, mildest first."""
        shares = self.totals(severities)
        edges = [int(np.ceil(value)) for value in lower]
        return np.add.reduceat(shares, edges, axis=-1)

    def draw(self, severities: Mapping[Arm, FloatArray], generator: np.random.Generator) -> IntArray:
        """Scores of every item of one rating at each severity; the last axis counts items."""
        first = np.asarray(severities[self.arms[0]], dtype=np.float64)
        factor = np.exp(self.occasion * generator.standard_normal(first.shape))
        found = np.empty((*first.shape, len(self.scale.items)), dtype=np.int64)
        for index, item in enumerate(self.scale.items):
            shares = self.shares(item, factor * np.asarray(severities[item.arm], dtype=np.float64))
            reached = (generator.random(first.shape)[..., None] >= shares.cumsum(axis=-1)[..., :-1]).sum(-1)
            found[..., index] = np.asarray((0, *item.points))[reached]
        return found


def rating_of(result: Result, name: str) -> Rating:
    """How a score of a result is rated.

    Raises
    ------
    ResultError
        Where the output is no rated scale.
    """
    numbers = result.output(name).attrs.get("rating")
    scales = {scale.name: scale for scale in SCALES}
    if numbers is None or name not in scales:
        known = [key for key in result.outputs("score") if result.output(key).attrs.get("rating")]
        raise ResultError(
            f"output {name!r} is not rated item by item",
            expected=f"one of {', '.join(known)}" if known else "a scenario that computes a rated scale",
        )
    return Rating(scales[name], *(float(number) for number in numbers))


def severities_of(result: Result, rating: Rating, times: FloatArray | None = None) -> dict[Arm, FloatArray]:
    """Latent severities that a scale needs, (persons, times), recorded nearest to the given times.

    Raises
    ------
    ResultError
        Where they were not recorded.
    """
    names = {arm: f"severity.{rating.scale.rater}.{arm}" for arm in rating.arms}
    missing = [name for name in names.values() if name not in result.outputs()]
    if missing:
        raise ResultError(
            f"items of {rating.scale.name} are drawn from {', '.join(missing)}, not recorded here",
            advice="Record these outputs too.",
        )
    found = {arm: np.asarray(result.output(name).values, dtype=np.float64) for arm, name in names.items()}
    if times is None:
        return found
    index = np.abs(result.time[None, :] - times[:, None]).argmin(axis=1)
    return {arm: values[:, index] for arm, values in found.items()}


def rated(result: Result, name: str, times: Sequence[float] | None, seed: int) -> xr.Dataset:
    """See `Result.ratings`."""
    rating = rating_of(result, name)
    at = np.arange(result.begin, result.time[-1] + 1e-9, DAY) if times is None else np.asarray(times, float)
    severities = severities_of(result, rating, at)
    persons = np.asarray(result.data["person"].values)
    items = np.empty((len(persons), len(at), len(rating.scale.items)), dtype=np.int64)
    for row, person in enumerate(persons):
        if result.is_ok[row]:
            # One stream a person, so that a person is rated the same alone and in a crowd.
            stream = np.random.SeedSequence(seed, spawn_key=(int(person), SCALES.index(rating.scale)))
            own = {arm: values[row] for arm, values in severities.items()}
            items[row] = rating.draw(own, np.random.default_rng(stream))
        else:
            items[row] = -1
    return xr.Dataset(
        {
            "items": (("person", "time", "item"), items, {"unit": "score"}),
            "total": (("person", "time"), items.sum(axis=2), {"unit": "score"}),
        },
        coords={
            "person": persons,
            "time": at,
            "item": [f"{number}. {item.name}" for number, item in enumerate(rating.scale.items, start=1)],
        },
        attrs={"output": name, "failed": result.failed, "seed": seed},
    )


def rated_bands(result: Result, name: str, bands: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """See `Result.bands`."""
    rating = rating_of(result, name)
    severities = severities_of(result, rating)
    steps = np.stack(
        [np.round(np.log(severities[arm][result.is_ok]) / GRAIN) for arm in rating.arms], axis=-1
    ).astype(np.int64)
    distinct, place = np.unique(steps.reshape(-1, steps.shape[-1]), axis=0, return_inverse=True)
    levels = {arm: np.exp(GRAIN * distinct[:, index]) for index, arm in enumerate(rating.arms)}
    shares = rating.band_shares(levels, [lower for _, lower in bands])
    mean = shares[place.reshape(steps.shape[:2])].mean(axis=0)
    return pd.DataFrame(
        {band: mean[:, index] for index, (band, _) in enumerate(bands)},
        index=pd.Index(result.time, name="time"),
    )
