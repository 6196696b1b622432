"""Numbers as readers see them."""

from __future__ import annotations

import math
from types import MappingProxyType

_SIGNIFICANT = 3
_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e6, 1e-4
MISSING = "–"
UNIT_WORDS = MappingProxyType({"dimensionless": "", "score": "points", "d": "days"})
"""Units whose written form in the data is not what a reader expects."""


def shown(value: float, digits: int = _SIGNIFICANT) -> str:
    """Write a number with so many significant digits, plain as long as that is readable.

    Parameters
    ----------
    value : float
    digits : int
        Significant digits.

    Returns
    -------
    str
        An en dash for a missing number.

    Examples
    --------
    >>> shown(0.0123456), shown(1234.4), shown(93.25), shown(float("nan")), shown(2.5e-7)
    ('0.0123', '1234', '93.2', '–', '2.50e-07')
    """
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value == 0.0:
        return "0"
    if not _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def interval(median: float, low: float, high: float) -> str:
    """Write a median with its percentile range, ``median [low to high]``.

    Examples
    --------
    >>> interval(14.0, 6.01, 22.7), interval(2.0, 2.0, 3.0)
    ('14.0 [6.01 to 22.7]', '2 [2 to 3]')
    """
    if not all(map(math.isfinite, (median, low, high))):
        return shown(median)
    three = (median, low, high)
    # Counts, such as the day of a peak, look odd with decimals.
    if all(number.is_integer() and abs(number) < _LARGEST_PLAIN for number in three):
        return f"{median:.0f} [{low:.0f} to {high:.0f}]"
    return f"{shown(median)} [{shown(low)} to {shown(high)}]"
