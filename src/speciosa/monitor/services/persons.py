"""Persons under a pseudonym, and apart from them who they are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa.errors import ConflictError, RecordError, UnknownNameError
from speciosa.monitor.db.tables import Identity, Person
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.submissions import remember, submitted
from speciosa.monitor.services.trail import note_event
from speciosa.monitor.services.writing import store


@dataclass(frozen=True)
class IdentityEntry:
    """Who a person is.

    Parameters
    ----------
    name, contact, number : str, optional
        Number: of the clinic's own register.
    birth_date : str, optional
        ``1990-05-21``.
    """

    name: str | None = None
    birth_date: str | None = None
    contact: str | None = None
    number: str | None = None

    def __post_init__(self) -> None:
        for name in ("name", "number"):
            checks.line(name, getattr(self, name), is_needed=False)
        checks.text("contact", self.contact, is_needed=False)
        if self.birth_date is not None:
            checks.line("birth_date", self.birth_date)
            try:
                is_written_so = date.fromisoformat(self.birth_date).isoformat() == self.birth_date
            except ValueError:
                is_written_so = False
            if not is_written_so:
                raise RecordError(
                    f"{self.birth_date[:40]!r} is no date",
                    where="birth_date",
                    expected="year-month-day: 1990-05-21",
                )


def add_person(
    session: Session,
    actor: Actor,
    pseudonym: str,
    *,
    is_synthetic: bool = False,
    submission: str | None = None,
) -> Person:
    """Add a person.

    Parameters
    ----------
    session : Session
    actor : Actor
    pseudonym : str
        Says nothing about who it is; unique.
    is_synthetic : bool
        Made up, for demonstration.
    submission : str, optional
        Unique id of the form, so that one sent twice adds one person.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    ConflictError
        If the pseudonym is taken.
    """
    actor.require(Permission.WRITE)
    checks.line("pseudonym", pseudonym)
    content = {"action": "add person", "pseudonym": pseudonym, "is_synthetic": is_synthetic}
    known = submitted(session, submission, content)
    if known is not None:
        return session.get_one(Person, known)
    if session.scalar(select(Person.id).where(Person.pseudonym == pseudonym)) is not None:
        raise ConflictError(f"{pseudonym!r} is taken", where="pseudonym", expected="another pseudonym")
    row = Person(id=actor.new_id(), pseudonym=pseudonym, is_synthetic=is_synthetic, created_at=actor.now)
    store(session, actor, row, "person added", person_id=row.id)
    remember(session, actor, submission, row, content)
    return row


def find_person(session: Session, actor: Actor, name: str) -> Person:
    """A person by id or pseudonym.

    Raises
    ------
    UnknownNameError
        With near misses among the pseudonyms that the actor may see.
    RefusedError
        If the role may not read the record.
    """
    found = session.scalar(select(Person).where((Person.id == name) | (Person.pseudonym == name)))
    if found is None:
        names = [person.pseudonym for person in list_persons(session, actor)]
        raise UnknownNameError("person", name[: checks.LINE], names)
    actor.require(Permission.READ, found.id)
    return found


def list_persons(session: Session, actor: Actor) -> list[Person]:
    """Everybody whose record the actor may read, by pseudonym."""
    found = session.scalars(select(Person).order_by(Person.pseudonym))
    return [person for person in found if actor.may(Permission.READ, person.id)]


def identify(session: Session, actor: Actor, person_id: str, entry: IdentityEntry) -> Identity:
    """Keep who a person is, in place of what was kept before.

    The audit trail says that it was changed, by whom and which fields, never what they hold.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.IDENTITY)
    person = find_person(session, actor, person_id)
    values = {item.name: getattr(entry, item.name) for item in fields(entry)}
    row = session.get(Identity, person.id)
    if row is None:
        row = Identity(person_id=person.id, changed_at=actor.now)
        session.add(row)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = actor.now
    note_event(session, actor, "identity changed", person_id=person.id, detail={"fields": changed})
    return row


def identity_of(session: Session, actor: Actor, person_id: str) -> IdentityEntry | None:
    """Who a person is; that it was looked at is kept in the audit trail.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    person_id : str

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.IDENTITY)
    person = find_person(session, actor, person_id)
    row = session.get(Identity, person.id)
    note_event(session, actor, "identity seen", person_id=person.id)
    if row is None:
        return None
    return IdentityEntry(**{item.name: getattr(row, item.name) for item in fields(IdentityEntry)})


def erase_identity(session: Session, actor: Actor, person_id: str, reason: str) -> None:
    """Forget who a person is. The records stay, under the pseudonym.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.IDENTITY)
    checks.text("reason", reason)
    person = find_person(session, actor, person_id)
    row = session.get(Identity, person.id)
    if row is not None:
        session.delete(row)
        note_event(session, actor, "identity erased", person_id=person.id, detail={"reason": reason})
