"""What opioids take from breathing, by the published law or by the signal at the receptor.

    lost = x^P_w,      left = 1 - x^P_c

with x the share of receptors that opioids hold in the published model.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.breathing.signals import CHEMOREFLEX_LEFT, SMALLEST, WAKEFULNESS_LOST, constant_of
from speciosa.body.kinetics import bound
from speciosa.body.quantities import NUMBER
from speciosa.model import Module, Output, maximum, total

TOLERANCES = ("naive", "chronic")


def published_drive(opioids: Sequence[str], tolerance: str) -> Module:
    """Loss of drive by occupancy, every opioid as a full agonist.

    Parameters
    ----------
    opioids : sequence of str
    tolerance : {"naive", "chronic"}
        Which of the two published pairs of exponents.

    Returns
    -------
    Module
        Reads ``bound.<drug>``; gives ``breathing.wakefulness_lost`` and ``breathing.chemoreflex_left``.
    """
    inputs = tuple(bound(drug) for drug in opioids)
    held = maximum(total(inputs), SMALLEST)
    wakefulness = constant_of(f"{tolerance}.wakefulness", NUMBER, "exponent of the loss of wakefulness drive")
    chemoreflex = constant_of(f"{tolerance}.chemoreflex", NUMBER, "exponent of the loss of chemoreflexes")
    return Module(
        name=f"published drive, {tolerance}",
        description="loss of drive by the share of receptors that opioids hold",
        parameters=(wakefulness, chemoreflex),
        inputs=inputs,
        outputs=(
            Output(WAKEFULNESS_LOST, held**wakefulness),
            Output(CHEMOREFLEX_LEFT, 1.0 - held**chemoreflex),
        ),
        sources=("mann2022", "fda2023in"),
    )
