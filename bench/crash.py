"""Kill the writing process, or the database server, again and again; then count what is left.

    python bench/crash.py sqlite               50 times the writing process on SQLite
    python bench/crash.py postgresql           50 times the writing process on PostgreSQL
    python bench/crash.py server               50 times the first process of the PostgreSQL server

A writer sends forms, each with an id of its own, and tells each one that was confirmed. It is killed with
SIGKILL at a random moment; the next writer sends the form that was under way again, as a browser would.
Afterwards every confirmed form must have made one version and no form two, and the audit trail must hold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from postgresql_cluster import Cluster
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from speciosa.monitor.db import DoseVersion, Submission, open_database
from speciosa.monitor.services import (
    DoseEntry,
    add_person,
    amend,
    command_line,
    install,
    record,
    verify_trail,
    void,
)

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LONGEST = 0.15
"""Longest time that a writer lives after its first confirmation, s."""
FORK = multiprocessing.get_context("fork")


@dataclass
class Tally:
    """What was confirmed and what was found.

    Parameters
    ----------
    confirmed : list of str
        Ids of forms, in order.
    lost, doubled, broken : int
        Confirmed forms without a version, forms with several, rounds after which the trail did not hold.
    rounds : int
    repeated : int
        Forms that had been written although nobody was told: sent again, they gave what was there.
    """

    confirmed: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    rounds: int = 0
    repeated: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or broken."""
        return not (self.lost or self.doubled or self.broken)


def write(url: str, person_id: str, first: int, pipe: Connection) -> None:
    """Send forms until killed: a dose, its amendment, another dose, its voiding, and so on."""
    database, actor = open_database(url), command_line()
    number, last = first, _last_record(url)
    while True:
        name = f"form-{number}"
        try:
            with database.write() as session:
                if number % 2 == 0 or last is None:
                    entry = DoseEntry(
                        START + timedelta(minutes=number), "kratom powder", 3.0, "g", "reported"
                    )
                    last = record(session, actor, person_id, entry, submission=name).record_id
                elif number % 4 == 1:
                    entry = DoseEntry(
                        START + timedelta(minutes=number), "kratom powder", 4.0, "g", "reported"
                    )
                    amend(session, actor, last, entry, "slip", submission=name)
                else:
                    void(session, actor, "doses", last, "wrong", submission=name)
        except DBAPIError:
            # The server went away: nothing was confirmed, and this writer is of no more use.
            os._exit(1)
        pipe.send(name)
        number += 1


def _last_record(url: str) -> str | None:
    """The record that the last form with an even number made: the one that the next form is about."""
    database = open_database(url)
    with database.read() as session:
        forms = {row.id: row.row_id for row in session.scalars(select(Submission))}
        numbers = [int(name.removeprefix("form-")) for name in forms]
        even = max((number for number in numbers if number % 2 == 0), default=None)
    database.close()
    return None if even is None else forms[f"form-{even}"]


def run(url: str, rounds: int, seed: int, cluster: Cluster | None = None) -> Tally:
    """Kill the writer so many times; with a cluster, kill its server instead."""
    generator, tally = random.Random(seed), Tally()
    database, actor = open_database(url), command_line()
    install(database)
    with database.write() as session:
        person_id = add_person(session, actor, "K-001").id
    database.close()
    for _ in range(rounds):
        before = len(tally.confirmed)
        with_forms = _forms(url)
        tally.repeated += f"form-{before}" in with_forms
        reader, writer = FORK.Pipe(duplex=False)
        process = FORK.Process(target=write, args=(url, person_id, before, writer), daemon=True)
        process.start()
        writer.close()
        _receive(reader, tally, generator.uniform(0.0, LONGEST))
        if cluster is not None:
            cluster.kill()
            process.join(timeout=30)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        _drain(reader, tally)
        if cluster is not None:
            cluster.start()
        _count(url, tally)
        tally.rounds += 1
    return tally


def _receive(reader: Connection, tally: Tally, seconds: float) -> None:
    """Take confirmations until some time after the first one."""
    until = None
    while until is None or time.monotonic() < until:
        if reader.poll(0.002 if until is not None else 30):
            try:
                tally.confirmed.append(reader.recv())
            except EOFError:
                return
            until = until or time.monotonic() + seconds
        elif until is None:
            raise RuntimeError("the writer does not write")


def _drain(reader: Connection, tally: Tally) -> None:
    while True:
        try:
            tally.confirmed.append(reader.recv())
        except (EOFError, OSError):
            return


def _forms(url: str) -> set[str]:
    database = open_database(url)
    with database.read() as session:
        found = set(session.scalars(select(Submission.id)))
    database.close()
    return found


def _count(url: str, tally: Tally) -> None:
    database = open_database(url)
    with database.read() as session:
        forms = {row.id: row.row_id for row in session.scalars(select(Submission))}
        versions = session.scalar(select(func.count()).select_from(DoseVersion)) or 0
        kept = set(session.scalars(select(DoseVersion.id)))
        tally.broken += not verify_trail(session).is_whole
    database.close()
    tally.lost = sum(forms.get(name) not in kept for name in tally.confirmed)
    # Each version was made by one form: more versions than forms, or two forms with one, would be a double.
    tally.doubled = (versions - len(forms)) + (len(tally.confirmed) - len(set(tally.confirmed)))


def main() -> None:
    """Run one of the three and print the tally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("sqlite", "postgresql", "server"))
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    if arguments.what == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            tally = run(f"sqlite:///{Path(folder) / 'monitor.sqlite'}", arguments.rounds, arguments.seed)
    else:
        with Cluster() as cluster:
            killed = cluster if arguments.what == "server" else None
            tally = run(cluster.create("crash"), arguments.rounds, arguments.seed, killed)
    print(
        f"{arguments.what}: {tally.rounds} kills, {len(tally.confirmed)} confirmed forms, "
        f"{tally.repeated} written but not confirmed and sent again; "
        f"lost {tally.lost}, doubled {tally.doubled}, audit trail broken {tally.broken} times; "
        f"{time.monotonic() - started:.0f} s"
    )
    raise SystemExit(not tally.is_clean)


if __name__ == "__main__":
    main()
