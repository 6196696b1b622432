"""What was measured, as a table on screen, as Markdown for the documentation, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path

from engines import YARDSTICK
from engines.task import CROWDS
from rich.console import Console
from rich.table import Table
from session import Measured

HEAD = (
    "Workload", "Engine", "CPU s", "× ours", "wall s", "compile s",
    "error: largest", "99 %", "median", "people",
)  # fmt: skip
WIDE = 140


def number(value: float) -> str:
    """Three digits, small and large ones with a power of ten; a dash where there is none."""
    if not isfinite(value):
        return "–"
    if value and not 1e-3 <= abs(value) < 1e4:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits}e{int(power)}"
    return f"{value:,.0f}" if abs(value) >= 1e3 else f"{value:.3g}"


def ratio(row: Measured, rows: Iterable[Measured]) -> float:
    """How many times the CPU seconds of our default engine on the same workload."""
    ours = [
        other.full for other in rows if other.entry.name == YARDSTICK.name and other.workload == row.workload
    ]
    return row.full / ours[0] if ours and isfinite(ours[0]) and isfinite(row.full) else float("nan")


def cells(row: Measured, rows: Sequence[Measured]) -> list[str]:
    """One line of the table; people who were scaled up are told."""
    title = f"{row.entry.title} {row.version}".strip()
    if row.problem:
        return [row.workload, title, row.problem, *([""] * (len(HEAD) - 3))]
    people = f"{row.people:,}" if row.people == row.asked else f"{row.people:,} of {row.asked:,}"
    scale = row.asked / row.people
    return [
        row.workload, title, number(row.full), number(ratio(row, rows)), number(row.wall * scale),
        number(row.compile), number(row.largest), number(row.high), number(row.median), people,
    ]  # fmt: skip


def screens(rows: Sequence[Measured]) -> list[Table]:
    """A table a workload for a terminal; why a row is empty is told below it."""
    found = []
    for workload in dict.fromkeys(row.workload for row in rows):
        chosen = [row for row in rows if row.workload == workload]
        why = [f"{row.entry.title}: {row.problem}" for row in chosen if row.problem]
        blank = [""] * (len(HEAD) - 2)
        lines = [[row.entry.title, *blank] if row.problem else cells(row, rows)[1:] for row in chosen]
        crowd = CROWDS[workload]
        title = f"{workload}: {crowd.title}; one core, scaled to {crowd.people:,} people"
        found.append(table(title, HEAD[1:], lines, "\n".join(why)))
    return found


def table(title: str, head: Sequence[str], lines: Sequence[Sequence[str]], caption: str = "") -> Table:
    """A table for a terminal, its first column aligned to the left."""
    made = Table(title=title, title_justify="left", caption=caption or None, caption_justify="left")
    for index, name in enumerate(head):
        made.add_column(name, justify="right" if index else "left")
    for line in lines:
        made.add_row(*line)
    return made


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]], left: int = 2) -> str:
    """A table in Markdown; the first columns are aligned to the left."""
    rule = ["---" if index < left else "---:" for index in range(len(head))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


def speed(rows: Sequence[Measured]) -> str:
    """The table in Markdown."""
    return markdown(HEAD, [cells(row, rows) for row in rows])


def as_json(rows: Sequence[Measured]) -> list[dict[str, object]]:
    """Rows for a file; what is not a number is left out."""
    found = []
    for row in rows:
        content = {name: value for name, value in asdict(row).items() if name != "entry"}
        content = {
            name: value for name, value in content.items() if not isinstance(value, float) or isfinite(value)
        }
        found.append({"engine": row.entry.name, "ratio": ratio(row, rows), **content})
        if not isfinite(found[-1]["ratio"]):
            del found[-1]["ratio"]
    return found


def write_json(path: Path, content: object) -> None:
    """Write a file that a person can read too."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def replace_between(text: str, name: str, content: str) -> str:
    """A page with what stands between two marker comments replaced.

    Raises
    ------
    ValueError
        If the page does not have the two markers, once each and in order.
    """
    first, last = f"<!-- bench: {name} -->", f"<!-- end: {name} -->"
    if text.count(first) != 1 or text.count(last) != 1 or text.index(first) > text.index(last):
        raise ValueError(f"the page does not hold {first} and, after it, {last}, once each")
    head, tail = text[: text.index(first) + len(first)], text[text.index(last) :]
    return f"{head}\n\n{content.strip()}\n\n{tail}"


def show(tables: Iterable[Table]) -> None:
    """Print tables to standard output, whole even where it is no terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    for item in tables:
        console.print(item)
