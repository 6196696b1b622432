"""``speciosa forecast``: what scores are to be expected of one person, from their record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format, emit, progress, say
from speciosa.cli.options import FormatOption, Out, Quiet, Report, Seed, hours, save_figure

if TYPE_CHECKING:
    from speciosa.forecasting import Forecast, Hindsight


def forecast(
    record: Annotated[
        Path, typer.Argument(metavar="RECORD", help="Record of one person (.toml or .csv): doses, ratings.")
    ],
    horizon: Annotated[str, typer.Option(help="How far to look ahead: 72h, 7d.")] = "72h",
    now: Annotated[
        str | None,
        typer.Option(help="Moment up to which is known: 5d; the last time of the record if left out."),
    ] = None,
    plan: Annotated[
        list[str] | None,
        typer.Option(
            help="Doses to come, as a regimen from the moment on; repeatable, to see what the model expects"
            " of each. As on the last day if left out."
        ),
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Variant of the model; repeatable. All of them if left out.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The most probable values alone.")] = False,
    past: Annotated[bool, typer.Option("--past", help="How past forecasts of this person fared.")] = False,
    seed: Seed = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    plot: Annotated[Path | None, typer.Option(help="Figure of the forecast (.svg or .png).")] = None,
    report: Report = None,
    whole: Annotated[
        Path | None, typer.Option("--json", help="File for the whole forecast, every band and its basis.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Forecast the withdrawal scores of one person; for professionals, and no dosing advice."""
    from dataclasses import replace

    from speciosa.forecasting import NAMES, expect, read_record, skill
    from speciosa.forecasting import forecast as run
    from speciosa.forecasting.reading import hours_of
    from speciosa.forecasting.report import past_table, write_forecast
    from speciosa.simulation import Setting

    setting = Setting()
    given = read_record(record, setting)
    if now is not None:
        given = replace(given, now=hours_of(_number(now), given.started, "--now"))
    ahead, chosen, number = hours(horizon, "--horizon"), tuple(variant or NAMES), 1 if seed is None else seed
    with progress("Forecast", is_quiet=quiet) as advance:
        if plan:
            found = expect(
                given, plan, seed=number, horizon=ahead, variants=chosen, quick=quick, setting=setting,
                progress=advance,
            )  # fmt: skip
        else:
            found = (
                run(
                    given, seed=number, horizon=ahead, variants=chosen, quick=quick, setting=setting,
                    progress=advance,
                ),
            )  # fmt: skip
    fared = skill(given, seed=number, variant=chosen[0], setting=setting) if past else None
    first = found[0]
    if past and fared is not None:
        emit(past_table(fared), form, out, title=f"Past forecasts of {given.id}")
    else:
        _emit(found, form, out)
    _speak(first, fared, is_quiet=quiet)
    if plot is not None:
        from speciosa.forecasting.plots import plot_forecast

        say(f"Figure: {save_figure(plot_forecast(first), plot)}", is_quiet=quiet)
    if report is not None:
        say(f"Report: {write_forecast(report, first, fared)}", is_quiet=quiet)
    if whole is not None:
        from speciosa.results import write_atomically

        text = json.dumps([item.to_dict() for item in found] if plan else first.to_dict(), indent=1)
        say(f"Forecast: {write_atomically(whole, text + chr(10))}", is_quiet=quiet)


def _emit(found: tuple[Forecast, ...], form: Format, out: Path | None) -> None:
    """The table of all plans, one below the other."""
    import pandas as pd

    from speciosa.forecasting.report import table_of

    tables = [table_of(item) for item in found]
    if len(found) > 1:
        for item, table in zip(found, tables, strict=True):
            table.insert(0, "plan", item.plan)
    title = f"Forecast of {found[0].id}, from what was known up to {found[0].moment:g} h"
    emit(pd.concat(tables, ignore_index=True), form, out, title=title)


def _speak(found: Forecast, fared: Hindsight | None, *, is_quiet: bool) -> None:
    """Doses to come, disagreement and basis, on stderr."""
    say(f"Doses to come: {found.plan}.", is_quiet=is_quiet)
    if found.disagreement:
        say(found.disagreement, is_quiet=is_quiet)
    for words in (*found.basis.missing, *found.basis.assumptions):
        say(f"Note: {words}", is_quiet=is_quiet)
    if fared is not None and fared.past:
        say(
            f"{fared.inside:.0%} of {len(fared.past)} ratings touch the 90 % band of the forecast before.",
            is_quiet=is_quiet,
        )


def _number(text: str) -> float | str:
    """A plain number of hours, or what else was typed."""
    try:
        return float(text)
    except ValueError:
        return text
