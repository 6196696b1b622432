"""The result folder of a trial: what was asked, what came out, figures, report and sources."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from speciosa import __version__
from speciosa.errors import TrialError
from speciosa.model.rendering import model_html
from speciosa.results import Comparison, save_png, write_atomically, write_report, write_table
from speciosa.trials.figures import figures_of
from speciosa.trials.gathering import outcome
from speciosa.trials.protocol import Protocol

if TYPE_CHECKING:
    from speciosa.trials.result import TrialResult

PROTOCOL, RUN = "protocol.json", "run.json"
TABLES = ("endpoints", "analyses", "persons", "ratings", "curves", "decisions")
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "lifelines")
NOT_KNOWN = (
    "Who would take part, stay and come to visits differs from trial to trial; chances that were fitted to"
    " one trial may not hold in another.",
    "Expectation, and the rater's knowledge of the arm, change ratings; they are not modeled.",
    "Interval and p tell what one trial of this size would report; they do not tell how wrong the model is.",
)


def save(result: TrialResult, folder: Path) -> Path:
    """See `TrialResult.save`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise TrialError(f"cannot be made: {fault.strerror}", where=str(folder)) from fault
    write_atomically(folder / PROTOCOL, _json(result.protocol.resolved()))
    write_atomically(folder / RUN, _json(run_of(result)))
    for name, table in tables_of(result).items():
        write_table(table, "csv", folder / f"{name}.csv")
    write_atomically(folder / "sources.txt", result.sources().text() + "\n")
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for name, figure in figures_of(result).items():
        save_png(figure, figures / f"{_file_name(name)}.png")
    report(result, folder / "report.html")
    return folder


def tables_of(result: TrialResult) -> dict[str, pd.DataFrame]:
    """Tables of a result folder by name; a table without rows is left out."""
    tables = {name: getattr(result, name) for name in TABLES}
    tables["flow"] = result.flow.table()
    return {name: table for name, table in tables.items() if len(table)}


def run_of(result: TrialResult) -> dict[str, object]:
    """Seed, versions and evidence of a run."""
    about = next(iter(result.results.values())).description
    return {
        "seed": result.seed,
        "versions": {"speciosa": __version__, **_versions()},
        "engine": about.target,
        "evidence": about.evidence_digest,
        "rows of behavior": list(result.rows),
        "assumed by the protocol": assumed(result.protocol),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def assumed(protocol: Protocol) -> list[str]:
    """Numbers of behavior that the protocol states itself, without evidence."""
    found = []
    for name in protocol.arms:
        behavior = protocol.behavior_of(name)
        for kind in ("leaving", "attending", "missing", "using"):
            given = getattr(behavior, kind)
            if given is not None and not isinstance(given, str):
                numbers = given.model_dump(exclude_defaults=True)
                stated = {key: value for key, value in numbers.items() if not isinstance(value, str)}
                if stated:
                    words = ", ".join(f"{key} {value:g}" for key, value in stated.items())
                    found.append(f"{name}: {kind} ({words})")
        if behavior.doubling:
            found.append(f"{name}: doubling {behavior.doubling:g}")
        if behavior.use is not None:
            found.append(f"{name}: a week with use is {behavior.use.days} days of {behavior.use.takes}")
        if behavior.then is not None:
            found.append(f"{name}: after leaving {behavior.then}")
    return found


def report(result: TrialResult, path: Path) -> Path:
    """Write the report of a trial.

    Parameters
    ----------
    result : TrialResult
    path : Path
    """
    protocol = result.protocol
    asked = [protocol.question, protocol.expected and f"Known so far: {protocol.expected}"]
    analyses = result.analyses if len(result.analyses) else outcome(result.endpoints)
    analyses.attrs["caption"] = "Analyses: estimate with its interval"
    by_arm = outcome(result.endpoints)
    by_arm.attrs["caption"] = "Endpoints by arm, those observed"
    flow = result.flow.table()
    flow.attrs["caption"] = "Flow of people"
    more = [by_arm, flow]
    if len(result.decisions):
        decisions = result.decisions.copy()
        decisions.attrs["caption"] = "Decisions on the way"
        more.append(decisions)
    unknowns = [
        *protocol.unknown,
        *NOT_KNOWN,
        *(f"Assumed by the protocol, without evidence: {text}." for text in assumed(protocol)),
    ]
    return write_report(
        path,
        Comparison(result.results),
        title=protocol.title,
        question="\n\n".join(part for part in asked if part),
        table=analyses,
        more=more,
        figures=figures_of(result, with_caption=False),
        unknowns=unknowns,
        equations=model_html(result.courses[0][1].ready.model),
    )


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in name)
