"""What the evidence files hold: rows, sources, slots, targets, scale items and time courses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from speciosa import units
from speciosa.errors import EvidenceError, UnitError, UnknownNameError
from speciosa.evidence.export import bibtex_entry, csl_entry, reference

GRADES = MappingProxyType({"full-text": "A", "abstract": "B", "secondary": "C", "memory": "D"})
"""Grade by the way a number was seen."""

GRADE_MEANINGS = MappingProxyType(
    {
        "A": "read in the paper's text or table, a registry or public code",
        "B": "read in the abstract; details of the design not seen",
        "C": "quoted by a secondary source; check before a claim of validation",
        "D": "recalled, not seen; may start a prior, replace it",
    }
)
"""What a grade allows."""

KINDS = MappingProxyType(
    {
        "measured": "a published observation",
        "model": "a published model parameter or model output",
        "derived": "arithmetic or fit of this project on published numbers",
        "assumed": "a choice without a source",
    }
)
"""What kind of statement a row is."""

SPREAD_TYPES = ("SD", "SE", "CV%", "range", "IQR", "95CI", "none")
"""What the column ``spread`` holds: one number for the first three, ``lo to hi`` for the next three."""

INTERVAL_TYPES = ("range", "IQR", "95CI")
_LOG_SPREAD = "SD of the natural log"


@dataclass(frozen=True)
class Row:
    """One fact of the literature or of this project, with source, spread and how far it is trusted.

    Parameters
    ----------
    id : str
        Unique slug by which the number is cited.
    drug : str
        Lower-case names, joined by ``"; "``; ``"none"`` where no drug is meant.
    quantity, condition : str
        Term of the field, and under which circumstances.
    value : float or None
        None where the note gives the reason.
    unit : str
        As published; a unit or one of `speciosa.units.LABELS`.
    spread_type, spread : str
        See `SPREAD_TYPES`.
    n : int or None
        Persons, unless the note says otherwise.
    source_key, locator : str
        Source, and table or section of it.
    seen, kind : str
        Keys of `GRADES` and `KINDS`.
    note : str
    file : str
    line : int
        Where the row stands.
    """

    id: str
    drug: str
    quantity: str
    condition: str
    value: float | None
    unit: str
    spread_type: str
    spread: str
    n: int | None
    source_key: str
    locator: str
    seen: str
    note: str
    kind: str
    file: str
    line: int

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs, one by one."""
        return tuple(name.strip() for name in self.drug.split(";"))

    @property
    def grade(self) -> str:
        """A, B, C or D, from the way the number was seen."""
        return GRADES[self.seen]

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end of the spread, in the unit of the row.

        A range, interquartile range or 95 % interval as printed; one standard deviation, standard error or
        coefficient of variation on either side of the value otherwise (as a factor where the note calls the
        spread the SD of the natural log). None where there is no spread or no value.
        """
        if self.value is None or not self.spread:
            return None
        if self.spread_type in INTERVAL_TYPES:
            low, _, high = self.spread.partition(" to ")
            return float(low), float(high)
        size = float(self.spread)
        if self.spread_type == "SD" and _LOG_SPREAD in self.note:
            return self.value * math.exp(-size), self.value * math.exp(size)
        if self.spread_type == "CV%":
            size *= abs(self.value) / 100
        return self.value - size, self.value + size

    def convert(self, unit: str, molar_mass: float | None = None) -> float:
        """Value in another unit.

        Parameters
        ----------
        unit : str
        molar_mass : float, optional
            Molar mass (g/mol), needed between mass and amount.

        Raises
        ------
        EvidenceError
            If the row has no value.
        UnitError
            If the unit does not fit; the message names the row.
        """
        if self.value is None:
            raise EvidenceError(
                f"row {self.id!r} has no value ({self.note})",
                where=f"{self.file}:{self.line}",
                expected="a row with a number",
            )
        try:
            return units.convert(self.value, self.unit, unit, molar_mass=molar_mass)
        except UnitError as error:
            raise UnitError(
                error.problem,
                where=f"row {self.id!r} ({self.file}:{self.line})",
                expected=error.expected,
                advice=error.advice,
            ) from None


@dataclass(frozen=True)
class Source:
    """A publication, registry, repository or calculation that rows cite.

    Parameters
    ----------
    key : str
        Unique key.
    authors : str
        ``"Family AB, Family CD, et al."`` or an institution; ``"not seen"`` where unknown.
    year : int or None
    title, journal, doi : str
        `journal` holds volume and pages as printed.
    pmid : str
        PMID, PMC and registry numbers, joined by ``"; "``.
    seen, note : str
        How far the source itself was read.
    file : str
    line : int
    """

    key: str
    authors: str
    year: int | None
    title: str
    journal: str
    doi: str
    pmid: str
    seen: str
    note: str
    file: str
    line: int

    @property
    def is_own(self) -> bool:
        """Whether this is a calculation or choice of this project, not literature."""
        return self.is_calculation or self.authors == "this project"

    @property
    def is_calculation(self) -> bool:
        """Whether this is arithmetic or a fit of this project on published numbers."""
        return self.key.startswith("prefit_")

    @property
    def reference(self) -> str:
        """One line for a reference list."""
        return reference(self)

    def bibtex(self) -> str:
        """BibTeX entry."""
        return bibtex_entry(self)

    def csl(self) -> dict[str, Any]:
        """Citation Style Language item, as data for JSON."""
        return csl_entry(self)


@dataclass(frozen=True)
class Alternative:
    """Another row for a model parameter, by a name that a scenario may choose.

    Parameters
    ----------
    name : str
    row : Row
    why : str
        When this row is the better one.
    """

    name: str
    row: Row
    why: str


@dataclass(frozen=True)
class Slot:
    """A model parameter and the row chosen for it.

    Parameters
    ----------
    name : str
        ``"drug.quantity"`` as models name it.
    row : Row
    why : str
        Why this row and no other.
    rivals : tuple of str
        Ids of rows that were considered besides those of the same quantity.
    file : str
    line : int
        Where the selection stands.
    choice : str
        Name of the row in use, where others may be chosen.
    alternatives : tuple of Alternative
        The rows that may be chosen instead.
    """

    name: str
    row: Row
    why: str
    rivals: tuple[str, ...]
    file: str
    line: int
    choice: str = ""
    alternatives: tuple[Alternative, ...] = ()

    @property
    def drug(self) -> str:
        """Part of the name before the first dot."""
        return self.name.partition(".")[0]

    @property
    def choices(self) -> tuple[str, ...]:
        """Names that may be chosen, that of the row in use first; empty where there is no choice."""
        return (self.choice, *(item.name for item in self.alternatives)) if self.alternatives else ()

    def choosing(self, name: str) -> Slot:
        """The slot with the row of that name in use, and the present one among the alternatives.

        Raises
        ------
        UnknownNameError
            If no row has that name.
        """
        if name not in self.choices:
            raise UnknownNameError(f"alternative for {self.name}", name, self.choices)
        if name == self.choice:
            return self
        taken = next(item for item in self.alternatives if item.name == name)
        present = Alternative(self.choice, self.row, self.why)
        others = tuple(present if item is taken else item for item in self.alternatives)
        return replace(self, row=taken.row, why=taken.why, choice=name, alternatives=others)

    def value(self, unit: str, molar_mass: float | None = None) -> float:
        """Value in a unit.

        Parameters
        ----------
        unit : str
        molar_mass : float, optional
            Molar mass (g/mol), needed between mass and amount.

        Raises
        ------
        UnitError
            If the unit does not fit; the message names slot and row.
        """
        try:
            return self.row.convert(unit, molar_mass)
        except UnitError as error:
            raise UnitError(
                error.problem,
                where=f"parameter {self.name!r}, {error.where}",
                expected=error.expected,
                advice=error.advice,
            ) from None


@dataclass(frozen=True)
class Target:
    """A published observation that a simulation should meet.

    Parameters
    ----------
    id, topic, scenario, regimen, quantity : str
        `regimen` has one segment per drug, separated by ``" | "``, of ``key=value`` entries.
    observed : float or None
        None where the target is an ordering or a limit.
    unit : str
    tol_low, tol_high : float
        Bounds of the simulated value.
    evidence_ids : tuple of str
        Rows, or time-course files.
    purpose : str
        ``"calibrate"`` or ``"validate"``.
    note : str
    file : str
    line : int
    """

    id: str
    topic: str
    scenario: str
    regimen: str
    quantity: str
    observed: float | None
    unit: str
    tol_low: float
    tol_high: float
    evidence_ids: tuple[str, ...]
    purpose: str
    note: str
    file: str
    line: int

    @property
    def segments(self) -> tuple[Mapping[str, str], ...]:
        """The regimen as one mapping per drug."""
        return tuple(
            MappingProxyType(dict(entry.split("=", 1) for entry in segment.split(";") if "=" in entry))
            for segment in self.regimen.split(" | ")
        )


@dataclass(frozen=True)
class ScaleItem:
    """One item (or the total) of a withdrawal scale.

    Parameters
    ----------
    scale, item_number, item : str
        `item_number` is ``"total"`` or ``"panel"`` where the whole scale is meant.
    allowed_scores : str
        ``"0|1|2|4"``, or ``"0-48"`` for a total.
    loinc, source_key, seen, note, kind : str
    file : str
    line : int
    """

    scale: str
    item_number: str
    item: str
    allowed_scores: str
    loinc: str
    source_key: str
    seen: str
    note: str
    kind: str
    file: str
    line: int

    @property
    def allowed(self) -> tuple[int, ...] | None:
        """Allowed scores of an item, lowest and highest of a total; None where they are not known exactly."""
        parts = self.allowed_scores.replace("-", "|").split("|")
        return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else None


@dataclass(frozen=True)
class TimePoint:
    """One point of a time course; `unit` may be free text such as ``"fraction COWS>=5"``."""

    time: float
    time_unit: str
    statistic: str
    value: float | None
    unit: str
    spread_type: str
    spread: str
    n: int | None
    arm: str
    dose: str
    note: str
    line: int


@dataclass(frozen=True)
class TimeCourse:
    """A file of the folder ``timecourses``.

    Parameters
    ----------
    name : str
        File name without ending.
    comments : tuple of str
        What the head of the file says about source, reading and kind.
    points : tuple of TimePoint
    file : str
    """

    name: str
    comments: tuple[str, ...]
    points: tuple[TimePoint, ...]
    file: str

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms in order of appearance."""
        return tuple(dict.fromkeys(point.arm for point in self.points))

    def select(self, arm: str | None = None, unit: str | None = None) -> tuple[TimePoint, ...]:
        """Points of an arm and unit."""
        return tuple(
            point for point in self.points if arm in (None, point.arm) and unit in (None, point.unit)
        )


@dataclass(frozen=True)
class UnitEntry:
    """One unit of the vocabulary file and what it means in these tables."""

    unit: str
    is_parsed: bool
    meaning: str
    file: str
    line: int
