"""Who is screened, who may take part, and who is randomized to what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import numpy.typing as npt

from speciosa.body.scales import SCALES, Scale
from speciosa.body.scores import rating_parameters
from speciosa.engine import Executor
from speciosa.errors import TrialError
from speciosa.people import LEVELS, Population
from speciosa.regimens import Regimen
from speciosa.results import Rating
from speciosa.simulation import Prepared, Scenario, Setting, prepare
from speciosa.simulation.written import regimen_of
from speciosa.trials.protocol import Protocol, Range
from speciosa.trials.rating import rated

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
SCREENED = 20
"""How many people are screened at most for each one wanted, where the protocol does not say."""
_BASELINE = 0.0
_MOMENT = 0.01


@dataclass(frozen=True)
class Enrolled:
    """Who takes part.

    Parameters
    ----------
    people : Population
        Those who are randomized.
    screened : int
    excluded : mapping of str to int
        Number of people by the first reason.
    scores : mapping of str to (n,) float
        Ratings at baseline that eligibility or strata ask for.
    stratum : tuple of str
        Of each person; empty where there is one.
    """

    people: Population
    screened: int
    excluded: dict[str, int]
    scores: dict[str, FloatArray]
    stratum: tuple[str, ...]


@dataclass(frozen=True)
class Entrance:
    """Screening, composed and compiled once.

    Parameters
    ----------
    protocol : Protocol
    setting : Setting
    ready : Prepared, optional
        What everybody took before, to rate it at baseline; None where no rating is asked.
    scales : tuple of Scale
        Rated at baseline.
    """

    protocol: Protocol
    setting: Setting
    ready: Prepared | None
    scales: tuple[Scale, ...]

    def enrol(self, seed: int, executor: Executor | None = None) -> Enrolled:
        """Screen people until as many as wanted are found.

        Parameters
        ----------
        seed : int
        executor : Executor, optional

        Raises
        ------
        TrialError
            If too few of those who are screened may take part.
        """
        wanted, rules = self.protocol.people.size, self.protocol.eligibility
        part = self.protocol.people.model_copy(update={"seed": seed})
        everybody = replace(part.population(self.setting), is_varied=True)
        is_open = not rules.covariates and not rules.scores
        most = wanted if is_open else rules.screen_at_most or SCREENED * wanted
        fit: list[int] = []
        excluded: dict[str, int] = {}
        scores: dict[str, list[float]] = {scale.name: [] for scale in self.scales}
        first = 0
        while len(fit) < wanted and first < most:
            people = replace(everybody, first=first, size=min(wanted, most - first))
            reasons, found = self._judged(people, executor)
            for row, reason in enumerate(reasons):
                first += 1
                if reason:
                    excluded[reason] = excluded.get(reason, 0) + 1
                    continue
                fit.append(int(people.ids[row]))
                for name, values in found.items():
                    scores[name].append(float(values[row]))
                if len(fit) == wanted:
                    break
        if len(fit) < wanted:
            told = ", ".join(f"{reason}: {count}" for reason, count in excluded.items())
            raise TrialError(
                f"{len(fit)} of {first} people screened may take part ({told})",
                where="eligibility",
                expected=f"{wanted}",
                advice="Widen the limits, raise `screen_at_most`, or describe other people.",
            )
        chosen = replace(everybody, first=0, size=wanted, chosen=None if is_open else tuple(fit))
        rated_at = {name: np.asarray(values) for name, values in scores.items()}
        return Enrolled(chosen, first, excluded, rated_at, self._strata(chosen, rated_at))

    def _judged(
        self, people: Population, executor: Executor | None
    ) -> tuple[list[str], dict[str, FloatArray]]:
        """Why each person may not take part, empty if they may, and their ratings at baseline."""
        reasons = [""] * people.size
        for name, allowed in self.protocol.eligibility.covariates.items():
            values = people.levels[name] if name in LEVELS else people.covariates.get(name)
            for row in range(people.size):
                value = None if values is None else values[row]
                is_fit = value in allowed if isinstance(allowed, list) else _within(value, allowed)
                if not reasons[row] and not is_fit:
                    reasons[row] = name
        scores = self._baseline(people, executor)
        for name, limits in self.protocol.eligibility.scores.items():
            for row in range(people.size):
                if not reasons[row] and not _within(scores[name][row], limits):
                    reasons[row] = f"{name} at baseline"
        return reasons, scores

    def _baseline(self, people: Population, executor: Executor | None) -> dict[str, FloatArray]:
        if self.ready is None:
            return {}
        ready = self.ready.again(replace(self.ready.scenario, people=people))
        solution = ready.solve(executor=executor)
        names = [item.name for item in ready.recorded]
        found = {}
        for scale in self.scales:
            numbers = (ready.model.parameter(name).value for name in rating_parameters(scale))
            severities: dict[str, FloatArray] = {
                item.arm: solution.values[:, :1, names.index(f"severity.{scale.rater}.{item.arm}")]
                for item in scale.items
            }
            at = np.array([_BASELINE])
            found[scale.name] = rated(Rating(scale, *numbers), severities, at, people.streams)[:, 0]
        return found

    def _strata(self, people: Population, scores: dict[str, FloatArray]) -> tuple[str, ...]:
        parts: list[list[str]] = []
        for stratum in self.protocol.randomization.strata:
            if stratum.by in LEVELS:
                parts.append([str(level) for level in people.levels[stratum.by]])
                continue
            values = scores.get(stratum.by, people.covariates.get(stratum.by))
            if values is None:
                raise TrialError(
                    f"{stratum.by} is not known of these people",
                    where="randomization.strata",
                    expected="a covariate that the people have",
                )
            group = np.searchsorted(np.sort(stratum.cuts), values, side="right")
            parts.append([f"{stratum.by} {_group(int(place), sorted(stratum.cuts))}" for place in group])
        return tuple(", ".join(words) for words in zip(*parts, strict=True)) if parts else ()


def _within(value: float | None, limits: Range) -> bool:
    if value is None or not np.isfinite(value):
        return False
    low = -np.inf if limits.at_least is None else limits.at_least
    high = np.inf if limits.at_most is None else limits.at_most
    return bool(low <= value <= high)


def _group(place: int, cuts: list[float]) -> str:
    if place == 0:
        return f"below {cuts[0]:g}"
    return f"{cuts[place - 1]:g} or more" if place == len(cuts) else f"{cuts[place - 1]:g} to {cuts[place]:g}"


def entrance(protocol: Protocol, setting: Setting) -> Entrance:
    """Compose and compile what screening needs; nothing where no rating at baseline is asked."""
    known = {scale.name: scale for scale in SCALES}
    asked = (*protocol.eligibility.scores, *(item.by for item in protocol.randomization.strata))
    scales = tuple(known[name] for name in dict.fromkeys(asked) if name in known)
    if not scales:
        return Entrance(protocol, setting, None, ())
    regimen = Regimen(())
    if protocol.history is not None:
        regimen = regimen.after(regimen_of(protocol.history, setting))
    people = protocol.people.population(setting)
    outputs = [f"severity.{scale.rater}.{item.arm}" for scale in scales for item in scale.items]
    scenario = Scenario(
        regimen=regimen,
        people=people if people.makeup else replace(people, size=1, is_varied=False),
        until=_MOMENT,
        times=(_BASELINE, _MOMENT),
        outputs=tuple(dict.fromkeys(outputs)),
        values=dict(protocol.values),
        target=protocol.target,
        title="baseline",
    )
    return Entrance(protocol, setting, prepare(scenario, setting), scales)


def allocate(
    protocol: Protocol,
    names: tuple[str, ...],
    ratios: tuple[int, ...],
    stratum: tuple[str, ...],
    n: int,
    seed: int,
    stage: str,
) -> npt.NDArray[np.int64]:
    """Randomize people in the order in which they came: permuted blocks within strata.

    Parameters
    ----------
    protocol : Protocol
    names : tuple of str
        What people are randomized to.
    ratios : tuple of int
    stratum : tuple of str
        Of each person; empty where there is one.
    n : int
    seed : int
    stage : str
        Names the randomization, so that a second one is another.

    Returns
    -------
    (n,) int
        Place in `names`.
    """
    share = np.repeat(np.arange(len(names)), ratios)
    blocks = protocol.randomization.blocks
    found = np.empty(n, dtype=np.int64)
    strata = np.asarray(stratum or ("",) * n)
    for number, level in enumerate(dict.fromkeys(strata.tolist())):
        mine = np.flatnonzero(strata == level)
        key = np.random.SeedSequence(seed, spawn_key=(_key(stage), number))
        generator = np.random.Generator(np.random.PCG64(key))
        if not blocks:
            found[mine] = share[generator.integers(len(share), size=len(mine))]
            continue
        drawn: list[int] = []
        while len(drawn) < len(mine):
            size = int(generator.choice(blocks))
            drawn += generator.permutation(np.tile(share, size // len(share))).tolist()
        found[mine] = drawn[: len(mine)]
    return found


def _key(text: str) -> int:
    return crc32(text.encode())
