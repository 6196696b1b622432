"""What is known of a parameter before the person is seen: stated, or read from an evidence row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speciosa.errors import FitError
from speciosa.evidence import Evidence, Row
from speciosa.fitting.scales import scale_of
from speciosa.model import Model

# How many standard deviations lie between the middle and either end of what the column `spread` holds. A
# range is read as 95 % of people.
REACH = {"SD": 1.0, "SE": 1.0, "CV%": 1.0, "IQR": 0.674489750196082, "95CI": 1.959963984540054, "range": 2.0}


@dataclass(frozen=True)
class Prior:
    """A normal distribution of one parameter on its scale.

    Parameters
    ----------
    name : str
        Of a parameter of the model, or of an observation model (``plasma.additive``).
    value : float
        Median, in natural units.
    deviation : float
        SD on the scale.
    scale : {"log", "logit", "identity"}
    why : str
        Where it comes from: the id of a row, or a reason.

    Raises
    ------
    FitError
        If the median is not possible on the scale, or the SD not above zero.

    Examples
    --------
    >>> Prior("CL", 36.0, 0.3, why="stated").value
    36.0
    """

    name: str
    value: float
    deviation: float
    scale: str = "log"
    why: str = "stated"

    def __post_init__(self) -> None:
        with np.errstate(all="ignore"):
            middle = scale_of(self.scale).free(np.asarray(self.value, dtype=np.float64))
        if not np.isfinite(middle) or not (np.isfinite(self.deviation) and self.deviation > 0.0):
            raise FitError(
                f"the prior has median {self.value:g} and SD {self.deviation:g} on the {self.scale} scale",
                where=self.name,
                expected="a possible median and an SD above zero",
            )

    @property
    def center(self) -> float:
        """Mean on the scale."""
        return float(scale_of(self.scale).free(np.asarray(self.value, dtype=np.float64)))


def prior_of_row(
    name: str, row: Row, unit: str, *, scale: str = "log", molar_mass: float | None = None
) -> Prior:
    """A prior from a row with a value and a spread.

    Parameters
    ----------
    name : str
        Parameter.
    row : Row
    unit : str
        The parameter's.
    scale : str
    molar_mass : float, optional
        g/mol, between mass and amount.

    Raises
    ------
    FitError
        If the row has no spread, or one that reaches beyond what the scale allows.
    """
    interval = row.interval
    if interval is None or row.value is None or row.value == 0.0:
        raise FitError(
            f"row {row.id!r} has no value with a spread",
            where=name,
            expected="both",
            advice="State the prior.",
        )
    value = row.convert(unit, molar_mass)
    known = scale_of(scale)
    with np.errstate(all="ignore"):
        low, high = known.free(np.asarray(interval) * value / row.value)
        if not np.isfinite(low):
            # A normal spread that reaches zero says how far the upper end is.
            low = 2.0 * known.free(np.asarray(value)) - high
    deviation = float(high - low) / (2.0 * REACH[row.spread_type])
    return Prior(name, value, deviation, scale, f"row {row.id}")


def prior_of_people(model: Model, evidence: Evidence, name: str) -> Prior:
    """The prior of one person's parameter: typical value and variability between people, of the evidence.

    Raises
    ------
    FitError
        If the evidence has no variability of the parameter.
    """
    item = model.parameter(name)
    spread = item.parameter.spread
    if spread is None:
        raise FitError(
            "the evidence has no variability between people", where=name, advice="State the prior."
        )
    scale = "log" if spread.kind == "log-normal" else "logit"
    return Prior(
        name, item.value, evidence.slot(spread.slot).value("omega"), scale, f"slots {name}, {spread.slot}"
    )
