"""Time this program's engine beside others, and say how right each of them is.

    python bench/run.py [--workload W2] [--engine numbalsoda] [--persons 100] [--peers PYTHON]

Tables go to standard output, what is going on to standard error. `bench/README.md` says more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import machine
import tables
from engines import ENTRIES
from engines.task import CROWDS
from findings import Findings
from floor import floors
from goals import HEAD, goals, lines
from session import HERE, Conditions, Room, measure
from start import persons, starts
from threads import WORKLOADS, scaling
from workloads.definition import Workload

from speciosa.errors import SpeciosaError

PARTS = ("speed", "floor", "threads", "start", "one")
PAGE = HERE.parent / "docs" / "explanation" / "engine.md"
PEERS = HERE / ".venv" / "bin" / "python"


def arguments() -> argparse.ArgumentParser:
    """What can be asked."""
    names = tuple(entry.name for entry in ENTRIES)
    found = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    add = found.add_argument
    add("--workload", action="append", choices=tuple(CROWDS), help="all if left out; may be repeated")
    add("--engine", action="append", choices=names, help="likewise")
    add("--part", action="append", choices=PARTS, help="likewise")
    add("--repeats", type=_positive, default=3, help="the best one counts (3)")
    add("--persons", type=_positive, help="fewer people, for a trial")
    add("--budget", type=float, default=120.0, help="CPU seconds after which an engine is not repeated (120)")
    add("--core", type=int, default=0, help="number of the processor core (0)")
    add("--peers", help="Python that has the other engines (bench/.venv/bin/python if it is there)")
    add("--json", type=Path, help="where the numbers go")
    add(
        "--write-docs",
        action="store_true",
        help="put the tables of a whole run into docs/explanation/engine.md",
    )
    add("--verbose", action="store_true", help="show what engines say")
    return found


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked; the documentation takes whole runs alone, so that its tables belong together."""
    parser = arguments()
    given = parser.parse_args(words)
    chosen = [name for name in ("workload", "engine", "part", "persons") if getattr(given, name)]
    if given.write_docs and chosen:
        parser.error(f"--write-docs takes a whole run; leave out --{chosen[0]}")
    return given


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def peers_of(given: str | None) -> str:
    """The interpreter of the other engines.

    Raises
    ------
    SystemExit
        If the one that was named is not there.
    """
    if given is None:
        return str(PEERS) if PEERS.exists() else sys.executable
    found = shutil.which(given)
    if not found:
        raise SystemExit(
            f"--peers {given}: no such program; expected a Python interpreter. bench/README.md says how to "
            "install the other engines."
        )
    # Engines run in a folder of their own; a link stays a link, since it tells the environment.
    return str(Path(found).absolute())


def core_of(number: int) -> int:
    """A core that this process may use.

    Raises
    ------
    SystemExit
        If it may not.
    """
    usable = cores()
    if number not in usable:
        known = ", ".join(map(str, usable))
        raise SystemExit(f"--core {number}: this process may not use it; expected one of: {known}.")
    return number


def cores() -> list[int]:
    """Numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def people_note(workload: str) -> str:
    """What to know if this NumPy draws other people than the definition names; "" if it does not."""
    crowd = CROWDS[workload]
    if not isinstance(crowd, Workload) or crowd.found_digest() == crowd.digest:
        return ""
    return (
        f"{workload}: this NumPy draws other people (SHA-256 {crowd.found_digest()}, not {crowd.digest}); "
        "compare times and errors within this run alone."
    )


def findings(given: argparse.Namespace, conditions: Conditions, room: Room) -> Findings:
    """Measure the parts that are asked for."""
    facts = machine.facts()
    parts, workloads = given.part or PARTS, given.workload or tuple(CROWDS)
    entries = [entry for entry in ENTRIES if not given.engine or entry.name in given.engine]
    notes = tuple(filter(None, map(people_note, workloads)))
    for note in notes:
        room.say(note)
    speed = [
        row
        for name in (workloads if "speed" in parts else ())
        for row in measure(entries, name, conditions, room)
    ]
    waits = [
        *(persons(conditions, room) if "one" in parts else ()),
        *(starts(conditions, room) if "start" in parts else ()),
    ]
    gains = []
    others = [core for core in cores() if core not in conditions.cores]
    if "threads" in parts and others:
        pair = (conditions.cores[0], others[0])
        gains = [scaling(name, conditions, room, pair) for name in WORKLOADS if name in workloads]
    steps = floors(conditions, room) if "floor" in parts else []
    return Findings({**facts, "load at the end": machine.load()}, speed, gains, waits, steps, notes)


def main() -> int:
    """Measure, and show what was found."""
    given = parsed()
    conditions = Conditions(
        repeats=given.repeats, budget=given.budget, people=given.persons, cores=(core_of(given.core),),
        peers=peers_of(given.peers), is_loud=given.verbose,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder), lambda text: print(text, file=sys.stderr, flush=True))
        try:
            found = findings(given, conditions, room)
        except SpeciosaError as error:
            print(error, file=sys.stderr)
            return 3
    held = goals(found)
    tables.show([*found.screens(), *([tables.table("Goals", HEAD, lines(held))] if held else [])])
    print(found.conditions)
    for note in found.notes:
        print(note)
    if given.json:
        tables.write_json(given.json, {**found.as_json(), "goals": [asdict(item) for item in held]})
    if given.write_docs:
        text = PAGE.read_text(encoding="utf-8")
        for name, content in {**found.markdown(), "goals": tables.markdown(HEAD, lines(held), 1)}.items():
            text = tables.replace_between(text, name, content)
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE.relative_to(HERE.parent)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
