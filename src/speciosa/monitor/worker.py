"""The worker process: takes jobs from the queue, one at a time, and writes what they bring."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from speciosa.errors import SpeciosaError
from speciosa.monitor.db import Database, Job
from speciosa.monitor.services import forecasts, jobs
from speciosa.monitor.services.actor import SYSTEM_USER, Actor, Role

log = logging.getLogger("speciosa.monitor.worker")
PAUSE = 1.0
"""Seconds between looks at an empty queue."""
HEARTBEAT = 15.0
SWEEP = 60.0
"""Seconds between looks for forecasts that are due."""
KEPT = timedelta(days=30)
"""Ended jobs stay in the queue's table for so long."""


def worker_actor() -> Actor:
    """The actor of the worker."""
    return Actor(SYSTEM_USER, Role.SYSTEM, origin="worker")


class _Heartbeat:
    """Renews a lease from a thread of its own, with the progress that the work reports."""

    def __init__(self, database: Database, actor: Actor, job_id: str, worker: str) -> None:
        self._database, self._actor, self._job_id, self._worker = database, actor, job_id, worker
        self._progress: tuple[int, int] | None = None
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._wake.set()
        self._thread.join()

    def report(self, done: int, total: int) -> None:
        """Say how far the work is."""
        self._progress = (done, total)
        self._wake.set()

    def _run(self) -> None:
        while not self._is_over:
            self._wake.wait(HEARTBEAT)
            self._wake.clear()
            if self._is_over:
                return
            done, total = self._progress or (None, None)
            try:
                with self._database.write() as session:
                    jobs.beat(session, self._actor, self._job_id, self._worker, done, total)
            except OperationalError:
                log.exception("the lease of job %s could not be renewed", self._job_id)


def run_once(database: Database, actor: Actor, worker: str) -> bool:
    """Take one job and do it; whether there was one.

    Parameters
    ----------
    database : Database
    actor : Actor
    worker : str
        Name of this worker.
    """
    with database.write() as session:
        job = jobs.claim(session, actor, worker)
    if job is None:
        return False
    _do(database, actor, worker, job)
    return True


def _do(database: Database, actor: Actor, worker: str, job: Job) -> None:
    try:
        with _Heartbeat(database, actor, job.id, worker) as heartbeat:
            made = forecasts.work_out(database, actor, job, heartbeat.report)
    except Exception as fault:
        is_final = isinstance(fault, SpeciosaError)
        if not is_final:
            log.exception("job %s (%s) met a fault", job.id, job.kind)
        with database.write() as session:
            mine = jobs.held(session, job.id, worker)
            if mine is not None:
                jobs.fail(mine, actor.now, forecasts.problem_of(fault), is_final=is_final)
        return
    with database.write() as session:
        if not forecasts.keep(session, actor, job.id, worker, made):
            log.warning("job %s was taken by another worker; what this one brought is dropped", job.id)


def run(
    database: Database,
    *,
    actor: Actor | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    pause: float = PAUSE,
) -> None:
    """Work until told to stop.

    Parameters
    ----------
    database : Database
    actor : Actor, optional
    should_stop : callable
        Asked between jobs.
    pause : float
        Seconds to wait where nothing is to be done.
    """
    actor = actor or worker_actor()
    worker = f"worker-{secrets.token_hex(6)}"
    next_sweep = 0.0
    while not should_stop():
        try:
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + SWEEP
                with database.write() as session:
                    forecasts.queue_due(session, actor)
                    jobs.prune(session, actor, actor.now - KEPT)
            if not run_once(database, actor, worker):
                time.sleep(pause)
        except OperationalError:
            log.exception("the database cannot be reached; trying again")
            time.sleep(pause * 5)
