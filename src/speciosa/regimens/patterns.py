"""Patterns of numbers, amounts and lengths of time."""

from __future__ import annotations

import re

from speciosa.regimens.vocabulary import MASS_UNITS, TIME_UNITS, TIMES
from speciosa.units import convert

NUMBER = r"\d+(?:\.\d+)?"
MASS = "|".join(sorted((re.escape(unit) for unit in MASS_UNITS), key=len, reverse=True))
TIME = "|".join(sorted(TIME_UNITS, key=len, reverse=True))
LENGTH = rf"({NUMBER})\s*({TIME})"
AMOUNT = rf"({NUMBER})\s*({MASS})"
PER = r"\s*/\s*(day|d|hour|h)|\s+(?:(?:a|each)\s+(?=day)|(?:an|per)\s+)(day|hour|h)"
CLOCK = r"(\d{1,2}):(\d{2})"
COUNT = rf"({NUMBER}|{'|'.join(TIMES)})"
A_DAY = r"(?:a|per|each|every)\s+day|/\s*(?:day|d)|daily"


def hours(amount: str, unit: str) -> float:
    """A length of time in hours."""
    return round(float(convert(float(amount), TIME_UNITS[unit.lower()], "h")), 9)
