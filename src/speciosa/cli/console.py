"""What verbs share: exit codes, talk on stderr, progress, tables on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]


class ExitCode(IntEnum):
    """Documented exit codes."""

    OK = 0
    USAGE = 2
    INVALID_INPUT = 3
    NOT_CONVERGED = 4


class Format(StrEnum):
    """Form of tables on stdout."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def say(message: str, *, is_quiet: bool = False) -> None:
    """Talk to the person at the terminal; never mixed with data."""
    if not is_quiet:
        typer.echo(message, err=True)


def emit(frame: pd.DataFrame, form: Format, out: Path | None, title: str | None = None) -> None:
    """Write a table to stdout or a file."""
    from speciosa.results import write_table

    write_table(frame, form.value, out, title=title)


@contextmanager
def progress(label: str, *, is_quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on stderr, where stderr is a terminal."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
