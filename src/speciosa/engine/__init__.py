"""Engines: from a composed model, people and events to outputs."""

from speciosa.engine.events import Events, Schedules
from speciosa.engine.kernel import TARGETS, Kernel, compile_model
from speciosa.engine.solution import Failure, Solution, Status

__all__ = ["TARGETS", "Events", "Failure", "Kernel", "Schedules", "Solution", "Status", "compile_model"]
