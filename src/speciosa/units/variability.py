"""Measures of variation between people: conversion to and from the standard deviation of eta."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType

from speciosa.errors import UnitError

_TO_OMEGA: MappingProxyType[str, Callable[[float], float]] = MappingProxyType(
    {
        "CV%": lambda cv: math.sqrt(math.log1p((cv / 100) ** 2)),
        "%": lambda cv: math.sqrt(math.log1p((cv / 100) ** 2)),
        "omega": lambda sd: sd,
        "omega2": math.sqrt,
        "100*omega": lambda sd: sd / 100,
        "log_sd": lambda sd: sd,
        "log_var": math.sqrt,
    }
)
_FROM_OMEGA: MappingProxyType[str, Callable[[float], float]] = MappingProxyType(
    {
        "CV%": lambda sd: 100 * math.sqrt(math.expm1(sd**2)),
        "%": lambda sd: 100 * math.sqrt(math.expm1(sd**2)),
        "omega": lambda sd: sd,
        "omega2": lambda sd: sd**2,
        "100*omega": lambda sd: 100 * sd,
        "log_sd": lambda sd: sd,
        "log_var": lambda sd: sd**2,
    }
)
_PERCENT = frozenset({"CV%", "%"})


def omega(value: float, unit: str) -> float:
    """Give the standard deviation of eta, the normal variable behind a log-normal parameter.

    With coefficient of variation ``cv`` of a log-normal variable, ``omega = sqrt(log(1 + cv**2))``.

    Parameters
    ----------
    value : float
        Measure of variation, zero or above.
    unit : {"CV%", "%", "omega", "omega2", "100*omega", "log_sd", "log_var"}
        What `value` is; ``"%"`` is read as ``"CV%"``.

    Returns
    -------
    float
        Standard deviation of eta, dimensionless.

    Raises
    ------
    UnitError
        If the unit is no measure of log-normal variation, or the value is negative.

    Examples
    --------
    >>> round(omega(50, "CV%"), 4)
    0.4724
    >>> omega(0.25, "omega2")
    0.5
    """
    return convert_variability(value, unit, "omega")


def convert_variability(value: float, unit_from: str, unit_to: str) -> float:
    """Convert one measure of variation to another.

    Raises
    ------
    UnitError
        If either unit is no measure of log-normal variation, or the value is negative.
    """
    if unit_from == unit_to or (unit_from in _PERCENT and unit_to in _PERCENT):
        return value
    for unit, known in ((unit_from, _TO_OMEGA), (unit_to, _FROM_OMEGA)):
        if unit not in known:
            raise UnitError(
                f"cannot convert {unit_from!r} to {unit_to!r}: {unit!r} measures no log-normal variation",
                expected=f"one of {', '.join(_TO_OMEGA)}",
                advice="For the standard deviation of eta ask for 'omega'.",
            )
    if value < 0:
        raise UnitError(f"variation is {value:g} {unit_from}", expected="a value of zero or above")
    return _FROM_OMEGA[unit_to](_TO_OMEGA[unit_from](value))
