"""Records of the trials: doses and severity classes of each person by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

FOLDER = Path(__file__).parents[1] / "data" / "ctn0094"
IntArray = npt.NDArray[np.int64]
TAPER, MAINTENANCE, NALTREXONE = "30", "27", "51"
HIGHEST = 3


def table(name: str) -> pd.DataFrame:
    """One file of the records, persons as text."""
    return pd.read_csv(FOLDER / f"{name}.csv.gz", dtype={"who": str, "project": str})


@dataclass(frozen=True)
class Episode:
    """One phase of one person: from the first dose of that phase on.

    Parameters
    ----------
    who, arm : str
    phase : int
    doses : mapping of int to float
        mg by day since the first dose of the phase.
    days, classes : int arrays
        Ratings, by day since the first dose.
    first : int
        Study day of the first dose.
    """

    who: str
    arm: str
    phase: int
    doses: Mapping[int, float]
    days: IntArray
    classes: IntArray
    first: int


def episodes(project: str, *, is_split: bool) -> list[Episode]:
    """Episodes of a trial; split at the second randomization or not.

    Parameters
    ----------
    project : str
    is_split : bool

    Returns
    -------
    list of Episode
        Of people who took something and were rated, in order of person and phase.
    """
    people = table("everybody").query("project == @project")["who"]
    doses = table("treatment").groupby(["who", "when"])["amount"].sum()
    ratings = table("withdrawal").dropna().set_index("who")
    arms = table("randomization").dropna(subset=["treatment"])
    taken = {who: part.droplevel("who") for who, part in doses.groupby(level="who")}
    arm_of = {who: part.set_index("which") for who, part in arms.groupby("who")}
    found = []
    for who in people:
        if who not in taken or who not in ratings.index or who not in arm_of:
            continue
        mine, rated, arm = taken[who], ratings.loc[[who]].sort_values("when"), arm_of[who]
        second = arm["when"].get(2) if is_split else None
        limits = [(-np.inf, np.inf)]
        if second is not None and np.isfinite(second):
            limits = [(-np.inf, second), (second, np.inf)]
        for phase, (begin, end) in enumerate(limits, start=1):
            part = mine[(mine.index >= begin) & (mine.index < end)]
            if part.empty:
                continue
            first = int(part.index.min())
            # The day before the second phase belongs to its induction.
            seen = rated[(rated["when"] >= first) & (rated["when"] < end - (1 if np.isfinite(end) else 0))]
            found.append(
                Episode(
                    who,
                    str(arm["treatment"].get(phase, arm["treatment"].iloc[0])),
                    phase,
                    {int(day) - first: float(amount) for day, amount in part.items()},
                    (seen["when"].to_numpy() - first).astype(np.int64),
                    np.minimum(seen["withdrawal"].to_numpy(), HIGHEST).astype(np.int64),
                    first,
                )
            )
    return found
