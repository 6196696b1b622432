"""The written report: a page with summary, misses and their causes, every target, and what was not run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path

from speciosa import __version__
from speciosa.errors import ResultError
from speciosa.qualification.figures import predicted_against_observed, ratios_by_drug
from speciosa.qualification.plan import Sizes
from speciosa.qualification.record import outcome, rounded
from speciosa.qualification.verdict import FOLDS, Tally, Verdict, tallies, tally
from speciosa.results import save_svg, write_atomically
from speciosa.results.numbers import interval, shown

PAGE = "index.md"
AGAINST, BY_DRUG = "predicted-observed.svg", "ratio-by-drug.svg"
EXPOSURE = ("pk", "ddi", "kr")
TOPICS: Mapping[str, str] = {
    "pk": "pharmacokinetics",
    "kr": "kratom",
    "ddi": "interactions",
    "occ": "receptor occupancy",
    "vent": "breathing",
    "wd": "withdrawal",
    "tx": "treatment",
}


def write_report(
    folder: Path, verdicts: Sequence[Verdict], causes: Mapping[str, str], sizes: Sizes
) -> list[Path]:
    """Write the page and its figures into a folder.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    verdicts : sequence of Verdict
        Of all targets.
    causes : mapping of str to str
        Of the misses.
    sizes : Sizes
        What the run was made with.

    Returns
    -------
    list of Path
        What was written; the same bytes for the same verdicts.

    Raises
    ------
    ResultError
        Where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise ResultError(f"cannot be made ({fault.strerror})", where=str(folder)) from fault
    footer = f"speciosa {__version__}, seed {sizes.seed}"
    run = [item for item in verdicts if item.is_run]
    return [
        save_svg(predicted_against_observed(run, footer), folder / AGAINST),
        save_svg(ratios_by_drug(run, footer), folder / BY_DRUG),
        write_atomically(folder / PAGE, page(verdicts, causes, sizes)),
    ]


def page(verdicts: Sequence[Verdict], causes: Mapping[str, str], sizes: Sizes) -> str:
    """The page as Markdown.

    Parameters
    ----------
    verdicts : sequence of Verdict
    causes : mapping of str to str
    sizes : Sizes

    Returns
    -------
    str
    """
    parts = [
        _head(verdicts, sizes),
        _summary(verdicts),
        _figures(),
        _misses(verdicts, causes),
        _own(verdicts),
        _targets(verdicts),
        _not_run(verdicts),
    ]
    return "\n\n".join(parts) + "\n"


def _head(verdicts: Sequence[Verdict], sizes: Sizes) -> str:
    targets = [item for item in verdicts if item.topic in EXPOSURE]
    exposure, counted = tally("", targets), tally("", [item for item in targets if not item.own])
    hits, near = _share(counted.hits, counted.runs), _share(counted.within[-1], counted.compared)
    return f"""# Qualification

What the program predicts beside what was observed, target by target, with every miss. `make qualify` writes
this page, its figures and the table behind them anew (speciosa {__version__}, seed {sizes.seed}).

Each target of `targets.csv` is a published number with its study: what was given, how often, to whom. The
study is simulated as it was done, in {sizes.people} virtual people ({sizes.pairs} pairs for interactions,
where everybody is their own control), and the same statistic is taken as was printed. The interval is the 5th
to 95th percentile of that statistic in simulated studies of the observed size; where the size is not known,
of the persons. What studies did and the targets do not say (times of sampling, statistic, who the people
were) stands in `src/speciosa/qualification/data/designs.toml`.

Of {exposure.targets} targets of exposure (pharmacokinetics, interactions, kratom) {exposure.runs} were run.
{exposure.runs - counted.runs} of these give back a number that was put in and are not counted. Of the others
**{hits} lie inside their tolerance, {near} within 2-fold, and the geometric mean
fold error is {_fold(counted.gmfe)}.** A part of them are answers of published models that the library holds
(kind *model*): they show that the model is the published one, not that it is true. The tables keep them
apart."""


