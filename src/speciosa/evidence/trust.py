"""How far a set of rows can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from speciosa.evidence.row import GRADES, KINDS, Row


@dataclass(frozen=True)
class TrustSummary:
    """Counts of rows by the way they were seen and by kind, and those that rest on memory or assumption.

    Parameters
    ----------
    count : int
        Rows, each counted once.
    by_seen, by_kind : mapping of str to int
        All keys of `speciosa.evidence.GRADES` and `KINDS`, zeros included.
    weak : tuple of Row
        Rows seen as ``memory`` or of kind ``assumed``, sorted by id.
    """

    count: int
    by_seen: Mapping[str, int]
    by_kind: Mapping[str, int]
    weak: tuple[Row, ...]

    @property
    def weak_share(self) -> float:
        """Share of the rows that are ``memory`` or ``assumed``; 0 for no rows."""
        return len(self.weak) / self.count if self.count else 0.0

    @property
    def weak_ids(self) -> tuple[str, ...]:
        """Ids of the rows that are ``memory`` or ``assumed``."""
        return tuple(row.id for row in self.weak)

    def __str__(self) -> str:
        seen = ", ".join(f"{number} {name}" for name, number in self.by_seen.items() if number)
        kinds = ", ".join(f"{number} {name}" for name, number in self.by_kind.items() if number)
        lines = [
            f"{len(self.weak)} of {self.count} rows ({self.weak_share:.0%}) rest on memory or an assumption.",
            f"Seen: {seen or 'no rows'}. Kind: {kinds or 'no rows'}.",
        ]
        lines += [f"  {row.id}: {row.drug}, {row.quantity} ({row.seen}, {row.kind})" for row in self.weak]
        return "\n".join(lines)


def trust(rows: Iterable[Row]) -> TrustSummary:
    """Summarize how far rows can be trusted.

    Parameters
    ----------
    rows : iterable of Row
        A row that occurs twice counts once.

    Returns
    -------
    TrustSummary

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> trust([load().rows["mtg-base-clf"]]).weak_share
    0.0
    """
    unique = {row.id: row for row in rows}
    seen = Counter(row.seen for row in unique.values())
    kinds = Counter(row.kind for row in unique.values())
    weak = sorted(
        (row for row in unique.values() if row.seen == "memory" or row.kind == "assumed"),
        key=lambda row: row.id,
    )
    return TrustSummary(
        len(unique),
        MappingProxyType({name: seen[name] for name in GRADES}),
        MappingProxyType({name: kinds[name] for name in KINDS}),
        tuple(weak),
    )
