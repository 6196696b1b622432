"""``speciosa demo``: the founding question, answered in one command."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from speciosa.cli.compare import answer
from speciosa.cli.console import Format, say
from speciosa.cli.options import FormatOption, People, Quiet


def demo(
    report: Annotated[Path, typer.Option("--report", help="Where the report goes.")] = Path(
        "report/demo.html"
    ),
    people: People = None,
    form: FormatOption = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Compare nothing, kratom, buprenorphine and methadone after morphine is stopped, and write a report."""
    from speciosa.cli.scenario_file import ComparisonFile, read_text

    text = files("speciosa.cli").joinpath("demo.toml").read_text(encoding="utf-8")
    given = read_text(text, ComparisonFile, "demo.toml")
    if people is not None:
        given = given.model_copy(update={"people": given.people.model_copy(update={"size": people})})
    say(given.question, is_quiet=quiet)
    report.parent.mkdir(parents=True, exist_ok=True)
    answer(given, form=form, out=None, report=report, is_quiet=quiet)
