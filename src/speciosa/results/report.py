"""The report of a result or a comparison: one HTML file that loads nothing and says how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speciosa.late import pd
from speciosa.results import plots, style
from speciosa.results.compare import Comparison, pivot
from speciosa.results.files import write_atomically
from speciosa.results.numbers import MISSING, UNIT_WORDS, interval, shown
from speciosa.results.pages import markup, render_page, resource
from speciosa.results.presentation import counted, duration
from speciosa.results.provenance import Provenance
from speciosa.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from speciosa.evidence import Evidence, Source

INTENDED_USE = "research and professional monitoring; not medical advice; no dosing advice"
NO_ADVICE = "No part of this report advises anybody to take kratom, or how much of it."

_PARAMETER_COLUMNS = ("parameter", "value", "unit", "spread", "row", "source and place", "seen, kind")
_WEAK_COLUMNS = ("parameter", "value", "unit", "spread", "row", "seen, kind", "why")


@dataclass(frozen=True)
class _Table:
    """A table as the page prints it: text cells, and which columns hold numbers."""

    caption: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]


def write_report(path: str | Path, subject: Result | Comparison, **sections: Any) -> Path:
    """Write the report to a file, atomically.

    Parameters
    ----------
    path : path
    subject : Result or Comparison
    **sections
        As for `render_report`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ResultError
        Where the file cannot be written or the extra ``plots`` is not installed; nothing is left behind.
    """
    return write_atomically(path, render_report(subject, **sections))


def render_report(
    subject: Result | Comparison,
    *,
    title: str | None = None,
    question: str = "",
    table: pd.DataFrame | None = None,
    figures: Mapping[str, Figure] | None = None,
    unknowns: Sequence[str] = (),
    sensitivity: pd.DataFrame | None = None,
    equations: str = "",
    evidence: Evidence | None = None,
) -> str:
    """Build the report as one self-contained HTML page.

    Parameters
    ----------
    subject : Result or Comparison
    title : str, optional
        Heading; the scenario's title without it.
    question : str
        What was asked; an empty line starts a new paragraph.
    table : pandas.DataFrame, optional
        What came out: a table of `Comparison.table`, or any table. Without it the subject's own.
    figures : mapping of str to Figure, optional
        Without it the subject's own. Make them ``with_caption=False``: the page prints the captions.
    unknowns : sequence of str
        What is not known, one sentence an item.
    sensitivity : pandas.DataFrame, optional
        How the outcome changes over the range of the assumptions; a title in ``attrs["caption"]``.
    equations : str
        HTML of the model's equations. It is printed as it is: pass only what the program made.
    evidence : Evidence, optional
        The package's own tables without it.

    Returns
    -------
    str

    Raises
    ------
    ResultError
        Where the extra ``plots`` is not installed.
    """
    results = dict(subject.results) if isinstance(subject, Comparison) else {"": subject}
    used = subject.sources(evidence)
    drawn = dict(figures) if figures is not None else _own_figures(subject)
    first = next(iter(results.values()))
    page: dict[str, Any] = {
        "title": title
        or (first.description.title if len(results) == 1 else f"{len(results)} regimens compared"),
        "lead": _lead(results),
        "version": first.description.versions.get("speciosa", ""),
        "intended_use": INTENDED_USE,
        "no_advice": NO_ADVICE,
        "question": [part.strip() for part in question.split("\n\n") if part.strip()],
        "outcome": _outcome(subject, table),
        "failures": _failures(results),
        "figures": [_figure(index, figure) for index, figure in enumerate(drawn.values(), start=1)],
        "trust": _trust(used),
        "unknowns": list(unknowns),
        "risks": _risks(results),
        "shares": _shares(results, evidence),
        "sensitivity": None if sensitivity is None else _given(sensitivity, "Sensitivity of the outcome"),
        "arms": [{"name": arm, "facts": _facts(result)} for arm, result in results.items()],
        "equations": markup(equations),
        "parameters": _parameters(used),
        "sources": [_source(source) for source in used.sources],
        "versions": _versions(results),
    }
    page["contents"] = _contents(page)
    return render_page(resource("speciosa.results", "report.html"), page)


def own_figures(result: Result) -> dict[str, Figure]:
    """Figures of one result by name, as its report shows them: plasma, receptor, scores, adaptation."""
    found: dict[str, Figure] = {}
    if any(name.startswith("plasma.") for name in result.outputs("concentration")):
        found["plasma"] = plots.plot_plasma(result, with_caption=False)
    if {"occupancy.MOR", "signal.MOR"} <= set(result.outputs()):
        found["receptor"] = plots.plot_receptor(result, "MOR", with_caption=False)
    for score in result.outputs("score"):
        found[score] = plots.plot_bands(result, score, with_caption=False)
        if result.n > 1 and result.output(score).attrs.get("bands"):
            found[f"{score} severity"] = plots.plot_severity(result, score, with_caption=False)
    for state in ("dependence", "tolerance", "withdrawal"):
        if state in result.outputs():
            found[state] = plots.plot_bands(result, state, with_caption=False)
    return found


def _own_figures(subject: Result | Comparison) -> dict[str, Figure]:
    return subject.figures() if isinstance(subject, Comparison) else own_figures(subject)


def _lead(results: Mapping[str, Result]) -> str:
    """How many arms and persons, how many failed, how long."""
    ends = " or ".join(dict.fromkeys(duration(float(result.time[-1])) for result in results.values()))
    sizes = " or ".join(dict.fromkeys(str(len(result.is_ok)) for result in results.values()))
    failed = sum(result.failed for result in results.values())
    arms = f"{len(results)} arms of {sizes} persons each" if len(results) > 1 else f"n = {sizes}"
    left_out = f" ({failed} failed and left out)" if failed else ""
    return f"{arms}{left_out}, {ends} simulated."


def _failures(results: Mapping[str, Result]) -> list[str]:
    lines = []
    for arm, result in results.items():
        if result.failed:
            reasons = ", ".join(sorted(set(result.failures["reason"])))
            count = f"{result.failed} of {result.n + result.failed} persons"
            lines.append(
                f"{f'{arm}: ' if arm else ''}{count} could not be simulated and are left out: {reasons}."
            )
    return lines


def _shares(results: Mapping[str, Result], evidence: Evidence | None) -> _Table | None:
    """Share of each molecule in the MOR signal, of every arm in which several carry it."""
    frames = []
    for arm, result in results.items():
        carriers = [name for name in result.outputs("share") if name.startswith("share.MOR.")]
        has_plasma = all(f"plasma.{name.split('.', 2)[2]}" in result.outputs() for name in carriers)
        if len(carriers) > 1 and has_plasma and result.n:
            frame = result.signal_shares(evidence=evidence)
            frames.append(frame.assign(arm=arm) if arm else frame)
    if not frames:
        return None
    frame = pd.concat(frames, ignore_index=True)
    frame.attrs["caption"] = frames[0].attrs["caption"]
    return _given(frame, "Share of each molecule in the signal")


def _risks(results: Mapping[str, Result]) -> list[dict[str, str]]:
    """Documented risks of all arms, each once, with the places to look them up."""
    distinct = dict.fromkeys(risk for result in results.values() for risk in result.description.risks)
    return [
        {
            "topic": risk.topic,
            "text": risk.text,
            "grades": risk.grades,
            "places": ", ".join((*risk.rows, *risk.sources)),
        }
        for risk in distinct
    ]


def _outcome(subject: Result | Comparison, table: pd.DataFrame | None) -> _Table:
    """What came out, numbers as median [p5 to p95]."""
    if isinstance(subject, Comparison):
        numbers = subject.table() if table is None else table
        if {"arm", "measure", "median"} <= set(numbers.columns):
            frame = pivot(numbers)
            return _Table(
                "Median [5th to 95th percentile] over the persons of each arm",
                [str(name) for name in frame.columns],
                frame.to_numpy(dtype=object).tolist(),
                list(range(1, frame.shape[1])),
            )
        return _given(numbers, "What came out")
    if table is not None:
        return _given(table, "What came out")
    summary = subject.summary()
    rows = [
        [
            str(row["output"]),
            str(row["metric"]),
            interval(row["median"], row["p5"], row["p95"]) if row["n"] > 1 else shown(row["median"]),
            shown(row["mean"]),
            shown(row["CV%"]),
            UNIT_WORDS.get(str(row["unit"]), str(row["unit"])),
            str(row["n"]),
        ]
        for row in summary.to_dict(orient="records")
    ]
    columns = ["output", "metric", "median [p5 to p95]", "mean", "CV (%)", "unit", "n"]
    return _Table("Every output over the persons simulated", columns, rows, [2, 3, 4, 6])


def _given(frame: pd.DataFrame, caption: str) -> _Table:
    """A table as it comes, numbers rounded for reading."""
    frame = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    numbers = [i for i, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name])]
    rows = [[_text(value) for value in record] for record in frame.itertuples(index=False)]
    return _Table(
        str(frame.attrs.get("caption", caption)), [str(name) for name in frame.columns], rows, numbers
    )


def _text(value: Any) -> str:
    if value is None or value is pd.NA:
        return MISSING
    return shown(float(value)) if isinstance(value, float | np.floating) else str(value)


def _figure(index: int, figure: Figure) -> dict[str, Any]:
    return {"svg": markup(style.inline_svg(figure, f"f{index}")), "caption": style.figure_caption(figure)}


def _trust(used: Provenance) -> dict[str, Any]:
    from speciosa.evidence import GRADE_MEANINGS

    trust = used.trust
    weak_names = {parameter.name for parameter in trust.weak}
    parameters = used.to_dataframe()
    weak = parameters[parameters["parameter"].isin(weak_names)]
    overrides = pd.DataFrame(
        [(o.slot, o.value, o.unit, o.reason) for o in trust.overrides],
        columns=["parameter", "value", "unit", "reason"],
    )
    total = trust.summary.count
    return {
        "headline": trust.headline,
        "grades": [
            {"name": grade, "count": count, "meaning": GRADE_MEANINGS[grade]}
            for grade, count in trust.grades.items()
            if total
        ],
        "weak": _numbers_of(weak, _WEAK_COLUMNS, "Numbers recalled from memory or assumed"),
        "overrides": _given(overrides, "Numbers that the scenario set itself, without evidence"),
    }


def _parameters(used: Provenance) -> _Table:
    caption = "Every number of the model with the evidence row that it was read from"
    return _numbers_of(used.to_dataframe(), _PARAMETER_COLUMNS, caption)


def _numbers_of(frame: pd.DataFrame, columns: Sequence[str], caption: str) -> _Table:
    """Parameters with their values as published, not rounded."""
    values = [MISSING if np.isnan(value) else f"{value:.6g}" for value in frame["value"]]
    place = frame["source"] + frame["locator"].map(lambda words: f": {words}" if words else "")
    wide = frame.assign(value=values).assign(**{"source and place": place})
    wide = wide.assign(**{"seen, kind": frame["seen"] + ", " + frame["kind"]})
    found = _given(wide[list(columns)], caption)
    return replace(found, numbers=[columns.index("value")])


def _source(source: Source) -> dict[str, str]:
    """A reference, cut where its DOI stands so that the page can link it."""
    mark = f"doi:{source.doi}"
    before, _, after = source.reference.partition(mark) if source.doi else (source.reference, "", "")
    how = f"Seen: {source.seen}." + (f" {source.note[:1].upper()}{source.note[1:]}." if source.note else "")
    return {
        "key": source.key,
        "before": before,
        "doi": source.doi,
        "after": after,
        "how": how.replace("..", "."),
    }


def _facts(result: Result) -> list[tuple[str, str]]:
    about = result.description
    facts = [
        ("Regimen", about.regimen),
        ("Before the start", about.history),
        ("Persons", counted(result)),
        ("Until", duration(about.until)),
        ("Notes", " ".join(about.notes)),
    ]
    return [(name, value) for name, value in facts if value]


def _versions(results: Mapping[str, Result]) -> list[tuple[str, str]]:
    """Seeds, engine targets, evidence and package versions; those that differ between arms side by side."""
    abouts = [result.description for result in results.values()]
    facts = [
        ("Seed", _joined("none" if about.seed is None else str(about.seed) for about in abouts)),
        ("Engine target", _joined(about.target for about in abouts)),
        ("Evidence", _joined(about.evidence_digest for about in abouts)),
    ]
    names = dict.fromkeys(name for about in abouts for name in about.versions)
    facts += [(name, _joined(about.versions.get(name, "") for about in abouts)) for name in names]
    return [(name, value) for name, value in facts if value]


def _joined(values: Any) -> str:
    return " / ".join(dict.fromkeys(value for value in values if value))


def _contents(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    entries = (
        ("question", "The question", page["question"]),
        ("results", "What came out", True),
        ("figures", "Figures", page["figures"]),
        ("shares", "Whose signal it is", page["shares"]),
        ("trust", "How sure", True),
        ("risks", "Documented risks that no equation covers", page["risks"]),
        ("unknowns", "What is not known", page["unknowns"]),
        ("sensitivity", "What if the assumptions are wrong", page["sensitivity"]),
        ("scenario", "What was simulated", True),
        ("model", "The model", page["equations"]),
        ("parameters", "Parameters", True),
        ("sources", "Sources", True),
        ("versions", "Versions", True),
    )
    return [(key, name) for key, name, is_there in entries if is_there]
