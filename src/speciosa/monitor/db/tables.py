"""The tables of clinical records, of identities kept apart from them, and of the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from speciosa.monitor.db.columns import (
    HASH_LENGTH,
    ID_LENGTH,
    WORD_LENGTH,
    Audited,
    Base,
    PersonVersion,
    Sequence,
    UtcDateTime,
    Version,
)

Json = dict[str, Any]


class AuditEntry(Base):
    """One link of the audit trail; its hash covers the entry and the hash of the link before."""

    __tablename__ = "audit_entries"

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
    role: Mapped[str] = mapped_column(String(WORD_LENGTH))
    origin: Mapped[str] = mapped_column(String(WORD_LENGTH))
    action: Mapped[str] = mapped_column(String(WORD_LENGTH), index=True)
    table_name: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    row_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    record_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
    person_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
    content_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    detail: Mapped[Json] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)


class Submission(Base):
    """A form that was received: sent twice, it is written once."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(WORD_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    table_name: Mapped[str] = mapped_column(String(WORD_LENGTH))
    row_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    digest: Mapped[str] = mapped_column(String(HASH_LENGTH))


class Person(Audited, Base):
    """A person, known by a pseudonym only."""

    __tablename__ = "persons"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(WORD_LENGTH), unique=True)
    is_synthetic: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Identity(Base):
    """Who a person is. The one table about persons whose rows change and can be erased."""

    __tablename__ = "identities"

    person_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("persons.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    birth_date: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    contact: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CharacteristicsVersion(PersonVersion, Base):
    """What parameters may depend on, and what calls for care; as known from a moment on."""

    __tablename__ = "characteristics"

    since: Mapped[datetime] = mapped_column(UtcDateTime)
    birth_year: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    weight: Mapped[float | None] = mapped_column(Float)
    height: Mapped[float | None] = mapped_column(Float)
    egfr: Mapped[float | None] = mapped_column(Float)
    child_pugh: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    pregnancy: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    cyp2d6_activity_score: Mapped[float | None] = mapped_column(Float)
    cyp2b6_genotype: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    flags: Mapped[list[str]] = mapped_column(JSON)


class EpisodeVersion(PersonVersion, Base):
    """A course of monitoring: from when to when, for what, and how often an assessment is due (h)."""

    __tablename__ = "episodes"

    title: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assessment_interval: Mapped[float | None] = mapped_column(Float)
    taken_before: Mapped[str | None] = mapped_column(Text)


class ProductVersion(Version, Base):
    """A product as people have it: a batch of powder, a brand of tablets, with the content that is known."""

    __tablename__ = "products"

    name: Mapped[str] = mapped_column(Text)
    item: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    substance: Mapped[str] = mapped_column(String(WORD_LENGTH))
    batch: Mapped[str | None] = mapped_column(Text)
    content: Mapped[list[Json]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)


class DoseVersion(PersonVersion, Base):
    """A dose administered, reported or missed, with how sure amount and time are."""

    __tablename__ = "doses"

    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    time_uncertainty: Mapped[float | None] = mapped_column(Float)
    item: Mapped[str] = mapped_column(String(WORD_LENGTH))
    product_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("products.id"))
    amount: Mapped[float] = mapped_column(Float)
    amount_low: Mapped[float | None] = mapped_column(Float)
    amount_high: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(WORD_LENGTH))
    route: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    basis: Mapped[str] = mapped_column(String(WORD_LENGTH))
    note: Mapped[str | None] = mapped_column(Text)


class AssessmentVersion(PersonVersion, Base):
    """A rating scale, item by item; or its total or severity band where no more is known."""

    __tablename__ = "assessments"

    assessed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    scale: Mapped[str] = mapped_column(String(WORD_LENGTH))
    items: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    total: Mapped[int | None]
    band: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    note: Mapped[str | None] = mapped_column(Text)


class MeasurementVersion(PersonVersion, Base):
    """A vital sign or a concentration."""

    __tablename__ = "measurements"

    measured_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind_of: Mapped[str] = mapped_column(String(WORD_LENGTH))
    value: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(WORD_LENGTH))
    is_below_limit: Mapped[bool] = mapped_column(Boolean)
    analyte: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    matrix: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    note: Mapped[str | None] = mapped_column(Text)


class NoteVersion(PersonVersion, Base):
    """A note in free text."""

    __tablename__ = "notes"

    noted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    text: Mapped[str] = mapped_column(Text)


class PlanVersion(PersonVersion, Base):
    """A regimen that a clinician wrote down, in the words of the regimen grammar."""

    __tablename__ = "plans"

    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str] = mapped_column(Text)
    regimen: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean)


class AcknowledgementVersion(PersonVersion, Base):
    """A reason for attention that a clinician has seen, with a comment."""

    __tablename__ = "acknowledgements"

    acknowledged_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    rule: Mapped[str] = mapped_column(String(WORD_LENGTH))
    reason_key: Mapped[str] = mapped_column(String(WORD_LENGTH), index=True)
    comment: Mapped[str] = mapped_column(Text)


VERSIONED: tuple[type[Version], ...] = (
    CharacteristicsVersion,
    EpisodeVersion,
    ProductVersion,
    DoseVersion,
    AssessmentVersion,
    MeasurementVersion,
    NoteVersion,
    PlanVersion,
    AcknowledgementVersion,
)
"""Tables whose rows are versions of records."""
