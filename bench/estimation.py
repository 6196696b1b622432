"""Hold the fitting of populations against published objective values and estimates.

    python bench/estimation.py FOLDER

FOLDER holds the folders ``wang2007`` (nlmixr2data's ``Wang2007``), ``theophylline`` (``theo_sd``) and
``phenobarbital_neonates`` (Grasela and Donn 1985, with NONMEM's results per person), or some of them. What is
wanted are NONMEM's figures, or, where the table below says so, those of an independent calculation. Exit code
1 if a figure differs by more than its tolerance, 2 if there is none of the folders.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from speciosa.engine import Events, Kernel, Schedules, compile_model
from speciosa.fitting import Effect, Free, Measurement, Normal, Problem, Subjects, evaluate, fit
from speciosa.model import Flow, Inlet, Module, Output, Parameter, Signal, State, compose

Row = dict[str, str]


@dataclass(frozen=True)
class Line:
    """One comparison."""

    what: str
    found: float
    wanted: float
    tolerance: float
    known: str = ""  # why a difference is expected; it is shown, and does not count

    @property
    def is_met(self) -> bool:
        return abs(self.found - self.wanted) <= self.tolerance

    def __str__(self) -> str:
        mark = "ok     " if self.is_met else "known  " if self.known else "DIFFERS"
        text = f"{mark} {self.what:<62} {self.found:>11.6g} {self.wanted:>11.6g} +- {self.tolerance:.2g}"
        return f"{text}\n        {self.known}" if self.known and not self.is_met else text


def table(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def model(kind: str) -> Kernel:
    """The structures of the three sets, in milligrams and liters instead of nmol."""
    depot, central = State("depot", "nmol", "", scale=100.0), State("central", "nmol", "", scale=100.0)
    ka, ke = Parameter("ka", "1/h", ""), Parameter("ke", "1/h", "")
    clearance, volume = Parameter("CL", "L/h", ""), Parameter("V", "L", "")
    oral = (Flow("absorption", ka * depot, depot, central),)
    inlet = {"oral": Inlet("dose", depot, group="dose"), "iv": Inlet("dose", central, group="dose")}
    plain, y = State("x", "", "", initial=10.0), Signal("y", "nmol/L", "")
    out = Flow("elimination", clearance / volume * central, central)
    level = (Output(y, central / volume),)
    parts = {
        "decline": Module("decline", "", (plain,), (ke,), (), (Output(Signal("y", "", ""), 1.0 * plain),),
                          (Flow("decline", ke * plain, plain),)),
        "iv": Module("iv", "", (central,), (clearance, volume), (), level, (out,), (), (inlet["iv"],)),
        "oral": Module("oral", "", (depot, central), (ka, clearance, volume), (), level, (*oral, out), (),
                       (inlet["oral"],)),
        "guide": Module("guide", "", (depot, central), (ka, ke, clearance), (),
                        (Output(y, central * ke / clearance),),
                        (*oral, Flow("elimination", ke * central, central)), (), (inlet["oral"],)),
    }  # fmt: skip
    values = {"ka": 1.5, "ke": 0.1, "CL": 2.0, "V": 20.0}
    chosen = {item.name: values[item.name] for item in parts[kind].parameters}
    return compile_model(compose([parts[kind]], values=chosen, name=kind))


def people(
    rows: list[Row], is_dose: Callable[[Row], bool], covariates: dict[str, str]
) -> tuple[Subjects, list]:
    """Subjects of a NONMEM table, and (person, time, value) of its observations."""
    ids = list(dict.fromkeys(row["ID"] for row in rows))
    mine = {name: [row for row in rows if row["ID"] == name] for name in ids}
    events = []
    for name in ids:
        doses = [row for row in mine[name] if is_dose(row)]
        times, amounts = (np.array([float(row[key]) for row in doses]) for key in ("TIME", "AMT"))
        events.append(Events.boluses(times, 0, amounts))
    seen = [
        (index, float(row["TIME"]), float(row["DV"]))
        for index, name in enumerate(ids)
        for row in mine[name]
        if not is_dose(row)
    ]
    columns = {
        name: np.array([float(mine[one][0][column]) for one in ids]) for name, column in covariates.items()
    }
    return Subjects(tuple(ids), Schedules(tuple(events), np.arange(len(ids))), columns), seen


def observed(error: Normal, seen: list) -> Measurement:
    person, time, value = (np.array(column) for column in zip(*seen, strict=True))
    return Measurement("y", error, person, time, value)


def wang(folder: Path) -> Iterator[Line]:
    """Fixed parameters: the approximation alone. Quadrature: the integral by the trapezoid rule."""
    rows = table(folder / "wang2007.csv")
    seen = [(int(row["ID"]) - 1, float(row["Time"]), float(row["Y"])) for row in rows]
    subjects = Subjects(
        tuple(str(i + 1) for i in range(10)), Schedules.shared(Events.boluses(np.array([]), 0, 0.0), 10)
    )
    wanted = {
        "proportional": {"focei": 39.458, "foce": 39.207, "fo": 39.213},
        "additive": {"focei": -2.059, "foce": -2.059, "fo": 0.026},
    }
    for kind, values in wanted.items():
        problem = Problem(
            model("decline"), subjects, (observed(Normal(**{kind: 0.1**0.5}), seen),),
            (Free("ke", 0.5, spread=0.2),),
        )  # fmt: skip
        values["quadrature"] = integrated(seen, is_proportional=kind == "proportional")
        for method, value in values.items():
            points = 25 if method == "quadrature" else None
            total = evaluate(problem, method, points=points).sum()
            yield Line(f"wang2007, {kind}, {method}: objective", total, value, 1e-3)


def integrated(seen: list, *, is_proportional: bool) -> float:
    """The marginal likelihood of that set in closed equations, on a fine grid of eta."""
    eta = np.linspace(-2.0, 2.0, 40_001)
    total = 0.0
    for person in range(10):
        log = -0.5 * (np.log(2.0 * np.pi * 0.04) + eta**2 / 0.04)
        for _, time, value in (row for row in seen if row[0] == person):
            f = 10.0 * np.exp(-0.5 * np.exp(eta) * time)
            variance = 0.1 * f**2 if is_proportional else 0.1
            log -= 0.5 * (np.log(variance) + (value - f) ** 2 / variance)
        total -= 2.0 * np.log(np.trapezoid(np.exp(log), eta))
    return float(total)


def phenobarbital(folder: Path) -> Iterator[Line]:
    """Estimates, standard errors and every person's part."""
    rows = [{**row, "LOW": str(float(float(row["APGR"]) < 5.0))} for row in table(folder / "pheno.csv")]
    subjects, seen = people(rows, lambda row: float(row["AMT"]) > 0.0, {"weight": "WGT", "low": "LOW"})
    kernel, error = model("iv"), Normal(proportional=0.15)
    plain = (Free("CL", 0.006, spread=0.4), Free("V", 1.3, spread=0.4))
    base = Problem(kernel, subjects, (observed(error, seen),), plain)
    yield from _base(base, folder)
    weight = Effect("weight", value=1.0, is_fixed=True)
    fuller = (
        Free("CL", 0.005, spread=0.2, effects=(weight,)),
        Free("V", 1.0, spread=0.2, effects=(weight, Effect("low", "linear", value=0.1))),
    )
    found = fit(Problem(kernel, subjects, (observed(error, seen),), fuller))
    name = "phenobarbital, covariates, focei"
    yield Line(f"{name}: objective", found.objective, 586.27605628521, 1e-3)
    for item, value, size in (
        ("CL", 0.00469555, 0.000209967), ("V", 0.984258, 0.0268946),
        ("var(CL)", 0.0293508, 0.0134156), ("var(V)", 0.027906, 0.00747591),
    ):  # fmt: skip
        share = 0.02 if item.startswith("var") else 0.005
        yield Line(f"{name}: {item}", found.estimate(item).value, value, share * value)
        yield Line(f"{name}: SE of {item}", found.estimate(item).error, size, 0.05 * size)
    effect, sigma = found.estimate("V.low"), found.estimate("y.proportional")
    yield Line(f"{name}: effect on V", np.expm1(effect.value), 0.15892, 0.005)
    yield Line(f"{name}: SE of effect on V", np.exp(effect.value) * effect.error, 0.0837555, 0.05 * 0.0837555)
    yield Line(f"{name}: residual variance", sigma.value**2, 0.013241, 0.02 * 0.013241)
    yield Line(
        f"{name}: SE of residual variance", 2.0 * sigma.value * sigma.error, 0.00227991, 0.05 * 0.00227991
    )


