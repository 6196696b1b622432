"""``speciosa trial``: virtual trials from protocol files, beside each other, and templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import FormatOption, Out, Quiet

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.trials import Protocol, TrialResult

RUN = "run"

TrialSeed = Annotated[int, typer.Option("--seed", help="Seed of everything random in the trial.")]
Folder = Annotated[
    Path | None, typer.Option("--save", help="Folder for protocol, tables, figures, report and sources.")
]
Persons = Annotated[
    int | None, typer.Option("--people", help="Number of people, in place of the protocol's.")
]
Who = Annotated[str, typer.Option("--executor", help="Who works on the people: serial or threads.")]


class _Group(TyperGroup):
    """A file, or the name of a template, in the place of a verb is run."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Run what is no verb."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [RUN, *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    help=(
        "Virtual trials: `speciosa trial FILE.toml` runs a protocol, or a template by its name.\n\n"
        "For research. What a virtual trial shows rests on its model and its protocol; it advises no dose."
    ),
)


@app.command(RUN)
def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A protocol (.toml, .json), or a template.")],
    seed: TrialSeed = 1,
    people: Persons = None,
    executor: Who = "serial",
    form: FormatOption = Format.TABLE,
    out: Out = None,
    save: Folder = None,
    quiet: Quiet = False,
) -> None:
    """Run a protocol once: its analyses as a table, and a result folder."""
    from speciosa.trials.gathering import outcome

    result = _run(_protocol(file, people), seed, executor, is_quiet=quiet)
    table = result.analyses if len(result.analyses) else outcome(result.endpoints)
    if form is Format.TABLE and out is None:
        emit(result.flow.table(), form, None, title="Flow of people")
        emit(outcome(result.endpoints), form, None, title="Endpoints by arm")
        if len(result.decisions):
            emit(result.decisions, form, None, title="Decisions on the way")
    emit(table, form, out, title="Analyses" if len(result.analyses) else "Endpoints by arm")
    say(result.sources().trust.headline, is_quiet=quiet)
    if save is not None:
        say(f"Result: {result.save(save)}")
    if any(counts["not simulated"] for counts in result.flow.arms.values()):
        raise typer.Exit(ExitCode.NOT_CONVERGED)


@app.command("compare")
def compare(
    files: Annotated[list[str], typer.Argument(metavar="FILE FILE...", help="Protocols or templates.")],
    seed: TrialSeed = 1,
    people: Persons = None,
    executor: Who = "serial",
    form: FormatOption = Format.TABLE,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Run several protocols with one seed and lay their analyses beside each other."""
    import pandas as pd

    tables: list[pd.DataFrame] = []
    for file in files:
        result = _run(_protocol(file, people), seed, executor, is_quiet=quiet)
        tables.append(result.analyses.assign(trial=result.protocol.title))
    table = pd.concat(tables, ignore_index=True)
    emit(table[["trial", *(name for name in table.columns if name != "trial")]], form, out, title="Trials")


@app.command("templates")
def templates(
    name: Annotated[str | None, typer.Argument(help="Print the text of this one.")] = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
) -> None:
    """List the protocols that ship with the program, or print one to start from."""
    import pandas as pd

    from speciosa.trials import read_protocol, template
    from speciosa.trials import templates as names

    if name is not None:
        typer.echo(template(name), nl=False)
        return
    rows = [(key, protocol.design, protocol.title) for key in names() for protocol in [read_protocol(key)]]
    emit(pd.DataFrame(rows, columns=["name", "design", "title"]), form, out, title="Template protocols")


@app.command("titration")
def titration(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A titration study (.toml), or a template of one.")
    ],
    seed: TrialSeed = 1,
    people: Persons = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a self-contained HTML report to this file.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Start, step and interval of a titration by rule: relief, dependence, and what is not known."""
    from speciosa.trials.titration import read_titration, run_titration

    study = read_titration(file)
    if people is not None:
        study = study.model_copy(update={"people": study.people.model_copy(update={"size": people})})
    with progress("Titration", is_quiet=quiet) as advance:
        found = run_titration(study, seed=seed, progress=advance)
    emit(found.table, form, out, title=study.title)
    for text in found.not_known:
        say(f"Not known: {text}", is_quiet=quiet)
    say(found.intended_use, is_quiet=quiet)
    if report is not None:
        say(f"Report: {found.report(report)}")


def _protocol(file: str, people: int | None) -> Protocol:
    from speciosa.trials import read_protocol

    given = read_protocol(file)
    if people is None:
        return given
    return given.model_copy(update={"people": given.people.model_copy(update={"size": people})})


def _run(protocol: Protocol, seed: int, executor: str, *, is_quiet: bool) -> TrialResult:
    from speciosa.trials import run_trial

    with progress(protocol.title, is_quiet=is_quiet) as advance:
        told = None if advance is None else lambda name, done, all_: advance(done, all_)
        return run_trial(protocol, seed=seed, executor=executor, progress=told)
