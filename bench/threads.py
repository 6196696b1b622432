"""How much faster two threads are than one, with lag and bioavailability in the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engines import YARDSTICK
from session import Conditions, Room, Worker

WORKLOADS = ("W1", "W2")


@dataclass(frozen=True)
class Scaling:
    """Best wall and CPU seconds with one thread and with two.

    Parameters
    ----------
    workload : str
    wall, cpu : tuple of float
        One thread, two threads.
    is_identical : bool
        Whether both gave the same bits.
    """

    workload: str
    wall: tuple[float, float]
    cpu: tuple[float, float]
    is_identical: bool

    @property
    def gain(self) -> float:
        """Wall time with one thread over that with two."""
        return self.wall[0] / self.wall[1]


def scaling(workload: str, conditions: Conditions, room: Room, cores: tuple[int, int]) -> Scaling:
    """Time one workload, both ways in turns; each person has a lag of its own, so that no two share times."""
    room.say(f"{workload} with lag: one thread and two")
    workers: list[Worker] = []
    try:
        for chosen in (cores[:1], cores):
            given = replace(conditions, cores=chosen)
            task = room.task(YARDSTICK, workload, given, is_checked=False, has_lag=True)
            workers.append(room.worker(task, given, is_own=True))
        for worker in workers:
            if "problem" in worker.ready:
                raise RuntimeError(f"{workload} with lag: {worker.ready['problem']}")
        turns = [[worker.ask("solve") for worker in workers] for _ in range(3 * conditions.repeats)]
        digests = {worker.ask("digest")["digest"] for worker in workers}
    finally:
        for worker in workers:
            worker.close()

    def best(name: str) -> tuple[float, float]:
        return min(one[name] for one, _ in turns), min(two[name] for _, two in turns)

    return Scaling(workload, best("wall"), best("cpu"), len(digests) == 1)
