"""What the engine is held to, and whether a run met it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import tables
from engines import ENTRIES
from findings import Findings
from session import Measured

TITLES = {entry.name: entry.title for entry in ENTRIES}
# Who is slower, who is faster, on what, and by how much at least.
RATIOS = (
    ("numbalsoda", "speciosa", "W1", 8.0),
    ("numbalsoda", "speciosa", "W2", 8.0),
    ("numbalsoda", "speciosa", "W2S", 12.0),
    ("roadrunner", "speciosa", "W1", 45.0),
    ("roadrunner", "speciosa", "W2", 15.0),
    ("numbalsoda", "speciosa-linear", "W1", 60.0),
    ("scipy", "speciosa", "W3", 100.0),
)
ERRORS = {"W1": 1e-6, "W2": 1e-5, "W2S": 1e-5}
GAIN = 1.6
HEAD = ("Goal", "wanted", "found", "met")


@dataclass(frozen=True)
class Goal:
    """One goal.

    Parameters
    ----------
    what : str
    wanted, found : float
    is_least : bool
        Whether more is better.
    """

    what: str
    wanted: float
    found: float
    is_least: bool

    @property
    def is_met(self) -> bool:
        """Whether what was found is at least, or at most, what is wanted."""
        return self.found >= self.wanted if self.is_least else self.found <= self.wanted


def goals(found: Findings) -> list[Goal]:
    """Goals on which a run has something to say."""
    rows = {(row.entry.name, row.workload): row for row in found.speed if isfinite(row.full)}
    return [*_ratios(rows), *_errors(rows), *_others(found)]


def _ratios(rows: dict[tuple[str, str], Measured]) -> Iterator[Goal]:
    for slower, faster, workload, least in RATIOS:
        if (slower, workload) in rows and (faster, workload) in rows:
            ratio = rows[slower, workload].full / rows[faster, workload].full
            what = f"{workload}: CPU seconds of {TITLES[slower]} over those of {TITLES[faster]}"
            yield Goal(what, least, ratio, is_least=True)


def _errors(rows: dict[tuple[str, str], Measured]) -> Iterator[Goal]:
    for workload, most in ERRORS.items():
        if ("speciosa", workload) in rows:
            largest = rows["speciosa", workload].largest
            yield Goal(f"{workload}: largest error of {TITLES['speciosa']}", most, largest, is_least=False)


def _others(found: Findings) -> Iterator[Goal]:
    for gain in found.scaling:
        yield Goal(f"{gain.workload} with lags: gain from two threads", GAIN, gain.gain, is_least=True)
    for wait in found.waits:
        if wait.most is not None:
            yield Goal(f"{wait.what}: wall seconds", wait.most, wait.wall, is_least=False)


def lines(held: list[Goal]) -> list[list[str]]:
    """Lines of a table of goals."""
    return [
        [
            goal.what,
            f"{'at least' if goal.is_least else 'at most'} {tables.number(goal.wanted)}",
            tables.number(goal.found),
            "yes" if goal.is_met else "no",
        ]
        for goal in held
    ]
