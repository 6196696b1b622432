"""The queue and the worker: leases, attempts, and that nothing is lost or written twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from speciosa.errors import RecordError
from speciosa.monitor import worker as working
from speciosa.monitor.db import Database, Job, StoredForecast, open_database
from speciosa.monitor.db.verification import verify_trail
from speciosa.monitor.services import (
    Actor,
    AssessmentEntry,
    EpisodeEntry,
    Role,
    accounts,
    add_person,
    command_line,
    forecasts,
    install,
    jobs,
    record,
)
from speciosa.monitor.services.actor import SYSTEM_USER
from speciosa.monitor.settings import write_settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = "morphine 30 mg every 6 h for 20 days"


def at(moment: datetime) -> Actor:
    return Actor(SYSTEM_USER, Role.SYSTEM, origin="worker", clock=lambda: moment)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path / 'monitor.sqlite'}")
    install(made)
    yield made
    made.close()


def someone(database: Database, name: str = "P-1", now: datetime = NOW) -> str:
    actor = command_line(lambda: now)
    with database.write() as session:
        person = add_person(session, actor, name)
        start = now - timedelta(days=1)
        record(session, actor, person.id, EpisodeEntry("Monitoring", start, taken_before=BEFORE))
        record(session, actor, person.id, AssessmentEntry(now - timedelta(hours=3), "COWS", total=9))
        return person.id


def ask(database: Database, person: str, now: datetime = NOW) -> str:
    with database.write() as session:
        return forecasts.request(session, at(now), person).id


def job(database: Database, name: str) -> Job:
    with database.read() as session:
        return session.get_one(Job, name)


def claimed(database: Database, worker: str, now: datetime = NOW) -> Job | None:
    with database.write() as session:
        return jobs.claim(session, at(now), worker)


def made(database: Database) -> list[StoredForecast]:
    with database.read() as session:
        return list(session.scalars(select(StoredForecast).order_by(StoredForecast.made_at)))


def test_the_same_work_waits_once(database: Database) -> None:
    person = someone(database)
    assert ask(database, person) == ask(database, person)


def test_a_job_is_leased_to_one(database: Database) -> None:
    name = ask(database, someone(database))
    first = claimed(database, "one")
    assert first is not None
    assert (first.id, first.state, first.attempts) == (name, "running", 1)
    assert claimed(database, "two") is None
    assert claimed(database, "two", NOW + jobs.LEASE) is None
    later = claimed(database, "two", NOW + jobs.LEASE + timedelta(seconds=1))
    assert later is not None
    assert (later.worker, later.attempts) == ("two", 2)


def test_a_heartbeat_keeps_the_lease(database: Database) -> None:
    name = ask(database, someone(database))
    claimed(database, "one")
    half = NOW + jobs.LEASE / 2
    with database.write() as session:
        assert jobs.beat(session, at(half), name, "one", 1, 3)
        assert not jobs.beat(session, at(half), name, "two")
    assert (job(database, name).progress_done, job(database, name).progress_total) == (1, 3)
    assert claimed(database, "two", NOW + jobs.LEASE + timedelta(seconds=1)) is None


def test_work_that_fails_is_tried_again_with_pauses_and_then_given_up(database: Database) -> None:
    name = ask(database, someone(database))
    now = NOW
    for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
        found = claimed(database, "one", now)
        assert found is not None
        assert found.attempts == attempt
        with database.write() as session:
            held = jobs.held(session, name, "one")
            assert held is not None
            jobs.fail(held, now, "no luck", is_final=False)
        assert claimed(database, "one", now) is None
        now += timedelta(minutes=2)
    assert (job(database, name).state, job(database, name).problem) == ("failed", "no luck")


def test_a_worker_that_dies_each_time_ends_the_job(database: Database) -> None:
    name = ask(database, someone(database))
    now = NOW
    for _ in range(jobs.MOST_ATTEMPTS):
        assert claimed(database, "one", now) is not None
        now += jobs.LEASE * 2
    assert claimed(database, "one", now) is None
    assert job(database, name).state == "failed"


def test_hindsight_lets_others_go_first(database: Database) -> None:
    person = someone(database)
    with database.write() as session:
        forecasts.request_hindsight(session, at(NOW), person, [NOW - timedelta(hours=2)])
    name = ask(database, person, NOW + timedelta(minutes=1))
    found = claimed(database, "one", NOW + timedelta(minutes=2))
    assert found is not None
    assert found.id == name


def test_what_a_user_asks_for_goes_before_what_the_program_does(database: Database) -> None:
    first, second = someone(database), someone(database, "P-2")
    ask(database, first)
    waiting = ask(database, second, NOW + timedelta(minutes=1))
    with database.write() as session:
        user, _ = accounts.add_user(session, at(NOW), "clara", "C", "clinician")
    with database.write() as session:
        asked = forecasts.request(session, Actor(user.id, Role.CLINICIAN, clock=lambda: NOW), second)
        assert asked.id == waiting
    found = claimed(database, "one", NOW + timedelta(minutes=2))
    assert found is not None
    assert found.id == waiting


def test_a_forecast_is_made_and_kept_with_its_audit_entry(database: Database) -> None:
    person = someone(database)
    name = ask(database, person)
    assert working.run_once(database, at(NOW), "one")
    assert not working.run_once(database, at(NOW), "one")
    (row,) = made(database)
    assert (row.person_id, row.data_until, job(database, name).result_id) == (person, NOW, row.id)
    assert forecasts.read_forecast(row).prediction().score.median[-1] > 0.0
    with database.read() as session:
        assert verify_trail(session).is_whole


def test_what_a_slow_worker_brings_is_dropped_where_another_has_the_job(database: Database) -> None:
    name = ask(database, someone(database))
    claimed(database, "slow")
    found = job(database, name)
    brought = forecasts.work_out(database, at(NOW), found, lambda *_: None)
    later = NOW + jobs.LEASE * 2
    claimed(database, "fast", later)
    with database.write() as session:
        assert not forecasts.keep(session, at(later), name, "slow", brought)
    with database.write() as session:
        assert forecasts.keep(session, at(later), name, "fast", brought)
    with database.write() as session:
        assert not forecasts.keep(session, at(later), name, "fast", brought)
    assert len(made(database)) == 1


def test_a_record_that_moved_on_meanwhile_is_forecast_again(database: Database) -> None:
    person = someone(database)
    name = ask(database, person)
    claimed(database, "one")
    brought = forecasts.work_out(database, at(NOW), job(database, name), lambda *_: None)
    with database.write() as session:
        entry = AssessmentEntry(NOW - timedelta(hours=1), "COWS", total=15)
        record(session, command_line(lambda: NOW), person, entry)
        # The writer finds work of the same kind under way, and does not ask twice.
        assert forecasts.request(session, at(NOW), person).id == name
    with database.write() as session:
        assert forecasts.keep(session, at(NOW), name, "one", brought)
    follower = claimed(database, "one")
    assert follower is not None
    assert follower.id != name


def test_a_record_that_cannot_be_forecast_says_why(database: Database, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RecordError("record P-1 holds no dose", expected="something that was taken")

    name = ask(database, someone(database))
    monkeypatch.setattr(forecasts, "forecast", refuse)
    working.run_once(database, at(NOW), "one")
    found = job(database, name)
    assert (found.state, found.problem) == (
        "failed",
        "record P-1 holds no dose; expected something that was taken.",
    )


def test_a_fault_of_the_program_is_not_shown_to_users(database: Database, monkeypatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    name = ask(database, someone(database))
    monkeypatch.setattr(forecasts, "forecast", break_down)
    working.run_once(database, at(NOW), "one")
    assert job(database, name).state == "queued"
    assert "inside" not in str(job(database, name).problem)


def test_forecasts_are_asked_for_when_they_are_due(database: Database) -> None:
    person = someone(database)
    with database.write() as session:
        assert forecasts.queue_due(session, at(NOW)) == 1
        assert forecasts.queue_due(session, at(NOW)) == 0
    working.run_once(database, at(NOW), "one")
    with database.write() as session:
        assert forecasts.queue_due(session, at(NOW + timedelta(hours=1))) == 0
        assert forecasts.queue_due(session, at(NOW + forecasts.RENEWED_AFTER)) == 1
    assert person


def test_ended_jobs_are_dropped_after_a_while(database: Database) -> None:
    ask(database, someone(database))
    working.run_once(database, at(NOW), "one")
    with database.write() as session:
        assert jobs.prune(session, at(NOW), NOW - timedelta(days=1)) == 0
        assert jobs.prune(session, at(NOW), NOW + timedelta(days=1)) == 1
    assert len(made(database)) == 1


KILLS = 3
PATIENCE = 120.0


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, monkeypatch) -> None:
    """Kill the worker process in the middle of its work; another one brings what it did not, once."""
    write_settings(tmp_path, None, "UTC", None)
    database = open_database(f"sqlite:///{tmp_path / 'monitor.sqlite'}")
    install(database)
    now = datetime.now(UTC)
    people = [someone(database, f"P-{number}", now) for number in range(KILLS)]
    for person in people:
        ask(database, person, now)
    command = [sys.executable, "-c", "from speciosa.cli import main; main()", "monitor", "worker"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for _ in range(KILLS):
        process = subprocess.Popen([*command, "--folder", str(tmp_path)], env=environment)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up and not _is_at_work(database, now - jobs.LEASE):
            time.sleep(0.05)
        assert process.poll() is None and _is_at_work(database, now - jobs.LEASE)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The lease of the dead worker runs out.
        with database.write() as session:
            for item in session.scalars(select(Job).where(Job.state == "running")):
                item.heartbeat_at = now - jobs.LEASE * 2
                item.attempts = 1
    while working.run_once(database, working.worker_actor(), "last"):
        pass
    assert sorted(row.person_id for row in made(database)) == sorted(people)
    with database.read() as session:
        assert verify_trail(session).is_whole
    database.close()


def _is_at_work(database: Database, since: datetime) -> bool:
    """Whether somebody works on a job and has said so since then; a lease that ran out is no work."""
    with database.read() as session:
        running = session.scalars(select(Job).where(Job.state == "running"))
        return any(item.heartbeat_at is not None and item.heartbeat_at > since for item in running)
