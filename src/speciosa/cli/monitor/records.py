"""``speciosa monitor init | import | export | backup | restore | retain``."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from speciosa.cli.console import say
from speciosa.cli.monitor.opening import DEFAULT_FOLDER, Folder, opened, require_extra
from speciosa.errors import RecordError

File = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)]
Kind = Annotated[
    str | None,
    typer.Option(
        help="Kind of records of a CSV table: persons, characteristics, episodes, products, doses, "
        "assessments, measurements, notes, plans, acknowledgements; the name of the file if left out."
    ),
]


class Form(StrEnum):
    """Form of an export."""

    FHIR = "fhir"
    CSV = "csv"
    ALL = "all"


def init(
    folder: Folder = DEFAULT_FOLDER,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="SPECIOSA_MONITOR_DATABASE",
            help="postgresql://user@host/name; SQLite in the folder if left out.",
        ),
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Of forms and reports: Europe/Berlin.")] = "UTC",
    retention_days: Annotated[
        int | None,
        typer.Option(help="So many days after the last record, `retain` forgets who a person is."),
    ] = None,
) -> None:
    """Make an installation, or bring the tables of one to the last version; data that are there stay."""
    require_extra()
    from speciosa.monitor.db import has_password, revision_of
    from speciosa.monitor.services import install
    from speciosa.monitor.settings import FILE, read_settings, write_settings

    if not (folder / FILE).exists():
        kept = database if database is None or not has_password(database) else None
        say(f"Settings: {write_settings(folder, kept, time_zone, retention_days)}")
        if database is not None and kept is None:
            say("The address holds a password and stands in no file: keep it in SPECIOSA_MONITOR_DATABASE.")
    elif database is not None and database != read_settings(folder).database:
        raise RecordError(
            "the settings name another database", where=str(folder / FILE), advice="Change it there."
        )
    with opened(folder, is_current=False, address=database) as (found, _):
        install(found)
        say(f"Database: {found.name}, revision {revision_of(found)}")


def import_file(
    file: File,
    folder: Folder = DEFAULT_FOLDER,
    kind: Kind = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look for faults; take nothing in, need no database.")
    ] = False,
) -> None:
    """Take in a table (.csv) or a FHIR R4 Bundle (.json): all of it, or nothing and every fault."""
    require_extra()
    from speciosa.errors import ExchangeError
    from speciosa.monitor.exchange.fhir_read import check_bundle, read_bundle
    from speciosa.monitor.exchange.tables import check_table, read_table
    from speciosa.monitor.services import command_line
    from speciosa.monitor.settings import read_settings

    content, actor = _content(file), command_line()
    is_table = file.suffix == ".csv"
    chosen = kind or file.stem
    if check:
        zone = read_settings(folder).zone
        faults = check_table(chosen, content, zone)[-1] if is_table else check_bundle(content, actor.now)[-1]
        if faults:
            raise ExchangeError(faults, file.name)
        say(f"{file.name}: no fault.")
        return
    with opened(folder) as (database, settings), database.write() as session:
        if is_table:
            taken = read_table(session, actor, chosen, content, settings.zone, file=file.name)
        else:
            taken = read_bundle(session, actor, content, file=file.name)
    say(str(taken))


def _content(file: Path) -> bytes:
    if file.suffix not in (".csv", ".json"):
        raise RecordError(f"{file.name} has another ending", where="FILE", expected=".csv or .json")
    if not file.is_file():
        raise RecordError(f"there is no file {file.name}", where="FILE")
    from speciosa.monitor.exchange.intake import LARGEST_FILE

    size = file.stat().st_size
    if size > LARGEST_FILE:
        raise RecordError(f"{file.name} has {size} bytes", where="FILE", expected=f"{LARGEST_FILE} at most")
    return file.read_bytes()


def export(
    folder: Folder = DEFAULT_FOLDER,
    person: Annotated[str | None, typer.Option(help="Pseudonym; everybody if left out.")] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--form",
            help="fhir: a Bundle of what is in force. csv: a table of one kind. all: everything of one "
            "person, older versions and audit entries included.",
        ),
    ] = Form.FHIR,
    kind: Kind = None,
    with_identity: Annotated[bool, typer.Option("--with-identity", help="Also who the persons are.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="File to write instead of stdout.")] = None,
) -> None:
    """Write records as a FHIR R4 Bundle, as a CSV table, or everything of a person."""
    require_extra()
    from speciosa.monitor.exchange.everything import export_person
    from speciosa.monitor.exchange.fhir_write import write_bundle
    from speciosa.monitor.exchange.tables import write_table
    from speciosa.monitor.services import command_line, list_persons

    actor = command_line()
    with opened(folder) as (database, _), database.write() as session:
        if form is Form.CSV:
            if kind is None:
                raise RecordError("no kind is named", where="--kind", expected="the kind of the table: doses")
            text = write_table(session, actor, kind, person)
        elif form is Form.ALL:
            if person is None:
                raise RecordError("no person is named", where="--person", expected="a pseudonym")
            text = json.dumps(export_person(session, actor, person, with_identity=with_identity), indent=2)
        else:
            people = [person] if person else [item.pseudonym for item in list_persons(session, actor)]
            text = json.dumps(write_bundle(session, actor, people, with_identity=with_identity), indent=2)
    if out is None:
        typer.echo(text)
    else:
        # What is known of persons is for the owner of the file alone.
        out.touch(mode=0o600)
        out.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def backup(file: File, folder: Folder = DEFAULT_FOLDER) -> None:
    """Write everything to one file, while others go on working; says the head of the audit trail."""
    require_extra()
    from speciosa.monitor.db.backup import back_up
    from speciosa.monitor.services import utc_now

    with opened(folder) as (database, _):
        made = back_up(database, file, utc_now())
    say(f"Backup: {file}, {sum(made.rows.values())} rows; audit trail: {made.head.sequence} entries")
    typer.echo(made.head.hash)


def restore(file: File, folder: Folder = DEFAULT_FOLDER) -> None:
    """Fill an empty database, that of a new folder, from a backup; it ends in the same head."""
    require_extra()
    from speciosa.monitor.db.backup import restore as fill

    if not file.is_file():
        raise RecordError(f"there is no file {file.name}", where="FILE")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with opened(folder, is_current=False) as (database, _):
        made = fill(database, file)
        say(f"Restored: {sum(made.rows.values())} rows; audit trail: {made.head.sequence} entries")
    typer.echo(made.head.hash)


def retain(folder: Folder = DEFAULT_FOLDER) -> None:
    """Forget who persons are whose records have rested for `retention_days`, and traces of old logins."""
    require_extra()
    from speciosa.monitor.exchange.retention import retain as forget
    from speciosa.monitor.services import command_line

    with opened(folder) as (database, settings), database.write() as session:
        done = forget(session, command_line(), settings.retention_days)
    say(
        f"Forgotten: who {len(done.identities)} persons are, {done.attempts} attempts to log in, "
        f"{done.sessions} sessions."
    )
