"""The look of figures: colors, axes, time, footers, and output that is the same bytes every time."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speciosa.errors import ResultError
from speciosa.results.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT_INK, FAINT, GRID = "#1f2a33", "#55636e", "#a9b4bd", "#d5dbe0"

# Okabe and Ito's palette, ordered so that neighbors differ in gray as well; yellow is too light for lines.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LineStyle = str | tuple[int, tuple[float, ...]]
LINES: tuple[LineStyle, ...] = (
    "solid",
    (0, (5.0, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6.0, 1.5, 1.2, 1.5)),
    (0, (8.0, 2.0, 2.0, 2.0)),
    (0, (3.0, 3.0)),
    (0, (1.0, 3.0)),
)

# Light to dark, so that severity reads as darkness, in gray too.
SEVERITIES = ("#e9edf0", "#f3cf8e", "#e08e2b", "#a94b12", "#571b0b")

_TICK_STEPS_HOURS = (1, 2, 4, 6, 12, 24)
_TICK_STEPS_DAYS = (1, 2, 7, 14, 28, 56, 91, 182, 364)
_MOST_TICKS, _MOST_HEIGHTS = 8, 6
_HOURS_SHOWN = 72.0
DAY = 24.0

_SALT = "speciosa"
_NO_METADATA: Mapping[str, None] = {"Date": None, "Creator": None, "Format": None, "Type": None}
_POINTS_PER_INCH = 72.0
_CHARACTERS_PER_INCH = 16.8
_CAPTION_SIZE, _FOOTER_SIZE = 7.8, 6.8
_LINE_SPACING = 1.35
_PLACE_DIGITS = 5
_KEY_HANDLE, _KEY_ROW = 7, 0.19
_GAP, _PAD, _LEFT = 0.07, 0.07, 0.012


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Make a figure with a grid of axes in the house look, without touching any global state.

    Parameters
    ----------
    width, height : float
        Inches.
    rows, columns : int

    Raises
    ------
    ResultError
        Where matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ResultError(
            "figures need the package matplotlib, which is not installed",
            expected="the extra 'plots'",
            advice="Install it with: pip install 'speciosa[plots]'",
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="none")
    grid = figure.subplots(rows, columns, squeeze=False)
    axes: list[Axes] = [ax for row in grid for ax in row]
    for ax in axes:
        _dress(ax)
    return figure, axes


def _dress(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins=_MOST_HEIGHTS, steps=[1, 2, 5, 10]))
    ax.set_facecolor("none")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(SOFT_INK)
        ax.spines[side].set_linewidth(0.7)
    ax.tick_params(colors=INK, labelsize=8.5, width=0.7, length=3)
    ax.grid(axis="y", color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)


def title(ax: Axes, words: str) -> None:
    """Set a panel's title, at the left."""
    ax.set_title(words, loc="left", fontsize=10, fontweight="bold", color=INK, pad=8)


def axis_label(name: str, unit: str) -> str:
    """Name and unit as axes show them.

    Examples
    --------
    >>> axis_label("mitragynine in plasma", "ng/mL"), axis_label("MOR signal", "dimensionless")
    ('mitragynine in plasma (ng/mL)', 'MOR signal (fraction of 1)')
    """
    if unit in ("", "dimensionless"):
        return f"{name} (fraction of 1)"
    return f"{name} (points)" if unit == "score" else f"{name} ({unit})"


def label_y(ax: Axes, name: str, unit: str) -> None:
    """Label the vertical axis with its unit."""
    ax.set_ylabel(axis_label(name, unit), fontsize=9, color=INK)


def time_axis(ax: Axes, start: float, end: float, *, labeled: bool = True) -> float:
    """Scale the time axis: hours for up to three days, days beyond.

    Parameters
    ----------
    start, end : float
        Hours.
    labeled : bool
        Whether to write the label; the lower panel of a stack does.

    Returns
    -------
    float
        Hours in one unit of the axis: divide times by it.
    """
    is_hours = end - start <= _HOURS_SHOWN
    scale, steps = (1.0, _TICK_STEPS_HOURS) if is_hours else (DAY, _TICK_STEPS_DAYS)
    span = (end - start) / scale
    longest = steps[-1] * math.ceil(span / steps[-1] / _MOST_TICKS)
    step = next((step for step in steps if span / step <= _MOST_TICKS), longest)
    first = math.ceil(start / scale / step)
    ax.set_xticks([step * k for k in range(first, math.floor(end / scale / step + 1e-9) + 1)])
    ax.set_xlim(start / scale, end / scale)
    if labeled:
        ax.set_xlabel("time (h)" if is_hours else "time (days)", fontsize=9, color=INK)
    return scale


@dataclass(frozen=True)
class Key:
    """What a legend shows: handles and their labels."""

    handles: Sequence[Artist]
    labels: Sequence[str]


