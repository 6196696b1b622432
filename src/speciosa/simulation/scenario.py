"""What is asked: a regimen with what came before it, people, how long to look, and what to record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt

from speciosa.errors import ScenarioError
from speciosa.people import Population
from speciosa.regimens import Administration, Habit, Regimen

FloatArray = npt.NDArray[np.float64]
DAY = 24.0
# Finer steps on the first day, where single doses peak; (until at most, step after the first day), hours.
FIRST_DAY_STEP = 0.1
STEPS = ((7 * DAY, 0.25), (62 * DAY, 0.5), (float("inf"), 1.0))
LONGEST = 5 * 365 * DAY


@dataclass(frozen=True)
class Scenario:
    """What happens to whom, and for how long.

    Parameters
    ----------
    regimen : Regimen
        Doses from time 0; its history, if any, ends at time 0.
    people : Population
    until : float
        End, h.
    title : str
        One line; the regimen's text if left out.
    every : float, optional
        Step of the recorded times, h; finer on the first day and coarser on long scenarios if left out.
    times : tuple of float, optional
        Recorded times themselves, h, instead of a step.
    outputs : tuple of str, optional
        Names to record; all but the details by drug if left out.
    values : mapping of str to float
        Typical values, in the model's units, that replace evidence (what-if); said in every report.
    target : str
        Engine target.
    batches : {"person", "dose"}
        Whether a person stays with one batch of a product whose content was not stated, or every dose is of
        another batch.
    occasion : float, optional
        Length of an occasion, h, for parameters that vary within a person; every dose of the drug begins one
        if left out.
    choices : mapping of str to str
        Alternatives of the evidence in place of the rows usually in use: parameter, or the beginning of its
        name, to the name of the alternative (``{"buprenorphine.Vc": "oud"}``); said in every report.
    habits : tuple of Habit
        How each person departs from the regimen; nobody does if left out.

    Raises
    ------
    ScenarioError
        If the times cannot be used.
    """

    regimen: Regimen
    people: Population
    until: float
    title: str = ""
    every: float | None = None
    times: tuple[float, ...] | None = None
    outputs: tuple[str, ...] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    target: str = "auto"
    batches: Literal["person", "dose"] = "person"
    occasion: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    habits: tuple[Habit, ...] = ()

    def __post_init__(self) -> None:
        if self.habits and len(self.habits) != self.people.size:
            raise ScenarioError(
                f"{len(self.habits)} habits are given", expected=f"one for each of {self.people.size} people"
            )
        if self.batches not in ("person", "dose"):
            raise ScenarioError(f"batches is {self.batches!r}", expected="person or dose")
        if self.occasion is not None and not self.occasion > 0.0:
            raise ScenarioError(f"occasion is {self.occasion:g} h", expected="more than 0 h")
        if not (isfinite(self.until) and 0.0 < self.until <= LONGEST):
            raise ScenarioError(
                f"until is {self.until:g} h", expected=f"more than 0 and at most {LONGEST:g} h"
            )
        if self.every is not None and not 0.0 < self.every <= self.until:
            raise ScenarioError(
                f"every is {self.every:g} h", expected=f"more than 0 and at most {self.until:g} h"
            )

    @cached_property
    def grid(self) -> FloatArray:
        """Recorded times, h; from one day before time 0 on where there is a history."""
        if self.times is not None:
            return np.asarray(self.times, dtype=np.float64)
        later = self.every or next(step for end, step in STEPS if self.until <= end)
        first = self.every or min(FIRST_DAY_STEP, later)
        head = np.arange(0.0, min(DAY, self.until), first)
        tail = np.arange(DAY, self.until, later) if self.until > DAY else np.empty(0)
        has_history = self.regimen.history is not None or any(self.people.histories)
        before = np.arange(-DAY, 0.0, later) if has_history else np.empty(0)
        return np.unique(np.round(np.concatenate([before, head, tail, [self.until]]), 9))

    @cached_property
    def administrations(self) -> tuple[Administration, ...]:
        """Every dose, those of the history at negative times."""
        earlier: list[Administration] = []
        history = self.regimen.history
        if history is not None:
            length = history.end
            if length is None or not isfinite(length):
                raise ScenarioError(
                    "the history has no end",
                    where=history.text,
                    expected='a duration: "after ... for 60 days"',
                )
            earlier = [replace(item, time=item.time - length) for item in history.administrations(length)]
        return (*earlier, *self.regimen.administrations(self.until))
