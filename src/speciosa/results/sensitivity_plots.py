"""Figures of sensitivity: tornado and Sobol indices, the parameters that matter most at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.results import drawing, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_ROW, _FRAME = 0.24, 1.0


def _shown(frame: pd.DataFrame, measure: str | None, most: int) -> tuple[str, pd.DataFrame]:
    """Rows of one measure, the largest last, so that they stand at the top of the axis."""
    names = list(dict.fromkeys(frame["measure"]))
    if not names or (measure is not None and measure not in names):
        raise ResultError(f"there is no measure {measure!r}", expected=f"one of {', '.join(names) or 'none'}")
    chosen = measure or str(names[0])
    return chosen, frame[frame["measure"] == chosen].head(most).iloc[::-1]


def plot_tornado(
    frame: pd.DataFrame, measure: str | None = None, *, most: int = 15, footer: str = ""
) -> Figure:
    """A measure at both ends of each parameter's range, the largest swing at the top.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `speciosa.sensitivity.tornado` gives it.
    measure : str, optional
        The first one if left out.
    most : int
        Number of parameters at most.
    footer : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen, rows = _shown(frame, measure, most)
    figure, (ax,) = style.new_figure(drawing.WIDTH, _FRAME + _ROW * len(rows))
    place, base = np.arange(len(rows)), float(rows["base"].iloc[0])
    for column, shade, hatch in (("at low", drawing.color(0), ""), ("at high", drawing.color(1), "///")):
        width = rows[column].to_numpy(dtype=np.float64) - base
        ax.barh(
            place, width, left=base, height=0.62, color=shade, hatch=hatch, edgecolor="white", label=column
        )
    ax.axvline(base, color=style.INK, linewidth=0.8)
    ax.set_yticks(place, list(rows["parameter"]))
    unit = frame.attrs.get("units", {}).get(chosen, "")
    ax.set_xlabel(style.axis_label(chosen, unit), fontsize=9, color=style.INK)
    style.title(ax, f"{chosen}: one parameter at a time")
    caption = (
        f"{chosen} in the typical adult with each parameter at the low and at the high end of its range (or"
        f" of its central 95 %), all others at the value in use; vertical line: all at the value in use; the"
        f" {len(rows)} largest swings."
    )
    return style.finish(figure, caption, footer, key=drawing.key(ax))


def plot_sobol(
    frame: pd.DataFrame, measure: str | None = None, *, most: int = 15, footer: str = ""
) -> Figure:
    """First-order and total Sobol indices with their confidence intervals, the largest total at the top.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `speciosa.sensitivity.sobol` gives it.
    measure : str, optional
        The first one if left out.
    most : int
        Number of parameters at most.
    footer : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen, rows = _shown(frame, measure, most)
    figure, (ax,) = style.new_figure(drawing.WIDTH, _FRAME + _ROW * len(rows))
    place = np.arange(len(rows))
    for name, shift, marker, words in (("ST", 0.14, "o", "total"), ("S1", -0.14, "s", "first order")):
        middle = rows[name].to_numpy(dtype=np.float64)
        about = middle - rows[f"{name} low"].to_numpy(dtype=np.float64)
        ax.errorbar(
            middle,
            place + shift,
            xerr=about,
            fmt=marker,
            markersize=4.5,
            linewidth=1.1,
            color=drawing.color(0 if name == "ST" else 1),
            label=words,
        )
    ax.axvline(0.0, color=style.SOFT_INK, linewidth=0.7)
    ax.set_yticks(place, list(rows["parameter"]))
    ax.set_xlabel("share of the variance", fontsize=9, color=style.INK)
    style.title(ax, f"{chosen}: Sobol indices")
    caption = (
        f"Share of the variance of {chosen} in the typical adult that is owed to each parameter alone (first"
        f" order) and together with others (total), with 95 % confidence intervals; the {len(rows)} largest"
        " of those whose rows state an uncertainty."
    )
    return style.finish(figure, caption, footer, key=drawing.key(ax))
