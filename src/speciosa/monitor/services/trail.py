"""The audit trail: adding what happened, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa.monitor.db.chain import append, stamp
from speciosa.monitor.db.tables import AuditEntry
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor, Permission

_ENTRIES_AT_ONCE = 1_000


def note_event(
    session: Session,
    actor: Actor,
    action: str,
    *,
    person_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add something that happened to the audit trail: a login, a refusal, an export.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    action : str
    person_id : str, optional
    detail : mapping, optional
        JSON values; no secret and nothing about who a person is.
    """
    checks.line("action", action)
    return append(
        session,
        AuditEntry(
            at=actor.now,
            user_id=actor.user_id,
            role=actor.role.value,
            origin=actor.origin,
            action=action,
            table_name=None,
            row_id=None,
            record_id=None,
            person_id=person_id,
            content_hash=None,
            detail=dict(detail or {}),
        ),
    )


def entries(
    session: Session,
    actor: Actor,
    *,
    person_id: str | None = None,
    record_id: str | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[AuditEntry]:
    """Entries of the trail, the newest first.

    Parameters
    ----------
    session : Session
    actor : Actor
    person_id, record_id : str, optional
        Only of this one.
    before : int, optional
        Only those with a lower number, for the next page.
    limit : int

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.AUDIT)
    query = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit)
    if person_id is not None:
        query = query.where(AuditEntry.person_id == person_id)
    if record_id is not None:
        query = query.where(AuditEntry.record_id == record_id)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    return list(session.scalars(query))


def entries_after(session: Session, actor: Actor, sequence: int) -> Iterator[AuditEntry]:
    """Entries with a higher number, the oldest first.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.AUDIT)
    query = select(AuditEntry).where(AuditEntry.sequence > sequence).order_by(AuditEntry.sequence)
    yield from session.scalars(query.execution_options(yield_per=_ENTRIES_AT_ONCE))


def plain_entry(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON values."""
    values = {name: getattr(entry, name) for name in AuditEntry.__table__.columns.keys()}  # noqa: SIM118
    return {**values, "at": stamp(entry.at)}
