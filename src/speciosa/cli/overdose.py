"""``speciosa overdose``: what an opioid does to breathing, and what a rescue does about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import FormatOption, Out, People, Quiet, Report, Seed, Target, Until, hours

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.overdose import Outcome, Shares
    from speciosa.simulation import Setting


def overdose(
    opioid: Annotated[
        str, typer.Argument(metavar="OPIOID", help='Regimen of the opioid: "fentanyl 1.625 mg IV".')
    ],
    rescue: Annotated[
        list[str] | None,
        typer.Option(help='Regimen of a rescue: "naloxone 4 mg intranasal"; repeatable, one arm each.'),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="published: the public overdose model as it is; extended: driven by the receptor signal of "
            "the drug library, with tolerance from a history."
        ),
    ] = "published",
    tolerance: Annotated[str, typer.Option(help="Published model: chronic or naive user.")] = "chronic",
    delay: Annotated[
        str | None, typer.Option(help="From the fall of ventilation to the rescue: 60s, 3min.")
    ] = None,
    trigger: Annotated[
        float | None, typer.Option(help="Share of resting ventilation that counts as such a fall: 0.4.")
    ] = None,
    oxygen: Annotated[
        float | None, typer.Option(help="Inspired PO2 from the start, mmHg; room air if left out.")
    ] = None,
    until: Until = None,
    people: People = None,
    seed: Seed = None,
    target: Target = None,
    form: FormatOption = Format.TABLE,
    out: Out = None,
    figure: Annotated[Path | None, typer.Option(help="Write the figure to this file (.svg or .png).")] = None,
    report: Report = None,
    quiet: Quiet = False,
) -> None:
    """Simulate an overdose and its rescue in one adult or in a population."""
    from speciosa.overdose import read_overdose, shares_of, simulate_overdose
    from speciosa.overdose.measures import measures
    from speciosa.people import population
    from speciosa.results import pivot
    from speciosa.simulation import Setting

    setting = Setting()
    case = read_overdose(
        opioid,
        rescue or [],
        population(setting.evidence, 1 if people is None else people, seed or 0),
        setting,
        model=model,
        tolerance=tolerance,
        delay=hours(delay, "--delay") if delay else None,
        trigger=trigger,
        oxygen=oxygen,
        until=hours(until, "--until") if until else None,
        target=target or "auto",
    )
    with progress("Overdose", is_quiet=quiet) as advance:
        outcome = simulate_overdose(case, setting, progress=advance)
    is_divided = case.people.is_varied and any(arm.ligands for arm in outcome.arms_run.values())
    shares: tuple[Shares, ...] = ()
    if is_divided:
        with progress("What the uncertainty explains", is_quiet=quiet) as advance:
            shares = shares_of(case, setting, first=outcome, progress=advance)
    table = measures(outcome, setting.evidence, shares)
    emit(pivot(table) if form is Format.TABLE else table, form, out, title=case.opioid.text)
    speak(outcome, setting, is_divided=is_divided, is_quiet=quiet)
    if figure is not None:
        say(f"Figure: {save_figure(outcome, figure)}", is_quiet=quiet)
    if report is not None:
        say(f"Report: {_write(outcome, table, setting, report)}", is_quiet=quiet)
    if any(result.failed for result in outcome.arms.values()):
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def speak(outcome: Outcome, setting: Setting, *, is_divided: bool, is_quiet: bool) -> None:
    """Notes, what percentages mean, failures and trust, on stderr."""
    from speciosa.overdose.measures import MOSTLY_ASSAY, NOT_INCIDENCE

    for arm, result in outcome.arms.items():
        for note in result.description.notes:
            say(f"Note ({arm}): {note}", is_quiet=is_quiet)
        for failure in result.reasons:
            if failure:
                say(failure)
    if outcome.case.people.is_varied:
        say(NOT_INCIDENCE, is_quiet=is_quiet)
    if is_divided:
        say(MOSTLY_ASSAY, is_quiet=is_quiet)
    say(outcome.comparison.sources(setting.evidence).trust.headline, is_quiet=is_quiet)


def save_figure(outcome: Outcome, path: Path) -> Path:
    """Write the figure as SVG or PNG, by the ending of the file.

    Raises
    ------
    ScenarioError
        If the ending names neither.
    """
    from speciosa.errors import ScenarioError
    from speciosa.overdose.figures import plot_overdose
    from speciosa.results import style

    writers = {".svg": style.save_svg, ".png": style.save_png}
    if path.suffix not in writers:
        raise ScenarioError(
            f"{path.name} ends in {path.suffix or 'nothing'}", where="--figure", expected=".svg or .png"
        )
    return writers[path.suffix](plot_overdose(outcome), path)


def _write(outcome: Outcome, table: pd.DataFrame, setting: Setting, path: Path) -> Path:
    from speciosa.model.rendering import model_html
    from speciosa.overdose.figures import plot_overdose
    from speciosa.overdose.measures import MOSTLY_ASSAY, NOT_INCIDENCE
    from speciosa.results import write_report

    last = list(outcome.arms_run.values())[-1]
    return write_report(
        path,
        outcome.comparison,
        title=f"Overdose: {outcome.case.opioid.text}",
        table=table,
        figures={"breathing": plot_overdose(outcome, with_caption=False)},
        unknowns=(NOT_INCIDENCE, MOSTLY_ASSAY) if outcome.case.people.is_varied else (),
        equations=model_html(last.model),
        evidence=setting.evidence,
    )
