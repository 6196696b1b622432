"""The small workloads as models of this program, written with flows between compartments.

Amounts carry the unit nmol here because equations are coherent in it; the numbers are those of the workload.
Scales of states are 1, so that every engine is asked for the same absolute tolerance.
"""

from __future__ import annotations

import numpy as np

from speciosa.engine import Events, Schedules
from speciosa.model import Change, Flow, Inlet, Model, Module, Output, Parameter, Signal, State, compose
from workloads.case import Case
from workloads.definition import FloatArray, IntArray, Workload
from workloads.small import W1

UNITS = {"CL": "L/h", "Q": "L/h", "V": "L", "KD": "nmol/L", "K": "1/h", "LAG": "h"}
PURE = ("FUA", "EA", "EB", "F", "MWA", "MWB")
LAG = "LAG"
LAG_SEED, TYPICAL_LAG, LAG_OMEGA = 20261104, 0.3, 0.3


def parameter(name: str) -> Parameter:
    """A parameter with the unit that its first letters tell."""
    unit = "" if name in PURE else next(unit for start, unit in UNITS.items() if name.startswith(start))
    return Parameter(name, unit, "")


def model(workload: Workload, *, has_lag: bool = False) -> Model:
    """The model of a small workload; with an absorption lag of its own for each person if asked for."""
    lag = (parameter(LAG),) if has_lag else ()
    if workload.name == W1.name:
        modules = (_drug("", lag),)
    else:
        modules = (_drug("A", lag), _drug("B", lag, parameter("F")), _receptor())
    typical = {item.name: item.typical for item in workload.columns}
    given = {"F": workload.dosing[-1].fraction, LAG: 0.0}
    return compose(modules, values={**typical, **workload.fixed, **given}, name=workload.name)


def case(workload: Workload, rows: IntArray, *, has_lag: bool = False) -> Case:
    """What the engine is given for some people."""
    made = model(workload, has_lag=has_lag)
    names = tuple(output.name for output in made.outputs)
    return Case(made, names, table(workload, rows, made), schedules(workload, len(rows)))


def table(workload: Workload, rows: IntArray, model: Model) -> FloatArray:
    """Parameters of people in the order of the model."""
    drawn = {item.name: workload.table[rows, index] for index, item in enumerate(workload.columns)}
    deviates = np.random.Generator(np.random.PCG64(LAG_SEED)).standard_normal(workload.people)
    drawn[LAG] = TYPICAL_LAG * np.exp(LAG_OMEGA * deviates[rows])
    columns = [drawn.get(item.name, np.full(len(rows), item.value)) for item in model.parameters]
    return np.ascontiguousarray(np.column_stack(columns))


def schedules(workload: Workload, people: int) -> Schedules:
    """The doses, each series as one record with ADDL, shared by all."""
    count = len(workload.dosing)
    whole = np.zeros(count, dtype=np.int64)
    events = Events(
        time=np.array([item.first for item in workload.dosing]),
        inlet=np.arange(count),
        amount=np.array([item.amount for item in workload.dosing]),
        rate=np.zeros(count),
        evid=whole + 1,
        interval=np.array([item.interval for item in workload.dosing]),
        additional=np.array([item.count - 1 for item in workload.dosing]),
        steady_state=whole,
    )
    return Schedules.shared(events, people)


def _signal(letter: str) -> Signal:
    return Signal(f"c{letter.lower()}" if letter else "CP", "nmol/L", "")


def _drug(letter: str, lag: tuple[Parameter, ...], fraction: Parameter | None = None) -> Module:
    """Two compartments with first-order absorption: of W1 without a letter, of W2 with one."""
    depot, central, peripheral = (
        State(name + letter, "nmol", "") for name in (("D", "C", "P") if letter else ("G", "C", "P"))
    )
    first = f"V1{letter}" if letter else "V"
    names = (f"CL{letter}", first, f"KA{letter}", f"Q{letter}", f"V2{letter}")
    clearance, volume, absorption, exchange, second = (parameter(name) for name in names)
    extra = {"lag": lag[0].expression} if lag else {}
    if fraction:
        extra["fraction"] = fraction.expression
    return Module(
        name=f"drug {letter}",
        description="two compartments with first-order absorption",
        states=(depot, central, peripheral),
        parameters=(clearance, volume, absorption, exchange, second, *lag, *([fraction] if fraction else [])),
        outputs=(Output(_signal(letter), central / volume),),
        flows=(
            Flow(f"absorption {letter}", absorption * depot, depot, central),
            Flow(f"elimination {letter}", clearance / volume * central, central),
            Flow(f"out {letter}", exchange / volume * central, central, peripheral),
            Flow(f"back {letter}", exchange / second * peripheral, peripheral, central),
        ),
        inlets=(Inlet(f"mouth {letter}", depot, **extra),),
    )


def _receptor() -> Module:
    """Two ligands that bind and leave at their own speeds, and tolerance to their effect."""
    held_a, held_b, tolerance = (State(name, "", "") for name in ("RA", "RB", "TOL"))
    names = ("FUA", "KOFFA", "KOFFB", "KDA", "KDB", "MWA", "MWB", "EA", "EB", "KTOL")
    given = {name: parameter(name) for name in names}
    free_a, leaves_a, leaves_b, half_a, half_b, mass_a, mass_b, effect_a, effect_b, adapts = given.values()
    a, b = _signal("A"), _signal("B")
    unheld = 1.0 - held_a - held_b
    effect = effect_a * held_a + effect_b * held_b
    return Module(
        name="receptor",
        description="kinetic binding with slow tolerance",
        states=(held_a, held_b, tolerance),
        parameters=tuple(given.values()),
        inputs=(a, b),
        outputs=(
            *(Output(Signal(name, "", ""), 1.0 * state)
              for name, state in (("held A", held_a), ("held B", held_b), ("tolerance", tolerance))),
            Output(Signal("E", "", ""), effect),
        ),
        changes=(
            Change(held_a, leaves_a * (free_a * a * 1e6 / mass_a / half_a * unheld - held_a)),
            Change(held_b, leaves_b * (b * 1e6 / mass_b / half_b * unheld - held_b)),
            Change(tolerance, adapts * (effect - tolerance)),
        ),
    )  # fmt: skip
