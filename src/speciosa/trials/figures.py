"""Figures of a trial: curves by arm with what was rated, the flow of people, and time without an event.

Captions, footers and `with_caption` are as in `speciosa.results.plots`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import UnknownNameError
from speciosa.results import drawing, style
from speciosa.trials.analyses import library
from speciosa.trials.endpoints import EVENT
from speciosa.trials.timing import DAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speciosa.trials.result import TrialResult

_AT_RISK = 5
_ROW = 0.28
_POINT = 4.0
_SPREAD = 0.006
"""Of the points of different arms, as a share of the time axis."""


def plot_curves(result: TrialResult, output: str, *, with_caption: bool = True) -> Figure:
    """An output by arm: median and middle half of the people, and for a scale the mean rating at each visit.

    Parameters
    ----------
    result : TrialResult
    output : str
    with_caption : bool

    Raises
    ------
    UnknownNameError
        If the trial did not record it.
    """
    curves = result.curves
    if output not in set(curves["output"]):
        raise UnknownNameError("output", output, curves["output"].unique())
    mine = curves[curves["output"] == output]
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    end = result.protocol.until
    scale = style.time_axis(ax, 0.0, end)
    for index, (arm, part) in enumerate(mine.groupby("arm", sort=False)):
        color, time = drawing.color(index), part["time"].to_numpy() / scale
        ax.fill_between(time, part["p25"], part["p75"], color=color, alpha=0.13, linewidth=0)
        ax.plot(time, part["p50"], color=color, linestyle=drawing.line(index), linewidth=1.6, label=str(arm))
        _points(ax, result, str(arm), output, color, index, scale)
    style.title(ax, output)
    style.label_y(ax, output, str(mine["unit"].iloc[0]))
    ax.set_ylim(bottom=0.0)
    is_rated = output in set(result.ratings["scale"])
    rated = "; points: mean rating of those seen, with its standard error" if is_rated else ""
    caption = (
        f"{output} by arm. Lines: medians of everybody randomized, as if they had stayed where nothing is"
        f" asked after leaving; bands: 25th to 75th percentile{rated}; {_counted(result)}."
    )
    return style.finish(figure, caption, footer(result), key=drawing.key(ax), with_caption=with_caption)


def _points(ax: Axes, result: TrialResult, arm: str, scale: str, color: str, index: int, per: float) -> None:
    table = result.ratings
    seen = table[(table["arm"] == arm) & (table["scale"] == scale)].dropna(subset=["value"])
    if seen.empty:
        return
    by_day = seen.groupby("day")["value"]
    mean, error = by_day.mean(), by_day.sem().fillna(0.0)
    width = ax.get_xlim()[1] - ax.get_xlim()[0]
    time = mean.index.to_numpy() * DAY / per + index * _SPREAD * width
    ax.errorbar(
        time, mean, yerr=error, fmt="o", markersize=_POINT, color=color, elinewidth=0.9, capsize=0, alpha=0.85
    )


def plot_survival(result: TrialResult, endpoint: str, *, with_caption: bool = True) -> Figure:
    """Kaplan-Meier curves of an endpoint by arm, with 95 % intervals and the number of people at risk.

    Parameters
    ----------
    result : TrialResult
    endpoint : str
        One that is a time.
    with_caption : bool

    Raises
    ------
    UnknownNameError
        If there is no such endpoint.
    """
    known = [name.removesuffix(EVENT) for name in result.endpoints.columns if name.endswith(EVENT)]
    if endpoint not in known:
        raise UnknownNameError("endpoint that is a time", endpoint, known)
    lifelines = library("lifelines")
    table = result.endpoints.dropna(subset=[endpoint])
    arms = [arm for arm in _arms(result) if (table["arm"] == arm).any()]
    below = _ROW * (len(arms) + 1)
    figure, (ax, risk) = style.new_figure(drawing.WIDTH, drawing.HEIGHT + below, rows=2)
    place = ax.get_subplotspec()
    assert place is not None
    place.get_gridspec().set_height_ratios([drawing.HEIGHT, below])
    end = result.protocol.until / DAY
    scale = style.time_axis(ax, 0.0, end * DAY)
    ticks = np.linspace(0.0, end, _AT_RISK)
    lines = []
    for index, arm in enumerate(arms):
        mine = table[table["arm"] == arm]
        fit = lifelines.KaplanMeierFitter().fit(mine[endpoint], mine[endpoint + EVENT])
        time = fit.survival_function_.index.to_numpy() * DAY / scale
        bounds = fit.confidence_interval_.to_numpy()
        color = drawing.color(index)
        ax.fill_between(time, bounds[:, 0], bounds[:, 1], step="post", color=color, alpha=0.13, linewidth=0)
        ax.step(
            time,
            fit.survival_function_.iloc[:, 0],
            where="post",
            color=color,
            linestyle=drawing.line(index),
            linewidth=1.6,
            label=arm,
        )
        lines.append((arm, [int((mine[endpoint] >= tick).sum()) for tick in ticks]))
    ax.set_ylim(0.0, 1.02)
    style.title(ax, f"Without the event: {endpoint}")
    style.label_y(ax, "share of people", "dimensionless")
    _at_risk(risk, ax, lines, ticks * DAY / scale)
    caption = (
        f"Kaplan-Meier curves of {endpoint} by arm with 95 % intervals; below the axis the number at"
        f" risk; {_counted(result)}."
    )
    return style.finish(figure, caption, footer(result), key=drawing.key(ax), with_caption=with_caption)


def _arms(result: TrialResult) -> list[str]:
    """Arms in the order of the flow; of a design that changes them, those that endpoints are of."""
    own = list(dict.fromkeys(result.endpoints["arm"]))
    return [arm for arm in result.arms if arm in own] or own


def _at_risk(ax: Axes, above: Axes, lines: list[tuple[str, list[int]]], ticks: np.ndarray) -> None:
    """Numbers at risk in rows, below the time axis and at its scale."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.grid(visible=False)
    ax.xaxis.set_visible(False)
    ax.set_xlim(above.get_xlim())
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_yticks(range(len(lines)), [arm for arm, _ in lines])
    ax.tick_params(axis="y", length=0, labelsize=8, pad=14)
    for row, (_, numbers) in enumerate(lines):
        for tick, number in zip(ticks, numbers, strict=True):
            ax.text(tick, row, str(number), ha="center", va="center", fontsize=8, color=style.INK)


