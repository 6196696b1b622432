"""Withdrawal drive: how far the signal has fallen below what the person has adapted to.

    D = max(0, dependence - S)

There is no further delay, so an antagonist precipitates at once and a slowly leaving drug gives a late,
mild, long course.
"""

from __future__ import annotations

from speciosa.body.adaptation import DEPENDENCE
from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.model import Module, Output, Signal, maximum

WITHDRAWAL = Signal("withdrawal", NUMBER, "withdrawal drive: deficit of signal against dependence")


def withdrawal(receptor: str) -> Module:
    """The withdrawal drive at one receptor.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``dependence`` and ``signal.<receptor>``, gives ``withdrawal``.
    """
    net = signal(receptor)
    return Module(
        name="withdrawal",
        description="deficit of signal against dependence",
        inputs=(DEPENDENCE, net),
        outputs=(Output(WITHDRAWAL, maximum(0.0, DEPENDENCE - net)),),
    )
