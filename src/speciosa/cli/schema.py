"""``speciosa schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """Which file."""

    SCENARIO = "scenario"
    COMPARISON = "comparison"
    TRIAL = "trial"


def schema(kind: Annotated[Kind, typer.Argument(help="Which kind of file.")] = Kind.SCENARIO) -> None:
    """Print the JSON Schema of scenario, comparison and trial files."""
    from speciosa.cli.scenario_file import schemas

    typer.echo(json.dumps(schemas()[kind.value], indent=2))
