"""``speciosa evidence``: look at the rows behind every number."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, say

app = typer.Typer(no_args_is_help=True, help="Look at the rows, sources and choices behind every number.")
FormatOption = Annotated[Format, typer.Option("--format", help="Form of the output.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File to write instead of stdout.")]


class References(StrEnum):
    """Form of a source list."""

    TABLE = "table"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


@app.command("list")
def list_rows(
    drug: Annotated[str | None, typer.Option(help="Only rows of this drug.")] = None,
    quantity: Annotated[
        str | None, typer.Option(help="Only rows of this quantity (CL/F, Ki, COWS...).")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only rows of this source key.")] = None,
    seen: Annotated[str | None, typer.Option(help="full-text, abstract, secondary or memory.")] = None,
    kind: Annotated[str | None, typer.Option(help="measured, model, derived or assumed.")] = None,
    text: Annotated[str | None, typer.Option(help="Only rows that contain this text.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List evidence rows."""
    import pandas as pd

    from speciosa.evidence import load

    rows = load().find(drug=drug, quantity=quantity, source=source, seen=seen, kind=kind, text=text)
    columns = (
        "id",
        "drug",
        "quantity",
        "value",
        "unit",
        "spread",
        "n",
        "source_key",
        "seen",
        "kind",
        "condition",
    )
    frame = pd.DataFrame(
        [{name: getattr(row, name) for name in columns} for row in rows], columns=list(columns)
    )
    emit(frame, form, out, title=f"{len(rows)} evidence rows")


@app.command()
def show(row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a row.")]) -> None:
    """Show one row with its source and how far to trust it."""
    from speciosa.evidence import load
    from speciosa.evidence import show as describe

    typer.echo(describe(load(), row_id))


@app.command()
def why(
    parameter: Annotated[str, typer.Argument(help="Model parameter, such as mitragynine.CL/F.")],
    unit: Annotated[str | None, typer.Option(help="Unit to print the value in.")] = None,
) -> None:
    """Say where the value of a model parameter comes from, and which rows disagree."""
    from speciosa.evidence import load

    typer.echo(str(load().why(parameter, unit)))


@app.command()
def sources(
    form: Annotated[References, typer.Option("--format", help="Form of the output.")] = References.TABLE,
    out: OutOption = None,
) -> None:
    """List the sources, or export them for a reference manager."""
    import pandas as pd

    from speciosa.evidence import bibtex, csl_json, load
    from speciosa.results import write_atomically

    known = load().sources.values()
    if form is References.TABLE:
        columns = ["key", "authors", "year", "title", "journal", "doi", "seen"]
        frame = pd.DataFrame(
            [{name: getattr(item, name) for name in columns} for item in known], columns=columns
        )
        emit(frame, Format.TABLE, out, title=f"{len(frame)} sources")
        return
    text = bibtex(known) if form is References.BIBTEX else csl_json(known)
    if out is None:
        typer.echo(text)
    else:
        write_atomically(out, text)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with evidence tables; the packaged ones if left out.")
    ] = None,
) -> None:
    """Check every row, source and slot; exit code 3 where something is wrong."""
    from speciosa.evidence import check_folder, load

    faults = check_folder(folder)
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        say(f"{len(faults)} faults.")
        raise typer.Exit(ExitCode.INVALID_INPUT)
    tables = load(folder)
    typer.echo(
        f"{len(tables.rows)} rows, {len(tables.sources)} sources, {len(tables.slots)} parameters, "
        f"{len(tables.targets)} targets: no fault."
    )
