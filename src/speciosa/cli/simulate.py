"""``speciosa simulate``: one regimen, one result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import (
    Age,
    Batches,
    ChildPugh,
    Choose,
    Cyp2b6,
    Cyp2d6,
    Egfr,
    Every,
    FormatOption,
    Height,
    Out,
    People,
    PeopleFile,
    Pregnancy,
    Quiet,
    Report,
    SamplesFile,
    Save,
    Seed,
    Sex,
    Studies,
    Target,
    Until,
    Values,
    Weight,
    assignments,
    chosen,
    save_figure,
    span_of,
)

if TYPE_CHECKING:
    from speciosa.cli.scenario_file import File, ScenarioFile
    from speciosa.results import Result
    from speciosa.simulation import Scenario, Setting


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
    sex: Sex = None,
    egfr: Egfr = None,
    child_pugh: ChildPugh = None,
    pregnancy: Pregnancy = None,
    cyp2d6: Cyp2d6 = None,
    cyp2b6: Cyp2b6 = None,
    people_file: PeopleFile = None,
    studies: Studies = None,
    samples: SamplesFile = None,
    batches: Batches = None,
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
    plot: Annotated[
        Path | None, typer.Option(help="Figure of COWS, or of the first output recorded (.svg or .png).")
    ] = None,
    report: Report = None,
    save: Save = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a regimen in one adult or in a population."""
    from speciosa.cli.loading import scenario_file_from
    from speciosa.cli.reporting import essentials
    from speciosa.errors import ScenarioError
    from speciosa.simulation import Setting
    from speciosa.simulation import simulate as run

    setting = Setting()
    given = with_options(
        scenario_file_from(what, setting),
        values,
        choose,
        people={
            **{"size": people, "seed": seed, "weight": weight, "height": height, "age": age, "sex": sex},
            **{"egfr": egfr, "child_pugh": child_pugh, "pregnancy": pregnancy, "cyp2d6": cyp2d6},
            "cyp2b6_genotype": cyp2b6,
        },
        other={
            **{"until": until, "every": every, "outputs": outputs or None, "target": target},
            **{"batches": batches, "studies": studies, "samples": str(samples) if samples else None},
        },
    )
    if people_file is not None:
        given = given.model_copy(update={"people": given.people.from_file(people_file)})
    scenario = given.scenario(given.regimen, given.title, setting)
    window = span_of(tail) if tail else None
    wanted = Wanted(form, out, curves, plot, report, save, unit, window, all_rows, quiet)
    if given.studies is not None:
        from speciosa.cli.nested import run_studies

        run_studies(scenario, given, setting, wanted)
        return
    if given.samples:
        raise ScenarioError("samples are given and no studies", where="--samples", expected="--studies 50")
    with progress("Simulating", is_quiet=quiet) as advance:
        result = run(scenario, setting, progress=advance)
    table = result.summary(unit=unit, tail=window)
    is_short = form is Format.TABLE and not all_rows
    emit(essentials(table) if is_short else table, form, out, title=result.description.title)
    speak(result, is_quiet=quiet)
    _write(result, scenario, given, setting, wanted)
    if result.failed:
        raise typer.Exit(ExitCode.NOT_CONVERGED)


@dataclass(frozen=True)
class Wanted:
    """What a run is asked to write, and how."""

    form: Format
    out: Path | None
    curves: Path | None
    plot: Path | None
    report: Path | None
    save: Path | None
    unit: str
    tail: tuple[float, float] | None
    all_rows: bool
    is_quiet: bool


def _write(result: Result, scenario: Scenario, given: ScenarioFile, setting: Setting, wanted: Wanted) -> None:
    """Report, curves, figure and run folder, those that are wanted."""
    quiet = wanted.is_quiet
    if wanted.report is not None:
        from speciosa.cli.reporting import report_on

        say(f"Report: {report_on(result, scenario, setting, wanted.report)}", is_quiet=quiet)
    if wanted.curves is not None:
        from speciosa.cli.reporting import save_curves

        say(f"Curves: {save_curves(result, wanted.curves, wanted.unit)}", is_quiet=quiet)
    if wanted.plot is not None:
        from speciosa.results import plot_bands

        figure = plot_bands(result, first_output(result))
        say(f"Figure: {save_figure(figure, wanted.plot)}", is_quiet=quiet)
    if wanted.save is not None:
        from speciosa.cli.runs import save_run

        say(f"Run folder: {save_run(result, given, wanted.save)}", is_quiet=quiet)


def first_output(result: Result) -> str:
    """The output that a figure shows: COWS where it was recorded, else the first."""
    names = result.outputs()
    return "COWS" if "COWS" in names else names[0]


def with_options(
    given: File,
    values: list[str] | None,
    choose: list[str] | None = None,
    *,
    people: Mapping[str, float | str | None],
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
