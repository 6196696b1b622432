"""Tables and the figure of the fit."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from withdrawal import forecast
from withdrawal.estimate import Objective, search
from withdrawal.likelihood import Trial, values_of
from withdrawal.posterior import Posterior
from withdrawal.records import Episode

FloatArray = npt.NDArray[np.float64]
BINS = (
    *((3, 6), (7, 10), (11, 13), (14, 16), (17, 19), (20, 21), (22, 24), (25, 26), (27, 27), (28, 28)),
    *((29, 30), (31, 34), (35, 37), (38, 41), (42, 48), (49, 55), (56, 83)),
)
SECOND_BINS = ((3, 14), (15, 30), (31, 60), (61, 84), (85, 91), (92, 98), (99, 105), (106, 111), (112, 118))
LEADS = (1, 14)
NOTE = "computed by calibration/withdrawal_scores.py"
QUANTITIES = {
    "dep-t-fast": ("half-life of dependence, fast part", "h"),
    "dep-t-slow": ("half-life of dependence, slow part", "h"),
    "dep-w-fast": ("weight of dependence, fast part", "dimensionless"),
    "dep-w-slow": ("weight of dependence, slow part", "dimensionless"),
    "dep-start-first": ("dependence before the first dose, first phase", "dimensionless"),
    "dep-start-second": ("dependence before the first dose, second phase", "dimensionless"),
    "severity-gain": ("gain of severity on withdrawal drive", "dimensionless"),
    "severity-gain-omega": ("IIV_gain of severity", "omega"),
    "severity-exponent": ("exponent of severity on withdrawal drive", "dimensionless"),
    "floor-observed": ("severity without withdrawal, median", "dimensionless"),
    "floor-observed-omega": ("IIV_severity without withdrawal", "omega"),
    "occasion-observed": ("noise of one rating, SD of log severity", "dimensionless"),
    "floor-felt": ("severity without withdrawal, median", "dimensionless"),
    "floor-felt-omega": ("IIV_severity without withdrawal", "omega"),
    "occasion-felt": ("noise of one rating, SD of log severity", "dimensionless"),
    "-start": ("log odds of leaving at class none", "dimensionless"),
    "-class": ("log odds ratio of leaving by severity class", "dimensionless"),
}
CONDITIONS = {
    "-trial": ("buprenorphine", "CTN-0030, COWS classes from day 2 of each phase"),
    "-joint": ("buprenorphine; morphine", "CTN-0030 with anchors cows13-short and nal04-cows-peak"),
    "-ctn51": ("buprenorphine", "CTN-0051, SOWS-Handelsman classes in weeks 4-24 on buprenorphine"),
    "ctn27-bup": ("buprenorphine", "CTN-0027, last dose before day 14, class after the first dose"),
    "ctn27-methadone": ("methadone", "CTN-0027, last dose before day 14, class after the first dose"),
}


def shares(trial: Trial, point: FloatArray, bins: Sequence[tuple[int, int]], phase: int) -> list[list[float]]:
    """Observed share of COWS 5 or more with its clustered error; that of the population and of attenders."""
    population, attenders = forecast.by_model(trial, point, 1)
    ratings, rows = trial.ratings, []
    for low, high in bins:
        keep = (ratings.day >= low) & (ratings.day <= high) & (ratings.phase == phase)
        if not keep.any():
            continue
        seen, error = forecast.mean_and_error((ratings.classes[keep] > 0).astype(float), ratings.person[keep])
        own = 1.0 - attenders[keep, 0]
        miss, spread = forecast.mean_and_error((ratings.classes[keep] > 0) - own, ratings.person[keep])
        rows.append(
            [
                low,
                high,
                int(keep.sum()),
                seen,
                error,
                1.0 - population[keep, 0].mean(),
                own.mean(),
                miss / spread,
            ]
        )
    return rows


def of_fit(name: str, posterior: Posterior) -> None:
    """Courses of morphine, correlations, and shares by day."""
    objective, point = posterior.objective, posterior.point
    trial = objective.trial
    print(
        f"\n## {name}: log likelihood {trial.persons(point).sum():.2f}, cost {posterior.cost:.2f},"
        f" a Newton step gains {posterior.decrement():.1e}"
    )
    value = values_of(point)
    print("values:", ", ".join(f"{key} {number:.4g}" for key, number in value.items()))
    names, correlation = posterior.correlations()
    print("correlations of", ", ".join(names))
    for row in correlation:
        print(" ".join(f"{number:5.2f}" for number in row))
    if objective.morphine is not None:
        for key, number in objective.morphine.course(point, trial.curves, trial.very_fast).items():
            print(f"morphine, {key}: {number:.2f}")
    for phase, bins in ((1, BINS), (2, SECOND_BINS)):
        print(f"phase {phase}\n| days | n | observed (SE) | population | attenders | z |")
        print("|---|---|---|---|---|---|")
        for low, high, count, seen, error, everybody, own, miss in shares(trial, point, bins, phase):
            predicted = f"{everybody:.3f} | {own:.3f} | {miss:.1f}"
            print(f"| {low}-{high} | {count} | {seen:.3f} ({error:.3f}) | {predicted} |")


def of_hours(hours: Sequence[float], cost: float, point: FloatArray) -> None:
    """One line of the sensitivity to the hours that a rating stands for."""
    value = values_of(point)
    label = f"{hours[0]:g}" if len(hours) == 1 else f"{hours[0]:g} to {hours[-1]:g}"
    print(f"hours {label}: cost {cost:.1f}; " + ", ".join(f"{k} {v:.3g}" for k, v in value.items()))


def of_reserve(reserve: float, cost: float, point: FloatArray) -> None:
    """One line of the profile over the reserve."""
    value = values_of(point)
    print(f"reserve {reserve:g}: cost {cost:.1f}; " + ", ".join(f"{k} {v:.3g}" for k, v in value.items()))


class Compared(NamedTuple):
    """A forecaster against the model: mean scores, differences and their errors clustered by person.

    `log` is better if higher, `ranked` if lower; `less` is what the log score lacks to the model's, `more` by
    how much the ranked score exceeds it.
    """

    lead: int
    name: str
    count: int
    log: float
    less: float
    less_error: float
    ranked: float
    more: float
    more_error: float


def skill(objective: Objective, point: FloatArray, episodes: Sequence[Episode]) -> list[Compared]:
    """Cross-validated skill of forecasts, by person."""
    trial = objective.trial
    ratings = trial.ratings
    fold = ratings.person % forecast.FOLDS
    points = []
    for number in range(forecast.FOLDS):
        held = Objective(trial.some(fold != number), objective.prior)
        points.append(search(held, point)[1])
    found = []
    for lead in LEADS:
        rivals = {
            "last class": forecast.by_last_class(ratings, lead),
            "arm and day": forecast.by_arm_and_day(ratings, episodes),
            "regression": forecast.by_regression(ratings, episodes),
        }
        chances = {name: np.zeros((len(fold), forecast.CLASSES)) for name in ("model", *rivals)}
        for number in range(forecast.FOLDS):
            held = fold == number
            chances["model"][held] = forecast.by_model(trial, points[number], lead)[1][held]
            for name, rival in rivals.items():
                chances[name][held] = rival(fold != number)[held]
        counted = forecast.known_before(ratings, lead) > 0
        scores = {
            name: forecast.Skill.of(chance[counted], ratings.classes[counted])
            for name, chance in chances.items()
        }
        own, person = scores["model"], ratings.person[counted]
        for name, score in scores.items():
            log = forecast.mean_and_error(own.log - score.log, person)
            ranked = forecast.mean_and_error(score.ranked - own.ranked, person)
            means = float(score.log.mean()), float(score.ranked.mean())
            found.append(Compared(lead, name, int(counted.sum()), means[0], *log, means[1], *ranked))
    return found


def of_skill(found: Sequence[Compared]) -> None:
    """The table of the skill."""
    titles = ("days ahead", "forecaster", "n", "log score", "less than the model's (SE)", "RPS")
    print("|", " | ".join(titles), "| more than the model's (SE) |\n|---|---|---|---|---|---|---|")
    for item in found:
        print(
            f"| {item.lead} | {item.name} | {item.count} | {item.log:.4f} | {item.less:.4f}"
            f" ({item.less_error:.4f}) | {item.ranked:.4f} | {item.more:.4f} ({item.more_error:.4f}) |"
        )


def write_rows(path: Path, rows: Mapping[str, tuple[float, float]]) -> None:
    """Rows as the evidence tables have them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row, (value, error) in rows.items():
            (quantity, unit), (drug, condition) = QUANTITIES[stem(row)], CONDITIONS[origin(row)]
            data = f"balise2024 records: {condition}"
            number = (f"{value:g}", unit, "SE", f"{error:g}", "")
            origin_of = ("prefit_withdrawal", data, "full-text", NOTE, "derived")
            writer.writerow((row, drug, quantity, condition, *number, *origin_of))


