"""Parameters that change in the course of time: how covariates that vary reach the equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from speciosa.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Changes:
    """New values of parameters, one entry a change.

    A change at a time holds for the doses of that time; what is recorded at that time follows it where
    values after a dose are recorded, and precedes it where values before a dose are.

    Parameters
    ----------
    person : (n,) int
        Row in the parameter table.
    time : (n,) float
        Hours.
    parameter : (n,) int
        Index into the model's parameters.
    value : (n,) float

    Raises
    ------
    EngineError
        If the entries have different lengths or a time is no finite number.

    Examples
    --------
    >>> weight = Changes.carried(person=0, parameter=2, times=[0.0, 24.0, 48.0], values=[70.0, 69.0, 68.0])
    >>> weight.time, weight.value
    (array([24., 48.]), array([69., 68.]))
    """

    person: IntArray
    time: FloatArray
    parameter: IntArray
    value: FloatArray

    def __post_init__(self) -> None:
        sizes = {len(item) for item in (self.person, self.time, self.parameter, self.value)}
        if len(sizes) != 1:
            raise EngineError("the entries of changes differ in length", expected="one of each for a change")
        if not np.isfinite(self.time).all():
            raise EngineError("the time of a change is not a finite number", expected="hours")

    @classmethod
    def none(cls) -> Changes:
        """No change at all."""
        whole, real = np.empty(0, dtype=np.int64), np.empty(0)
        return cls(whole, real, whole, real)

    @classmethod
    def carried(
        cls,
        person: int,
        parameter: int,
        times: Sequence[float],
        values: Sequence[float],
        how: Literal["forward", "backward"] = "forward",
    ) -> Changes:
        """Changes from values that were observed at times.

        The first value belongs into the parameter table; nothing changes before the second.

        Parameters
        ----------
        person, parameter : int
        times, values : sequence of float
            In order of time.
        how : {"forward", "backward"}
            Whether a value holds from its time until the next one (last value carried forward), or from just
            after the time before up to its own (next value carried backward, NONMEM's way).

        Returns
        -------
        Changes
        """
        when = np.asarray(times, dtype=np.float64)
        if len(when) != len(values) or not len(when) or not (np.diff(when) > 0.0).all():
            raise EngineError(
                f"{len(when)} times and {len(values)} values are given",
                expected="one value for each of one or more increasing times",
            )
        if how not in ("forward", "backward"):
            raise EngineError(f"how is {how!r}", expected="forward or backward")
        # Just after a time, its doses and what is recorded there are over.
        just_after = when[:-1] + np.spacing(np.maximum(np.abs(when[:-1]), 1.0))
        begin = when[1:] if how == "forward" else just_after
        shape = (len(begin),)
        return cls(
            np.full(shape, person), begin, np.full(shape, parameter), np.asarray(values, dtype=np.float64)[1:]
        )

    @classmethod
    def joined(cls, parts: Sequence[Changes]) -> Changes:
        """Several as one."""
        if not parts:
            return cls.none()
        columns = ((part.person, part.time, part.parameter, part.value) for part in parts)
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))

    @property
    def size(self) -> int:
        """Number of changes."""
        return len(self.time)

    def chosen(self, people: IntArray) -> Changes:
        """Those of some people, who are numbered anew in the order given and may be given repeatedly."""
        if not self.size:
            return self
        order = np.argsort(people, kind="stable")
        first = np.searchsorted(people[order], self.person, side="left")
        counts = np.searchsorted(people[order], self.person, side="right") - first
        which = np.repeat(np.arange(self.size), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self._where(which, order[first[which] + within])

    def after(self, time: FloatArray) -> Changes:
        """Those after a time of each person."""
        is_later = self.time > time[self.person]
        return self._where(is_later, self.person[is_later])

    def _where(self, which: npt.NDArray[np.bool_] | IntArray, person: IntArray) -> Changes:
        return Changes(person, self.time[which], self.parameter[which], self.value[which])

    def applied(self, parameters: FloatArray, time: FloatArray) -> FloatArray:
        """The parameter table as it is at a time of each person."""
        order = np.flatnonzero(self.time <= time[self.person])
        order = order[np.argsort(self.time[order], kind="stable")]
        if not order.size:
            return parameters
        changed = parameters.copy()
        for index in order:
            changed[self.person[index], self.parameter[index]] = self.value[index]
        return changed

    def course(self, person: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Times at which a person's parameters change; parameters before the first and from each on."""
        mine = np.flatnonzero(self.person == person)
        mine = mine[np.argsort(self.time[mine], kind="stable")]
        times = np.unique(self.time[mine])
        table = np.repeat(parameters[None, :], len(times) + 1, axis=0)
        for index in mine:
            table[np.searchsorted(times, self.time[index]) + 1 :, self.parameter[index]] = self.value[index]
        return times, table
