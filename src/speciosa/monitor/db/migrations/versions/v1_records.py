"""Users by name, persons, identities, clinical records as versions, audit trail."""

import sqlalchemy as sa
from alembic import op

from speciosa.monitor.db import guards

revision = "v1"
down_revision = None
ID, WORD, HASH = sa.String(36), sa.String(120), sa.String(71)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
VERSIONED = (
    "assessments",
    "characteristics",
    "episodes",
    "measurements",
    "notes",
    "plans",
    "products",
    "doses",
)
FIXED = ("audit_entries", "persons", "submissions", *VERSIONED)


def upgrade() -> None:
    """Make the tables, and the triggers that keep what is written."""
    for make in (
        _audit_entries,
        _submissions,
        _persons,
        _identities,
        _users,
        _assessments,
        _characteristics,
        _episodes,
        _measurements,
        _notes,
        _plans,
        _products,
        _doses,
    ):
        make()
    dialect = op.get_context().dialect.name
    for statement in guards.link_entries(dialect):
        op.execute(statement)
    for table in FIXED:
        for statement in guards.protect(table, dialect):
            op.execute(statement)
    for table in VERSIONED:
        for statement in guards.number_versions(table, dialect):
            op.execute(statement)


def _audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("sequence", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("role", WORD, nullable=False),
        sa.Column("origin", WORD, nullable=False),
        sa.Column("action", WORD, nullable=False),
        sa.Column("table_name", WORD),
        sa.Column("row_id", ID),
        sa.Column("record_id", ID),
        sa.Column("person_id", ID),
        sa.Column("content_hash", HASH),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entries_hash")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"])
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"])
    op.create_index(op.f("ix_audit_entries_person_id"), "audit_entries", ["person_id"])
    op.create_index(op.f("ix_audit_entries_record_id"), "audit_entries", ["record_id"])
    op.create_index(op.f("ix_audit_entries_user_id"), "audit_entries", ["user_id"])


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", WORD, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("table_name", WORD, nullable=False),
        sa.Column("row_id", ID, nullable=False),
        sa.Column("digest", HASH, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("id", ID, nullable=False),
        sa.Column("pseudonym", WORD, nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_persons_audit_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_persons_audit_sequence")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_persons_pseudonym")),
    )


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("birth_date", WORD),
        sa.Column("contact", sa.Text()),
        sa.Column("number", sa.Text()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_identities_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_identities")),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", WORD, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("person_id", ID),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_users_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column("assessed_at", MOMENT, nullable=False),
        sa.Column("scale", WORD, nullable=False),
        sa.Column("items", sa.JSON(none_as_null=True)),
        sa.Column("total", sa.Integer()),
        sa.Column("band", WORD),
        sa.Column("note", sa.Text()),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_assessments_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_assessments_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_assessments_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_assessments_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_assessments_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_assessments_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_assessments_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_assessments_record_id_version")),
    )
    op.create_index(op.f("ix_assessments_assessed_at"), "assessments", ["assessed_at"])
    op.create_index(op.f("ix_assessments_person_id"), "assessments", ["person_id"])
    op.create_index(op.f("ix_assessments_record_id"), "assessments", ["record_id"])


def _characteristics() -> None:
    op.create_table(
        "characteristics",
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("sex", WORD),
        sa.Column("weight", sa.Float()),
        sa.Column("height", sa.Float()),
        sa.Column("egfr", sa.Float()),
        sa.Column("child_pugh", WORD),
        sa.Column("pregnancy", WORD),
        sa.Column("cyp2d6_activity_score", sa.Float()),
        sa.Column("cyp2b6_genotype", WORD),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_characteristics_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_characteristics_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_characteristics_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_characteristics_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_characteristics_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_characteristics_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_characteristics")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_characteristics_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_characteristics_record_id_version")),
    )
    op.create_index(op.f("ix_characteristics_person_id"), "characteristics", ["person_id"])
    op.create_index(op.f("ix_characteristics_record_id"), "characteristics", ["record_id"])


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("assessment_interval", sa.Float()),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_episodes_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_episodes_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_episodes_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_episodes_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_episodes_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_episodes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_episodes_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_episodes_record_id_version")),
    )
    op.create_index(op.f("ix_episodes_person_id"), "episodes", ["person_id"])
    op.create_index(op.f("ix_episodes_record_id"), "episodes", ["record_id"])


def _measurements() -> None:
    op.create_table(
        "measurements",
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.Column("kind_of", WORD, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("unit", WORD, nullable=False),
        sa.Column("is_below_limit", sa.Boolean(), nullable=False),
        sa.Column("analyte", WORD),
        sa.Column("matrix", WORD),
        sa.Column("note", sa.Text()),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_measurements_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_measurements_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_measurements_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_measurements_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_measurements_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_measurements_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_measurements_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_measurements_record_id_version")),
    )
    op.create_index(op.f("ix_measurements_measured_at"), "measurements", ["measured_at"])
    op.create_index(op.f("ix_measurements_person_id"), "measurements", ["person_id"])
    op.create_index(op.f("ix_measurements_record_id"), "measurements", ["record_id"])


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_notes_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_notes_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notes_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_notes_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notes_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_notes_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_notes_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_notes_record_id_version")),
    )
    op.create_index(op.f("ix_notes_noted_at"), "notes", ["noted_at"])
    op.create_index(op.f("ix_notes_person_id"), "notes", ["person_id"])
    op.create_index(op.f("ix_notes_record_id"), "notes", ["record_id"])


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("regimen", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_plans_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_plans_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_plans_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_plans_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_plans_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_plans_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_plans_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_plans_record_id_version")),
    )
    op.create_index(op.f("ix_plans_person_id"), "plans", ["person_id"])
    op.create_index(op.f("ix_plans_record_id"), "plans", ["record_id"])


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item", WORD),
        sa.Column("substance", WORD, nullable=False),
        sa.Column("batch", sa.Text()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_products_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_products_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_products_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_products_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_products_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_products_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_products_record_id_version")),
    )
    op.create_index(op.f("ix_products_record_id"), "products", ["record_id"])


def _doses() -> None:
    op.create_table(
        "doses",
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("item", WORD, nullable=False),
        sa.Column("product_id", ID),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("amount_low", sa.Float()),
        sa.Column("amount_high", sa.Float()),
        sa.Column("unit", WORD, nullable=False),
        sa.Column("route", WORD),
        sa.Column("basis", WORD, nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("audit_sequence", NUMBER, nullable=False),
        sa.CheckConstraint("(version = 1) = (status = 'entered')", name=op.f("ck_doses_status")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_doses_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_doses_version")),
        sa.ForeignKeyConstraint(
            ["audit_sequence"], ["audit_entries.sequence"], name=op.f("fk_doses_audit_sequence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_doses_person_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_doses_product_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_doses_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doses")),
        sa.UniqueConstraint("audit_sequence", name=op.f("uq_doses_audit_sequence")),
        sa.UniqueConstraint("record_id", "version", name=op.f("uq_doses_record_id_version")),
    )
    op.create_index(op.f("ix_doses_person_id"), "doses", ["person_id"])
    op.create_index(op.f("ix_doses_record_id"), "doses", ["record_id"])
    op.create_index(op.f("ix_doses_taken_at"), "doses", ["taken_at"])
