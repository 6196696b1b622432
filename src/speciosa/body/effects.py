"""Effects of the net signal, each with its own receptor reserve, and what tolerance takes from it.

    E = tau' S / (1 + tau' S),    tau' = tau / shift,    shift = 1 + r T

S is the net signal (DAMGO = 1), tau the reserve of the effect, T tolerance, r how much of the reserve
tolerance takes. E is the share of the largest effect that the system can show. A large reserve saturates at
a small signal, so a partial agonist can be full for analgesia and partial for breathing. Tolerance acts on
transduction, not on binding. The suppression of withdrawal has a reserve and a file of its own.

Depression of breathing is the step that drives the overdose model too (`speciosa.body.breathing.drive`): what
opioids take from breathing before gases and reflexes answer, as the share of a naive person's receptors
that a full agonist would hold. It is no share of ventilation.
"""

from __future__ import annotations

from speciosa.body.adaptation import TOLERANCE
from speciosa.body.breathing.drive import LOSS, RESERVE, acting
from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.model import Expression, Module, Output, Parameter, Signal

BREATHING = "ventilation"
EFFECTS = {
    "analgesia": "pain relief",
    BREATHING: "depression of breathing",
    "sedation": "sedation",
}


def effect(name: str) -> Signal:
    """Share of the largest possible effect."""
    return Signal(f"effect.{name}", NUMBER, f"{EFFECTS[name]}, share of the largest effect")


def shift(name: str) -> Signal:
    """Factor by which tolerance has lowered the reserve of an effect; 1 in a naive person."""
    return Signal(f"shift.{name}", NUMBER, f"loss of reserve for {EFFECTS[name]} by tolerance (naive = 1)")


def operational(net: Signal | Parameter, reserve: Parameter | Expression) -> Expression:
    """Share of the largest effect at a signal, for a reserve."""
    driven = reserve * net
    return driven / (1.0 + driven)


def effects(receptor: str) -> Module:
    """Analgesia, depression of breathing and sedation from the net signal at one receptor.

    Parameters
    ----------
    receptor : str

    Returns
    -------
    Module
        Reads ``signal.<receptor>`` and ``tolerance``, gives ``effect.<name>`` and ``shift.<name>``.
    """
    net = signal(receptor)
    parameters: list[Parameter] = []
    outputs: list[Output] = []
    for name, words in EFFECTS.items():
        if name == BREATHING:
            parameters += [RESERVE, LOSS]
            outputs += [Output(shift(name), 1.0 + LOSS * TOLERANCE), Output(effect(name), acting(net))]
            continue
        reserve = Parameter(f"reserve.{name}", NUMBER, f"receptor reserve for {words}")
        loss = Parameter(f"reserve.{name}.loss", NUMBER, f"reserve for {words} lost to tolerance, per signal")
        parameters += [reserve, loss]
        outputs += [
            Output(shift(name), 1.0 + loss * TOLERANCE),
            Output(effect(name), operational(net, reserve / shift(name))),
        ]
    return Module(
        name="effects",
        description="effects of the signal, each with its own receptor reserve",
        parameters=tuple(parameters),
        inputs=(net, TOLERANCE),
        outputs=tuple(outputs),
        sources=("blackleff1983",),
    )
