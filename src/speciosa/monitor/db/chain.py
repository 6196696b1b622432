"""The audit trail: a chain of hashes over what was written, by whom and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Float, Table, inspect, select
from sqlalchemy.orm import Session

from speciosa.monitor.db.guards import GENESIS
from speciosa.monitor.db.tables import AuditEntry

_NOT_CONTENT = ("audit_sequence",)


def digest(content: Any) -> str:
    """SHA-256 of the canonical JSON of something, with the name of the method in front.

    Examples
    --------
    >>> digest({"b": 1, "a": None}) == digest({"a": None, "b": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def content_of(values: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """What of a row its hash covers: every value that is there.

    An absent value is left out, so that a column that a later version of the tables adds leaves the hashes of
    older rows as they are.
    """
    found = {}
    for column in table.columns:
        value = values.get(column.name)
        if value is None or column.name in _NOT_CONTENT:
            continue
        if isinstance(value, datetime):
            value = stamp(value)
        elif isinstance(column.type, Float):
            value = float(value)
        found[column.name] = value
    return found


def stamp(moment: datetime) -> str:
    """A moment in UTC, as hashes and files write it.

    Examples
    --------
    >>> stamp(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    '2026-03-01T09:30:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def row_digest(row: Any) -> str:
    """Hash of the content of a mapped row."""
    mapper = inspect(type(row))
    values = {attribute.key: getattr(row, attribute.key) for attribute in mapper.column_attrs}
    return digest(content_of(values, mapper.local_table))


def link_digest(entry: AuditEntry) -> str:
    """The hash that an entry must carry."""
    values = {name: getattr(entry, name) for name in AuditEntry.__table__.columns.keys() if name != "hash"}  # noqa: SIM118
    return digest({**values, "at": stamp(entry.at)})


def append(session: Session, entry: AuditEntry) -> AuditEntry:
    """Add a link to the chain: number, hash of the link before, own hash.

    Parameters
    ----------
    session : Session
        Of `Database.write`, in which nobody else adds one.
    entry : AuditEntry
        Everything but the three.
    """
    last = session.execute(
        select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    entry.sequence = last.sequence + 1 if last else 1
    entry.previous_hash = last.hash if last else GENESIS
    entry.hash = link_digest(entry)
    session.add(entry)
    session.flush()
    return entry
