"""Workers that do not share the caller's memory: processes of this machine, and those of a dask cluster.

The work travels to each of them once and is kept there, so that what it has compiled serves for many items.
What starts processes is imported where it is used: most commands need none.
"""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from copyreg import dispatch_table
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

from speciosa.engine.executors import Executor, Serial, Threads, as_done, in_order, processors
from speciosa.errors import EngineError, UnknownNameError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
EXECUTORS = ("serial", "threads", "processes", "dask")
# A shard whose worker was lost is the same shard on another one.
_RETRIES = 3
_SECONDS_TO_CONNECT = 20


def packed(work: object) -> bytes:
    """Work as bytes; unlike plain pickle it takes read-only mappings.

    Parameters
    ----------
    work : object

    Returns
    -------
    bytes

    Raises
    ------
    EngineError
        If it holds something that cannot travel.
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**dispatch_table, MappingProxyType: _reduced}
    try:
        pickler.dump(work)
    except (pickle.PicklingError, TypeError, AttributeError) as fault:
        raise EngineError(
            f"the work cannot be sent to another process ({fault})",
            expected="a function or frozen object of a module, without open files or locks",
            advice="Use the executor threads, which shares the memory of this process.",
        ) from fault
    return buffer.getvalue()


def _reduced(proxy: MappingProxyType[Any, Any]) -> tuple[Callable[..., Any], tuple[dict[Any, Any]]]:
    return _proxy, (dict(proxy),)


def _proxy(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


@lru_cache(maxsize=1)
def _unpacked(data: bytes) -> Callable[[Any], Any]:
    work: Callable[[Any], Any] = pickle.loads(data)
    return work


def _done(data: bytes, item: Item) -> Any:
    """The answer to one item, on the worker."""
    return _unpacked(data)(item)


def _end_with_the_caller() -> None:
    """Make a worker end when the process that started it is killed, which nobody would tell it."""
    from multiprocessing import parent_process

    caller = parent_process()
    if caller is not None:
        threading.Thread(target=_wait_for, args=(caller,), daemon=True).start()


def _wait_for(caller: Any) -> None:
    caller.join()
    os._exit(1)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, of use where the work holds Python's lock.

    They are started afresh, so that a script that uses them needs ``if __name__ == "__main__":``.

    Parameters
    ----------
    workers : int
        Number of processes.
    """

    workers: int
    shares_memory: bool = field(default=False, init=False)

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items."""
        return in_order(self.completed(work, items))

    def completed(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Places and answers as they are done.

        Raises
        ------
        EngineError
            If the work cannot be sent, or a process ended in the middle of it.
        """
        if not items:
            return
        from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
        from multiprocessing import get_context

        data = packed(work)
        pool = ProcessPoolExecutor(
            min(self.workers, len(items)),
            mp_context=get_context("spawn"),
            initializer=_end_with_the_caller,
        )
        try:
            yield from as_done(lambda item: pool.submit(_done, data, item), items, self.workers)
        except BrokenProcessPool as fault:
            raise EngineError(
                "a worker process ended in the middle of its work",
                advice="Memory may have run out: use fewer workers or smaller shards, and resume.",
            ) from fault
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Dask:
    """The workers of a dask cluster.

    Parameters
    ----------
    address : str, optional
        Of the scheduler, such as ``tcp://host:8786``; a cluster of this machine, for the time of the work and
        with processes that are started afresh, if left out.
    workers : int
        Number of processes of a cluster of this machine. Of a scheduler, as many as it has are used.
    """

    address: str | None = None
    workers: int = 1
    shares_memory: bool = field(default=False, init=False)

    def results(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> Iterator[Answer]:
        """Answers in the order of the items."""
        return in_order(self.completed(work, items))

    def completed(
        self, work: Callable[[Item], Answer], items: Sequence[Item]
    ) -> Iterator[tuple[int, Answer]]:
        """Places and answers as they are done.

        Raises
        ------
        EngineError
            If dask is not installed, nobody answers at the address, or the work cannot be sent.
        """
        if not items:
            return
        data = packed(work)
        with ExitStack() as open_until_done:
            client = self._client(open_until_done)
            sent = client.scatter(data, broadcast=True)
            pool = client.get_executor(pure=False, retries=_RETRIES)
            open_until_done.callback(partial(pool.shutdown, wait=False))
            count = max(1, sum(client.nthreads().values()))
            yield from as_done(lambda item: pool.submit(_done, sent, item), items, count)

    def _client(self, open_until_done: ExitStack) -> Any:
        try:
            distributed: Any = import_module("distributed")
        except ImportError as fault:
            raise EngineError(
                "the executor dask needs the packages dask and distributed",
                expected="both installed",
                advice="Install speciosa[cluster], or use the executor processes.",
            ) from fault
        if self.address is None:
            cluster = open_until_done.enter_context(
                distributed.LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
            )
            return open_until_done.enter_context(distributed.Client(cluster))
        try:
            client = open_until_done.enter_context(
                distributed.Client(self.address, timeout=_SECONDS_TO_CONNECT)
            )
        except (OSError, ValueError) as fault:
            raise EngineError(
                f"no scheduler of dask answers at {self.address}",
                where="--cluster",
                expected="the address that `dask scheduler` prints, such as tcp://host:8786",
            ) from fault
        if not client.nthreads():
            raise EngineError(
                f"the scheduler at {self.address} has no workers",
                where="--cluster",
                advice=f"Start some: `dask worker {self.address}`.",
            )
        return client


def executor_named(name: str, workers: int | None = None, cluster: str | None = None) -> Executor:
    """An executor by its name.

    Parameters
    ----------
    name : {"serial", "threads", "processes", "dask"}
    workers : int, optional
        As many as there are processors if left out.
    cluster : str, optional
        Address of a dask scheduler.

    Returns
    -------
    Executor

    Raises
    ------
    SpeciosaError
        If there is no such executor, or the arguments do not fit it.

    Examples
    --------
    >>> executor_named("threads", 2)
    Threads(workers=2, shares_memory=True)
    """
    if name not in EXECUTORS:
        raise UnknownNameError("executor", name, EXECUTORS)
    if workers is not None and workers < 1:
        raise EngineError(f"{workers} workers are asked for", expected="1 or more")
    if cluster is not None and name != "dask":
        raise EngineError(f"a cluster is given to the executor {name}", expected="the executor dask")
    if cluster is not None and workers is not None:
        raise EngineError(
            "a number of workers is given beside a cluster",
            expected="one of the two",
            advice="The cluster has the workers that were started for it.",
        )
    count = workers or processors()
    if name == "dask":
        return Dask(cluster, count)
    if name == "serial":
        if count != 1 and workers is not None:
            raise EngineError(f"{workers} workers are asked of the executor serial", expected="1")
        return Serial()
    return Threads(count) if name == "threads" else Processes(count)
