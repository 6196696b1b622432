"""Checked conversion between units, with molar mass between mass and amount."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, overload

from speciosa.errors import UnitError
from speciosa.units.dimension import Dimension, dimension
from speciosa.units.labels import LABELS
from speciosa.units.registry import parse
from speciosa.units.variability import convert_variability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

# The internal units: of amount, volume (a third of its power is that of length), time, mass and score.
_COHERENT = (
    ("[substance]", "nmol"),
    ("[mass]", "kg"),
    ("[score]", "score"),
    ("[length]", "L"),
    ("[time]", "h"),
)
_PRESSURE = "millimeter_Hg"
_VOLUME_POWER = 3
_TOLERANCE = 1e-12


@overload
def convert(value: float, unit_from: str, unit_to: str, *, molar_mass: float | None = None) -> float: ...
@overload
def convert(value: Array, unit_from: str, unit_to: str, *, molar_mass: float | None = None) -> Array: ...
def convert(
    value: float | Array, unit_from: str, unit_to: str, *, molar_mass: float | None = None
) -> float | Array:
    """Convert a value from one unit to another.

    Parameters
    ----------
    value : float or array of float
    unit_from, unit_to : str
        Units or labels. Measures of variation (``"CV%"``, ``"omega"`` ...) convert among themselves only.
    molar_mass : float, optional
        Molar mass of the molecule (g/mol), needed between mass and amount of substance.

    Returns
    -------
    float or array of float

    Raises
    ------
    UnitError
        If a unit is unknown, the dimensions differ, or molar mass is needed and missing or not above zero.

    Examples
    --------
    >>> convert(100.0, "mL/min", "L/h")
    6.0
    >>> round(convert(100.0, "ng/mL", "nmol/L", molar_mass=398.5), 2)
    250.94
    """
    if _is_variability(unit_from) or _is_variability(unit_to):
        return _each(value, unit_from, unit_to)
    factor, mass_power = _factor(unit_from, unit_to)
    if mass_power:
        factor = float(f"{factor * _grams(unit_from, unit_to, molar_mass) ** -mass_power:.15g}")
    return value * factor


def is_comparable(unit_a: str, unit_b: str) -> bool:
    """Whether values in two units can be compared, if need be through a molar mass.

    Examples
    --------
    >>> is_comparable("ng/mL", "nM"), is_comparable("L/h", "L/h/kg"), is_comparable("CV%", "omega2")
    (True, False, True)
    """
    if unit_a == unit_b:
        return True
    try:
        if _is_variability(unit_a) or _is_variability(unit_b):
            convert_variability(0.0, unit_a, unit_b)
        else:
            _factor(unit_a, unit_b)
    except UnitError:
        return False
    return True


@cache
def is_coherent(unit: str) -> bool:
    """Whether a unit is a product of powers of h, nmol, L, kg, score and mmHg, with factor 1.

    Equations in coherent units need no conversion factor.

    Raises
    ------
    UnitError
        If the unit is unknown.

    Examples
    --------
    >>> is_coherent("nmol/L/h"), is_coherent("nM"), is_coherent("ng/mL"), is_coherent("L/min")
    (True, True, False, False)
    """
    label = LABELS.get(unit)
    if label is not None:
        return unit in {"omega", "log_sd", "omega2", "log_var", "sigma2"}
    parsed = parse(unit)
    pressure = sum(power for name, power in parsed.powers if name == _PRESSURE)
    rest = dimension(unit) / dimension("mmHg") ** pressure
    expected = _size(rest)
    if expected is None:
        return False
    return math.isclose(parsed.factor / parse("mmHg").factor ** pressure, expected, rel_tol=_TOLERANCE)


@cache
def coherent_unit(unit: str, *, through_molar_mass: bool = False) -> str:
    """Name the internal unit of the same dimension.

    Parameters
    ----------
    unit : str
    through_molar_mass : bool
        Write mass as amount (``ng/mL`` becomes ``nmol/L``), for molecules.

    Returns
    -------
    str
        The unit itself where it is coherent already; ``"omega"`` for measures of variation.

    Raises
    ------
    UnitError
        If the unit is unknown, or its dimension has no internal unit.

    Examples
    --------
    >>> coherent_unit("mL/min"), coherent_unit("ng/mL", through_molar_mass=True)
    ('L/h', 'nmol/L')
    """
    if _is_variability(unit):
        return unit if unit == "sigma2" else "omega"
    found = dimension(unit)
    if through_molar_mass and found.power("[mass]"):
        grams = found.power("[mass]")
        found = found / Dimension([("[mass]", grams)]) * Dimension([("[substance]", grams)])
    elif is_coherent(unit):
        return unit
    if _size(found) is None:
        raise UnitError(
            f"{unit!r} has dimension {found}", expected="amount, mass, volume, time and score only"
        )
    return _text(found)


def _text(found: Dimension) -> str:
    above: list[str] = []
    below: list[str] = []
    for base, symbol in _COHERENT:
        power = float(found.power(base)) / (_VOLUME_POWER if base == "[length]" else 1)
        if power:
            (above if power > 0 else below).append(symbol if abs(power) == 1 else f"{symbol}**{abs(power):g}")
    return ("*".join(above) or ("1" if below else "dimensionless")) + "".join(f"/{name}" for name in below)


def _size(found: Dimension) -> float | None:
    """Size of the internal unit of a dimension in base units; None where there is none."""
    size, bases = 1.0, dict(_COHERENT)
    for base, power in found.exponents:
        if base not in bases:
            return None
        exponent = float(power) / (_VOLUME_POWER if base == "[length]" else 1)
        size *= parse(bases[base]).factor ** exponent
    return size


@cache
def _factor(unit_from: str, unit_to: str) -> tuple[float, int]:
    """Factor between two units and the power of mass that becomes amount."""
    if unit_from == unit_to:
        return 1.0, 0
    ratio = dimension(unit_from) / dimension(unit_to)
    mass = ratio.power("[mass]")
    swap = Dimension([("[mass]", mass), ("[substance]", -mass)])
    if ratio != swap or mass.denominator != 1:
        raise UnitError(
            f"cannot convert {unit_from!r} ({dimension(unit_from)}) to {unit_to!r} ({dimension(unit_to)})",
            expected="units of the same dimension",
        )
    # Factors are decimal numbers; rounding drops what the way over base units left in the last bit.
    factor = _label_size(unit_from) / _label_size(unit_to)
    return float(f"{factor:.15g}"), int(mass)


def _label_size(unit: str) -> float:
    if unit == "per 1000 person-years":
        return parse("1/year").factor / 1000
    if unit in LABELS:
        raise UnitError(f"{unit!r} ({LABELS[unit].meaning}) cannot be converted", expected="the same unit")
    return parse(unit).factor


def _grams(unit_from: str, unit_to: str, molar_mass: float | None) -> float:
    """Molar mass in base units, checked."""
    if molar_mass is None:
        raise UnitError(
            f"cannot convert {unit_from!r} to {unit_to!r} without a molar mass",
            expected="molar_mass in g/mol",
            advice="Mass and amount of substance convert only for a named molecule.",
        )
    if not (math.isfinite(molar_mass) and molar_mass > 0):
        raise UnitError(f"molar mass is {molar_mass:g} g/mol", expected="a value above zero")
    return molar_mass * parse("g/mol").factor


def _is_variability(unit: str) -> bool:
    label = LABELS.get(unit)
    return label is not None and label.is_variability


def _each(value: float | Array, unit_from: str, unit_to: str) -> float | Array:
    if isinstance(value, float | int):
        return convert_variability(value, unit_from, unit_to)
    import numpy as np

    array = np.asarray(value, dtype=float)
    items = [convert_variability(float(item), unit_from, unit_to) for item in array.ravel()]
    return np.array(items).reshape(array.shape)
