"""Forecasts of persons: asked for at every change of a record, made by the worker, never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa import __version__
from speciosa.errors import SpeciosaError
from speciosa.forecasting import Forecast, PersonRecord, expect, forecast
from speciosa.monitor.db import Database, Job, Person, StoredForecast
from speciosa.monitor.services import jobs
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.person_record import person_record
from speciosa.monitor.services.writing import store

FORECAST, EXPECTATION, HINDSIGHT = "forecast", "expectation", "hindsight"
RENEWED_AFTER = timedelta(hours=6)
"""A forecast is made anew after so long: its "now" moves on although nothing was recorded."""
LONGEST_PLANS = 8
Progress = Callable[[int, int], None]


def key_of(kind: str, person_id: str) -> str:
    """What makes two requests the same work."""
    return f"{kind} {person_id}"


def request(session: Session, actor: Actor, person_id: str) -> Job:
    """Ask for a forecast of a person, unless one waits already.

    A forecast that runs meanwhile rests on older data: it sees so when it ends, and asks for the next one.
    """
    return jobs.enqueue(session, actor, FORECAST, key_of(FORECAST, person_id), person_id=person_id)


def request_expectation(
    session: Session, actor: Actor, person_id: str, regimens: Sequence[Mapping[str, str]]
) -> Job:
    """Ask what the model expects of regimens that a clinician typed.

    Parameters
    ----------
    session : Session
    actor : Actor
    person_id : str
    regimens : sequence of mapping
        ``title`` and ``regimen`` of each.
    """
    actor.require(Permission.WRITE)
    plans = [dict(item) for item in regimens[:LONGEST_PLANS]]
    digest = _digest(plans)[-12:]
    key = f"{key_of(EXPECTATION, person_id)} {digest}"
    return jobs.enqueue(session, actor, EXPECTATION, key, person_id=person_id, payload={"plans": plans})


def request_hindsight(session: Session, actor: Actor, person_id: str, moments: Sequence[datetime]) -> None:
    """Ask what would have been forecast at past moments, from what was recorded up to each of them.

    Such a forecast is stored as one made in hindsight: records that were entered late are part of it.
    """
    for moment in moments:
        text = moment.isoformat()
        jobs.enqueue(
            session,
            actor,
            HINDSIGHT,
            f"{key_of(HINDSIGHT, person_id)} {text}",
            person_id=person_id,
            payload={"moment": text},
        )


def latest(session: Session, person_id: str, kind: str = FORECAST) -> StoredForecast | None:
    """The forecast of a person that was made last."""
    return session.scalar(
        select(StoredForecast)
        .where(StoredForecast.person_id == person_id, StoredForecast.kind == kind)
        .order_by(StoredForecast.made_at.desc(), StoredForecast.id)
        .limit(1)
    )


def latest_id(session: Session, person_id: str, kind: str = FORECAST) -> str | None:
    """Id of the forecast of a person that was made last."""
    return session.scalar(
        select(StoredForecast.id)
        .where(StoredForecast.person_id == person_id, StoredForecast.kind == kind)
        .order_by(StoredForecast.made_at.desc(), StoredForecast.id)
        .limit(1)
    )


def stored_ids(session: Session, person_id: str) -> Sequence[str]:
    """Ids of all forecasts of a person, also of those in hindsight, by the end of their data."""
    return session.scalars(
        select(StoredForecast.id)
        .where(StoredForecast.person_id == person_id, StoredForecast.kind.in_((FORECAST, HINDSIGHT)))
        .order_by(StoredForecast.data_until, StoredForecast.made_at)
    ).all()


def unfinished(session: Session, person_id: str, kind: str = FORECAST) -> Job | None:
    """Work for a person that waits or runs."""
    return session.scalar(
        select(Job)
        .where(Job.person_id == person_id, Job.kind == kind, Job.state.in_(jobs.UNFINISHED))
        .order_by(Job.queued_at)
        .limit(1)
    )


def last_job(session: Session, person_id: str, kind: str = FORECAST) -> Job | None:
    """Work for a person that was asked for last."""
    return session.scalar(
        select(Job)
        .where(Job.person_id == person_id, Job.kind == kind)
        .order_by(Job.queued_at.desc(), Job.id)
        .limit(1)
    )


def digest_of(record: PersonRecord) -> str:
    """Digest of what a forecast rests on, but for the moment at which it is made."""
    table = record.to_dict()
    table.pop("now", None)
    return _digest(table)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def seed_of(person_id: str) -> int:
    """Seed of a person's forecasts: the same data give the same forecast."""
    return int(hashlib.sha256(person_id.encode()).hexdigest()[:8], 16)


