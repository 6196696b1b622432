"""Likelihood of severity classes: person effects on gain and floor integrated by Gauss-Hermite nodes.

    P       = (1 + tau) S / (1 + tau S)
    D       = max(0, mean of w_v A_v + w_f A_f + w_s A_s - P over the hours that a rating stands for)
    ln L    = ln(B exp(omega_B z_B) + G exp(omega_G z_G) D ** g)

S comes from the doses of each person. The gradient by gain, floor, spreads, noise and steepness is exact
for the given nodes; that by the constants of adaptation goes through forward differences of D alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from withdrawal.curves import GRAIN, Curves, place
from withdrawal.records import Episode
from withdrawal.signals import DAY, LAST_DAY, STEP, adapted

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NODES = 9
SMALLEST = 1e-9
DIFFERENCE = 1e-4
CORNER = 0.002
"""Deficit over which the corner of the drive at zero is rounded, so that derivatives exist."""
FIRST_DAY = 2
"""Ratings of the first two days are left out: the protocol asks for withdrawal before the first dose."""
NAMES = (
    "half_life.fast",
    "half_life.slow",
    "weight.fast",
    "start.1",
    "start.2",
    "reserve",
    "gain",
    "exponent",
    "gain.spread",
    "floor",
    "floor.spread",
    "occasion",
)
ADAPTATION = NAMES[:6]


def values_of(point: FloatArray) -> dict[str, float]:
    """Parameters in their own units from coordinates: logs, the logit of a share, ln(1 + reserve)."""
    found = dict(zip(NAMES, np.exp(point), strict=True))
    found["weight.fast"] = 1.0 / (1.0 + np.exp(-point[2]))
    found["reserve"] = float(np.expm1(point[5]))
    return {name: float(value) for name, value in found.items()}


def point_of(values: dict[str, float]) -> FloatArray:
    """Coordinates of parameters."""
    found = np.array([np.log(values[name]) if name != "reserve" else 0.0 for name in NAMES])
    share = values["weight.fast"]
    found[2] = np.log(share / (1.0 - share))
    found[5] = np.log1p(values["reserve"])
    return found


@dataclass(frozen=True)
class Ratings:
    """Ratings in order of person and day, with where each lies in the signals.

    Parameters
    ----------
    episode, person, day, classes, phase, study_day : int arrays, one entry a rating
        Days count from the first dose of the episode; study days from that of the trial.
    """

    episode: IntArray
    person: IntArray
    day: IntArray
    classes: IntArray
    phase: IntArray
    study_day: IntArray

    @property
    def first(self) -> IntArray:
        """Where each person begins."""
        return np.flatnonzero(np.r_[True, np.diff(self.person) != 0])

    def of(self, keep: npt.NDArray[np.bool_]) -> Ratings:
        """Some of them."""
        return replace(self, **{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})


def ratings_of(found: Sequence[Episode]) -> Ratings:
    """All ratings of episodes that count."""
    people = {who: index for index, who in enumerate(dict.fromkeys(item.who for item in found))}
    rows = [
        (index, people[item.who], day, level, item.phase, item.first + day)
        for index, item in enumerate(found)
        for day, level in zip(item.days, item.classes, strict=True)
        if FIRST_DAY <= day < LAST_DAY - 1
    ]
    return Ratings(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


def nodes(count: int = NODES) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard normal effects on floor and gain, and log weights."""
    at, weight = np.polynomial.hermite_e.hermegauss(count)
    floor, gain = (item.ravel() for item in np.meshgrid(at, at, indexing="ij"))
    log = np.log(weight / weight.sum())
    return floor, gain, (log[:, None] + log[None, :]).ravel()


