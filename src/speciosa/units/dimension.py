"""Dimensions: what a unit measures, without its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from speciosa.errors import UnitError
from speciosa.units.labels import LABELS
from speciosa.units.registry import parse

_NAMES = {
    "[substance]": "amount",
    "[length]": "length",
    "[time]": "time",
    "[mass]": "mass",
    "[score]": "score",
}
_LARGEST_DENOMINATOR = 10_000
_VOLUME_POWER = 3


@dataclass(frozen=True, init=False)
class Dimension:
    """Exponents of the base dimensions; immutable, hashable, multiplied and divided like units.

    Parameters
    ----------
    bases : iterable of (str, number)
        Base dimension, as ``"[time]"``, and exponent; zero exponents are dropped.

    Examples
    --------
    >>> dimension("L") / dimension("h") == dimension("mL/min")
    True
    >>> print(dimension("nmol/L/h"))
    amount/(time*volume)
    """

    exponents: tuple[tuple[str, Fraction], ...]

    def __init__(self, bases: Iterable[tuple[str, float | Fraction]] = ()) -> None:
        powers: dict[str, Fraction] = {}
        for name, power in bases:
            powers[name] = powers.get(name, Fraction(0)) + _exact(power)
        kept = tuple(sorted((name, power) for name, power in powers.items() if power))
        object.__setattr__(self, "exponents", kept)

    def __mul__(self, other: Dimension) -> Dimension:
        return Dimension((*self.exponents, *other.exponents))

    def __truediv__(self, other: Dimension) -> Dimension:
        return self * other**-1

    def __pow__(self, power: float | Fraction) -> Dimension:
        exact = _exact(power)
        return Dimension((name, exponent * exact) for name, exponent in self.exponents)

    def power(self, base: str) -> Fraction:
        """Exponent of a base dimension such as ``"[mass]"``; 0 where it does not occur."""
        return dict(self.exponents).get(base, Fraction(0))

    def __str__(self) -> str:
        above: list[str] = []
        below: list[str] = []
        for name, power in sorted(map(_readable, self.exponents)):
            (above if power > 0 else below).append(
                name if abs(power) == 1 else f"{name}^{_short(abs(power))}"
            )
        if not above and not below:
            return "dimensionless"
        bottom = "*".join(below)
        bottom = f"/({bottom})" if len(below) > 1 else f"/{bottom}" if below else ""
        return ("*".join(above) or "1") + bottom

    def __repr__(self) -> str:
        return f"<Dimension {self}>"


DIMENSIONLESS = Dimension()
"""The dimension of a pure number."""


@cache
def dimension(unit: str) -> Dimension:
    """Dimension of a unit.

    Parameters
    ----------
    unit : str
        A unit text (``""`` is a pure number) or one of `LABELS`.

    Returns
    -------
    Dimension

    Raises
    ------
    UnitError
        If the unit is not known (near misses are offered), or is a label without a fixed dimension.

    Examples
    --------
    >>> dimension("ng/mL") == dimension("kg/L")
    True
    """
    label = LABELS.get(unit)
    if label is None:
        return Dimension(parse(unit).bases)
    if label.dimension_unit is None:
        raise UnitError(
            f"{unit!r} ({label.meaning}) has no fixed dimension",
            expected="a unit with integer exponents",
            advice="Use the value with its own equation.",
        )
    return Dimension(parse(label.dimension_unit).bases)


def is_known(unit: str) -> bool:
    """Whether a text can stand in the column ``unit`` of an evidence row.

    Examples
    --------
    >>> is_known("CV%"), is_known("L/hh")
    (True, False)
    """
    if unit in LABELS:
        return True
    try:
        parse(unit)
    except UnitError:
        return False
    return True


def _exact(power: float | Fraction) -> Fraction:
    # Exponents are read from text (0.75) and multiplied; a bounded fraction makes 0.1 * 3 equal 0.3.
    return Fraction(power).limit_denominator(_LARGEST_DENOMINATOR)


def _readable(item: tuple[str, Fraction]) -> tuple[str, Fraction]:
    name, power = item
    if name == "[length]" and (power / _VOLUME_POWER).denominator == 1:
        return "volume", power / _VOLUME_POWER
    return _NAMES.get(name, name.strip("[]")), power


def _short(power: Fraction) -> str:
    return str(power) if power.denominator == 1 else f"{float(power):g}"
