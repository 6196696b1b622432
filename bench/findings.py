"""All that one run found, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import tables
from floor import Floor
from rich.table import Table
from session import Measured
from start import Wait
from threads import Scaling

SCALING_HEAD = (
    "Workload with lags", "wall s, 1 thread", "wall s, 2 threads", "gain",
    "CPU s, 1 thread", "CPU s, 2 threads", "same bits",
)  # fmt: skip
FLOOR_HEAD = (
    "Workload", "states", "people at once", "steps tried a person", "ns a step and person",
    "outside of the loop, %",
)  # fmt: skip
WAIT_HEAD = ("What", "wall ms", "CPU ms")


@dataclass(frozen=True)
class Findings:
    """Results of the parts that were asked for.

    Parameters
    ----------
    facts : mapping of str to object
        Of the machine.
    speed : sequence of Measured
    scaling : sequence of Scaling
    waits : sequence of Wait
    floors : sequence of Floor
    notes : sequence of str
    """

    facts: Mapping[str, object]
    speed: Sequence[Measured] = ()
    scaling: Sequence[Scaling] = ()
    waits: Sequence[Wait] = ()
    floors: Sequence[Floor] = ()
    notes: Sequence[str] = ()

    @property
    def conditions(self) -> str:
        """One paragraph on what was timed on."""
        versions = self.facts["versions"]
        assert isinstance(versions, Mapping)
        parts = [f"{name} {value}" for name, value in versions.items()]
        return (
            f"{self.facts['processor']}, {self.facts['doubles in a register']} doubles in a register, "
            f"{self.facts['system']}; {', '.join(parts)}. Load of the machine {self.facts['load']} before "
            f"and {self.facts['load at the end']} after."
        )

    def screens(self) -> list[Table]:
        """Tables for a terminal."""
        found = tables.screens(self.speed)
        if self.floors:
            found.append(tables.table("Steps of Rodas5P", FLOOR_HEAD, _floor_lines(self.floors)))
        if self.scaling:
            found.append(tables.table("Two threads", SCALING_HEAD, _scaling_lines(self.scaling)))
        if self.waits:
            found.append(tables.table("Waiting", WAIT_HEAD, _wait_lines(self.waits)))
        return found

    def markdown(self) -> dict[str, str]:
        """What goes between the markers of the documentation, by their name."""
        found = {}
        if self.speed:
            found["speed"] = f"{tables.speed(self.speed)}\n\n{self.conditions}"
        if self.floors:
            found["floor"] = tables.markdown(FLOOR_HEAD, _floor_lines(self.floors), left=1)
        if self.scaling:
            found["threads"] = tables.markdown(SCALING_HEAD, _scaling_lines(self.scaling), left=1)
        if self.waits:
            found["waiting"] = tables.markdown(WAIT_HEAD, _wait_lines(self.waits), left=1)
        return found

    def as_json(self) -> dict[str, object]:
        """For a file."""
        return {
            "machine": dict(self.facts),
            "speed": tables.as_json(self.speed),
            "threads": [{**asdict(item), "gain": item.gain} for item in self.scaling],
            "waiting": [asdict(item) for item in self.waits],
            "floor": [asdict(item) for item in self.floors],
            "notes": list(self.notes),
        }


def _scaling_lines(rows: Sequence[Scaling]) -> list[list[str]]:
    return [
        [
            item.workload, *map(tables.number, (*item.wall, item.gain, *item.cpu)),
            "yes" if item.is_identical else "no",
        ]
        for item in rows
    ]  # fmt: skip


def _floor_lines(rows: Sequence[Floor]) -> list[list[str]]:
    return [
        [
            item.workload, str(item.states), str(item.width), f"{item.attempts:,.0f}",
            tables.number(1e9 * item.cost), f"{100.0 * item.outside:.0f}",
        ]
        for item in rows
    ]  # fmt: skip


def _wait_lines(rows: Sequence[Wait]) -> list[list[str]]:
    return [[item.what, tables.number(1e3 * item.wall), tables.number(1e3 * item.cpu)] for item in rows]
