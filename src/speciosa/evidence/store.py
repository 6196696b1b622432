"""All evidence in one immutable object, with queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from speciosa.errors import EvidenceError, UnknownNameError
from speciosa.evidence.fault import Fault, raise_for
from speciosa.evidence.quantity import is_same_quantity, normalized
from speciosa.evidence.row import GRADES, KINDS, Row, ScaleItem, Slot, Source, Target, TimeCourse, UnitEntry

if TYPE_CHECKING:
    from speciosa.evidence.explain import Explanation

_CHOICES = "`speciosa drugs NAME` lists the alternatives of a drug."


@dataclass(frozen=True, eq=False)
class Evidence:
    """Rows, sources, selection, targets, scales and time courses.

    Parameters
    ----------
    rows : mapping of str to Row
        By id.
    sources : mapping of str to Source
        By key.
    slots : mapping of str to Slot
        By parameter name: the row in use.
    targets : mapping of str to Target
        By id.
    scales : mapping of str to tuple of ScaleItem
        By scale.
    timecourses : mapping of str to TimeCourse
        By file name without ending.
    vocabulary : mapping of str to UnitEntry
        Units in use and what they mean.
    digest : str
        First 16 hexadecimal digits of the SHA-256 over names and content of all data files.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> load().slot("mitragynine.CL/F").value("L/h")
    36.0
    """

    rows: Mapping[str, Row]
    sources: Mapping[str, Source]
    slots: Mapping[str, Slot]
    targets: Mapping[str, Target]
    scales: Mapping[str, tuple[ScaleItem, ...]]
    timecourses: Mapping[str, TimeCourse]
    vocabulary: Mapping[str, UnitEntry]
    digest: str = field(default="")

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only views cannot be pickled; the tables below them can.
        tables = (getattr(self, item.name) for item in fields(self))
        return _restored, tuple(dict(item) if isinstance(item, Mapping) else item for item in tables)

    def find(
        self,
        drug: str | None = None,
        quantity: str | None = None,
        *,
        source: str | None = None,
        seen: str | None = None,
        kind: str | None = None,
        text: str | None = None,
    ) -> tuple[Row, ...]:
        """Find the rows that meet all conditions given.

        Parameters
        ----------
        drug : str, optional
            One of the drugs of the row.
        quantity : str, optional
            Compared without regard to case, underscores and a trailing parenthesis.
        source : str, optional
            Source key.
        seen, kind : str, optional
        text : str, optional
            Occurs in any field, without regard to case.

        Raises
        ------
        UnknownNameError
            If `source`, `seen` or `kind` is none that exists.

        Examples
        --------
        >>> from speciosa.evidence import load
        >>> [row.value for row in load().find("mitragynine", "cl/f", source="tanna2022")]
        [233.0]
        """
        _must_be_known("source", source, self.sources)
        _must_be_known("way of seeing", seen, GRADES)
        _must_be_known("kind", kind, KINDS)
        wanted_drug = drug.lower() if drug else None
        wanted = normalized(quantity) if quantity else None
        needle = text.lower() if text else None
        return tuple(
            row
            for row in self.rows.values()
            if (wanted_drug is None or wanted_drug in row.drugs)
            and (source is None or row.source_key == source)
            and (seen is None or row.seen == seen)
            and (kind is None or row.kind == kind)
            and (wanted is None or normalized(row.quantity) == wanted)
            and (needle is None or needle in _haystack(row))
        )

    def row(self, row_id: str) -> Row:
        """Get the row with that id.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        if row_id not in self.rows:
            raise UnknownNameError("evidence row", row_id, self.rows)
        return self.rows[row_id]

    def slot(self, name: str) -> Slot:
        """Get the selection for a model parameter.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        if name not in self.slots:
            raise UnknownNameError("parameter", name, self.slots)
        return self.slots[name]

    def source_of(self, row: Row) -> Source:
        """Get the source of a row.

        Raises
        ------
        EvidenceError
            If the row cites a source that is not recorded.
        """
        if row.source_key not in self.sources:
            raise EvidenceError(
                f"row {row.id!r} cites the unknown source {row.source_key!r}",
                where=f"{row.file}:{row.line}, column 'source_key'",
                expected="a key of the source files",
            )
        return self.sources[row.source_key]

    def choosing(self, choices: Mapping[str, str]) -> Evidence:
        """The evidence with other rows in use.

        Parameters
        ----------
        choices : mapping of str to str
            Parameter, or the beginning of its name up to a dot, to the name of an alternative: all the
            parameters below it that have this alternative switch together. Longer names win.

        Raises
        ------
        UnknownNameError
            If nothing below a name has that alternative; the message lists what may be chosen.

        Examples
        --------
        >>> from speciosa.evidence import load
        >>> load().choosing({"buprenorphine.Vc": "oud"}).slot("buprenorphine.Vc").value("L")
        237.0
        """
        slots = dict(self.slots)
        for key, name in sorted(choices.items(), key=lambda item: len(item[0])):
            below = [slot for slot in slots.values() if slot.name == key or slot.name.startswith(f"{key}.")]
            meant = [slot for slot in below if name in slot.choices]
            if not meant:
                raise UnknownNameError("choice", f"{key}={name}", self.choices, advice=_CHOICES)
            slots.update({slot.name: slot.choosing(name) for slot in meant})
        return replace(self, slots=MappingProxyType(slots)) if choices else self

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that `choosing` takes for single parameters, as ``parameter=name``."""
        return tuple(f"{slot.name}={name}" for slot in self.slots.values() for name in slot.choices)

    def disagreeing(self, slot_name: str) -> tuple[Row, ...]:
        """Find the rows that could fill a slot and do not: same drug and quantity, and the rivals named.

        Receptor measurements count only at the same site; units must be comparable. Sorted by grade,
        then by id.

        Raises
        ------
        UnknownNameError
            If the slot is not known.
        """
        slot = self.slot(slot_name)
        names = {slot.drug, *slot.row.drugs}
        named = (*slot.rivals, *(item.row.id for item in slot.alternatives))
        found = {rival: self.rows[rival] for rival in named if rival != slot.row.id}
        for row in self.rows.values():
            if (
                row.id != slot.row.id
                and row.value is not None
                and not names.isdisjoint(row.drugs)
                and is_same_quantity(slot.row, row)
            ):
                found[row.id] = row
        return tuple(sorted(found.values(), key=lambda row: (row.grade, row.id)))

    def why(self, slot_name: str, unit: str | None = None, molar_mass: float | None = None) -> Explanation:
        """Explain the value of a model parameter; see `speciosa.evidence.explain`."""
        from speciosa.evidence.explain import explain

        return explain(self, slot_name, unit, molar_mass)

    def faults(self) -> tuple[Fault, ...]:
        """All faults of content; see `speciosa.evidence.check`."""
        from speciosa.evidence.check import find_faults

        return find_faults(self)

    def check(self) -> None:
        """Check all content.

        Raises
        ------
        EvidenceError
            Naming every fault.
        """
        raise_for(self.faults())

    def __repr__(self) -> str:
        counts = {
            "rows": self.rows,
            "sources": self.sources,
            "slots": self.slots,
            "targets": self.targets,
            "time courses": self.timecourses,
        }
        text = ", ".join(f"{len(items)} {name}" for name, items in counts.items())
        return f"<Evidence {self.digest}: {text}>"


def _restored(*tables: Any) -> Evidence:
    views: list[Any] = [MappingProxyType(item) if isinstance(item, dict) else item for item in tables]
    return Evidence(*views)


def _must_be_known(kind: str, name: str | None, known: Mapping[str, object]) -> None:
    if name is not None and name not in known:
        raise UnknownNameError(kind, name, known)


def _haystack(row: Row) -> str:
    parts = (row.id, row.drug, row.quantity, row.condition, row.unit, row.source_key, row.locator, row.note)
    return "\n".join(parts).lower()
