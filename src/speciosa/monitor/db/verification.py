"""Holding the audit trail against itself and against the rows that it speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speciosa.monitor.db.accounts import StoredForecast
from speciosa.monitor.db.chain import link_digest, row_digest
from speciosa.monitor.db.columns import Audited
from speciosa.monitor.db.guards import GENESIS
from speciosa.monitor.db.tables import VERSIONED, AuditEntry, Person

AUDITED: tuple[type[Audited], ...] = (Person, *VERSIONED, StoredForecast)
"""Tables whose rows name their audit entry."""
_BATCH = 2_000


@dataclass(frozen=True)
class Head:
    """The end of the audit trail. Noted elsewhere, it shows later that nothing was cut off.

    Parameters
    ----------
    sequence : int
        Number of entries.
    hash : str
    """

    sequence: int
    hash: str


@dataclass(frozen=True)
class Verification:
    """What a check of the audit trail found.

    Parameters
    ----------
    head : Head
        The last entry that was reached.
    broken : int or None
        Number of the first entry that does not hold; None where all do.
    problem : str or None
        What is wrong with it.
    """

    head: Head
    broken: int | None = None
    problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every entry holds."""
        return self.broken is None

    def __str__(self) -> str:
        if self.is_whole:
            return f"The audit trail holds: {self.head.sequence} entries, head {self.head.hash}."
        return f"The audit trail is broken at entry {self.broken}: {self.problem}."


def head_of(session: Session) -> Head:
    """The last entry of the trail."""
    last = session.execute(
        select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    return Head(last.sequence, last.hash) if last else Head(0, GENESIS)


def verify_trail(session: Session, expected: str | None = None) -> Verification:
    """Check every link, and every row that an entry speaks of.

    Parameters
    ----------
    session : Session
    expected : str, optional
        Hash of a head that was noted earlier: it must still be part of the trail.

    Returns
    -------
    Verification
        The first broken link, if there is one.
    """
    head, is_met, counted = Head(0, GENESIS), expected in (None, GENESIS), Counter[str]()
    for batch in _batches(session):
        rows = _rows_of(session, batch[0].sequence, batch[-1].sequence)
        for entry in batch:
            problem = _problem(entry, head, rows)
            if problem is not None:
                return Verification(head, entry.sequence, problem)
            head = Head(entry.sequence, entry.hash)
            is_met = is_met or entry.hash == expected
            if entry.content_hash is not None:
                counted[str(entry.table_name)] += 1
        session.expunge_all()
    for table in AUDITED:
        name = _name(table)
        present = session.scalar(select(func.count()).select_from(table)) or 0
        if present != counted[name]:
            return Verification(
                head, head.sequence, f"{name} holds {present} rows, and the trail speaks of {counted[name]}"
            )
    if not is_met:
        return Verification(head, head.sequence, f"the noted head {expected} is not part of the trail")
    return Verification(head)


def _batches(session: Session) -> Iterator[list[AuditEntry]]:
    last: int | None = None
    while True:
        query = select(AuditEntry).order_by(AuditEntry.sequence).limit(_BATCH)
        batch = list(session.scalars(query if last is None else query.where(AuditEntry.sequence > last)))
        if not batch:
            return
        last = batch[-1].sequence
        yield batch


def _rows_of(session: Session, first: int, last: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for table in AUDITED:
        for row in session.scalars(select(table).where(table.audit_sequence.between(first, last))):
            found.setdefault(row.audit_sequence, []).append(row)
    return found


def _problem(entry: AuditEntry, head: Head, rows: dict[int, list[Any]]) -> str | None:
    if entry.sequence != head.sequence + 1:
        return f"entry {head.sequence + 1} is missing"
    if entry.previous_hash != head.hash:
        return "it does not name the entry before"
    if link_digest(entry) != entry.hash:
        return "its content was changed"
    return _row_problem(entry, rows.get(entry.sequence, []))


def _row_problem(entry: AuditEntry, rows: list[Any]) -> str | None:
    if entry.content_hash is None:
        return f"a row of {_name(rows[0])} hangs on it without being named" if rows else None
    if len(rows) != 1 or _name(rows[0]) != entry.table_name or rows[0].id != entry.row_id:
        return f"the row {entry.row_id} of {entry.table_name} that it speaks of is missing"
    if row_digest(rows[0]) != entry.content_hash:
        return f"the row {entry.row_id} of {entry.table_name} was changed"
    return None


def _name(table: Any) -> str:
    return str(table.__tablename__)
