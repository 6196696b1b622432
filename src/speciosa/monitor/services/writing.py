"""Writing and reading records: entered, amended, voided; never overwritten, and each with its audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from speciosa.errors import ConflictError, RecordError
from speciosa.monitor.db.chain import append, content_of, row_digest
from speciosa.monitor.db.columns import AMENDED, ENTERED, VOIDED, Audited, Version
from speciosa.monitor.db.tables import AuditEntry, Person, ProductVersion
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor, Permission, Role
from speciosa.monitor.services.entries import (
    AcknowledgementEntry,
    AssessmentEntry,
    DoseEntry,
    Entry,
    NoteEntry,
    entry_class,
)
from speciosa.monitor.services.submissions import remember, submitted
from speciosa.monitor.services.vocabulary import check_scale

Row = TypeVar("Row", bound=Audited)


def record(
    session: Session,
    actor: Actor,
    person_id: str | None,
    entry: Entry,
    *,
    submission: str | None = None,
    record_id: str | None = None,
) -> Version:
    """Keep an entry as a new record.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    person_id : str or None
        None for a product, which belongs to nobody.
    entry : Entry
    submission : str, optional
        Unique id of the form that was sent. The same form sent again gives the record that it made at first.
    record_id : str, optional
        The id that the record has elsewhere, a UUID; a new one if left out.

    Returns
    -------
    Version
        The first version of the record.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    RecordError
        If the person does not exist.
    ConflictError
        If the submission was used for something else, or the id is taken.
    """
    require_to_write(actor, person_id, entry)
    is_of_person = "person_id" in entry.table.__table__.columns  # type: ignore[attr-defined]
    if is_of_person != (person_id is not None):
        expected = "a person" if is_of_person else "none"
        raise RecordError(f"person_id is {person_id!r:.60}", where=entry.kind(), expected=expected)
    if person_id is not None:
        _require_person(session, person_id)
    _require_product(session, entry)
    wanted = {"person_id": person_id} if is_of_person else {}
    content = {"action": "record", **wanted, **_plain(entry)}
    known = submitted(session, submission, content)
    if known is not None:
        return session.get_one(entry.table, known)
    new_id = _free_id(session, entry.table, record_id) if record_id is not None else actor.new_id()
    build: Any = entry.table
    row = build(
        id=new_id, record_id=new_id, version=1, status=ENTERED, reason=None,
        recorded_at=actor.now, recorded_by=actor.user_id, **wanted, **entry.values(),
    )  # fmt: skip
    return _keep(session, actor, row, submission, content)


def amend(
    session: Session,
    actor: Actor,
    record_id: str,
    entry: Entry,
    reason: str,
    *,
    expected_version: int | None = None,
    submission: str | None = None,
) -> Version:
    """Replace what a record says by a new version; the older ones stay.

    Parameters
    ----------
    session : Session
    actor : Actor
    record_id : str
    entry : Entry
        The whole new content.
    reason : str
        Why.
    expected_version : int, optional
        Number of the version that was read; another one in force means that somebody else was faster.
    submission : str, optional

    Raises
    ------
    RefusedError, RecordError, ConflictError
        As `record`; also if the record is voided or its version is another one.
    """
    checks.text("reason", reason)
    content = {"action": "amend", "record_id": record_id, "reason": reason, **_plain(entry)}
    return _follow(
        session, actor, entry.table, record_id, AMENDED, reason, entry.values(), content,
        entry=entry, expected_version=expected_version, submission=submission,
    )  # fmt: skip


def void(
    session: Session,
    actor: Actor,
    kind: str,
    record_id: str,
    reason: str,
    *,
    expected_version: int | None = None,
    submission: str | None = None,
) -> Version:
    """Take a record out of force; its versions stay, and nothing follows it.

    Parameters
    ----------
    session : Session
    actor : Actor
    kind : str
        Name of the table: ``"doses"``.
    record_id : str
    reason : str
        Why.
    expected_version : int, optional
    submission : str, optional

    Raises
    ------
    RefusedError, RecordError, ConflictError
        As `amend`.
    """
    checks.text("reason", reason)
    kept = entry_class(kind)
    content = {"action": "void", "kind": kind, "record_id": record_id, "reason": reason}
    return _follow(
        session, actor, kept.table, record_id, VOIDED, reason, None, content,
        entry=None, expected_version=expected_version, submission=submission,
    )  # fmt: skip


def current(
    session: Session,
    actor: Actor,
    kind: str,
    person_id: str | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    with_voided: bool = False,
) -> list[Any]:
    """The versions in force, in the order of their moments.

    Parameters
    ----------
    session : Session
    actor : Actor
    kind : str
        Name of the table: ``"assessments"``.
    person_id : str or None
        None for products.
    since, until : datetime, optional
        Limits of the moment, both included.
    with_voided : bool
        Also the records that were voided.

    Raises
    ------
    RefusedError
        If the role may not read it.
    """
    kept = entry_class(kind)
    table: Any = kept.table
    # Products belong to nobody: whoever may enter a dose must find them.
    actor.require(Permission.READ, actor.person_id if person_id is None else person_id)
    newer = _other(table)
    moment = getattr(table, kept.when)
    query = select(table).where(
        ~select(newer.id).where(newer.record_id == table.record_id, newer.version > table.version).exists()
    )
    if "person_id" in table.__table__.columns:
        query = query.where(table.person_id == person_id)
    if not with_voided:
        query = query.where(table.status != VOIDED)
    if since is not None:
        query = query.where(moment >= since)
    if until is not None:
        query = query.where(moment <= until)
    return list(session.scalars(query.order_by(moment, table.recorded_at, table.id)))


def history(session: Session, actor: Actor, kind: str, record_id: str) -> list[Any]:
    """Every version of a record, the first one first.

    Raises
    ------
    RefusedError
        If the role may not read it.
    RecordError
        If there is no such record.
    """
    versions = _versions(session, entry_class(kind).table, record_id)
    owner = getattr(versions[-1], "person_id", actor.person_id)
    actor.require(Permission.READ, owner)
    return versions


def store(
    session: Session,
    actor: Actor,
    row: Row,
    action: str,
    *,
    person_id: str | None = None,
    record_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Row:
    """Write a row together with the audit entry that it names.

    Parameters
    ----------
    session : Session
    actor : Actor
    row : Audited
        Complete but for `audit_sequence`.
    action : str
        In the words of the audit trail: ``"entered"``.
    person_id, record_id : str, optional
    detail : mapping, optional
        What else the trail should say; never content of the row.
    """
    entry = append(
        session,
        AuditEntry(
            at=actor.now,
            user_id=actor.user_id,
            role=actor.role.value,
            origin=actor.origin,
            action=action,
            table_name=row.__tablename__,  # type: ignore[attr-defined]
            row_id=row.id,  # type: ignore[attr-defined]
            record_id=record_id,
            person_id=person_id,
            content_hash=row_digest(row),
            detail=dict(detail or {}),
        ),
    )
    row.audit_sequence = entry.sequence
    session.add(row)
    session.flush()
    return row


def require_to_write(actor: Actor, person_id: str | None, entry: Entry | None) -> None:
    """Refuse what a role may not write.

    A self-reporting person writes doses as reported or missed, scales that the person rates, and notes, in
    the own record. None as the entry stands for voiding.

    Raises
    ------
    RefusedError
        With who may.
    """
    if isinstance(entry, AcknowledgementEntry):
        actor.require(Permission.ACKNOWLEDGE)
    elif actor.role is Role.PERSON and _is_report(entry):
        actor.require(Permission.REPORT, person_id)
    else:
        actor.require(Permission.WRITE)


def _is_report(entry: Entry | None) -> bool:
    if isinstance(entry, DoseEntry):
        return entry.basis != "administered"
    if isinstance(entry, AssessmentEntry):
        return check_scale(entry.scale).rater == "felt"
    return isinstance(entry, NoteEntry)


def _follow(
    session: Session,
    actor: Actor,
    table: type[Version],
    record_id: str,
    status: str,
    reason: str,
    values: Mapping[str, Any] | None,
    content: Mapping[str, Any],
    *,
    entry: Entry | None,
    expected_version: int | None,
    submission: str | None,
) -> Version:
    last: Any = _versions(session, table, record_id)[-1]
    owner = getattr(last, "person_id", None)
    require_to_write(actor, owner, entry)
    if actor.role is Role.PERSON and last.recorded_by != actor.user_id:
        require_to_write(actor, owner, None)
    known = submitted(session, submission, content)
    if known is not None:
        return session.get_one(table, known)
    if last.status == VOIDED:
        raise ConflictError(
            "the record is voided, so nothing follows it", where=record_id, advice="Enter it anew."
        )
    if expected_version is not None and last.version != expected_version:
        raise ConflictError(
            f"version {last.version} is in force, and you saw version {expected_version}",
            where=record_id,
            advice="Look at what was changed meanwhile, then decide again.",
        )
    if entry is not None:
        _require_product(session, entry)
    if values is None:
        values = entry_class(table.__tablename__).of(last).values()  # type: ignore[attr-defined]
    wanted = {"person_id": owner} if owner is not None else {}
    build: Any = table
    row = build(
        id=actor.new_id(), record_id=record_id, version=last.version + 1, status=status, reason=reason,
        recorded_at=actor.now, recorded_by=actor.user_id, **wanted, **values,
    )  # fmt: skip
    return _keep(session, actor, row, submission, content)


def _keep(
    session: Session, actor: Actor, row: Version, submission: str | None, content: Mapping[str, Any]
) -> Version:
    store(
        session,
        actor,
        row,
        row.status,
        person_id=getattr(row, "person_id", None),
        record_id=row.record_id,
        detail={"version": row.version},
    )
    remember(session, actor, submission, row, content)
    return row


@cache
def _other(table: type[Version]) -> Any:
    """The table under a second name, made once: making it costs as much as a query."""
    return aliased(table)


def _versions(session: Session, table: type[Version], record_id: str) -> list[Any]:
    found: list[Any] = list(
        session.scalars(select(table).where(table.record_id == record_id).order_by(table.version))
    )
    if not found:
        name = table.__tablename__  # type: ignore[attr-defined]
        raise RecordError(f"there is no record {record_id[:60]!r} among the {name}", where="record_id")
    return found


def _free_id(session: Session, table: type[Version], record_id: str) -> str:
    checks.identifier("record_id", record_id)
    if session.get(table, record_id) is not None:
        raise ConflictError(f"the id {record_id} is taken", where="record_id")
    return record_id


def _require_person(session: Session, person_id: str) -> None:
    if session.get(Person, person_id) is None:
        raise RecordError(f"there is no person {person_id[:60]!r}", where="person_id")


def _require_product(session: Session, entry: Entry) -> None:
    if isinstance(entry, DoseEntry) and entry.product_id is not None:
        row = session.get(ProductVersion, entry.product_id)
        if row is None or row.version != 1:
            raise RecordError(
                f"there is no product {entry.product_id[:60]!r}",
                where="product_id",
                advice="Enter the product first.",
            )


def _plain(entry: Entry) -> dict[str, Any]:
    return {"kind": entry.kind(), **content_of(entry.values(), entry.table.__table__)}  # type: ignore[attr-defined]
