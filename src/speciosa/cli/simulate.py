"""``speciosa simulate``: one regimen, one result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import (
    Age,
    Choose,
    Every,
    FormatOption,
    Height,
    Out,
    People,
    Quiet,
    Report,
    Save,
    Seed,
    Target,
    Until,
    Values,
    Weight,
    assignments,
    chosen,
    hours,
)

if TYPE_CHECKING:
    from speciosa.cli.scenario_file import File
    from speciosa.results import Result


def simulate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="REGIMEN|FILE", help="Regimen as text, or a TOML scenario or NONMEM table (.csv) file."
        ),
    ],
    until: Until = None,
    people: People = None,
    seed: Seed = None,
    weight: Weight = None,
    height: Height = None,
    age: Age = None,
    every: Every = None,
    values: Values = None,
    choose: Choose = None,
    outputs: Annotated[
        list[str] | None, typer.Option("--output", help="Record this output only; repeatable.")
    ] = None,
    target: Target = None,
    unit: Annotated[str, typer.Option(help="Unit of concentrations in the table.")] = "ng/mL",
    tail: Annotated[
        str | None,
        typer.Option(help="Where the terminal half-life is read: 48h,120h; by best fit if left out."),
    ] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Every output and metric in the table.")] = False,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    curves: Annotated[
        Path | None,
        typer.Option(help="File for the percentiles of every output over time (.csv, .json or .parquet)."),
    ] = None,
    report: Report = None,
    save: Save = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a regimen in one adult or in a population."""
    from speciosa.cli.loading import scenario_file_from
    from speciosa.cli.reporting import essentials, save_curves
    from speciosa.simulation import Setting
    from speciosa.simulation import simulate as run

    setting = Setting()
    given = with_options(
        scenario_file_from(what, setting),
        values,
        choose,
        people={"size": people, "seed": seed, "weight": weight, "height": height, "age": age},
        other={"until": until, "every": every, "outputs": outputs or None, "target": target},
    )
    scenario = given.scenario(given.regimen, given.title, setting)
    window = span_of(tail) if tail else None
    with progress("Simulating", is_quiet=quiet) as advance:
        result = run(scenario, setting, progress=advance)
    table = result.summary(unit=unit, tail=window)
    is_short = form is Format.TABLE and not all_rows
    emit(essentials(table) if is_short else table, form, out, title=result.description.title)
    speak(result, is_quiet=quiet)
    if report is not None:
        from speciosa.cli.reporting import report_on

        say(f"Report: {report_on(result, scenario, setting, report)}", is_quiet=quiet)
    if curves is not None:
        say(f"Curves: {save_curves(result, curves, unit)}", is_quiet=quiet)
    if save is not None:
        from speciosa.cli.runs import save_run

        say(f"Run folder: {save_run(result, given, save)}", is_quiet=quiet)
    if result.failed:
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def span_of(text: str) -> tuple[float, float]:
    """Two durations, ``48h,120h``, in hours.

    Raises
    ------
    ScenarioError
        If there are not two, in order.
    """
    from speciosa.errors import ScenarioError

    parts = [hours(part, "--tail") for part in text.split(",")]
    if len(parts) != 2 or parts[0] >= parts[1]:  # noqa: PLR2004
        raise ScenarioError(f"{text!r} is no span of time", where="--tail", expected="two times: 48h,120h")
    return parts[0], parts[1]


def with_options(
    given: File,
    values: list[str] | None,
    choose: list[str] | None = None,
    *,
    people: Mapping[str, float | None],
    other: Mapping[str, object],
) -> File:
    """A scenario or comparison file with what the command line says put over it; None says nothing."""
    part = given.people.model_copy(update={key: value for key, value in people.items() if value is not None})
    return given.model_copy(
        update={
            **{key: value for key, value in other.items() if value is not None},
            "people": part,
            "values": {**given.values, **assignments(values or [])},
            "choose": {**given.choose, **chosen(choose or [])},
        }
    )


def speak(result: Result, *, is_quiet: bool) -> None:
    """Notes of the readers, failures and how far the result can be trusted, on stderr."""
    for note in result.description.notes:
        say(f"Note: {note}", is_quiet=is_quiet)
    for failure in result.reasons:
        if failure:
            say(failure)
    say(result.trust().headline, is_quiet=is_quiet)
