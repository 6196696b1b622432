"""Distributions of many quantities in little room: how many values fell into each step of a fixed grid.

The grid is that of floating point itself: sign, exponent and the first bits of the mantissa of a number are
its step, so that every power of two has the same number of even steps and the relative error of a value is at
most half a step, 2^-(bits + 1). Finding the step rounds nothing and counts are whole numbers: sketches merge
in any order, over any division of the people and on any machine, to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speciosa.errors import ResultError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_MANTISSA = 52
_EXPONENTS = 11
_MOST_BITS = 20


@dataclass(frozen=True, eq=False)
class Sketch:
    """Counts of values by quantity and step.

    Parameters
    ----------
    size : int
        Number of quantities.
    bits : int
        Bits of the mantissa that a step keeps: 7 for an error of at most 0.4 %, 12 for 0.012 %.
    keys : (n,) int
        Quantity and step of each count, increasing.
    counts : (n,) int

    Raises
    ------
    ResultError
        If the parts do not fit each other.

    Examples
    --------
    >>> one = Sketch.of(np.array([[1.0, 10.0], [2.0, np.nan]]), bits=12)
    >>> two = Sketch.of(np.array([[3.0, 30.0]]), bits=12)
    >>> both = one.merged(two)
    >>> both.n.tolist(), both.quantiles([0.5]).round(2).tolist()
    ([3, 2], [[2.0, 30.0]])
    """

    size: int
    bits: int
    keys: IntArray
    counts: IntArray

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= _MOST_BITS:
            raise ResultError(f"a step keeps {self.bits} bits", expected=f"1 to {_MOST_BITS}")
        if self.keys.shape != self.counts.shape:
            raise ResultError(
                f"{self.keys.size} steps have {self.counts.size} counts", expected="one count a step"
            )

    @classmethod
    def of(cls, values: FloatArray, bits: int) -> Sketch:
        """The sketch of a table.

        Parameters
        ----------
        values : (n_people, size) float
            What is not finite does not count.
        bits : int

        Returns
        -------
        Sketch
        """
        table = np.ascontiguousarray(values, dtype=np.float64) + 0.0  # Minus zero becomes zero.
        size = table.shape[1]
        places = np.broadcast_to(np.arange(size, dtype=np.int64) * _width(bits), table.shape)
        is_known = np.isfinite(table)
        keys, counts = np.unique((places + _steps(table, bits))[is_known], return_counts=True)
        return cls(size, bits, keys, counts.astype(np.int64))

    @property
    def n(self) -> IntArray:
        """Number of values of each quantity."""
        return np.bincount(self.keys // _width(self.bits), self.counts, self.size).astype(np.int64)

    def merged(self, *others: Sketch) -> Sketch:
        """The sketch of the values of this and other sketches.

        Parameters
        ----------
        *others : Sketch
            Of the same quantities and steps.

        Returns
        -------
        Sketch

        Raises
        ------
        ResultError
            If they are of other quantities or steps.
        """
        for other in others:
            if (other.size, other.bits) != (self.size, self.bits):
                raise ResultError(
                    f"a sketch of {other.size} quantities with {other.bits} bits",
                    expected=f"{self.size} quantities with {self.bits} bits",
                )
        every = (self, *others)
        keys, place = np.unique(np.concatenate([item.keys for item in every]), return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, place, np.concatenate([item.counts for item in every]))
        return Sketch(self.size, self.bits, keys, counts)

    def quantiles(self, q: Sequence[float]) -> FloatArray:
        """Values below which shares of the values lie.

        Parameters
        ----------
        q : sequence of float
            Shares from 0 to 1.

        Returns
        -------
        ndarray, shape (len(q), size)
            The middle of the step that holds the value of the nearest rank; NaN where there are no values.
        """
        found = np.full((len(q), self.size), np.nan)
        for cell, steps, counts in self._cells():
            upto = np.cumsum(counts)
            ranks = np.floor(np.asarray(q) * (upto[-1] - 1) + 0.5)
            found[:, cell] = _middles(steps, self.bits)[np.searchsorted(upto, ranks, side="right")]
        return found

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of each quantity, of the middles of the steps.

        Returns
        -------
        mean, deviation : (size,) float
            NaN for fewer than one or two values.
        """
        mean, deviation = np.full(self.size, np.nan), np.full(self.size, np.nan)
        for cell, steps, counts in self._cells():
            middles, n = _middles(steps, self.bits), int(counts.sum())
            mean[cell] = (counts * middles).sum() / n
            if n > 1:
                deviation[cell] = np.sqrt((counts * (middles - mean[cell]) ** 2).sum() / (n - 1))
        return mean, deviation

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Arrays to be written, under a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        dict
            Keys as differences, which take less room.
        """
        return {
            f"{name}.shape": np.array([self.size, self.bits]),
            f"{name}.keys": np.diff(self.keys, prepend=np.int64(0)),
            f"{name}.counts": self.counts.astype(np.uint32),
        }

    @classmethod
    def from_arrays(cls, name: str, arrays: Any) -> Sketch:
        """The sketch that was written under a name.

        Parameters
        ----------
        name : str
        arrays : mapping of str to ndarray
        """
        size, bits = arrays[f"{name}.shape"].tolist()
        return cls(size, bits, np.cumsum(arrays[f"{name}.keys"]), arrays[f"{name}.counts"].astype(np.int64))

    def _cells(self) -> Iterable[tuple[int, IntArray, IntArray]]:
        width = _width(self.bits)
        cells = self.keys // width
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        for start, end in zip(starts.tolist(), np.append(starts, len(cells))[1:].tolist(), strict=True):
            cell = int(cells[start])
            yield cell, self.keys[start:end] - cell * width, self.counts[start:end]


def _width(bits: int) -> int:
    """Number of steps: of both signs, every exponent and the bits kept."""
    return 1 << (1 + _EXPONENTS + bits)


def _steps(values: FloatArray, bits: int) -> IntArray:
    """The step of each value, increasing with it."""
    middle = _width(bits) >> 1
    size = np.abs(values).view(np.int64) >> (_MANTISSA - bits)
    return np.where(values < 0.0, middle - 1 - size, middle + size)


def _middles(steps: IntArray, bits: int) -> FloatArray:
    """The middle of each step; zero for the step that begins at zero."""
    middle = _width(bits) >> 1
    size = np.where(steps < middle, middle - 1 - steps, steps - middle)
    shift = _MANTISSA - bits
    values = ((size << shift) | (1 << (shift - 1))).view(np.float64)
    return np.where(size == 0, 0.0, np.where(steps < middle, -values, values))
