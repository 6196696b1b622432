"""The figure of a forecast: scores above, what lies behind them below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.errors import UnknownNameError
from speciosa.forecasting.forecast import Band, Forecast
from speciosa.results import drawing, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
TALL, LOW = 3.4, 1.9
PANEL_ORDER = ("MOR signal", "breathing margin", "dependence", "tolerance")


def plot_forecast(
    found: Forecast, scale: str = "COWS", *, variant: str | None = None, with_caption: bool = True
) -> Figure:
    """Population and personal bands, the forecast right of the moment, observed points and doses.

    Parameters
    ----------
    found : Forecast
    scale : str
    variant : str, optional
        The first if left out.
    with_caption : bool
        Whether the caption is written below; pages print it themselves.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UnknownNameError
        For a scale or variant that is not there.
    ResultError
        If the extra ``plots`` is not installed.
    """
    if scale not in found.scales:
        raise UnknownNameError("scale", scale, found.scales)
    figure, axes = style.new_figure(drawing.WIDTH, TALL + LOW, rows=2)
    above, below = axes
    times = np.array(found.times)
    unit = style.time_axis(above, times[0], times[-1], labeled=False)
    style.time_axis(below, times[0], times[-1])
    now = times <= found.moment
    everybody = found.prediction("population", scale, variant).score
    above.fill_between(
        times / unit,
        everybody.low90,
        everybody.high90,
        color=style.GRID,
        alpha=0.7,
        linewidth=0,
        label="population, 90 %",
    )
    _bands(
        above, times[now] / unit, found.prediction("personal", scale, variant).score, now, 0, "this person"
    )
    _bands(
        above,
        times[~now | (times == found.moment)] / unit,
        found.prediction("forecast", scale, variant).score,
        ~now | (times == found.moment),
        1,
        "forecast",
    )
    _points(above, found, scale, unit)
    for item in found.thresholds:
        if item.scale == scale and item.score <= above.get_ylim()[1]:
            above.axhline(item.score, color=style.FAINT, linewidth=0.7, linestyle=(0, (4.0, 3.0)))
            above.text(
                times[0] / unit, item.score, f" {item.name}", fontsize=7, color=style.SOFT_INK, va="bottom"
            )
    above.set_ylim(bottom=0.0)
    style.title(above, f"{scale} of {found.id}")
    style.label_y(above, scale, "score")
    _panels(below, found, variant, unit)
    for ax in axes:
        ax.axvline(found.moment / unit, color=style.INK, linewidth=0.9)
    ticks = [time / unit for time, _ in found.doses if times[0] <= time <= times[-1]]
    below.plot(ticks, np.zeros(len(ticks)), "|", color=style.SOFT_INK, markersize=6, clip_on=False)
    return style.finish(
        figure,
        _caption(found, scale, variant),
        f"speciosa {found.basis.version}, evidence {found.basis.evidence}, seed {found.seed}",
        key=drawing.key(above),
        with_caption=with_caption,
    )


def _bands(
    ax: Axes, times: FloatArray, band: Band, chosen: npt.NDArray[np.bool_], hue: int, label: str
) -> None:
    color = drawing.color(hue)
    low90, low50, median, high50, high90 = (
        np.array(getattr(band, name))[chosen] for name in ("low90", "low50", "median", "high50", "high90")
    )
    ax.fill_between(times, low90, high90, color=color, alpha=0.16, linewidth=0)
    ax.fill_between(times, low50, high50, color=color, alpha=0.28, linewidth=0)
    ax.plot(
        times,
        median,
        color=color,
        linestyle=drawing.line(hue),
        linewidth=1.7,
        label=f"{label}, median, 50 % and 90 %",
    )


def _points(ax: Axes, found: Forecast, scale: str, unit: float) -> None:
    """Totals as dots, classes as bars."""
    mine = [item for item in found.observed if item.scale == scale]
    dots = [item for item in mine if item.low == item.high]
    ax.plot(
        [item.time / unit for item in dots], [item.low for item in dots], "o", color=style.INK, markersize=3.5
    )
    top = max([1.0, *(item.low for item in mine)]) * 1.6 + 4.0
    for item in mine:
        if item.low != item.high:
            ax.plot([item.time / unit] * 2, [item.low, min(item.high, top)], color=style.INK, linewidth=1.4)


def _panels(ax: Axes, found: Forecast, variant: str | None, unit: float) -> None:
    named = {item.name: item for item in found.variants}
    panels = named[variant or found.variants[0].name].panels
    times = np.array(found.times) / unit
    for index, name in enumerate(PANEL_ORDER):
        ax.plot(
            times,
            panels[name].median,
            color=drawing.color(index + 2),
            linestyle=drawing.line(index),
            linewidth=1.4,
            label=name,
        )
    ax.set_ylim(bottom=0.0)
    ax.legend(loc="upper right", fontsize=7, frameon=False, ncols=4, labelcolor=style.INK)
    style.label_y(ax, "share", "")


def _caption(found: Forecast, scale: str, variant: str | None) -> str:
    name = variant or found.variants[0].name
    seen = sum(item.scale == scale for item in found.observed)
    words = [
        f"{scale} as single ratings would show it, variant {name!r}. Vertical line: the moment up to which is"
        f" known. Dots: {seen} observed ratings; bars: severity classes. Lower panel: medians; ticks: doses."
    ]
    if found.disagreement:
        words.append(found.disagreement)
    return " ".join(words)
