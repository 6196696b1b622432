"""The settings of an installation: a folder, a file in it, and a variable for what must not stand there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from speciosa.errors import RecordError
from speciosa.monitor.services.times import zone_of

FILE = "monitor.toml"
DATABASE_VARIABLE = "SPECIOSA_MONITOR_DATABASE"
"""Takes the place of the setting `database`: an address with a password is better kept out of a file."""
_LONGEST_RETENTION = 100 * 366


@dataclass(frozen=True)
class Settings:
    """What an installation is set to.

    Parameters
    ----------
    folder : Path
    database : str
        Address; SQLite in the folder if left out.
    time_zone : str
        Of forms and reports.
    retention_days : int, optional
        So many days after the last record of a person, `speciosa monitor retain` forgets who it is.
    extra : mapping
        Settings of the pages, which are theirs to read.
    """

    folder: Path
    database: str
    time_zone: str = "UTC"
    retention_days: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return zone_of(self.time_zone)


def read_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of a folder; each has a default, so that the file may be missing.

    Parameters
    ----------
    folder : Path
    environment : mapping of str to str

    Raises
    ------
    RecordError
        If the file cannot be read or a setting cannot be used.

    Examples
    --------
    >>> read_settings(Path("clinic"), {}).database
    'sqlite:///clinic/monitor.sqlite'
    """
    path = folder / FILE
    values: dict[str, Any] = {}
    if path.is_file():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise RecordError(f"the settings cannot be read: {fault}", where=str(path)) from fault
    database = environment.get(DATABASE_VARIABLE) or values.pop("database", None)
    values.pop("database", None)
    zone, days = values.pop("time_zone", "UTC"), values.pop("retention_days", None)
    _check(path, database, zone, days)
    return Settings(folder, database or f"sqlite:///{folder / 'monitor.sqlite'}", zone, days, values)


def write_settings(folder: Path, database: str | None, time_zone: str, retention_days: int | None) -> Path:
    """Write the file of the settings, where there is none yet.

    Raises
    ------
    RecordError
        If a setting cannot be used, or there is a file already.
    """
    path = folder / FILE
    if path.exists():
        raise RecordError(
            "the settings are there already", where=str(path), advice="Change them in the file."
        )
    _check(path, database, time_zone, retention_days)
    lines = ["# Settings of the monitor; `speciosa monitor` reads them from this folder."]
    if database is None:
        lines.append('# database = "postgresql://user@host/name"   # SQLite in this folder if left out')
    else:
        lines.append(f"database = {_quoted(database)}")
    lines.append(f"time_zone = {_quoted(time_zone)}")
    if retention_days is None:
        lines.append("# retention_days = 3650   # then `speciosa monitor retain` forgets who a person is")
    else:
        lines.append(f"retention_days = {retention_days}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _check(path: Path, database: Any, zone: Any, days: Any) -> None:
    if database is not None and not isinstance(database, str):
        raise RecordError(f"database is {database!r:.60}", where=str(path), expected="an address as text")
    if not isinstance(zone, str):
        raise RecordError(f"time_zone is {zone!r:.60}", where=str(path), expected="a name as text")
    zone_of(zone)
    if days is not None and (
        isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= _LONGEST_RETENTION
    ):
        raise RecordError(
            f"retention_days is {days!r:.60}",
            where=str(path),
            expected=f"a whole number from 1 to {_LONGEST_RETENTION}",
        )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
