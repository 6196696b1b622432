"""Figures of one result: percentile bands, single persons, receptors, severity.

Every function returns a `matplotlib.figure.Figure` of its own; nothing global is touched. Bands are named in
the caption, which also states the number of persons; the footer names title, seed, version and evidence. The
keyword `with_caption` leaves the caption out of the picture where the page prints it (`figure_caption` has it
in any case).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.results import arm_plots, drawing, style
from speciosa.results.presentation import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from speciosa.results.result import Result


def plot_bands(
    result: Result, output: str, *, unit: str | None = None, log: bool = False, with_caption: bool = True
) -> Figure:
    """Percentile bands of an output over time, with ticks at the doses.

    Parameters
    ----------
    result : Result
    output : str
    unit : str, optional
        Unit of the axis, the output's own without it.
    log : bool
        Logarithmic axis.
    with_caption : bool
        Write the caption below the axes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    scale = style.time_axis(ax, *drawing.span([result]))
    shown = drawing.draw_bands(ax, result, output, scale=scale, unit=unit, color=drawing.color(0))
    name = drawing.long_name(result, output)
    style.title(ax, name)
    style.label_y(ax, drawing.axis_name(result, output), shown)
    drawing.scale_axis([ax], log=log)
    drawing.draw_thresholds(ax, result, output)
    ticks = drawing.draw_doses(ax, result, scale)
    caption = f"{name}. {drawing.center(result)}; {counted(result)}.{ticks}"
    return style.finish(figure, caption, result.description.footer, with_caption=with_caption)


