"""Craving: it comes with withdrawal and stays longer than the score.

    dC/dt = (D - C) ln 2 / T_on while the drive exceeds C, else (D - C) ln 2 / T_off

The severity that is rated is that of the self-rated scales with C in the place of the drive, so that gain,
steepness and personal floor (cues, mood) are those of the person.
"""

from __future__ import annotations

from speciosa.body.adaptation import LN2
from speciosa.body.quantities import NUMBER, TIME_UNIT
from speciosa.body.withdrawal import WITHDRAWAL
from speciosa.model import Change, Module, Output, Parameter, Signal, State, select

CRAVING = Signal("craving.drive", NUMBER, "drive of craving: follows withdrawal and outlasts it")


def craving() -> Module:
    """The drive of craving.

    Returns
    -------
    Module
        Reads ``withdrawal``, gives ``craving.drive``.
    """
    state = State("craving.state", NUMBER, "craving")
    onset = Parameter("craving.half_life.on", TIME_UNIT, "half-life of the rise of craving")
    offset = Parameter("craving.half_life.off", TIME_UNIT, "half-life of the decay of craving")
    half_life = select(WITHDRAWAL, state, onset, offset)
    return Module(
        name="craving",
        description="craving, slower than withdrawal",
        states=(state,),
        parameters=(onset, offset),
        inputs=(WITHDRAWAL,),
        outputs=(Output(CRAVING, state.expression),),
        changes=(Change(state, LN2 * (WITHDRAWAL - state) / half_life),),
    )