@dataclass(frozen=True)
class Trial:
    """The trial as the likelihood sees it.

    Parameters
    ----------
    signal : (episodes, times) float
    ratings : Ratings
    curves : Curves
    very_fast : tuple of float
        Weight and half-life (h) of the very fast part, which these data do not inform.
    hours : tuple of float
        Over which the deficit behind a rating is averaged, from the dose of the day, multiples of `STEP`.
    """

    signal: FloatArray
    ratings: Ratings
    curves: Curves
    very_fast: tuple[float, float]
    hours: tuple[float, ...]
    grid: tuple[FloatArray, FloatArray, FloatArray] = field(default_factory=nodes)

    def some(self, keep: npt.NDArray[np.bool_]) -> Trial:
        """The trial with some of its ratings."""
        return replace(self, ratings=self.ratings.of(keep))

    def parts(self, half_life: float, driven: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Follower of a drive that starts at 0, and what is left of its start, at every rating."""
        at = self.index
        state = adapted(driven, half_life, STEP, 0.0)[self.ratings.episode, at]
        return state, np.exp(-np.log(2.0) * at * STEP / half_life)

    @property
    def index(self) -> IntArray:
        """Columns of the signal behind every rating, hours x ratings."""
        times = self.ratings.day[None, :] * DAY + np.array(self.hours)[:, None]
        return np.asarray(np.round(times / STEP), dtype=np.int64)

    def drives(self, points: Sequence[FloatArray]) -> list[FloatArray]:
        """Withdrawal drive behind every rating, for several points; filters are shared."""
        known: dict[tuple[float, float], tuple[FloatArray, FloatArray]] = {}
        suppressed: dict[float, FloatArray] = {}
        weight, half_life = self.very_fast
        second, found = self.ratings.phase > 1, []
        for point in points:
            value = values_of(point)
            reserve = value["reserve"]
            if reserve not in suppressed:
                suppressed[reserve] = (1.0 + reserve) * self.signal / (1.0 + reserve * self.signal)
            start = np.where(second, value["start.2"], value["start.1"])
            share = value["weight.fast"]
            shares = (weight, (1.0 - weight) * share, (1.0 - weight) * (1.0 - share))
            total = -suppressed[reserve][self.ratings.episode, self.index]
            spans = (half_life, value["half_life.fast"], value["half_life.slow"])
            for part, span in zip(shares, spans, strict=True):
                if (reserve, span) not in known:
                    known[reserve, span] = self.parts(span, suppressed[reserve])
                state, left = known[reserve, span]
                total = total + part * (state + start * left)
            deficit = total.mean(axis=0)
            found.append((deficit + np.hypot(deficit, CORNER)) / 2.0)
        return found

    def severity(self, point: FloatArray, drive: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log severity at ratings x nodes, and the share of the floor in it."""
        value, (floor_at, gain_at, _) = values_of(point), self.grid
        floor = value["floor"] * np.exp(value["floor.spread"] * floor_at)
        gain = value["gain"] * np.exp(value["gain.spread"] * gain_at)
        total = floor[None, :] + (drive ** value["exponent"])[:, None] * gain[None, :]
        return np.log(total), floor[None, :] / total

    def logs(self, point: FloatArray) -> FloatArray:
        """Log probability of every rating at every node."""
        log, _ = self.severity(point, self.drives([point])[0])
        table, _ = self.curves.logs(values_of(point)["occasion"])
        cell, rest = place(log)
        flat, base = table.ravel(), self.ratings.classes[:, None] * table.shape[1] + cell
        return np.asarray(flat[base] * (1.0 - rest) + flat[base + 1] * rest)

    def persons(self, point: FloatArray) -> FloatArray:
        """Log likelihood of every person."""
        summed = np.add.reduceat(self.logs(point), self.ratings.first, axis=0)
        return np.asarray(logsumexp(summed + self.grid[2], axis=1))

    def scores(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log likelihood of every person and its gradient, (persons,) and (persons, parameters)."""
        moved = [point + DIFFERENCE * (np.arange(len(point)) == k) for k in range(len(ADAPTATION))]
        drive, *others = self.drives([point, *moved])
        value, (floor_at, gain_at, weight) = values_of(point), self.grid
        log, share = self.severity(point, drive)
        table, by_noise = self.curves.logs(value["occasion"])
        cell, rest = place(log)
        base = self.ratings.classes[:, None] * table.shape[1] + cell
        flat = table.ravel()
        low, high = flat[base], flat[base + 1]
        noisy = by_noise.ravel()[base] * (1.0 - rest) + by_noise.ravel()[base + 1] * rest
        first = self.ratings.first
        summed = np.add.reduceat(low * (1.0 - rest) + high * rest, first, axis=0) + weight
        total = logsumexp(summed, axis=1)
        chance = np.exp(summed - total[:, None])[np.cumsum(np.isin(np.arange(len(drive)), first)) - 1]
        slope = chance * (high - low) / GRAIN
        on_floor, on_gain = slope * share, slope * (1.0 - share)
        positive = np.maximum(drive, SMALLEST)
        by_drive = on_gain.sum(axis=1) * value["exponent"] / positive
        found = [by_drive * (other - drive) / DIFFERENCE for other in others]
        found += [
            on_gain.sum(axis=1),
            on_gain.sum(axis=1) * np.log(positive) * value["exponent"],
            on_gain @ gain_at * value["gain.spread"],
            on_floor.sum(axis=1),
            on_floor @ floor_at * value["floor.spread"],
            (chance * noisy).sum(axis=1) * value["occasion"],
        ]
        return total, np.add.reduceat(np.stack(found, axis=1), first, axis=0)