def plot_percentiles(result: Result, output: str, table: pd.DataFrame, words: str) -> Figure:
    """Percentile bands that were computed elsewhere, such as those of a population in shards.

    Parameters
    ----------
    result : Result
        Of one of the people, which explains the output.
    output : str
    table : pandas.DataFrame
        Columns unit, time (h), p5, p25, median, p75 and p95.
    words : str
        Whose percentiles they are, for the caption.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    scale = style.time_axis(ax, *drawing.span([result]))
    time, color = table["time"].to_numpy() / scale, drawing.color(0)
    ax.fill_between(time, table["p5"], table["p95"], color=color, alpha=0.16, linewidth=0, zorder=2)
    ax.fill_between(time, table["p25"], table["p75"], color=color, alpha=0.30, linewidth=0, zorder=2)
    ax.plot(time, table["median"], color=color, linewidth=1.8, zorder=3)
    name = drawing.long_name(result, output)
    style.title(ax, name)
    style.label_y(ax, drawing.axis_name(result, output), str(table["unit"].iloc[0]))
    drawing.scale_axis([ax], log=False)
    drawing.draw_thresholds(ax, result, output)
    ticks = drawing.draw_doses(ax, result, scale)
    return style.finish(figure, f"{name}. {words}{ticks}", result.description.footer)


def plot_persons(
    result: Result,
    output: str,
    *,
    most: int = 60,
    unit: str | None = None,
    log: bool = False,
    with_caption: bool = True,
) -> Figure:
    """Curves of single persons (spaghetti) and the median of all.

    Parameters
    ----------
    result : Result
    output : str
    most : int
        Number of curves at most, spread evenly over the persons.
    unit, log, with_caption
        As in `plot_bands`.
    """
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    scale = style.time_axis(ax, *drawing.span([result]))
    median = result.quantiles(output, (0.5,), unit)
    shown = str(median.attrs["unit"])
    curves = np.asarray(result.output(output).values) * drawing.factor(result, output, shown)
    chosen = drawing.evenly(np.flatnonzero(result.is_ok), most)
    for row in chosen:
        ax.plot(result.time / scale, curves[row], color=drawing.color(0), alpha=0.28, linewidth=0.7)
    ax.plot(result.time / scale, median.values[0], color=style.INK, linewidth=1.8)
    name = drawing.long_name(result, output)
    style.title(ax, name)
    style.label_y(ax, drawing.axis_name(result, output), shown)
    drawing.scale_axis([ax], log=log)
    ticks = drawing.draw_doses(ax, result, scale)
    caption = (
        f"{name}, single persons. Thin lines: {len(chosen)} persons; thick line: median of all; "
        f"{counted(result)}.{ticks}"
    )
    return style.finish(figure, caption, result.description.footer, with_caption=with_caption)


def plot_plasma(
    result: Result, *, unit: str | None = None, log: bool = False, with_caption: bool = True
) -> Figure:
    """Plasma concentration of every drug, one panel a drug, each on its own scale.

    Parameters
    ----------
    result : Result
    unit : str, optional
        One unit for all drugs; the outputs' own without it.
    log, with_caption
        As in `plot_bands`.

    Raises
    ------
    ResultError
        Where no plasma concentration was recorded.
    """
    names = [name for name in result.outputs("concentration") if name.startswith("plasma.")]
    if not names:
        raise ResultError(
            "no plasma concentration was recorded", expected="an output such as 'plasma.morphine'"
        )
    figure, axes = arm_plots.panel_grid(len(names))
    for index, (ax, name) in enumerate(zip(axes, names, strict=True)):
        is_labeled = arm_plots.is_lowest(index, len(names))
        scale = style.time_axis(ax, *drawing.span([result]), labeled=is_labeled)
        shown = drawing.draw_bands(ax, result, name, scale=scale, unit=unit, color=drawing.color(index))
        drawing.scale_axis([ax], log=log)
        drawing.draw_doses(ax, result, scale)
        style.title(ax, name.removeprefix("plasma."))
        style.label_y(ax, "plasma", shown)
    ticks = " Ticks at the foot: doses." if result.description.doses else ""
    caption = f"Plasma concentrations. {drawing.center(result)}; {counted(result)}.{ticks}"
    return style.finish(figure, caption, result.description.footer, with_caption=with_caption)


def plot_receptor(result: Result, receptor: str = "MOR", *, with_caption: bool = True) -> Figure:
    """Occupancy of a receptor by each drug above, the net signal below."""
    total = f"occupancy.{receptor}"
    by_drug = [name for name in result.outputs() if name.startswith(f"{total}.")]
    figure, (above, below) = style.new_figure(drawing.WIDTH, 2 * drawing.PANEL + 0.8, rows=2)
    scale = style.time_axis(above, *drawing.span([result]), labeled=False)
    style.time_axis(below, *drawing.span([result]))
    percent = 100.0
    for index, name in enumerate(by_drug or [str(result.output(total).name)]):
        low, middle, high = result.quantiles(name, (0.25, 0.5, 0.75)).values * percent
        shade = drawing.color(index + 1)
        label = name.removeprefix(f"{total}.")
        if result.n > 1:
            above.fill_between(result.time / scale, low, high, color=shade, alpha=0.13, linewidth=0)
        above.plot(
            result.time / scale,
            middle,
            color=shade,
            linestyle=drawing.line(index),
            linewidth=1.7,
            label=label,
        )
    style.title(above, f"{receptor} occupancy by drug" if by_drug else f"{receptor} occupancy")
    style.label_y(above, "receptors occupied", "%")
    unit = drawing.draw_bands(
        below, result, f"signal.{receptor}", scale=scale, unit=None, color=drawing.color(0)
    )
    style.title(below, f"Net {receptor} signal")
    style.label_y(below, "net signal", unit)
    for ax in (above, below):
        drawing.scale_axis([ax], log=False)
    ticks = drawing.draw_doses(below, result, scale)
    key = drawing.key(above)
    bands = drawing.center(result)
    if result.n > 1:
        bands = f"Above: medians and bands from the 25th to the 75th percentile. Below, {bands.lower()}"
    caption = f"{receptor} occupancy and net signal. {bands}; {counted(result)}.{ticks}"
    return style.finish(figure, caption, result.description.footer, key=key, with_caption=with_caption)


def plot_severity(result: Result, score: str = "COWS", *, with_caption: bool = True) -> Figure:
    """Share of people in each severity band of a score over time, stacked, the worst band at the bottom."""
    return arm_plots.plot_severity_panels({"": result}, score, with_caption=with_caption)
