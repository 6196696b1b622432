"""Lengths of time."""

from __future__ import annotations

from speciosa.regimens.dose import number

DAY = 24.0
WEEK = 7 * DAY
SMALLEST = 1e-9
"""Hours; times that differ by less are one."""


def span(hours: float) -> str:
    """A length of time as people write it, in units that the grammar reads."""
    if hours and hours % DAY == 0.0 and hours != DAY:
        return f"{number(hours / DAY)} days"
    return f"{number(hours)} h"
