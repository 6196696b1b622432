"""Work against precision: what an engine takes, and how wrong it is, from rough to fine tolerances.

    python bench/precision.py [--peers PYTHON] [--core 0]

writes the picture of the documentation and, beside the references, the numbers behind it. It is drawn anew
from these numbers with ``--draw``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engines import ENTRIES
from session import HERE, Conditions, Measured, Room, measure
from tables import as_json, write_json
from workloads.small import SMALL

PEOPLE = 200
EXPONENTS = range(3, 10)
FINEST = {"diffrax-stiff": 6}  # of order 3: finer tolerances would take hours
PICTURE = HERE.parent / "docs" / "images" / "work-precision.png"
NUMBERS = HERE / ".cache" / "precision.json"
# Okabe and Ito's colors, which color-blind people can tell apart; markers do it in gray.
STYLES = {
    "speciosa": ("#D55E00", "o"),
    "numbalsoda": ("#0072B2", "s"),
    "roadrunner": ("#009E73", "^"),
    "diffrax": ("#CC79A7", "D"),
    "diffrax-stiff": ("#CC79A7", "P"),
    "scipy-odeint": ("#56B4E9", "v"),
}


def curves(conditions: Conditions, room: Room) -> list[dict[str, object]]:
    """Every engine with every tolerance; the absolute one is a thousandth of the relative."""
    chosen = [entry for entry in ENTRIES if entry.name in STYLES]
    found: list[dict[str, object]] = []
    for workload in SMALL:
        for exponent in EXPONENTS:
            rtol = 10.0**-exponent
            room.say(f"{workload.name}: rtol 1e-{exponent}")
            given = Conditions(
                rtol, 1e-3 * rtol, conditions.repeats, conditions.budget, PEOPLE, conditions.cores,
                conditions.peers, conditions.is_loud,
            )  # fmt: skip
            able = [entry for entry in chosen if exponent <= FINEST.get(entry.name, exponent)]
            rows: Sequence[Measured] = measure(able, workload.name, given, room)
            found += [{**row, "rtol": rtol} for row in as_json(rows)]
    return found


def draw(rows: list[dict[str, object]], path: Path) -> None:
    """One panel a workload: error on the horizontal axis, time on the vertical one, both logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    titles = {entry.name: entry.title for entry in ENTRIES}
    figure, panels = plt.subplots(1, len(SMALL), figsize=(12, 4.6), sharey=True, layout="constrained")
    for panel, workload in zip(panels, SMALL, strict=True):
        for name, (color, marker) in STYLES.items():
            points = [
                (row["high"], 1e3 * float(str(row["cpu"])) / int(str(row["people"])))
                for row in rows
                if row["engine"] == name and row["workload"] == workload.name and row.get("cpu")
            ]
            if points:
                x, y = zip(*points, strict=True)
                panel.loglog(x, y, color=color, marker=marker, markersize=5, label=titles[name])
        panel.invert_xaxis()
        panel.set_title(f"{workload.name}: {workload.end // 24} days", fontsize=10)
        panel.set_xlabel("relative error, 99th percentile")
        panel.grid(alpha=0.3, which="major")
    panels[0].set_ylabel("CPU time per person (ms)")
    handles = {
        label: handle
        for panel in panels
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=120, metadata={"Software": "speciosa"})
    plt.close(figure)


def main() -> int:
    """Measure unless told to draw alone."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--peers", default=sys.executable)
    arguments.add_argument("--core", type=int, default=0)
    arguments.add_argument("--repeats", type=int, default=2)
    arguments.add_argument("--draw", action="store_true", help="draw the numbers of the last measurement")
    given = arguments.parse_args()
    if not given.draw:
        with tempfile.TemporaryDirectory() as folder:
            room = Room(Path(folder), lambda text: print(text, file=sys.stderr))
            core = (given.core,)
            conditions = Conditions(repeats=given.repeats, budget=20.0, cores=core, peers=given.peers)
            write_json(NUMBERS, curves(conditions, room))
    draw(json.loads(NUMBERS.read_text(encoding="utf-8")), PICTURE)
    print(PICTURE.relative_to(HERE.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
