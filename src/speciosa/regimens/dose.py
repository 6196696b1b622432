"""A dose, and a dose at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from speciosa.errors import RegimenError

ROUTE_WORDS = {
    "oral": "by mouth",
    "sublingual": "sublingual",
    "intravenous": "IV",
    "intramuscular": "IM",
    "intranasal": "intranasal",
    "subcutaneous": "SC",
    "transmucosal": "transmucosal",
    "transdermal": "on the skin",
    "inhaled": "smoked",
}
PER_HOUR = "/h"
"""Ending of the unit of doses that are a rate: what a patch releases."""


def number(value: float) -> str:
    """A number as people write it, without trailing zeros."""
    return f"{value:.10g}"


@dataclass(frozen=True)
class Dose:
    """What is taken at one time.

    Parameters
    ----------
    item : str
        Canonical name of a drug or product.
    amount : float
        Above zero, in `unit`; of a weighed product its grams, or 0 where `containing` says what is in it.
    unit : str
        g, mg, ug or ng; mg/h, ug/h or ng/h of a patch.
    route : str, optional
        The item's first route if left out.
    content : tuple of (drug, mg per g)
        Content that the user states.
    containing : tuple of (drug, mg)
        Measured amounts of alkaloids in the dose.
    duration : float
        Of an infusion, h; 0 for a bolus.

    Raises
    ------
    RegimenError
        If a number is negative, zero or not finite.

    Examples
    --------
    >>> Dose("morphine", 10.0, "mg", "intravenous", duration=0.5).text
    'morphine 10 mg IV over 0.5 h'
    """

    item: str
    amount: float
    unit: str = "mg"
    route: str | None = None
    content: tuple[tuple[str, float], ...] = ()
    containing: tuple[tuple[str, float], ...] = ()
    duration: float = 0.0

    def __post_init__(self) -> None:
        amounts = [value for _, value in (*self.content, *self.containing)]
        if not self.containing:
            amounts.append(self.amount)
        for value in amounts:
            if not (isfinite(value) and value > 0.0):
                raise RegimenError(
                    f"{self.item}: the amount is {number(value)}", expected="an amount above zero"
                )
        if not (isfinite(self.duration) and self.duration >= 0.0):
            raise RegimenError(
                f"{self.item}: the infusion takes {number(self.duration)} h", expected="zero or more"
            )

    @property
    def text(self) -> str:
        """The dose in words that the grammar reads."""
        parts = [self.item]
        if self.containing:
            inside = " and ".join(f"{number(value)} mg {drug}" for drug, value in self.containing)
            parts.append(f"containing {inside}")
        else:
            parts.append(f"{number(self.amount)} {self.unit}")
        parts += [f"({number(value)} mg {drug} per g)" for drug, value in self.content]
        if self.route:
            parts.append(ROUTE_WORDS.get(self.route, self.route))
        if self.duration:
            parts.append(f"over {number(self.duration)} h")
        return " ".join(parts)

    def scaled(self, factor: float) -> Dose:
        """The dose with every amount multiplied."""
        return replace(
            self,
            amount=self.amount * factor,
            containing=tuple((drug, value * factor) for drug, value in self.containing),
        )

    @property
    def size(self) -> float:
        """The amount by which titrations count: that of the first measured alkaloid, or of the dose."""
        return self.containing[0][1] if self.containing else self.amount


@dataclass(frozen=True)
class Administration:
    """A dose at a time (h)."""

    time: float
    dose: Dose
