"""Who works on the portions of a task: one after the other, threads, processes, or the workers of a cluster.

An executor gives results in the order of the items, or each as soon as it is done with the place that it
belongs to, so that nothing depends on who is done first but the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
# Items handed out ahead of need, so that nobody waits for the caller and few results wait for it.
_AHEAD = 2


class Executor(Protocol):
    """Applies a function to items."""

    @property
    def workers(self) -> int:
        """How many items are worked on at once."""
        ...

    @property
    def shares_memory(self) -> bool:
        """Whether the work sees the caller's objects themselves, and not copies of them."""
        ...

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items, each as soon as it and those before it are there."""
        ...

    def completed(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Place of an item and its answer, each as soon as it is there."""
        ...


@dataclass(frozen=True)
class Serial:
    """One item after the other, in the calling thread."""

    workers: int = 1
    shares_memory: bool = field(default=True, init=False)

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items."""
        return map(work, items)

    def completed(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Places and answers, in the order of the items."""
        return enumerate(map(work, items))


@dataclass(frozen=True)
class Threads:
    """Threads of this process; of use where the work releases Python's lock, as compiled targets do.

    Parameters
    ----------
    workers : int
        Number of threads.
    """

    workers: int
    shares_memory: bool = field(default=True, init=False)

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items; what has not begun is dropped when the caller stops asking."""
        return in_order(self.completed(work, items))

    def completed(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Places and answers as they are done."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            yield from as_done(lambda item: pool.submit(work, item), items, self.workers)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def in_order(answers: Iterator[tuple[int, Answer]]) -> Iterator[Answer]:
    """Answers in the order of their places, each as soon as it and those before it are there.

    Parameters
    ----------
    answers : iterator of (int, object)
        Places from 0 on, each once.

    Yields
    ------
    object

    Examples
    --------
    >>> list(in_order(iter([(1, "b"), (0, "a")])))
    ['a', 'b']
    """
    early: dict[int, Answer] = {}
    following = 0
    for place, answer in answers:
        early[place] = answer
        while following in early:
            yield early.pop(following)
            following += 1


def as_done(
    submit: Callable[[Item], Future[Answer]], items: Sequence[Item], workers: int
) -> Iterator[tuple[int, Answer]]:
    """Places and answers of a pool as they are done, with few items handed out ahead of need.

    Parameters
    ----------
    submit : callable
        Hands an item to the pool.
    items : sequence
    workers : int

    Yields
    ------
    (int, object)
    """
    coming = enumerate(items)
    waiting = {submit(item): place for place, item in islice(coming, _AHEAD * workers)}
    while waiting:
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            place = waiting.pop(future)
            for following, item in islice(coming, 1):
                waiting[submit(item)] = following
            yield place, future.result()


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def executor_of(threads: int | None) -> Executor:
    """The executor for a number of threads; all processors if it is left out."""
    count = processors() if threads is None else threads
    return Serial() if count == 1 else Threads(count)
