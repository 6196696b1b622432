"""One adult: the covariates that parameters may depend on, and the opioids taken before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import isnan, nan
from typing import Any, Literal

from speciosa.errors import PersonError
from speciosa.people.covariates import LEVELS, LIMITS, NEEDED
from speciosa.people.history import OpioidHistory

Sex = Literal["female", "male", "unspecified"]
ChildPugh = Literal["none", "A", "B", "C"]
_CHECK = "Check the number and its unit."
_NO_CHILDREN = "The library holds no model of infants, children or adolescents, so they cannot be simulated."


@dataclass(frozen=True)
class Person:
    """An adult.

    Parameters
    ----------
    weight : float
        kg, 30 to 300.
    height : float
        cm, 120 to 230.
    age : float
        Years, 18 to 100.
    sex : {"unspecified", "female", "male"}
    egfr : float
        Estimated glomerular filtration rate, mL/min per 1.73 m2; NaN if unknown, which acts as the reference
        value of each relation.
    child_pugh : {"none", "A", "B", "C"}
        Class of liver disease.
    pregnancy : {"no", "yes"}
    cyp2d6_activity_score : float
        0 (poor) to 6; NaN if unknown, which acts as the reference value.
    cyp2b6_genotype : str
        Such as ``"*1/*6"``.
    history : OpioidHistory, optional
        Opioid taken before the start; None for a naive person, or where the scenario's regimen states it.

    Raises
    ------
    PersonError
        If a value is outside of what the program can represent.

    Examples
    --------
    >>> Person(weight=82.0, height=180.0, age=41.0, child_pugh="B").child_pugh
    'B'
    """

    weight: float
    height: float
    age: float
    sex: Sex = "unspecified"
    egfr: float = nan
    child_pugh: ChildPugh = "none"
    pregnancy: Literal["no", "yes"] = "no"
    cyp2d6_activity_score: float = nan
    cyp2b6_genotype: str = "*1/*1"
    history: OpioidHistory | None = None

    def __post_init__(self) -> None:
        check({item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(item.name for item in fields(cls) if item.name != "history")


def differing(people: Iterable[Person]) -> tuple[str, ...]:
    """Covariates, beyond the needed ones, that are known of somebody and differ from the reference adult."""
    several = tuple(people)
    numbers = [
        name
        for name in LIMITS
        if name not in NEEDED and not all(isnan(getattr(person, name)) for person in several)
    ]
    levels = [
        name for name, known in LEVELS.items() if any(getattr(person, name) != known[0] for person in several)
    ]
    return (*numbers, *levels)


def check(values: Mapping[str, Any], where: str = "person") -> None:
    """Check the covariates of one person, those that are given.

    Parameters
    ----------
    values : mapping of str to float or str
    where : str
        Whose, or the place in a file, for the message.

    Raises
    ------
    PersonError
        For the first value that cannot be represented.
    """
    # Age first: an infant is refused as one, not for its weight.
    for name in sorted(LIMITS, key=lambda item: item != "age"):
        low, high, unit = LIMITS[name]
        if name in values and not (name not in NEEDED and isnan(values[name])):
            _check_number(
                name, values[name], (low, high), "" if unit == "dimensionless" else f" {unit}", where
            )
    for name, levels in LEVELS.items():
        if name in values and values[name] not in levels:
            near = get_close_matches(str(values[name]), levels, n=1)
            raise PersonError(
                f"{name} is {values[name]!r}",
                where=where,
                expected=_listed(sorted(levels) if name == "sex" else levels),
                advice=f"Did you mean {near[0]!r}?" if near else None,
            )
    if values.get("pregnancy") == "yes" and values.get("sex") == "male":
        raise PersonError("pregnancy is 'yes' and sex is 'male'", where=where, expected="sex female")


def _check_number(name: str, value: float, limits: tuple[float, float], unit: str, where: str) -> None:
    low, high = limits
    if low <= value <= high:
        return
    who = "an adult of " if name in NEEDED else ""
    is_young = name == "age" and 0.0 <= value < low
    raise PersonError(
        f"{name} is {value:g}{unit}",
        where=where,
        expected=f"{who}{low:g} to {high:g}{unit}",
        advice=_NO_CHILDREN if is_young else _CHECK,
    )


def _listed(levels: tuple[str, ...] | list[str]) -> str:
    return f"{', '.join(levels[:-1])} or {levels[-1]}"
