"""Chances of what people do, by the group of people whose records they were fitted to."""

from __future__ import annotations

from dataclasses import dataclass, fields

from speciosa.errors import TrialError, UnknownNameError
from speciosa.evidence import Evidence
from speciosa.trials.protocol import Stated

PREFIX = {
    "leaving": "leave-day",
    "attending": "attend-week",
    "missing": "miss-day",
    "using": "use-week",
}
"""First part of the rows of each behavior."""
ENDING = {"severity": "class"}
"""Last part of the rows, where it is not the name of the field."""


def groups(kind: str, evidence: Evidence) -> tuple[str, ...]:
    """Groups of people for whom a behavior was fitted.

    Parameters
    ----------
    kind : str
        ``"leaving"``, ``"attending"``, ``"missing"`` or ``"using"``.
    evidence : Evidence
    """
    first, last = f"{PREFIX[kind]}-", "-start"
    return tuple(
        sorted(
            row[len(first) : -len(last)]
            for row in evidence.rows
            if row.startswith(first) and row.endswith(last)
        )
    )


@dataclass(frozen=True)
class Chances:
    """The numbers of a behavior; see `speciosa.trials.protocol.Stated`."""

    start: float
    severity: float = 0.0
    craving: float = 0.0
    taper: float = 0.0
    after: float = 0.0
    week: float = 0.0
    before: float = 0.0
    again: float = 0.0


TERMS = tuple(item.name for item in fields(Chances))


def chances(
    kind: str, given: str | Stated | None, evidence: Evidence, where: str | None = None
) -> tuple[Chances | None, tuple[str, ...]]:
    """Numbers of a behavior, and the rows behind them.

    Parameters
    ----------
    kind : str
    given : str or Stated, optional
        As the protocol states it.
    evidence : Evidence
    where : str, optional
        Place in the file, for messages.

    Returns
    -------
    Chances or None, tuple of str

    Raises
    ------
    SpeciosaError
        If there is no such group or row.
    """
    if given is None:
        return None, ()
    terms = terms_of(kind, given, evidence, where)
    rows = tuple(term for term in terms.values() if isinstance(term, str))
    values = {
        name: _value(term, evidence, where) if isinstance(term, str) else float(term)
        for name, term in terms.items()
    }
    return Chances(**values), rows


def terms_of(
    kind: str, given: str | Stated, evidence: Evidence, where: str | None = None
) -> dict[str, str | float]:
    """The row or the number behind each term of a behavior.

    Parameters
    ----------
    kind : str
    given : str or Stated
    evidence : Evidence
    where : str, optional
        Place in the file, for messages.

    Raises
    ------
    UnknownNameError
        If there is no such group.
    """
    if isinstance(given, Stated):
        return dict(given.model_dump())
    known = groups(kind, evidence)
    if given not in known:
        raise UnknownNameError(f"group for {kind}", given, known, where=where, advice=_advice(known))
    named = {name: f"{PREFIX[kind]}-{given}-{ENDING.get(name, name)}" for name in TERMS}
    return {name: row for name, row in named.items() if row in evidence.rows}


def _value(row: str, evidence: Evidence, where: str | None) -> float:
    if row not in evidence.rows:
        raise UnknownNameError("evidence row", row, evidence.rows, where=where)
    value = evidence.rows[row].value
    if value is None:
        raise TrialError(f"row {row} has no value", where=where, expected="a row with a number")
    return float(value)


def _advice(known: tuple[str, ...]) -> str | None:
    return None if known else "No row supports one: state numbers, which the report calls assumed."
