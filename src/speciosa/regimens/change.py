"""A titration or a taper."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from speciosa.errors import RegimenError
from speciosa.regimens.dose import number
from speciosa.regimens.times import SMALLEST, span


@dataclass(frozen=True)
class Change:
    """A titration or a taper.

    Parameters
    ----------
    by : float
        Step: in the dose's unit, or a share of the current dose; above zero.
    every : float
        Time between steps, h.
    is_up : bool
        Whether the dose rises.
    is_share : bool
        Whether `by` is a share (0.1 for 10 %).
    to : float, optional
        Where it ends, in the dose's unit.

    Raises
    ------
    RegimenError
        If a step is not above zero, or a share is 1 or more downwards.
    """

    by: float
    every: float
    is_up: bool
    is_share: bool = False
    to: float | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.by) and self.by > 0.0):
            raise RegimenError(f"the step is {number(self.by)}", expected="a step above zero")
        if self.is_share and not self.is_up and self.by >= 1.0:
            raise RegimenError(f"the step is {number(100 * self.by)} %", expected="less than 100 % downwards")
        if not (isfinite(self.every) and self.every > 0.0):
            raise RegimenError(f"the steps are {number(self.every)} h apart", expected="more than zero")
        if self.to is not None and not self.to >= 0.0:
            raise RegimenError(f"the change ends at {number(self.to)}", expected="zero or more")

    def factor(self, start: float, elapsed: float) -> float:
        """What the starting amount is multiplied by after some time (h)."""
        return self.after(start, int((elapsed + SMALLEST) // self.every)) / start

    def after(self, start: float, steps: int) -> float:
        """The amount after some steps."""
        sign = 1.0 if self.is_up else -1.0
        value = start * (1.0 + sign * self.by) ** steps if self.is_share else start + sign * self.by * steps
        limit = self.to if self.to is not None else (inf if self.is_up else 0.0)
        return min(value, limit) if self.is_up else max(value, limit)

    def text(self, unit: str) -> str:
        """The change in words that the grammar reads."""
        step = f"{number(100 * self.by)} %" if self.is_share else f"{number(self.by)} {unit}"
        end = f" to {number(self.to)} {unit}" if self.to is not None else ""
        return f"{'up' if self.is_up else 'down'} by {step} every {span(self.every)}{end}"
