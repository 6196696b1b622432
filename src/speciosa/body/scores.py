"""Scores: the withdrawal drive as clinicians and patients score it.

    total = floor + (maximum - floor) * (1 - exp(-G * D ** g))

G differs between people. The same latent severity feeds the clinician-rated COWS and the self-rated
SOWS-Handelsman, each with its own floor. Totals only; items and rating noise are not modeled.
"""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.body.quantities import NUMBER
from speciosa.body.withdrawal import WITHDRAWAL
from speciosa.model import Expression, Module, Output, Parameter, Signal, Spread, exponential

POINTS = "score"


@dataclass(frozen=True)
class Scale:
    """A rating scale and its severity bands.

    Parameters
    ----------
    name : str
        Also the name of its output.
    bands : tuple of (name, slot)
        Severity bands upwards; the slot holds the lowest score of the band.
    below : str
        Name of what lies below the first band.
    has_personal_floor : bool
        Whether the floor differs between people.
    """

    name: str
    bands: tuple[tuple[str, str], ...]
    below: str
    has_personal_floor: bool = False


COWS = Scale(
    "COWS",
    (
        ("mild", "COWS.band.mild"),
        ("moderate", "COWS.band.moderate"),
        ("moderately severe", "COWS.band.moderately_severe"),
        ("severe", "COWS.band.severe"),
    ),
    "none",
)
SOWS_HANDELSMAN = Scale(
    "SOWS-Handelsman",
    (
        ("mild", "SOWS-Handelsman.band.mild"),
        ("moderate", "SOWS-Handelsman.band.moderate"),
        ("severe", "SOWS-Handelsman.band.severe"),
    ),
    "none",
    has_personal_floor=True,
)
SCALES = (COWS, SOWS_HANDELSMAN)


def score(scale: Scale) -> Module:
    """The total of one scale.

    Parameters
    ----------
    scale : Scale

    Returns
    -------
    Module
        Reads ``withdrawal``, gives the scale's total.
    """
    gain = Parameter(
        "severity.gain",
        NUMBER,
        "severity at full withdrawal drive",
        spread=Spread("IIV_severity.gain", "log-normal"),
    )
    exponent = Parameter("severity.exponent", NUMBER, "steepness of severity against withdrawal drive")
    ceiling = Parameter(f"{scale.name}.maximum", POINTS, f"largest {scale.name} total")
    floor, resting = _floor(scale, ceiling)
    severity = gain * WITHDRAWAL**exponent
    points = resting + (ceiling - resting) * (1.0 - exponential(-severity))
    return Module(
        name=scale.name,
        description=f"{scale.name} total from the withdrawal drive",
        parameters=(gain, exponent, floor, ceiling),
        inputs=(WITHDRAWAL,),
        outputs=(Output(Signal(scale.name, POINTS, f"{scale.name} total"), points),),
    )


def _floor(scale: Scale, ceiling: Parameter) -> tuple[Parameter, Expression]:
    """Parameter of the floor and the score without withdrawal; a personal floor is a share of the maximum."""
    name = f"{scale.name}.floor"
    if not scale.has_personal_floor:
        floor = Parameter(name, POINTS, f"{scale.name} total without withdrawal")
        return floor, floor.expression
    what = f"{scale.name} without withdrawal, as a share of its maximum"
    share = Parameter(name, NUMBER, what, spread=Spread(f"IIV_{name}", "logit-normal"))
    return share, share * ceiling
