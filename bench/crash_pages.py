"""Kill the server of the pages again and again while forms are sent; then count what is left.

    python bench/crash_pages.py --times 50

A browser sends notes, each form with a number of its own, and remembers which were confirmed. The server is
killed with SIGKILL at a random moment and started again; the form that was under way is sent once more, as a
user would. Afterwards every confirmed form must have made one note, none two, and the audit trail must hold.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import func, select

from speciosa.monitor.db import NoteVersion, Submission, User, open_database
from speciosa.monitor.db.verification import verify_trail
from speciosa.monitor.services import accounts, add_person, command_line, install
from speciosa.monitor.settings import write_settings

LONGEST_LIFE = 1.5
"""Seconds of writing after which a server is killed at the latest."""


@dataclass
class Outcome:
    """What a run found.

    Parameters
    ----------
    kills, confirmed, lost, doubled : int
    is_whole : bool
        Whether the audit trail holds.
    """

    kills: int = 0
    confirmed: int = 0
    lost: int = 0
    doubled: int = 0
    is_whole: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or broken."""
        return self.is_whole and self.lost == 0 and self.doubled == 0


@dataclass
class Writer:
    """A browser that sends one form after another."""

    address: str
    cookie: str
    guard: str
    person: str
    confirmed: list[str] = field(default_factory=list)
    waiting: str | None = None

    def write(self, until: threading.Event) -> None:
        """Send forms until the server is gone."""
        headers = {"Origin": self.address}
        with httpx.Client(
            base_url=self.address, cookies={"speciosa": self.cookie}, headers=headers
        ) as browser:
            while not until.is_set():
                number = self.waiting or secrets.token_hex(16)
                self.waiting = number
                # What is said and when follow from the number: a form that is sent again is the same form.
                form = {
                    "csrf": self.guard,
                    "submission": number,
                    "text": number,
                    "noted_at": "2026-01-01T10:00",
                }
                try:
                    reply = browser.post(f"/persons/{self.person}/notes/new", data=form)
                except httpx.TransportError:
                    return
                if reply.status_code == httpx.codes.SEE_OTHER:
                    self.confirmed.append(number)
                    self.waiting = None


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server and wait for it."""
    command = [
        sys.executable,
        "-c",
        "from speciosa.cli import main; main()",
        "monitor",
        "serve",
        "--no-worker",
    ]
    process = subprocess.Popen(
        [*command, "--folder", str(folder), "--port", str(port)], stderr=subprocess.DEVNULL
    )
    for _ in range(1200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/login")
            return process
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def run(folder: Path, times: int, seed: int, port: int) -> Outcome:
    """Kill the server so many times."""
    dice = random.Random(seed)
    write_settings(folder, None, "UTC", None)
    database = open_database(f"sqlite:///{folder / 'monitor.sqlite'}")
    install(database)
    now, actor = datetime.now(UTC), command_line()
    with database.write() as session:
        person = add_person(session, actor, "P-1").id
        user, _ = accounts.add_user(session, actor, "clara", "C", "clinician")
        token = accounts.start_session(
            session, user, now, timedelta(hours=12), has_second_factor=True, most=5
        )
        known = accounts.find_session(session, token, now, idle=timedelta(hours=1))
        assert known is not None
        guard = known.login.csrf_token
    writer, found = Writer(f"http://127.0.0.1:{port}", token, guard, person), Outcome()
    for _ in range(times):
        process, over = start(folder, port), threading.Event()
        thread = threading.Thread(target=writer.write, args=(over,))
        thread.start()
        time.sleep(dice.uniform(0.05, LONGEST_LIFE))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        over.set()
        thread.join()
        found.kills += 1
        print(f"{found.kills} killed, {len(writer.confirmed)} confirmed", flush=True)
    with database.read() as session:
        texts = list(session.scalars(select(NoteVersion.text)))
        found.is_whole = verify_trail(session).is_whole
        assert session.scalar(select(func.count()).select_from(Submission)) == len(texts)
        assert session.scalar(select(func.count()).select_from(User)) == 2
    found.confirmed = len(writer.confirmed)
    found.lost = len(set(writer.confirmed) - set(texts))
    found.doubled = len(texts) - len(set(texts))
    assert all(re.fullmatch(r"[0-9a-f]{32}", text) for text in texts)
    database.close()
    return found


def main() -> None:
    """Run and report; exit code 1 where something was lost, doubled or broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8397)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), chosen.times, chosen.seed, chosen.port)
    print(found)
    raise SystemExit(0 if found.is_good else 1)


if __name__ == "__main__":
    main()
