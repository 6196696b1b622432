"""Long work cut off and gone on with: a million people in summaries, whoever computes, and what it takes.

Every command runs in a process group of its own. One run goes through; one is killed (SIGKILL, with all that
it started) when half of its shards are there, and resumed; the files of the two are compared byte by byte.
Peak memory is that of the largest process of the command, as the operating system counts it.

The second part does the same with the power curve of a small trial.

Run: ``python bench/scale.py [--people 1000000] [--trials 1000]``; the default takes about half an hour of one
core. ``--part`` names one of the two parts.
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
PROTOCOL = """
title = "Lofexidine against placebo after an abrupt stop"
until = "5 d"
history = "morphine 30 mg SC every 6 h for 28 days"
people = { size = 60 }
randomization = { block = 4 }
[arms.placebo]
regimen = "nothing"
[arms.lofexidine]
regimen = "lofexidine hydrochloride 0.8 mg four times a day for 5 days, then nothing"
[[visits]]
every = "1 d"
scales = ["SOWS-Gossop"]
[[endpoints]]
name = "SOWS-Gossop on day 3"
measure = "score"
scale = "SOWS-Gossop"
at = "3 d"
[[analyses]]
endpoint = "SOWS-Gossop on day 3"
method = "difference of means"
"""
HEADER = """
| run | cut off | wall s | CPU s of the last process | peak MB |
|---|---|---:|---:|---:|"""
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


def populations(base: Path, people: int, few: int) -> None:
    """The rows of populations, and whether all bytes are the same."""
    many = [*SCENARIO, "--people", str(people), "--shard-size", str(SHARD)]
    small = [*SCENARIO, "--people", str(few), "--shard-size", str(max(1, few // 8))]
    both = ("serial", None), ("threads", None), ("processes", "2"), ("dask", "2")
    runs = [("whole", many, -(-people // SHARD), False), ("killed", many, -(-people // SHARD), True)]
    for kind, workers in both:
        runs.append(
            (kind, [*small, "--executor", kind, *(["--workers", workers] if workers else [])], 8, False)
        )
    for kind, arguments, shards, is_killed in runs:
        count = int(arguments[arguments.index("--people") + 1])
        row = once(f"{count:,} people, {kind}", arguments, base / kind, shards, is_killed=is_killed)
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\nKilled and resumed, same bytes: {digests(base / 'whole') == digests(base / 'killed')}.")
    alike = [digests(base / kind) for kind, _ in both]
    print(f"Serial, threads, processes and dask, same bytes: {all(item == alike[0] for item in alike)}.")
    size = sum(path.stat().st_size for path in (base / "whole").rglob("*.npz"))
    print(f"Shards of the largest run: {size / 1e6:.0f} MB.", flush=True)


def curves(base: Path, trials: int, few: int) -> None:
    """The rows of power curves, and whether all bytes are the same."""
    protocol = base / "protocol.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    asked = [
        "trial",
        "power",
        str(protocol),
        "--better",
        "lower",
        "--look",
        "0.5",
        "--futility",
        "0.1",
        "--quiet",
    ]
    many, small = [*asked, "--trials", str(trials)], [*asked, "--trials", str(few), "--shard-size", "2"]
    shards = -(-trials // 10)
    runs = [("curve", many, shards, False), ("killed curve", many, shards, True)]
    runs += [(kind, [*small, "--executor", kind], -(-few // 2), False) for kind in ("serial", "threads")]
    runs += [
        (kind, [*small, "--executor", kind, "--workers", "2"], -(-few // 2), False)
        for kind in ("processes", "dask")
    ]
    for kind, arguments, count, is_killed in runs:
        number = int(arguments[arguments.index("--trials") + 1])
        row = once(
            f"{number:,} trials, {kind}", arguments, base / f"power {kind}", count, is_killed=is_killed
        )
        print(f"| {' | '.join(row)} |", flush=True)
    same = digests(base / "power curve") == digests(base / "power killed curve")
    print(f"\nKilled and resumed, same bytes: {same}.")
    alike = [digests(base / f"power {kind}") for kind in ("serial", "threads", "processes", "dask")]
    print(f"Serial, threads, processes and dask, same bytes: {all(item == alike[0] for item in alike)}.\n")
    for name in ("power.csv", "looks.csv"):
        print((base / "power curve" / name).read_text(encoding="utf-8"), flush=True)


def main() -> None:
    """Print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--few-people", type=int, default=40_000, help="of the runs by other executors")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--few-trials", type=int, default=20)
    parser.add_argument("--part", choices=("people", "trials", "all"), default="all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for part, work in (
            ("people", lambda: populations(Path(place), given.people, given.few_people)),
            ("trials", lambda: curves(Path(place), given.trials, given.few_trials)),
        ):
            if given.part in (part, "all"):
                print(HEADER)
                work()


if __name__ == "__main__":
    main()
