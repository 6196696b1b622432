"""Transmitters behind withdrawal: noradrenaline and dopamine in percent of baseline, and a stress arm.

    noradrenaline = 100 (1 + rise D/W - fall max(0, suppression - dependence)/W) (1 - j f)
    dopamine      = 100 (1 + up max(0, E - F)/E1 - down N/W),    dF/dt = (E - F) ln 2 / T
    dK/dt         = (D - K) ln 2 / T_K

D and N are the withdrawal drive and its autonomic arm, f the effect of alpha-2A agonists, W the drive of
the animals in which the sizes were measured (all of the signal of morphine lost). E is the effect of the
signal on reward, with its own reserve, and E1 that of a full morphine signal; F follows E, so that dopamine
answers to the rate at which the signal rises. K, the corticotropin-releasing arm, follows the drive slowly
and outlasts it; it has no alpha-2A relief and no unit, since its size in opioid withdrawal was not found.
Sizes are those of rats.
"""

from __future__ import annotations

from speciosa.body.adaptation import DEPENDENCE, LN2
from speciosa.body.effects import operational
from speciosa.body.quantities import NUMBER, TIME_UNIT
from speciosa.body.signal import signal
from speciosa.body.suppression import RESERVE, SUPPRESSION, suppressing
from speciosa.body.withdrawal import AUTONOMIC, RELIEF, WITHDRAWAL
from speciosa.model import (
    Change,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    maximum,
)

WHOLE = 100
"""Baseline of a transmitter, percent."""

NORADRENALINE = Signal("noradrenaline", NUMBER, "noradrenaline, percent of baseline")
DOPAMINE = Signal("dopamine", NUMBER, "dopamine in the nucleus accumbens, percent of baseline")
STRESS = Signal("stress", NUMBER, "corticotropin-releasing stress arm, no unit")


REFERENCE = Parameter(
    "transmitter.reference", NUMBER, "largest signal of morphine, the drug of the animal studies"
)


def noradrenaline(*, is_relieved: bool) -> Module:
    """Noradrenaline as rebound of withdrawal, lowered by alpha-2A agonists.

    Parameters
    ----------
    is_relieved : bool
        Whether the scenario has a drug that acts on alpha-2A receptors.

    Returns
    -------
    Module
        Reads ``withdrawal``, ``dependence``, ``suppression``; gives ``noradrenaline``.
    """
    rise = Parameter("noradrenaline.rise", NUMBER, "rise of noradrenaline in full precipitated withdrawal")
    fall = Parameter("noradrenaline.fall", NUMBER, "fall of noradrenaline by morphine in the naive")
    whole = suppressing(REFERENCE)
    excess = maximum(0.0, SUPPRESSION - DEPENDENCE)
    level = 1.0 + rise * WITHDRAWAL / whole - fall * excess / whole
    parameters: tuple[Parameter, ...] = (rise, fall, REFERENCE, RESERVE)
    inputs: tuple[Signal, ...] = (WITHDRAWAL, DEPENDENCE, SUPPRESSION)
    if is_relieved:
        largest = Parameter(
            "noradrenaline.alpha-2A", NUMBER, "largest fall of noradrenaline by alpha-2A agonists"
        )
        level = level * (1.0 - largest * RELIEF)
        parameters, inputs = (*parameters, largest), (*inputs, RELIEF)
    return Module(
        name="noradrenaline",
        description="noradrenaline of the locus coeruleus and what it supplies",
        parameters=parameters,
        inputs=inputs,
        outputs=(Output(NORADRENALINE, WHOLE * maximum(0.0, level)),),
    )


def dopamine(receptor: str) -> Module:
    """Dopamine that rises with the rate of the signal and falls below baseline in withdrawal.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``signal.<receptor>`` and ``withdrawal.autonomic``; gives ``dopamine``.
    """
    reserve = Parameter("reserve.reward", NUMBER, "receptor reserve for reward")
    up = Parameter("dopamine.rise", NUMBER, "rise of dopamine by a full morphine signal at once")
    down = Parameter("dopamine.fall", NUMBER, "fall of dopamine in full precipitated withdrawal")
    half_life = Parameter("dopamine.half_life", TIME_UNIT, "half-life of the follower of the reward effect")
    follower = State("dopamine.follower", NUMBER, "reward effect to which dopamine has adjusted")
    reward = operational(signal(receptor), reserve)
    gain = up / operational(REFERENCE, reserve)
    loss = down / suppressing(REFERENCE)
    level = 1.0 + gain * maximum(0.0, reward - follower) - loss * AUTONOMIC
    return Module(
        name="dopamine",
        description="dopamine of the nucleus accumbens",
        states=(follower,),
        parameters=(reserve, up, down, half_life, REFERENCE, RESERVE),
        inputs=(signal(receptor), AUTONOMIC),
        outputs=(Output(DOPAMINE, WHOLE * maximum(0.0, level)),),
        changes=(Change(follower, LN2 * (reward - follower) / half_life),),
    )


def stress() -> Module:
    """The corticotropin-releasing arm, which follows the withdrawal drive and outlasts it.

    Returns
    -------
    Module
        Reads ``withdrawal``, gives ``stress``.
    """
    half_life = Parameter("stress.half_life", TIME_UNIT, "half-life of the stress arm")
    arm = State("stress.state", NUMBER, "stress arm")
    return Module(
        name="stress",
        description="corticotropin-releasing stress arm",
        states=(arm,),
        parameters=(half_life,),
        inputs=(WITHDRAWAL,),
        outputs=(Output(STRESS, arm.expression),),
        changes=(Change(arm, LN2 * (WITHDRAWAL - arm) / half_life),),
    )
