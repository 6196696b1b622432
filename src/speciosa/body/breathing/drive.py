"""What opioids take from breathing, by the published law or by the signal at the receptor.

    lost = x^P_w,      left = 1 - x^P_c

with x the share of receptors that opioids hold in the published model.
"""

from __future__ import annotations

from collections.abc import Sequence

from speciosa.body.adaptation import TOLERANCE
from speciosa.body.breathing.signals import CHEMOREFLEX_LEFT, SMALLEST, WAKEFULNESS_LOST, constant_of
from speciosa.body.kinetics import bound
from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.model import Expression, Module, Output, Signal, maximum, total

TOLERANCES = ("naive", "chronic")
RESERVE = constant_of("reserve", NUMBER, "receptor reserve of the depression of breathing")
LOSS = constant_of("reserve.loss", NUMBER, "fold loss of reserve per unit of tolerance, less 1")


def acting(net: Signal) -> Expression:
    """How a signal acts on breathing: as this share of a naive person's receptors held by a full agonist.

        x = psi S / (1 + (psi - 1) S),      psi = reserve / (1 + loss T)

    S is the net signal, T tolerance. psi shifts the curve of a full agonist to the left by as much; a partial
    agonist reaches x = psi eps / (1 + (psi - 1) eps) at most, and a full signal still ends breathing in the
    tolerant.

    Parameters
    ----------
    net : Signal

    Returns
    -------
    Expression
        Of `RESERVE`, `LOSS`, tolerance and the signal.
    """
    left = RESERVE / (1.0 + LOSS * TOLERANCE)
    return left * net / (1.0 + (left - 1.0) * net)


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


def signal_drive(receptor: str) -> Module:
    """Loss of drive by the net signal at a receptor, with a reserve that tolerance takes away.

    What `acting` gives acts as occupancy does in a naive person of the published model.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``signal.<receptor>`` and ``tolerance``; gives ``breathing.wakefulness_lost`` and
        ``breathing.chemoreflex_left``.
    """
    net = signal(receptor)
    wakefulness = constant_of("naive.wakefulness", NUMBER, "exponent of the loss of wakefulness drive")
    chemoreflex = constant_of("naive.chemoreflex", NUMBER, "exponent of the loss of chemoreflexes")
    held = maximum(acting(net), SMALLEST)
    return Module(
        name="drive by the receptor signal",
        description="loss of drive by the net signal, with a reserve that tolerance takes away",
        parameters=(RESERVE, LOSS, wakefulness, chemoreflex),
        inputs=(net, TOLERANCE),
        outputs=(
            Output(WAKEFULNESS_LOST, held**wakefulness),
            Output(CHEMOREFLEX_LEFT, 1.0 - held**chemoreflex),
        ),
        sources=("mann2022", "fda2023in"),
    )
