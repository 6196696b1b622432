"""Accounts with passwords and sessions, the queue of work, forecasts, acknowledgements."""

import sqlalchemy as sa
from alembic import op

from speciosa.monitor.db import guards

revision = "v2"
down_revision = "v1"
ID, WORD, HASH = sa.String(36), sa.String(120), sa.String(71)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the new tables, and add columns to those that hold data already."""
    for make in (_login_attempts, _forecasts, _acknowledgements, _jobs, _user_sessions):
        make()
    _new_columns()
    dialect = op.get_context().dialect.name
    for table in ("acknowledgements", "forecasts"):
        for statement in guards.protect(table, dialect):
            op.execute(statement)
    for statement in guards.number_versions("acknowledgements", dialect):
        op.execute(statement)


def _new_columns() -> None:
    for column in (
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_changed_at", MOMENT),
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("totp_secret", sa.Text()),
        sa.Column("totp_confirmed_at", MOMENT),
        sa.Column("totp_last_step", sa.Integer()),
        sa.Column("recovery_hashes", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("preferences", sa.JSON(), nullable=False, server_default="{}"),
    ):
        op.add_column("users", column)
    op.add_column("doses", sa.Column("time_uncertainty", sa.Float()))
    op.add_column("products", sa.Column("note", sa.Text()))


def _login_attempts() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("login", WORD, nullable=False),
        sa.Column("address", WORD, nullable=False),
        sa.Column("stage", WORD, nullable=False),
        sa.Column("is_success", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
    )
    op.create_index(op.f("ix_login_attempts_address"), "login_attempts", ["address"])
    op.create_index(op.f("ix_login_attempts_at"), "login_attempts", ["at"])
    op.create_index(op.f("ix_login_attempts_login"), "login_attempts", ["login"])


def _forecasts() -> None:
    op.create_table(
        "forecasts",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("data_until", MOMENT, nullable=False),
        sa.Column("record_digest", HASH, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("program_version", WORD, nullable=False),
        sa.Column("evidence_hash", HASH, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_forecasts_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_forecasts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecasts")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_forecasts_audit_sequence")),
    )
    op.create_index(op.f("ix_forecasts_made_at"), "forecasts", ["made_at"])
    op.create_index(op.f("ix_forecasts_person_id"), "forecasts", ["person_id"])


def _acknowledgements() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("acknowledged_at", MOMENT, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("reason_key", WORD, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_acknowledgements_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_acknowledgements_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_acknowledgements_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_acknowledgements_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_acknowledgements_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_acknowledgements_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_acknowledgements_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_acknowledgements_record_id_version")),
    )
    op.create_index(op.f("ix_acknowledgements_acknowledged_at"), "acknowledgements", ["acknowledged_at"])
    op.create_index(op.f("ix_acknowledgements_person_id"), "acknowledgements", ["person_id"])
    op.create_index(op.f("ix_acknowledgements_reason_key"), "acknowledgements", ["reason_key"])
    op.create_index(op.f("ix_acknowledgements_record_id"), "acknowledgements", ["record_id"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("key", WORD, nullable=False),
        sa.Column("person_id", ID),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("queued_by", ID, nullable=False),
        sa.Column("not_before", MOMENT),
        sa.Column("started_at", MOMENT),
        sa.Column("heartbeat_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("worker", WORD),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer()),
        sa.Column("result_id", ID),
        sa.Column("problem", sa.Text()),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_jobs_person_id")),
        sa.ForeignKeyConstraint(["queued_by"], ["users.id"], name=op.f("fk_jobs_queued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_person_id"), "jobs", ["person_id"])
    op.create_index("ix_jobs_state_queued_at", "jobs", ["state", "queued_at"])
    op.create_index(
        "uq_jobs_key_unfinished",
        "jobs",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _user_sessions() -> None:
    op.create_table(
        "user_sessions",
        sa.Column("token_hash", HASH, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("csrf_token", WORD, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("second_factor_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("user_agent", sa.Text()),
        sa.Column("address", WORD),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_sessions")),
    )
    op.create_index(op.f("ix_user_sessions_expires_at"), "user_sessions", ["expires_at"])
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"])
