"""``speciosa model``: the equations that a regimen is simulated with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Notation(StrEnum):
    """How equations are written."""

    TEXT = "text"
    LATEX = "latex"
    HTML = "html"


def model(
    what: Annotated[
        str, typer.Argument(metavar="REGIMEN|FILE", help="Regimen as text, or a TOML scenario file.")
    ],
    notation: Annotated[
        Notation, typer.Option("--format", help="How equations are written.")
    ] = Notation.TEXT,
) -> None:
    """Print the equations, signals and inlets that a regimen needs, module by module."""
    from speciosa.cli.loading import scenario_file_from
    from speciosa.model.rendering import model_html, model_latex, model_text
    from speciosa.simulation import Setting, model_of

    setting = Setting()
    given = scenario_file_from(what, setting)
    composed = model_of(given.scenario(given.regimen, given.title, setting), setting)
    write = {Notation.TEXT: model_text, Notation.LATEX: model_latex, Notation.HTML: model_html}
    typer.echo(write[notation](composed))
