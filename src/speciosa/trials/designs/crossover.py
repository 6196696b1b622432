"""Crossover: everybody is in several arms, one after the other, in sequences that are randomized."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from speciosa.trials.analyses import Data, analyzed
from speciosa.trials.endpoints import measured
from speciosa.trials.enrolment import allocate
from speciosa.trials.gathering import flow_of, persons_of, ratings_of
from speciosa.trials.plan import Piece, Plan
from speciosa.trials.protocol import Protocol
from speciosa.trials.result import TrialResult, gathered

if TYPE_CHECKING:
    from speciosa.engine import Executor
    from speciosa.trials.run import Progress, Trial


def sequences_of(protocol: Protocol) -> list[list[str]]:
    """The sequences of a protocol; every order of its arms where it does not name them."""
    assert protocol.crossover is not None
    return protocol.crossover.sequences or [list(order) for order in permutations(protocol.arms)]


def plan_of(protocol: Protocol, sequence: list[str]) -> Plan:
    """The arms of a sequence, each over its period."""
    assert protocol.crossover is not None
    length = protocol.crossover.period + protocol.crossover.washout
    return tuple(
        Piece(name, place * length, place * length + protocol.crossover.period)
        for place, name in enumerate(sequence)
    )


def crossover(trial: Trial, seed: int, executor: Executor, progress: Progress | None) -> TrialResult:
    """Run a trial in which people change arms."""
    protocol, evidence = trial.protocol, trial.setting.evidence
    enrolled = trial.entrance.enrol(seed, executor)
    sequences = sequences_of(protocol)
    labels = tuple(", then ".join(sequence) for sequence in sequences)
    place = allocate(
        protocol, labels, (1,) * len(labels), enrolled.stratum, enrolled.people.size, seed, "randomization"
    )
    courses, tables = [], []
    for number, (label, sequence) in enumerate(zip(labels, sequences, strict=True)):
        mine = np.flatnonzero(place == number)
        if not len(mine):
            continue
        plan = plan_of(protocol, sequence)
        told = None if progress is None else lambda done, all_, label=label: progress(label, done, all_)
        course = trial.road(plan).follow(enrolled.people.part(mine), executor=executor, progress=told)
        courses.append((label, course))
        for period, piece in enumerate(plan, start=1):
            found = measured(protocol.endpoints, course, evidence, piece.start, piece.end)
            tables.append(found.assign(arm=piece.arm, period=period, sequence=label))
    table = pd.concat(tables)
    head = ["arm", "period", "sequence"]
    table = table[[*head, *(column for column in table.columns if column not in head)]]
    endpoints = table.sort_values("period", kind="stable").sort_index(kind="stable")
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
