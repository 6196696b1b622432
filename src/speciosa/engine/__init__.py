"""Engines: from a composed model, people and events to outputs."""

from speciosa.engine.changes import Changes
from speciosa.engine.decisions import Course, Halt, Leg
from speciosa.engine.events import Events, Schedules
from speciosa.engine.executors import Executor, Serial, Threads
from speciosa.engine.halts import AT_TIME, Watch
from speciosa.engine.kernel import TARGETS, Kernel, compile_model
from speciosa.engine.remote import EXECUTORS, Dask, Processes, executor_named
from speciosa.engine.solution import Failure, Solution, Status

__all__ = [
    "AT_TIME",
    "EXECUTORS",
    "TARGETS",
    "Changes",
    "Course",
    "Dask",
    "Events",
    "Executor",
    "Failure",
    "Halt",
    "Kernel",
    "Leg",
    "Processes",
    "Schedules",
    "Serial",
    "Solution",
    "Status",
    "Threads",
    "Watch",
    "compile_model",
    "executor_named",
]
