"""Parts that several figures share: bands, dose ticks, legends and the words of captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.results import style
from speciosa.results.presentation import counted
from speciosa.results.scores import bands_of
from speciosa.units import convert

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from speciosa.results.result import Result

WIDTH, HEIGHT, PANEL = 7.4, 3.3, 1.9
PERCENTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

_LOG_DECADES = 1e-3
_DOSE_ROW, _DOSE_HEIGHT = 0.035, 5.0


def draw_bands(ax: Axes, result: Result, output: str, *, scale: float, unit: str | None, color: str) -> str:
    """Draw the median and, for a population, its bands.

    Parameters
    ----------
    scale : float
        Hours in one unit of the time axis.
    unit : str, optional
        Unit to draw in, the output's own without it.

    Returns
    -------
    str
        The unit drawn in.
    """
    curves = result.quantiles(output, PERCENTILES, unit)
    time = result.time / scale
    p5, p25, p50, p75, p95 = curves.values
    if result.n > 1:
        ax.fill_between(time, p5, p95, color=color, alpha=0.16, linewidth=0, zorder=2)
        ax.fill_between(time, p25, p75, color=color, alpha=0.30, linewidth=0, zorder=2)
    ax.plot(time, p50, color=color, linewidth=1.8, zorder=3)
    return str(curves.attrs["unit"])


def draw_doses(ax: Axes, result: Result, scale: float) -> str:
    """Draw a tick at the foot of the axes for every dose, one row an item.

    Returns
    -------
    str
        A sentence for the caption, empty where there are no doses.
    """
    marks = [mark for mark in result.description.doses if mark.time <= result.time[-1]]
    counts = Counter(mark.item for mark in marks)
    for row, item in enumerate(counts):
        times = [mark.time / scale for mark in marks if mark.item == item]
        ax.plot(
            times,
            [0.02 + _DOSE_ROW * row] * len(times),
            linestyle="none",
            marker="|",
            markersize=_DOSE_HEIGHT,
            markeredgewidth=0.7,
            color=style.INK,
            transform=ax.get_xaxis_transform(),
            zorder=4,
        )
    return dose_words(counts)


def draw_thresholds(ax: Axes, result: Result, output: str) -> None:
    """Mark where each severity band of a score begins, as far as the axis reaches."""
    for name, lower in result.output(output).attrs.get("bands", ()):
        if 0.0 < lower < ax.get_ylim()[1]:
            ax.axhline(lower, color=style.SOFT_INK, linewidth=0.7, linestyle=(0, (1.0, 2.0)), zorder=1)
            ax.annotate(
                str(name),
                (1.0, lower),
                xycoords=ax.get_yaxis_transform(),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=7.5,
                color=style.SOFT_INK,
            )


def dose_words(counts: Mapping[str, int]) -> str:
    """Write the sentence that explains the dose ticks.

    Examples
    --------
    >>> dose_words({"morphine": 4, "kratom powder": 1})
    ' Ticks at the foot, from below: 4 doses of morphine, 1 dose of kratom powder.'
    """
    if not counts:
        return ""
    items = ", ".join(f"{n} dose{'s' if n > 1 else ''} of {item}" for item, n in counts.items())
    return f" Ticks at the foot{', from below' if len(counts) > 1 else ''}: {items}."


def long_name(result: Result, output: str) -> str:
    """Name of an output for readers, with a capital."""
    name = str(result.output(output).attrs.get("long_name") or output)
    return name[:1].upper() + name[1:]


def axis_name(result: Result, output: str) -> str:
    """Short name of an output for an axis, by its kind."""
    attributes = result.output(output).attrs
    match attributes.get("kind"):
        case "concentration":
            return "concentration"
        case "score":
            return f"{output} total"
        case "occupancy":
            return "receptors occupied"
        case "signal":
            return "net signal"
        case _:
            return output.rpartition(".")[2]


def factor(result: Result, output: str, unit: str) -> float:
    """Factor from an output's own unit to another."""
    attributes = result.output(output).attrs
    if unit == attributes["unit"]:
        return 1.0
    return float(convert(1.0, attributes["unit"], unit, molar_mass=attributes.get("molar_mass")))


