"""Adaptation, severity and rating noise from the trial with a buprenorphine taper (CTN-0030), by likelihood.

Ratings of every person enter as severity classes with the doses that the person took; effects of persons on
gain and floor are integrated out. Two fits: the trial alone (rows `...-trial`), and the trial with two
anchors of morphine (rows `...-joint`): COWS 13 at the peak after a stop and 7.6 half an hour after naloxone.
Priors are weak and come from the ranges of the start values. Floor and noise of self-ratings come from
CTN-0051 (`...-ctn51`), the odds of leaving early by class, as published, from CTN-0027 (`leave-ctn27-...`).
docs/explanation/calibration.md explains and shows the results.
Run: ``python calibration/withdrawal_scores.py [folder]`` prints the rows and tables; with a folder it also
writes the rows, the posterior sample and the figure there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from severity_gain import PEAKS
from speciosa.body.scales import COWS, SOWS_HANDELSMAN, Scale
from speciosa.evidence import Evidence, load
from withdrawal import felt, leaving, report
from withdrawal.curves import Curves
from withdrawal.estimate import BOUNDS, Objective, Prior, search, starts
from withdrawal.likelihood import NAMES, Trial, point_of, ratings_of, values_of
from withdrawal.morphine import Morphine
from withdrawal.posterior import KEPT, Posterior
from withdrawal.records import MAINTENANCE, NALTREXONE, TAPER, episodes
from withdrawal.signals import DAY, STEP, signals

# Row of each parameter, without the ending that names the fit.
ROWS = {
    "half_life.fast": "dep-t-fast",
    "half_life.slow": "dep-t-slow",
    "start.1": "dep-start-first",
    "start.2": "dep-start-second",
    "gain": "severity-gain",
    "exponent": "severity-exponent",
    "gain.spread": "severity-gain-omega",
    "floor": "floor-observed",
    "floor.spread": "floor-observed-omega",
    "occasion": "occasion-observed",
}
FITS = ("trial", "joint")
SINGLE_HOURS, WINDOWS = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0), (-24.0, -16.0, -12.0, 0.0)
RESERVES = (0.0, 0.5, 1.0, 3.0, 10.0)
SEED = 20261127
FELT = ("floor-felt-ctn51", "floor-felt-omega-ctn51", "occasion-felt-ctn51")
ARMS = {"bup": "Outpatient BUP", "methadone": "Methadone"}


def curves(evidence: Evidence, scale: Scale, lower: tuple[int, ...]) -> Curves:
    """How a scale is rated, by the rows in use."""

    def number(slot: str) -> float:
        return float(evidence.slot(slot).value(""))

    weak = number("rating.weak") if any(item.is_weak for item in scale.items) else 1.0
    point = number(f"{scale.name}.severity_per_point")
    return Curves(scale, number("rating.discrimination"), weak, point, lower)


def window(begin: float) -> tuple[float, ...]:
    """Hours of the grid in the 24 h from an hour on, counted from the dose of the day."""
    return tuple(begin + STEP * place for place in range(round(DAY / STEP)))


@cache
def objectives() -> dict[str, Objective]:
    """Both objectives on the packaged evidence."""
    evidence = load()
    found = episodes(TAPER, is_split=True)
    very_fast = tuple(
        float(evidence.rows[row].value or 0.0) for row in ("dep-w-very-fast-acute", "dep-t-very-fast-acute")
    )
    trial = Trial(
        signals(found, evidence),
        ratings_of(found),
        curves(evidence, COWS, (5, 13, 25)),
        (very_fast[0], very_fast[1]),
        window(float(evidence.rows["ctn30-rating-window"].value or 0.0)),
    )
    low, middle, high = (PEAKS[f"severity-gain{end}"] for end in (" low", "", " high"))
    morphine = Morphine.of(evidence, (low, middle, high))
    prior = Prior.of(evidence)
    return {"trial": Objective(trial, prior), "joint": Objective(trial, prior, morphine)}


@cache
def fitted(name: str) -> Posterior:
    """The best of several starts."""
    objective = objectives()[name]
    _, point = min((search(objective, start) for start in starts()), key=lambda item: item[0])
    return Posterior.of(objective, point)


def rounded(value: float, digits: int = 3) -> float:
    """A number to significant digits."""
    return float(f"{value:.{digits}g}")


def rows_of(name: str) -> dict[str, tuple[float, float]]:
    """Rows of one fit with standard errors; NaN where a parameter lies on its bound."""
    posterior = fitted(name)
    value, error = values_of(posterior.point), posterior.errors()
    rest = 1.0 - objectives()[name].trial.very_fast[0]
    found = {f"{row}-{name}": (value[key], error.get(key, np.nan)) for key, row in ROWS.items()}
    share, spread = value["weight.fast"], error.get("weight.fast", np.nan)
    found[f"dep-w-fast-{name}"] = (rest * share, rest * spread)
    found[f"dep-w-slow-{name}"] = (rest * (1.0 - share), rest * spread)
    return found


def others(evidence: Evidence) -> dict[str, tuple[float, float]]:
    """Rows of self-ratings and of leaving."""
    values, errors, _, _ = felt.fit(
        episodes(NALTREXONE, is_split=False), curves(evidence, SOWS_HANDELSMAN, (1, 11, 21))
    )
    found = {row: (float(v), float(e)) for row, v, e in zip(FELT, values, errors, strict=True)}
    maintained = episodes(MAINTENANCE, is_split=False)
    sets = {f"leave-ctn27-{arm}": leaving.from_treatment(maintained, text) for arm, text in ARMS.items()}
    for name, (value, error, _) in sets.items():
        for part, v, e in zip(("start", "class"), value, error, strict=True):
            found[f"{name}-{part}"] = (float(v), float(e))
    return found


def found(evidence: Evidence) -> dict[str, tuple[float, float]]:
    """Every row with its standard error."""
    return {row: pair for name in FITS for row, pair in rows_of(name).items()} | others(evidence)


def compute(evidence: Evidence) -> dict[str, float]:
    """Every row."""
    return {row: rounded(value) for row, (value, _) in found(evidence).items()}


def shipped(evidence: Evidence, name: str) -> Posterior:
    """The posterior around the values that the rows hold."""

    def number(row: str) -> float:
        return float(evidence.rows[f"{row}-{name}"].value or 0.0)

    rest = 1.0 - objectives()[name].trial.very_fast[0]
    values = {key: number(row) for key, row in ROWS.items()}
    values |= {"weight.fast": number("dep-w-fast") / rest, "reserve": 0.0}
    return Posterior.of(objectives()[name], point_of(values))


def differing(evidence: Evidence, rows: Mapping[str, tuple[float, float]]) -> list[str]:
    """What ships otherwise than it is found here."""
    known = {row: (evidence.rows[row].value, float(evidence.rows[row].spread)) for row in rows}
    return [f"{row} {known[row]}, found {pair}" for row, pair in rows.items() if known[row] != pair]


def main(folder: Path | None) -> None:
    """Print everything; write rows, sample and figure."""
    begin = time.perf_counter()
    evidence = load()
    rows = {row: (rounded(v), rounded(e, 2)) for row, (v, e) in found(evidence).items()}
    for row, (value, error) in rows.items():
        print(f"{row}: {value} (SE {error})")
    for name in FITS:
        report.of_fit(name, fitted(name))
    objective = objectives()["trial"]
    for hours in (*((hour,) for hour in SINGLE_HOURS), *(window(begin) for begin in WINDOWS)):
        moved = replace(objective, trial=replace(objective.trial, hours=hours))
        best = min((search(moved, start) for start in starts()[:2]), key=lambda item: item[0])
        report.of_hours(hours, *best)
    for reserve in RESERVES:
        held = np.log1p(reserve)
        bounds = [
            (held, held) if name == "reserve" else pair for name, pair in zip(NAMES, BOUNDS, strict=True)
        ]
        report.of_reserve(reserve, *search(objective, fitted("trial").point, bounds))
    report.of_skill(report.skill(objective, fitted("trial").point, episodes(TAPER, is_split=True)))
    points, effective = fitted("joint").sample(np.random.default_rng(SEED))
    print(f"posterior sample: {KEPT} draws, {effective:.0f} effective proposals")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        rest = 1.0 - objective.trial.very_fast[0]
        report.write_rows(folder / "rows.csv", rows)
        report.write_sample(folder / "withdrawal_scores.csv", points, rest)
        report.draw(folder / "calibration.png", objective.trial, {name: fitted(name).point for name in FITS})
    print(f"{time.perf_counter() - begin:.0f} s")
    if changed := differing(evidence, rows):
        raise SystemExit("rows that ship are others: " + "; ".join(changed))
    print(f"all {len(rows)} rows that ship are these, to the printed digits")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
