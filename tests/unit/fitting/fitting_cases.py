"""Small problems with known answers: a constant level, first-order decline, an oral dose."""

from __future__ import annotations

import numpy as np

from speciosa.engine import Events, Kernel, Schedules, compile_model
from speciosa.fitting import Free, Measurement, Normal, ObservationModel, Problem, Subjects
from speciosa.model import Change, Flow, Inlet, Module, Output, Parameter, Signal, State, compose

NOTHING = Events.boluses(np.array([]), 0, 0.0)


def level_kernel(target: str = "auto") -> Kernel:
    """y = level + rise t."""
    level, rise = Parameter("level", "", "level"), Parameter("rise", "1/h", "rise")
    state = State("drift", "", "rise times time")
    module = Module(
        "level", "", states=(state,), parameters=(level, rise),
        outputs=(Output(Signal("y", "", "level and drift"), level + state),),
        changes=(Change(state, rise.expression),),
    )  # fmt: skip
    return compile_model(compose([module], values={"level": 5.0, "rise": 0.0}, name="level"), target=target)


def decline_kernel(target: str = "auto", method: str = "auto") -> Kernel:
    """y = 10 exp(-ke t)."""
    x, ke = State("x", "", "x", initial=10.0), Parameter("ke", "1/h", "rate")
    module = Module(
        "decline", "", states=(x,), parameters=(ke,), outputs=(Output(Signal("y", "", "y"), 1.0 * x),),
        flows=(Flow("decline", ke * x, x),),
    )  # fmt: skip
    return compile_model(compose([module], values={"ke": 0.5}, name="decline"), target=target, method=method)


def oral_kernel(target: str = "auto", method: str = "auto") -> Kernel:
    """One compartment with first-order absorption."""
    depot = State("depot", "nmol", "depot", scale=100.0)
    central = State("central", "nmol", "central", scale=100.0)
    ka, clearance, volume = (
        Parameter(name, unit, name) for name, unit in (("ka", "1/h"), ("CL", "L/h"), ("V", "L"))
    )
    module = Module(
        "oral", "", states=(depot, central), parameters=(ka, clearance, volume),
        outputs=(Output(Signal("plasma", "nmol/L", "concentration"), central / volume),),
        flows=(
            Flow("absorption", ka * depot, depot, central),
            Flow("elimination", clearance / volume * central, central),
        ),
        inlets=(Inlet("oral", depot, group="oral"),),
    )  # fmt: skip
    model = compose([module], values={"ka": 1.0, "CL": 3.0, "V": 20.0}, name="oral")
    return compile_model(model, target=target, method=method)


def people(n: int, events: Events = NOTHING, **covariates: np.ndarray) -> Subjects:
    return Subjects(tuple(str(i + 1) for i in range(n)), Schedules.shared(events, n), covariates)


def measured(output: str, model: ObservationModel, times: np.ndarray, table: np.ndarray) -> Measurement:
    """A full table, people by times."""
    n, m = table.shape[:2]
    return Measurement(
        output, model, np.repeat(np.arange(n), m), np.tile(times, n), table.reshape(n * m, *table.shape[2:])
    )


def levels(
    n: int = 12, m: int = 4, *, seed: int = 1, between: float = 0.8, within: float = 0.5
) -> np.ndarray:
    """A balanced table: a person's own level plus noise."""
    generator = np.random.default_rng(seed)
    own = 5.0 + between * generator.standard_normal((n, 1))
    return own + within * generator.standard_normal((n, m))


def level_problem(table: np.ndarray, **changes: object) -> Problem:
    """Random intercepts: the marginal likelihood has a closed form."""
    n, m = table.shape
    times = np.arange(m, dtype=np.float64)
    free = (Free("level", 4.0, "identity", spread=1.0),)
    given = {"free": free, "threads": 1, **changes}
    return Problem(level_kernel(), people(n), (measured("y", Normal(additive=0.4), times, table),), **given)


def decline_problem(model: ObservationModel, n: int = 6, *, seed: int = 2, target: str = "auto") -> Problem:
    """Two observations of each of some people, with an error that is large enough to matter."""
    generator = np.random.default_rng(seed)
    rate = 0.5 * np.exp(0.4 * generator.standard_normal((n, 1)))
    times = np.array([0.5, 2.0])
    table = 10.0 * np.exp(-rate * times)
    table = table * (1.0 + 0.25 * generator.standard_normal(table.shape))
    free = (Free("ke", 0.45, spread=0.3),)
    return Problem(decline_kernel(target), people(n), (measured("y", model, times, table),), free, threads=1)


def oral_data(
    n: int, *, seed: int = 3, spread: float = 0.3, error: float = 0.15
) -> tuple[Problem, np.ndarray]:
    """People after one oral dose, each at times of their own, and their true log parameters."""
    kernel, generator = oral_kernel(), np.random.default_rng(seed)
    truth = np.log([1.2, 3.0, 25.0]) + spread * generator.standard_normal((n, 3))
    events = Events.boluses(np.array([0.0]), 0, 100.0)
    subjects = people(n, events)
    times = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 24.0]) * generator.uniform(0.9, 1.1, (n, 6))
    clean = kernel.run(np.exp(truth), subjects.schedules, times, threads=1).values[..., 0]
    seen = clean * (1.0 + error * generator.standard_normal(clean.shape))
    item = Measurement(
        "plasma", Normal(proportional=0.2), np.repeat(np.arange(n), 6), times.ravel(), seen.ravel()
    )
    free = tuple(Free(name, value, spread=0.25) for name, value in (("ka", 1.0), ("CL", 2.5), ("V", 20.0)))
    return Problem(kernel, subjects, (item,), free, threads=1), truth