@dataclass(frozen=True)
class Made:
    """What a job brought, before it is written.

    Parameters
    ----------
    content : mapping
        JSON values.
    record : PersonRecord
        On which it rests.
    evidence : str
        Digest of the evidence.
    moment : datetime
        Up to which its data go.
    """

    content: Mapping[str, Any]
    record: PersonRecord
    evidence: str
    moment: datetime


def work_out(database: Database, actor: Actor, job: Job, progress: Progress) -> Made:
    """Do what a job asks for, without writing.

    Parameters
    ----------
    database : Database
    actor : Actor
        Of the worker.
    job : Job
    progress : callable
        Called with steps done and their number.

    Raises
    ------
    SpeciosaError
        If the record cannot be forecast.
    """
    now = datetime.fromisoformat(job.payload["moment"]) if job.kind == HINDSIGHT else actor.now
    with database.read() as session:
        record = person_record(session, actor, str(job.person_id), now=now)
    seed = seed_of(str(job.person_id))
    if job.kind in (FORECAST, HINDSIGHT):
        made = forecast(record, seed=seed, progress=progress, quick=job.kind == HINDSIGHT)
        return Made(made.to_dict(), record, made.basis.evidence, now)
    plans = job.payload["plans"]
    found = expect(record, [item["regimen"] for item in plans], seed=seed, progress=progress)
    content = {"plans": plans, "forecasts": [item.to_dict() for item in found]}
    return Made(content, record, found[0].basis.evidence, now)


def keep(session: Session, actor: Actor, job_id: str, worker: str, made: Made) -> bool:
    """Write what a job brought and end it, if this worker holds it still; ask again if the record moved on.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    job_id, worker : str
    made : Made
    """
    job = jobs.held(session, job_id, worker)
    if job is None or job.person_id is None:
        return False
    row = StoredForecast(
        id=actor.new_id(),
        person_id=job.person_id,
        kind=job.kind,
        made_at=actor.now,
        data_until=made.moment,
        record_digest=digest_of(made.record),
        seed=seed_of(job.person_id),
        program_version=__version__,
        evidence_hash=made.evidence,
        content=dict(made.content),
    )
    store(session, actor, row, f"{job.kind} made", person_id=job.person_id)
    jobs.finish(job, actor.now, row.id)
    session.flush()
    if job.kind == FORECAST and digest_of(person_record(session, actor, job.person_id)) != row.record_digest:
        request(session, actor, job.person_id)
    return True


def queue_due(session: Session, actor: Actor) -> int:
    """Ask for the forecasts that are missing or too old, of everybody whose episode lasts; gives how many."""
    asked = 0
    for person in session.scalars(select(Person)).all():
        if unfinished(session, person.id) is not None or not is_followed(session, actor, person.id):
            continue
        last = latest(session, person.id)
        tried = last_job(session, person.id)
        moment = max(
            (when for when in (last.made_at if last else None, tried.finished_at if tried else None) if when),
            default=None,
        )
        if moment is None or actor.now - moment >= RENEWED_AFTER:
            request(session, actor, person.id)
            asked += 1
    return asked


def is_followed(session: Session, actor: Actor, person_id: str) -> bool:
    """Whether an episode of a person lasts."""
    from speciosa.monitor.services.writing import current

    episodes = current(session, actor, "episodes", person_id)
    return any(item.ended_at is None or item.ended_at > actor.now for item in episodes)


def read_forecast(row: StoredForecast) -> Forecast:
    """A stored forecast as it was made."""
    return Forecast.from_dict(row.content)


def read_expectation(row: StoredForecast) -> list[tuple[Mapping[str, str], Forecast]]:
    """Plans with what was expected of each."""
    return [
        (plan, Forecast.from_dict(item))
        for plan, item in zip(row.content["plans"], row.content["forecasts"], strict=True)
    ]


def problem_of(fault: BaseException) -> str:
    """What a user is told of work that failed."""
    if isinstance(fault, SpeciosaError):
        return str(fault)
    return "The program met a fault. See the log of the worker."
