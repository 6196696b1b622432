"""A course in the space of a word."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from speciosa.monitor.web.charts.scale import Axis

WIDTH, HEIGHT, EDGE = 96.0, 26.0, 3.0


def spark_svg(points: Sequence[tuple[float, float]], threshold: float, words: str) -> Markup:
    """Scores over time as a small line.

    Parameters
    ----------
    points : sequence of (hours, score)
        In order of time.
    threshold : float
        Score at which a faint line is drawn.
    words : str
        What a reader is told.

    Examples
    --------
    >>> spark_svg([(0.0, 4.0), (24.0, 9.0)], 5.0, "COWS 4, then 9").startswith("<svg")
    True
    """
    if not points:
        return Markup("")
    first, last = points[0][0], points[-1][0]
    x = Axis(first, last if last > first else first + 1.0, EDGE, WIDTH - EDGE)
    y = Axis(0.0, max(threshold * 2.0, *(score for _, score in points)), HEIGHT - EDGE, EDGE)
    places = " ".join(f"{x.place(hour):.1f},{y.place(score):.1f}" for hour, score in points)
    level = y.place(threshold)
    end = f'cx="{x.place(last):.1f}" cy="{y.place(points[-1][1]):.1f}"'
    return Markup(
        f'<svg class="spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(words)}">'
        f'<line class="threshold" x1="0" x2="{WIDTH:g}" y1="{level:.1f}" y2="{level:.1f}"/>'
        f'<polyline points="{places}"/><circle {end} r="2.6"/></svg>'
    )
