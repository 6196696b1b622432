"""A PostgreSQL server of one's own in a temporary folder: no port, a socket in the folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

ACCOUNT = "postgres"
"""Where this process runs as root, which PostgreSQL refuses, its server runs as this account."""
_START_SECONDS = 60
_ATTEMPTS, _PAUSE = 40, 0.25


def find_programs() -> Path | None:
    """Folder of the server's programs: on the path, or where Debian puts them; None if it cannot be run."""
    if os.geteuid() == 0 and not _has_account():
        return None
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/", "usr", "lib", "postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


class Cluster:
    """A server that is started when entered, and stopped and removed at the end.

    Parameters
    ----------
    is_durable : bool
        Wait for the disk at each commit, as in use; False is faster and enough where nothing is killed.
    """

    def __init__(self, *, is_durable: bool = True) -> None:
        programs = find_programs()
        if programs is None:
            raise FileNotFoundError("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
        self._programs = programs
        self._is_durable = is_durable
        self._as_root = os.geteuid() == 0
        self.folder = Path(tempfile.mkdtemp(prefix="speciosa-pg-"))
        self._data = self.folder / "data"

    def __enter__(self) -> Self:
        if self._as_root:
            shutil.chown(self.folder, ACCOUNT)
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-locale", "-N"
        )
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "immediate", must_work=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it answers; after a kill, once the remains of the last are gone."""
        durable = (
            "" if self._is_durable else "-c fsync=off -c full_page_writes=off -c synchronous_commit=off "
        )
        here = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=80"
        log = str(self.folder / "log")
        wanted = ("-D", str(self._data), "-l", log, "-w", "-t", str(_START_SECONDS), "-o", durable + here)
        for attempt in range(_ATTEMPTS):
            try:
                self._run("pg_ctl", "start", *wanted)
                return
            except RuntimeError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(_PAUSE)

    def kill(self) -> None:
        """Kill the server's first process outright; those that it started end by themselves."""
        number = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGKILL)
        for _ in range(_START_SECONDS * 10):
            if not _is_alive(number):
                return
            time.sleep(0.1)

    def url(self, name: str) -> str:
        """Address of a database."""
        return f"postgresql://{ACCOUNT}@/{name}?host={self.folder}"

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of another one if named; its address."""
        with psycopg.connect(self.url(ACCOUNT), autocommit=True) as connection:
            copy = f' TEMPLATE "{template}"' if template else ""
            connection.execute(f'CREATE DATABASE "{name}"{copy}'.encode())
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        with psycopg.connect(self.url(ACCOUNT), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _run(self, program: str, *arguments: str, must_work: bool = True) -> None:
        command = [str(self._programs / program), *arguments]
        if self._as_root:
            command = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", *command]
        # The output goes to a file: a pipe would stay open for as long as the server lives.
        with (self.folder / "out").open("ab") as out:
            done = subprocess.run(command, stdout=out, stderr=out, check=False, cwd=self.folder)
        if must_work and done.returncode:
            raise RuntimeError(f"{program} failed: {(self.folder / 'out').read_text()[-2000:]}")


def _has_account() -> bool:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        return False
    return True


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text() if Path("/proc").is_dir() else True
