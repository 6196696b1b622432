"""Rules: doses that depend on how the person is, when it is reached or at visits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from speciosa.errors import RegimenError
from speciosa.regimens.change import Change
from speciosa.regimens.dose import number
from speciosa.regimens.times import span

Comparison = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True)
class Condition:
    """A comparison of an output with a level.

    Parameters
    ----------
    output : str
        Name of an output of the model: a score, ``COWS``, or any other.
    comparison : {"<", "<=", ">", ">="}
    level : float
        In the unit of the output.

    Raises
    ------
    RegimenError
        If the comparison is none of these, or the level is no finite number.

    Examples
    --------
    >>> Condition("COWS", ">=", 12.0).holds(13.0)
    True
    """

    output: str
    comparison: Comparison
    level: float

    def __post_init__(self) -> None:
        if self.comparison not in ("<", "<=", ">", ">="):
            raise RegimenError(f"the comparison is {self.comparison!r}", expected="<, <=, > or >=")
        if not isfinite(self.level):
            raise RegimenError(f"the level of {self.output} is {number(self.level)}", expected="a number")

    @property
    def is_above(self) -> bool:
        """Whether it holds above its level."""
        return self.comparison.startswith(">")

    def holds(self, value: float) -> bool:
        """Whether it holds for a value of the output."""
        if value == self.level:
            return self.comparison.endswith("=")
        return (value > self.level) == self.is_above

    @property
    def text(self) -> str:
        """In words that the grammar reads."""
        return f"{self.output} {self.comparison} {number(self.level)}"


@dataclass(frozen=True)
class VisitRule:
    """What is done at each visit, if a condition holds.

    Parameters
    ----------
    every : float
        Hours between visits; the first is so long after the start of the part.
    condition : Condition
        Of the moment of the visit, before the dose of that time.
    is_unless : bool
        Whether it is done where the condition does not hold.
    change : Change, optional
        By how much the dose is raised or lowered from the visit on; None if the part stops.

    Raises
    ------
    RegimenError
        If the visits are not some time apart, or the change has another rhythm.
    """

    every: float
    condition: Condition
    is_unless: bool = False
    change: Change | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.every) and self.every > 0.0):
            raise RegimenError(f"the visits are {number(self.every)} h apart", expected="more than zero")
        if self.change is not None and self.change.every != self.every:
            raise RegimenError(
                f"the dose changes every {span(self.change.every)}",
                expected=f"the {span(self.every)} of the visits",
            )

    def is_due(self, value: float) -> bool:
        """Whether it is done, given the output at the visit."""
        return self.condition.holds(value) != self.is_unless

    def action(self, unit: str) -> str:
        """What is done, in words that the grammar reads."""
        if self.change is None:
            return "stop"
        change = self.change
        step = f"{number(100 * change.by)} %" if change.is_share else f"{number(change.by)} {unit}"
        end = f" to {number(change.to)} {unit}" if change.to is not None else ""
        return f"{'raise' if change.is_up else 'lower'} by {step}{end}"

    def text(self, unit: str) -> str:
        """In words that the grammar reads."""
        word = "unless" if self.is_unless else "if"
        return f"at each visit every {span(self.every)} {self.action(unit)} {word} {self.condition.text}"
