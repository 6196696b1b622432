"""``speciosa population``: summaries of populations that are too large to be held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, say
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
    PeopleFile,
    Pregnancy,
    Quiet,
    Seed,
    Sex,
    Target,
    Until,
    Values,
    Weight,
    save_figure,
    span_of,
)
from speciosa.cli.sharing import Cluster, ExecutorName, Merge, Resume, Shard, Sharing, Workers
from speciosa.cli.simulate import first_output, speak, with_options

if TYPE_CHECKING:
    from speciosa.campaigns import PopulationStudy, PopulationSummary
    from speciosa.cli.scenario_file import ScenarioFile


def population(
    what: Annotated[str, typer.Argument(metavar="REGIMEN|FILE", help="Regimen as text, or a scenario file.")],
    out: Annotated[Path, typer.Option(help="Folder for the shards and the summaries.")],
    people: Annotated[int | None, typer.Option(help="Number of people, up to 1000000.")] = None,
    until: Until = None,
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
    batches: Batches = None,
    every: Every = None,
    values: Values = None,
    choose: Choose = None,
    outputs: Annotated[
        list[str] | None, typer.Option("--output", help="Record this output only; repeatable.")
    ] = None,
    target: Target = None,
    unit: Annotated[str, typer.Option(help="Unit of concentrations.")] = "ng/mL",
    tail: Annotated[
        str | None,
        typer.Option(help="Where the terminal half-life is read: 48h,120h; by best fit if left out."),
    ] = None,
    shard_size: Annotated[int | None, typer.Option(help="People of one shard; 10000 if left out.")] = None,
    keep_people: Annotated[
        bool, typer.Option("--keep-people", help="Write everybody's metrics too, a Parquet file a shard.")
    ] = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    cluster: Cluster = None,
    resume: Resume = False,
    shard: Shard = None,
    merge: Merge = False,
    form: FormatOption = Format.TABLE,
    plot: Annotated[
        Path | None, typer.Option(help="Figure of COWS, or of the first output recorded (.svg or .png).")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Summarize a population of any size, in shards that can be cut off and gone on with."""
    from speciosa.cli.loading import scenario_file_from
    from speciosa.simulation import Setting

    sharing = Sharing(executor, workers, cluster, resume, shard, merge)
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
            "until": until,
            "every": every,
            "outputs": outputs or None,
            "target": target,
            "batches": batches,
        },
    )
    if people_file is not None:
        given = given.model_copy(update={"people": given.people.from_file(people_file)})
    _must_be_one_study(given)
    from speciosa.campaigns import SHARD, PopulationStudy

    scenario = given.scenario(given.regimen, given.title, setting)
    window = span_of(tail) if tail else None
    each = SHARD if shard_size is None else shard_size
    study = PopulationStudy(scenario, setting, unit, window, each, keep_people)
    folder = sharing.folder(
        study, out, "People", lambda count: min(count * each, scenario.people.size), is_quiet=quiet
    )
    if folder is not None:
        from speciosa.campaigns import merged

        _finish(merged(folder, study), study, given, out, plot, form, is_quiet=quiet)


def _must_be_one_study(given: ScenarioFile) -> None:
    from speciosa.errors import ScenarioError

    if given.studies is not None or given.samples is not None:
        raise ScenarioError(
            "the file asks for studies that draw typical values",
            expected="one study of many people",
            advice="Use `speciosa simulate` with --studies for what is not known.",
        )


def _finish(
    found: PopulationSummary,
    study: PopulationStudy,
    given: ScenarioFile,
    out: Path,
    plot: Path | None,
    form: Format,
    *,
    is_quiet: bool,
) -> None:
    from speciosa.cli.reporting import essentials
    from speciosa.cli.runs import save_scenario

    found.save(out)
    save_scenario(given, out)
    emit(essentials(found.table) if form is Format.TABLE else found.table, form, None, title=found.title)
    speak(found.example, is_quiet=is_quiet)
    say(found.note, is_quiet=is_quiet)
    if plot is not None:
        say(f"Figure: {save_figure(found.plot(first_output(found.example)), plot)}", is_quiet=is_quiet)
    say(f"Folder: {out} ({study.identity.shards} shards)", is_quiet=is_quiet)
    if len(found.failures):
        say(f"{len(found.failures)} people could not be simulated: failures.csv names them.")
        raise typer.Exit(ExitCode.NOT_CONVERGED)
