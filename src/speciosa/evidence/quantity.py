"""When two rows speak of the same thing: quantity without its spelling, site of a receptor measurement."""

from __future__ import annotations

import re

from speciosa import units
from speciosa.evidence.row import Row

_PARENTHESIS = re.compile(r"\s*\([^()]*\)\s*$")
_SITE = re.compile(r"\b(MOR|KOR|DOR|NOP|alpha-\d\w*|5-HT\w*|hERG\w*|CYP\w+|P-gp|GIRK|IKr|M\d)\b")


def normalized(quantity: str) -> str:
    """Quantity in one spelling: lower case, blanks for underscores, no trailing parenthesis.

    Examples
    --------
    >>> normalized("CL / F (apparent)") == normalized("cl/f")
    True
    """
    text = _PARENTHESIS.sub("", quantity.lower().replace("_", " "))
    text = re.sub(r"\s*/\s*", "/", text)
    return re.sub(r"\s+", " ", text).strip()


def site(row: Row) -> str | None:
    """Receptor, enzyme or channel that the condition names first; None where it names none.

    Examples
    --------
    A Ki at KOR is no rival of a Ki at MOR, although both are a Ki of the same drug.
    """
    found = _SITE.search(row.condition)
    return found[1] if found else None


def is_same_quantity(row: Row, other: Row) -> bool:
    """Whether two rows give the same quantity at the same site in comparable units."""
    if normalized(row.quantity) != normalized(other.quantity):
        return False
    sites = {site(row), site(other)} - {None}
    return len(sites) < 2 and units.is_comparable(row.unit, other.unit)  # noqa: PLR2004
