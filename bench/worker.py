"""One engine on one workload in a process of its own: prepares, then solves as often as it is asked.

Reads a task on the first line of standard input and one word a line after that; answers each with a line of
JSON. `bench/run.py` starts it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import time
import traceback


def main() -> int:
    """Serve until there is nothing more to read."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # engines print what they like, but not between the answers

    def say(**content: object) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    line = sys.stdin.readline()
    _settle(json.loads(line)["cores"])
    # NumPy counts the processors when it is imported, so that this comes after.
    from engines.task import Task

    task = Task.decoded(line)
    missing = [name for name in task.packages if not _version(name)]
    if missing:
        say(problem=f"not installed: {', '.join(missing)}")
        return 0
    try:
        module = importlib.import_module(f"engines.{task.module}")
        begin = time.process_time()
        solve = module.prepare(task)
        say(version=_version(task.packages[0]), compile=time.process_time() - begin)
        _serve(solve, task, say)
    except Exception as error:  # an engine that cannot do it is a row that says so
        traceback.print_exc()
        say(problem=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}")
    return 0


def _settle(cores: list[int]) -> None:
    """Keep to some processors; libraries with threads of their own are told as well."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(len(cores))


def _serve(solve, task, say) -> None:
    values = None
    for word in sys.stdin:
        if word.strip() == "solve":
            wall, cpu = time.perf_counter(), time.process_time()
            values = solve()
            say(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall)
        elif word.strip() == "digest":
            say(digest=hashlib.sha256(values.tobytes()).hexdigest())
        else:
            say(**_checked(values, task))


def _checked(values, task) -> dict[str, float]:
    """Errors of the people whom the reference holds."""
    import numpy as np
    from workloads.accuracy import accuracy

    with np.load(task.reference) as file:
        rows, right = file["rows"], file["values"]
    _, here, there = np.intersect1d(task.rows, rows, return_indices=True)
    found = accuracy(values[here], right[there])
    return {"largest": found.largest, "high": found.high, "median": found.median, "checked": found.people}


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
