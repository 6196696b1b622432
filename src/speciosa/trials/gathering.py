"""From courses to tables: persons, ratings, endpoints and the flow of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from speciosa.trials.courses import Course
from speciosa.trials.enrolment import Enrolled
from speciosa.trials.timing import DAY

LEFT, SAFETY, FAILED, STAYED = "left", "stopped for safety", "not simulated", "to the end"
REASONS = (LEFT, SAFETY, FAILED, STAYED)


@dataclass(frozen=True)
class Flow:
    """How people went through the trial.

    Parameters
    ----------
    screened : int
    excluded : mapping of str to int
        By the first reason.
    arms : mapping of str to mapping of str to int
        For each arm (or sequence of arms): allocated, and how the trial ended for them.
    kept_out : mapping of str to int
        People who were meant for an arm that had been stopped for safety by then.
    """

    screened: int
    excluded: dict[str, int]
    arms: dict[str, dict[str, int]]
    kept_out: dict[str, int] = field(default_factory=dict)

    @property
    def randomized(self) -> int:
        """Number of people in any arm."""
        return sum(counts["allocated"] for counts in self.arms.values())

    def table(self) -> pd.DataFrame:
        """One row a count: stage, group, persons."""
        rows: list[tuple[str, str, int]] = [("screened", "", self.screened)]
        rows += [("excluded", reason, count) for reason, count in self.excluded.items()]
        rows += [("arm stopped before", arm, count) for arm, count in self.kept_out.items()]
        rows += [(stage, arm, count) for arm, counts in self.arms.items() for stage, count in counts.items()]
        return pd.DataFrame(rows, columns=["stage", "group", "persons"])


def flow_of(
    enrolled: Enrolled, courses: Sequence[tuple[str, Course]], kept_out: dict[str, int] | None = None
) -> Flow:
    """The flow of people of some courses, by label."""
    arms: dict[str, dict[str, int]] = {}
    for label, course in courses:
        counts = arms.setdefault(label, {"allocated": 0, **dict.fromkeys(REASONS, 0)})
        ends = endings(course)
        counts["allocated"] += course.people.size
        for reason in REASONS:
            counts[reason] += int((ends == reason).sum())
    return Flow(enrolled.screened, dict(enrolled.excluded), arms, dict(kept_out or {}))


def endings(course: Course) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """How the trial ended for each person."""
    until = course.ready.scenario.until
    has_left = course.conduct.left < until
    found = np.where(has_left, np.where(course.conduct.for_safety, SAFETY, LEFT), STAYED)
    return np.where(course.is_ok, found, FAILED).astype(object)


def persons_of(courses: Sequence[tuple[str, Course]], enrolled: Enrolled) -> pd.DataFrame:
    """One row a person: arm, covariates, how and when the trial ended, days missed, weeks with use."""
    strata = dict(zip(enrolled.people.ids.tolist(), enrolled.stratum, strict=False))
    tables = []
    for label, course in courses:
        people, did = course.people, course.conduct
        days = np.minimum(did.left, course.ready.scenario.until) / DAY
        columns: dict[str, object] = {
            "arm": label,
            "stratum": [strata.get(number, "") for number in people.ids.tolist()],
            **people.covariates,
            "end": endings(course),
            "days": days,
            "days missed": did.missed.sum(axis=1),
            "weeks with non-study use": did.positive.sum(axis=1),
        }
        tables.append(pd.DataFrame(columns, index=pd.Index(people.ids + 1, name="person")))
    return pd.concat(tables).sort_index(kind="stable")


def ratings_of(courses: Sequence[tuple[str, Course]]) -> pd.DataFrame:
    """All ratings: person, arm, scale, day, value; NaN where nobody was seen."""
    tables = []
    for label, course in courses:
        people = course.people.ids + 1
        for scale, values in course.ratings.items():
            days = np.asarray(course.visits.scales[scale]) / DAY
            tables.append(
                pd.DataFrame(
                    {
                        "person": np.repeat(people, len(days)),
                        "arm": label,
                        "scale": scale,
                        "day": np.tile(days, len(people)),
                        "value": values.ravel(),
                    }
                )
            )
    if not tables:
        return pd.DataFrame({name: [] for name in ("person", "arm", "scale", "day", "value")})
    return pd.concat(tables, ignore_index=True)


def curves_of(courses: Sequence[tuple[str, Course]]) -> pd.DataFrame:
    """Bands of every recorded output over the people of each arm, whether or not they stayed.

    Returns
    -------
    pandas.DataFrame
        arm, output, unit, time (h), n, p5, p25, p50, p75, p95 and mean.
    """
    levels = (5.0, 25.0, 50.0, 75.0, 95.0)
    labels = dict.fromkeys(label for label, _ in courses)
    tables = []
    for label in labels:
        mine = [course for name, course in courses if name == label]
        for item in mine[0].ready.recorded:
            if item.name.startswith("severity."):
                continue
            values = np.concatenate([course.output(item.name)[course.is_ok] for course in mine])
            if not len(values):
                continue
            bands = np.percentile(values, levels, axis=0)
            columns = {f"p{level:g}": band for level, band in zip(levels, bands, strict=True)}
            head = {"arm": label, "output": item.name, "unit": item.unit or "dimensionless"}
            tables.append(
                pd.DataFrame(
                    {**head, "time": mine[0].time, "n": len(values), **columns, "mean": values.mean(axis=0)}
                )
            )
    return pd.concat(tables, ignore_index=True)


def outcome(endpoints: pd.DataFrame) -> pd.DataFrame:
    """Endpoints by arm: number, mean, standard deviation, median and percentiles.

    Parameters
    ----------
    endpoints : pandas.DataFrame
        As `TrialResult` has them.
    """
    known = {"arm", "period", "sequence", "first", "second", "responded", "weight"}
    rows = []
    for name in (column for column in endpoints.columns if column not in known):
        for arm, values in endpoints.groupby("arm", sort=False)[name]:
            seen = values.dropna().to_numpy(float)
            low, middle, high = np.percentile(seen, (5, 50, 95)) if len(seen) else (np.nan,) * 3
            mean = seen.mean() if len(seen) else np.nan
            spread = seen.std(ddof=1) if len(seen) > 1 else np.nan
            rows.append((name, arm, len(seen), mean, spread, middle, low, high))
    return pd.DataFrame(rows, columns=["endpoint", "arm", "n", "mean", "SD", "median", "p5", "p95"])
