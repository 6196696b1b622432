"""Predictions of the engine for many people and many values of their parameters, in one call.

All that differs between people or between trial values of one person is a row of the parameter table; rows go
into the engine's lanes together. Derivatives are differences between variants of a row that take the same
steps, so that they hold no noise of the solver's choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from speciosa.engine import Kernel, Schedules
from speciosa.fitting.observations import Sheet, Subjects
from speciosa.fitting.parameters import Free

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# Steps of differences (first order, second order), on the scale of a parameter: where runs are smooth
# functions of the parameters, and where a solver's choices show.
SMOOTH, ROUGH = (1e-6, 1e-3), (1e-3, 1e-2)
# How far two runs may differ for no reason but the solver's.
EXACT, SOLVED = 1e-10, 1e-6


@dataclass(frozen=True)
class Expansion:
    """Predictions around points: ``f + slope d + d' bend d / 2``.

    Parameters
    ----------
    point : (rows, d) float
        On the parameters' scales.
    value : (rows, m) float
    slope : (rows, m, d) float
    bend : (rows, m, d, d) float
        Zeros where only slopes were asked for.
    is_good : (rows,) bool
        Whether the engine could solve all of it.
    """

    point: FloatArray
    value: FloatArray
    slope: FloatArray
    bend: FloatArray
    is_good: npt.NDArray[np.bool_]

    def taken(self, rows: IntArray) -> Expansion:
        """Some rows, in the order given."""
        return Expansion(
            self.point[rows], self.value[rows], self.slope[rows], self.bend[rows], self.is_good[rows]
        )

    def moved(self, to: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value and slope at other points."""
        step = to - self.point
        turn = np.einsum("rmij,rj->rmi", self.bend, step)
        value = self.value + np.einsum("rmi,ri->rm", self.slope + 0.5 * turn, step)
        return value, self.slope + turn

    def replaced(self, rows: npt.NDArray[np.bool_], other: Expansion) -> Expansion:
        """With some rows taken from another one, which holds those rows only."""
        parts = []
        for name in ("point", "value", "slope", "bend", "is_good"):
            table = getattr(self, name).copy()
            table[rows] = getattr(other, name)
            parts.append(table)
        return Expansion(*parts)


