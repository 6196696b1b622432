"""Engines side by side: each in a process of its own on one processor, asked in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from engines import Entry
from engines.task import CROWDS, Task
from workloads import kratom, lowering, models
from workloads.definition import Crowd, FloatArray, IntArray, Workload
from workloads.reference import reference

HERE = Path(__file__).resolve().parent
Say = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """What an engine took for a workload.

    Parameters
    ----------
    entry : Entry
    workload : str
    people, asked : int
        Solved, and in the workload.
    version : str
    compile, cpu, wall : float
        Seconds: once; best of the repeats; of that repeat.
    repeats : int
    largest, high, median : float
        Errors over the people whom the reference holds.
    checked : int
        Their number.
    problem : str
        Why there is nothing else; "" if there is.
    """

    entry: Entry
    workload: str
    people: int
    asked: int
    version: str = ""
    compile: float = float("nan")
    cpu: float = float("inf")
    wall: float = float("inf")
    repeats: int = 0
    largest: float = float("nan")
    high: float = float("nan")
    median: float = float("nan")
    checked: int = 0
    problem: str = ""

    @property
    def full(self) -> float:
        """CPU seconds scaled to all people of the workload."""
        return self.cpu * self.asked / self.people


@dataclass(frozen=True)
class Conditions:
    """How engines are timed.

    Parameters
    ----------
    rtol, atol : float
    repeats : int
    budget : float
        No more repeats once an engine has used so many CPU seconds on a workload.
    people : int or None
        Fewer than an engine would be timed on.
    cores : tuple of int
    peers : str
        Interpreter that the other engines are installed for.
    is_loud : bool
        Whether what engines say goes to standard error.
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    repeats: int = 3
    budget: float = 120.0
    people: int | None = None
    cores: tuple[int, ...] = (0,)
    peers: str = sys.executable
    is_loud: bool = False


class Worker:
    """A process with one engine.

    Parameters
    ----------
    python : str
        Its interpreter.
    task : Task
    cache : Path
        Where it may keep compiled code.
    is_loud : bool
        Whether what the engine says goes to standard error.
    """

    def __init__(self, python: str, task: Task, cache: Path, *, is_loud: bool = False) -> None:
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if is_loud else subprocess.DEVNULL,
            text=True,
            cwd=HERE,
            env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        )
        self.ready = self.ask(task.encoded())

    def ask(self, line: str) -> dict[str, Any]:
        """Send a line, and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if answer:
            return dict(json.loads(answer))
        return {"problem": f"the process ended with code {self._process.wait()}"}

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]
        self._process.wait()


class Room:
    """A folder for a session, with the references and problems that engines are handed.

    Parameters
    ----------
    folder : Path
    say : callable
        Told what is going on.
    """

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say

    def reference(self, workload: str) -> str:
        """Path of the answers."""
        path = self.folder / f"{workload}-reference.npz"
        if not path.exists():
            crowd = CROWDS[workload]
            self.say(f"{workload}: reference")
            np.savez(path, rows=crowd.checked, values=_answers(crowd, self.say))
        return str(path)

    def problem(self, workload: str, rows: IntArray) -> str:
        """Path of the workload, written out for some people."""
        path = self.folder / f"{workload}-{len(rows)}-problem.npz"
        if not path.exists():
            crowd = CROWDS[workload]
            case = models.case(crowd, rows) if isinstance(crowd, Workload) else kratom.case(rows)
            lowering.problem(case, crowd.times).save(path)
        return str(path)

    def task(
        self,
        entry: Entry,
        workload: str,
        conditions: Conditions,
        *,
        is_checked: bool = True,
        has_lag: bool = False,
    ) -> Task:
        """What an engine is told to do."""
        crowd = CROWDS[workload]
        wanted = [count for count in (entry.people[workload], conditions.people) if count is not None]
        people = min([crowd.people, *wanted])
        needs = workload in entry.needs_problem
        return Task(
            entry.module, entry.option, entry.packages, workload, people, conditions.rtol, conditions.atol,
            conditions.cores, self.problem(workload, crowd.rows(people)) if needs else "",
            self.reference(workload) if is_checked else "", has_lag,
        )  # fmt: skip

    def worker(self, task: Task, conditions: Conditions, *, is_own: bool) -> Worker:
        """A process for a task, with an empty cache of compiled code."""
        python = sys.executable if is_own else conditions.peers
        cache = tempfile.mkdtemp(dir=self.folder)
        return Worker(python, task, Path(cache), is_loud=conditions.is_loud)


def _answers(crowd: Crowd, say: Say) -> FloatArray:
    if isinstance(crowd, Workload):
        return reference(crowd, crowd.checked, lambda hour, end: hour % 24 or say(f"hour {hour} of {end}"))
    return kratom.reference(crowd.checked)


def measure(entries: Sequence[Entry], workload: str, conditions: Conditions, room: Room) -> list[Measured]:
    """Time engines on a workload, in turns, so that a change of the machine's load meets all of them."""
    found: dict[str, Measured] = {}
    workers: dict[str, Worker] = {}
    chosen = [entry for entry in entries if workload in entry.people]
    try:
        for entry in chosen:
            task = room.task(entry, workload, conditions)
            room.say(f"{workload}: {entry.title} prepares")
            worker = room.worker(task, conditions, is_own=entry.is_own)
            start = Measured(entry, workload, task.people, task.crowd.people)
            found[entry.name] = replace(start, **worker.ready)
            workers[entry.name] = worker
        for turn in range(conditions.repeats):
            for entry in chosen:
                found[entry.name] = _again(found[entry.name], workers[entry.name], turn, conditions, room)
        for entry in chosen:
            if not found[entry.name].problem:
                answer = workers[entry.name].ask("check")
                found[entry.name] = replace(found[entry.name], **answer)
    finally:
        for worker in workers.values():
            worker.close()
    return list(found.values())


def _again(before: Measured, worker: Worker, turn: int, conditions: Conditions, room: Room) -> Measured:
    if before.problem or before.cpu * before.repeats > conditions.budget:
        return before
    room.say(f"{before.workload}: {before.entry.title}, turn {turn + 1} of {conditions.repeats}")
    answer = worker.ask("solve")
    if "problem" in answer:
        return replace(before, problem=str(answer["problem"]))
    better = answer if answer["cpu"] < before.cpu else {}
    return replace(before, repeats=before.repeats + 1, **better)
