"""A copy of everything in one file, the same for both databases; and the way back.

The file is a zip archive of one JSON line a row, so that a clinic can move from SQLite to PostgreSQL.
Sessions and attempts to log in stay out: nobody is logged in after a restore.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, event, func, select
from sqlalchemy.orm import Session

from speciosa import __version__
from speciosa.errors import DatabaseError
from speciosa.monitor.db.chain import stamp
from speciosa.monitor.db.engine import Database
from speciosa.monitor.db.migrate import METADATA, require_current, revision_of, revisions, upgrade
from speciosa.monitor.db.verification import Head, head_of, verify_trail

FORM = "speciosa monitor backup"
LEFT_OUT = ("user_sessions", "login_attempts", "alembic_version")
_MANIFEST = "manifest.json"
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    Parameters
    ----------
    revision : str
        Of the tables.
    program : str
        Version of the program that wrote it.
    head : Head
        End of the audit trail.
    rows, hashes : mapping of str to int, of str to str
        Number of rows and SHA-256 of the lines, by table.
    made_at : str
        UTC.
    form : str
    """

    revision: str
    program: str
    head: Head
    rows: dict[str, int]
    hashes: dict[str, str]
    made_at: str
    form: str = FORM


def back_up(database: Database, path: Path, now: datetime) -> Backup:
    """Write everything to a file, while others go on working.

    Parameters
    ----------
    database : Database
    path : Path
        Appears only once it is whole and on the disk; only its owner may read it.
    now : datetime

    Raises
    ------
    DatabaseError
        If the tables are not of this version, the audit trail does not hold or the file is there already.
    """
    require_current(database)
    if path.exists():
        raise DatabaseError(f"{path.name} exists", expected="the name of a new file")
    with database.read() as session, _whole_or_nothing(path) as file:
        checked = verify_trail(session)
        if not checked.is_whole:
            raise DatabaseError(str(checked), where=database.name, advice="Keep an older backup.")
        rows, hashes = {}, {}
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for table in _tables(METADATA):
                with archive.open(f"{table.name}.jsonl", "w") as member:
                    rows[table.name], hashes[table.name] = _write(session, table, member)
            made = Backup(revisions()[-1], __version__, checked.head, rows, hashes, stamp(now))
            archive.writestr(_MANIFEST, json.dumps(asdict(made), indent=2))
    return made


def restore(database: Database, path: Path) -> Backup:
    """Fill an empty database from a backup, in one transaction, and bring it to the last revision.

    Parameters
    ----------
    database : Database
    path : Path

    Raises
    ------
    DatabaseError
        If the database is not empty, the file is no whole backup, or what was restored does not end in the
        same head of the audit trail; nothing is kept then.
    """
    try:
        with ZipFile(path) as archive:
            made = _manifest(archive, path)
            _require_empty(database)
            upgrade(database, made.revision)
            with (
                database.engine.connect().execution_options(is_writer=True) as connection,
                connection.begin(),
            ):
                _load(connection, archive, made, path)
            upgrade(database)
    except (OSError, BadZipFile, KeyError, EOFError, ValueError) as fault:
        if isinstance(fault, DatabaseError):
            raise
        raise DatabaseError(
            f"the file cannot be read as a backup: {fault}", where=path.name, advice="Use another backup."
        ) from fault
    with database.read() as session:
        checked = verify_trail(session, made.head.hash)
    if not checked.is_whole:
        raise DatabaseError(str(checked), where=path.name, advice="Use another backup.")
    return made


def _tables(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def _write(session: Session, table: Table, member: Any) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    # Versions must come back in the order in which they were written.
    order = [table.c.audit_sequence] if "audit_sequence" in table.c else list(table.primary_key.columns)
    for row in session.execute(select(table).order_by(*order).execution_options(yield_per=_ROWS_AT_ONCE)):
        values = {
            name: stamp(value) if isinstance(value, datetime) else value
            for name, value in row._mapping.items()
        }
        line = (json.dumps(values, allow_nan=False) + "\n").encode("ascii")
        digest.update(line)
        member.write(line)
        count += 1
    return count, digest.hexdigest()


def _manifest(archive: ZipFile, path: Path) -> Backup:
    found = json.loads(archive.read(_MANIFEST))
    if not isinstance(found, dict) or found.get("form") != FORM:
        raise DatabaseError("the file is no backup of the monitor", where=path.name)
    made = Backup(**{**found, "head": Head(**found["head"])})
    if made.revision not in revisions():
        raise DatabaseError(
            f"the backup is of revision {made.revision}, which this version of the program does not know",
            where=path.name,
            advice=f"It was written by version {made.program}; use that or a later one.",
        )
    return made


def _require_empty(database: Database) -> None:
    if revision_of(database) is None:
        return
    found = MetaData()
    with database.engine.connect() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            if table.name != "alembic_version" and connection.scalar(select(func.count()).select_from(table)):
                raise DatabaseError(
                    f"the database holds rows of {table.name}",
                    where=database.name,
                    expected="an empty database",
                    advice="Restore into a new one, then let the setting point to it.",
                )


def _load(connection: Connection, archive: ZipFile, made: Backup, path: Path) -> None:
    found = MetaData()
    event.listen(found, "column_reflect", _keep_absent)
    found.reflect(connection)
    for table in _tables(found):
        digest, count = hashlib.sha256(), 0
        with archive.open(f"{table.name}.jsonl") as member:
            waiting: list[dict[str, Any]] = []
            for line in member:
                digest.update(line)
                waiting.append(_values(json.loads(line), table))
                count += 1
                if len(waiting) == _ROWS_AT_ONCE:
                    connection.execute(table.insert(), waiting)
                    waiting = []
            if waiting:
                connection.execute(table.insert(), waiting)
        if digest.hexdigest() != made.hashes[table.name] or count != made.rows[table.name]:
            raise DatabaseError(
                f"{table.name} was changed or cut", where=path.name, advice="Use another backup."
            )
    with Session(connection, expire_on_commit=False) as session:
        if head_of(session) != made.head:
            raise DatabaseError("the audit trail ends elsewhere than the manifest says", where=path.name)


def _keep_absent(_inspector: Any, _table: Table, column: Any) -> None:
    # An absent value stays absent, instead of becoming the word null of JSON.
    if isinstance(column["type"], JSON):
        column["type"] = JSON(none_as_null=True)


def _values(row: dict[str, Any], table: Table) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value).astimezone(UTC)
        if value is not None and isinstance(table.c[name].type, DateTime)
        else value
        for name, value in row.items()
    }


@contextmanager
def _whole_or_nothing(path: Path) -> Iterator[BinaryIO]:
    """A new file that gets its name once it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
