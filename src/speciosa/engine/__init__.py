"""Engines: from a composed model, people and events to outputs."""

from speciosa.engine.changes import Changes
from speciosa.engine.events import Events, Schedules
from speciosa.engine.executors import Executor, Serial, Threads
from speciosa.engine.kernel import TARGETS, Kernel, compile_model
from speciosa.engine.solution import Failure, Solution, Status

__all__ = [
    "TARGETS",
    "Changes",
    "Events",
    "Executor",
    "Failure",
    "Kernel",
    "Schedules",
    "Serial",
    "Solution",
    "Status",
    "Threads",
    "compile_model",
]
