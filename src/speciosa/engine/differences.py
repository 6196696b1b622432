"""Derivatives of outputs by parameters as differences of whole runs, where those are smooth or tight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from speciosa.engine.batch import Batch, Target
from speciosa.engine.solution import Failure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FORWARD = 1e-7  # of a parameter, where runs carry rounding alone
CENTRAL = 1e-3  # of a parameter, where runs carry the error of a solver


def moved(batch: Batch, parameter: int, step: float) -> tuple[Batch, FloatArray]:
    """The people with one parameter moved by a part of its size, and by how much it was."""
    table = batch.parameters.copy()
    old = batch.parameters[:, parameter]
    table[:, parameter] = old + step * np.where(old, old, 1.0)
    return replace(batch, parameters=table), table[:, parameter] - old


def forward(
    target: Target, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
) -> tuple[Failure, ...]:
    """Fill in outputs and derivatives of a target that is exact but for rounding."""
    failures = {item.person: item for item in target.fill(batch, values)}
    ahead = np.empty_like(values)
    for place, parameter in enumerate(which.tolist()):
        other, size = moved(batch, parameter, FORWARD)
        failures.update((item.person, item) for item in target.fill(other, ahead))
        slopes[..., place] = (ahead - values) / size[:, None, None]
    return tuple(failures.values())


def central(
    target: Target, batch: Batch, which: IntArray, values: FloatArray, slopes: FloatArray
) -> tuple[Failure, ...]:
    """Fill in outputs and derivatives of a target whose tolerance is tight."""
    failures = {item.person: item for item in target.fill(batch, values)}
    ahead, behind = np.empty_like(values), np.empty_like(values)
    for place, parameter in enumerate(which.tolist()):
        sizes = []
        for step, table in ((CENTRAL, ahead), (-CENTRAL, behind)):
            other, size = moved(batch, parameter, step)
            failures.update((item.person, item) for item in target.fill(other, table))
            sizes.append(size)
        slopes[..., place] = (ahead - behind) / (sizes[0] - sizes[1])[:, None, None]
    return tuple(failures.values())
