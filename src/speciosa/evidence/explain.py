"""Why a model parameter has its value: row, source, how far it is trusted, and the rows that disagree."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speciosa import units
from speciosa.errors import UnitError
from speciosa.evidence.row import GRADE_MEANINGS, KINDS, Row, Slot, Source

if TYPE_CHECKING:
    from speciosa.evidence.store import Evidence

_WIDTH = 110
_INDENT = " " * 12


@dataclass(frozen=True)
class Rival:
    """A row that disagrees, with its value in the unit of the row in use where that can be said."""

    row: Row
    source: Source
    value: float | None


@dataclass(frozen=True)
class Explanation:
    """All that is known about the value of a model parameter.

    Parameters
    ----------
    slot : Slot
    source : Source
    value : float or None
        Value in `unit`; None where the row converts to no internal unit.
    unit : str
        The unit asked for, or the internal unit.
    rivals : tuple of Rival
        Rows that disagree, best grade first.
    """

    slot: Slot
    source: Source
    value: float | None
    unit: str
    rivals: tuple[Rival, ...]

    @property
    def text(self) -> str:
        """The explanation for a terminal."""
        row = self.slot.row
        lines = [f"{self.slot.name} = {_amount(row)}{self._converted()}", *describe(row, self.source)]
        lines += _entry("why", f"{self.slot.why} ({self.slot.file}:{self.slot.line})")
        if self.slot.choice:
            lines += _entry("choice", self.slot.choice)
        for item in self.slot.alternatives:
            value = f"{item.name}: {_amount(item.row)}, row {item.row.id}. {item.why}"
            lines += _entry("or choose", value)
        if not self.rivals:
            return "\n".join([*lines, "No row disagrees."])
        lines.append(f"Rows that disagree ({len(self.rivals)}):")
        for rival in self.rivals:
            lines += _rival(rival, row)
        return "\n".join(lines)

    def _converted(self) -> str:
        row = self.slot.row
        if self.value is None or (self.unit == row.unit and self.value == row.value):
            return ""
        return f" = {self.value:.6g} {self.unit}"

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Give the explanation as data for JSON."""
        row = self.slot.row
        return {
            "parameter": self.slot.name,
            "value": row.value,
            "unit": row.unit,
            "converted_value": self.value,
            "converted_unit": self.unit,
            "row": row_as_dict(row),
            "source": self.source.csl(),
            "reference": self.source.reference,
            "why": self.slot.why,
            "selection": f"{self.slot.file}:{self.slot.line}",
            "choice": self.slot.choice,
            "alternatives": [
                {"name": item.name, "row": row_as_dict(item.row), "why": item.why}
                for item in self.slot.alternatives
            ],
            "disagreeing": [
                {**row_as_dict(rival.row), "value_in_unit": rival.value, "reference": rival.source.reference}
                for rival in self.rivals
            ],
        }


def explain(
    evidence: Evidence, slot_name: str, unit: str | None = None, molar_mass: float | None = None
) -> Explanation:
    """Explain the value of a model parameter.

    Parameters
    ----------
    evidence : Evidence
    slot_name : str
        Parameter, as ``"mitragynine.CL/F"``.
    unit : str, optional
        Unit of the converted value; the internal unit of the same dimension by default.
    molar_mass : float, optional
        Molar mass (g/mol), needed between mass and amount.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownNameError
        If there is no such parameter, with near misses.
    UnitError
        If `unit` was given and the value does not convert to it.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> print(explain(load(), "mitragynine.CL/F").text.splitlines()[0])
    mitragynine.CL/F = 36 L/h
    """
    slot = evidence.slot(slot_name)
    row = slot.row
    if unit is not None:
        value: float | None = slot.value(unit, molar_mass)
    else:
        unit, value = _internal(row, molar_mass)
    rivals = tuple(
        Rival(other, evidence.source_of(other), _in_unit_of(row, other, molar_mass))
        for other in evidence.disagreeing(slot_name)
    )
    return Explanation(slot, evidence.source_of(row), value, unit, rivals)


def describe(row: Row, source: Source) -> list[str]:
    """Describe a row and its source, line by line."""
    spread = f"{row.spread_type} {row.spread}" if row.spread else "none given"
    spread += f", n = {row.n}" if row.n is not None else ""
    lines = _entry("row", f"{row.id} ({row.file}:{row.line})")
    lines += _entry("quantity", f"{row.quantity} of {row.drug}")
    lines += _entry("condition", row.condition)
    lines += _entry("spread", spread)
    lines += _entry("source", f"{source.key}: {source.reference}")
    lines += _entry("locator", row.locator or "none given")
    lines += _entry("seen", f"{row.seen}, grade {row.grade}: {GRADE_MEANINGS[row.grade]}")
    lines += _entry("kind", f"{row.kind}: {KINDS[row.kind]}")
    lines += _entry("note", row.note)
    return lines


def show(evidence: Evidence, row_id: str) -> str:
    """Describe a row for a terminal, with the parameters that use it.

    Raises
    ------
    UnknownNameError
        If there is no such row, with near misses.
    """
    row = evidence.row(row_id)
    uses = [slot.name for slot in evidence.slots.values() if slot.row.id == row_id]
    lines = [f"{row.id} = {_amount(row)}", *describe(row, evidence.source_of(row))]
    return "\n".join([*lines, *_entry("used by", ", ".join(uses) or "no parameter")])


def row_as_dict(row: Row) -> dict[str, Any]:
    """Give a row as data for JSON or a table, in the order of the columns, with grade and place."""
    names = (
        *("id", "drug", "quantity", "condition", "value", "unit", "spread_type", "spread", "n"),
        *("source_key", "locator", "seen", "grade", "kind", "note", "file", "line"),
    )
    return {name: getattr(row, name) for name in names}


def _rival(rival: Rival, chosen: Row) -> list[str]:
    row = rival.row
    same = row.unit == chosen.unit or rival.value is None
    converted = "" if same else f" = {rival.value:.6g} {chosen.unit}"
    spread = f" ({row.spread_type} {row.spread})" if row.spread else ""
    head = f"  {_amount(row)}{converted}{spread}  {row.id}  [{row.grade}: {row.seen}, {row.kind}]"
    locator = f", {row.locator}" if row.locator else ""
    return [head, *_wrapped(f"{rival.source.key}{locator}; {row.condition}"), *_wrapped(row.note)]


def _amount(row: Row) -> str:
    return "no value" if row.value is None else f"{row.value:g} {row.unit}".strip()


def _entry(name: str, text: str) -> list[str]:
    if not text:
        return []
    head = f"  {name}".ljust(len(_INDENT))
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=_INDENT, break_on_hyphens=False)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False
    )


def _internal(row: Row, molar_mass: float | None) -> tuple[str, float | None]:
    """Give internal unit and value; the row's own where there is no other."""
    try:
        unit = units.coherent_unit(row.unit, through_molar_mass=molar_mass is not None)
        return unit, row.convert(unit, molar_mass)
    except UnitError:
        return row.unit, row.value


def _in_unit_of(chosen: Row, other: Row, molar_mass: float | None) -> float | None:
    if other.value is None:
        return None
    try:
        return other.convert(chosen.unit, molar_mass)
    except UnitError:
        return None
