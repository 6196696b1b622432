"""Random numbers of people: a person's numbers depend on seed, name and the person's own number only."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from speciosa.late import special
from speciosa.people.covariates import FloatArray

# A uniform number may be 0 and is never 1; half of its step keeps the lower tail finite.
_HALF_STEP = 2.0**-54


@dataclass(frozen=True)
class Streams:
    """One stream of numbers for each name.

    Parameters
    ----------
    seed : int
    first : int
        Number of the first person.
    size : int
        Number of persons.
    chosen : tuple of int, optional
        Numbers of the persons where they do not follow each other.

    Examples
    --------
    >>> crowd, alone = Streams(1, first=0, size=3), Streams(1, first=2, size=1)
    >>> bool(crowd.uniform("age")[2] == alone.uniform("age")[0])
    True
    """

    seed: int
    first: int
    size: int
    chosen: tuple[int, ...] | None = None

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of the persons."""
        if self.chosen is not None:
            return np.asarray(self.chosen, dtype=np.int64)
        return np.arange(self.first, self.first + self.size, dtype=np.int64)

    def uniform(self, name: str) -> FloatArray:
        """A number from 0 to below 1 for each person.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (size,)
        """
        stream = np.random.SeedSequence(self.seed, spawn_key=(crc32(name.encode()),))
        numbers = self.numbers
        first = int(numbers.min(initial=self.first))
        # Each number takes one step of the generator: those of earlier people are skipped, not drawn.
        generator = np.random.Generator(np.random.PCG64(stream).advance(first))
        found: FloatArray = generator.random(int(numbers.max(initial=first - 1)) - first + 1)[numbers - first]
        return found

    def normal(self, name: str) -> FloatArray:
        """A standard normal deviate for each person.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (size,)
        """
        deviates: FloatArray = special.ndtri(np.maximum(self.uniform(name), _HALF_STEP))
        return deviates
