"""Dose escalation: cohorts at levels that rise or fall by what happened before; 3+3, or a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from speciosa.trials.analyses import Data, analyzed
from speciosa.trials.endpoints import measured
from speciosa.trials.gathering import flow_of, persons_of, ratings_of
from speciosa.trials.plan import Piece
from speciosa.trials.protocol import Escalation
from speciosa.trials.result import TrialResult, gathered

if TYPE_CHECKING:
    from speciosa.engine import Executor
    from speciosa.trials.run import Progress, Trial

FloatArray = npt.NDArray[np.float64]
COLUMNS = ("cohort", "level", "people", "with event", "people at level", "events at level", "decision")
NODES = 61
"""Of the quadrature over the parameter of the continual reassessment."""
COHORT, FULL, TOO_MANY = 3, 6, 2
"""3+3: people of a cohort, people of a full level, and events that are too many."""


@dataclass
class Tally:
    """People and events at each level so far.

    Parameters
    ----------
    people, events : list of int
    """

    people: list[int]
    events: list[int]
    rows: list[tuple[object, ...]] = field(default_factory=list)


def three_plus_three(level: int, tally: Tally) -> tuple[int | None, str]:
    """The next level, None where the escalation ends, and the decision in words.

    Up after no event in three or at most one in six; three more at the level after one in three; down after
    two or more. It ends where the level below is full, at the lowest level with too many events, or at the
    top with six.

    Parameters
    ----------
    level : int
        Of the cohort that was treated last.
    tally : Tally
    """
    people, events = tally.people[level], tally.events[level]
    if events >= TOO_MANY:
        if level == 0:
            return None, "ends: too many events at the lowest level"
        is_full = tally.people[level - 1] >= FULL
        return (None, "ends: the level below is full") if is_full else (level - 1, "down")
    if people < FULL and events:
        return level, "three more"
    above = level + 1
    if above == len(tally.people):
        return (None, "ends: the highest level is full") if people >= FULL else (level, "three more")
    if tally.events[above] >= TOO_MANY:
        return (None, "ends: too many events above") if people >= FULL else (level, "three more")
    return above, "up"


def tolerated(tally: Tally) -> int | None:
    """The highest level with six people and at most one event; None where there is none.

    Parameters
    ----------
    tally : Tally
    """
    fit = [
        level
        for level, (people, events) in enumerate(zip(tally.people, tally.events, strict=True))
        if people >= FULL and events < TOO_MANY
    ]
    return max(fit, default=None)


def reassessed(part: Escalation, spread: float, people: list[int], events: list[int]) -> FloatArray:
    """Posterior mean chance of an event at each level: skeleton ** exp(a), a normal around 0.

    Parameters
    ----------
    part : Escalation
    spread : float
        Prior standard deviation of a.
    people, events : list of int
        At each level.

    Examples
    --------
    >>> part = Escalation(rule="CRM", skeleton=[0.05, 0.25, 0.5])
    >>> none, many = (reassessed(part, 1.0, [3, 0, 0], [events, 0, 0])[0] for events in (0, 3))
    >>> bool(none < many)
    True
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    chance = np.asarray(part.skeleton)[None, :] ** np.exp(spread * nodes)[:, None]
    chance = np.clip(chance, np.finfo(float).tiny, 1.0 - np.finfo(float).eps)
    n, y = np.asarray(people), np.asarray(events)
    log = (y * np.log(chance) + (n - y) * np.log1p(-chance)).sum(axis=1)
    posterior = weights * np.exp(log - log.max())
    return np.asarray((posterior[:, None] * chance).sum(axis=0) / posterior.sum())


def continual(part: Escalation, spread: float, level: int, tally: Tally) -> tuple[int | None, str]:
    """The next level by the continual reassessment: nearest to the target, never skipping an untried one."""
    chance = reassessed(part, spread, tally.people, tally.events)
    if sum(tally.people) >= part.most:
        return None, f"ends: {part.most} people"
    wanted = int(np.abs(chance - part.target).argmin())
    highest = max(place for place, people in enumerate(tally.people) if people) + 1
    following = min(wanted, highest)
    word = "up" if following > level else "down" if following < level else "stay"
    return following, f"{word}: estimated share {chance[following]:.3f}"


def escalation(trial: Trial, seed: int, executor: Executor, progress: Progress | None) -> TrialResult:
    """Run a dose escalation."""
    protocol, evidence, part = trial.protocol, trial.setting.evidence, trial.protocol.escalation
    assert part is not None
    enrolled = trial.entrance.enrol(seed, executor)
    levels = tuple(protocol.arms)
    tally = Tally([0] * len(levels), [0] * len(levels))
    spread = part.spread or 0.0
    size = COHORT if part.rule == "3+3" else part.cohort
    courses, tables = [], []
    level: int | None = 0
    first = cohort = 0
    while level is not None and first < enrolled.people.size:
        rows = range(first, min(first + size, enrolled.people.size))
        name = levels[level]
        road = trial.road((Piece(name, 0.0, protocol.until),))
        course = road.follow(enrolled.people.part(rows), executor=executor)
        events = int(course.conduct.for_safety.sum())
        tally.people[level] += len(rows)
        tally.events[level] += events
        cohort, first = cohort + 1, first + len(rows)
        courses.append((name, course))
        tables.append(measured(protocol.endpoints, course, evidence, 0.0, protocol.until).assign(arm=name))
        if part.rule == "3+3":
            following, words = three_plus_three(level, tally)
        else:
            following, words = continual(part, spread, level, tally)
        counts = (tally.people[level], tally.events[level])
        tally.rows.append((cohort, name, len(rows), events, *counts, words))
        level = following
        if progress is not None:
            progress("cohorts", first, enrolled.people.size)
    tally.rows.append(_end(part, spread, tally, levels))
    table = pd.concat(tables).sort_index(kind="stable")
    endpoints = table[["arm", *(column for column in table.columns if column != "arm")]]
    ratings = ratings_of(courses)
    return TrialResult(
        protocol=protocol,
        seed=seed,
        endpoints=endpoints,
        analyses=analyzed(Data(protocol, endpoints, ratings)),
        flow=flow_of(enrolled, courses),
        persons=persons_of(courses, enrolled),
        ratings=ratings,
        courses=tuple(courses),
        decisions=pd.DataFrame(tally.rows, columns=list(COLUMNS)),
        rows=gathered(courses),
    )


def _end(part: Escalation, spread: float, tally: Tally, levels: tuple[str, ...]) -> tuple[object, ...]:
    """What the escalation came to, as the last row of its decisions."""
    place = tolerated(tally)
    words = "highest level with six people and at most one event"
    if part.rule == "CRM":
        chance = reassessed(part, spread, tally.people, tally.events)
        tried = [level for level, people in enumerate(tally.people) if people]
        place = min(tried, key=lambda level: abs(chance[level] - part.target))
        words = f"tried level whose estimated share {chance[place]:.3f} is nearest to {part.target:g}"
    if place is None:
        return ("end", "none", sum(tally.people), sum(tally.events), 0, 0, f"no level is the {words}")
    return (
        "end",
        levels[place],
        sum(tally.people),
        sum(tally.events),
        tally.people[place],
        tally.events[place],
        words,
    )