def _summary(verdicts: Sequence[Verdict]) -> str:
    head = [
        "group",
        "targets",
        "run",
        "inside tolerance",
        *(f"within {fold:g}-fold" for fold in FOLDS),
        "GMFE",
    ]
    exposure = [item for item in verdicts if item.topic in EXPOSURE]
    observed = [item for item in exposure if item.kind in ("measured", "derived")]
    groups = [
        ("all exposure targets", exposure),
        ("of these, not put in as a parameter", [item for item in exposure if not item.own]),
        ("observed in people", observed),
        ("of these, for validation", [item for item in observed if item.target.purpose == "validate"]),
        ("observed, and not put in as a parameter", [item for item in observed if not item.own]),
        ("published models, reproduced", [item for item in exposure if item.kind == "model"]),
        *(
            (f"topic: {words}", [item for item in verdicts if item.topic == key])
            for key, words in TOPICS.items()
        ),
    ]
    lines = [_tally(tally(name, members)) for name, members in groups]
    drugs = [
        _tally(item, item.name.removeprefix("drug: "))
        for item in tallies(exposure)
        if item.name.startswith("drug: ")
    ]
    return (
        f"## Summary\n\n{_markdown(head, lines)}\n\nFold error: predicted over observed or its inverse,"
        " whichever is larger; GMFE is its geometric mean.\n\n### By drug\n\n"
        + _markdown(["drug", *head[1:]], sorted(drugs))
    )


def _tally(item: Tally, name: str | None = None) -> list[str]:
    return [
        item.name if name is None else name,
        str(item.targets),
        str(item.runs),
        _share(item.hits, item.runs),
        *(_share(count, item.compared) for count in item.within),
        _fold(item.gmfe),
    ]


def _figures() -> str:
    return (
        f"## Predicted against observed\n\n![Predicted against observed by kind of quantity]({AGAINST})\n\n"
        f"![Predicted over observed by drug]({BY_DRUG})"
    )


def _misses(verdicts: Sequence[Verdict], causes: Mapping[str, str]) -> str:
    missed = [item for item in verdicts if outcome(item) == "miss"]
    if not missed:
        return "## Misses\n\nNone."
    lines = [[*_line(item), causes.get(item.target.id, "")] for item in missed]
    return "## Misses\n\n" + _markdown([*_LINE, "thought to be the cause"], lines)


def _own(verdicts: Sequence[Verdict]) -> str:
    """Targets whose observed number is a parameter: meeting them shows nothing."""
    found = [item for item in verdicts if item.own]
    head = "## Put in, not predicted"
    if not found:
        return f"{head}\n\nNo target's observed number is a parameter of the simulation."
    lines = [[f"`{item.target.id}`", _codes(item.own), outcome(item)] for item in found]
    words = (
        "The observed number of these targets is itself a parameter of the simulation, or one was derived"
        " from it and from no other target. Meeting them shows that what was put in comes out again."
    )
    return f"{head}\n\n{words}\n\n" + _markdown(["target", "parameter", "outcome"], lines)


_LINE = ("target", "what", "observed", "tolerance", "predicted", "ratio")


def _line(item: Verdict) -> list[str]:
    target, answer = item.target, item.answer
    number = "" if answer is None else interval(answer.value, answer.low, answer.high)
    return [
        f"`{target.id}`",
        target.scenario,
        f"{shown(target.observed) if target.observed is not None else '–'} {_unit(target.unit)}".strip(),
        f"{shown(target.tol_low)} to {shown(target.tol_high)}",
        number,
        shown(rounded(item.ratio)) if isfinite(item.ratio) else "–",
    ]


def _targets(verdicts: Sequence[Verdict]) -> str:
    parts = ["## Every target that was run"]
    for topic, words in TOPICS.items():
        own = [item for item in verdicts if item.topic == topic and item.is_run]
        if not own:
            continue
        lines = [
            [*_line(item), outcome(item), item.band, item.kind, item.statistic, _who(item)] for item in own
        ]
        head = [*_LINE, "outcome", "band", "kind", "statistic", "interval of"]
        parts.append(f"### {words.capitalize()}\n\n{_markdown(head, lines)}")
    return "\n\n".join(parts)


def _who(item: Verdict) -> str:
    return item.answer.interval if item.answer else ""


def _not_run(verdicts: Sequence[Verdict]) -> str:
    reasons: dict[str, list[str]] = defaultdict(list)
    for item in verdicts:
        if not item.is_run:
            reasons[item.reason].append(item.target.id)
    if not reasons:
        return "## Not run\n\nNone."
    order = sorted(reasons, key=lambda reason: (-len(reasons[reason]), reason))
    lines = [[reason, str(len(reasons[reason])), _codes(reasons[reason])] for reason in order]
    count = sum(map(len, reasons.values()))
    return f"## Not run\n\n{count} targets, by reason.\n\n" + _markdown(["reason", "targets", "which"], lines)


def _markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _share(count: int, whole: int) -> str:
    return f"{count} of {whole} ({100.0 * count / whole:.0f} %)" if whole else "–"


def _fold(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else "–"


def _unit(unit: str) -> str:
    return "" if unit == "dimensionless" else unit