def _base(base: Problem, folder: Path) -> Iterator[Line]:
    name = "phenobarbital, base"
    at = np.log([0.00581756, 1.44555, 0.111053**0.5, 0.201526**0.5, 0.0164177**0.5])
    parts = evaluate(base, "focei", at)
    rows = table(folder / "expected_individual_base_focei.csv")
    wanted = np.array([float(row["OBJ"]) for row in rows])
    yield Line(f"{name}, focei at the printed estimates: objective", parts.sum(), 730.894726814, 1e-3)
    yield Line(
        f"{name}, focei: largest difference of a person's part", np.abs(parts - wanted).max(), 0.0, 1e-3
    )
    yield Line(
        f"{name}, quadrature there (wanted: importance sampling)",
        evaluate(base, "quadrature", at, points=25).sum(), 729.955, 0.3,
        "The quadrature has converged (15, 25, 41 points: 729.572, 729.569, 729.568); NONMEM's is a sample.",
    )  # fmt: skip
    for method, value, clearance, volume in (
        ("focei", 730.894726814, 0.00581756, 1.44555),
        ("fo", 742.051046, 0.00555363, 1.33638),
    ):
        found = fit(base, method, covariance=None)
        yield Line(f"{name}, {method}: objective", found.objective, value, 0.01)
        yield Line(f"{name}, {method}: CL", found.estimate("CL").value, clearance, 0.005 * clearance)
        yield Line(f"{name}, {method}: V", found.estimate("V").value, volume, 0.005 * volume)


