"""Figures of many studies: the band of people and the band of what is not known, on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speciosa.results import drawing, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from speciosa.results.studies import Studies


def plot_studies(studies: Studies, output: str, *, with_caption: bool = True) -> Figure:
    """An output over time with the spread between people and the uncertainty of the median.

    Parameters
    ----------
    studies : Studies
    output : str
    with_caption : bool
        Write the caption below the axes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    result, found = studies.base, studies.bands(output)
    scale = style.time_axis(ax, *drawing.span([result]))
    time, color = found["time"].values / scale, drawing.color(0)
    middle, low, high, least, most = found.values
    ax.fill_between(time, low, high, color=color, alpha=0.16, linewidth=0, zorder=2)
    ax.fill_between(time, least, most, color=color, alpha=0.38, linewidth=0, zorder=3)
    for end in (low, high):
        ax.plot(time, end, color=color, linewidth=0.6, linestyle=drawing.line(1), zorder=3)
    ax.plot(time, middle, color=color, linewidth=1.8, zorder=4)
    name = drawing.long_name(result, output)
    style.title(ax, name)
    style.label_y(ax, drawing.axis_name(result, output), str(found.attrs["unit"]))
    drawing.scale_axis([ax], log=False)
    drawing.draw_thresholds(ax, result, output)
    ticks = drawing.draw_doses(ax, result, scale)
    caption = (
        f"{name}. Line: median; light band between dashed lines: 5th to 95th percentile of people; dark band:"
        f" 5th to 95th percentile of the median over {studies.size} studies, which is what is not known of"
        f" typical values; {result.n} people in each study.{ticks}"
    )
    footer = f"{result.description.footer} · studies seed {studies.seed}"
    return style.finish(figure, caption, footer, with_caption=with_caption)
