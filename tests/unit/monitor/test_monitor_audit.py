"""The audit trail names its first broken link, whatever was tampered with."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from monitor_clinic import dose
from sqlalchemy import text

from speciosa.monitor.db.guards import GENESIS, link_entries, number_versions, protect
from speciosa.monitor.db.verification import AUDITED, head_of
from speciosa.monitor.services import amend, note_event, record, verify_trail

TABLES = ("audit_entries", *(table.__tablename__ for table in AUDITED))


def filled(clinic):
    """Three doses and an amendment; what a break-in does comes after the guards are taken away."""
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        rows = [record(session, actor, person.id, dose(hours)) for hours in range(3)]
        amend(session, actor, rows[0].record_id, dose(0, 4.0), "slip")
        note_event(session, actor, "login")
    with clinic.database.read() as session:
        before = head_of(session)
    return rows, before


def without_guards(clinic, *statements: str) -> None:
    """What somebody does who owns the database: drop the triggers, then change what is written."""
    if clinic.database.dialect == "sqlite":
        # Another program does not even know of foreign keys, unless it asks for them.
        with closing(sqlite3.connect(clinic.database.engine.url.database)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for statement in (*(f"DROP TRIGGER {name}" for (name,) in names), *statements):
                connection.execute(statement)
            connection.commit()
        return
    with clinic.database.engine.begin() as connection:
        for statement in ("SET session_replication_role = replica", *statements):
            connection.execute(text(statement))


DOSE = (
    "id, record_id, version, status, recorded_at, recorded_by, person_id, taken_at, item, amount, unit, basis"
)
CHANGED, GONE = "its content was changed", "that it speaks of is missing"
CASES = {
    "what": ("UPDATE audit_entries SET action = 'x' WHERE sequence = 4", 4, CHANGED),
    "when": ("UPDATE audit_entries SET at = '2020-01-01 00:00:00.000000+00' WHERE sequence = 3", 3, CHANGED),
    "who": ("UPDATE audit_entries SET user_id = 'somebody' WHERE sequence = 3", 3, CHANGED),
    "an entry in the middle": ("DELETE FROM audit_entries WHERE sequence = 4", 5, "entry 4 is missing"),
    "the first entry": ("DELETE FROM audit_entries WHERE sequence = 1", 2, "entry 1 is missing"),
    "a link": (
        f"UPDATE audit_entries SET previous_hash = '{GENESIS}' WHERE sequence = 4",
        4,
        "it does not name the entry before",
    ),
    "an amount": (
        "UPDATE doses SET amount = 30 WHERE version = 1 AND taken_at > '2026-03-01 09:30'",
        5,
        "of doses was changed",
    ),
    "an author": ("UPDATE doses SET recorded_by = 'system' WHERE version = 2", 6, "of doses was changed"),
    "a row": ("DELETE FROM doses WHERE version = 2", 6, GONE),
    "a row of no entry": (
        f"INSERT INTO doses ({DOSE}, audit_sequence) SELECT 'x', 'x', 1, 'entered', recorded_at, recorded_by,"
        " person_id, taken_at, item, amount, unit, basis, 7 FROM doses WHERE version = 2",
        7,
        "hangs on it without being named",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_broken_link_is_named(clinic, case: str) -> None:
    filled(clinic)
    statement, sequence, problem = CASES[case]
    if clinic.database.dialect == "sqlite":
        statement = statement.replace("+00'", "'")
    without_guards(clinic, statement)
    with clinic.database.read() as session:
        found = verify_trail(session)
    assert found.broken == sequence
    assert problem in found.problem
    assert str(found).startswith(f"The audit trail is broken at entry {sequence}: ")


def test_a_whole_chain_that_was_cut_shows_against_a_noted_head(clinic) -> None:
    rows, noted = filled(clinic)
    last = rows[-1].audit_sequence
    without_guards(
        clinic,
        f"DELETE FROM doses WHERE audit_sequence >= {last}",
        f"DELETE FROM audit_entries WHERE sequence >= {last}",
    )
    with clinic.database.read() as session:
        assert verify_trail(session).is_whole
        found = verify_trail(session, noted.hash)
    assert not found.is_whole
    assert f"the noted head {noted.hash} is not part of the trail" in found.problem


def test_a_noted_head_stays_part_of_a_chain_that_grew(clinic) -> None:
    _, noted = filled(clinic)
    actor = clinic.actor()
    with clinic.database.write() as session:
        note_event(session, actor, "login")
    with clinic.database.read() as session:
        found = verify_trail(session, noted.hash)
    assert found.is_whole
    assert str(found) == f"The audit trail holds: 8 entries, head {found.head.hash}."


def test_batches_of_any_size_find_the_same(clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(clinic)
    with clinic.database.read() as session:
        whole = verify_trail(session)
        monkeypatch.setattr("speciosa.monitor.db.verification._BATCH", 2)
        assert verify_trail(session) == whole
    without_guards(clinic, "DELETE FROM doses WHERE version = 2")
    with clinic.database.read() as session:
        assert verify_trail(session).broken == 6


def test_every_table_of_records_has_its_guards(clinic) -> None:
    dialect = clinic.database.dialect
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if dialect == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with clinic.database.engine.connect() as connection:
        present = set(connection.execute(text(query)).scalars())
    wanted = [statement for table in TABLES for statement in protect(table, dialect)]
    wanted += link_entries(dialect)
    versioned = [table.__tablename__ for table in AUDITED if "version" in table.__table__.columns]
    wanted += [statement for table in versioned for statement in number_versions(table, dialect)]
    made = {item.split()[2] for item in wanted if item.startswith("CREATE TRIGGER")}
    assert made <= present
