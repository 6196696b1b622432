"""A population by distributions: sex, age, body, liver, kidney, enzymes and opioid history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from speciosa.evidence import Evidence
from speciosa.people.covariates import (
    LEVELS,
    LIMITS,
    PHENOTYPES,
    SEXES,
    FloatArray,
    TextArray,
    activity_score,
)
from speciosa.people.distributions import Distribution, Shares
from speciosa.people.history import OpioidHistory
from speciosa.people.streams import Streams

_CENTIMETERS = 100.0
BMI_LIMITS = (13.0, 70.0)


@dataclass(frozen=True)
class HistoryDistribution:
    """Opioid histories: one drug, with a daily amount and a duration that vary.

    Parameters
    ----------
    drug, route : str
    doses_per_day : int
    daily : Distribution
        mg a day; rounded to whole milligrams.
    days : Distribution
        Rounded to whole days.
    share : float
        Share of people who have the history; the others are naive.
    """

    drug: str
    route: str
    doses_per_day: int
    daily: Distribution
    days: Distribution
    share: float = 1.0

    def draw(self, streams: Streams) -> tuple[OpioidHistory | None, ...]:
        """The history of each person."""
        daily = np.maximum(1.0, np.round(self.daily.at(streams.uniform("person.history.daily"))))
        days = np.maximum(1.0, np.round(self.days.at(streams.uniform("person.history.days"))))
        is_exposed = streams.uniform("person.history.share") < self.share
        return tuple(
            OpioidHistory(self.drug, float(mg), float(length), self.route, self.doses_per_day)
            if taken
            else None
            for mg, length, taken in zip(daily, days, is_exposed, strict=True)
        )


@dataclass(frozen=True)
class Specification:
    """How a population is made up; what is left out comes from the evidence or is that of the typical adult.

    Weight follows from height and the body mass index of the sex, so that tall people weigh more. Age does
    not depend on anything, nor do the enzymes.

    Parameters
    ----------
    female : float
        Share of women, 0 to 1; nobody is of unspecified sex.
    age : Distribution
        Years.
    height, bmi : mapping of str to Distribution
        By sex; cm and kg/m^2.
    weight : mapping of str to Distribution, optional
        By sex, kg; instead of the body mass index.
    numbers : mapping of str to Distribution
        Further numeric covariates, such as ``egfr``.
    shares : mapping of str to Shares
        Categorical covariates, and ``cyp2d6_activity_score`` by shares of scores.
    history : HistoryDistribution, optional
    slots : tuple of str
        Evidence slots that it rests on.
    stated : tuple of str
        Covariates, beyond sex, age and body, that were stated and not left to the evidence.
    """

    female: float
    age: Distribution
    height: Mapping[str, Distribution]
    bmi: Mapping[str, Distribution]
    weight: Mapping[str, Distribution] | None = None
    numbers: Mapping[str, Distribution] = field(default_factory=dict)
    shares: Mapping[str, Shares] = field(default_factory=dict)
    history: HistoryDistribution | None = None
    slots: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()

    def levels(self, streams: Streams) -> dict[str, TextArray]:
        """Categorical covariates of each person."""
        sex = np.where(streams.uniform("person.sex") < self.female, *SEXES)
        found: dict[str, TextArray] = {"sex": sex.astype(np.str_)}
        for name, levels in LEVELS.items():
            if name in self.shares:
                found[name] = self.shares[name].at(streams.uniform(f"person.{name}"))
            elif name != "sex":
                found[name] = np.full(streams.size, levels[0])
        found["pregnancy"] = np.where(sex == "male", "no", found["pregnancy"])
        return found

    def values(self, streams: Streams) -> dict[str, FloatArray]:
        """Numeric covariates of each person."""
        sex = self.levels(streams)["sex"]

        def by_sex(given: Mapping[str, Distribution], name: str) -> FloatArray:
            place = streams.uniform(f"person.{name}")
            return np.where(sex == "female", given["female"].at(place), given["male"].at(place))

        height = by_sex(self.height, "height")
        if self.weight is not None:
            weight = by_sex(self.weight, "weight")
        else:
            weight = by_sex(self.bmi, "weight") * (height / _CENTIMETERS) ** 2
        low, high, _ = LIMITS["weight"]
        found = {
            "weight": np.clip(weight, low, high),
            "height": height,
            "age": self.age.at(streams.uniform("person.age")),
        }
        for name, distribution in self.numbers.items():
            found[name] = distribution.at(streams.uniform(f"person.{name}"))
        if "cyp2d6_activity_score" in self.shares:
            scores = self.shares["cyp2d6_activity_score"].at(streams.uniform("person.cyp2d6_activity_score"))
            found["cyp2d6_activity_score"] = scores.astype(np.float64)
        return found

    def histories(self, streams: Streams) -> tuple[OpioidHistory | None, ...]:
        """Opioid history of each person."""
        return self.history.draw(streams) if self.history else (None,) * streams.size

    @cached_property
    def text(self) -> str:
        """The make-up in a few words."""
        return f"{self.female:.0%} women, age {self.age.low:g} to {self.age.high:g} years"


@dataclass(frozen=True)
class Reference:
    """The adults of the evidence, from which a specification departs.

    Parameters
    ----------
    evidence : Evidence
    """

    evidence: Evidence

    def value(self, name: str, unit: str) -> float:
        """A number of the reference population."""
        return self.evidence.slot(f"population.{name}").value(unit)

    def age(self) -> Distribution:
        """Age of the reference population."""
        low, high, _ = LIMITS["age"]
        omega = self.evidence.slot("person.IIV_age").value("omega")
        return Distribution("log-normal", self.evidence.slot("person.age").value("year"), omega, low, high)

    def height(self, sex: str) -> Distribution:
        """Height of one sex, cm."""
        low, high, _ = LIMITS["height"]
        mean, spread = (self.value(f"{name}.{sex}", "cm") for name in ("height", "SD_height"))
        return Distribution("normal", mean, spread, low, high)

    def bmi(self, sex: str) -> Distribution:
        """Body mass index of one sex, kg/m^2."""
        spread = self.value(f"CV_BMI.{sex}", "omega")
        return Distribution.from_mean(self.value(f"BMI.{sex}", "kg/m^2"), spread, *BMI_LIMITS)

    def shares(self, name: str) -> Shares:
        """Levels of CYP2B6, or CYP2D6 activity scores, as frequent as the evidence says."""
        if name == "cyp2d6_activity_score":
            return phenotypes({item: self.value(f"cyp2d6.{item}", "") for item in PHENOTYPES}, self.evidence)
        levels = tuple(item.partition(f"{name}.")[2] for item in self._slots(f"population.{name}."))
        found = {level: self.value(f"{name}.{level}", "") for level in levels}
        total = sum(found.values())
        # Printed percentages are rounded, so that they may miss a whole by a tenth of one.
        return Shares({level: share / total for level, share in found.items()})

    def _slots(self, start: str) -> tuple[str, ...]:
        return tuple(name for name in self.evidence.slots if name.startswith(start))

    def slots_of(self, *starts: str) -> tuple[str, ...]:
        """Slots that begin so."""
        return tuple(name for start in starts for name in self._slots(start))


def phenotypes(of: Mapping[str, float], evidence: Evidence) -> Shares:
    """Shares of CYP2D6 activity scores, from those of phenotypes.

    Parameters
    ----------
    of : mapping of str to float
        Phenotype to share.
    evidence : Evidence

    Returns
    -------
    Shares

    Raises
    ------
    UnknownNameError
        For an unknown phenotype.
    """
    return Shares({f"{activity_score(name, evidence):g}": share for name, share in of.items()})
