"""``speciosa interact``: two drugs alone and together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import FormatOption, Out, People, Quiet, Seed, Target, Until, hours

if TYPE_CHECKING:
    from speciosa.interactions import Interaction

Drug = Annotated[
    str, typer.Argument(help="A drug or product, which is taken as usual, or a regimen as text.")
]
FIGURES = (".svg", ".png")


def interact(
    first: Drug,
    second: Drug,
    until: Until = None,
    people: People = None,
    seed: Seed = None,
    target: Target = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="File for the time courses (.svg or .png); one a molecule, named by it."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Show what two drugs do to each other's concentrations, or which enzymes were looked at in vain."""
    from speciosa.interactions import interact as run
    from speciosa.people import population
    from speciosa.simulation import Setting

    if figure is not None and figure.suffix not in FIGURES:
        from speciosa.errors import ScenarioError

        raise ScenarioError(
            f"{figure.name} is no picture",
            where="--figure",
            expected=f"a name that ends in {' or '.join(FIGURES)}",
        )
    setting = Setting()
    crowd = population(setting.evidence, people or 1, 1 if seed is None else seed)
    end = hours(until, "--until") if until else None
    with progress("Interaction", is_quiet=quiet) as advance:
        found = run(
            first, second, setting, people=crowd, until=end, target=target or "auto", progress=advance
        )
    emit(found.table(setting.evidence), form, out, title=found.headline)
    for note in found.pair.notes:
        say(f"Note: {note}", is_quiet=quiet)
    if not found.is_known:
        say(
            "Note: only enzymes were looked at; what receptors share, `speciosa simulate` shows.",
            is_quiet=quiet,
        )
    if figure is not None:
        _draw(found, figure, is_quiet=quiet)
    if any(arms.together.failed or arms.alone.failed for arms in found.arms):
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _draw(found: Interaction, path: Path, *, is_quiet: bool) -> None:
    """One file a molecule, by the name given where there is only one."""
    from speciosa.results import save_png, save_svg

    figures = found.figures()
    for name, picture in figures.items():
        file = path if len(figures) == 1 else path.with_stem(f"{path.stem}-{name}")
        save = save_svg if path.suffix == ".svg" else save_png
        say(f"Figure: {save(picture, file)}", is_quiet=is_quiet)
    if not figures:
        say("No figure: nothing changes.", is_quiet=is_quiet)
