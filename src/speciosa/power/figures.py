"""Figures of power: the curve over people, and the boundaries with what crosses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa import __version__
from speciosa.errors import TrialError
from speciosa.power.result import GROUP, PowerResult
from speciosa.power.safety import TIMES_THE_SHARE, column_of
from speciosa.results import drawing, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EDGE = 0.04
WORDS = {"power": "power", "assurance": "assurance (typical values drawn for each trial)"}


def plot_power(found: PowerResult, target: float = 0.8) -> Figure:
    """Share of trials that find the difference, over the number of people.

    Parameters
    ----------
    found : PowerResult
    target : float
        Share that is marked.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT)
    names = [name for name in GROUP if name != "unit"]
    groups = list(found.power.groupby(names, sort=False))
    several = [name for name in names if found.power[name].nunique() > 1]
    for number, (key, part) in enumerate(groups):
        said = dict(zip(names, map(str, key), strict=True))
        said["kind"] = WORDS[said["kind"]]
        label = ", ".join(said[name] for name in several) or said["comparison"]
        color, people = drawing.color(number), part["people"]
        ax.fill_between(people, part["low"], part["high"], color=color, alpha=0.18, linewidth=0, zorder=2)
        ax.plot(people, part["found"], color=color, linestyle=drawing.line(number), marker="o",
                markersize=3.5, linewidth=1.6, label=label, zorder=3)  # fmt: skip
    ax.axhline(target, color=style.SOFT_INK, linewidth=0.8, linestyle=(0, (1.2, 1.2)), zorder=1)
    ax.set_ylim(-_EDGE, 1.0 + _EDGE)
    ax.set_xlabel("people randomized", fontsize=9, color=style.INK)
    ax.set_ylabel("share of trials that find it", fontsize=9, color=style.INK)
    style.title(ax, found.study.variants[0].protocol.title)
    sided = "in either direction" if found.better == "either" else f"where {found.better} is better"
    caption = (
        f"Share of {found.study.trials:,} simulated trials with p below {found.alpha:g} (two-sided),"
        f" {sided}; bands: 95 % interval of that share (Wilson). Dotted: {target:.0%}. Fewer people are those"
        " of the same trials who came first."
    )
    return style.finish(figure, caption, _footer(found), key=drawing.key(ax))


def plot_looks(found: PowerResult) -> Figure:
    """The boundaries of the looks, and how many trials stop at each.

    Parameters
    ----------
    found : PowerResult

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TrialError
        If the study has no looks.
    """
    if found.study.looks is None:
        raise TrialError("the study has no looks", expected="--look 0.5, say")
    figure, (left, right) = style.new_figure(drawing.WIDTH, drawing.HEIGHT, columns=2)
    first = next(part for _, part in found.looks.groupby(GROUP, sort=False))
    _draw_boundaries(left, first)
    _draw_stops(right, first)
    name = f"{first['variant'].iloc[0]}, {first['kind'].iloc[0]}, {first['comparison'].iloc[0]}"
    futility, average = found.study.looks.futility, first["people on average"].iloc[0]
    words = (
        f" Futility: conditional power under the trend so far below {futility:g}; it does not bind."
        if futility is not None
        else ""
    )
    caption = (
        f"Boundaries by {found.study.looks.spending} spending of {found.study.looks.alpha:g} (Lan and"
        f" DeMets).{words} Bars: share of {found.study.trials:,} trials that stop at each look; marks: by"
        f" theory at the drift found. Shown: {name}; {average:.0f} people on average."
    )
    return style.finish(figure, caption, _footer(found), key=drawing.key(left))


def plot_safety(found: PowerResult) -> Figure:
    """How many people beyond a safety level stop an arm, and how likely that is.

    Parameters
    ----------
    found : PowerResult

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TrialError
        If no rule of the protocol stops an arm.
    """
    if found.limits.empty:
        raise TrialError(
            "no rule of the protocol stops an arm",
            where="safety",
            expected="a rule with a share, looked at while the arm has people",
        )
    figure, (left, right) = style.new_figure(drawing.WIDTH, drawing.HEIGHT, columns=2)
    variant, rule = found.limits[["variant", "rule"]].iloc[0]
    first = found.limits[(found.limits["variant"] == variant) & (found.limits["rule"] == rule)]
    left.plot(first["people"], first["beyond that stop"], color=drawing.color(1), marker="s", markersize=4)
    left.set_ylim(bottom=0.0)
    left.set_ylabel("people beyond the level that stop", fontsize=9, color=style.INK)
    style.title(left, "Boundary")
    share = float(first["share"].iloc[0])
    for number, times in enumerate(TIMES_THE_SHARE):
        name = f"true share {min(1.0, times * share):.3g}"
        right.plot(first["people"], first[column_of(times)], color=drawing.color(number),
                   linestyle=drawing.line(number), label=name)  # fmt: skip
    right.set_ylim(-_EDGE, 1.0 + _EDGE)
    right.set_ylabel("chance of having stopped", fontsize=9, color=style.INK)
    style.title(right, "Chance to stop")
    for ax in (left, right):
        ax.set_xlabel("people treated in the arm", fontsize=9, color=style.INK)
    caption = (
        f"An arm stops once it is likely that more than {share:.3g} of its people have {rule}; exact, for"
        f" a true share that is the same in everybody. Shown: {variant}."
    )
    return style.finish(figure, caption, _footer(found), key=drawing.key(right))


def _draw_boundaries(ax: Axes, looks: pd.DataFrame) -> None:
    people = looks["people"]
    ax.plot(people, looks["benefit z"], color=drawing.color(0), marker="o", markersize=4, label="benefit")
    known = looks[np.isfinite(looks["futility z"])]
    if len(known):
        ax.plot(known["people"], known["futility z"], color=drawing.color(1), linestyle=drawing.line(1),
                marker="s", markersize=4, label="futility")  # fmt: skip
    ax.set_xlabel("people randomized", fontsize=9, color=style.INK)
    ax.set_ylabel("z, positive where better", fontsize=9, color=style.INK)
    style.title(ax, "Boundaries")


def _draw_stops(ax: Axes, looks: pd.DataFrame) -> None:
    place = np.arange(len(looks))
    for side, name in ((-1, "benefit"), (1, "futility")):
        number = 0 if side < 0 else 1
        ax.bar(place + 0.2 * side, looks[f"stop for {name}"], width=0.36, color=drawing.color(number),
               alpha=0.55, zorder=2)  # fmt: skip
        ax.plot(place + 0.2 * side, looks[f"{name} by theory"], linestyle="none", marker="_", markersize=14,
                color=style.INK, zorder=3)  # fmt: skip
    ax.set_xticks(place, [str(people) for people in looks["people"]])
    ax.set_xlabel("people at the look", fontsize=9, color=style.INK)
    ax.set_ylabel("share of trials that stop", fontsize=9, color=style.INK)
    style.title(ax, "Stops")


def _footer(found: PowerResult) -> str:
    digest = found.study.setting.evidence.digest
    return f"{found.title} · speciosa {__version__} · evidence {digest}"