def theophylline(folder: Path) -> Iterator[Line]:
    """Wanted: an independent calculation, which agrees with the figures in nlmixr2's and NONMEM's guides."""
    rows = table(folder / "theo_sd.csv")
    subjects, seen = people(rows, lambda row: row["EVID"] != "0", {"weight": "WT"})
    item = observed(Normal(additive=0.8), seen)
    free = (Free("ka", 1.4, spread=0.6), Free("CL", 2.5, spread=0.3), Free("V", 30.0, spread=0.2))
    found = fit(Problem(model("oral"), subjects, (item,), free), covariance=None)
    yield Line("theophylline, focei: objective", found.objective, 116.8034, 0.01)
    for name, value in (("ka", np.exp(0.4639)), ("CL", np.exp(1.0122)), ("V", np.exp(3.4598))):
        yield Line(f"theophylline, focei: {name}", found.estimate(name).value, value, 0.005 * value)
    for name, value in (("var(ka)", 0.4024), ("var(CL)", 0.06909), ("var(V)", 0.01916)):
        yield Line(f"theophylline, focei: {name}", found.estimate(name).value, value, 0.03 * value)
    # The guide's CL is a share of weight, with an eta that is not.
    share = Effect("weight", "linear", value=0.04)
    guide = (
        Free("ka", 3.0, "identity", spread=2.0),
        Free("ke", 0.08, "identity", spread=0.02),
        Free("CL", 0.0, "identity", spread=0.5, is_fixed=True, effects=(share,)),
    )
    found = fit(
        Problem(model("guide"), subjects, (item,), guide, blocks=(("ka", "ke", "CL"),)), "fo", covariance=None
    )
    yield Line("theophylline of NONMEM's guide, fo: objective", found.objective, 104.561, 0.01)
    for name, value in (("ka", 2.774), ("ke", 0.0781), ("CL.weight", 0.0363)):
        yield Line(
            f"theophylline of NONMEM's guide, fo: {name}", found.estimate(name).value, value, 0.005 * value
        )


SETS = {"wang2007": wang, "phenobarbital_neonates": phenobarbital, "theophylline": theophylline}


def main() -> int:
    """Compare all sets that are there; 1 if a figure differs."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("folder", type=Path)
    given = arguments.parse_args()
    there = [name for name in SETS if (given.folder / name).is_dir()]
    if not there:
        arguments.error(f"{given.folder} holds none of the folders {', '.join(SETS)}")
    differs = 0
    for name, compared in SETS.items():
        if name not in there:
            print(f"{name}: not there, not compared")
            continue
        begin = perf_counter()
        for line in compared(given.folder / name):
            print(line)
            differs += not line.is_met and not line.known
        print(f"{name}: {perf_counter() - begin:.1f} s")
    print(f"{differs} figures differ" if differs else "all figures agree")
    return int(differs > 0)


if __name__ == "__main__":
    sys.exit(main())
