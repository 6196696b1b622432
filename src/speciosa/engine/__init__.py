"""Engines: from a composed model, people and events to outputs."""

from speciosa.engine.changes import Changes
from speciosa.engine.decisions import Course, Halt, Leg
from speciosa.engine.events import Events, Schedules
from speciosa.engine.executors import Executor, Serial, Threads
from speciosa.engine.halts import AT_TIME, Watch
from speciosa.engine.kernel import TARGETS, Kernel, compile_model
from speciosa.engine.solution import Failure, Solution, Status

__all__ = [
    "AT_TIME",
    "TARGETS",
    "Changes",
    "Course",
    "Events",
    "Executor",
    "Failure",
    "Halt",
    "Kernel",
    "Leg",
    "Schedules",
    "Serial",
    "Solution",
    "Status",
    "Threads",
    "Watch",
    "compile_model",
]
