"""``speciosa trial power``: power, assurance, numbers of people and boundaries of a trial, by simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format, emit, say
from speciosa.cli.options import FormatOption, Quiet, Seed, save_figure
from speciosa.cli.sharing import Cluster, ExecutorName, Merge, Resume, Shard, Sharing, Workers

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.power import Looks, PowerResult, PowerStudy


def power(
    what: Annotated[
        str, typer.Argument(metavar="PROTOCOL", help="Protocol file, or one that ships with the program.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the shards, tables and figures.")],
    trials: Annotated[int, typer.Option(help="Number of trials.")] = 1000,
    people: Annotated[
        list[int] | None,
        typer.Option(help="Number of people at which power is asked for; repeatable. Quarters if left out."),
    ] = None,
    analysis: Annotated[
        str | None, typer.Option(help="Method or endpoint of the analysis; the first that tests something.")
    ] = None,
    better: Annotated[
        str, typer.Option(help="Direction of the difference that counts: lower, higher or either.")
    ] = "either",
    alpha: Annotated[float, typer.Option(help="Two-sided level.")] = 0.05,
    goal: Annotated[float, typer.Option(help="Power for which the number of people is told.")] = 0.8,
    assurance: Annotated[
        bool,
        typer.Option("--assurance", help="Also with typical values drawn for each trial from their rows."),
    ] = False,
    samples: Annotated[
        Path | None, typer.Option(help="Joint samples of typical values for the assurance (.csv).")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'OLD => NEW | NEW'", help="Text of the protocol, and texts in its place; repeatable."
        ),
    ] = None,
    look: Annotated[
        list[float] | None, typer.Option(help="Look before the end, at this share of the people; repeatable.")
    ] = None,
    spending: Annotated[
        str, typer.Option(help="How looks spend the level: O'Brien-Fleming or Pocock.")
    ] = "O'Brien-Fleming",
    futility: Annotated[
        float | None, typer.Option(help="Conditional power below which a look stops the trial: 0.1.")
    ] = None,
    seed: Seed = None,
    shard_size: Annotated[int | None, typer.Option(help="Trials of one shard; 10 if left out.")] = None,
    executor: ExecutorName = None,
    workers: Workers = None,
    cluster: Cluster = None,
    resume: Resume = False,
    shard: Shard = None,
    merge: Merge = False,
    form: FormatOption = Format.TABLE,
    plot: Annotated[Path | None, typer.Option(help="Power curve (.svg or .png).")] = None,
    plot_of_looks: Annotated[
        Path | None, typer.Option("--plot-looks", help="Boundaries of the looks (.svg or .png).")
    ] = None,
    plot_of_safety: Annotated[
        Path | None, typer.Option("--plot-safety", help="Boundary of the first safety rule (.svg or .png).")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Find how likely a trial is to show a difference, with how many people, and when it may stop."""
    from speciosa.errors import TrialError
    from speciosa.power import TRIALS_A_SHARD, PowerStudy, merged_power, variants
    from speciosa.simulation import Setting
    from speciosa.uncertainty import Samples

    if samples is not None and not assurance:
        raise TrialError("samples are given and no assurance", where="--samples", expected="--assurance")
    if not 0.0 < goal < 1.0:
        raise TrialError(f"the goal is {goal:g}", where="--goal", expected="more than 0 and less than 1")
    if not 0.0 < alpha < 0.5:  # noqa: PLR2004
        raise TrialError(f"alpha is {alpha:g}", where="--alpha", expected="more than 0 and less than 0.5")
    # Analyses hold Python's lock for most of their time, so that threads would wait for each other.
    sharing = Sharing(executor or (None if cluster else "processes"), workers, cluster, resume, shard, merge)
    setting = Setting()
    study = PowerStudy(
        variants=variants(what, vary or (), setting),
        trials=trials,
        seed=1 if seed is None else seed,
        sizes=tuple(people or ()),
        analysis=analysis,
        kinds=("power", "assurance") if assurance else ("power",),
        looks=_looks(look, alpha, spending, futility, plot_of_looks),
        samples=Samples.read(samples) if samples is not None else None,
        shard_size=TRIALS_A_SHARD if shard_size is None else shard_size,
        setting=setting,
    )
    _must_have_direction(study, better)
    folder = sharing.folder(study, out, "Trials", lambda count: _trials(study, count), is_quiet=quiet)
    if folder is not None:
        found = merged_power(folder, study, better=better, alpha=alpha)  # type: ignore[arg-type]
        _finish(
            found,
            goal,
            out,
            form,
            {"power": plot, "looks": plot_of_looks, "safety": plot_of_safety},
            is_quiet=quiet,
        )


def _looks(
    look: list[float] | None, alpha: float, spending: str, futility: float | None, plot: Path | None
) -> Looks | None:
    from speciosa.errors import TrialError
    from speciosa.power import looks_of

    if look:
        return looks_of(sorted(look), alpha, spending, futility)
    for name, given in (("--futility", futility), ("--plot-looks", plot)):
        if given is not None:
            raise TrialError("no look is asked for", where=name, expected="--look 0.5, say")
    return None


def _must_have_direction(study: PowerStudy, better: str) -> None:
    """Say before the work what would only be found after it."""
    from speciosa.errors import TrialError, UnknownNameError
    from speciosa.power import BETTER

    if better not in BETTER:
        raise UnknownNameError("direction", better, BETTER)
    if study.looks is not None and study.looks.futility is not None and better == "either":
        raise TrialError(
            "futility is asked for, and a difference in either direction counts",
            where="--futility",
            expected="the direction that is better: --better lower or --better higher",
        )


def _trials(study: PowerStudy, shards: int) -> int:
    """Trials of a number of shards."""
    total = study.trials * len(study.variants) * len(study.kinds)
    return min(shards * study.shard_size, total)


def _finish(
    found: PowerResult,
    goal: float,
    out: Path,
    form: Format,
    plots: dict[str, Path | None],
    *,
    is_quiet: bool,
) -> None:
    from speciosa.power import plot_looks, plot_power, plot_safety

    found.save(out)
    emit(_short(found.power) if form is Format.TABLE else found.power, form, None, title=found.title)
    if form is Format.TABLE:
        emit(
            _short(found.people_for(goal)), form, None, title=f"Fewest people tried with a power of {goal:g}"
        )
        for table, title in ((found.looks, "Looks"), (found.limits, "Boundaries of safety")):
            if len(table):
                emit(_short(table), form, None, title=title)
        if found.safety["stopped for safety"].any():
            emit(found.safety, form, None, title="Stops for safety")
    figures = {
        "power": lambda: plot_power(found, goal),
        "looks": lambda: plot_looks(found),
        "safety": lambda: plot_safety(found),
    }
    for name, path in plots.items():
        if path is not None:
            say(f"Figure: {save_figure(figures[name](), path)}", is_quiet=is_quiet)
    unanswered = int(found.power["unanswered"].sum())
    if unanswered:
        say(f"{unanswered} analyses had no answer and count as trials that find nothing.", is_quiet=is_quiet)
    say(f"Folder: {out}", is_quiet=is_quiet)


def _short(table: pd.DataFrame) -> pd.DataFrame:
    """Without columns that say the same in every row."""
    told = [name for name in ("variant", "kind", "endpoint", "method", "unit") if name in table]
    return table.drop(columns=[name for name in told if table[name].nunique() == 1])
