"""Figures: units, bands, captions, the same bytes every time, no global state."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from speciosa.errors import ResultError, UnknownNameError
from speciosa.results import (
    Result,
    figure_caption,
    plot_bands,
    plot_overlay,
    plot_panels,
    plot_persons,
    plot_plasma,
    plot_receptor,
    plot_severity,
    plot_severity_panels,
    save_png,
    save_svg,
)
from speciosa.results.style import inline_svg, time_axis, to_svg

SINGLE: dict[str, Callable[[Result], Figure]] = {
    "bands": lambda result: plot_bands(result, "COWS"),
    "persons": lambda result: plot_persons(result, "plasma.mitragynine", unit="ng/mL"),
    "plasma": lambda result: plot_plasma(result, log=True),
    "receptor": plot_receptor,
    "severity": plot_severity,
}
ARMS: dict[str, Callable[[dict[str, Result]], Figure]] = {
    "overlay": lambda results: plot_overlay(results, "COWS"),
    "panels": lambda results: plot_panels(results, "signal.MOR"),
    "severity": plot_severity_panels,
}


def _text(figure: Figure) -> str:
    return "\n".join(words.get_text() for words in figure.texts)


def _has_unit(label: str) -> bool:
    return label.endswith(")") and "(" in label


def _labels(ax: Axes) -> tuple[str, str]:
    return ax.get_xlabel(), ax.get_ylabel()


@pytest.mark.parametrize("name", SINGLE)
def test_axes_have_units_and_captions_say_how_many(name: str, make: Callable[..., Result]) -> None:
    figure = SINGLE[name](make(failed=(1,), doses=4))
    for ax in figure.axes:
        x, y = _labels(ax)
        assert _has_unit(y)
        assert x in {"", "time (days)"}
    assert figure.axes[-1].get_xlabel() == "time (days)"
    assert "n = 39 (1 failed, left out)" in figure_caption(figure)
    written = _text(figure)
    assert "seed 7 · speciosa 0.1.0 · evidence 0123456789abcdef" in written
    assert "n = 39 (1 failed, left out)" in " ".join(written.split())


@pytest.mark.parametrize("name", ARMS)
def test_arm_figures_have_units_and_count_each_arm(name: str, arms: dict[str, Result]) -> None:
    figure = ARMS[name](arms)
    left = [ax for ax in figure.axes if ax.get_ylabel()]
    assert left
    assert all(_has_unit(ax.get_ylabel()) for ax in left)
    assert "buprenorphine: n = 29 (1 failed, left out)" in figure_caption(figure)


def test_bands_are_the_percentiles_that_the_caption_names(population: Result) -> None:
    figure = plot_bands(population, "COWS")
    assert "dark band: 25th to 75th percentile; light band: 5th to 95th percentile" in figure_caption(figure)
    curves = population.quantiles("COWS", (0.05, 0.5, 0.95)).values
    ax = figure.axes[0]
    assert np.asarray(ax.lines[0].get_ydata()) == pytest.approx(curves[1])
    lowest = [collection.get_paths()[0].vertices[:, 1].min() for collection in ax.collections]
    highest = [collection.get_paths()[0].vertices[:, 1].max() for collection in ax.collections]
    assert min(lowest) == pytest.approx(curves[0].min())
    assert max(highest) == pytest.approx(curves[2].max())


def test_one_person_has_no_bands(make: Callable[..., Result]) -> None:
    figure = plot_bands(make(persons=1), "COWS")
    assert not figure.axes[0].collections
    assert "the one person simulated" in figure_caption(figure)


def test_doses_are_ticked_and_counted(make: Callable[..., Result]) -> None:
    result = make(doses=112)
    figure = plot_bands(result, "signal.MOR")
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "|"]
    assert np.asarray(marks[0].get_xdata()) == pytest.approx([k / 4.0 for k in range(112)])
    assert "Ticks at the foot: 112 doses of kratom powder." in figure_caption(figure)


def test_severity_thresholds_are_named_on_scores_only(population: Result) -> None:
    named = [words.get_text() for words in plot_bands(population, "COWS").axes[0].texts]
    assert named[:2] == ["mild", "moderate"]
    assert not plot_bands(population, "dependence").axes[0].texts


def test_shares_of_severity_fill_the_panel(population: Result) -> None:
    figure = plot_severity(population)
    ax = figure.axes[0]
    tops = [collection.get_paths()[0].vertices[:, 1].max() for collection in ax.collections]
    assert max(tops) == pytest.approx(100.0)
    assert len(ax.collections) == 5
    legend = figure.legends[0]
    assert [words.get_text() for words in legend.get_texts()][:2] == ["none", "mild (from 5)"]


def test_arms_are_told_apart_without_color(arms: dict[str, Result]) -> None:
    lines = [line for line in plot_overlay(arms, "COWS").axes[0].lines if line.get_label() in arms]
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == len(arms)  # type: ignore[attr-defined]


def test_panels_share_one_scale(arms: dict[str, Result]) -> None:
    assert len({ax.get_ylim() for ax in plot_panels(arms, "COWS").axes}) == 1


@pytest.mark.parametrize(
    ("end", "label", "last"),
    [(24.0, "time (h)", 24.0), (72.0, "time (h)", 72.0), (28 * 24.0, "time (days)", 28.0)],
)
def test_time_is_in_hours_or_days_by_length(end: float, label: str, last: float) -> None:
    figure = Figure()
    ax = figure.subplots()
    time_axis(ax, 0.0, end)
    assert ax.get_xlabel() == label
    assert ax.get_xlim()[1] == last
    assert 4 <= len(ax.get_xticks()) <= 13


def test_years_still_get_few_ticks() -> None:
    ax = Figure().subplots()
    time_axis(ax, 0.0, 24.0 * 365 * 20)
    assert len(ax.get_xticks()) <= 10


def test_the_same_figure_gives_the_same_bytes(population: Result, tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_svg(plot_bands(population, "COWS"), tmp_path / f"{name}.svg")
        save_png(plot_bands(population, "COWS"), tmp_path / f"{name}.png", dpi=50)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<dc:date>" not in (tmp_path / "a.svg").read_text()


def test_drawing_again_and_again_gives_the_same_svg(population: Result) -> None:
    # The layout solver's rounding varies with memory addresses, so a few draws are needed to see it.
    assert len({to_svg(plot_receptor(population)) for _ in range(12)}) == 1


def test_nothing_global_is_touched(population: Result) -> None:
    before = dict(mpl.rcParams)
    to_svg(plot_receptor(population))
    assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_inline_svg_is_ready_for_a_page(population: Result) -> None:
    first = inline_svg(plot_bands(population, "COWS", with_caption=False), "f1")
    second = inline_svg(plot_bands(population, "COWS", with_caption=False), "f2")
    root = ET.fromstring(first)
    assert root.get("role") == "img"
    assert "5th to 95th percentile" in str(root.get("aria-label"))
    ids = [{el.get("id") for el in ET.fromstring(svg).iter() if el.get("id")} for svg in (first, second)]
    assert not ids[0] & ids[1]
    assert "currentColor" in first
    assert "#1f2a33" not in first.lower()
    assert "var(--sans)" in first
    assert "<metadata" not in first
    assert "DOCTYPE" not in first
    for reference in ("url(#", 'href="#'):
        assert first.count(reference) == first.count(f"{reference}f1-")


def test_an_arm_without_the_output_is_named(arms: dict[str, Result], make: Callable[..., Result]) -> None:
    short = make(persons=2)
    arms["bare"] = Result(short.data.drop_vars("COWS"), short.description)
    with pytest.raises(
        ResultError, match=r"arm 'bare' has no output 'COWS'; expected one of plasma\.mitragynine"
    ):
        plot_overlay(arms, "COWS")


def test_no_arms_are_refused() -> None:
    with pytest.raises(ResultError, match=r"there is no result to draw; expected one result or more\."):
        plot_panels({}, "COWS")


def test_unknown_output(population: Result) -> None:
    with pytest.raises(UnknownNameError, match="unknown output 'COW'"):
        plot_bands(population, "COW")


def test_without_plasma_there_is_no_plasma_figure(population: Result) -> None:
    bare = Result(population.data[["COWS"]], population.description)
    with pytest.raises(ResultError, match="no plasma concentration was recorded"):
        plot_plasma(bare)


def test_missing_matplotlib_names_the_extra(population: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ResultError) as caught:
        plot_bands(population, "COWS")
    assert str(caught.value) == (
        "figures need the package matplotlib, which is not installed; expected the extra 'plots'. "
        "Install it with: pip install 'speciosa[plots]'"
    )
