"""``speciosa qualify``: published numbers beside what the program predicts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speciosa.cli.console import Format, emit, progress, say
from speciosa.cli.options import FormatOption, Quiet

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.evidence import Target
    from speciosa.qualification import Sizes, Verdict

_READ_FIRST = ("id", "quantity", "unit", "observed", "predicted", "low", "high", "ratio", "band", "outcome")


class Topic(StrEnum):
    """What targets are about."""

    PK = "pk"
    DDI = "ddi"
    KR = "kr"
    OCC = "occ"
    VENT = "vent"
    WD = "wd"
    TX = "tx"


def qualify(
    topic: Annotated[
        list[Topic] | None, typer.Option(help="Only targets of this topic; repeatable. All if left out.")
    ] = None,
    drug: Annotated[str | None, typer.Option(help="Only targets of this drug.")] = None,
    people: Annotated[
        int | None, typer.Option(help="Virtual people of a study; a tenth of it as pairs in interactions.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the differences between people.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a processor if left out.")] = None,
    form: FormatOption = Format.TABLE,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the written report (whole runs): page and figures."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="File for the verdicts (whole runs) that guard the next ones, CSV.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run every published target that the library covers, and say why the rest was not run."""
    from speciosa.evidence import load
    from speciosa.qualification import qualify as run
    from speciosa.qualification import table

    evidence = load()
    chosen = _chosen(list(evidence.targets.values()), topic, drug)
    is_whole = len(chosen) == len(evidence.targets)
    _check_whole(is_whole, out, record)
    sizes = _sizes(people, seed)
    with progress("Qualifying", is_quiet=quiet) as advance:
        verdicts = run(chosen, sizes=sizes, workers=workers, progress=advance)
    frame = table(verdicts)
    if form is Format.TABLE:
        is_run = frame["outcome"] != "not run"
        if is_run.any():
            emit(frame.loc[is_run, list(_READ_FIRST)], form, None, title="Predicted beside observed")
        if not is_run.all():
            emit(_reasons(frame[~is_run]), form, None, title="Not run")
        emit(_summary(verdicts), form, None, title="Summary")
    else:
        emit(frame, form, None)
    _write(verdicts, sizes, out, record, is_quiet=quiet)


def _chosen(targets: list[Target], topics: list[Topic] | None, drug: str | None) -> list[Target]:
    """The targets of some topics and of a drug.

    Raises
    ------
    UnknownNameError
        If no target is of that drug.
    """
    from speciosa.errors import UnknownNameError
    from speciosa.qualification import topic_of

    found = [item for item in targets if not topics or topic_of(item) in topics]
    if drug is None:
        return found
    names = {item.topic for item in found}
    if drug.lower() not in names:
        raise UnknownNameError("drug of a target", drug, names, where="--drug")
    return [item for item in found if item.topic == drug.lower()]


def _check_whole(is_whole: bool, out: Path | None, record: Path | None) -> None:
    from speciosa.errors import QualificationError

    for name, path in (("--out", out), ("--record", record)):
        if path is not None and not is_whole:
            raise QualificationError(
                "a report is of all targets and only some were asked for",
                where=name,
                expected="no --topic and no --drug",
                advice="Leave them out, or use --format to keep the table.",
            )


def _sizes(people: int | None, seed: int | None) -> Sizes:
    from dataclasses import replace

    from speciosa.errors import QualificationError
    from speciosa.qualification import Sizes

    sizes = Sizes()
    if people is not None:
        pairs = people * sizes.pairs // sizes.people
        if pairs < 2:  # noqa: PLR2004
            raise QualificationError(
                f"{people} people make {pairs} pairs",
                where="--people",
                expected=f"at least {2 * sizes.people // sizes.pairs} people",
            )
        sizes = replace(sizes, people=people, pairs=pairs)
    return sizes if seed is None else replace(sizes, seed=seed)


def _reasons(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.groupby("reason", sort=False)["id"].agg(["count", " ".join]).reset_index()
    found.columns = ["reason", "targets", "which"]
    return found.sort_values(["targets", "reason"], ascending=[False, True])


def _summary(verdicts: list[Verdict]) -> pd.DataFrame:
    import pandas as pd

    from speciosa.qualification import tallies

    return pd.DataFrame(
        [
            {
                "group": item.name,
                "targets": item.targets,
                "run": item.runs,
                "inside tolerance, %": 100.0 * item.hit_share,
                "within 2-fold, %": 100.0 * item.twofold_share,
                "GMFE": item.gmfe,
            }
            for item in tallies(verdicts)
            if item.runs or item.name == "all"
        ]
    )


def _write(
    verdicts: list[Verdict], sizes: Sizes, out: Path | None, record: Path | None, *, is_quiet: bool
) -> None:
    from speciosa.evidence import load
    from speciosa.qualification import causes, check_causes, to_text, write_report, written
    from speciosa.results import write_atomically

    if out is not None:
        # The page shows the record, digit for digit, so that it can be held against it.
        for path in write_report(out, written(load(), to_text(verdicts)), causes(), sizes):
            say(f"Written: {path}", is_quiet=is_quiet)
        for fault in check_causes(verdicts, causes()):
            say(fault)
    if record is not None:
        say(f"Written: {write_atomically(record, to_text(verdicts))}", is_quiet=is_quiet)
