"""Everything that is kept of a person, older versions and the audit trail included."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa import __version__
from speciosa.monitor.db.accounts import StoredForecast
from speciosa.monitor.db.chain import content_of, stamp
from speciosa.monitor.db.tables import VERSIONED, AuditEntry, ProductVersion
from speciosa.monitor.db.verification import head_of
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.persons import find_person, identity_of
from speciosa.monitor.services.trail import note_event, plain_entry

FORM = "speciosa monitor person"


def export_person(
    session: Session, actor: Actor, name: str, *, with_identity: bool = False
) -> dict[str, Any]:
    """Everything of a person as JSON values.

    Parameters
    ----------
    session : Session
        Of `Database.write`: that records leave is kept in the audit trail.
    actor : Actor
    name : str
        Pseudonym or id.
    with_identity : bool
        Also who it is; needs the permission to see it.

    Returns
    -------
    dict
        ``records``: every version of every record by kind; ``products`` that doses name; ``forecasts``;
        ``audit``: the entries that speak of the person.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    UnknownNameError
        If there is no such person.
    """
    actor.require(Permission.EXCHANGE)
    person = find_person(session, actor, name)
    identity = identity_of(session, actor, person.id) if with_identity else None
    note_event(session, actor, "person exported", person_id=person.id)
    records: dict[str, list[dict[str, Any]]] = {}
    for table in VERSIONED:
        kept: Any = table
        if "person_id" in kept.__table__.columns:
            query = select(kept).where(kept.person_id == person.id)
            rows = session.scalars(query.order_by(kept.recorded_at, kept.record_id, kept.version))
            records[kept.__tablename__] = [_plain(row) for row in rows]
    named = {row["product_id"] for row in records["doses"] if "product_id" in row}
    return {
        "form": FORM,
        "program": __version__,
        "made_at": stamp(actor.now),
        "person": _plain(person),
        "identity": asdict(identity) if identity is not None else None,
        "records": records,
        "products": _products(session, named),
        "forecasts": [
            _plain(row)
            for row in session.scalars(
                select(StoredForecast)
                .where(StoredForecast.person_id == person.id)
                .order_by(StoredForecast.made_at, StoredForecast.id)
            )
        ],
        "audit": [
            plain_entry(entry)
            for entry in session.scalars(
                select(AuditEntry).where(AuditEntry.person_id == person.id).order_by(AuditEntry.sequence)
            )
        ],
        "head": asdict(head_of(session)),
    }


def _products(session: Session, named: set[str]) -> list[dict[str, Any]]:
    query = select(ProductVersion).where(ProductVersion.record_id.in_(named))
    rows = session.scalars(query.order_by(ProductVersion.record_id, ProductVersion.version))
    return [_plain(row) for row in rows]


def _plain(row: Any) -> dict[str, Any]:
    table = row.__table__
    return content_of({column.name: getattr(row, column.name) for column in table.columns}, table)
