"""Tables of person-weeks and person-days from the records of the trials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from withdrawal.records import HIGHEST, MAINTENANCE, NALTREXONE, TAPER, Episode, IntArray, episodes, table

WEEK = 7
OPIOID = "Opioid"


@dataclass(frozen=True)
class Study:
    """A group of people under one protocol.

    Parameters
    ----------
    name, drug, condition : str
        As the rows have them.
    project : str
    chosen : callable
        Whether an episode belongs to it.
    weeks : int
        In which leaving can be told from the end of the protocol.
    dosed : int
        Days on which doses were planned.
    taper : range
        Weeks of the taper; empty if there is none.
    by_dose : bool
        Contact is the last dose; otherwise the last rating, since dosing ends before observation does.
    is_rated : bool
        Rated again and again; otherwise once, after the first dose.
    """

    name: str
    drug: str
    condition: str
    project: str
    chosen: Callable[[Episode], bool]
    weeks: int
    dosed: int
    taper: range
    by_dose: bool
    is_rated: bool

    @property
    def found(self) -> list[Episode]:
        """Its episodes."""
        return [item for item in all_of(self.project) if self.chosen(item)]


def is_buprenorphine(item: Episode) -> bool:
    """Whether the arm is of buprenorphine."""
    return "BUP" in item.arm


NONE = range(0)
STUDIES = (
    Study(
        "ctn30", "buprenorphine", "CTN-0030, first phase: buprenorphine, taper in weeks 3-4, follow-up",
        TAPER, lambda item: item.phase == 1, 11, 28, range(2, 4), by_dose=False, is_rated=True,
    ),
    Study(
        "ctn30-second", "buprenorphine", "CTN-0030, second phase: buprenorphine, taper in weeks 13-16",
        TAPER, lambda item: item.phase > 1, 15, 112, range(12, 16), by_dose=False, is_rated=True,
    ),
    Study(
        "ctn27-bup", "buprenorphine", "CTN-0027, buprenorphine, weeks 1-22", MAINTENANCE, is_buprenorphine,
        22, 154, NONE, by_dose=True, is_rated=False,
    ),
    Study(
        "ctn27-methadone", "methadone", "CTN-0027, methadone, weeks 1-22", MAINTENANCE,
        lambda item: not is_buprenorphine(item), 22, 154, NONE, by_dose=True, is_rated=False,
    ),
    Study(
        "ctn51-bup", "buprenorphine", "CTN-0051, buprenorphine, weeks 1-22", NALTREXONE, is_buprenorphine,
        22, 154, NONE, by_dose=True, is_rated=True,
    ),
)  # fmt: skip


@cache
def all_of(project: str) -> list[Episode]:
    """Episodes of a trial."""
    return episodes(project, is_split=project == TAPER)


@cache
def positives() -> dict[str, IntArray]:
    """Study days with opioids in urine, by person."""
    found = table("uds").query("what == @OPIOID")
    return {who: np.unique(part["when"].to_numpy()) for who, part in found.groupby("who")}


@cache
def after_first_dose() -> dict[str, float]:
    """Class after the first dose, by person."""
    found = table("withdrawal_pre_post").query("what == 'post'").dropna(subset=["withdrawal"])
    return dict(found.groupby("who")["withdrawal"].first().clip(upper=HIGHEST))


def taken(item: Episode) -> IntArray:
    """Days with a dose."""
    return np.array(sorted(day for day, amount in item.doses.items() if amount > 0.0), dtype=np.int64)


@cache
def weekly(study: Study) -> pd.DataFrame:
    """One line a person and week in which the person had not left.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        `left`: the last contact falls in the week. `class`: last known at its end, or that after the first
        dose. `rated`, `positive`: in the week. `tested`: had a visit (or a dose, where no ratings tell of
        visits), on which a screen without opioids leaves no record. `before`: so in the last tested week.
    """
    lines = [line for item in study.found for line in _lines(study, item)]
    found = pd.DataFrame(lines)
    known = found["positive"].where(found["tested"]).astype(float)
    found["before"] = known.groupby(found["episode"]).ffill().groupby(found["episode"]).shift()
    found["week"] = np.log1p(found["number"])
    found["taper"] = found["number"].isin(study.taper).astype(float)
    found["after"] = (found["number"] * WEEK >= study.dosed).astype(float)
    return found


def _lines(study: Study, item: Episode) -> Iterable[dict[str, object]]:
    doses = taken(item)
    screened = positives().get(item.who, np.array([], dtype=np.int64)) - item.first
    last = int(doses[-1] if study.by_dose else item.days.max(initial=0))
    for number in range(min(study.weeks, last // WEEK + 1)):
        begin, end = WEEK * number, WEEK * (number + 1)
        seen = item.days < end
        level = after_first_dose().get(item.who, np.nan)
        if study.is_rated:
            level = float(item.classes[seen][-1]) if seen.any() else np.nan
        is_rated, is_dosed = within(item.days, begin, end), within(doses, begin, end)
        # Screens of the day of the first dose are of the time before.
        is_positive = within(screened, max(begin, 1), end)
        yield {
            "who": item.who,
            "episode": (item.who, item.phase),
            "number": number,
            "left": float(last < end),
            "class": level,
            "rated": float(is_rated),
            "positive": float(is_positive),
            "tested": is_positive or (is_rated if study.is_rated else is_dosed),
        }


def within(days: IntArray, begin: int, end: int) -> bool:
    """Whether any of the days lies in a span."""
    return bool(((days >= begin) & (days < end)).any())


def daily(study: Study) -> pd.DataFrame:
    """One line a person and day between first and last dose: `missed`, and `again` if the day before was."""
    lines = []
    for item in study.found:
        days = taken(item)
        days = days[days < study.dosed]
        known = set(days.tolist())
        lines += [
            {"who": item.who, "missed": float(day not in known), "again": float(day - 1 not in known)}
            for day in range(int(days[0]) + 1, int(days[-1]) + 1)
        ]
    return pd.DataFrame(lines)


def started(arm: str) -> Sequence[bool]:
    """Whether people randomized to an arm of CTN-0051 ever got a dose."""
    people = set(table("everybody").query("project == @NALTREXONE")["who"])
    arms = table("randomization").dropna(subset=["treatment"]).drop_duplicates("who")
    mine = [who for who in arms.query("treatment == @arm")["who"] if who in people]
    dosed = set(table("treatment").query("amount > 0")["who"])
    return [who in dosed for who in mine]
