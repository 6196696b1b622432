"""Time the pages of the monitor: 50 clinicians at once on 30 people with 60 days of records each.

Run it from the root of the repository: ``.venv/bin/python bench/monitor.py``. It fills a database of its own,
serves it from a process of its own, and asks as 50 browsers would, each with a pause between pages.
``--pause 0`` leaves the pauses out: then it shows how many pages a second the machine gives.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from speciosa import __version__
from speciosa.forecasting import forecast
from speciosa.monitor.db import Database, Person, StoredForecast, User, open_database
from speciosa.monitor.demonstration import build_clinic
from speciosa.monitor.services import accounts, command_line, forecasts, install, person_record, store
from speciosa.monitor.settings import write_settings

CLINICIANS, DAYS = 50, 60
GOAL = 0.3
"""Seconds within which 95 of 100 pages must be there."""
PAGES = (
    ("today", "/today", 4),
    ("person", "/persons/{person}", 5),
    ("scale", "/persons/{person}/assessments/new", 2),
    ("basis", "/persons/{person}/basis", 1),
    ("report", "/persons/{person}/report", 1),
)


def fill(database: Database, days: int) -> tuple[list[str], list[str]]:
    """Make the clinic with a forecast of everybody; ids of the people, and tokens of the clinicians."""
    now = datetime.now(UTC).replace(microsecond=0)
    build_clinic(
        database, now, days=days, progress=lambda done, of: print(f"  stories {done}/{of}", flush=True)
    )
    actor = command_line()
    with database.read() as session:
        people = [person.id for person in session.scalars(select(Person))]
    for person in people:
        with database.read() as session:
            record = person_record(session, actor, person, now=now)
        made = forecast(record, seed=1, quick=True)
        row = StoredForecast(
            id=actor.new_id(),
            person_id=person,
            kind=forecasts.FORECAST,
            made_at=now,
            data_until=now,
            record_digest=forecasts.digest_of(record),
            seed=1,
            program_version=__version__,
            evidence_hash=made.basis.evidence,
            content=made.to_dict(),
        )
        with database.write() as session:
            store(session, actor, row, "forecast made", person_id=person)
    tokens = []
    with database.write() as session:
        user = session.scalars(select(User).where(User.role == "clinician")).first()
        assert user is not None
        for _ in range(CLINICIANS):
            token = accounts.start_session(
                session, user, now, timedelta(hours=12), has_second_factor=True, most=CLINICIANS
            )
            tokens.append(token)
    return people, tokens


async def clinician(
    address: str, token: str, people: list[str], until: float, pause: float, seen: dict[str, list[float]]
) -> None:
    """Read pages one after another."""
    dice = random.Random(token)
    # A server lets go of a connection after five quiet seconds: a browser opens another one then.
    limits = httpx.Limits(max_connections=1, keepalive_expiry=2.0)
    async with httpx.AsyncClient(
        base_url=address, cookies={"speciosa": token}, limits=limits, timeout=60.0
    ) as browser:
        await asyncio.sleep(dice.random() * pause)
        while time.monotonic() < until:
            name, path, _ = dice.choices(PAGES, [weight for *_, weight in PAGES])[0]
            begun = time.perf_counter()
            reply = await browser.get(path.replace("{person}", dice.choice(people)))
            assert reply.status_code == 200, (path, reply.status_code)
            seen[name].append(time.perf_counter() - begun)
            await asyncio.sleep(pause * dice.expovariate(1.0))


async def ask(
    address: str, tokens: list[str], people: list[str], seconds: float, pause: float
) -> dict[str, list[float]]:
    """All clinicians at once; seconds of each page by its name."""
    seen: dict[str, list[float]] = defaultdict(list)
    until = time.monotonic() + seconds
    await asyncio.gather(*(clinician(address, token, people, until, pause, seen) for token in tokens))
    return seen


def report(seen: dict[str, list[float]], seconds: float) -> float:
    """Print a table; gives the 95th percentile of all."""
    every = [value for values in seen.values() for value in values]
    print(f"{'page':8} {'n':>6} {'median ms':>10} {'p95 ms':>8} {'max ms':>8}")
    for name, values in [*sorted(seen.items()), ("all", every)]:
        cut = statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
        row = (statistics.median(values), cut, max(values))
        print(f"{name:8} {len(values):6} " + " ".join(f"{value * 1000:9.0f}" for value in row))
    print(f"{len(every) / seconds:.1f} pages a second; load of the machine {os.getloadavg()[0]:.1f}")
    return statistics.quantiles(every, n=20)[-1]


def serve(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the program itself, without a worker."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        "from speciosa.cli import main; main()",
        "monitor",
        "serve",
        "--no-worker",
    ]
    process = subprocess.Popen([*command, "--folder", str(folder), "--port", str(port)])
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{address}/login")
            return process, address
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def main() -> None:
    """Fill, serve, ask, report; exit code 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument(
        "--pause", type=float, default=3.0, help="mean seconds between two pages of a clinician"
    )
    parser.add_argument("--days", type=int, default=DAYS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_settings(folder, None, "UTC", None)
        database = open_database(f"sqlite:///{folder / 'monitor.sqlite'}")
        install(database)
        people, tokens = fill(database, chosen.days)
        database.close()
        process, address = serve(folder)
        try:
            asyncio.run(ask(address, tokens[:5], people, 8.0, 0.2))
            seen = asyncio.run(ask(address, tokens, people, chosen.seconds, chosen.pause))
        finally:
            process.terminate()
            process.wait()
    slow = report(seen, chosen.seconds)
    print(f"p95 {slow * 1000:.0f} ms, goal {GOAL * 1000:.0f} ms: {'met' if slow < GOAL else 'missed'}")
    raise SystemExit(0 if slow < GOAL else 1)


if __name__ == "__main__":
    main()
