"""How far answers are from the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workloads.definition import FloatArray

FLOOR = 1e-3  # of an output's largest value: what lies below is not measured relative to itself


@dataclass(frozen=True)
class Accuracy:
    """Largest error, 99th percentile and median over people, times and outputs."""

    largest: float
    high: float
    median: float
    people: int


def errors(found: FloatArray, right: FloatArray) -> FloatArray:
    """``|y - ref| / max(|ref|, 1e-3 max_t |ref|)`` of people by times by outputs, without the first time.

    What is 0 throughout, as withdrawal of who never has any, is right if it is found to be 0.
    """
    size = np.abs(right)
    floor = FLOOR * size.max(axis=1, keepdims=True)
    allowed = np.maximum(size, floor)[:, 1:]
    difference = np.abs(found - right)[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0.0, 0.0, difference / allowed)


def accuracy(found: FloatArray, right: FloatArray) -> Accuracy:
    """The error measure; what is no number counts as infinitely wrong."""
    error = errors(found, right)
    error = np.where(np.isfinite(error), error, np.inf)
    with np.errstate(invalid="ignore"):
        high = float(np.quantile(error, 0.99))
    return Accuracy(float(error.max()), high, float(np.median(error)), len(found))
