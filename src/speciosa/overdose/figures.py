"""The figure of an overdose: ventilation, arterial oxygen and cardiac output over time, arms side by side."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from speciosa.body.breathing import signals
from speciosa.overdose.run import Outcome
from speciosa.results import drawing, style
from speciosa.units import convert

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (
    (signals.VENTILATION.name, "Minute ventilation", "ventilation"),
    (signals.ARTERIAL_O2.name, "Arterial oxygen", "PaO2"),
    (signals.CARDIAC_OUTPUT.name, "Cardiac output", "cardiac output"),
)
QUARTILES = (0.25, 0.5, 0.75)
STEPS = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 240.0)
MOST_TICKS = 9


def plot_overdose(outcome: Outcome, *, with_caption: bool = True) -> Figure:
    """Median and middle half of ventilation, PaO2 and cardiac output in every arm.

    Parameters
    ----------
    outcome : Outcome
    with_caption : bool
        Write the caption below the axes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    height = len(PANELS) * drawing.PANEL + 0.8
    figure, axes = style.new_figure(drawing.WIDTH, height, rows=len(PANELS))
    end = max(float(result.time[-1]) for result in outcome.arms.values())
    for place, (ax, (name, heading, label)) in enumerate(zip(axes, PANELS, strict=True)):
        _panel(ax, outcome, name)
        style.title(ax, heading)
        unit = str(next(iter(outcome.arms.values())).output(name).attrs["unit"])
        style.label_y(ax, label, unit)
        drawing.scale_axis([ax], log=False)
        _minutes(ax, convert(end, "h", "min"), is_labeled=place == len(PANELS) - 1)
    counted = drawing.counted_arms(outcome.arms)
    is_population = any(result.n > 1 for result in outcome.arms.values())
    what = "Lines: medians; bands: 25th to 75th percentile" if is_population else "Lines: one person an arm"
    caption = f"Breathing and circulation in an overdose, by arm. {what}; {counted}."
    footer = drawing.footer(outcome.arms)
    return style.finish(figure, caption, footer, key=drawing.key(axes[0]), with_caption=with_caption)


def _panel(ax: Axes, outcome: Outcome, name: str) -> None:
    for index, (arm, result) in enumerate(outcome.arms.items()):
        time = np.asarray(convert(result.time, "h", "min"))
        low, middle, high = result.quantiles(name, QUARTILES).values
        shade = drawing.color(index)
        if result.n > 1:
            ax.fill_between(time, low, high, color=shade, alpha=0.13, linewidth=0)
        ax.plot(time, middle, color=shade, linestyle=drawing.line(index), linewidth=1.7, label=arm)


def _minutes(ax: Axes, end: float, *, is_labeled: bool) -> None:
    step = next(
        (step for step in STEPS if end / step <= MOST_TICKS), STEPS[-1] * ceil(end / STEPS[-1] / MOST_TICKS)
    )
    ax.set_xticks(np.arange(0.0, end + step / 2, step))
    ax.set_xlim(0.0, end)
    if is_labeled:
        ax.set_xlabel("time (min)", fontsize=9, color=style.INK)
