"""Spellings that are valid units of an evidence row although the unit library cannot read them.

Each says what the number means; `dimension_unit` gives the dimension, None where it has no fixed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Label:
    """A unit spelling with a meaning of its own.

    Parameters
    ----------
    name : str
        As it stands in the column ``unit``.
    meaning : str
        Shown to the reader.
    dimension_unit : str or None
        A unit with the same dimension; None where the dimension depends on a fitted exponent.
    is_variability : bool
        True where the number measures the variation of a parameter or a residual, so that it converts only to
        another measure of variation.

    Examples
    --------
    >>> LABELS["omega2"].meaning
    'variance of eta'
    """

    name: str
    meaning: str
    dimension_unit: str | None
    is_variability: bool = False


_ALL = (
    Label("CV%", "coefficient of variation between people or occasions, in percent", "", True),
    Label("omega", "standard deviation of eta", "", True),
    Label("omega2", "variance of eta", "", True),
    Label("100*omega", "100 times the standard deviation of eta, printed as CV%", "", True),
    Label("log_sd", "residual standard deviation on the natural-log scale", "", True),
    Label("log_var", "residual variance on the natural-log scale", "", True),
    Label("sigma2", "variance of the proportional residual error", "", True),
    Label("score*time", "area under the curve of a rating scale", "score*h"),
    Label("per 1000 person-years", "events per 1000 person-years", "1/year"),
    Label("pM^-n s^-1", "association constant with a fitted exponent n on a concentration in pM", None),
)

LABELS = MappingProxyType({label.name: label for label in _ALL})
"""Register of the labels by spelling."""
