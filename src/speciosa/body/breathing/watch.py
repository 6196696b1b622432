"""The watch of a bystander: how long ago ventilation fell to a share of rest.

    dr/dt = (V - r) / tau before time 0, then r stays;      dw/dt = 1 once V < share r, or w > 0

A rescue comes at that moment plus a delay, so that it can be read off the end of a run.
"""

from __future__ import annotations

from speciosa.body.breathing.collapse import CLOCK_SCALE
from speciosa.body.breathing.signals import DEPRESSED_FOR, FLOW, RESTING, VENTILATION, constant_of
from speciosa.body.breathing.ventilation import WAKEFULNESS
from speciosa.body.quantities import NUMBER, TIME_UNIT
from speciosa.model import TIME, Change, Module, Output, Parameter, State, select

RESTING_SCALE = 100.0


def watch() -> Module:
    """The watch on ventilation.

    Returns
    -------
    Module
        Reads ``breathing.ventilation``; gives ``rescue.time_since_trigger`` (0 before it).
    """
    rest = State(
        "breathing.resting_state", FLOW, "ventilation at rest", RESTING_SCALE, WAKEFULNESS.expression
    )
    watched = State("rescue.watch", TIME_UNIT, "time since the trigger of a rescue", CLOCK_SCALE)
    share = Parameter("rescue.trigger", NUMBER, "share of resting ventilation that triggers a rescue")
    # The slowest of the fast reflexes settles the value at rest.
    time = constant_of("central.time", TIME_UNIT, "time constant of the central chemoreflex")
    is_depressed = select(TIME, 0.0, select(share * rest, VENTILATION, 1.0, 0.0), 0.0)
    return Module(
        name="rescue watch",
        description="when ventilation fell to the trigger of a rescue",
        states=(rest, watched),
        parameters=(share, time, WAKEFULNESS),
        inputs=(VENTILATION,),
        outputs=(Output(RESTING, rest.expression), Output(DEPRESSED_FOR, watched.expression)),
        changes=(
            Change(rest, select(TIME, 0.0, 0.0, (VENTILATION - rest) / time)),
            Change(watched, select(watched, 0.0, 1.0, is_depressed)),
        ),
    )
