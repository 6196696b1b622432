"""Small models with known answers, made without evidence."""

from __future__ import annotations

from collections.abc import Mapping

from speciosa.model import (
    Change,
    Expression,
    Flow,
    Inlet,
    Model,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    compose,
)

DEPOT = State("depot", "nmol", "depot", scale=100.0)
CENTRAL = State("central", "nmol", "central", scale=100.0)
KA = Parameter("ka", "1/h", "absorption")
CL = Parameter("CL", "L/h", "clearance")
V = Parameter("V", "L", "volume")
F = Parameter("F", "", "bioavailability")
LAG = Parameter("lag", "h", "lag")
DURATION = Parameter("D", "h", "duration of input")
VALUES: Mapping[str, float] = {"ka": 1.2, "CL": 3.0, "V": 20.0, "F": 0.6, "lag": 0.35, "D": 2.5}
ORAL, IV, SLOW = 0, 1, 2


def one_compartment(**values: float) -> Model:
    """First-order absorption with lag and bioavailability, a plain inlet, and one with its own duration."""
    module = Module(
        name="pk",
        description="one compartment",
        states=(DEPOT, CENTRAL),
        parameters=(KA, CL, V, F, LAG, DURATION),
        outputs=(Output(Signal("plasma", "nmol/L", "concentration"), CENTRAL / V),),
        flows=(
            Flow("absorption", KA * DEPOT, DEPOT, CENTRAL),
            Flow("elimination", CL / V * CENTRAL, CENTRAL, None),
        ),
        inlets=(
            Inlet("oral", DEPOT, F.expression, LAG.expression, None, "oral"),
            Inlet("iv", CENTRAL, group="iv"),
            Inlet("slow", CENTRAL, F.expression, LAG.expression, DURATION.expression, "slow"),
        ),
    )
    return compose([module], values={**VALUES, **values}, name="one compartment")


def lone_state(rate: Expression, *parameters: Parameter, initial: float = 1.0, **values: float) -> Model:
    """One state with a given rate of change."""
    state = State("x", "", "x", initial=initial)
    module = Module(
        name="lone",
        description="one state",
        states=(state,),
        parameters=parameters,
        outputs=(Output(Signal("value", "", "value"), 1.0 * state),),
        changes=(Change(state, rate),),
    )
    return compose([module], values=values, name="lone")
