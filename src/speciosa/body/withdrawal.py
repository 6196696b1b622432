"""Withdrawal drive: how far suppression has fallen below what the person has adapted to, and its two arms.

    D = max(0, dependence - suppression)
    N = D * (1 - I f),    f = tau S2 / (1 + tau S2)

D drives what people feel. N drives the autonomic signs: agonists at alpha-2A receptors, with signal S2,
take up to the share I of them and leave D as it is. There is no further delay, so an antagonist
precipitates at once and a slowly leaving drug gives a late, mild, long course.
"""

from __future__ import annotations

from speciosa.body.adaptation import DEPENDENCE
from speciosa.body.effects import operational
from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.body.suppression import SUPPRESSION
from speciosa.model import Module, Output, Parameter, Signal, maximum

RELIEVING = "alpha-2A"
WITHDRAWAL = Signal("withdrawal", NUMBER, "withdrawal drive: deficit of suppression against dependence")
AUTONOMIC = Signal("withdrawal.autonomic", NUMBER, "withdrawal drive of the autonomic signs")
RELIEF = Signal("relief.alpha-2A", NUMBER, "effect of alpha-2A agonists, share of the largest")


def withdrawal() -> Module:
    """The withdrawal drive.

    Returns
    -------
    Module
        Reads ``dependence`` and ``suppression``, gives ``withdrawal``.
    """
    return Module(
        name="withdrawal",
        description="deficit of suppression against dependence",
        inputs=(DEPENDENCE, SUPPRESSION),
        outputs=(Output(WITHDRAWAL, maximum(0.0, DEPENDENCE - SUPPRESSION)),),
    )


def autonomic_arm(*, is_relieved: bool) -> Module:
    """The drive of the autonomic signs.

    Parameters
    ----------
    is_relieved : bool
        Whether the scenario has a drug that acts on alpha-2A receptors.

    Returns
    -------
    Module
        Reads ``withdrawal`` and, where relieved, ``signal.alpha-2A``; gives ``withdrawal.autonomic``.
    """
    name, description = "autonomic arm", "withdrawal drive of the autonomic signs"
    if not is_relieved:
        return Module(
            name, description, inputs=(WITHDRAWAL,), outputs=(Output(AUTONOMIC, WITHDRAWAL.expression),)
        )
    reserve = Parameter(f"reserve.{RELIEVING}", NUMBER, "receptor reserve of the relief by alpha-2A agonists")
    largest = Parameter(
        f"withdrawal.{RELIEVING}.maximum", NUMBER, "largest share of the autonomic drive that is relieved"
    )
    net = signal(RELIEVING)
    return Module(
        name,
        description,
        parameters=(reserve, largest),
        inputs=(WITHDRAWAL, net),
        outputs=(
            Output(RELIEF, operational(net, reserve)),
            Output(AUTONOMIC, WITHDRAWAL * (1.0 - largest * RELIEF)),
        ),
    )
