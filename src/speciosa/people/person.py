"""One adult: the covariates that parameters may depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from speciosa.errors import PersonError

Sex = Literal["female", "male", "unspecified"]
LIMITS: Mapping[str, tuple[float, float, str]] = {
    "weight": (30.0, 300.0, "kg"),
    "height": (120.0, 230.0, "cm"),
    "age": (18.0, 100.0, "years"),
}


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
    sex : {"female", "male", "unspecified"}

    Raises
    ------
    PersonError
        If a value is outside of what the program can represent.

    Examples
    --------
    >>> Person(weight=82.0, height=180.0, age=41.0).weight
    82.0
    """

    weight: float
    height: float
    age: float
    sex: Sex = "unspecified"

    def __post_init__(self) -> None:
        for name, (low, high, unit) in LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise PersonError(
                    f"{name} is {value:g} {unit}",
                    where="person",
                    expected=f"an adult of {low:g} to {high:g} {unit}",
                    advice="Check the number and its unit.",
                )
        if self.sex not in ("female", "male", "unspecified"):
            raise PersonError(f"sex is {self.sex!r}", where="person", expected="female, male or unspecified")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(item.name for item in fields(cls))
