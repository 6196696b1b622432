"""The tables of users, their sessions, and of work that takes time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from speciosa.monitor.db.columns import HASH_LENGTH, ID_LENGTH, WORD_LENGTH, Audited, Base, UtcDateTime

Json = dict[str, Any]


class User(Base):
    """Who may log in, as what; the account `system` stands for the command line and the worker."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    login: Mapped[str] = mapped_column(String(WORD_LENGTH), unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(WORD_LENGTH))
    person_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("persons.id"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int | None] = mapped_column(Integer)
    recovery_hashes: Mapped[list[str]] = mapped_column(JSON, default=list)
    preferences: Mapped[Json] = mapped_column(JSON, default=dict)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserSession(Base):
    """A session of a logged-in user; the browser holds the token, the row its hash."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("users.id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(WORD_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_agent: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    data: Mapped[Json] = mapped_column(JSON, default=dict)


class LoginAttempt(Base):
    """An attempt to log in, for the rate limits."""

    __tablename__ = "login_attempts"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    login: Mapped[str] = mapped_column(String(WORD_LENGTH), index=True)
    address: Mapped[str] = mapped_column(String(WORD_LENGTH), index=True)
    stage: Mapped[str] = mapped_column(String(WORD_LENGTH))
    is_success: Mapped[bool] = mapped_column(Boolean)


class Job(Base):
    """Work for the worker process; at most one unfinished job of a key."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_queued_at", "state", "queued_at"),
        Index(
            "uq_jobs_key_unfinished",
            "key",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(WORD_LENGTH))
    key: Mapped[str] = mapped_column(String(WORD_LENGTH))
    person_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("persons.id"), index=True)
    payload: Mapped[Json] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(WORD_LENGTH))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_by: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("users.id"))
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(String(WORD_LENGTH))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    progress_done: Mapped[int] = mapped_column(Integer, default=0)
    progress_total: Mapped[int | None] = mapped_column(Integer)
    result_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    problem: Mapped[str | None] = mapped_column(Text)


class StoredForecast(Audited, Base):
    """A forecast as it was made; never changed, so that what came of it can be held against it."""

    __tablename__ = "forecasts"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("persons.id"), index=True)
    kind: Mapped[str] = mapped_column(String(WORD_LENGTH))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    data_until: Mapped[datetime] = mapped_column(UtcDateTime)
    record_digest: Mapped[str] = mapped_column(String(HASH_LENGTH))
    seed: Mapped[int] = mapped_column(Integer)
    program_version: Mapped[str] = mapped_column(String(WORD_LENGTH))
    evidence_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    content: Mapped[Json] = mapped_column(JSON)
