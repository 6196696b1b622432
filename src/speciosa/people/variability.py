"""From people to the parameter table that the engine runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.late import special
from speciosa.model import (
    BoundParameter,
    CovariateCategory,
    CovariateEffect,
    CovariatePower,
    Model,
    Spread,
)
from speciosa.people.covariates import DERIVED, LEVELS, LIMITS, FloatArray, body_mass_index, fat_free_mass
from speciosa.people.population import Population

Typical = Mapping[str, FloatArray]
"""Slots to their values in several draws, in the units of the model: (draws,) each."""


def parameter_table(
    model: Model, people: Population, evidence: Evidence, typical: Typical | None = None
) -> FloatArray:
    """Every parameter of every person.

    Typical value, times the covariate relations, spread around it: log-normal parameters have the typical
    value as median, logit-normal ones likewise on the logit scale. Deviates of a block are correlated.

    Parameters
    ----------
    model : Model
    people : Population
    evidence : Evidence
        Sizes of variability and covariate relations.
    typical : mapping of str to ndarray, optional
        Values of slots, parameters or sizes and relations alike, in several draws, shape (draws,) each: all
        people come once for each draw.

    Returns
    -------
    ndarray, shape (persons, parameters)
        With draws, (draws times persons, parameters): all persons of the first draw, then of the second.

    Raises
    ------
    PersonError
        If a parameter depends on a covariate that people do not have.
    """
    numbers = Numbers(people, evidence, typical or {})
    columns = [numbers.column(item).ravel() for item in model.parameters]
    return np.column_stack(columns) if columns else np.empty((numbers.draws * people.size, 0))


@dataclass(frozen=True)
class Numbers:
    """What parameter tables are made of: people, evidence and, where there are several, draws.

    Parameters
    ----------
    people : Population
    evidence : Evidence
    typical : mapping of str to ndarray
    """

    people: Population
    evidence: Evidence
    typical: Typical = field(default_factory=dict)

    @property
    def draws(self) -> int:
        """Number of draws, 1 where there are none."""
        return len(next(iter(self.typical.values()))) if self.typical else 1

    def slot(self, name: str, unit: str) -> FloatArray:
        """Value of a slot, (draws, 1) or (1, 1)."""
        if name in self.typical:
            return np.asarray(self.typical[name], dtype=np.float64)[:, None]
        return np.full((1, 1), self.evidence.slot(name).value(unit))

    def median(self, item: BoundParameter) -> FloatArray:
        """Typical value of a parameter for people of these covariates, (draws, persons)."""
        value = self.typical.get(item.name)
        base = np.asarray([[item.value]] if value is None else np.asarray(value)[:, None], dtype=np.float64)
        median = np.broadcast_to(base, (self.draws, self.people.size))
        for relation in item.parameter.covariates:
            median = median * self._factor(relation, item.name)
        return median

    def column(self, item: BoundParameter) -> FloatArray:
        """A parameter of every person, (draws, persons)."""
        part = item.parameter
        median = self.median(item)
        if part.spread is None:
            return median
        shift = self.slot(part.spread.slot, "omega") * self._deviate(part.name, part.spread)
        return moved(median, shift, part.spread, item)

    def _deviate(self, name: str, spread: Spread) -> FloatArray:
        """Standard normal deviates, correlated within the block of a drug; (draws, persons) or (persons,)."""
        if not spread.block:
            return self.people.draw(name)
        size, index = len(spread.block), {item: place for place, item in enumerate(spread.block)}
        matrix = np.broadcast_to(np.eye(size), (self.draws, size, size)).copy()
        for first, second, slot in spread.correlations:
            value = self.slot(slot, "")[:, 0]
            matrix[:, index[first], index[second]] = matrix[:, index[second], index[first]] = value
        try:
            mix = np.linalg.cholesky(matrix)[:, index[name], :]
        except np.linalg.LinAlgError:
            raise PersonError(
                f"the correlations of {', '.join(spread.block)} contradict each other",
                expected="a positive definite matrix",
            ) from None
        own = np.stack([self.people.draw(item) for item in spread.block])
        found: FloatArray = mix @ own
        return found

    def _factor(self, relation: CovariateEffect, name: str) -> FloatArray:
        if isinstance(relation, CovariateCategory):
            return self._category(relation, name)
        values, unit = self._covariate(relation.covariate, name)
        reference = self.slot(relation.reference, unit)
        # Who is not known to differ from the reference is taken as the reference.
        known = np.where(np.isnan(values)[None, :], reference, values[None, :])
        if isinstance(relation, CovariatePower):
            found = (known / reference) ** self.slot(relation.exponent, "")
        else:
            per_unit = "" if unit == "dimensionless" else f"1/({unit})"
            found = np.exp(self.slot(relation.coefficient, per_unit) * (known - reference))
        return np.asarray(found, dtype=np.float64)

    def _category(self, relation: CovariateCategory, name: str) -> FloatArray:
        if relation.covariate not in LEVELS:
            raise PersonError(
                f"{name} depends on the category {relation.covariate!r}",
                expected=f"one of: {', '.join(LEVELS)}",
            )
        people = self.people.levels[relation.covariate]
        factor = np.ones((1, self.people.size))
        for level, slot in relation.factors:
            if level not in LEVELS[relation.covariate]:
                raise PersonError(
                    f"{name} depends on {relation.covariate} {level!r}",
                    expected=f"one of: {', '.join(LEVELS[relation.covariate])}",
                )
            factor = np.where(people[None, :] == level, self.slot(slot, ""), factor)
        return factor

    def _covariate(self, covariate: str, name: str) -> tuple[FloatArray, str]:
        """Values of a numeric covariate, NaN where unknown, and their unit."""
        given = self.people.covariates
        if covariate == "bmi":
            return body_mass_index(given["weight"], given["height"]), DERIVED[covariate]
        if covariate == "fat_free_mass":
            sex = self.people.levels["sex"]
            return fat_free_mass(given["weight"], given["height"], sex, self.evidence), DERIVED[covariate]
        if covariate not in LIMITS:
            raise PersonError(
                f"{name} depends on {covariate!r}", expected=f"one of: {', '.join((*LIMITS, *DERIVED))}"
            )
        unknown = np.full(self.people.size, np.nan)
        return given.get(covariate, unknown), LIMITS[covariate][2]


def moved(median: FloatArray, shift: FloatArray, spread: Spread, item: BoundParameter) -> FloatArray:
    """A value away from its median by a normal deviate, on the logarithmic or the logit scale.

    Raises
    ------
    PersonError
        If the median of a share is not from 0 to 1.
    """
    if spread.kind == "log-normal":
        return np.asarray(median * np.exp(shift), dtype=np.float64)
    if np.any((median < 0.0) | (median > 1.0)):
        raise PersonError(
            f"{item.name} is {item.value:g} and varies as a share between people",
            expected="a value from 0 to 1",
        )
    return np.asarray(special.expit(special.logit(median) + shift), dtype=np.float64)
