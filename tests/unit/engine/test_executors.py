"""Executors: everybody gives the same answers in the same places, and what cannot work says so."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest
from distributed import LocalCluster
from small_models import one_compartment

from speciosa.engine import (
    Dask,
    Events,
    Processes,
    Schedules,
    Serial,
    Threads,
    compile_model,
    executor_named,
)
from speciosa.engine.executors import in_order
from speciosa.engine.remote import packed
from speciosa.errors import EngineError, UnknownNameError

ITEMS = tuple(range(7))


@dataclass(frozen=True)
class Scaled:
    """Work that travels, with a read-only mapping in it."""

    factors: MappingProxyType[str, int]

    def __call__(self, item: int) -> int:
        return item * self.factors["ten"]


WORK = Scaled(MappingProxyType({"ten": 10}))


def end_of_process(item: int) -> int:
    if item == 3:
        os._exit(7)
    return item


def fault(item: int) -> int:
    raise ValueError(f"item {item}")


@pytest.mark.parametrize("executor", [Serial(), Threads(3), Processes(2), Dask()], ids=repr)
def test_answers_are_in_the_order_of_the_items(executor) -> None:
    assert list(executor.results(WORK, ITEMS)) == [10 * item for item in ITEMS]
    assert list(executor.results(WORK, ())) == []


@pytest.mark.parametrize("executor", [Serial(), Threads(3)], ids=repr)
def test_answers_belong_to_their_places(executor) -> None:
    assert sorted(executor.completed(WORK, ITEMS)) == [(item, 10 * item) for item in ITEMS]


def test_the_workers_of_a_scheduler_are_used() -> None:
    with LocalCluster(n_workers=2, processes=False, dashboard_address=None) as cluster:
        executor = Dask(cluster.scheduler_address)
        assert list(executor.results(WORK, ITEMS)) == [10 * item for item in ITEMS]


def test_a_scheduler_without_workers_is_told() -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        pytest.raises(EngineError, match=r"has no workers.*dask worker"),
    ):
        list(Dask(cluster.scheduler_address).completed(WORK, ITEMS))


@pytest.mark.parametrize("executor", [Serial(), Threads(2), Processes(1)], ids=repr)
def test_a_fault_of_the_work_reaches_the_caller(executor) -> None:
    with pytest.raises(ValueError, match="item 0"):
        list(executor.results(fault, (0,)))


def test_threads_answer_before_those_ahead_of_them_are_done() -> None:
    gate = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert gate.wait(10.0)
        return item

    found = Threads(2).completed(work, ITEMS)
    first, _ = next(found)
    assert first != 0
    gate.set()
    assert sorted([first, *(place for place, _ in found)]) == list(ITEMS)


def test_few_items_are_handed_out_ahead_of_need() -> None:
    begun: list[int] = []
    found = Threads(1).completed(lambda item: begun.append(item) or item, range(100))
    next(found)
    time.sleep(0.05)
    assert len(begun) <= 4
    found.close()
    assert len(begun) <= 5


def test_order_is_restored() -> None:
    assert list(in_order(iter([(2, "c"), (0, "a"), (1, "b")]))) == ["a", "b", "c"]


def test_a_lost_process_is_told() -> None:
    with pytest.raises(EngineError, match=r"a worker process ended in the middle.*use fewer workers"):
        list(Processes(1).completed(end_of_process, ITEMS))


@pytest.mark.parametrize("executor", [Processes(1), Dask()], ids=repr)
def test_work_that_cannot_travel_is_refused(executor) -> None:
    with pytest.raises(EngineError, match=r"cannot be sent to another process.*Use the executor threads"):
        list(executor.completed(lambda item: item, ITEMS))


def test_the_work_is_the_same_bytes_each_time() -> None:
    assert packed(WORK) == packed(Scaled(MappingProxyType({"ten": 10})))


def test_a_kernel_refuses_executors_without_its_memory() -> None:
    model = one_compartment()
    kernel = compile_model(model, target="reference")
    table = np.array([[item.value for item in model.parameters]])
    schedules = Schedules.shared(Events.boluses(np.array([0.0]), 0, 1.0), 1)
    with pytest.raises(EngineError, match=r"Processes works in other processes; expected Serial or Threads"):
        kernel.run(table, schedules, np.array([0.0, 1.0]), executor=Processes(2))


def test_dask_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError, match=r"needs the packages dask and distributed.*speciosa\[cluster\]"):
        list(Dask().completed(WORK, ITEMS))


def test_an_address_without_a_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speciosa.engine.remote._SECONDS_TO_CONNECT", 1)
    with pytest.raises(EngineError, match=r"--cluster: no scheduler of dask answers at tcp://127\.0\.0\.1:9"):
        list(Dask("tcp://127.0.0.1:9").completed(WORK, ITEMS))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("threads", 0), "0 workers are asked for; expected 1 or more"),
        (("serial", 2), "2 workers are asked of the executor serial; expected 1"),
        (
            ("threads", None, "tcp://a:1"),
            "a cluster is given to the executor threads; expected the executor dask",
        ),
        (("dask", 2, "tcp://a:1"), "a number of workers is given beside a cluster"),
    ],
)
def test_arguments_that_do_not_fit(arguments, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        executor_named(*arguments)


def test_an_unknown_executor_offers_near_misses() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown executor 'thread'. Did you mean 'threads'"):
        executor_named("thread")
    assert executor_named("processes", 2) == Processes(2)
    assert executor_named("dask", None, "tcp://a:1").address == "tcp://a:1"
