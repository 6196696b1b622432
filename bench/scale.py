"""Long work cut off and gone on with: a million people in summaries, whoever computes, and what it takes.

Every command runs in a process group of its own. One run goes through; one is killed (SIGKILL, with all that
it started) when half of its shards are there, and resumed; the files of the two are compared byte by byte.
Peak memory is that of the command's own process, as the operating system counts it.

Run: ``python bench/scale.py [--people 1000000]``; the default takes about a quarter of an hour of one core.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

PROGRAM = (sys.executable, "-c", "from speciosa.cli import main; main()")
SCENARIO = (
    *("population", "kratom powder 3 g once", "--until", "24h", "--every", "0.5h"),
    *("--output", "plasma.mitragynine", "--output", "plasma.7-hydroxymitragynine"),
    *("--output", "signal.MOR", "--quiet"),
)
SHARD = 10_000
# What is left of a run that is not part of its answer.
NOT_COMPARED = (".part",)


def started(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """A command in a process group of its own."""
    with log.open("wb") as handle:
        return subprocess.Popen([*PROGRAM, *arguments], stdout=handle, stderr=handle, start_new_session=True)


def finished(process: subprocess.Popen[bytes], log: Path) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of a command that must succeed."""
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(log.read_text(encoding="utf-8"))
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024.0


def killed_at(process: subprocess.Popen[bytes], shards: Path, count: int) -> int:
    """Kill a command and all that it started when so many shards are there; how many there are then."""
    while len(list(shards.glob("*.npz"))) < count:
        if process.poll() is not None:
            raise SystemExit("the run ended before it could be killed: ask for more work")
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return len(list(shards.glob("*.npz")))


def digests(folder: Path) -> dict[str, str]:
    """Fingerprint of every file of an answer."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.endswith(NOT_COMPARED)
    }


def once(name: str, arguments: Sequence[str], folder: Path, shards: int, *, is_killed: bool) -> list[str]:
    """One row of the table: a run, killed at half and resumed or not."""
    log, wanted, note = folder.with_suffix(".log"), [*arguments, "--out", str(folder)], "-"
    begin = time.perf_counter()
    if is_killed:
        there = killed_at(started(wanted, log), folder / "shards", shards // 2)
        note = f"killed with {there} of {shards} shards"
        wanted.append("--resume")
    cpu, peak = finished(started(wanted, log), log)
    seconds = time.perf_counter() - begin
    return [name, note, f"{seconds:.0f}", f"{cpu:.0f}", f"{peak:.0f}"]


def main() -> None:
    """Print a table, and whether all bytes are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=40_000, help="people of the runs by other executors")
    given = parser.parse_args()
    print("| run | cut off | wall s | CPU s of the last process | peak MB |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        many = [*SCENARIO, "--people", str(given.people), "--shard-size", str(SHARD)]
        few = [*SCENARIO, "--people", str(given.few), "--shard-size", str(max(1, given.few // 8))]
        runs = [
            ("whole", many, -(-given.people // SHARD), False),
            ("killed", many, -(-given.people // SHARD), True),
            *((kind, [*few, "--executor", kind], 8, False) for kind in ("serial", "threads")),
            *(
                (kind, [*few, "--executor", kind, "--workers", "2"], 8, False)
                for kind in ("processes", "dask")
            ),
        ]
        for kind, arguments, shards, is_killed in runs:
            people = arguments[arguments.index("--people") + 1]
            row = once(f"{int(people):,} people, {kind}", arguments, base / kind, shards, is_killed=is_killed)
            print(f"| {' | '.join(row)} |", flush=True)
        print(f"\nKilled and resumed, same bytes: {digests(base / 'whole') == digests(base / 'killed')}.")
        alike = [digests(base / kind) for kind in ("serial", "threads", "processes", "dask")]
        print(f"Serial, threads, processes and dask, same bytes: {all(item == alike[0] for item in alike)}.")
        size = sum(path.stat().st_size for path in (base / "whole").rglob("*.npz"))
        print(f"Shards of the largest run: {size / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
