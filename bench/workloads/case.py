"""What this program's engine is given."""

from __future__ import annotations

from dataclasses import dataclass

from speciosa.engine import Schedules
from speciosa.model import Model
from workloads.definition import FloatArray


@dataclass(frozen=True)
class Case:
    """A model with the names of its outputs, parameters of people and their doses."""

    model: Model
    outputs: tuple[str, ...]
    parameters: FloatArray
    schedules: Schedules