@dataclass(frozen=True)
class Predictor:
    """Outputs of a kernel at the times of observations.

    Parameters
    ----------
    kernel : Kernel
    subjects : Subjects
    free : tuple of Free
        The d parameters that vary between rows.
    sheet : Sheet
    outputs : tuple of str
        Output of each measurement.
    at_dose : {"after", "before"}
    threads : int, optional
    """

    kernel: Kernel
    subjects: Subjects
    free: tuple[Free, ...]
    sheet: Sheet
    outputs: tuple[str, ...]
    at_dose: str = "after"
    threads: int | None = None

    @cached_property
    def _columns(self) -> list[int]:
        for item in self.free:
            self.kernel.model.parameter(item.name)
        return [self.kernel.model.parameter_index[item.name] for item in self.free]

    @cached_property
    def _output(self) -> IntArray:
        places = np.array([self.kernel.outputs.index(name) for name in self.outputs])
        return np.asarray(places[self.sheet.output])

    @cached_property
    def _table(self) -> FloatArray:
        if self.subjects.parameters is not None:
            return self.subjects.parameters
        typical = [item.value for item in self.kernel.model.parameters]
        return np.tile(np.asarray(typical, dtype=np.float64), (self.subjects.size, 1))

    @cached_property
    def start(self) -> float:
        """Where everybody's initial state holds, h: time 0, or what comes before it."""
        events = [item.time.min() for item in self.subjects.schedules.events if item.size]
        return float(min([0.0, self.sheet.times.min(), *events]))

    @cached_property
    def _is_smooth(self) -> bool:
        return self.kernel.is_smooth(self.subjects.schedules)

    @property
    def noise(self) -> float:
        """How far, relatively, predictions may differ for no reason but the solver's choices."""
        return EXACT if self.kernel.is_exact else SOLVED

    @cached_property
    def _sizes(self) -> FloatArray:
        """A natural size of each parameter on its scale."""
        sizes = [abs(item.value) or 1.0 if item.scale == "identity" else 1.0 for item in self.free]
        return np.array(sizes)

    def natural(self, points: FloatArray) -> FloatArray:
        """Parameters in the model's units, from points on their scales (last axis)."""
        columns = [item.map.natural(points[..., j]) for j, item in enumerate(self.free)]
        return np.stack(columns, axis=-1) if columns else points

    def values(self, points: FloatArray, person: IntArray) -> FloatArray:
        """Predictions of rows and variants of them.

        Parameters
        ----------
        points : (rows, variants, d) float
            On the parameters' scales.
        person : (rows,) int

        Returns
        -------
        ndarray, shape (rows, variants, m)
            NaN for rows that cannot be solved.
        """
        rows, variants = points.shape[:2]
        table = np.repeat(self._table[person][:, None], variants, axis=1)
        with np.errstate(over="ignore"):
            table[..., self._columns] = self.natural(points)
        schedules = self.subjects.schedules
        solution = self.kernel.variants(
            table,
            Schedules(schedules.events, schedules.of_person[person]),
            self.sheet.times[person],
            start=self.start,
            at_dose=self.at_dose,
            changes=self.subjects.changes.chosen(person),
            threads=self.threads,
        )
        place = self.sheet.place[person]
        return solution.values[np.arange(rows)[:, None], :, place, self._output].transpose(0, 2, 1)

    def apart(self, points: FloatArray, person: IntArray) -> FloatArray:
        """Predictions of rows that choose their own steps, (rows, m), from points (rows, d)."""
        table = self._table[person].copy()
        with np.errstate(over="ignore"):
            table[:, self._columns] = self.natural(points)
        schedules = self.subjects.schedules
        solution = self.kernel.run(
            table,
            Schedules(schedules.events, schedules.of_person[person]),
            self.sheet.times[person],
            start=self.start,
            at_dose=self.at_dose,
            changes=self.subjects.changes.chosen(person),
            threads=self.threads,
        )
        rows = np.arange(len(points))[:, None]
        return np.asarray(solution.values[rows, self.sheet.place[person], self._output])

    def courses(self, points: FloatArray, person: IntArray, times: FloatArray) -> FloatArray:
        """All outputs of the kernel at given times, (rows, times, outputs), from points (rows, d)."""
        table = self._table[person].copy()
        with np.errstate(over="ignore"):
            table[:, self._columns] = self.natural(points)
        schedules = self.subjects.schedules
        events = [item.time.min() for item in schedules.events if item.size]
        return self.kernel.run(
            table,
            Schedules(schedules.events, schedules.of_person[person]),
            times,
            start=float(min([self.start, *events])),
            at_dose=self.at_dose,
            changes=self.subjects.changes.chosen(person),
            threads=self.threads,
        ).values

    def expand(self, point: FloatArray, person: IntArray, order: int = 1) -> Expansion:
        """Predictions around points.

        Parameters
        ----------
        point : (rows, d) float
        person : (rows,) int
        order : {1, 2}
            Slopes, or slopes and bends.
        """
        d = point.shape[1]
        first, second = SMOOTH if self._is_smooth else ROUGH
        size = self._sizes * (first if order == 1 else second)
        moves = _moves(d, order, central=order > 1 or not self._is_smooth) * size
        found = self.values(point[:, None, :] + moves, person).transpose(0, 2, 1)
        is_good: npt.NDArray[np.bool_] = np.asarray(np.isfinite(found).all(axis=(1, 2)))
        found = np.where(is_good[:, None, None], found, 0.0)
        base, ahead = found[..., 0], found[..., 1 : d + 1]
        bend = np.zeros((*base.shape, d, d))
        if len(moves) == d + 1:
            slope = (ahead - base[..., None]) / size
        else:
            behind = found[..., d + 1 : 2 * d + 1]
            slope = (ahead - behind) / (2.0 * size)
            if order > 1:
                own = np.arange(d)
                bend[..., own, own] = (ahead + behind - 2.0 * base[..., None]) / size**2
                for place, (i, j) in enumerate(_pairs(d), start=2 * d + 1):
                    mixed = found[..., place] - ahead[..., i] - ahead[..., j] + base
                    bend[..., i, j] = bend[..., j, i] = mixed / (size[i] * size[j])
        return Expansion(point, base, slope, bend, is_good)


def _pairs(d: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(d) for j in range(i)]


def _moves(d: int, order: int, *, central: bool) -> FloatArray:
    """The base, one step ahead in each direction, one behind, and ahead in two at once."""
    unit = np.eye(d)
    parts: list[Sequence[FloatArray] | FloatArray] = [np.zeros((1, d)), unit]
    if central:
        parts.append(-unit)
    if order > 1 and d > 1:
        parts.append(np.stack([unit[i] + unit[j] for i, j in _pairs(d)]))
    return np.concatenate(parts)
