"""What is pointed out, as data: each rule with its words, its evidence and the rows its limits come from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from speciosa.drugs.statements import statements
from speciosa.errors import RuleError
from speciosa.evidence import GRADES, Evidence, Row

KEYS = ("topic", "reason", "rows", "sources", "statement", "band", "thresholds")


@dataclass(frozen=True)
class Rule:
    """A reason to look at a person, and what it rests on.

    Parameters
    ----------
    id : str
    topic : str
        One or two words.
    reason : str
        Words with places for what was found; never what to do.
    rows, sources : tuple of str
        Evidence behind it.
    band : str
        Severity class that it looks at, if any.
    thresholds : mapping of str to str
        Limits by the rows that hold them.
    """

    id: str
    topic: str
    reason: str
    rows: tuple[str, ...]
    sources: tuple[str, ...] = ()
    band: str = ""
    thresholds: Mapping[str, str] = field(default_factory=dict)

    def limit(self, name: str, evidence: Evidence) -> float:
        """The value of a limit."""
        row = evidence.row(self.thresholds[name])
        assert row.value is not None
        return row.value

    def evidence_rows(self, evidence: Evidence, more: tuple[str, ...] = ()) -> tuple[Row, ...]:
        """Rows behind the rule, its limits among them.

        Raises
        ------
        UnknownNameError
            If one does not exist.
        """
        names = dict.fromkeys((*self.rows, *self.thresholds.values(), *more))
        return tuple(evidence.row(name) for name in names)


def grade_of(rows: tuple[Row, ...], evidence: Evidence, sources: tuple[str, ...] = ()) -> str:
    """The weakest grade among rows and sources: A (read in full) to D (recalled)."""
    seen = [row.grade for row in rows] + [GRADES[evidence.sources[key].seen] for key in sources]
    return max(seen)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that ship with the program.

    Examples
    --------
    >>> "score-rise" in {item.id for item in rules()}
    True
    """
    text = files("speciosa.monitor.attention").joinpath("data", "rules.toml").read_text(encoding="utf-8")
    return tuple(rule_of(name, table) for name, table in tomllib.loads(text).items())


def rule_of(name: str, table: Mapping[str, Any]) -> Rule:
    """A rule from its table.

    Raises
    ------
    RuleError
        If a key is unknown, or words or evidence are missing.
    """
    where = f"rules.toml, {name}"
    for key in table:
        if key not in KEYS:
            raise RuleError(f"unknown key {key!r}", where=where, expected=", ".join(KEYS))
    known = {item.name: item for item in statements()}
    rows, sources = tuple(table.get("rows", ())), tuple(table.get("sources", ()))
    if "statement" in table:
        if table["statement"] not in known:
            raise RuleError(
                f"there is no statement {table['statement']!r}",
                where=where,
                expected=f"one of {', '.join(known)}",
            )
        behind = known[table["statement"]]
        rows, sources = (*rows, *behind.rows), (*sources, *behind.sources)
    if not table.get("topic") or not table.get("reason") or not (rows or sources):
        raise RuleError(
            "the rule is not complete", where=where, expected="topic, reason, and rows or sources"
        )
    return Rule(
        name,
        table["topic"],
        table["reason"],
        rows,
        sources,
        table.get("band", ""),
        dict(table.get("thresholds", {})),
    )