def finish(
    figure: Figure, caption: str, footer: str, *, key: Key | None = None, with_caption: bool = True
) -> Figure:
    """Write legend, caption and footer under the axes and keep the caption as the figure's label."""
    width, height = (float(size) for size in figure.get_size_inches())
    lines = textwrap.wrap(caption, int(width * _CHARACTERS_PER_INCH)) if with_caption else []
    notes = textwrap.wrap(footer, int(width * _CHARACTERS_PER_INCH * _CAPTION_SIZE / _FOOTER_SIZE))
    columns, rows = _key_shape(key, width)
    footer_height = len(notes) * _FOOTER_SIZE * _LINE_SPACING / _POINTS_PER_INCH + _GAP
    caption_height = len(lines) * _CAPTION_SIZE * _LINE_SPACING / _POINTS_PER_INCH + _GAP * bool(lines)
    below = footer_height + caption_height + rows * _KEY_ROW
    total = height + below
    figure.set_size_inches(width, total)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, below / total, 1.0, height / total), w_pad=_PAD, h_pad=_PAD)  # type: ignore[call-arg]
    style: dict[str, Any] = {"ha": "left", "va": "bottom", "linespacing": _LINE_SPACING}
    figure.text(_LEFT, 0.02 / total, "\n".join(notes), fontsize=_FOOTER_SIZE, color=SOFT_INK, **style)
    figure.text(_LEFT, footer_height / total, "\n".join(lines), fontsize=_CAPTION_SIZE, color=INK, **style)
    if key is not None:
        _draw_key(figure, key, columns, (footer_height + caption_height) / total)
    figure.set_label(caption)
    return figure


def _key_shape(key: Key | None, width: float) -> tuple[int, int]:
    """Columns and rows of a legend that keeps within the figure's width."""
    if key is None:
        return 0, 0
    longest = max(len(label) for label in key.labels) + _KEY_HANDLE
    columns = max(1, min(len(key.labels), int(width * _CHARACTERS_PER_INCH / longest)))
    return columns, -(-len(key.labels) // columns)


def _draw_key(figure: Figure, key: Key, columns: int, bottom: float) -> None:
    drawn = figure.legend(
        key.handles,
        key.labels,
        loc="lower left",
        bbox_to_anchor=(_LEFT, bottom),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        handlelength=2.6,
        columnspacing=1.8,
        labelcolor=INK,
    )
    drawn.set_in_layout(False)


def figure_caption(figure: Figure) -> str:
    """Caption of a figure made here."""
    return str(figure.get_label())


def _settle(figure: Figure) -> None:
    """Lay the axes out once and round their places: the solver's last digits differ from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        place = ax.get_position().bounds
        left, bottom, width, height = (round(float(size), _PLACE_DIGITS) for size in place)
        ax.set_position((left, bottom, width, height))


def to_svg(figure: Figure) -> str:
    """Draw a figure as SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    _settle(figure)
    buffer = io.StringIO()
    # The salt and the font type can be given in no other way; the context restores what was set before.
    with mpl.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata=dict(_NO_METADATA))
    return buffer.getvalue()


def save_svg(figure: Figure, path: str | Path) -> Path:
    """Write a figure as SVG on white, atomically."""
    return write_atomically(path, _on_white(figure, "svg"))


def save_png(figure: Figure, path: str | Path, dpi: float = 200.0) -> Path:
    """Write a figure as PNG on white, atomically."""
    return write_atomically(path, _on_white(figure, "png", dpi))


def _on_white(figure: Figure, form: str, dpi: float = 72.0) -> bytes:
    import matplotlib as mpl

    _settle(figure)
    buffer = io.BytesIO()
    metadata = dict(_NO_METADATA) if form == "svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        figure.savefig(buffer, format=form, dpi=dpi, facecolor="white", metadata=metadata)
    return buffer.getvalue()


def inline_svg(figure: Figure, prefix: str) -> str:
    """Draw a figure as an SVG element for a page: own ids, no prolog, ink that follows the page's color.

    Parameters
    ----------
    prefix : str
        Put before every id, so that several figures can stand on one page.
    """
    svg = to_svg(figure)
    svg = svg[svg.index("<svg") :]
    # A tenth of a point cannot be seen, and shorter numbers halve the page.
    svg = re.sub(r' d="[^"]+"', lambda path: re.sub(r"(\.\d)\d+", r"\1", path.group()), svg)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = svg.replace("url(#", f"url(#{prefix}-").replace('href="#', f'href="#{prefix}-')
    svg = re.sub(INK, "currentColor", svg, flags=re.IGNORECASE)
    for shade, name in ((SOFT_INK, "soft"), (FAINT, "faint"), (GRID, "grid"), (SEVERITIES[0], "none")):
        svg = re.sub(shade, f"var(--{name})", svg, flags=re.IGNORECASE)
    svg = re.sub(r"font(-family)?: ([^;\"]*?)'?DejaVu Sans'?[^;\"]*", _page_font, svg)
    head = re.match(r'<svg [^>]*viewBox="([^"]+)"[^>]*>', svg)
    if head is None:
        raise ResultError("the drawn figure is no SVG", expected="an svg element with a viewBox")
    label = figure_caption(figure).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{head.group(1)}" role="img" aria-label="{label}">'
    )
    return opening + svg[head.end() :].rstrip()


def _page_font(match: re.Match[str]) -> str:
    """Replace the drawing library's font by the page's, keeping size and weight."""
    return f"font{match.group(1) or ''}: {match.group(2)}var(--sans)"
