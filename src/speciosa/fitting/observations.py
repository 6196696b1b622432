"""What was given to whom, and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speciosa.engine import Changes, Schedules
from speciosa.errors import FitError
from speciosa.fitting.contract import ObservationModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Subjects:
    """People who were observed.

    Parameters
    ----------
    ids : tuple of str
    schedules : Schedules
        What each was given.
    covariates : mapping of str to (n,) float
    parameters : (n, n_parameters) float, optional
        What each person's parameters are where they are not fitted; the model's typical values if left out.
    changes : Changes
        Of parameters that are not fitted, in the course of time.

    Raises
    ------
    FitError
        If lengths differ.
    """

    ids: tuple[str, ...]
    schedules: Schedules
    covariates: Mapping[str, FloatArray] = field(default_factory=dict)
    parameters: FloatArray | None = None
    changes: Changes = field(default_factory=Changes.none)

    def __post_init__(self) -> None:
        lengths = {
            "schedules": len(self.schedules.of_person),
            **{name: len(values) for name, values in self.covariates.items()},
        }
        if self.parameters is not None:
            lengths["parameters"] = len(self.parameters)
        for name, length in lengths.items():
            if length != len(self.ids):
                raise FitError(
                    f"there are {length} entries of {name}",
                    expected=f"one for each of {len(self.ids)} people",
                )

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.ids)

    def chosen(self, people: Sequence[int] | IntArray) -> Subjects:
        """Some of them, in the order given."""
        which = np.asarray(people, dtype=np.int64)
        return Subjects(
            tuple(self.ids[index] for index in which),
            Schedules(self.schedules.events, self.schedules.of_person[which]),
            {name: values[which] for name, values in self.covariates.items()},
            None if self.parameters is None else self.parameters[which],
            self.changes.chosen(which),
        )


@dataclass(frozen=True)
class Measurement:
    """Observations of one output of the model.

    Parameters
    ----------
    output : str
    model : ObservationModel
        How they scatter.
    person : (n,) int
        Number of the person, from 0, in the order of `Subjects`.
    time : (n,) float
        Hours.
    value : (n,) or (n, columns) float
    code : (n,) int8, optional
        `contract.BELOW` where the value is a limit that was fallen below, `contract.ABOVE` likewise.
    name : str
        By which its parameters are called; the output's if left out.

    Raises
    ------
    FitError
        If lengths differ, or a value is none that the observation model knows.
    """

    output: str
    model: ObservationModel
    person: IntArray
    time: FloatArray
    value: FloatArray
    code: npt.NDArray[np.int8] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        n, where = len(self.person), f"measurement of {self.output}"
        shape = (n, self.model.columns) if self.model.columns else (n,)
        if not n or len(self.time) != n or np.shape(self.value) != shape:
            raise FitError(
                f"{n} people, {len(self.time)} times and values of shape {np.shape(self.value)} are given",
                where=where,
                expected="one time and one value for each of one or more observations",
            )
        if not np.isfinite(self.time).all():
            raise FitError("a time is no finite number", where=where, expected="hours")
        fault = self.model.fault(np.asarray(self.value, dtype=np.float64))
        if fault:
            raise FitError(fault, where=where, expected="values that the observation model can have")

    @property
    def label(self) -> str:
        """Name, or else the output."""
        return self.name or self.output

    def of(self, people: Sequence[int], until: float = np.inf, after: float = -np.inf) -> Measurement | None:
        """Observations of some people, who are numbered anew, in a span of time; None if there are none."""
        place = {person: index for index, person in enumerate(people)}
        is_in = np.isin(self.person, list(place)) & (self.time <= until) & (self.time > after)
        if not is_in.any():
            return None
        return Measurement(
            self.output,
            self.model,
            np.array([place[int(person)] for person in self.person[is_in]]),
            self.time[is_in],
            np.asarray(self.value)[is_in],
            None if self.code is None else self.code[is_in],
            self.name,
        )


@dataclass(frozen=True)
class Sheet:
    """Observations as tables, one row a person; short rows are filled up.

    Parameters
    ----------
    times : (n, n_times) float
        When each person is looked at; short rows end in infinities.
    place : (n, m) int
        Column of `times` of each observation.
    output : (m,) int
        Number of the measurement that each column belongs to.
    is_seen : (n, m) bool
        Whether there is an observation.
    values : tuple of arrays
        One a measurement, people by its columns.
    codes : tuple of arrays
    rows : tuple of (n, m_j) int
        Which entry of the measurement each is.
    """

    times: FloatArray
    place: IntArray
    output: IntArray
    is_seen: npt.NDArray[np.bool_]
    values: tuple[FloatArray, ...]
    codes: tuple[npt.NDArray[np.int8], ...]
    rows: tuple[IntArray, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """Columns of each measurement."""
        ends = np.cumsum([0, *(table.shape[1] for table in self.rows)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))


def sheet(measurements: Sequence[Measurement], people: int) -> Sheet:
    """Arrange observations in tables, each person's in order of time."""
    own: list[FloatArray] = []
    for person in range(people):
        own.append(np.unique(np.concatenate([item.time[item.person == person] for item in measurements])))
    longest = max(1, *(len(times) for times in own))
    grid = np.full((people, longest), np.inf)
    for person, times in enumerate(own):
        # Somebody without observations is looked at once, so that the table has no empty row.
        grid[person, : max(1, len(times))] = times if len(times) else 0.0
    rows = tuple(_rows(item, people) for item in measurements)
    place, values, codes = [], [], []
    for item, table in zip(measurements, rows, strict=True):
        is_seen = table >= 0
        at = np.where(is_seen, item.time[table], grid[:, :1])
        place.append(np.stack([np.searchsorted(grid[i], at[i]) for i in range(people)]))
        # One is a value that every observation model can have.
        filled = np.asarray(item.value, dtype=np.float64)[table]
        values.append(np.where(is_seen.reshape(*is_seen.shape, *(1,) * (filled.ndim - 2)), filled, 1.0))
        code = np.zeros(len(item.person), dtype=np.int8) if item.code is None else item.code
        codes.append(np.where(is_seen, code[table], 0).astype(np.int8))
    output = np.concatenate([np.full(table.shape[1], index) for index, table in enumerate(rows)])
    return Sheet(grid, np.hstack(place), output, np.hstack(rows) >= 0, tuple(values), tuple(codes), rows)


def _rows(item: Measurement, people: int) -> IntArray:
    order = np.lexsort((item.time, item.person))
    counts = np.bincount(item.person, minlength=people)
    table = np.full((people, max(1, int(counts.max()))), -1)
    first = np.cumsum(counts) - counts
    for person in range(people):
        table[person, : counts[person]] = order[first[person] : first[person] + counts[person]]
    return table
