"""What a power study found: shares of trials with an answer, looks on the way, and stops for safety."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import binomtest

from speciosa.campaigns import Arrays, Folder
from speciosa.errors import TrialError, UnknownNameError
from speciosa.power.boundaries import SOURCES
from speciosa.power.safety import safety_limits
from speciosa.power.study import NAMES, NUMBERS, WITHOUT_DIRECTION, Better, FloatArray, PowerStudy
from speciosa.results import write_atomically
from speciosa.trials import trial_seed

BETTER: tuple[str, ...] = get_args(Better)
GROUP = ["variant", "kind", "endpoint", "method", "comparison", "unit"]
"""Columns of which each combination is a curve."""
TABLES = ("power.csv", "looks.csv", "safety.csv", "limits.csv", "trials.csv")


@dataclass(frozen=True, eq=False)
class PowerResult:
    """What trials found.

    Parameters
    ----------
    study : PowerStudy
    better : {"either", "lower", "higher"}
        Direction of a difference that counts as found.
    alpha : float
        Two-sided level.
    power : pandas.DataFrame
        One row a variant, kind, number of people and comparison: trials, unanswered, share found, its 95 %
        interval (Wilson), mean of the estimates and their 5th and 95th percentile.
    looks : pandas.DataFrame
        One row a look: boundaries, shares of trials that stop at it for benefit and for futility, the same by
        theory at the drift that was found, and people needed on average. Empty without looks.
    safety : pandas.DataFrame
        How often each arm was stopped for safety.
    limits : pandas.DataFrame
        How many people beyond a safety level stop an arm, and how likely that is.
    trials : pandas.DataFrame
        Every trial: estimate and p at every number of people.
    """

    study: PowerStudy
    better: Better
    alpha: float
    power: pd.DataFrame
    looks: pd.DataFrame
    safety: pd.DataFrame
    limits: pd.DataFrame
    trials: pd.DataFrame

    @property
    def title(self) -> str:
        """One line."""
        protocol = self.study.variants[0].protocol
        return f"{protocol.title}: {self.study.trials:,} trials, seed {self.study.seed}"

    def people_for(self, share: float) -> pd.DataFrame:
        """The fewest people, among the numbers tried, with which a share of trials finds the difference.

        Parameters
        ----------
        share : float
            Such as 0.8.

        Returns
        -------
        pandas.DataFrame
            One row a variant, kind, analysis and comparison; NaN where none of the numbers tried is enough.
        """
        rows = []
        for key, part in self.power.groupby(GROUP, sort=False):
            enough = part[part["found"] >= share]["people"]
            rows.append((*key, share, float(enough.min()) if len(enough) else np.nan))
        return pd.DataFrame(rows, columns=[*GROUP, "share", "people"])

    def save(self, folder: str | Path) -> Path:
        """Write tables and sources; the manifest holds the protocols. The same study gives the same bytes.

        Parameters
        ----------
        folder : str or Path
        """
        path = Path(folder)
        tables = (self.power, self.looks, self.safety, self.limits, self.trials)
        for name, table in zip(TABLES, tables, strict=True):
            write_atomically(path / name, table.to_csv(index=False))
        write_atomically(path / "sources.txt", self.sources() + "\n")
        return path

    def sources(self) -> str:
        """Evidence rows and sources behind the trials, with those of the methods."""
        first = self.trials["variant"] == self.study.variants[0].text
        answered = self.trials.loc[first & self.trials["p"].notna(), "trial"]
        number = int(answered.iloc[0]) - 1 if len(answered) else 0
        result = self.study.trial(0).run(trial_seed(self.study.seed, number))
        text = result.sources(self.study.setting.evidence).text()
        known = self.study.setting.evidence.sources
        lines = [f"Method: {known[key].reference}" for key in SOURCES] if self.study.looks is not None else []
        return "\n".join([text, *lines])


def merged_power(
    folder: Folder, study: PowerStudy, *, better: Better = "either", alpha: float | None = None
) -> PowerResult:
    """What all shards of a power study found.

    Parameters
    ----------
    folder : Folder
    study : PowerStudy
    better : {"either", "lower", "higher"}
    alpha : float, optional
        Two-sided level; that of the looks, or else 0.05, if left out.

    Returns
    -------
    PowerResult

    Raises
    ------
    SpeciosaError
        If shards are missing or the direction does not fit.
    """
    if better not in BETTER:
        raise UnknownNameError("direction", better, BETTER)
    level = alpha if alpha is not None else (study.looks.alpha if study.looks is not None else 0.05)
    shards = list(folder.shards())
    parts = [_table(study, number, arrays) for number, arrays in enumerate(shards)]
    trials = pd.concat(parts, ignore_index=True)
    methods = set(trials["method"])
    if better != "either" and methods & set(WITHOUT_DIRECTION):
        raise TrialError(
            f"{', '.join(sorted(methods & set(WITHOUT_DIRECTION)))} has no direction",
            where="--better",
            expected="either, or an analysis whose estimate has a sign, such as Cox",
        )
    trials = trials.assign(z=_z(trials, better))
    stops = np.concatenate([arrays["stopped"] for arrays in shards])
    return PowerResult(
        study=study,
        better=better,
        alpha=level,
        power=_power(trials, study, better, level),
        looks=_looks(trials, study, better),
        safety=_safety(study, stops),
        limits=safety_limits(study),
        trials=trials,
    )


def _table(study: PowerStudy, number: int, arrays: Arrays) -> pd.DataFrame:
    """The trials of one shard, a row for each number of people and analysis."""
    variant, kind, trials = study.place(number)
    numbers, names = arrays["numbers"], arrays["names"]
    n, cuts, rows, _ = numbers.shape
    frame = pd.DataFrame(numbers.reshape(-1, len(NUMBERS)), columns=list(NUMBERS))
    frame.insert(0, "people", np.tile(np.repeat(study.cuts, rows), n))
    for place, name in reversed(tuple(enumerate(NAMES))):
        frame.insert(0, name, np.tile(names[:, place], n * cuts))
    frame.insert(0, "trial", np.repeat(np.asarray(trials) + 1, cuts * rows))
    frame.insert(0, "kind", kind)
    frame.insert(0, "variant", study.variants[variant].text)
    return frame


def _z(trials: pd.DataFrame, better: Better) -> FloatArray:
    """Normal deviate of each p, positive in the wanted direction; without a sign where either counts."""
    size = -ndtri(np.clip(trials["p"].to_numpy() / 2.0, 1e-300, 1.0))
    if better == "either":
        return np.asarray(size)
    is_ratio = trials["unit"].isin(["odds ratio", "hazard ratio"]).to_numpy()
    estimate = trials["estimate"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        sign = np.sign(np.where(is_ratio, np.log(np.where(is_ratio, estimate, 1.0)), estimate))
    return np.asarray(size * sign * (1.0 if better == "higher" else -1.0))


def _power(trials: pd.DataFrame, study: PowerStudy, better: Better, alpha: float) -> pd.DataFrame:
    limit = float(-ndtri(alpha / 2.0))
    rows = []
    asked = trials[trials["people"].isin(study.asked_sizes)]
    for key, part in asked.groupby([*GROUP, "people"], sort=False):
        n, found = len(part), int((part["z"] > limit).sum())
        interval = binomtest(found, n).proportion_ci(0.95, method="wilson")
        estimates = part["estimate"].dropna()
        q = np.quantile(estimates, [0.05, 0.95]) if len(estimates) else (np.nan, np.nan)
        rows.append(
            (*key, n, int(part["p"].isna().sum()), found / n, interval.low, interval.high,
             estimates.mean() if len(estimates) else np.nan, *q)
        )  # fmt: skip
    columns = [*GROUP, "people", "trials", "unanswered", "found", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "mean estimate", "estimate p5", "estimate p95"])


def _looks(trials: pd.DataFrame, study: PowerStudy, better: Better) -> pd.DataFrame:
    columns = [
        *(
            "look",
            "information",
            "people",
            "benefit z",
            "futility z",
            "stop for benefit",
            "stop for futility",
        ),
        *("benefit by theory", "futility by theory", "people on average"),
    ]
    looks = study.looks
    if looks is None:
        return pd.DataFrame(columns=[*GROUP, *columns])
    if looks.futility is not None and better == "either":
        raise TrialError(
            "futility is asked for, and a difference in either direction counts",
            where="--futility",
            expected="the direction that is better: --better lower or --better higher",
        )
    benefit, futile = looks.benefit, looks.futile
    people = [study.people_at(time) for time in looks.times]
    rows = []
    for key, part in trials.groupby(GROUP, sort=False):
        z = part.pivot(index="trial", columns="people", values="z")[people].to_numpy()
        at, why = _stopped(z, benefit, futile)
        # Without a direction z has no sign, and its mean is no drift.
        has_drift = better != "either" and bool(np.isfinite(z[:, -1]).any())
        nothing = np.full(len(people), np.nan)
        by_theory = looks.chances(float(np.nanmean(z[:, -1]))) if has_drift else (nothing, nothing)
        average = float(np.asarray(people)[np.minimum(at, len(people) - 1)].mean())
        for place, time in enumerate(looks.times):
            stops = [float(((at == place) & (why == reason)).mean()) for reason in (1, 2)]
            rows.append(
                (*key, place + 1, time, people[place], benefit[place], futile[place], *stops,
                 by_theory[0][place], by_theory[1][place], average)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=[*GROUP, *columns])


def _stopped(z: FloatArray, benefit: FloatArray, futile: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """The look at which each trial stops, beyond the last if none, and why: 1 benefit, 2 futility, 3 harm."""
    known = np.nan_to_num(z, nan=0.0)
    why = np.where(known > benefit, 1, np.where(known < -benefit, 3, np.where(known < futile, 2, 0)))
    is_stop = why > 0
    at = np.where(is_stop.any(axis=1), is_stop.argmax(axis=1), z.shape[1])
    reason = why[np.arange(len(z)), np.minimum(at, z.shape[1] - 1)]
    return at, np.where(at < z.shape[1], reason, 0)


def _safety(study: PowerStudy, stops: FloatArray) -> pd.DataFrame:
    """How often each arm was stopped, and after how many people."""
    rows = []
    each = len(stops) // (len(study.variants) * len(study.kinds))
    for variant, item in enumerate(study.variants):
        for number, kind in enumerate(study.kinds):
            first = (variant * len(study.kinds) + number) * each
            part = stops[first : first + each]
            for place, arm in enumerate(item.protocol.arms):
                own = part[:, place]
                known = own[np.isfinite(own)]
                median = float(np.median(known)) if len(known) else np.nan
                rows.append((item.text, kind, arm, each, len(known) / each, median))
    return pd.DataFrame(
        rows, columns=["variant", "kind", "arm", "trials", "stopped for safety", "people when stopped"]
    )
