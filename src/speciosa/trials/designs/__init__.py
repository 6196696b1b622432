"""Designs: who is given what, and when; one file a design."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from speciosa.trials.designs.crossover import crossover
from speciosa.trials.designs.escalation import escalation
from speciosa.trials.designs.parallel import parallel
from speciosa.trials.designs.sequential import sequential

if TYPE_CHECKING:
    from speciosa.engine import Executor
    from speciosa.trials.result import TrialResult
    from speciosa.trials.run import Progress, Trial

Design = Callable[["Trial", int, "Executor", "Progress | None"], "TrialResult"]
DESIGNS: Mapping[str, Design] = MappingProxyType(
    {"parallel": parallel, "crossover": crossover, "escalation": escalation, "sequential": sequential}
)
"""What conducts a trial of each design."""
