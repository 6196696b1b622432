"""Samples of typical values that vary together, such as a calibration gives: one row a sample."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from speciosa.errors import ScenarioError, SpeciosaError, UnknownNameError
from speciosa.evidence import Evidence
from speciosa.model import Model
from speciosa.uncertainty.model_beliefs import beliefs, unit_of, unstated
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
_HEADER = re.compile(r"\s*(.+?)\s*(?:\[([^\[\]]*)\])?\s*")


@dataclass(frozen=True)
class Samples:
    r"""Joint samples of slots.

    Parameters
    ----------
    names : tuple of str
        Slots.
    units : tuple of str or None
        Units of the columns; None for that of the model.
    values : ndarray, shape (samples, slots)
    where : str
        Name of the file.

    Examples
    --------
    >>> given = Samples.of("mitragynine.CL/F [L/h],mitragynine.ka\n36,2.9\n40,2.5\n", "posterior.csv")
    >>> given.names, given.values.shape
    (('mitragynine.CL/F', 'mitragynine.ka'), (2, 2))
    """

    names: tuple[str, ...]
    units: tuple[str | None, ...]
    values: FloatArray
    where: str = "samples"

    @classmethod
    def read(cls, path: Path) -> Samples:
        """Samples from a CSV file whose header names slots, with units in brackets where they differ."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as fault:
            raise ScenarioError(f"cannot be read: {fault.strerror}", where=str(path)) from fault
        return cls.of(text, path.name)

    @classmethod
    def of(cls, text: str, where: str) -> Samples:
        """Samples from CSV text.

        Parameters
        ----------
        text : str
        where : str
            Name of the file, for messages.

        Returns
        -------
        Samples

        Raises
        ------
        ScenarioError
            Naming line and column of the first fault.
        """
        lines = list(csv.reader(io.StringIO(text.rstrip())))
        if len(lines) < 2:  # noqa: PLR2004
            raise ScenarioError(
                "the table has no samples", where=where, expected="a header and rows of numbers"
            )
        heads = [match for cell in lines[0] if (match := _HEADER.fullmatch(cell))]
        names = tuple(match[1] for match in heads)
        if len(set(names)) != len(lines[0]):
            raise ScenarioError(
                "a column has no name or is there twice",
                where=f"{where}, line 1",
                expected="one slot a column",
            )
        values = np.array([_numbers(row, names, f"{where}, line {n}") for n, row in enumerate(lines[1:], 2)])
        return cls(names, tuple(match[2] for match in heads), values, where)

    def drawn(self, shares: FloatArray, model: Model, evidence: Evidence) -> Mapping[str, FloatArray]:
        """Values of the slots that a model has, whole rows of the table.

        Parameters
        ----------
        shares : ndarray, shape (draws,)
            From 0 to below 1: which row.
        model : Model
        evidence : Evidence

        Returns
        -------
        mapping of str to ndarray
            In the units of the model.

        Raises
        ------
        ScenarioError
            If a name is no slot of the evidence or a unit does not fit.
        """
        rows = (shares * len(self.values)).astype(np.int64)
        known = {*beliefs(model, evidence), *unstated(model, evidence)}
        found = {}
        for column, (name, unit) in enumerate(zip(self.names, self.units, strict=True)):
            place = f"{self.where}, line 1, column {name}"
            if name not in evidence.slots:
                raise UnknownNameError("parameter", name, evidence.slots, where=place)
            if name not in known:
                continue
            wanted, mass = unit_of(name, model, evidence)
            values = self.values[rows, column]
            try:
                found[name] = (
                    values if unit is None else np.asarray(convert(values, unit, wanted, molar_mass=mass))
                )
            except SpeciosaError as fault:
                raise ScenarioError(fault.problem, where=place, expected=fault.expected) from None
        return found


def _numbers(row: list[str], names: tuple[str, ...], where: str) -> list[float]:
    if len(row) != len(names):
        raise ScenarioError(f"{len(row)} cells", where=where, expected=f"{len(names)}, as the header")
    found = []
    for name, cell in zip(names, row, strict=True):
        try:
            number = float(cell)
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            raise ScenarioError(
                f"{cell!r} is no number", where=f"{where}, column {name}", expected="a number"
            )
        found.append(number)
    return found
