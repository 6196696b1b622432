"""``speciosa sensitivity``: which parameters an answer hangs on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa import __version__
from speciosa.cli.console import Format, emit, progress, say
from speciosa.cli.options import (
    FormatOption,
    Out,
    Quiet,
    Seed,
    Target,
    Until,
    Values,
    hours,
    save_figure,
    span_of,
)
from speciosa.cli.simulate import with_options

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.sensitivity import Factors

SHOWN = 12


class Method(StrEnum):
    """How parameters are moved."""

    TORNADO = "tornado"
    SOBOL = "sobol"


class Ask(StrEnum):
    """What is asked of an output."""

    VALUE = "value"
    PEAK = "peak"
    TIME_OF_PEAK = "time-of-peak"
    MINIMUM = "minimum"
    MEAN = "mean"
    AUC = "auc"


_SUMMARIES = {Ask.AUC: "AUC", Ask.TIME_OF_PEAK: "time of peak"}


def sensitivity(
    what: Annotated[str, typer.Argument(metavar="REGIMEN|FILE", help="Regimen as text, or a scenario file.")],
    outputs: Annotated[list[str], typer.Option("--output", help="Output that is asked for; repeatable.")],
    at: Annotated[
        str | None, typer.Option(help="Time of the value: 48h; the end if left out. Implies --summary value.")
    ] = None,
    summary: Annotated[Ask, typer.Option(help="What is asked of the output.")] = Ask.VALUE,
    window: Annotated[
        str | None,
        typer.Option(help="Over which the summary is taken: 24h,48h; from 0 to the end if left out."),
    ] = None,
    method: Annotated[Method, typer.Option(help="One at a time, or Sobol indices.")] = Method.TORNADO,
    samples: Annotated[int, typer.Option(help="Base samples of the Sobol indices, a power of two.")] = 256,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Move this parameter, or those of this drug, only; repeatable.", metavar="NAME"),
    ] = None,
    until: Until = None,
    seed: Seed = None,
    values: Values = None,
    target: Target = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Every parameter in the table.")] = False,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    plot: Annotated[Path | None, typer.Option(help="Figure of the first output (.svg or .png).")] = None,
    quiet: Quiet = False,
) -> None:
    """Find the parameters that an answer hangs on: what is not known of them is taken from their rows."""
    from speciosa.cli.loading import scenario_file_from
    from speciosa.sensitivity import Measure, factors_of
    from speciosa.simulation import Setting

    setting = Setting()
    given = with_options(
        scenario_file_from(what, setting),
        values,
        people={"seed": seed},
        other={"until": until, "target": target},
    )
    scenario = given.scenario(given.regimen, given.title, setting)
    time = hours(at, "--at") if at else None
    asked = _SUMMARIES.get(summary, summary.value)
    span = span_of(window, "--window") if window else None
    measures = [Measure(output, asked, time, span) for output in outputs]
    factors = factors_of(scenario, measures, setting, only=only)
    table = _table(factors, method, samples, given.people.seed, is_quiet=quiet)
    is_short = form is Format.TABLE and not all_rows
    title = f"{scenario.title or scenario.regimen.text}, typical adult"
    emit(table.groupby("measure", sort=False).head(SHOWN) if is_short else table, form, out, title=title)
    _speak(factors, table, is_quiet=quiet)
    if plot is not None:
        from speciosa.results import plot_sobol, plot_tornado

        is_sobol = method is Method.SOBOL
        draw = plot_sobol if is_sobol else plot_tornado
        drawn = f"{samples} samples, seed {given.people.seed}" if is_sobol else "no seed"
        footer = f"{title} · {drawn} · speciosa {__version__} · evidence {setting.evidence.digest}"
        say(f"Figure: {save_figure(draw(table, footer=footer), plot)}", is_quiet=quiet)


def _table(factors: Factors, method: Method, samples: int, seed: int, *, is_quiet: bool) -> pd.DataFrame:
    from speciosa.sensitivity import sobol, tornado

    with progress("Settings", is_quiet=is_quiet) as advance:
        if method is Method.SOBOL:
            return sobol(factors, samples=samples, seed=seed, progress=advance)
        return tornado(factors, progress=advance)


def _speak(factors: Factors, table: pd.DataFrame, *, is_quiet: bool) -> None:
    """How far the table reaches, on stderr."""
    from speciosa.uncertainty import unstated

    silent = unstated(factors.ready.model, factors.ready.setting.evidence)
    say(
        f"{len(factors.known)} parameters are moved over what their rows say; {len(silent)} numbers have rows"
        " that state no uncertainty and are held.",
        is_quiet=is_quiet,
    )
    sources = factors.ready.setting.evidence.sources
    for key in table.attrs.get("methods", ()):
        say(f"Method: {sources[key].reference}", is_quiet=is_quiet)
    for label, (middle, low, high) in table.attrs.get("spread", {}).items():
        say(f"{label}: median {middle:.3g}, 90 % within {low:.3g} to {high:.3g}.", is_quiet=is_quiet)
