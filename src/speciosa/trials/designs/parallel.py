"""Parallel arms: each person is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from speciosa.trials.analyses import Data, analyzed
from speciosa.trials.endpoints import measured
from speciosa.trials.enrolment import allocate
from speciosa.trials.gathering import flow_of, persons_of, ratings_of
from speciosa.trials.plan import Piece
from speciosa.trials.result import TrialResult, gathered
from speciosa.trials.safety import stopped_arms

if TYPE_CHECKING:
    from speciosa.engine import Executor
    from speciosa.trials.run import Progress, Trial


def parallel(trial: Trial, seed: int, executor: Executor, progress: Progress | None) -> TrialResult:
    """Run a trial whose arms are beside each other."""
    protocol, evidence = trial.protocol, trial.setting.evidence
    enrolled = trial.entrance.enrol(seed, executor)
    names = tuple(protocol.arms)
    ratios = tuple(arm.ratio for arm in protocol.arms.values())
    place = allocate(protocol, names, ratios, enrolled.stratum, enrolled.people.size, seed, "randomization")
    courses = []
    for number, name in enumerate(names):
        mine = np.flatnonzero(place == number)
        if not len(mine):
            continue
        road = trial.road((Piece(name, 0.0, protocol.until),))
        told = None if progress is None else lambda done, all_, name=name: progress(name, done, all_)
        courses.append((name, road.follow(enrolled.people.part(mine), executor=executor, progress=told)))
    courses, kept_out, decisions = stopped_arms(protocol, courses)
    tables = [
        measured(protocol.endpoints, course, evidence, 0.0, protocol.until).assign(arm=name)
        for name, course in courses
    ]
    table = pd.concat(tables).sort_index(kind="stable")
    endpoints = table[["arm", *(column for column in table.columns if column != "arm")]]
    ratings = ratings_of(courses)
    return TrialResult(
        protocol=protocol,
        seed=seed,
        endpoints=endpoints,
        analyses=analyzed(Data(protocol, endpoints, ratings)),
        flow=flow_of(enrolled, courses, kept_out),
        persons=persons_of(courses, enrolled),
        ratings=ratings,
        courses=tuple(courses),
        decisions=decisions,
        rows=gathered(courses),
    )
