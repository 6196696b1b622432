"""Figures of a fit: goodness of fit, predictive checks, individual courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.fitting.residuals import residuals
from speciosa.results.style import (
    FAINT,
    INK,
    LINES,
    PALETTE,
    SOFT_INK,
    Key,
    finish,
    label_y,
    new_figure,
    time_axis,
    title,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speciosa.fitting.fit import Fit
    from speciosa.fitting.simulated import PredictiveCheck

SIZE = 4.2
FINE = 200  # points of an individual course


def goodness_of_fit(fit: Fit, *, table: pd.DataFrame | None = None) -> Figure:
    """Observed against PRED and IPRED, CWRES against PRED and time.

    Parameters
    ----------
    fit : Fit
    table : pandas.DataFrame, optional
        Of `residuals`, if it was worked out already.
    """
    table = residuals(fit) if table is None else table
    unit = fit.problem.kernel.model.output(fit.problem.measurements[0].output).unit
    figure, axes = new_figure(2.0 * SIZE, 2.0 * SIZE * 0.85, 2, 2)
    for ax, name, words in zip(
        axes[:2], ("PRED", "IPRED"), ("Population prediction", "Individual prediction"), strict=True
    ):
        _points(ax, table[name], table["DV"])
        ends = [float(table[[name, "DV"]].min().min()), float(table[[name, "DV"]].max().max())]
        ax.plot(ends, ends, color=SOFT_INK, linewidth=0.9)
        title(ax, words)
        ax.set_xlabel(f"{name} ({unit or 'fraction of 1'})", fontsize=9, color=INK)
        label_y(ax, "observed", unit)
    for ax, name in zip(axes[2:], ("PRED", "TIME"), strict=True):
        _points(ax, table[name], table["CWRES"])
        for level in (-1.96, 0.0, 1.96):
            ax.axhline(level, color=SOFT_INK, linewidth=0.9, linestyle="solid" if not level else LINES[1])
        title(ax, f"Conditional weighted residuals against {'prediction' if name == 'PRED' else 'time'}")
        label = "time (h)" if name == "TIME" else f"PRED ({unit or 'fraction of 1'})"
        ax.set_xlabel(label, fontsize=9, color=INK)
        ax.set_ylabel("CWRES (SD)", fontsize=9, color=INK)
    caption = (
        f"Goodness of fit: n = {fit.problem.subjects.size} people, {fit.problem.count} observations."
        " Lines: identity; zero and 1.96 SD."
    )
    return finish(figure, caption, _footer(fit))


def check_figure(check: PredictiveCheck, fit: Fit) -> Figure:
    """Observed statistics over the intervals of the simulated ones.

    Parameters
    ----------
    check : PredictiveCheck
    fit : Fit
        That it was made from.
    """
    figure, (ax,) = new_figure(1.8 * SIZE, SIZE)
    is_classes = check.statistics[0].startswith("class")
    if not is_classes:
        _points(ax, check.times, check.values, scaled=True)
    scale = time_axis(ax, float(check.edges[0]), float(check.edges[-1]))
    handles, labels = [], []
    for place, name in enumerate(check.statistics):
        color = PALETTE[place % len(PALETTE)]
        x = check.middle / scale
        ax.fill_between(x, check.low[:, place], check.high[:, place], color=color, alpha=0.22, linewidth=0)
        (line,) = ax.plot(
            x, check.observed[:, place], color=color, linestyle=LINES[place % len(LINES)], linewidth=1.6,
            marker="o", markersize=3,
        )  # fmt: skip
        handles.append(line)
        labels.append(f"observed {name}")
    unit = fit.problem.kernel.model.output(
        next(item.output for item in fit.problem.measurements if item.label == check.label)
    ).unit
    if is_classes:
        ax.set_ylabel("share of observations (fraction of 1)", fontsize=9, color=INK)
    else:
        label_y(ax, f"{check.label}{', prediction-corrected' if check.is_corrected else ''}", unit)
    kind = "Prediction-corrected visual predictive check" if check.is_corrected else "Visual predictive check"
    title(ax, kind)
    caption = (
        f"{kind} of {check.label}: n = {int(check.counts.sum())} observations; bands hold 95 % of"
        f" {check.replicates} simulated data sets."
    )
    return finish(figure, caption, f"{_footer(fit)}; seed {check.seed}", key=Key(handles, labels))


def individual_courses(fit: Fit, *, most: int = 12, columns: int = 4) -> Figure:
    """Observations and the courses at eta = 0 and at the mode, one panel a person.

    Parameters
    ----------
    fit : Fit
    most : int
        People shown, the first ones.
    columns : int
    """
    problem = fit.problem
    count = min(most, problem.subjects.size)
    rows = -(-count // columns)
    figure, axes = new_figure(SIZE * 0.6 * columns, SIZE * 0.55 * rows, rows, columns)
    table = residuals(fit)
    first = problem.measurements[0]
    output = problem.kernel.outputs.index(first.output)
    unit = problem.kernel.model.output(first.output).unit
    cases = problem.cases(fit.theta)
    handles = []
    for person, ax in enumerate(axes):
        if person >= count:
            ax.set_axis_off()
            continue
        mine = table[(table["ID"] == problem.subjects.ids[person]) & (table["output"] == first.label)]
        end = float(mine["TIME"].max()) if len(mine) else 1.0
        times = np.linspace(problem.predictor.start, max(end, problem.predictor.start + 1.0), FINE)
        points = np.stack([cases.mean[person], fit.modes[person]])
        both = problem.predictor.courses(points, np.array([person, person]), times)[..., output]
        scale = time_axis(ax, float(times[0]), float(times[-1]), labeled=person >= count - columns)
        (typical,) = ax.plot(times / scale, both[0], color=FAINT, linewidth=1.3, linestyle=LINES[1])
        (own,) = ax.plot(times / scale, both[1], color=PALETTE[0], linewidth=1.5)
        (seen,) = ax.plot(mine["TIME"] / scale, mine["DV"], "o", color=INK, markersize=3)
        handles = [seen, own, typical]
        title(ax, problem.subjects.ids[person])
        if person % columns == 0:
            label_y(ax, first.label, unit)
    caption = f"Individual courses of {count} of {problem.subjects.size} people: {first.label}."
    key = Key(handles, ["observed", "individual (mode)", "typical (eta = 0)"])
    return finish(figure, caption, _footer(fit), key=key)


def _points(ax: Axes, x: object, y: object, *, scaled: bool = False) -> None:
    numbers = np.asarray(x, dtype=np.float64)
    if scaled and numbers.max() - numbers.min() > 72.0:  # noqa: PLR2004
        numbers = numbers / 24.0
    ax.plot(numbers, np.asarray(y, dtype=np.float64), "o", color=PALETTE[0], markersize=2.5, alpha=0.5, mew=0)


def _footer(fit: Fit) -> str:
    return f"model {fit.problem.kernel.model.name}; method {fit.method}; objective {fit.objective:.3f}"
