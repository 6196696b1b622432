"""libRoadRunner: SBML compiled by LLVM, CVODE; doses are SBML events, one call a person."""

from __future__ import annotations

import antimony
import numpy as np
import roadrunner
from workloads.definition import Dosing, Workload

from engines.task import Solve, Task

MOST_STEPS = 1_000_000


def text(workload: Workload) -> str:
    """The workload in Antimony."""
    given = {item.name: item.typical for item in workload.columns} | dict(workload.fixed)
    first = {item.state: item.amount * item.fraction for item in workload.dosing if item.first == 0.0}
    lines = [f"{name} = {value!r}" for name, value in given.items()]
    lines += [f"{name} = {first.get(name, 0.0)!r}" for name in workload.rates]
    lines += [f"{name} := {value}" for name, value in workload.algebra.items()]
    lines += [f"{name}' = {value}" for name, value in workload.rates.items()]
    lines += [f"{name} := {value}" for name, value in workload.outputs.items() if name != value]
    for number, item in enumerate(workload.dosing):
        lines += _series(item, f"next{number}")
    return "\n".join(["model timed", *(f"  {line}" for line in lines), "end"])


def _series(item: Dosing, name: str) -> list[str]:
    start = item.first if item.first > 0.0 else item.interval
    end = item.first + item.interval * item.count
    return [
        f"{name} = {start!r}",
        f"at (time >= {name} && {name} < {end!r}), t0=false: "
        f"{item.state} = {item.state} + {item.amount * item.fraction!r}, {name} = {name} + {item.interval!r}",
    ]


def prepare(task: Task) -> Solve:
    """Load the model, solve two people, and give the function that solves all."""
    workload = task.text
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text(workload)) < 0:
        raise RuntimeError(antimony.getLastError())
    runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    runner.setIntegrator("cvode")
    solver = runner.getIntegrator()
    solver.relative_tolerance, solver.absolute_tolerance = task.rtol, task.atol
    solver.maximum_num_steps = MOST_STEPS
    runner.timeCourseSelections = list(workload.outputs)
    names = [item.name for item in workload.columns]
    people = task.drawn

    def one(values):
        runner.resetToOrigin()
        for name, value in zip(names, values, strict=True):
            runner[name] = value
        return np.array(runner.simulate(0, workload.end, workload.end + 1))

    for values in people[:2].tolist():
        one(values)
    return lambda: np.stack([one(values) for values in people.tolist()])
