"""People to simulate: one typical adult, a population around one, one by distributions, or real people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.people.covariates import LEVELS, LIMITS, NEEDED, FloatArray, TextArray
from speciosa.people.history import OpioidHistory
from speciosa.people.person import Person, differing
from speciosa.people.streams import Streams

LARGEST = 1_000_000
_REFERENCE = tuple(f"person.{name}" for name in (*NEEDED, "IIV_weight", "IIV_age"))


class Makeup(Protocol):
    """Where the covariates of a population come from."""

    @property
    def slots(self) -> tuple[str, ...]:
        """Evidence slots behind the covariates."""
        ...

    @property
    def text(self) -> str:
        """The make-up in a few words."""
        ...

    @property
    def stated(self) -> tuple[str, ...]:
        """Covariates beyond the needed ones that were stated on purpose."""
        ...

    def values(self, streams: Streams) -> dict[str, FloatArray]:
        """Numeric covariates, NaN where unknown."""
        ...

    def levels(self, streams: Streams) -> dict[str, TextArray]:
        """Categorical covariates."""
        ...

    def histories(self, streams: Streams) -> tuple[OpioidHistory | None, ...]:
        """Opioid history of each person."""
        ...


@dataclass(frozen=True)
class Population:
    """A number of adults.

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
        Spread (SD of the logarithm) of the covariates around the typical adult.
    first : int
        Number of the first person.
    makeup : Makeup, optional
        Where the covariates come from instead: a `Specification` or a `Register`. The typical adult and the
        two spreads then have no part in them.
    chosen : tuple of int, optional
        Numbers of the persons where they do not follow each other, such as those of one arm of a trial.

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
    makeup: Makeup | None = None
    chosen: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST:
            raise PersonError(f"the population has {self.size} people", expected=f"1 to {LARGEST:,} people")
        if self.seed < 0:
            raise PersonError(f"the seed is {self.seed}", expected="a whole number, zero or above")

    @cached_property
    def ids(self) -> npt.NDArray[np.int64]:
        """Numbers of the persons."""
        return self.streams.numbers

    @property
    def streams(self) -> Streams:
        """The random numbers of these people."""
        return Streams(self.seed, self.first, self.size, self.chosen)

    def draw(self, name: str) -> FloatArray:
        """Standard normal deviate of each person for one named quantity; zeros where people do not vary.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (size,)
        """
        return self.streams.normal(name) if self.is_varied else np.zeros(self.size)

    def part(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Population:
        """Some of these people, each the same as here.

        Parameters
        ----------
        rows : sequence of int
            Their places among these people, from 0.

        Examples
        --------
        >>> people = Population(4, seed=1, typical=Person(70.0, 170.0, 35.0))
        >>> bool((people.part([1, 3]).draw("CL") == people.draw("CL")[[1, 3]]).all())
        True
        """
        numbers = self.ids[np.asarray(rows, dtype=np.int64)]
        return replace(self, size=len(numbers), chosen=tuple(numbers.tolist()))

    @cached_property
    def covariates(self) -> dict[str, FloatArray]:
        """Weight, height and age of each person, and the other numbers that are known of anybody."""
        found = self.makeup.values(self.streams) if self.makeup else self._around_the_typical()
        return {
            name: values for name, values in found.items() if name in NEEDED or not np.isnan(values).all()
        }

    def _around_the_typical(self) -> dict[str, FloatArray]:
        spread = {"weight": self.weight_omega, "age": self.age_omega}
        return {
            name: np.clip(
                getattr(self.typical, name) * np.exp(spread.get(name, 0.0) * self.draw(f"person.{name}")),
                low,
                high,
            )
            for name, (low, high, _) in LIMITS.items()
        }

    @cached_property
    def levels(self) -> dict[str, TextArray]:
        """Sex, Child-Pugh class, pregnancy and CYP2B6 genotype of each person."""
        if self.makeup:
            return self.makeup.levels(self.streams)
        return {name: np.full(self.size, getattr(self.typical, name)) for name in LEVELS}

    @cached_property
    def histories(self) -> tuple[OpioidHistory | None, ...]:
        """Opioid history of each person; None for a naive one."""
        if self.makeup:
            return self.makeup.histories(self.streams)
        return (self.typical.history,) * self.size

    @property
    def stated(self) -> tuple[str, ...]:
        """Covariates beyond weight, height and age that were stated on purpose."""
        if self.makeup:
            return self.makeup.stated
        return differing((self.typical,))

    @property
    def slots(self) -> tuple[str, ...]:
        """Evidence slots behind the covariates."""
        return self.makeup.slots if self.makeup else _REFERENCE

    def __repr__(self) -> str:
        if self.makeup:
            return f"<Population of {self.size}: {self.makeup.text}; seed {self.seed}>"
        who = f"{self.typical.weight:g} kg, {self.typical.age:g} years"
        if not self.is_varied:
            return f"<{self.size} typical adult{'s' if self.size > 1 else ''} ({who})>"
        return f"<Population of {self.size} around an adult of {who}; seed {self.seed}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>"


def typical_person(evidence: Evidence) -> Person:
    """The reference adult of the evidence."""
    return Person(
        weight=evidence.slot("person.weight").value("kg"),
        height=evidence.slot("person.height").value("cm"),
        age=evidence.slot("person.age").value("year"),
    )


def population(
    evidence: Evidence,
    size: int,
    seed: int,
    *,
    typical: Person | None = None,
    first: int = 0,
    makeup: Makeup | None = None,
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
    makeup : Makeup, optional
        Covariates by a specification or of real people, who vary even if there is one of them.

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

    people = Population(
        size=size,
        seed=seed,
        typical=typical or typical_person(evidence),
        is_varied=size > 1 or first > 0 or makeup is not None,
        weight_omega=spread("weight"),
        age_omega=spread("age"),
        first=first,
    )
    return replace(people, makeup=makeup) if makeup else people
