"""Taking in many entries at once: all of them, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa.errors import ConflictError, ExchangeError, RecordError, RefusedError, SpeciosaError
from speciosa.monitor.db.chain import content_of, digest
from speciosa.monitor.db.tables import Person, ProductVersion, Submission
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.entries import DoseEntry, Entry
from speciosa.monitor.services.persons import IdentityEntry, add_person, identify
from speciosa.monitor.services.trail import note_event
from speciosa.monitor.services.writing import record, require_to_write

LARGEST_FILE = 20_000_000
"""Largest file that is read, in bytes."""
MOST_FAULTS = 100
"""After so many faults the rest is not looked at."""


@dataclass(frozen=True)
class NewPerson:
    """A person in a file.

    Parameters
    ----------
    pseudonym : str
    where : str
        Place in the file.
    is_synthetic : bool
    identity : IdentityEntry, optional
    """

    pseudonym: str
    where: str
    is_synthetic: bool = False
    identity: IdentityEntry | None = None


@dataclass(frozen=True)
class Item:
    """An entry in a file.

    Parameters
    ----------
    where : str
        Place in the file.
    entry : Entry
    person : str or None
        Pseudonym; None for a product.
    source_id : str, optional
        Record id under which a file of this program names it.
    """

    where: str
    entry: Entry
    person: str | None
    source_id: str | None = None


@dataclass(frozen=True)
class Intake:
    """What was taken in.

    Parameters
    ----------
    persons : int
        Persons that are new.
    added : mapping of str to int
        New records by kind.
    known : int
        Entries that were there already.
    left_out : int
        Entries that the file itself calls wrong.
    """

    persons: int
    added: dict[str, int]
    known: int
    left_out: int = 0

    def __str__(self) -> str:
        parts = [f"{self.persons} new persons"] if self.persons else []
        parts += [f"{count} {kind}" for kind, count in sorted(self.added.items())]
        text = f"Taken in: {', '.join(parts) or 'nothing new'}."
        if self.known:
            text += f" {self.known} were there already."
        if self.left_out:
            text += f" {self.left_out} left out, which the file marks as entered in error."
        return text


def take_in(
    session: Session,
    actor: Actor,
    persons: Sequence[NewPerson],
    items: Sequence[Item],
    file: str,
    *,
    left_out: int = 0,
) -> Intake:
    """Keep the persons and entries of a file, all or none.

    What was taken in before is not taken in again: an entry of this program is known by its record id, which
    it keeps, and another one by its content and by how often the file holds it.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    persons : sequence of NewPerson
    items : sequence of Item
    file : str
        Name, for messages and the audit trail.
    left_out : int

    Raises
    ------
    ExchangeError
        With every fault and its place.
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.EXCHANGE)
    faults: list[str] = []
    seen: Counter[str] = Counter()
    added: Counter[str] = Counter()
    known = new = 0
    with session.begin_nested() as part:
        for person in persons:
            new += _take_person(session, actor, person, faults)
        for item in items:
            try:
                is_new = _take_item(session, actor, item, seen)
            except RefusedError:
                raise
            except SpeciosaError as fault:
                faults.append(f"{item.where}: {fault}")
                if len(faults) >= MOST_FAULTS:
                    faults.append("the rest was not looked at")
                    break
                continue
            added[item.entry.kind()] += is_new
            known += not is_new
        if faults:
            part.rollback()
            raise ExchangeError(faults, file)
        counts = {kind: count for kind, count in added.items() if count}
        note_event(session, actor, "records imported", detail={"file": file[:100], "persons": new, **counts})
    return Intake(new, counts, known, left_out)


def _take_person(session: Session, actor: Actor, person: NewPerson, faults: list[str]) -> bool:
    found = session.scalar(select(Person).where(Person.pseudonym == person.pseudonym))
    try:
        if found is None:
            kept = add_person(session, actor, person.pseudonym, is_synthetic=person.is_synthetic)
            if person.identity is not None:
                identify(session, actor, kept.id, person.identity)
            return True
    except RefusedError:
        raise
    except SpeciosaError as fault:
        faults.append(f"{person.where}: {fault}")
    return False


def _take_item(session: Session, actor: Actor, item: Item, seen: Counter[str]) -> bool:
    table: Any = item.entry.table
    person_id = None
    if item.person is not None:
        person_id = session.scalar(select(Person.id).where(Person.pseudonym == item.person))
        if person_id is None:
            raise RecordError(f"there is no person {item.person[:60]!r}", advice="Add the person first.")
    require_to_write(actor, person_id, item.entry)
    entry = _known_product(session, item.entry)
    content = content_of(entry.values(), table.__table__)
    if item.source_id is not None:
        last = session.scalar(
            select(table).where(table.record_id == item.source_id).order_by(table.version.desc()).limit(1)
        )
        if last is not None:
            if content_of(type(entry).of(last).values(), table.__table__) == content:
                return False
            raise ConflictError(
                "the record is there with other content",
                advice="Amend it, or take the record id out of the file.",
            )
    mark = digest([entry.kind(), item.person, content])
    seen[mark] += 1
    submission = digest(["import", mark, seen[mark]])
    before = session.get(Submission, submission)
    record(session, actor, person_id, entry, submission=submission, record_id=item.source_id)
    return before is None


def _known_product(session: Session, entry: Entry) -> Entry:
    """A dose without its product where this database does not hold it and the library knows the item."""
    if not isinstance(entry, DoseEntry) or entry.product_id is None:
        return entry
    if session.get(ProductVersion, entry.product_id) is not None:
        return entry
    return DoseEntry(**{**entry.values(), "product_id": None})
