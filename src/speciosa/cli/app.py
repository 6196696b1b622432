"""The program's entry: verbs, and one place where errors become exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from speciosa import __version__
from speciosa.cli import (
    claims,
    compare,
    demo,
    drugs,
    evidence,
    exposure,
    forecast,
    interact,
    model,
    monitor,
    overdose,
    qualify,
    regimen,
    schema,
    sensitivity,
    simulate,
)
from speciosa.cli.console import ExitCode, say
from speciosa.errors import SpeciosaError


class Verbs(TyperGroup):
    """Turn the program's own errors into a message and exit code 3."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except SpeciosaError as fault:
            say(f"Error: {fault}")
            raise typer.Exit(ExitCode.INVALID_INPUT) from fault


app = typer.Typer(
    name="speciosa",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    help=(
        "What a regimen of kratom, an opioid or a treatment does to a person: concentration, receptor signal,"
        " withdrawal.\n\n"
        "For research and professional monitoring. It advises nobody to take kratom, nor how much.\n\n"
        "Exit codes: 0 done, 2 wrong usage, 3 invalid input, 4 somebody could not be simulated."
    ),
)
app.command("simulate")(simulate.simulate)
app.command("compare")(compare.compare)
app.command("exposure")(exposure.exposure)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("interact")(interact.interact)
app.command("forecast")(forecast.forecast)
app.command("overdose")(overdose.overdose)
app.command("regimen")(regimen.regimen)
app.command("model")(model.model)
app.command("drugs")(drugs.drugs)
app.command("qualify")(qualify.qualify)
app.command("demo")(demo.demo)
app.command("schema")(schema.schema)
app.command("claims")(claims.claims)
app.command("guidance")(claims.guidance)
app.add_typer(evidence.app, name="evidence")
app.add_typer(monitor.app, name="monitor")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"speciosa {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the verb."""


def main() -> None:
    """Run the command line."""
    app()
