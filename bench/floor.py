"""Where the time goes: steps that are tried, what one costs, and the share outside of the compiled loop."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from engines import YARDSTICK
from engines.task import CROWDS
from session import Conditions, Room
from workloads import kratom, models
from workloads.definition import Workload

from speciosa.engine import compile_model
from speciosa.engine.batch import Batch
from speciosa.engine.targets.llvm.target import Vectorized


@dataclass(frozen=True)
class Floor:
    """What the compiled loop does on a workload.

    Parameters
    ----------
    workload : str
    states, width : int
        Of the model; people who are worked on at once.
    attempts : float
        Steps tried, a person.
    cost : float
        CPU seconds a step of one person.
    outside : float
        Share of the time that goes into stops and doses, before the loop.
    """

    workload: str
    states: int
    width: int
    attempts: float
    cost: float
    outside: float


def floors(conditions: Conditions, room: Room) -> list[Floor]:
    """One line a workload, by Rodas5P."""
    return [_floor(name, conditions, room) for name in YARDSTICK.people]


def _floor(name: str, conditions: Conditions, room: Room) -> Floor:
    room.say(f"{name}: steps")
    crowd = CROWDS[name]
    rows = crowd.rows(conditions.people)
    case = models.case(crowd, rows) if isinstance(crowd, Workload) else kratom.case(rows)
    kernel = compile_model(
        case.model, target="llvm", method=YARDSTICK.option, outputs=case.outputs,
        rtol=conditions.rtol, atol=conditions.atol,
    )  # fmt: skip
    target = kernel.compiled
    assert isinstance(target, Vectorized)
    whole = Batch(case.parameters, case.schedules, crowd.times, np.zeros(len(rows)), False)
    parts = [
        whole.part(first, min(first + target.portion, len(rows)))
        for first in range(0, len(rows), target.portion)
    ]
    inside, before, attempts = min(
        _run(target, parts, len(case.outputs)) for _ in range(conditions.repeats + 1)
    )
    return Floor(
        name, len(case.model.states), target.width, attempts / len(rows), inside / attempts,
        before / (before + inside),
    )  # fmt: skip


def _run(target: Vectorized, parts: list[Batch], outputs: int) -> tuple[float, float, int]:
    """CPU seconds in the loop and before it, and steps tried, in portions as the kernel makes them."""
    inside, before, attempts = 0.0, 0.0, 0
    for part in parts:
        table = np.empty((part.size, len(part.times), outputs))
        began = time.process_time()
        workspace = target.workspace()
        work, _ = target.work(part, np.arange(part.size), table, workspace)
        ready = time.process_time()
        target.call(work, workspace)
        inside, before = inside + time.process_time() - ready, before + ready - began
        attempts += int(work.attempts.sum())
    return inside, before, attempts
