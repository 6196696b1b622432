"""Scores: latent severity as clinicians and patients rate it, item by item, and the expected total.

An item reaches p points or more with the probability of a graded response on the logarithm of severity,

    P(item >= p) = y / (y + (u p) ** a),    y = L ** a,

with L the severity of its arm, u the severity per point of the scale and a the discrimination; items that
follow severity weakly have a share of a. One rating differs from the next by occasion noise, SD s of ln L;
averaged over it a becomes a / sqrt(1 + pi a**2 s**2 / 8). The expected total is the sum of expected items;
single ratings are drawn after the solve. Craving is given as a visual scale of 100, at half where the
craving item is at half.
"""

from __future__ import annotations

from math import pi

from speciosa.body.quantities import NUMBER
from speciosa.body.scales import BANDED, COWS, SCALES, SOWS_HANDELSMAN, Arm, Item, Rater, Scale
from speciosa.body.severity import severity
from speciosa.model import Expression, Module, Output, Parameter, Signal, total

__all__ = [
    "BANDED",
    "COWS",
    "SCALES",
    "SOWS_HANDELSMAN",
    "Item",
    "Scale",
    "craving_score",
    "rating_parameters",
    "score",
]

POINTS = "score"
CRAVING_SCORE = Signal("craving", POINTS, "craving on a visual scale from 0 to 100")
DISCRIMINATION = Parameter("rating.discrimination", NUMBER, "steepness of items against log severity")
WEAKNESS = Parameter("rating.weak", NUMBER, "share of the discrimination that weak items have")


def occasion(rater: Rater) -> Parameter:
    """Noise of one rating against the next, SD of the logarithm of severity."""
    return Parameter(f"rating.occasion.{rater}", NUMBER, f"noise of one rating, {rater}, SD of log severity")


def severity_per_point(scale: Scale) -> Parameter:
    """Severity at which half of the items that can take one point do."""
    return Parameter(f"{scale.name}.severity_per_point", NUMBER, f"severity per point of {scale.name}")


def _average(discrimination: Expression, noise: Parameter) -> Expression:
    """Discrimination of the mean over occasions."""
    spread = discrimination * noise
    return discrimination / (1.0 + spread * spread * pi / 8) ** (1 / 2)


def score(scale: Scale) -> Module:
    """The expected total of one scale.

    Parameters
    ----------
    scale : Scale

    Returns
    -------
    Module
        Reads ``severity.<rater>.<arm>``, gives the scale's total.
    """
    noise, unit = occasion(scale.rater), severity_per_point(scale)
    ceiling = Parameter(f"{scale.name}.maximum", POINTS, f"largest {scale.name} total")
    arms: tuple[Arm, ...] = tuple(dict.fromkeys(item.arm for item in scale.items))
    terms: list[Expression] = []
    for arm in arms:
        for is_weak in (False, True):
            slope = DISCRIMINATION.expression * WEAKNESS if is_weak else DISCRIMINATION.expression
            weights = scale.weights(arm, is_weak=is_weak)
            if weights:
                slope = _average(slope, noise)
                raised = severity(scale.rater, arm) ** slope
                terms += [
                    gained * raised / (raised + (points * unit) ** slope)
                    for points, gained in weights.items()
                ]
    has_weak = any(item.is_weak for item in scale.items)
    return Module(
        name=scale.name,
        description=f"{scale.name}, expected total of {len(scale.items)} items",
        parameters=(DISCRIMINATION, *((WEAKNESS,) if has_weak else ()), noise, unit, ceiling),
        inputs=tuple(severity(scale.rater, arm) for arm in arms),
        outputs=(
            Output(
                Signal(scale.name, POINTS, f"{scale.name} total, expected"),
                ceiling * total(terms) / scale.maximum,
            ),
        ),
        sources=("samejima1969",),
    )


def rating_parameters(scale: Scale) -> tuple[str, ...]:
    """Names of the parameters by which a scale is rated: discrimination, weak, per point, occasion."""
    return (DISCRIMINATION.name, WEAKNESS.name, severity_per_point(scale).name, occasion(scale.rater).name)


def craving_score() -> Module:
    """Craving as a visual scale shows it.

    Returns
    -------
    Module
        Reads ``severity.felt.craving``, gives ``craving``.
    """
    noise, unit = occasion("felt"), severity_per_point(SOWS_HANDELSMAN)
    ceiling = Parameter("craving.maximum", POINTS, "end of the visual scale of craving")
    (item,) = (item for item in SOWS_HANDELSMAN.items if item.arm == "craving")
    slope = _average(DISCRIMINATION.expression, noise)
    raised = severity("felt", "craving") ** slope
    middle = (unit * item.points[-1] / 2) ** slope
    return Module(
        name="craving score",
        description="craving on a visual scale",
        parameters=(DISCRIMINATION, noise, unit, ceiling),
        inputs=(severity("felt", "craving"),),
        outputs=(Output(CRAVING_SCORE, ceiling * raised / (raised + middle)),),
    )
