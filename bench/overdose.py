"""How long an overdose takes: one person, and 2000 people in two arms, on one thread.

CPU seconds of the compiled kernel, best of a few repeats, after it was compiled once; a run is 75 minutes and
the pre-run. Run: ``python bench/overdose.py [people]``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from speciosa.engine import Solution, compile_model
from speciosa.overdose import Overdose, read_overdose
from speciosa.overdose.run import Variation, arms_of, parameters_of, recorded, rescue_times
from speciosa.people import population
from speciosa.simulation import Setting

OPIOID, RESCUE = "fentanyl 1.625 mg IV", "naloxone 4 mg intranasal"
PEOPLE, SEED, REPEATS = 2000, 1, 3
HOURS, STEP = 1.25, 15.0 / 3600.0
GOALS = {1: 0.03, PEOPLE: 60.0}


def best(work: Callable[[], Solution], repeats: int) -> tuple[float, Solution]:
    """Least CPU seconds of some repeats, and the last solution."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        found = work()
        times.append(time.process_time() - begin)
    return min(times), found


def timed(case: Overdose, setting: Setting, repeats: int) -> list[tuple[str, float]]:
    """CPU seconds of each arm."""
    n, begin, rows = case.people.size, None, []
    grid = np.linspace(0.0, HOURS, round(HOURS / STEP) + 1)
    varied = Variation(people=n > 1, assay=n > 1)
    for arm in arms_of(case, setting):
        names = recorded(arm)
        kernel = compile_model(arm.model, target="llvm", outputs=names)
        table, schedules = parameters_of(arm, case, varied, setting), arm.schedules(begin, n)
        seconds, found = best(
            lambda k=kernel, t=table, s=schedules, a=arm: k.run(t, s, grid, start=a.start, threads=1), repeats
        )
        begin = rescue_times(found, names, HOURS, case, setting) if begin is None else begin
        rows.append((arm.name, seconds))
    return rows


def main() -> None:
    """Print a table."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    setting = Setting()
    print("| people | arm | CPU s | goal |\n|---:|---|---:|---|")
    for size, repeats in ((1, 5), (people, REPEATS)):
        case = read_overdose(OPIOID, [RESCUE], population(setting.evidence, size, SEED), setting)
        rows = timed(case, setting, repeats)
        for arm, seconds in rows:
            goal = f"at most {GOALS[size]:g} each" if size == 1 else ""
            print(f"| {size} | {arm} | {seconds:.3g} | {goal} |")
        if size != 1:
            goal = f"at most {GOALS[size]:g}" if size in GOALS else ""
            print(f"| {size} | both | {sum(seconds for _, seconds in rows):.3g} | {goal} |")


if __name__ == "__main__":
    main()
