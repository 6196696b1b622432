"""Options that several verbs share, and how durations are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format
from speciosa.errors import ScenarioError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Until = Annotated[str | None, typer.Option(help="How long to look: 120h, 28d, 6 weeks.")]
People = Annotated[int | None, typer.Option(help="Number of people; 1 is the typical adult.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the differences between people.")]
Weight = Annotated[float | None, typer.Option(help="Weight of the median adult, kg.")]
Height = Annotated[float | None, typer.Option(help="Height of the median adult, cm.")]
Age = Annotated[float | None, typer.Option(help="Age of the median adult, years.")]
PeopleFile = Annotated[
    Path | None,
    typer.Option("--people-file", help="Who they are: a specification (.toml) or real covariates (.csv)."),
]
Sex = Annotated[str | None, typer.Option(help="Sex of the median adult: female, male or unspecified.")]
ChildPugh = Annotated[str | None, typer.Option("--child-pugh", help="Liver disease: none, A, B or C.")]
Pregnancy = Annotated[str | None, typer.Option(help="no or yes.")]
Egfr = Annotated[float | None, typer.Option(help="Renal function, mL/min per 1.73 m2.")]
Cyp2d6 = Annotated[
    str | None, typer.Option(help="CYP2D6 phenotype: poor, intermediate, normal or ultrarapid.")
]
Cyp2b6 = Annotated[str | None, typer.Option(help="CYP2B6 genotype: *1/*6.")]
Studies = Annotated[
    int | None,
    typer.Option(help="Number of studies that each draw typical values from what is known of them."),
]
SamplesFile = Annotated[
    Path | None, typer.Option("--samples", help="Joint samples of typical values for the studies (.csv).")
]
Batches = Annotated[
    str | None,
    typer.Option(help="Another batch of a product whose content is not stated for each: person or dose."),
]
Every = Annotated[str | None, typer.Option(help="Step of the recorded times: 0.5h.")]
Values = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="What-if value of a parameter, in the model's unit."),
]
Choose = Annotated[
    list[str] | None,
    typer.Option(
        "--choose",
        metavar="NAME=ALTERNATIVE",
        help="Alternative evidence for a parameter or a drug: buprenorphine.Vc=oud; repeatable.",
    ),
]
Target = Annotated[str | None, typer.Option(help="Engine: auto, reference or llvm.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Form of the table on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", help="File to write the table to instead of stdout.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write a self-contained HTML report to this file.")
]
Save = Annotated[
    Path | None, typer.Option("--save", help="Folder for the whole result and the resolved scenario.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No talk on stderr.")]


def hours(text: str, where: str) -> float:
    """A duration such as ``120h`` or ``6 weeks`` in hours; see `speciosa.simulation.written.hours`."""
    # Late, so that the command line answers at once.
    from speciosa.simulation.written import hours as read

    return read(text, where)


def chosen(items: Sequence[str]) -> dict[str, str]:
    """``NAME=ALTERNATIVE`` pairs.

    Raises
    ------
    ScenarioError
        If a pair is not of that form.
    """
    pairs = [(item, *item.partition("=")) for item in items]
    for item, name, _, value in pairs:
        if not name.strip() or not value.strip():
            raise ScenarioError(
                f"{item!r} chooses nothing",
                where="--choose",
                expected="NAME=ALTERNATIVE: buprenorphine.Vc=oud",
            )
    return {name.strip(): value.strip() for _, name, _, value in pairs}


def assignments(items: Sequence[str]) -> dict[str, float]:
    """``NAME=VALUE`` pairs.

    Raises
    ------
    ScenarioError
        If a pair is not of that form.
    """
    found = {}
    for item in items:
        name, sign, value = item.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise ScenarioError(
                f"{item!r} sets nothing", where="--set", expected="NAME=VALUE: mitragynine.fu=0.06"
            )
    return found


def span_of(text: str, where: str = "--tail") -> tuple[float, float]:
    """Two durations, ``48h,120h``, in hours.

    Raises
    ------
    ScenarioError
        If there are not two, in order.
    """
    parts = [hours(part, where) for part in text.split(",")]
    if len(parts) != 2 or parts[0] >= parts[1]:  # noqa: PLR2004
        raise ScenarioError(f"{text!r} is no span of time", where=where, expected="two times: 48h,120h")
    return parts[0], parts[1]


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure in the form that its name ends in.

    Raises
    ------
    ScenarioError
        If the ending names no form.
    """
    from speciosa.results import save_png, save_svg

    forms = {".svg": save_svg, ".png": save_png}
    if path.suffix not in forms:
        raise ScenarioError(f"{path.name} is no figure", where="--plot", expected=".svg or .png")
    return forms[path.suffix](figure, path)
