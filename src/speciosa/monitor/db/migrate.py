"""From any version of the tables to the last one."""

from __future__ import annotations

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from speciosa.errors import DatabaseError
from speciosa.monitor.db.accounts import User
from speciosa.monitor.db.engine import Database

# The tables of the accounts belong to the same metadata as those of the records.
METADATA = User.metadata


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction.

    Parameters
    ----------
    database : Database
    revision : str
        The last one if left out.

    Raises
    ------
    DatabaseError
        If the database does not answer or was written by a later version of the program.
    """
    scripts = _scripts()
    present = revision_of(database)
    known = revisions()
    if present is not None and present not in known:
        raise DatabaseError(
            f"the tables are of revision {present}, which this version of the program does not know",
            where=database.name,
            expected=f"a revision up to {known[-1]}",
            advice="Use the version of the program that wrote them, or a later one.",
        )

    def steps(start: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(revision, start)

    with (
        database.engine.execution_options(is_writer=True).begin() as connection,
        EnvironmentContext(Config(), scripts, fn=steps) as environment,
    ):
        environment.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
        environment.run_migrations()


def revision_of(database: Database) -> str | None:
    """Revision of the tables; None for an empty database.

    Raises
    ------
    DatabaseError
        If the database does not answer.
    """
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as fault:
        raise DatabaseError(
            f"the database does not answer: {str(fault.orig).strip()}",
            where=database.name,
            advice="Check that it runs and that folder, name and rights are right.",
        ) from fault


def revisions() -> tuple[str, ...]:
    """Every revision, the first one first.

    Examples
    --------
    >>> revisions()[0]
    'v1'
    """
    return tuple(script.revision for script in reversed(list(_scripts().walk_revisions())))


def require_current(database: Database) -> None:
    """Refuse a database whose tables are not those of this version of the program.

    Raises
    ------
    DatabaseError
        With what to do.
    """
    present, last = revision_of(database), revisions()[-1]
    if present != last:
        found = "holds no tables of the monitor" if present is None else f"is of revision {present}"
        raise DatabaseError(
            f"the database {found}",
            where=database.name,
            expected=f"revision {last}",
            advice="Run `speciosa monitor init`; it keeps the data that are there.",
        )


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "speciosa.monitor.db:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)
