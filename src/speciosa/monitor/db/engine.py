"""Opening a database, and the two ways to use it: reading, and writing in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from speciosa.errors import DatabaseError

DIALECTS = ("sqlite", "postgresql")
# Any number will do that no other program on the same database takes for its own lock.
_WRITER_LOCK = 5_724_910_046
_BUSY_SECONDS = 30
_OPTIONS = f"-c timezone=UTC -c lock_timeout={_BUSY_SECONDS}s"
# What is written about persons must not reach a log through the message of an error.
_QUIET: dict[str, Any] = {"hide_parameters": True}


@dataclass(frozen=True)
class Database:
    """A database of the monitor.

    Parameters
    ----------
    engine : Engine

    Examples
    --------
    >>> from speciosa.monitor.db import open_database, upgrade
    >>> database = open_database("sqlite://")
    >>> upgrade(database)
    >>> with database.read() as session:
    ...     session.execute(text("SELECT count(*) FROM persons")).scalar_one()
    0
    >>> database.close()
    """

    engine: Engine

    @property
    def dialect(self) -> str:
        """``"sqlite"`` or ``"postgresql"``."""
        return self.engine.dialect.name

    @property
    def name(self) -> str:
        """The address without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database throughout; what it writes is dropped."""
        level: dict[str, Any] = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**level) as connection:
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                yield session
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed as a whole at the end, or not at all where an error leaves it.

        Writers come one after another, since every one of them adds to the same audit trail. Compute
        first, then write: what takes time keeps the others waiting.
        """
        with (
            self.engine.connect().execution_options(is_writer=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            if self.dialect == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
            yield session
            session.commit()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database.

    Parameters
    ----------
    url : str
        ``sqlite:///folder/monitor.sqlite`` or ``postgresql://user@host/name``.

    Raises
    ------
    DatabaseError
        If the address cannot be read or names another kind of database.

    Examples
    --------
    >>> open_database("sqlite:///monitor.sqlite").dialect
    'sqlite'
    """
    parsed = _parsed(url)
    kind = parsed.get_backend_name()
    if kind not in DIALECTS:
        raise DatabaseError(
            f"{kind!r} is no database that the monitor knows", expected="sqlite or postgresql"
        )
    if kind == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, **_QUIET)
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        parsed = parsed.set(drivername="postgresql+psycopg")
        try:
            engine = create_engine(parsed, pool_pre_ping=True, connect_args={"options": _OPTIONS}, **_QUIET)
        except ModuleNotFoundError as fault:
            raise DatabaseError(
                "PostgreSQL needs the package psycopg",
                advice="Install it: pip install 'speciosa[postgresql]'.",
            ) from fault
    return Database(engine)


def has_password(url: str) -> bool:
    """Whether an address holds a password, so that it must not stand in a file.

    Raises
    ------
    DatabaseError
        If the address cannot be read.

    Examples
    --------
    >>> has_password("postgresql://clinic@localhost/monitor"), has_password("postgresql://clinic:x@localhost/m")
    (False, True)
    """
    return _parsed(url).password is not None


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as fault:
        raise DatabaseError(
            "the address of the database cannot be read",
            expected="sqlite:///folder/monitor.sqlite or postgresql://user@host/name",
        ) from fault


def _make_private(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
    """A new file of SQLite is for its owner alone; the files beside it follow its rights."""
    path = Path(arguments[0])
    if path.name != ":memory:" and path.parent.is_dir() and not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions begin where `_begin_sqlite` says so, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        # Without it, INSERT OR REPLACE deletes rows past the triggers.
        "recursive_triggers = ON",
        "trusted_schema = OFF",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")
