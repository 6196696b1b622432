"""The figures of the qualification: predicted against observed, and the ratio of the two by drug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from speciosa.qualification.quantities import Dimension, quantity_of
from speciosa.qualification.verdict import FOLDS, Verdict
from speciosa.results import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS: tuple[tuple[str, tuple[Dimension, ...]], ...] = (
    ("Concentrations", ("concentration",)),
    ("Areas under the curve", ("area",)),
    ("Times and clearances", ("time", "clearance")),
    ("Ratios and shares", ("number",)),
)
LINES: Mapping[float, tuple[float, tuple[float, ...]] | Literal["solid"]] = MappingProxyType(
    dict(zip(FOLDS, ("solid", (0, (5.0, 1.6)), (0, (1.2, 1.2))), strict=True))
)
# Marker, face, edge and words of each group; shapes and filling differ, so that gray suffices.
GROUPS = (
    ("o", style.PALETTE[0], style.PALETTE[0], "observed in people, inside the tolerance"),
    ("X", style.PALETTE[1], style.PALETTE[1], "observed in people, outside"),
    ("s", "none", style.INK, "published model, inside the tolerance"),
    ("D", "none", style.PALETTE[1], "published model, outside"),
)
TICKS = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
_ROOM, _ROW = 1.6, 0.23


def comparable(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that have both numbers."""
    return [item for item in verdicts if isfinite(item.ratio)]


def predicted_against_observed(verdicts: Sequence[Verdict], footer: str) -> Figure:
    """Draw predicted against observed, a panel a kind of quantity, with the lines of the folds.

    Parameters
    ----------
    verdicts : sequence of Verdict
    footer : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = style.new_figure(7.4, 6.6, 2, 2)
    shown = comparable(verdicts)
    for ax, (name, dimensions) in zip(axes, PANELS, strict=True):
        own = [
            item for item in shown if _dimension(item) in dimensions and (item.target.observed or 0.0) > 0.0
        ]
        style.title(ax, f"{name} (n = {len(own)})")
        _panel(ax, own)
    caption = (
        f"{len(shown)} targets, predicted against observed, each in the unit of its target; logarithmic axes."
        " Lines: identity and 1.25-, 1.5- and 2-fold. Numbers below zero are in the tables alone."
    )
    return style.finish(figure, caption, footer, key=_key())


def ratios_by_drug(verdicts: Sequence[Verdict], footer: str) -> Figure:
    """Draw predicted over observed of each target, a row a drug.

    Parameters
    ----------
    verdicts : sequence of Verdict
    footer : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = comparable(verdicts)
    drugs = sorted({item.target.topic for item in shown}, reverse=True)
    figure, (ax,) = style.new_figure(7.4, max(1.0, _ROW * len(drugs)) + 0.7)
    _fold_lines(ax)
    for item in shown:
        row = drugs.index(item.target.topic)
        same = [other for other in shown if other.target.topic == item.target.topic]
        shift = 0.5 * (same.index(item) + 0.5) / len(same) - 0.25
        _point(ax, item.ratio, row + shift, item)
    ax.set_xscale("log")
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.set_xticks([], minor=True)
    ax.set_yticks(range(len(drugs)), drugs)
    ax.set_ylim(-0.7, len(drugs) - 0.3)
    ax.set_xlabel("predicted over observed", fontsize=9, color=style.INK)
    caption = f"{len(shown)} targets by drug. Lines: identity and 1.25-, 1.5- and 2-fold."
    return style.finish(figure, caption, footer, key=_key())


def _dimension(verdict: Verdict) -> Dimension | None:
    quantity = quantity_of(verdict.target.quantity)
    return quantity.dimension if quantity else None


def _panel(ax: Axes, verdicts: Sequence[Verdict]) -> None:
    ax.set_xlabel("observed", fontsize=9, color=style.INK)
    ax.set_ylabel("predicted", fontsize=9, color=style.INK)
    ax.set_xscale("log")
    ax.set_yscale("log")
    if not verdicts:
        return
    numbers = [(float(item.target.observed or 0.0), item) for item in verdicts]
    both = [x for x, _ in numbers] + [x * item.ratio for x, item in numbers]
    low, high = min(both) / _ROOM, max(both) * _ROOM
    ends = np.array([low, high])
    for fold in (1.0, *FOLDS):
        for factor in {fold, 1.0 / fold}:
            ax.plot(
                ends,
                ends * factor,
                color=style.INK if fold == 1.0 else style.SOFT_INK,
                linewidth=0.9 if fold == 1.0 else 0.7,
                linestyle=LINES.get(fold, "solid"),
                zorder=1,
            )
    for observed, item in numbers:
        _point(ax, observed, observed * item.ratio, item)
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_box_aspect(1.0)


def _fold_lines(ax: Axes) -> None:
    ax.axvline(1.0, color=style.INK, linewidth=0.9, zorder=1)
    for fold in FOLDS:
        for place in (fold, 1.0 / fold):
            ax.axvline(place, color=style.SOFT_INK, linewidth=0.7, linestyle=LINES[fold], zorder=1)


def _point(ax: Axes, x: float, y: float, item: Verdict) -> None:
    marker, face, edge, _ = GROUPS[_group(item)]
    ax.plot(
        [x],
        [y],
        linestyle="none",
        marker=marker,
        markersize=4.6,
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=0.8,
        alpha=0.8,
        zorder=3,
    )


def _group(item: Verdict) -> int:
    return (0 if item.kind in ("measured", "derived") else 2) + (not item.is_hit)


def _key() -> style.Key:
    from matplotlib.lines import Line2D

    handles: list[Line2D] = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=marker,
            markersize=5.0,
            markerfacecolor=face,
            markeredgecolor=edge,
        )
        for marker, face, edge, _ in GROUPS
    ]
    handles += [Line2D([], [], color=style.SOFT_INK, linewidth=0.8, linestyle=LINES[fold]) for fold in FOLDS]
    return style.Key(handles, [*(words for *_, words in GROUPS), *(f"{fold:g}-fold" for fold in FOLDS)])
