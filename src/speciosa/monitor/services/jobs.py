"""The queue of work that takes time: asked for, leased to a worker, done once, and never lost.

A worker holds a job by a lease that it renews while it works. Where a worker dies, its lease runs out and
another one takes the job. What a job brings is written in the same transaction that ends it, and only by the
worker that still holds it; so nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from speciosa.monitor.db import Job
from speciosa.monitor.services.actor import SYSTEM_USER, Actor, Permission

LEASE = timedelta(seconds=60)
"""A job whose worker is silent for so long is taken by another one."""
MOST_ATTEMPTS = 4
FIRST_DELAY = timedelta(seconds=5)
LONGEST_PROBLEM = 500
PATIENT = ("hindsight",)
"""Kinds of work that let all others go before them."""


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (State.QUEUED.value, State.RUNNING.value)


def enqueue(
    session: Session,
    actor: Actor,
    kind: str,
    key: str,
    *,
    person_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> Job:
    """Ask for work, unless the same work waits or runs already.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    kind : str
    key : str
        What makes two requests the same.
    person_id : str, optional
    payload : mapping, optional
    not_before : datetime, optional
        Earliest start.

    Returns
    -------
    Job
        The new one, or the one that is not finished.
    """
    waiting = session.scalar(select(Job).where(Job.key == key, Job.state.in_(UNFINISHED)))
    if waiting is not None:
        if waiting.queued_by == SYSTEM_USER:
            waiting.queued_by = actor.user_id
        return waiting
    job = Job(
        id=actor.new_id(),
        kind=kind,
        key=key,
        person_id=person_id,
        payload=dict(payload or {}),
        state=State.QUEUED.value,
        queued_at=actor.now,
        queued_by=actor.user_id,
        not_before=not_before,
        attempts=0,
        progress_done=0,
    )
    session.add(job)
    session.flush()
    return job


def claim(session: Session, actor: Actor, worker: str) -> Job | None:
    """Lease the job that has waited longest, or one whose worker has gone silent.

    What a user asked for goes before what the program asked for by itself.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    worker : str
        Name of this worker; no two running workers share one.
    """
    actor.require(Permission.WORK)
    now = actor.now
    is_free = (Job.state == State.QUEUED.value) & or_(Job.not_before.is_(None), Job.not_before <= now)
    is_orphaned = (Job.state == State.RUNNING.value) & (Job.heartbeat_at < now - LEASE)
    waits = case((Job.kind.in_(PATIENT), 2), (Job.queued_by == SYSTEM_USER, 1), else_=0)
    job = session.scalar(
        select(Job).where(or_(is_free, is_orphaned)).order_by(waits, Job.queued_at, Job.id).limit(1)
    )
    if job is None:
        return None
    if job.attempts >= MOST_ATTEMPTS:
        _end(job, State.FAILED, now, "Its worker stopped each time. See the log of the worker.")
        session.flush()
        return claim(session, actor, worker)
    job.state = State.RUNNING.value
    job.worker = worker
    job.started_at = job.heartbeat_at = now
    job.attempts += 1
    job.progress_done, job.progress_total = 0, None
    session.flush()
    return job


def beat(
    session: Session,
    actor: Actor,
    job_id: str,
    worker: str,
    done: int | None = None,
    total: int | None = None,
) -> bool:
    """Renew a lease, and say how far the work is; whether the job is still held by this worker."""
    values: dict[str, Any] = {"heartbeat_at": actor.now}
    if done is not None:
        values |= {"progress_done": done, "progress_total": total}
    held = (Job.id == job_id, Job.worker == worker, Job.state == State.RUNNING.value)
    return session.execute(update(Job).where(*held).values(**values).returning(Job.id)).first() is not None


def held(session: Session, job_id: str, worker: str) -> Job | None:
    """The job, if this worker holds it still."""
    job = session.get(Job, job_id)
    if job is None or job.worker != worker or job.state != State.RUNNING.value:
        return None
    return job


def finish(job: Job, now: datetime, result_id: str | None) -> None:
    """End a job that is held, in the transaction that writes what it brought."""
    job.result_id = result_id
    if job.progress_total is not None:
        job.progress_done = job.progress_total
    _end(job, State.DONE, now, None)


def fail(job: Job, now: datetime, problem: str, *, is_final: bool) -> None:
    """Let a job wait for another attempt, a little longer each time; or end it where none would help."""
    if is_final or job.attempts >= MOST_ATTEMPTS:
        _end(job, State.FAILED, now, problem[:LONGEST_PROBLEM])
        return
    job.state = State.QUEUED.value
    job.worker = None
    job.problem = problem[:LONGEST_PROBLEM]
    job.not_before = now + FIRST_DELAY * 2 ** (job.attempts - 1)


def _end(job: Job, state: State, now: datetime, problem: str | None) -> None:
    job.state = state.value
    job.finished_at = now
    job.problem = problem


def latest(session: Session, key: str) -> Job | None:
    """The job of a key that was asked for last."""
    return session.scalar(select(Job).where(Job.key == key).order_by(Job.queued_at.desc(), Job.id).limit(1))


def prune(session: Session, actor: Actor, before: datetime) -> int:
    """Drop ended jobs that are older; what they brought stays."""
    actor.require(Permission.WORK)
    ended = (Job.state.in_((State.DONE.value, State.FAILED.value)), Job.finished_at < before)
    return len(session.execute(delete(Job).where(*ended).returning(Job.id)).all())
