"""``speciosa compare``: several regimens in the same people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import (
    Choose,
    Every,
    FormatOption,
    Out,
    People,
    Quiet,
    Report,
    Seed,
    Target,
    Until,
    Values,
)
from speciosa.cli.simulate import with_options

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.cli.scenario_file import ComparisonFile
    from speciosa.results import Comparison, Result
    from speciosa.simulation import Setting


def compare(
    what: Annotated[
        list[str],
        typer.Argument(metavar="FILE | REGIMEN REGIMEN...", help="A TOML comparison, or regimens as text."),
    ],
    until: Until = None,
    people: People = None,
    seed: Seed = None,
    every: Every = None,
    values: Values = None,
    choose: Choose = None,
    target: Target = None,
    history: Annotated[str | None, typer.Option(help="What came before, the same in every arm.")] = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    report: Report = None,
    quiet: Quiet = False,
) -> None:
    """Compare regimens: peak COWS, days in each band, receptor signal, dependence."""
    from speciosa.cli.scenario_file import ComparisonFile, read_file

    if len(what) == 1 and what[0].endswith(".toml"):
        given = read_file(Path(what[0]), ComparisonFile)
    else:
        given = ComparisonFile(arms={text: text for text in what}, title="Comparison")
    given = with_options(
        given,
        values,
        choose,
        people={"size": people, "seed": seed},
        other={"until": until, "every": every, "target": target, "history": history},
    )
    answer(given, form=form, out=out, report=report, is_quiet=quiet)


def answer(
    given: ComparisonFile, *, form: Format, out: Path | None, report: Path | None, is_quiet: bool
) -> None:
    """Run a comparison and write its table, and its report where one is wanted."""
    from speciosa.results import Comparison, pivot
    from speciosa.simulation import Setting

    setting = Setting()
    comparison = Comparison(_results(given, setting, is_quiet=is_quiet))
    table = _table(comparison, given)
    emit(pivot(table) if form is Format.TABLE else table, form, out, title=given.title or None)
    moved = _sensitivity(given, setting, is_quiet=is_quiet)
    if moved is not None and form is Format.TABLE and out is None:
        emit(moved, form, None, title=str(moved.attrs["caption"]))
    for arm in comparison:
        for note in comparison[arm].description.notes:
            say(f"Note ({arm}): {note}", is_quiet=is_quiet)
    say(comparison.sources(setting.evidence).trust.headline, is_quiet=is_quiet)
    if report is not None:
        say(f"Report: {_write(comparison, table, moved, given, setting, report)}")
    if any(comparison[arm].failed for arm in comparison):
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _results(given: ComparisonFile, setting: Setting, *, is_quiet: bool) -> dict[str, Result]:
    from speciosa.simulation import simulate

    found = {}
    for arm, regimen in given.arms.items():
        with progress(arm, is_quiet=is_quiet) as advance:
            found[arm] = simulate(given.scenario(regimen, arm, setting), setting, progress=advance)
    return found


def _table(comparison: Comparison, given: ComparisonFile) -> pd.DataFrame:
    from speciosa.cli.options import hours

    stop = hours(given.stop, "stop") if given.stop else None
    end = max(comparison[arm].description.until for arm in comparison)
    return comparison.table(final_stop=stop, at=[time for time in (0.0, stop, end) if time is not None])


def _write(
    comparison: Comparison,
    table: pd.DataFrame,
    moved: pd.DataFrame | None,
    given: ComparisonFile,
    setting: Setting,
    path: Path,
) -> Path:
    from speciosa.model.rendering import model_html
    from speciosa.results import write_report
    from speciosa.simulation import model_of

    arm = given.sensitivity.arm if given.sensitivity else next(iter(given.arms))
    return write_report(
        path,
        comparison,
        title=given.title or None,
        question=given.question,
        table=table,
        unknowns=given.unknown,
        sensitivity=moved,
        equations=model_html(model_of(given.scenario(given.arms[arm], arm, setting), setting)),
        evidence=setting.evidence,
    )


def _sensitivity(given: ComparisonFile, setting: Setting, *, is_quiet: bool) -> pd.DataFrame | None:
    """The sensitivity part of a comparison, in the typical adult."""
    if given.sensitivity is None:
        return None
    from speciosa.cli.options import hours
    from speciosa.cli.reporting import sensitivity_table
    from speciosa.errors import ScenarioError
    from speciosa.sensitivity import one_at_a_time

    part = given.sensitivity
    if part.arm not in given.arms:
        raise ScenarioError(
            f"there is no arm {part.arm!r}",
            where="sensitivity.arm",
            expected=f"one of {', '.join(given.arms)}",
        )
    alone = given.model_copy(update={"people": given.people.model_copy(update={"size": 1})})
    scenario = alone.scenario(given.arms[part.arm], part.arm, setting)
    stop = hours(given.stop, "stop") if given.stop else scenario.until
    with progress("Assumptions", is_quiet=is_quiet) as advance:
        return sensitivity_table(one_at_a_time(scenario, part.assumptions, setting, progress=advance), stop)
