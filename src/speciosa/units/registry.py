"""The one cached unit registry, and reading of unit texts with clear errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from speciosa.errors import UnitError
from speciosa.units.labels import LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pint

# Near misses are offered from these; the whole registry would answer with units nobody in the field writes.
_SYMBOLS = (
    *("s", "min", "h", "d", "week", "year"),
    *("pg", "ng", "ug", "mg", "g", "kg"),
    *("pmol", "nmol", "umol", "mmol", "mol"),
    *("pM", "nM", "uM", "mM"),
    *("uL", "mL", "dL", "L"),
    *("mm", "cm", "m", "mmHg", "kPa", "bpm"),
    *("score", "count", "dimensionless", "percent"),
)
# Read by the unit library as lengths, which no row of this field means.
_REFUSED = frozenset({"point"})
# The unit library puts any prefix on any unit; a hectohour or a decaday is always a slip of the pen.
_WITHOUT_PREFIX = frozenset({"minute", "hour", "day", "week", "month", "year", "percent", "count", "score"})
_EXPECTED = "a unit such as 'L/h', 'ng/mL' or 'nmol/L'"


@dataclass(frozen=True)
class ParsedUnit:
    """What the unit library makes of a text.

    Parameters
    ----------
    powers : tuple of (str, float)
        Unit names as the library calls them, with exponents.
    bases : tuple of (str, float)
        Base dimensions with exponents, sorted.
    factor : float
        Size in the base units of the registry.
    """

    powers: tuple[tuple[str, float], ...]
    bases: tuple[tuple[str, float], ...]
    factor: float


@cache
def registry() -> pint.UnitRegistry[float]:
    """Make the unit registry of the process, with ``score`` (points of a rating scale) as a base unit."""
    import pint

    units: pint.UnitRegistry[float] = pint.UnitRegistry()
    units.define("score = [score]")
    return units


@cache
def known() -> Mapping[str, ParsedUnit]:
    """What `read` gives for the units of the library's models and of regimens, from a file.

    The unit library takes longer to set up than a simulation; these few do without it. A test holds the file
    against `read`.
    """
    text = resources.files("speciosa.units").joinpath("known.json").read_text(encoding="utf-8")
    return {
        unit: ParsedUnit(tuple(map(tuple, powers)), tuple(map(tuple, bases)), factor)
        for unit, (powers, bases, factor) in json.loads(text).items()
    }


@cache
def parse(text: str) -> ParsedUnit:
    """Read a unit text that is no label.

    Raises
    ------
    UnitError
        If the text is no unit; near misses are offered.
    """
    return known().get(text) or read(text)


def read(text: str) -> ParsedUnit:
    """Read a unit text by the unit library; see `parse`."""
    import pint

    units = registry()
    try:
        unit = units.parse_units(text)
    except pint.UndefinedUnitError as error:
        names = error.unit_names
        raise _unknown(text, (names,) if isinstance(names, str) else tuple(names)) from None
    except Exception:
        # The library's parser raises tokenizer, syntax, type and assertion errors alike on a malformed text.
        raise _malformed(text) from None
    powers = tuple(
        (name, float(cast(float, power))) for name, power in units.Quantity(1.0, unit).unit_items()
    )
    _refuse_slips(text, tuple(name for name, _ in powers))
    zero = units.Quantity(0.0, unit).to_root_units().magnitude
    if zero != 0:
        raise UnitError(f"{text!r} is a temperature scale with an offset", expected="kelvin")
    factor = units.Quantity(1.0, unit).to_root_units().magnitude
    exponents = cast("Mapping[str, float]", unit.dimensionality)
    bases = tuple(sorted((name, float(power)) for name, power in exponents.items() if power))
    return ParsedUnit(powers, bases, float(factor))


def _malformed(text: str) -> UnitError:
    return UnitError(
        f"{text!r} is not a unit",
        expected=_EXPECTED,
        advice="Write products with *, quotients with / and no numbers but exponents.",
    )


def _refuse_slips(text: str, names: tuple[str, ...]) -> None:
    if "//" in text:
        raise _malformed(text)
    if _REFUSED & set(names):
        raise UnitError(
            f"{text!r} would be a typographic length",
            expected=_EXPECTED,
            advice="Points of a rating scale have the unit 'score'.",
        )
    for name in names:
        for prefix, base, _ in registry().parse_unit_name(name):
            if prefix and base in _WITHOUT_PREFIX:
                raise UnitError(f"{text!r} would contain the unit {name}", expected=_EXPECTED)


def _unknown(text: str, names: tuple[str, ...]) -> UnitError:
    hints = [hint for name in names for hint in _near(name)]
    hints += get_close_matches(text, list(LABELS), n=2, cutoff=0.6)
    advice = f"Did you mean {' or '.join(repr(hint) for hint in hints)}?" if hints else None
    subject = f"{text!r}" if names in ((), (text,)) else f"{' and '.join(map(repr, names))} in {text!r}"
    return UnitError(f"unknown unit {subject}", expected=_EXPECTED, advice=advice)


def _near(name: str) -> list[str]:
    by_case = [symbol for symbol in _SYMBOLS if symbol.lower() == name.lower()]
    return by_case or get_close_matches(name, _SYMBOLS, n=2, cutoff=0.5)
