"""Random numbers of people: a person's numbers depend on seed, name and the person's own number only."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

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

    Examples
    --------
    >>> crowd, alone = Streams(1, first=0, size=3), Streams(1, first=2, size=1)
    >>> bool(crowd.uniform("age")[2] == alone.uniform("age")[0])
    True
    """

    seed: int
    first: int
    size: int

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
        drawn = np.random.Generator(np.random.PCG64(stream)).random(self.first + self.size)
        found: FloatArray = drawn[self.first :]
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
