"""Studies by people on the command line: variability and uncertainty apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from speciosa.cli.console import ExitCode, Format, emit, progress, say
from speciosa.cli.options import save_figure
from speciosa.cli.simulate import Wanted, first_output, speak

if TYPE_CHECKING:
    from speciosa.cli.scenario_file import ScenarioFile
    from speciosa.results import Studies
    from speciosa.simulation import Scenario, Setting

DRAWN = ("plasma.", "signal.", "COWS")


def run_studies(scenario: Scenario, given: ScenarioFile, setting: Setting, wanted: Wanted) -> None:
    """Simulate a scenario in many studies and write what is wanted of it."""
    from speciosa.cli.reporting import essentials
    from speciosa.studies import simulate_studies

    quiet = wanted.is_quiet
    with progress("Studies", is_quiet=quiet) as advance:
        studies = simulate_studies(
            scenario,
            given.uncertainty(),
            setting,
            unit=wanted.unit,
            tail=wanted.tail,
            progress=advance,
        )
    table = studies.summary()
    is_short = wanted.form is Format.TABLE and not wanted.all_rows
    title = f"{studies.base.description.title}: {studies.size} studies of {studies.base.n} people"
    emit(essentials(table) if is_short else table, wanted.form, wanted.out, title=title)
    speak(studies.base, is_quiet=quiet)
    say(studies.note, is_quiet=quiet)
    _write(studies, scenario, given, setting, wanted)
    if studies.failed:
        say(f"{studies.failed} simulations failed over all studies.")
        raise typer.Exit(ExitCode.NOT_CONVERGED)


def _write(
    studies: Studies, scenario: Scenario, given: ScenarioFile, setting: Setting, wanted: Wanted
) -> None:
    """Report, curves, figure and run folder, those that are wanted."""
    quiet = wanted.is_quiet
    if wanted.report is not None:
        say(f"Report: {_report(studies, scenario, setting, wanted.report)}", is_quiet=quiet)
    if wanted.curves is not None:
        from speciosa.cli.reporting import curve_form
        from speciosa.results import write_table

        write_table(studies.bands_table(), curve_form(wanted.curves), wanted.curves)
        say(f"Curves: {wanted.curves}", is_quiet=quiet)
    if wanted.plot is not None:
        from speciosa.results import plot_studies

        figure = plot_studies(studies, first_output(studies.base))
        say(f"Figure: {save_figure(figure, wanted.plot)}", is_quiet=quiet)
    if wanted.save is not None:
        from speciosa.cli.runs import save_run

        save_run(studies.base, given, wanted.save)
        say(f"Run folder: {studies.save(wanted.save)}", is_quiet=quiet)


def _report(studies: Studies, scenario: Scenario, setting: Setting, path: Path) -> Path:
    from speciosa.cli.reporting import STANDING_UNKNOWNS
    from speciosa.model.rendering import model_html
    from speciosa.results import plot_studies, write_report
    from speciosa.simulation import model_of

    names = [name for name in studies.base.outputs() if name.startswith(DRAWN)]
    return write_report(
        path,
        studies.base,
        table=studies.summary(),
        figures={name: plot_studies(studies, name, with_caption=False) for name in names},
        unknowns=(*STANDING_UNKNOWNS, studies.note),
        equations=model_html(model_of(scenario, setting)),
        evidence=setting.evidence,
    )