def plot_flow(result: TrialResult, *, with_caption: bool = True) -> Figure:
    """The flow of people through the trial, as reports of trials show it.

    Parameters
    ----------
    result : TrialResult
    with_caption : bool
    """
    flow = result.flow
    arms = list(flow.arms)
    width = max(drawing.WIDTH, 2.1 * len(arms))
    figure, (ax,) = style.new_figure(width, 4.6)
    ax.set_axis_off()
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    excluded = sum(flow.excluded.values())
    _box(ax, 0.5, 0.93, f"screened: {flow.screened}")
    if excluded:
        reasons = "\n".join(f"{reason}: {count}" for reason, count in flow.excluded.items())
        _box(ax, 0.82, 0.82, f"not eligible: {excluded}\n{reasons}")
        _arrow(ax, (0.5, 0.82), (0.7, 0.82))
    _arrow(ax, (0.5, 0.9), (0.5, 0.735))
    _box(ax, 0.5, 0.7, f"randomized: {flow.randomized + sum(flow.kept_out.values())}")
    places = (np.arange(len(arms)) + 0.5) / len(arms)
    for place, arm in zip(places, arms, strict=True):
        counts = flow.arms[arm]
        _arrow(ax, (0.5, 0.665), (place, 0.535))
        kept = flow.kept_out.get(arm, 0)
        head = f"{_wrapped(arm, len(arms))}\nallocated: {counts['allocated'] + kept}"
        _box(ax, place, 0.47, head, is_bold=True)
        gone = [f"{reason}: {counts[reason]}" for reason in ("left", "stopped for safety", "not simulated")]
        if kept:
            gone.append(f"arm stopped before: {kept}")
        _arrow(ax, (place, 0.405), (place, 0.335))
        _box(ax, place, 0.255, "\n".join(gone))
        _arrow(ax, (place, 0.175), (place, 0.105))
        _box(ax, place, 0.07, f"to the end: {counts['to the end']}")
    caption = f"Flow of people, {result.protocol.design} design; simulated people, no real ones."
    return style.finish(figure, caption, footer(result), with_caption=with_caption)


