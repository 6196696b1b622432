"""Which evidence a result rests on, and how far that evidence is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from speciosa.errors import UnknownNameError
from speciosa.late import pd
from speciosa.results.description import Override
from speciosa.results.numbers import shown

if TYPE_CHECKING:
    from speciosa.evidence import Evidence, Row, Source, TrustSummary
    from speciosa.results.result import Result

_NAMES_SHOWN = 12
_COLUMNS = [
    "parameter",
    "value",
    "unit",
    "spread",
    "row",
    "source",
    "locator",
    "seen",
    "grade",
    "kind",
    "why",
]


@dataclass(frozen=True)
class UsedParameter:
    """One number of the model and the evidence row that it was read from.

    Parameters
    ----------
    name : str
        Slot, or the row's id where the row is used without a slot.
    row : Row
    why : str
        Why this row and no other.
    """

    name: str
    row: Row
    why: str = ""


@dataclass(frozen=True)
class Trust:
    """How much of a result rests on weak evidence, counted in distinct evidence rows.

    Parameters
    ----------
    summary : TrustSummary
        Counts by the way the rows were seen and by kind.
    weak : tuple of UsedParameter
        Numbers whose row was recalled from memory or is an assumption.
    overrides : tuple of Override
        Numbers that the scenario set itself.
    """

    summary: TrustSummary
    weak: tuple[UsedParameter, ...]
    overrides: tuple[Override, ...] = ()

    @property
    def share(self) -> float:
        """Share of the rows that are weak; 0 where no row is used."""
        return self.summary.weak_share

    @property
    def grades(self) -> dict[str, int]:
        """Number of rows by grade, A (full text) to D (memory)."""
        from speciosa.evidence import GRADES

        return {GRADES[seen]: count for seen, count in self.summary.by_seen.items()}

    @property
    def headline(self) -> str:
        """One sentence for reports."""
        memory, assumed = self.summary.by_seen["memory"], self.summary.by_kind["assumed"]
        weak, total = len(self.summary.weak), self.summary.count
        return (
            f"{weak} of the {total} evidence rows used ({100 * self.share:.0f} %) are recalled from memory "
            f"({memory}) or assumed ({assumed}); a row can be both."
        )

    def text(self) -> str:
        """Headline and names."""
        lines = [self.headline]
        lines += [f"  {p.name} (row {p.row.id}; seen: {p.row.seen}; {p.row.kind})" for p in self.weak]
        lines += [f"  {o.slot}: set by the scenario to {shown(o.value)} {o.unit}" for o in self.overrides]
        return "\n".join(lines)

    def __repr__(self) -> str:
        lines = self.text().split("\n")
        rest = len(lines) - 1 - _NAMES_SHOWN
        return "\n".join(lines if rest <= 0 else [*lines[: _NAMES_SHOWN + 1], f"  and {rest} more"])


@dataclass(frozen=True)
class Provenance:
    """The evidence rows and sources behind one result or several.

    Parameters
    ----------
    parameters : tuple of UsedParameter
        In order of name.
    sources : tuple of Source
        In order of key: those of the rows and those of the methods.
    methods : tuple of str
        Keys of sources of methods.
    overrides : tuple of Override
    """

    parameters: tuple[UsedParameter, ...]
    sources: tuple[Source, ...]
    methods: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The distinct evidence rows."""
        return tuple({parameter.row.id: parameter.row for parameter in self.parameters}.values())

    @property
    def trust(self) -> Trust:
        """How far they are trusted."""
        from speciosa.evidence import trust

        summary = trust(self.rows)
        weak = tuple(parameter for parameter in self.parameters if parameter.row.id in summary.weak_ids)
        return Trust(summary, weak, self.overrides)

    def to_dataframe(self) -> pd.DataFrame:
        """One row a parameter, with value, unit, spread, row, source, locator, how seen, and why."""
        records = [
            (
                p.name,
                float("nan") if p.row.value is None else p.row.value,
                p.row.unit,
                "" if p.row.spread_type == "none" else f"{p.row.spread_type} {p.row.spread}".strip(),
                p.row.id,
                p.row.source_key,
                p.row.locator,
                p.row.seen,
                p.row.grade,
                p.row.kind,
                p.why,
            )
            for p in self.parameters
        ]
        return pd.DataFrame(records, columns=_COLUMNS)

    def text(self) -> str:
        """Parameters with their rows, then the references."""
        lines = [self.trust.headline, "", "Parameters"]
        for p in self.parameters:
            value = "no value" if p.row.value is None else f"{shown(p.row.value)} {p.row.unit}"
            place = f"{p.row.source_key}, {p.row.locator}" if p.row.locator else p.row.source_key
            lines.append(f"  {p.name} = {value}  [{p.row.id}; {place}; seen: {p.row.seen}; {p.row.kind}]")
        lines += [f"  {o.slot} = {shown(o.value)} {o.unit}  [set by the scenario]" for o in self.overrides]
        lines += ["", "Sources", *(f"  {source.key}: {source.reference}" for source in self.sources)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"Provenance: {len(self.parameters)} parameters from {len(self.rows)} evidence rows of "
            f"{len(self.sources)} sources.\n{self.trust.headline}"
        )

    def _repr_html_(self) -> str:
        head = f"<p>{escape(self.trust.headline)}</p>"
        return head + str(self.to_dataframe().to_html(index=False, escape=True, float_format=shown))


def trace(results: Sequence[Result], evidence: Evidence | None = None) -> Provenance:
    """Find the evidence behind results: the rows of their slots, the rows named besides, and their sources.

    A slot that a scenario overrides does not count as used by that scenario, and alternatives that it chose
    count in place of the rows usually in use.

    Parameters
    ----------
    results : sequence of Result
    evidence : Evidence, optional
        The package's own tables without it.

    Raises
    ------
    UnknownNameError
        Where a result names a slot, row or source that the tables do not have.
    """
    if evidence is None:
        from speciosa.evidence import load

        evidence = load()
    used: dict[tuple[str, str], UsedParameter] = {}
    for result in results:
        choices = result.description.choices
        chosen = evidence.choosing(choices) if choices else evidence
        for name in set(result.slots) - {override.slot for override in result.description.overrides}:
            slot = chosen.slot(name)
            used[name, slot.row.id] = UsedParameter(name, slot.row, slot.why)
    parameters = [used[key] for key in sorted(used)]
    bound = {parameter.row.id for parameter in parameters}
    for row_id in _distinct(row_id for result in results for row_id in result.row_ids):
        if row_id in bound:
            continue
        if row_id not in evidence.rows:
            raise UnknownNameError("evidence row", row_id, evidence.rows)
        parameters.append(UsedParameter(row_id, evidence.rows[row_id]))
    methods = _distinct(key for result in results for key in result.methods)
    overrides = dict.fromkeys(override for result in results for override in result.description.overrides)
    keys = sorted({parameter.row.source_key for parameter in parameters} | set(methods))
    for key in keys:
        if key not in evidence.sources:
            raise UnknownNameError("source", key, evidence.sources)
    return Provenance(
        tuple(parameters), tuple(evidence.sources[key] for key in keys), tuple(methods), tuple(overrides)
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return sorted(set(names))
