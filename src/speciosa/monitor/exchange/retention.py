"""Forgetting: who a person is, when records have rested long enough, and traces of old logins.

Clinical records and the audit trail stay, under the pseudonym: later work and any dispute rest on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from speciosa.monitor.db.accounts import LoginAttempt, UserSession
from speciosa.monitor.db.tables import VERSIONED, Identity, Person
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.persons import erase_identity
from speciosa.monitor.services.trail import note_event
from speciosa.monitor.services.writing import current

LOGIN_DAYS = 90
"""Days for which attempts to log in and ended sessions are kept."""


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten.

    Parameters
    ----------
    identities : tuple of str
        Pseudonyms of the persons of whom it is no longer kept who they are.
    attempts, sessions : int
        Old attempts to log in and ended sessions.
    """

    identities: tuple[str, ...]
    attempts: int
    sessions: int


def retain(session: Session, actor: Actor, retention_days: int | None) -> Forgotten:
    """Forget what the setting says.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    retention_days : int or None
        Days after the last record of a person without an episode that lasts; None keeps who they are.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.WORK)
    forgotten = []
    if retention_days is not None:
        limit = actor.now - timedelta(days=retention_days)
        for person in session.scalars(select(Person).join(Identity).order_by(Person.pseudonym)):
            if _rests_since(session, actor, person) < limit:
                erase_identity(session, actor, person.id, f"no record for {retention_days} days")
                forgotten.append(person.pseudonym)
    old = actor.now - timedelta(days=LOGIN_DAYS)
    attempts: Any = session.execute(delete(LoginAttempt).where(LoginAttempt.at < old))
    sessions: Any = session.execute(delete(UserSession).where(UserSession.expires_at < old))
    found = Forgotten(tuple(forgotten), attempts.rowcount, sessions.rowcount)
    if forgotten or found.attempts or found.sessions:
        counts = {"identities": len(forgotten), "attempts": found.attempts, "sessions": found.sessions}
        note_event(session, actor, "retention applied", detail=counts)
    return found


def _rests_since(session: Session, actor: Actor, person: Person) -> datetime:
    """When the last record of a person was written; the present while an episode lasts."""
    if any(row.ended_at is None for row in current(session, actor, "episodes", person.id)):
        return actor.now
    moments = [person.created_at]
    for table in VERSIONED:
        kept: Any = table
        if "person_id" in kept.__table__.columns:
            last = session.scalar(select(func.max(kept.recorded_at)).where(kept.person_id == person.id))
            moments += [last] if last is not None else []
    return max(moments)
