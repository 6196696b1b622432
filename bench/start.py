"""How long a user waits: the first simulation of a fresh process, and one person once all is compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from engines import YARDSTICK
from session import Conditions, Room
from workloads.kratom import REGIMEN

COLD, WARM, PERSON = 3.0, 1.2, 15e-3
SCRIPT = f"""
from speciosa.drugs import catalog
from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, simulate

people = population(load(), 100, 1)
result = simulate(Scenario(parse({REGIMEN!r}, catalog()), people, until=672.0))
assert not result.status.any()
"""
READ = f"{SCRIPT}result.summary()\n"


@dataclass(frozen=True)
class Wait:
    """Wall and CPU seconds of one thing that a user waits for.

    Parameters
    ----------
    what : str
    wall, cpu : float
        Of the quickest repeat.
    most : float, optional
        Wall seconds that it should not exceed; None where no goal is set.
    """

    what: str
    wall: float
    cpu: float
    most: float | None


def starts(conditions: Conditions, room: Room) -> list[Wait]:
    """First `simulate` of a fresh process, from its start to its end, with an empty cache and a full one."""
    room.say("first simulation of a fresh process")
    cold, warm, read = [], [], []
    for _ in range(conditions.repeats):
        with tempfile.TemporaryDirectory(dir=room.folder) as folder:
            cold.append(_process(Path(folder)))
            warm.append(_process(Path(folder)))
            read.append(_process(Path(folder), READ))
    what = "first `simulate` of a fresh process, 100 people, 28 days, imports included"
    return [
        Wait(f"{what}; empty cache", *min(cold), COLD),
        Wait(f"{what}; warm cache", *min(warm), WARM),
        Wait(f"{what}, and its summary; warm cache", *min(read), None),
    ]


def _process(cache: Path, script: str = SCRIPT) -> tuple[float, float]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    # An installed package has its bytecode, which the first repeat writes for a checkout.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    wall, after = time.perf_counter() - began, os.times()
    return wall, sum(after[2:4]) - sum(before[2:4])


def persons(conditions: Conditions, room: Room) -> list[Wait]:
    """One person on each workload, once compiled."""
    found = []
    for name in YARDSTICK.people:
        room.say(f"{name}: one person")
        given = replace(conditions, people=1)
        worker = room.worker(room.task(YARDSTICK, name, given, is_checked=False), given, is_own=True)
        try:
            if "problem" in worker.ready:
                raise RuntimeError(f"{name}, one person: {worker.ready['problem']}")
            turns = [worker.ask("solve") for _ in range(10 * conditions.repeats)]
        finally:
            worker.close()
        best = min(turns, key=lambda item: item["wall"])
        found.append(Wait(f"one person of {name}, compiled", best["wall"], best["cpu"], PERSON))
    return found
