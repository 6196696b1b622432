"""``speciosa claims`` and ``speciosa guidance``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format as TableFormat
from speciosa.cli.console import emit, progress, say
from speciosa.cli.options import Quiet

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.claims import Assessment


class ClaimsFormat(StrEnum):
    """Form of the report on stdout."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


class PageFormat(StrEnum):
    """Form of the page on stdout."""

    MARKDOWN = "markdown"
    HTML = "html"


def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM]...", help="Claims by id; all if left out.")
    ] = None,
    form: Annotated[
        ClaimsFormat, typer.Option("--format", help="Form of what goes to stdout.")
    ] = ClaimsFormat.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for claims.html, claims.md and claims.json.")
    ] = None,
    with_experiments: Annotated[
        bool,
        typer.Option("--experiments/--no-experiments", help="Run the program's own experiments."),
    ] = True,
    quiet: Quiet = False,
) -> None:
    """Hold the popular claims against evidence: verdict, reasons, and what would settle each."""
    from speciosa.claims import assess
    from speciosa.claims.writing import as_html, as_json, as_markdown
    from speciosa.results.files import write_atomically

    writers = {"json": as_json, "markdown": as_markdown, "html": as_html}
    with progress("Experiments", is_quiet=quiet) as advance:
        found = assess(names or (), experiments=with_experiments, progress=advance)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for ending, write in (("html", as_html), ("md", as_markdown), ("json", as_json)):
            path = write_atomically(out / f"claims.{ending}", write(found))
            say(f"Written: {path}", is_quiet=quiet)
    if form is ClaimsFormat.TABLE:
        emit(_table(found), TableFormat.TABLE, None, title="Popular claims of kratom in opioid withdrawal")
    else:
        typer.echo(writers[form.value](found), nl=False)


def _table(found: Assessment) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for claim in found.claims:
        for part in claim.parts:
            rows.append(
                {
                    "claim": claim.claim.id,
                    "verdict": claim.verdict.value,
                    "part": part.part.text,
                    "of the part": part.judgment.verdict.value,
                    "for": len(part.side("for")),
                    "against": len(part.side("against")),
                    "decided by": ", ".join(part.judgment.deciding) or "-",
                }
            )
    return pd.DataFrame(rows)


def guidance(
    form: Annotated[PageFormat, typer.Option("--format", help="Form of the page.")] = PageFormat.MARKDOWN,
    out: Annotated[Path | None, typer.Option("--out", help="File to write instead of stdout.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write a plain page for a reader in withdrawal: what is known, what helps, what is dangerous."""
    from speciosa.claims import guidance as packaged
    from speciosa.claims.writing import guidance_html, guidance_markdown
    from speciosa.evidence import load
    from speciosa.results.files import write_atomically

    write = guidance_html if form is PageFormat.HTML else guidance_markdown
    text = write(packaged(), load())
    if out is None:
        typer.echo(text, nl=False)
    else:
        say(f"Written: {write_atomically(out, text)}", is_quiet=quiet)
