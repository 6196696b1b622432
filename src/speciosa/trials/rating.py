"""Ratings at visits: items drawn from latent severity with the noise of the occasion, and classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import COWS
from speciosa.evidence import Evidence
from speciosa.people.streams import Streams
from speciosa.results import Rating

FloatArray = npt.NDArray[np.float64]
HIGHEST = 3
"""Class of everything above moderate, as the records that chances were fitted to have it."""


def rated(
    rating: Rating, severities: Mapping[str, FloatArray], times: FloatArray, streams: Streams
) -> FloatArray:
    """Totals of single ratings.

    Parameters
    ----------
    rating : Rating
    severities : mapping of str to (n, v) float
        Latent severity by arm of the scale.
    times : (v,) float
        Hours of the visits: a person's rating at a time depends on seed, person, scale and time alone.
    streams : Streams

    Returns
    -------
    (n, v) float
        NaN where severity is.
    """
    name = rating.scale.name
    shape = (streams.size, len(times))

    def drawn(what: str) -> FloatArray:
        columns = [streams.uniform(f"rating.{name}.{what}.{time:g}") for time in times]
        return np.stack(columns, axis=1) if columns else np.empty(shape)

    normal = [streams.normal(f"rating.{name}.occasion.{time:g}") for time in times]
    factor = np.exp(rating.occasion * (np.stack(normal, axis=1) if normal else np.empty(shape)))
    total = np.zeros(shape)
    for index, item in enumerate(rating.scale.items):
        shares = rating.shares(item, factor * severities[item.arm])
        reached = (drawn(f"item.{index}")[..., None] >= shares.cumsum(axis=-1)[..., :-1]).sum(axis=-1)
        total += np.asarray((0, *item.points), dtype=np.float64)[reached]
    known = np.isfinite(next(iter(severities.values())))
    return np.where(known, total, np.nan)


def seen_classes(totals: FloatArray, evidence: Evidence) -> FloatArray:
    """COWS totals as severity classes: 0 none, 1 mild, 2 moderate, 3 above; a total that is NaN is 0."""
    lowest = [evidence.slot(slot).value("score") for _, slot in COWS.bands]
    found = np.searchsorted(np.asarray(lowest), np.nan_to_num(totals), side="right")
    return np.minimum(found, HIGHEST).astype(np.float64)
