"""Sequential multiple assignment: who responds to the first arm goes on otherwise than who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from speciosa.trials.analyses import Data, analyzed
from speciosa.trials.courses import Course
from speciosa.trials.endpoints import measured
from speciosa.trials.enrolment import allocate
from speciosa.trials.gathering import flow_of, persons_of, ratings_of
from speciosa.trials.plan import Piece
from speciosa.trials.protocol import Sequential
from speciosa.trials.result import TrialResult, gathered

if TYPE_CHECKING:
    from speciosa.engine import Executor
    from speciosa.trials.run import Progress, Trial

SAME = "same"
NONE = ""
"""Second arm of those who left before it."""


def sequential(trial: Trial, seed: int, executor: Executor, progress: Progress | None) -> TrialResult:
    """Run a trial whose people are randomized a second time."""
    protocol, evidence = trial.protocol, trial.setting.evidence
    part = protocol.sequential
    assert part is not None
    enrolled = trial.entrance.enrol(seed, executor)
    first_arms = tuple(part.first)
    ratios = tuple(protocol.arms[name].ratio for name in first_arms)
    place = allocate(
        protocol, first_arms, ratios, enrolled.stratum, enrolled.people.size, seed, "first stage"
    )
    courses, tables = [], []
    for number, first in enumerate(first_arms):
        mine = np.flatnonzero(place == number)
        if not len(mine):
            continue
        told = None if progress is None else lambda done, all_, first=first: progress(first, done, all_)
        road = trial.road((Piece(first, 0.0, protocol.until),))
        stage = road.follow(enrolled.people.part(mine), executor=executor, progress=told)
        responded, second, weight = _second(trial, part, first, stage, seed)
        for name in dict.fromkeys(second.tolist()):
            rows = np.flatnonzero(second == name)
            if name in (SAME, NONE):
                course = stage.part(rows)
            else:
                plan = (Piece(first, 0.0, part.decide), Piece(name, part.decide, protocol.until))
                course = trial.road(plan).follow(stage.people.part(rows), executor=executor)
            label = first if name == NONE else f"{first}, then {name}"
            courses.append((label, course))
            found = measured(protocol.endpoints, course, evidence, 0.0, protocol.until)
            tables.append(
                found.assign(
                    arm=label, first=first, second=name, responded=responded[rows], weight=weight[rows]
                )
            )
    table = pd.concat(tables).sort_index(kind="stable")
    head = ["arm", "first", "second", "responded", "weight"]
    endpoints = table[[*head, *(column for column in table.columns if column not in head)]]
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
        rows=gathered(courses),
    )


def _second(
    trial: Trial, part: Sequential, first: str, stage: Course, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each person responded, the arm of their second stage, and one over the chance of it."""
    times = np.asarray(stage.visits.scales[part.scale])
    rating = stage.ratings[part.scale][:, int(np.abs(times - part.decide).argmin())]
    with np.errstate(invalid="ignore"):
        responded = rating <= part.at_most
    is_there = (stage.conduct.left > part.decide) & stage.is_ok
    second = np.full(stage.people.size, NONE, dtype=object)
    weight = np.ones(stage.people.size)
    for is_response, arms in ((True, part.responders), (False, part.others)):
        mine = np.flatnonzero(is_there & (responded == is_response))
        ratios = tuple(1 if name == SAME else trial.protocol.arms[name].ratio for name in arms)
        key = f"second stage, {first}, {is_response}"
        place = allocate(trial.protocol, tuple(arms), ratios, (), len(mine), seed, key)
        second[mine] = np.asarray(arms, dtype=object)[place]
        weight[mine] = np.asarray([sum(ratios) / ratio for ratio in ratios])[place]
    return responded, second, weight
