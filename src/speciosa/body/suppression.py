"""Suppression of withdrawal by the net signal, through a receptor reserve of its own.

    suppression = (1 + tau) S / (1 + tau S)

S is the net signal (DAMGO = 1), tau the reserve. It is 1 at a full signal, and S itself without reserve;
with a reserve a partial agonist suppresses more of withdrawal than its efficacy says.
"""

from __future__ import annotations

from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.model import Expression, Module, Output, Parameter, Signal

SUPPRESSION = Signal("suppression", NUMBER, "effect of the signal that keeps withdrawal away")
RESERVE = Parameter("reserve.suppression", NUMBER, "receptor reserve for the suppression of withdrawal")


def suppressing(net: Signal | Parameter) -> Expression:
    """Suppression of withdrawal by a signal; 1 at a signal of 1."""
    return (1.0 + RESERVE) * net / (1.0 + RESERVE * net)


def suppression(receptor: str) -> Module:
    """Suppression of withdrawal by the net signal at one receptor.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``signal.<receptor>``, gives ``suppression``.
    """
    net = signal(receptor)
    return Module(
        name="suppression",
        description="effect of the signal that keeps withdrawal away",
        parameters=(RESERVE,),
        inputs=(net,),
        outputs=(Output(SUPPRESSION, suppressing(net)),),
        sources=("blackleff1983",),
    )
