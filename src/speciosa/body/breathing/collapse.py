"""Collapse of the circulation: a rule on a clock, kept in two states that count time.

The first clock starts when arterial PO2 falls to a limit, and runs on. When it shows the delay, the second
clock starts at the first moment at which PO2 is below the limit: at once if PO2 is still (or again) low,
else when it falls again. Perfusion collapses from the moment of the check if PO2 was low then, otherwise
when the second clock shows the delay,

    dim/dt = -rate (base + share PaCO2 / reference) im

and never recovers. The clocks depend on nothing but the states, so that the rule needs one pass.
"""

from __future__ import annotations

from speciosa.body.breathing.signals import ARTERIAL_CO2, ARTERIAL_O2, PERFUSION, PRESSURE, constant_of
from speciosa.body.quantities import NUMBER, RATE, TIME_UNIT
from speciosa.model import Change, Expression, Module, Output, State, select

# A tolerance of a billionth of this still times events to a tenth of a millisecond.
CLOCK_SCALE = 24.0
HYPOXIC = State(
    "breathing.time_since_hypoxia", TIME_UNIT, "time since arterial PO2 fell to the limit", CLOCK_SCALE
)
AGAIN = State(
    "breathing.time_since_check", TIME_UNIT, "time since arterial PO2 was low after the check", CLOCK_SCALE
)


def collapse() -> Module:
    """Perfusion before and in circulatory collapse.

    Returns
    -------
    Module
        Reads arterial pressures; gives ``breathing.perfusion``.
    """
    perfusion = State("breathing.perfusion_state", NUMBER, "perfusion relative to rest", initial=1.0)
    limit = constant_of("collapse.PO2", PRESSURE, "arterial PO2 that starts the clock")
    delay = constant_of("collapse.delay", TIME_UNIT, "time from the limit to the check")
    step = constant_of("collapse.grid", TIME_UNIT, "how close to the check a low PO2 counts as low at it")
    rate = constant_of("collapse.rate", RATE, "rate of the collapse")
    base = constant_of("collapse.base", NUMBER, "part of the rate without CO2")
    share = constant_of("collapse.share", NUMBER, "part of the rate by CO2")
    reference = constant_of("collapse.PCO2", PRESSURE, "reference PCO2 of the rate")
    is_low = select(limit, ARTERIAL_O2, 1.0, 0.0)
    is_checked = select(HYPOXIC, delay, is_low, 0.0)
    speed = rate * (base + share * ARTERIAL_CO2 / reference)
    return Module(
        name="collapse",
        description="collapse of the circulation after lasting hypoxia",
        states=(perfusion, HYPOXIC, AGAIN),
        parameters=(limit, delay, step, rate, base, share, reference),
        inputs=(ARTERIAL_CO2, ARTERIAL_O2),
        outputs=(Output(PERFUSION, perfusion.expression),),
        changes=(
            Change(perfusion, -(_is_collapsing(delay.expression, step.expression) * speed * perfusion)),
            Change(HYPOXIC, select(HYPOXIC, 0.0, 1.0, is_low)),
            Change(AGAIN, select(AGAIN, 0.0, 1.0, is_checked)),
        ),
        sources=("strauss2024", "fda2023in"),
    )


def _is_collapsing(delay: Expression, step: Expression) -> Expression:
    """1 from the start of the collapse on, 0 before."""
    missed = HYPOXIC - delay - AGAIN
    was_low = select(step, missed, 1.0, select(AGAIN, delay, 1.0, 0.0))
    return select(AGAIN, 0.0, was_low, 0.0)
