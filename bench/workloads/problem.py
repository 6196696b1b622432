"""A model of this program, written out for engines of other people: source text and plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from workloads.definition import FloatArray, IntArray


@dataclass(frozen=True)
class Problem:
    """What a solver of ordinary differential equations needs.

    Parameters
    ----------
    source : str
        Python text of ``prologue(p)``, ``rates(t, y, p, q)``, ``jacobian(t, y, p, q)``,
        ``outputs(t, y, p, q)`` and ``scaled_rates(t, y, d, p)``, where q is what the prologue gives. The last
        one is of states as multiples of their scale, with q behind p.
    parameters : (people, parameters) float
    initial : (people, states) float
    scale : (states,) float
        Absolute tolerances are a fraction of it.
    dose_time, dose_amount : (people, doses) float
        In order of time; what arrives.
    dose_state : (people, doses) int
    times : (times,) float
    """

    source: str
    parameters: FloatArray
    initial: FloatArray
    scale: FloatArray
    dose_time: FloatArray
    dose_amount: FloatArray
    dose_state: IntArray
    times: FloatArray

    def save(self, path: Path) -> None:
        """Write it to a file."""
        np.savez(path, **{item.name: np.asarray(getattr(self, item.name)) for item in fields(self)})

    @classmethod
    def read(cls, path: Path) -> Problem:
        """Read what `save` wrote."""
        with np.load(path) as file:
            found = {item.name: file[item.name] for item in fields(cls)}
        return cls(**{**found, "source": str(found["source"])})
