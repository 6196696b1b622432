"""What the tables share: times in UTC, and the columns of a record that is never overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from speciosa.errors import RecordError

ID_LENGTH = 36
HASH_LENGTH = 71
"""Length of ``sha256:`` and 64 hexadecimal digits."""
WORD_LENGTH = 120
Sequence = BigInteger().with_variant(Integer, "sqlite")
"""Number of an audit entry; SQLite knows its row number as an integer only."""
ENTERED, AMENDED, VOIDED = "entered", "amended", "voided"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC; one without a time zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, for the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise RecordError(f"{value.isoformat()} names no time zone", expected="a moment with time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With UTC as its time zone, from the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of the tables; constraints have names, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Audited:
    """A row that names the audit entry of its own writing; the database refuses it without one."""

    @declared_attr
    def audit_sequence(self) -> Mapped[int]:
        """Number of the audit entry."""
        return mapped_column(Sequence, ForeignKey("audit_entries.sequence"), unique=True)


class Version(Audited):
    """A version of a clinical record: entered, amended or voided, and never changed afterwards.

    The record is what its versions share (`record_id`); the one with the highest number is in force.
    """

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(WORD_LENGTH))
    reason: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr
    def recorded_by(self) -> Mapped[str]:
        """Who wrote this version."""
        return mapped_column(String(ID_LENGTH), ForeignKey("users.id"))

    @declared_attr.directive
    def __table_args__(self) -> tuple[Any, ...]:
        return (
            UniqueConstraint("record_id", "version"),
            CheckConstraint("version >= 1", name="version"),
            CheckConstraint("(version = 1) = (status = 'entered')", name="status"),
            CheckConstraint("version = 1 OR reason IS NOT NULL", name="reason"),
        )


class PersonVersion(Version):
    """A version of a record that belongs to one person."""

    @declared_attr
    def person_id(self) -> Mapped[str]:
        """Whose record it is."""
        return mapped_column(String(ID_LENGTH), ForeignKey("persons.id"), index=True)
