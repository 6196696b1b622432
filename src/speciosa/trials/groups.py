"""Chances of what people do, by the group of people whose records they were fitted to."""

from __future__ import annotations

from speciosa.errors import TrialError, UnknownNameError
from speciosa.evidence import Evidence
from speciosa.trials.protocol import Chances

PREFIX = {
    "leaving": "leave-day",
    "attending": "attend-week",
    "missing": "miss-day",
    "using": "use-week",
}
"""First part of the rows of each behavior."""
TERM = {"severity": "class"}
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


def chances(
    kind: str, given: str | Chances | None, evidence: Evidence
) -> tuple[Chances | None, tuple[str, ...]]:
    """Numbers of a behavior, and the rows behind them.

    Parameters
    ----------
    kind : str
    given : str or Chances, optional
        As the protocol states it.
    evidence : Evidence

    Returns
    -------
    Chances or None, tuple of str

    Raises
    ------
    UnknownNameError
        If there is no such group.
    """
    if given is None or isinstance(given, Chances):
        return given, ()
    known = groups(kind, evidence)
    if given not in known:
        raise UnknownNameError(f"group for {kind}", given, known, advice=_advice(known))
    rows = {name: f"{PREFIX[kind]}-{given}-{TERM.get(name, name)}" for name in Chances.model_fields}
    found = {name: row for name, row in rows.items() if row in evidence.rows}
    values = {}
    for name, row in found.items():
        value = evidence.rows[row].value
        if value is None:
            raise TrialError(f"row {row} has no value", where=f"behavior.{kind}")
        values[name] = float(value)
    return Chances(**values), tuple(found.values())


def _advice(known: tuple[str, ...]) -> str | None:
    return None if known else "No row supports one: state numbers, which the report calls assumed."
