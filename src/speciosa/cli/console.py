"""What verbs share: exit codes, talk on stderr, progress, tables on stdout."""

from __future__ import annotations

import sys
import time
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


# Between two lines of progress where stderr is no terminal, as in the log of a job.
_PAUSE = 15.0


class ProgressLines:
    """Progress of long work as lines on stderr, few enough for a log.

    Parameters
    ----------
    label : str
    clock : callable
        Seconds.
    """

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._label, self._clock = label, clock
        self._begun: tuple[float, int] | None = None
        self._said = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        """Say how far it is, unless it was said a moment ago."""
        now = self._clock()
        if self._begun is None:
            self._begun = (now, done)
        if done < total and now - self._said < _PAUSE:
            return
        self._said = now
        since, first = self._begun
        left = ""
        if first < done < total:
            seconds = (now - since) * (total - done) / (done - first)
            left = f", about {seconds / 60.0:.1f} min left"
        say(f"{self._label}: {done:,} of {total:,} ({100 * done // max(1, total)} %){left}")


@contextmanager
def long_progress(label: str, *, is_quiet: bool) -> Iterator[Progress | None]:
    """Progress of long work on stderr: a bar where it is a terminal, lines where it is a log."""
    if is_quiet or sys.stderr.isatty():
        with progress(label, is_quiet=is_quiet) as advance:
            yield advance
    else:
        yield ProgressLines(label)


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
