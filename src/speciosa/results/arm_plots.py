"""Figures of several results side by side: overlays and one panel an arm.

Captions, footers and `with_caption` are as in `speciosa.results.plots`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from speciosa.results import drawing, style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speciosa.results.result import Result

COLUMNS = 2
_QUARTERS = (0.0, 25.0, 50.0, 75.0, 100.0)


def plot_overlay(
    results: Mapping[str, Result],
    output: str,
    *,
    unit: str | None = None,
    log: bool = False,
    with_caption: bool = True,
) -> Figure:
    """Medians of several arms in one panel, each with its band from the 25th to the 75th percentile.

    Parameters
    ----------
    results : mapping of str to Result
        Arm name to result.
    output : str
    unit, log, with_caption
        As in `speciosa.results.plots.plot_bands`.

    Raises
    ------
    ResultError
        Where an arm lacks the output.
    """
    drawing.require_arms(results, output)
    first = next(iter(results.values()))
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    scale = style.time_axis(ax, *drawing.span(results.values()))
    for index, (arm, result) in enumerate(results.items()):
        shade = drawing.color(index)
        low, middle, high = result.quantiles(output, (0.25, 0.5, 0.75), unit).values
        if result.n > 1:
            ax.fill_between(result.time / scale, low, high, color=shade, alpha=0.13, linewidth=0)
        ax.plot(
            result.time / scale, middle, color=shade, linestyle=drawing.line(index), linewidth=1.7, label=arm
        )
    name = drawing.long_name(first, output)
    style.title(ax, name)
    style.label_y(ax, drawing.axis_name(first, output), unit or str(first.output(output).attrs["unit"]))
    drawing.scale_axis([ax], log=log)
    drawing.draw_thresholds(ax, first, output)
    is_population = any(result.n > 1 for result in results.values())
    bands = "Lines: medians; bands: 25th to 75th percentile" if is_population else "Lines: one person an arm"
    caption = f"{name} by arm. {bands}; {drawing.counted_arms(results)}."
    footer = drawing.footer(results)
    return style.finish(figure, caption, footer, key=drawing.key(ax), with_caption=with_caption)


def plot_panels(
    results: Mapping[str, Result],
    output: str,
    *,
    unit: str | None = None,
    log: bool = False,
    with_caption: bool = True,
) -> Figure:
    """One panel an arm with its full percentile bands, the medians of the other arms in gray behind it.

    Parameters and errors are those of `plot_overlay`.
    """
    drawing.require_arms(results, output)
    first = next(iter(results.values()))
    figure, axes = panel_grid(len(results))
    for index, (ax, (arm, result)) in enumerate(zip(axes, results.items(), strict=True)):
        scale = style.time_axis(ax, *drawing.span(results.values()), labeled=is_lowest(index, len(results)))
        for other, rival in results.items():
            if other != arm:
                median = rival.quantiles(output, (0.5,), unit).values[0]
                ax.plot(rival.time / scale, median, color=style.FAINT, linewidth=1.0, zorder=1)
        drawing.draw_bands(ax, result, output, scale=scale, unit=unit, color=drawing.color(index))
        drawing.draw_doses(ax, result, scale)
        style.title(ax, arm)
    drawing.scale_axis(axes, log=log)
    for ax in axes:
        drawing.draw_thresholds(ax, first, output)
    name = drawing.long_name(first, output)
    for ax in axes[::COLUMNS]:
        style.label_y(ax, drawing.axis_name(first, output), unit or str(first.output(output).attrs["unit"]))
    has_doses = any(result.description.doses for result in results.values())
    caption = (
        f"{name} by arm. {drawing.center(first)}; gray: medians of the other arms; "
        f"{drawing.counted_arms(results)}.{' Ticks at the foot: doses.' if has_doses else ''}"
    )
    return style.finish(figure, caption, drawing.footer(results), with_caption=with_caption)


def plot_severity_panels(
    results: Mapping[str, Result], score: str = "COWS", *, with_caption: bool = True
) -> Figure:
    """Share of people in each severity band over time, one panel an arm, the worst band at the bottom.

    Parameters
    ----------
    results : mapping of str to Result
    score : str
    with_caption : bool

    Raises
    ------
    ResultError
        Where an arm lacks the score, or the score has no bands.
    """
    drawing.require_arms(results, score)
    names = drawing.band_labels(next(iter(results.values())), score)
    figure, axes = panel_grid(len(results))
    handles: list[Artist] = []
    for index, (ax, (arm, result)) in enumerate(zip(axes, results.items(), strict=True)):
        scale = style.time_axis(ax, *drawing.span(results.values()), labeled=is_lowest(index, len(results)))
        handles = _stack(ax, result, score, scale)
        style.title(ax, arm or f"Severity of withdrawal by {score}")
    for ax in axes[::COLUMNS]:
        style.label_y(ax, "share of people", "%")
    caption = f"Share of people in each severity band of {score} over time; {drawing.counted_arms(results)}."
    key = style.Key(handles, names)
    return style.finish(figure, caption, drawing.footer(results), key=key, with_caption=with_caption)


def _stack(ax: Axes, result: Result, score: str, scale: float) -> list[Artist]:
    """Stack the shares, worst at the bottom: its edge against zero is the one that is easiest to read."""
    table = 100.0 * result.bands(score)
    order = list(reversed(range(len(table.columns))))
    areas = ax.stackplot(
        result.time / scale,
        *(table.iloc[:, position].to_numpy() for position in order),
        colors=[drawing.severity_color(position, len(order)) for position in order],
        linewidth=0,
    )
    ax.set_ylim(_QUARTERS[0], _QUARTERS[-1])
    ax.set_yticks(_QUARTERS)
    return list(reversed(areas))


def panel_grid(count: int) -> tuple[Figure, list[Axes]]:
    """Panels two by two; a single one is as large as a figure of its own."""
    if count == 1:
        return style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    rows = -(-count // COLUMNS)
    figure, axes = style.new_figure(drawing.WIDTH, rows * drawing.PANEL + 0.6, rows=rows, columns=COLUMNS)
    for spare in axes[count:]:
        spare.set_visible(False)
    return figure, axes[:count]


def is_lowest(index: int, count: int) -> bool:
    """Whether no panel stands below this one."""
    return index + COLUMNS >= count
