"""A workload: equations as text, people by seed, doses, times. Nothing but NumPy is needed to read it.

The text is Python's infix notation with ``+ - * / ( )`` and names alone, so that each engine can be handed
the same equations in its own language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Dosing:
    """An amount into a state, again and again.

    Parameters
    ----------
    state : str
    amount : float
        As given.
    fraction : float
        What of it arrives.
    first, interval : float
        Hours.
    count : int
    """

    state: str
    amount: float
    fraction: float
    first: float
    interval: float
    count: int

    @property
    def times(self) -> FloatArray:
        """When, h."""
        return self.first + self.interval * np.arange(self.count)


@dataclass(frozen=True)
class Column:
    """A parameter that is drawn for each person: ``typical * exp(omega * z)`` with z standard normal."""

    name: str
    typical: float
    omega: float


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Whom a workload is about.

    Parameters
    ----------
    name, title : str
    people : int
    seed : int
    end : int
        Hours; outputs are recorded at 0, 1, ..., end.
    every : int
        The reference holds each so many'th person, from the first on.
    """

    name: str
    title: str
    people: int
    seed: int
    end: int
    every: int

    @property
    def times(self) -> FloatArray:
        """Recorded times, h."""
        return np.arange(self.end + 1, dtype=np.float64)

    @cached_property
    def checked(self) -> IntArray:
        """Rows of the people whom the reference holds."""
        return np.arange(0, self.people, self.every)

    def rows(self, count: int | None = None) -> IntArray:
        """Rows of a trial with fewer people: those of the reference first, then the others."""
        if count is None or count >= self.people:
            return np.arange(self.people)
        others = np.setdiff1d(np.arange(self.people), self.checked)
        return np.sort(np.concatenate([self.checked, others])[:count])


@dataclass(frozen=True, kw_only=True)
class Workload(Crowd):
    """A model given as text, with people, doses and times.

    Parameters
    ----------
    columns : tuple of Column
        In the order in which they are drawn.
    fixed : mapping of str to float
        Parameters that all share.
    algebra : mapping of str to str
        Abbreviations, in order.
    rates : mapping of str to str
        Rate of change of each state, per h; all states are 0 at the start.
    outputs : mapping of str to str
    dosing : tuple of Dosing
    digest : str
        First digits of the SHA-256 of the table of people.
    """

    columns: tuple[Column, ...]
    fixed: Mapping[str, float]
    algebra: Mapping[str, str]
    rates: Mapping[str, str]
    outputs: Mapping[str, str]
    dosing: tuple[Dosing, ...]
    digest: str

    @cached_property
    def table(self) -> FloatArray:
        """Drawn parameters, people by columns."""
        generator = np.random.Generator(np.random.PCG64(self.seed))
        z = generator.standard_normal((self.people, len(self.columns)))
        drawn = [item.typical * np.exp(item.omega * z[:, index]) for index, item in enumerate(self.columns)]
        return np.column_stack(drawn)

    @property
    def events(self) -> list[tuple[float, int, float]]:
        """Time, index of the state and amount that arrives of each dose, in order of time."""
        states = list(self.rates)
        found = [
            (float(time), states.index(item.state), item.amount * item.fraction)
            for item in self.dosing
            for time in item.times
        ]
        return sorted(found)

    def found_digest(self) -> str:
        """Digest of the people as drawn on this machine; another one than `digest` is worth a note."""
        names = ",".join(item.name for item in self.columns)
        lines = [f"ID,{names}"]
        lines += [
            ",".join([str(number), *map(repr, row)])
            for number, row in enumerate(self.table.tolist(), start=1)
        ]
        text = "\n".join(lines) + "\n"
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
