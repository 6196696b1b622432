"""From the first version of the tables to the last with data in them; backup and restore to the same head."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from monitor_clinic import START, Clinic, dose
from sqlalchemy import func, select, text
from test_monitor_records import ALL_KINDS

from speciosa.errors import DatabaseError
from speciosa.monitor.db import (
    METADATA,
    DoseVersion,
    LoginAttempt,
    User,
    open_database,
    require_current,
    revision_of,
    revisions,
    upgrade,
)
from speciosa.monitor.db.backup import back_up, restore
from speciosa.monitor.db.chain import append, content_of, digest
from speciosa.monitor.db.tables import AuditEntry
from speciosa.monitor.services import (
    IdentityEntry,
    add_person,
    amend,
    command_line,
    current,
    identify,
    install,
    record,
    verify_trail,
)

# What the first version of the tables had of doses and users; the later columns are left out by name.
FIRST_DOSE = (
    "INSERT INTO doses (id, record_id, version, status, recorded_at, recorded_by, person_id, taken_at, item,"
    " amount, unit, basis, audit_sequence) VALUES (:id, :id, 1, 'entered', :at, 'u', 'p', :at,"
    " 'kratom powder', :amount, 'g', 'reported', :audit_sequence)"
)


def filled_first_version(database) -> str:
    """An old installation: a user, a person and doses as the first version wrote them; its head."""
    upgrade(database, "v1")
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO users (id, login, display_name, role, is_active, created_at)"
                " VALUES ('u', 'u', 'U', 'clinician', :yes, :at)"
            ).bindparams(yes=True, at=START)
        )
        rows = [("persons", {"id": "p", "pseudonym": "K-1", "is_synthetic": False, "created_at": START})]
        for number in range(3):
            values = dose(number, 3.0 + number).values()
            kept = {"id": f"d{number}", "record_id": f"d{number}", "version": 1, "status": "entered"}
            values["taken_at"] = START
            rows.append(
                ("doses", {**values, **kept, "recorded_at": START, "recorded_by": "u", "person_id": "p"})
            )
        entry = None
        for table, values in rows:
            entry = append(
                session,
                AuditEntry(
                    at=START, user_id="u", role="clinician", origin="web", action="entered", table_name=table,
                    row_id=values["id"], detail={},
                    content_hash=digest(content_of(values, METADATA.tables[table])),
                ),
            )  # fmt: skip
            if table == "persons":
                insert = text(
                    "INSERT INTO persons (id, pseudonym, is_synthetic, created_at, audit_sequence)"
                    " VALUES ('p', 'K-1', :no, :at, :audit_sequence)"
                ).bindparams(no=False)
                session.execute(insert, {"at": START, "audit_sequence": entry.sequence})
            else:
                given = {"id": values["id"], "at": START, "amount": values["amount"]}
                session.execute(text(FIRST_DOSE), {**given, "audit_sequence": entry.sequence})
        return entry.hash


def test_there_are_steps_and_they_count_up() -> None:
    assert revisions() == ("v1", "v2", "v3")


def test_the_migrated_tables_are_those_of_the_program(clinic) -> None:
    with clinic.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_old_installation_with_data_becomes_a_new_one(empty_url) -> None:
    database = open_database(empty_url())
    head = filled_first_version(database)
    assert revision_of(database) == "v1"
    with pytest.raises(
        DatabaseError, match=r"is of revision v1; expected revision v3.*speciosa monitor init"
    ):
        require_current(database)
    install(database)
    require_current(database)
    with database.read() as session:
        # The old hashes hold, although the tables have more columns now.
        found = verify_trail(session, head)
        assert found.is_whole, found
        user = session.get(User, "u")
        assert (user.recovery_hashes, user.preferences, user.must_change_password) == ([], {}, False)
        doses = list(session.scalars(select(DoseVersion).order_by(DoseVersion.id)))
        assert [(row.amount, row.time_uncertainty) for row in doses] == [
            (3.0, None),
            (4.0, None),
            (5.0, None),
        ]
    actor = command_line()
    with database.write() as session:
        amend(session, actor, "d0", dose(time_uncertainty=2.0), "asked again")
    with database.read() as session:
        assert current(session, actor, "doses", "p")[-1].time_uncertainty in (None, 2.0)
        assert verify_trail(session).is_whole
    database.close()


def test_installing_again_changes_nothing(clinic) -> None:
    with clinic.database.read() as session:
        before = verify_trail(session).head
    install(clinic.database)
    with clinic.database.read() as session:
        assert verify_trail(session).head == before


def test_a_database_of_a_later_version_is_refused(clinic) -> None:
    with clinic.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v99'"))
    with pytest.raises(DatabaseError, match="revision v99, which this version of the program does not know"):
        upgrade(clinic.database)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    database = open_database(f"postgresql://somebody:secret@/nothing?host={tmp_path}")
    with pytest.raises(DatabaseError, match="the database does not answer") as caught:
        upgrade(database)
    assert "secret" not in str(caught.value)
    with pytest.raises(DatabaseError, match="'mysql' is no database that the monitor knows"):
        open_database("mysql://somebody@host/x")
    with pytest.raises(DatabaseError, match="the address of the database cannot be read"):
        open_database("nonsense")


def full(clinic: Clinic):
    """A clinic with something in every table that a backup holds."""
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        rows = [
            record(session, actor, person.id, entry, submission=f"f{n}") for n, entry in enumerate(ALL_KINDS)
        ]
        amend(session, actor, rows[2].record_id, dose(amount=9.5), "slip")
        identify(session, actor, person.id, IdentityEntry(name="Somebody Known"))
        session.add(
            LoginAttempt(id="a", at=START, login="x", address="y", stage="password", is_success=False)
        )
    return actor, person


def test_backup_and_restore_end_in_the_same_head(clinic, empty_url, tmp_path: Path) -> None:
    actor, person = full(clinic)
    made = back_up(clinic.database, tmp_path / "kept" / "a.zip", clinic.clock())
    assert stat.S_IMODE((tmp_path / "kept" / "a.zip").stat().st_mode) == 0o600
    other = open_database(empty_url())
    assert restore(other, tmp_path / "kept" / "a.zip").head == made.head
    with clinic.database.read() as one, other.read() as two:
        assert verify_trail(two, made.head.hash).is_whole
        for kind in ("doses", "assessments", "measurements", "characteristics"):
            there, here = (current(session, actor, kind, person.id) for session in (one, two))
            names = [column.name for column in there[0].__table__.columns]
            assert [[getattr(row, name) for name in names] for row in there] == [
                [getattr(row, name) for name in names] for row in here
            ]
        assert two.scalar(text("SELECT count(*) FROM assessments WHERE items IS NULL")) == 1
        assert two.scalar(select(func.count()).select_from(LoginAttempt)) == 0
    again = back_up(other, tmp_path / "b.zip", clinic.clock())
    assert again.hashes == made.hashes
    with other.write() as session:
        record(session, actor, person.id, dose(50))
    other.close()


def test_a_backup_moves_from_sqlite_to_postgresql(sqlite_template, cluster, tmp_path: Path) -> None:
    clinic = Clinic(open_database(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    install(clinic.database)
    full(clinic)
    made = back_up(clinic.database, tmp_path / "a.zip", clinic.clock())
    other = open_database(cluster.create("moved"))
    assert restore(other, tmp_path / "a.zip").head == made.head
    back_up(other, tmp_path / "b.zip", clinic.clock())
    with ZipFile(tmp_path / "a.zip") as one, ZipFile(tmp_path / "b.zip") as two:
        assert (
            json.loads(one.read("manifest.json"))["hashes"] == json.loads(two.read("manifest.json"))["hashes"]
        )
    clinic.database.close()
    other.close()


def test_a_backup_of_the_first_version_is_restored_as_the_last(empty_url, tmp_path: Path) -> None:
    """The form of the file names the revision, so that an old backup stays of use."""
    old = open_database(empty_url())
    head = filled_first_version(old)
    rows: dict[str, list[str]] = {}
    with old.engine.connect() as connection:
        for name in ("audit_entries", "users", "persons", "doses"):
            found = connection.execute(
                METADATA.tables[name].select().with_only_columns(*_first_columns(name))
            )
            rows[name] = [json.dumps(_plain(row._mapping)) + "\n" for row in found]
    _write_backup(tmp_path / "old.zip", rows, head, len(rows["audit_entries"]))
    new = open_database(empty_url())
    assert restore(new, tmp_path / "old.zip").revision == "v1"
    require_current(new)
    with new.read() as session:
        assert verify_trail(session, head).is_whole
    old.close()
    new.close()


def _first_columns(name: str) -> list:
    later = {"users": {"id", "login", "display_name", "role", "person_id", "is_active", "created_at"}}
    columns = METADATA.tables[name].columns
    return [
        item
        for item in columns
        if item.name in later.get(name, item.name) and item.name != "time_uncertainty"
    ]


def _plain(row) -> dict:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _write_backup(path: Path, rows: dict[str, list[str]], head: str, count: int) -> None:
    import hashlib

    first = (
        "submissions",
        "identities",
        "assessments",
        "characteristics",
        "episodes",
        "measurements",
        "notes",
    )
    tables = {name: rows.get(name, []) for name in (*rows, *first, "plans", "products")}
    hashes = {name: hashlib.sha256("".join(lines).encode()).hexdigest() for name, lines in tables.items()}
    manifest = {
        "form": "speciosa monitor backup", "revision": "v1", "program": "0.1.0", "made_at": "x",
        "head": {"sequence": count, "hash": head},
        "rows": {name: len(lines) for name, lines in tables.items()}, "hashes": hashes,
    }  # fmt: skip
    with ZipFile(path, "w") as archive:
        for name, lines in tables.items():
            archive.writestr(f"{name}.jsonl", "".join(lines))
        archive.writestr("manifest.json", json.dumps(manifest))


def test_a_changed_or_foreign_file_is_refused_and_nothing_is_kept(clinic, empty_url, tmp_path: Path) -> None:
    full(clinic)
    path = tmp_path / "a.zip"
    back_up(clinic.database, path, clinic.clock())
    with pytest.raises(DatabaseError, match=r"a\.zip exists; expected the name of a new file"):
        back_up(clinic.database, path, clinic.clock())
    other = open_database(empty_url())
    _rewritten(path, tmp_path / "b.zip", lambda name, data: data.replace(b'"amount": 3.0', b'"amount": 4.0'))
    with pytest.raises(DatabaseError, match=r"b\.zip: doses was changed or cut"):
        restore(other, tmp_path / "b.zip")
    _rewritten(path, tmp_path / "c.zip", lambda name, data: b"" if name == "notes.jsonl" else data)
    with pytest.raises(DatabaseError, match=r"c\.zip: notes was changed or cut"):
        restore(other, tmp_path / "c.zip")
    (tmp_path / "d.zip").write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DatabaseError, match="cannot be read as a backup"):
        restore(other, tmp_path / "d.zip")
    with other.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_entries")) == 0
    restore(other, path)
    with pytest.raises(
        DatabaseError, match="the database holds rows of audit_entries; expected an empty database"
    ):
        restore(other, path)
    other.close()


def _rewritten(source: Path, target: Path, change) -> None:
    with ZipFile(source) as one, ZipFile(target, "w") as two:
        for name in one.namelist():
            two.writestr(name, change(name, one.read(name)))


def test_a_broken_trail_is_not_backed_up(clinic, tmp_path: Path) -> None:
    full(clinic)
    with clinic.database.engine.begin() as connection:
        if clinic.database.dialect == "sqlite":
            connection.execute(text("DROP TRIGGER doses_no_update"))
        else:
            connection.execute(text("DROP TRIGGER doses_no_change ON doses"))
        connection.execute(text("UPDATE doses SET amount = 1"))
    with pytest.raises(DatabaseError, match="The audit trail is broken at entry"):
        back_up(clinic.database, tmp_path / "a.zip", clinic.clock())
    assert not (tmp_path / "a.zip").exists()
    assert list(tmp_path.glob(".a.zip*")) == []


def test_the_pseudonym_of_a_restored_person_is_taken(clinic, empty_url, tmp_path: Path) -> None:
    actor, person = full(clinic)
    back_up(clinic.database, tmp_path / "a.zip", clinic.clock())
    other = open_database(empty_url())
    restore(other, tmp_path / "a.zip")
    with other.write() as session:
        assert add_person(session, actor, "K-9").id != person.id
    other.close()
