"""Options that several verbs share, and how durations are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from speciosa.cli.console import Format
from speciosa.errors import ScenarioError

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("s", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "week"),
}

Until = Annotated[str | None, typer.Option(help="How long to look: 120h, 28d, 6 weeks.")]
People = Annotated[int | None, typer.Option(help="Number of people; 1 is the typical adult.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the differences between people.")]
Weight = Annotated[float | None, typer.Option(help="Weight of the median adult, kg.")]
Height = Annotated[float | None, typer.Option(help="Height of the median adult, cm.")]
Age = Annotated[float | None, typer.Option(help="Age of the median adult, years.")]
Every = Annotated[str | None, typer.Option(help="Step of the recorded times: 0.5h.")]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="What-if value of a parameter, in the model's unit."),
]
Target = Annotated[str | None, typer.Option(help="Engine: auto, reference or llvm.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Form of the table on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", help="File to write the table to instead of stdout.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write a self-contained HTML report to this file.")
]
Save = Annotated[
    Path | None, typer.Option("--save", help="Folder for the whole result and the resolved scenario.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No talk on stderr.")]


def hours(text: str, where: str) -> float:
    """A duration such as ``120h`` or ``6 weeks`` in hours.

    Raises
    ------
    ScenarioError
        If it has no number, no unit, or an unknown unit.
    """
    from speciosa.units import convert

    match = _DURATION.fullmatch(text)
    if match is None or match[2].lower() not in _UNITS:
        raise ScenarioError(
            f"{text!r} is no duration", where=where, expected="a number with s, min, h, d or weeks: 120h"
        )
    return float(convert(float(match[1]), _UNITS[match[2].lower()], "h"))


def assignments(items: Sequence[str]) -> dict[str, float]:
    """``NAME=VALUE`` pairs.

    Raises
    ------
    ScenarioError
        If a pair is not of that form.
    """
    found = {}
    for item in items:
        name, sign, value = item.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise ScenarioError(
                f"{item!r} sets nothing", where="--set", expected="NAME=VALUE: mitragynine.fu=0.06"
            )
    return found