def scale_axis(axes: Iterable[Axes], *, log: bool) -> None:
    """Give panels one vertical scale: from zero, or logarithmic over at most three decades."""
    panels = list(axes)
    highest = max(ax.get_ylim()[1] for ax in panels)
    for ax in panels:
        if log:
            ax.set_yscale("log")
            ax.set_ylim(highest * _LOG_DECADES, highest * 2.0)
        else:
            ax.set_ylim(min(0.0, ax.dataLim.ymin), highest)


def span(results: Iterable[Result]) -> tuple[float, float]:
    """Earliest and latest time of several results, h."""
    several = list(results)
    return min(float(r.time[0]) for r in several), max(float(r.time[-1]) for r in several)


def key(axes: Axes) -> style.Key | None:
    """Collect the legend of labeled lines; None where there is but one."""
    handles, labels = axes.get_legend_handles_labels()
    return style.Key(handles, labels) if len(labels) > 1 else None


def line(index: int) -> style.LineStyle:
    """Line style of an arm; with the color it stays readable in gray."""
    return style.LINES[index % len(style.LINES)]


def color(index: int) -> str:
    """Color of an arm."""
    return style.PALETTE[index % len(style.PALETTE)]


def center(result: Result) -> str:
    """Name the line and the bands."""
    if result.n > 1:
        return "Line: median; dark band: 25th to 75th percentile; light band: 5th to 95th percentile"
    return "Line: the one person simulated"


def counted_arms(results: Mapping[str, Result]) -> str:
    """Count the persons of all arms, in one number where it is the same."""
    counts = {arm: counted(result) for arm, result in results.items()}
    if len(set(counts.values())) == 1:
        return next(iter(counts.values())) + (" in each arm" if len(counts) > 1 else "")
    return "; ".join(f"{arm}: {words}" for arm, words in counts.items())


def footer(results: Mapping[str, Result]) -> str:
    """Footer of a figure of several arms: the titles, and seed, version and evidence where they agree."""
    lines = [result.description.footer.split(" · ") for result in results.values()]
    if len(lines) == 1:
        return " · ".join(lines[0])
    same = [part for part in lines[0][1:] if all(part in other[1:] for other in lines)]
    differing = sorted({part for other in lines for part in other[1:]} - set(same))
    return " · ".join([" / ".join(other[0] for other in lines), *same, *differing])


def require_arms(results: Mapping[str, Result], output: str) -> None:
    """Check that there are arms and that all have the output.

    Raises
    ------
    ResultError
        Naming the arm that lacks it.
    """
    if not results:
        raise ResultError("there is no result to draw", expected="one result or more")
    for arm, result in results.items():
        if output not in result.outputs():
            raise ResultError(
                f"arm {arm!r} has no output {output!r}",
                expected=f"one of {', '.join(result.outputs())}",
                advice="Arms are compared on outputs that all of them have.",
            )


def band_labels(result: Result, score: str) -> list[str]:
    """Names of severity bands with their lower bounds, mildest first."""
    bands = bands_of(result, score)
    return [name if not index else f"{name} (from {lower:g})" for index, (name, lower) in enumerate(bands)]


def severity_color(position: int, count: int) -> str:
    """Color of a severity band, spread over the scale from light to dark."""
    last = len(style.SEVERITIES) - 1
    return style.SEVERITIES[round(position * last / max(1, count - 1))]


def evenly(rows: np.ndarray[tuple[int, ...], np.dtype[np.intp]], most: int) -> list[int]:
    """Choose at most so many rows, spread evenly."""
    if not len(rows):
        return []
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
    return [int(rows[place]) for place in np.unique(places)]
