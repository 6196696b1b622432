"""People to simulate: one typical adult, or a population that varies around one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.people.person import LIMITS, Person

FloatArray = npt.NDArray[np.float64]
LARGEST = 1_000_000


@dataclass(frozen=True)
class Population:
    """A number of adults who vary around a typical one.

    Person `i` has, for each quantity that varies, the `i`-th number of a stream that belongs to the seed
    and to the name of the quantity. A person is therefore the same alone and in a crowd, in every arm of a
    comparison, and whatever else the model contains.

    Parameters
    ----------
    size : int
        Number of persons.
    seed : int
        Study seed.
    typical : Person
        Median adult.
    is_varied : bool
        False for copies of the typical adult.
    weight_omega, age_omega : float
        Spread (SD of the logarithm) of the covariates.
    first : int
        Number of the first person.

    Raises
    ------
    PersonError
        If the size is not between one and a million.

    Examples
    --------
    >>> people = Population(3, seed=1, typical=Person(70.0, 170.0, 35.0))
    >>> alone = Population(1, seed=1, typical=people.typical, first=2)
    >>> bool(people.draw("CL")[2] == alone.draw("CL")[0])
    True
    """

    size: int
    seed: int
    typical: Person
    is_varied: bool = True
    weight_omega: float = 0.0
    age_omega: float = 0.0
    first: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST:
            raise PersonError(f"the population has {self.size} people", expected=f"1 to {LARGEST:,} people")
        if self.seed < 0:
            raise PersonError(f"the seed is {self.seed}", expected="a whole number, zero or above")

    @cached_property
    def ids(self) -> npt.NDArray[np.int64]:
        """Numbers of the persons."""
        return np.arange(self.first, self.first + self.size, dtype=np.int64)

    def draw(self, name: str) -> FloatArray:
        """Standard normal deviate of each person for one named quantity; zeros where people do not vary.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (size,)
        """
        if not self.is_varied:
            return np.zeros(self.size)
        stream = np.random.SeedSequence(self.seed, spawn_key=(crc32(name.encode()),))
        uniform = np.random.Generator(np.random.PCG64(stream)).random(self.first + self.size)
        # A uniform number may be 0 and is never 1; half of its step keeps the lower tail finite.
        deviates: FloatArray = ndtri(np.maximum(uniform[self.first :], 2.0**-54))
        return deviates

    @cached_property
    def covariates(self) -> dict[str, FloatArray]:
        """Weight, height and age of each person."""
        spread = {"weight": self.weight_omega, "age": self.age_omega}
        return {
            name: np.clip(
                getattr(self.typical, name) * np.exp(spread.get(name, 0.0) * self.draw(f"person.{name}")),
                low,
                high,
            )
            for name, (low, high, _) in LIMITS.items()
        }

    def __repr__(self) -> str:
        who = f"{self.typical.weight:g} kg, {self.typical.age:g} years"
        if not self.is_varied:
            return f"<{self.size} typical adult{'s' if self.size > 1 else ''} ({who})>"
        return f"<Population of {self.size} around an adult of {who}; seed {self.seed}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>"


def typical_person(evidence: Evidence) -> Person:
    """The reference adult of the evidence."""
    return Person(
        weight=evidence.slot("person.weight").value("kg"),
        height=evidence.slot("person.height").value("cm"),
        age=evidence.slot("person.age").value("year"),
    )


def population(
    evidence: Evidence, size: int, seed: int, *, typical: Person | None = None, first: int = 0
) -> Population:
    """A varied population with the covariate spread of the evidence; a size of one is the typical adult.

    Parameters
    ----------
    evidence : Evidence
    size, seed : int
    typical : Person, optional
        Median adult; the reference adult if left out.
    first : int
        Number of the first person.

    Returns
    -------
    Population

    Raises
    ------
    PersonError
        If the size is out of range.
    """

    def spread(name: str) -> float:
        return evidence.slot(f"person.IIV_{name}").value("omega")

    return Population(
        size=size,
        seed=seed,
        typical=typical or typical_person(evidence),
        is_varied=size > 1 or first > 0,
        weight_omega=spread("weight"),
        age_omega=spread("age"),
        first=first,
    )
