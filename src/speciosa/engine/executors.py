"""Who works on the portions of a population: one after the other, or threads beside each other.

An executor gives results in the order of the items, whoever is done first, so that nothing depends on it but
the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Executor(Protocol):
    """Applies a function to items."""

    @property
    def workers(self) -> int:
        """How many items are worked on at once."""
        ...

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items, each as soon as it and those before it are there."""
        ...


@dataclass(frozen=True)
class Serial:
    """One item after the other, in the calling thread."""

    workers: int = 1

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items."""
        return map(work, items)


@dataclass(frozen=True)
class Threads:
    """Threads of this process; of use where the work releases Python's lock, as compiled targets do.

    Parameters
    ----------
    workers : int
        Number of threads.
    """

    workers: int

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items; what has not begun is dropped when the caller stops asking."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            yield from pool.map(work, items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def executor_of(threads: int | None) -> Executor:
    """The executor for a number of threads; all processors if it is left out."""
    count = processors() if threads is None else threads
    return Serial() if count == 1 else Threads(count)