def stem(row: str) -> str:
    """Which quantity a row holds."""
    return max((name for name in QUANTITIES if row.startswith(name) or row.endswith(name)), key=len)


def origin(row: str) -> str:
    """Which data a row comes from."""
    return next(name for name in CONDITIONS if name in row)


def write_sample(path: Path, points: FloatArray, rest: float) -> None:
    """Draws as a table whose header names parameters of the model."""
    columns = {
        "dependence.half_life.fast [h]": lambda v: v["half_life.fast"],
        "dependence.half_life.slow [h]": lambda v: v["half_life.slow"],
        "dependence.weight.very_fast": lambda v: 1.0 - rest,
        "dependence.weight.fast": lambda v: rest * v["weight.fast"],
        "dependence.weight.slow": lambda v: rest * (1.0 - v["weight.fast"]),
        "reserve.suppression": lambda v: v["reserve"],
        "severity.gain": lambda v: v["gain"],
        "severity.exponent": lambda v: v["exponent"],
        "severity.floor.observed": lambda v: v["floor"],
        "rating.occasion.observed": lambda v: v["occasion"],
    }
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for point in points:
            value = values_of(point)
            writer.writerow([f"{column(value):.5g}" for column in columns.values()])


def draw(path: Path, trial: Trial, points: Mapping[str, FloatArray]) -> None:
    """Observed and predicted shares by day, both phases."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    for panel, phase, bins in zip(panels, (1, 2), (BINS, SECOND_BINS), strict=True):
        for (name, point), line in zip(points.items(), ("-", "--"), strict=True):
            rows = np.array(shares(trial, point, bins, phase))
            middle = rows[:, :2].mean(axis=1)
            panel.plot(middle, rows[:, 6], f"k{line}", label=f"attenders, fit {name}")
            panel.plot(middle, rows[:, 5], line, color="0.6", label=f"population, fit {name}")
        panel.errorbar(middle, rows[:, 3], 2.0 * rows[:, 4], fmt="o", color="#0072b2", label="observed, 2 SE")
        panel.set_xlabel("Days since the first dose of the phase")
        panel.set_title(f"Phase {phase}, {int(rows[:, 2].sum())} ratings")
    panels[0].set_ylabel("Share with COWS of 5 or more")
    panels[0].legend(fontsize="small")
    figure.savefig(path, dpi=120)
    plt.close(figure)
