"""This program's engine."""

from __future__ import annotations

from workloads import kratom, models

from engines.task import Solve, Task
from speciosa.engine import Schedules, compile_model


def prepare(task: Task) -> Solve:
    """Compile the model, solve two people, and give the function that solves all.

    The option of the task is the method of the target `llvm`.
    """
    is_own = task.workload == kratom.CROWD.name
    case = kratom.case(task.rows) if is_own else models.case(task.text, task.rows, has_lag=task.has_lag)
    kernel = compile_model(
        case.model, target="llvm", method=task.option, outputs=case.outputs, rtol=task.rtol, atol=task.atol
    )
    few, times = case.parameters[:2], task.crowd.times
    kernel.run(few, Schedules.shared(case.schedules.events[0], len(few)), times, threads=1)
    return lambda: kernel.run(case.parameters, case.schedules, times, threads=task.threads).values
