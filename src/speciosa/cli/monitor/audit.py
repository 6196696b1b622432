"""``speciosa monitor audit``: the chain of what was written, by whom and when."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from speciosa.cli.console import ExitCode, say
from speciosa.cli.monitor.opening import DEFAULT_FOLDER, Folder, opened

app = typer.Typer(no_args_is_help=True, help="The chain of what was written, by whom and when.")


@app.command()
def verify(
    folder: Folder = DEFAULT_FOLDER,
    head: Annotated[
        str | None,
        typer.Option(help="Hash that `head` or `backup` gave earlier: it must still be part of the chain."),
    ] = None,
) -> None:
    """Check every link and every row that it speaks of; names the first broken link (exit code 3)."""
    with opened(folder) as (database, _), database.read() as session:
        from speciosa.monitor.db.verification import verify_trail

        found = verify_trail(session, head)
    say(str(found))
    if not found.is_whole:
        raise typer.Exit(ExitCode.INVALID_INPUT)


@app.command("head")
def show_head(folder: Folder = DEFAULT_FOLDER) -> None:
    """Print the hash of the last entry. Noted elsewhere, it shows later that nothing was cut off."""
    with opened(folder) as (database, _), database.read() as session:
        from speciosa.monitor.db.verification import head_of

        typer.echo(head_of(session).hash)


@app.command("export")
def export_entries(
    folder: Folder = DEFAULT_FOLDER,
    after: Annotated[int, typer.Option(min=0, help="Only entries with a higher number.")] = 0,
) -> None:
    """Write the entries as JSON, one a line, for a system apart from this one."""
    with opened(folder) as (database, _), database.read() as session:
        from speciosa.monitor.services import command_line, entries_after, plain_entry

        for entry in entries_after(session, command_line(), after):
            typer.echo(json.dumps(plain_entry(entry)))
