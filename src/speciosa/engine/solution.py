"""What an engine hands back: values, and a status for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speciosa.engine.decisions import Course

FloatArray = npt.NDArray[np.float64]


class Status(IntEnum):
    """How a person's simulation ended."""

    OK = 0
    STEP_LIMIT = 1
    STEP_UNDERFLOW = 2
    NOT_FINITE = 3
    BAD_INPUT = 4
    NO_STEADY_STATE = 5
    PAST_LOST = 6


ADVICE = {
    Status.STEP_LIMIT: "The solver took too many steps: look for a rate constant that is far too large.",
    Status.STEP_UNDERFLOW: "The step became too small: look for a parameter of or below zero, or too large.",
    Status.NOT_FINITE: "A value became infinite or no number: look for a volume of zero or a negative one.",
    Status.BAD_INPUT: "A parameter is not a finite number: look at the person's parameters.",
    Status.PAST_LOST: "Too many steps lie within one delay: look for a delay that is far too long.",
    Status.NO_STEADY_STATE: "No steady state was found: look for a clearance that is too small.",
}


@dataclass(frozen=True)
class Failure:
    """A person who could not be solved.

    Parameters
    ----------
    person : int
        Row in the parameter table.
    status : Status
    time : float
        Hours.
    state : str
        The state or parameter at fault, where it is known.
    """

    person: int
    status: Status
    time: float
    state: str

    @property
    def text(self) -> str:
        """One line: what happened, when, where, and what to look at."""
        name = self.status.name.lower().replace("_", " ")
        place = f" in {self.state}" if self.state else ""
        return f"person {self.person + 1}: {name} at t = {self.time:.6g} h{place}. {ADVICE[self.status]}"


@dataclass(frozen=True)
class Solution:
    """Outputs of all persons.

    Parameters
    ----------
    values : (n_persons, n_times, n_outputs) float
        NaN for persons who failed.
    status : (n_persons,) int
        Codes of `Status`.
    failures : tuple of Failure
    courses : tuple of Course
        Who decided about each person, where courses were decided on the way.
    """

    values: FloatArray
    status: npt.NDArray[np.int8]
    failures: tuple[Failure, ...]
    courses: tuple[Course, ...] = ()
