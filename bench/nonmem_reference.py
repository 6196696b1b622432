"""Run a set of dosing records with NONMEM's answers through the engine, and say where the two differ.

    python bench/nonmem_reference.py FOLDER [--target llvm --target reference]

FOLDER holds ``nmtest.csv.gz`` (nlmixr2data's ``nmtest``): a one-compartment model, CL 1.1, V 20, ka 1.5,
cp = 1000 A / V, with columns id, time, cp, cmt, amt, evid, ii, ss, addl, rate, lagt, bioav, dur2. A row
agrees if it is within 1e-4 relative or half a printed digit. Exit code 1 if a row that is compared differs.

Left out are rows between a record at steady state with a lag longer than II, and ``lag - II`` after it. In
those hours doses that the steady state implies arrive; the answer set goes back from the state at their end
without them, below zero for some ids. All rows after that are compared. Id 825 is exempt: there a second
steady state is added to what the first one left below zero.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from pathlib import Path

import numpy as np

from speciosa.engine import Events, Kernel, Schedules, compile_model
from speciosa.model import Flow, Inlet, Model, Module, Output, Parameter, Signal, State, compose

RELATIVE, DIGITS = 1e-4, 5
CENTRAL = 2
EXEMPT = {825}
VALUES = {"ka": 1.5, "CL": 1.1, "V": 20.0}
INLETS = {(1, False): 0, (2, False): 1, (2, True): 2, (3, False): 0}


def model() -> Model:
    """One compartment with first-order input; F, lag and modeled duration are those of the central one."""
    depot, central = State("depot", "nmol", ""), State("central", "nmol", "")
    ka, clearance, volume = Parameter("ka", "1/h", ""), Parameter("CL", "L/h", ""), Parameter("V", "L", "")
    lag, fraction, duration = Parameter("lag", "h", ""), Parameter("F", "", ""), Parameter("D", "h", "")
    attributes = {"fraction": fraction.expression, "lag": lag.expression}
    module = Module(
        "one compartment", "", (depot, central), (ka, clearance, volume, lag, fraction, duration),
        outputs=(Output(Signal("cp", "nmol/L", ""), central / volume),),
        flows=(
            Flow("absorption", ka * depot, depot, central),
            Flow("elimination", clearance / volume * central, central),
        ),
        inlets=(
            Inlet("mouth", depot),
            Inlet("vein", central, **attributes),
            Inlet("pump", central, duration=duration.expression, **attributes),
        ),
    )  # fmt: skip
    return compose([module], values={**VALUES, "lag": 0.0, "F": 1.0, "D": 1.0})


def events(records: list[dict[str, float]]) -> Events:
    """Dose records of one id."""
    columns = {name: np.array([row[name] for row in records]) for name in records[0]}
    whole = {name: columns[name].astype(np.int64) for name in ("evid", "addl", "ss", "cmt")}
    inlet = [INLETS[int(row["cmt"]), row["rate"] == -2] for row in records]
    return Events(
        columns["time"], np.array(inlet), columns["amt"], columns["rate"], whole["evid"], columns["ii"],
        whole["addl"], whole["ss"],
    )  # fmt: skip


def is_left_out(time: float, rows: list[dict[str, float]]) -> bool:
    """Whether the answer set goes back in time there."""
    steady = [row for row in rows if row["evid"] and row["ss"] and row["cmt"] == CENTRAL]
    return any(row["time"] <= time < row["time"] + row["lagt"] - row["ii"] for row in steady)


def worst(kernel: Kernel, rows: list[dict[str, float]]) -> tuple[float, float]:
    """Largest difference of one id over what is allowed, and its time."""
    first = rows[0]
    table = [[*VALUES.values(), first["lagt"], first["bioav"], first["dur2"] or 1.0]]
    asked = [row for row in rows if row["evid"] == 0 and not is_left_out(row["time"], rows)]
    times = np.unique([row["time"] for row in asked])
    schedule = Schedules.shared(events([row for row in rows if row["evid"]]), 1)
    found = kernel.run(np.array(table), schedule, times)
    if found.failures:
        print(found.failures[0].text)
        return np.inf, found.failures[0].time
    place = np.searchsorted(times, [row["time"] for row in asked])
    right = np.array([row["cp"] for row in asked])
    got = 1000.0 * found.values[0, place, 0]
    digit = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(right), 1e-30))) - DIGITS + 1)
    over = np.abs(got - right) / np.maximum(RELATIVE * np.abs(right), 0.5 * digit)
    return float(over.max()), float(asked[int(over.argmax())]["time"])


def main() -> int:
    """Compare all ids; 1 if one differs."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--target", action="append", choices=("llvm", "reference"))
    given = arguments.parse_args()
    if not (given.folder / "nmtest.csv.gz").is_file():
        arguments.error(f"{given.folder} holds no nmtest.csv.gz; expected the set of nlmixr2data's nmtest")
    with gzip.open(given.folder / "nmtest.csv.gz", "rt") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    is_wrong = False
    for target in given.target or ("reference", "llvm"):
        kernel = compile_model(model(), target=target, rtol=1e-8, atol=1e-10)
        people = {int(row["id"]): [other for other in rows if other["id"] == row["id"]] for row in rows}
        agrees = 0
        for person, records in people.items():
            over, time = worst(kernel, records)
            agrees += over <= 1.0
            if over > 1.0:
                note = " (exempt)" if person in EXEMPT else ""
                print(f"{target}: id {person} differs {over:.3g} times what is allowed at {time} h{note}")
                is_wrong |= person not in EXEMPT
        print(f"{target}: {agrees} of {len(people)} ids agree")
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
