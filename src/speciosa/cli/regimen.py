"""``speciosa regimen``: how a regimen was read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speciosa.cli.console import say
from speciosa.cli.options import Quiet, Until, hours


def regimen(
    text: Annotated[str, typer.Argument(help="Regimen as text, or a TOML or NONMEM table (.csv) file.")],
    until: Until = None,
    nonmem: Annotated[Path | None, typer.Option(help="Also write the doses as a NONMEM event table.")] = None,
    quiet: Quiet = False,
) -> None:
    """Explain how a regimen was read: doses, times, and what was ignored."""
    from speciosa.cli.loading import regimen_from
    from speciosa.regimens import write_nonmem
    from speciosa.simulation import Setting

    setting = Setting()
    read = regimen_from(text, setting)
    typer.echo(read.explain())
    if nonmem is not None:
        end = hours(until, "--until") if until else None
        write_nonmem(read, nonmem, setting.library, setting.evidence, until=end)
        say(f"Event table: {nonmem}", is_quiet=quiet)
