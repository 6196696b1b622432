"""Latent severity: how bad withdrawal is, as a clinician sees it and as the person feels it.

    L(x)       = G x ** g
    observed   autonomic  B_o + L(N)    subjective  B_o + L(D)
    felt       autonomic  B_f + L(N)    subjective  B_f + L(D)    craving  B_f + L(C)

D is the withdrawal drive, N its autonomic arm, C the drive of craving. G and the floors B differ between
people: the floors are what is rated without withdrawal. Alpha-2A agonists act through N alone, so they
change a scale by its share of autonomic items, most in the scales of observers.
"""

from __future__ import annotations

from speciosa.body.craving import CRAVING
from speciosa.body.quantities import NUMBER
from speciosa.body.scales import Arm, Rater
from speciosa.body.withdrawal import AUTONOMIC, WITHDRAWAL
from speciosa.model import Expression, Module, Output, Parameter, Signal, Spread


def severity(rater: Rater, arm: Arm) -> Signal:
    """Latent severity of one arm, as one rater meets it."""
    return Signal(f"severity.{rater}.{arm}", NUMBER, f"latent severity, {arm} arm, {rater}")


def latent_severity() -> Module:
    """Latent severities of all arms and raters.

    Returns
    -------
    Module
        Reads ``withdrawal``, ``withdrawal.autonomic`` and ``craving.drive``; gives
        ``severity.<rater>.<arm>``.
    """
    gain = Parameter(
        "severity.gain",
        NUMBER,
        "severity at full withdrawal drive",
        spread=Spread("IIV_severity.gain", "log-normal"),
    )
    exponent = Parameter("severity.exponent", NUMBER, "steepness of severity against withdrawal drive")
    floors = [
        Parameter(
            f"severity.floor.{rater}",
            NUMBER,
            f"severity {rater} without withdrawal",
            spread=Spread(f"IIV_severity.floor.{rater}", "log-normal"),
        )
        for rater in ("observed", "felt")
    ]

    def level(drive: Signal) -> Expression:
        return gain * drive**exponent

    observed, felt = floors
    return Module(
        name="severity",
        description="latent severity of withdrawal",
        parameters=(gain, exponent, *floors),
        inputs=(WITHDRAWAL, AUTONOMIC, CRAVING),
        outputs=(
            Output(severity("observed", "autonomic"), observed + level(AUTONOMIC)),
            Output(severity("observed", "subjective"), observed + level(WITHDRAWAL)),
            Output(severity("felt", "autonomic"), felt + level(AUTONOMIC)),
            Output(severity("felt", "subjective"), felt + level(WITHDRAWAL)),
            Output(severity("felt", "craving"), felt + level(CRAVING)),
        ),
    )
