"""What a trial gives back: tables, flow, curves, and where every number came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from speciosa.evidence import Evidence
from speciosa.results import Provenance, Result, trace
from speciosa.trials.courses import Course
from speciosa.trials.gathering import Flow, curves_of
from speciosa.trials.protocol import Protocol


def _no_table() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True, eq=False)
class TrialResult:
    """A trial that was run.

    Parameters
    ----------
    protocol : Protocol
    seed : int
    endpoints : pandas.DataFrame
        Index person; column arm (and period and sequence, or first, second, responded and weight, by
        design), then one column an endpoint. Times of events have a second column, ``NAME: event``, 1 where
        it came.
    analyses : pandas.DataFrame
        One row a comparison: endpoint, method, comparison, estimate, low, high, p, n, unit, note.
    flow : Flow
    persons : pandas.DataFrame
        Index person: arm, covariates, how and when the trial ended.
    ratings : pandas.DataFrame
        person, arm, scale, day, value.
    courses : tuple of (str, Course)
        Arm, or sequence of arms, and the people in it.
    decisions : pandas.DataFrame
        What a rule decided on the way: cohorts of an escalation, looks at safety.
    rows : tuple of str
        Evidence rows of behavior.
    """

    protocol: Protocol
    seed: int
    endpoints: pd.DataFrame
    analyses: pd.DataFrame
    flow: Flow
    persons: pd.DataFrame
    ratings: pd.DataFrame
    courses: tuple[tuple[str, Course], ...]
    decisions: pd.DataFrame = field(default_factory=_no_table)
    rows: tuple[str, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms or sequences, in order."""
        return tuple(self.flow.arms)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Bands of every recorded output by arm; see `speciosa.trials.gathering.curves_of`."""
        return curves_of(self.courses)

    @property
    def results(self) -> dict[str, Result]:
        """The simulation of one course of each arm, with labels, notes and sources."""
        first: dict[str, Course] = {}
        for label, course in self.courses:
            first.setdefault(label, course)
        return {label: course.result for label, course in first.items()}

    def sources(self, evidence: Evidence | None = None) -> Provenance:
        """Evidence rows and sources behind the trial.

        Parameters
        ----------
        evidence : Evidence, optional
            The package's own tables without it.
        """
        return trace(list(self.results.values()), evidence)

    def save(self, folder: str | Path) -> Path:
        """Write the whole trial into a folder: protocol, tables, figures, report, sources.

        The same trial gives the same tables, to the byte.

        Parameters
        ----------
        folder : str or Path
            Made if missing.
        """
        from speciosa.trials.storage import save

        return save(self, Path(folder))

    def __repr__(self) -> str:
        arms = ", ".join(f"{arm} {counts['allocated']}" for arm, counts in self.flow.arms.items())
        return f"<Trial {self.protocol.title!r}: {arms}; seed {self.seed}>"


def gathered(courses: Sequence[tuple[str, Course]]) -> tuple[str, ...]:
    """Evidence rows behind what people did."""
    return tuple(dict.fromkeys(row for _, course in courses for row in course.rows))