def _wrapped(text: str, arms: int) -> str:
    from textwrap import fill

    return fill(text, max(10, 60 // arms), break_long_words=False)


def _box(ax: Axes, x: float, y: float, text: str, *, is_bold: bool = False) -> None:
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=8.5,
        color=style.INK,
        fontweight="bold" if is_bold else "normal",
        bbox={
            "boxstyle": "square,pad=0.45",
            "facecolor": "none",
            "edgecolor": style.SOFT_INK,
            "linewidth": 0.8,
        },
        zorder=3,
    )


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": style.SOFT_INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=1)


def plot_cohorts(result: TrialResult, *, with_caption: bool = True) -> Figure:
    """Cohorts of a dose escalation: levels over time, and how many of each cohort had a limiting event.

    Parameters
    ----------
    result : TrialResult
    with_caption : bool
    """
    table = result.decisions[result.decisions["cohort"] != "end"]
    levels = list(result.protocol.arms)
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    for row in table.to_dict("records"):
        place = levels.index(str(row["level"]))
        people, events = int(row["people"]), int(row["with event"])
        for number in range(people):
            x = int(row["cohort"]) + (number - (people - 1) / 2) * 0.8 / max(people, 1)
            face = style.PALETTE[1] if number < events else "none"
            ax.plot(x, place, "o", markersize=8, markerfacecolor=face, markeredgecolor=style.INK)
    ax.set_yticks(range(len(levels)), levels)
    ax.set_ylim(-0.5, len(levels) - 0.5)
    ax.set_xticks(range(1, len(table) + 1))
    ax.set_xlabel("cohort (number)", fontsize=9, color=style.INK)
    style.title(ax, "Cohorts")
    caption = f"Cohorts at their levels; filled: with a limiting event; n = {int(table['people'].sum())}."
    return style.finish(figure, caption, footer(result), with_caption=with_caption)


def figures_of(result: TrialResult, *, with_caption: bool = True) -> dict[str, Figure]:
    """All figures of a trial by name.

    Parameters
    ----------
    result : TrialResult
    with_caption : bool
    """
    found = {"flow": plot_flow(result, with_caption=with_caption)}
    for scale in dict.fromkeys(result.ratings["scale"]):
        found[str(scale)] = plot_curves(result, str(scale), with_caption=with_caption)
    for output in ("withdrawal", "dependence", "signal.MOR"):
        found[output] = plot_curves(result, output, with_caption=with_caption)
    for item in result.protocol.endpoints:
        if item.output is not None and item.output not in found:
            found[item.output] = plot_curves(result, item.output, with_caption=with_caption)
        if item.name + EVENT in result.endpoints.columns and result.protocol.design != "crossover":
            found[item.name] = plot_survival(result, item.name, with_caption=with_caption)
    if result.protocol.design == "escalation":
        found["cohorts"] = plot_cohorts(result, with_caption=with_caption)
    return found


def _counted(result: TrialResult) -> str:
    return ", ".join(f"n = {counts['allocated']} in {arm}" for arm, counts in result.flow.arms.items())


def footer(result: TrialResult) -> str:
    """Model, seed and versions under every figure."""
    return drawing.footer(result.results)
