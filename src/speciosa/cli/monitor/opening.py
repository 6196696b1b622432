"""What the verbs of the monitor share: the folder, its database, and the word where the extra is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.errors import DatabaseError

if TYPE_CHECKING:
    from speciosa.monitor.db import Database
    from speciosa.monitor.settings import Settings

Folder = Annotated[
    Path,
    typer.Option(envvar="SPECIOSA_MONITOR_FOLDER", help="Folder of the installation, with its monitor.toml."),
]
DEFAULT_FOLDER = Path("monitor")


@contextmanager
def opened(
    folder: Path, *, is_current: bool = True, address: str | None = None
) -> Iterator[tuple[Database, Settings]]:
    """The database of a folder and its settings.

    Parameters
    ----------
    folder : Path
    is_current : bool
        Refuse tables of another version.
    address : str, optional
        Of the database, in place of the one in the settings.

    Raises
    ------
    DatabaseError
        If the extra is not installed, or the database cannot be used.
    """
    require_extra()
    from speciosa.monitor.db import open_database, require_current
    from speciosa.monitor.settings import read_settings

    settings = read_settings(folder)
    database = open_database(address or settings.database)
    try:
        if is_current:
            require_current(database)
        yield database, settings
    finally:
        database.close()


def require_extra() -> None:
    """Say what to install where the packages of the monitor are missing.

    Raises
    ------
    DatabaseError
        With the command.
    """
    try:
        import alembic  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError as fault:
        raise DatabaseError(
            f"the monitor needs the package {fault.name}",
            advice="Install its extra: pip install 'speciosa[monitor]'.",
        ) from fault
