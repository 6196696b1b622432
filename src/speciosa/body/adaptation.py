"""Adaptation: dependence on several time scales, and tolerance as a state of its own.

    dA_k/dt = (P - A_k) ln 2 / T_k,   k = very fast, fast, slow;      dependence = sum_k w_k A_k / sum_k w_k
    dT/dt   = (S - T) ln 2 / T_on while the signal exceeds T, else (S - T) ln 2 / T_off

S is the net receptor signal, P what it does against withdrawal. Dependence builds within an hour of one dose,
tolerance over days.
"""

from __future__ import annotations

from math import log

from speciosa.body.quantities import NUMBER, TIME_UNIT
from speciosa.body.signal import signal
from speciosa.body.suppression import SUPPRESSION
from speciosa.model import Change, Module, Output, Parameter, Signal, State, select, total

SCALES = ("very_fast", "fast", "slow")
LN2 = log(2.0)

DEPENDENCE = Signal("dependence", NUMBER, "signal to which the person has adapted (dependence)")
TOLERANCE = Signal("tolerance", NUMBER, "signal to which effects have become tolerant")


def adaptation(receptor: str) -> Module:
    """Dependence and tolerance driven by the net signal at one receptor.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``signal.<receptor>`` and ``suppression``, gives ``dependence`` and ``tolerance``.
    """
    net = signal(receptor)
    states = [
        State(f"dependence.{scale}", NUMBER, f"dependence, {scale.replace('_', ' ')} part")
        for scale in SCALES
    ]
    half_lives = [
        Parameter(
            f"dependence.half_life.{scale}", TIME_UNIT, f"half-life of the {scale.replace('_', ' ')} part"
        )
        for scale in SCALES
    ]
    weights = [
        Parameter(f"dependence.weight.{scale}", NUMBER, f"weight of the {scale.replace('_', ' ')} part")
        for scale in SCALES
    ]
    tolerance = State("tolerance.state", NUMBER, "tolerance")
    onset = Parameter("tolerance.half_life.on", TIME_UNIT, "half-life of the build-up of tolerance")
    offset = Parameter("tolerance.half_life.off", TIME_UNIT, "half-life of the loss of tolerance")
    half_life = select(net, tolerance, onset, offset)
    weighted = total(weight * state for weight, state in zip(weights, states, strict=True))
    return Module(
        name="adaptation",
        description="dependence on three time scales and tolerance",
        states=(*states, tolerance),
        parameters=(*half_lives, *weights, onset, offset),
        inputs=(net, SUPPRESSION),
        outputs=(
            Output(DEPENDENCE, weighted / total(weights)),
            Output(TOLERANCE, tolerance.expression),
        ),
        changes=(
            *(
                Change(state, LN2 * (SUPPRESSION - state) / duration)
                for state, duration in zip(states, half_lives, strict=True)
            ),
            Change(tolerance, LN2 * (net - tolerance) / half_life),
        ),
        sources=("peper2004", "gabrielsson2008"),
    )
