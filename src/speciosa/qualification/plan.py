"""How a target is computed: arms of the one road, and the pieces of their curves that are read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from speciosa.evidence import Target
from speciosa.people import Person, Population, population, typical_person
from speciosa.qualification.designs import Design, Statistic
from speciosa.qualification.quantities import Metric, Quantity
from speciosa.qualification.study import Study
from speciosa.regimens import Regimen
from speciosa.simulation import Setting


class NotRunError(Exception):
    """Why the library cannot run a target; shown in the table, never to a user as an error."""


@dataclass(frozen=True)
class Crowd:
    """The virtual people of an arm.

    Parameters
    ----------
    size, seed : int
    covariates : tuple of (name, value)
        Of the median person, where they differ from the reference adult.
    is_alike : bool
        Whether weight and age are the same for everybody.
    is_varied : bool
        False for the typical person.
    """

    size: int
    seed: int
    covariates: tuple[tuple[str, Any], ...] = ()
    is_alike: bool = False
    is_varied: bool = True

    def typical(self, setting: Setting) -> Person:
        """The median person."""
        return replace(typical_person(setting.evidence), **dict(self.covariates))

    def population(self, setting: Setting) -> Population:
        """The people themselves."""
        people = population(setting.evidence, self.size, self.seed, typical=self.typical(setting))
        if self.is_alike:
            people = replace(people, weight_omega=0.0, age_omega=0.0)
        return people if self.is_varied else replace(people, size=1, is_varied=False)


@dataclass(frozen=True)
class Arm:
    """Who takes what, by which alternatives of the evidence: targets that share it share its simulation."""

    regimen: Regimen
    crowd: Crowd
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Piece:
    """A stretch of the curve of one or several molecules in one arm.

    Parameters
    ----------
    arm : Arm
    analytes : tuple of str
        Molecules whose concentrations are added.
    start, length : float
        h.
    factor : float
        By which the reading is multiplied.
    metric : str, optional
        What is read, where it is not what the plan reads.
    """

    arm: Arm
    analytes: tuple[str, ...]
    start: float
    length: float
    factor: float = 1.0
    metric: Metric | None = None


@dataclass(frozen=True)
class Plan:
    """How a target is computed: the readings of some pieces multiplied, divided by those of others.

    Parameters
    ----------
    study : Study
    quantity : Quantity
    design : Design
    metric : str
    above, below : tuple of Piece
    statistic : str
    """

    study: Study
    quantity: Quantity
    design: Design
    metric: Metric
    above: tuple[Piece, ...]
    below: tuple[Piece, ...]
    statistic: Statistic

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Everything that must be simulated."""
        return (*self.above, *self.below)

    @property
    def target(self) -> Target:
        """The target."""
        return self.study.target


@dataclass(frozen=True)
class Sizes:
    """How many virtual people.

    Parameters
    ----------
    people : int
        In designs of one drug.
    pairs : int
        In comparisons with and without a perpetrator, where everybody is their own control.
    seed : int
    """

    people: int = 1000
    pairs: int = 100
    seed: int = 20261127
