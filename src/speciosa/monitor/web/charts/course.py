"""The chart of a person: bands, points, doses, thresholds and the moment of now; and the panels below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from html import escape

from markupsafe import Markup

from speciosa.monitor.web.charts.scale import Axis, nice_ticks, time_ticks

WIDTH, HEIGHT = 920.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 122.0, 18.0, 62.0
PANEL_WIDTH, PANEL_HEIGHT = 450.0, 150.0
MOST_TICKS, MOST_PANEL_TICKS = 9, 5
LABEL_GAP = 13.0
MARK_RADIUS = 4.0


@dataclass(frozen=True)
class Ribbon:
    """A median with two bands over time.

    Parameters
    ----------
    name : str
        ``"population"``, ``"personal"``, ``"forecast"``: also its class in the style sheet.
    moments : sequence of datetime
    median : sequence of float
    inner, outer : pair of sequences of float
        Lower and upper edge of the 50 % and of the 90 % band; empty where there is none.
    """

    name: str
    moments: Sequence[datetime]
    median: Sequence[float]
    inner: tuple[Sequence[float], Sequence[float]] = ((), ())
    outer: tuple[Sequence[float], Sequence[float]] = ((), ())


@dataclass(frozen=True)
class Mark:
    """An observed score; a range where only its severity band is known.

    Parameters
    ----------
    moment : datetime
    low, high : float
    words : str
        What a reader is told.
    """

    moment: datetime
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Tick:
    """A dose.

    Parameters
    ----------
    moment : datetime
    basis : str
        ``"administered"``, ``"reported"``, ``"missed"``, ``"planned"``.
    words : str
    """

    moment: datetime
    basis: str
    words: str


@dataclass(frozen=True)
class Panel:
    """A small chart of one quantity.

    Parameters
    ----------
    title, unit : str
    ribbon : Ribbon
    """

    title: str
    unit: str
    ribbon: Ribbon


@dataclass(frozen=True)
class Course:
    """What the chart of a person shows.

    Parameters
    ----------
    start, end, now : datetime
    zone : tzinfo
    scale : str
        Name of the score.
    ribbons : sequence of Ribbon
        From the bottom up.
    marks, ticks : sequence
    thresholds : sequence of (float, str)
        Lowest score of each severity band, and its name.
    top : float
        Largest score of the scale.
    description : str
        For those who do not see the chart.
    """

    start: datetime
    end: datetime
    now: datetime
    zone: tzinfo
    scale: str
    ribbons: Sequence[Ribbon] = ()
    marks: Sequence[Mark] = ()
    ticks: Sequence[Tick] = ()
    thresholds: Sequence[tuple[float, str]] = ()
    top: float = 1.0
    description: str = ""
    extra: Sequence[Ribbon] = field(default=())

    def highest(self) -> float:
        """Largest number that is drawn, with air above it."""
        seen = [0.0]
        for ribbon in (*self.ribbons, *self.extra):
            seen += [
                value for values in (ribbon.median, ribbon.inner[1], ribbon.outer[1]) for value in values
            ]
        seen += [mark.high for mark in self.marks]
        first = min((value for value, _ in self.thresholds), default=1.0)
        return min(self.top, max(*seen, 2.0 * first) * 1.08 + 1.0)


class _Frame:
    """Two axes in a picture."""

    def __init__(
        self, start: datetime, end: datetime, low: float, high: float, box: tuple[float, float, float, float]
    ) -> None:
        left, right, top, bottom = box
        self.start, self.end = start, end
        self.x = Axis(0.0, max((end - start) / timedelta(hours=1), 1e-6), left, right)
        self.y = Axis(low, high, bottom, top)
        self.box = box

    def at(self, moment: datetime) -> float:
        return self.x.place((moment - self.start) / timedelta(hours=1))

    def shows(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _band(frame: _Frame, ribbon: Ribbon, edges: tuple[Sequence[float], Sequence[float]], kind: str) -> str:
    if not edges[0]:
        return ""
    rows = [
        (frame.at(moment), frame.y.place(low), frame.y.place(high))
        for moment, low, high in zip(ribbon.moments, *edges, strict=True)
        if frame.shows(moment)
    ]
    if len(rows) < 2:  # noqa: PLR2004
        return ""
    outline = [(x, low) for x, low, _ in rows] + [(x, high) for x, _, high in reversed(rows)]
    return f'<polygon class="band {kind} {ribbon.name}" points="{_points(outline)}"/>'


def _line(frame: _Frame, ribbon: Ribbon) -> str:
    places = [
        (frame.at(moment), frame.y.place(value))
        for moment, value in zip(ribbon.moments, ribbon.median, strict=True)
        if frame.shows(moment)
    ]
    return f'<polyline class="median {ribbon.name}" points="{_points(places)}"/>' if len(places) > 1 else ""


def _ribbon(frame: _Frame, ribbon: Ribbon) -> list[str]:
    return [
        _band(frame, ribbon, ribbon.outer, "outer"),
        _band(frame, ribbon, ribbon.inner, "inner"),
        _line(frame, ribbon),
    ]


def _time_axis(frame: _Frame, zone: tzinfo, most: int, bottom: float) -> list[str]:
    parts = []
    for moment, words in time_ticks(frame.start, frame.end, zone, most):
        x = frame.at(moment)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.box[2]}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{words}</text>')
    return parts


def _value_axis(frame: _Frame, most: int) -> list[str]:
    parts = []
    for value in nice_ticks(frame.y.low, frame.y.high, most):
        y = frame.y.place(value)
        parts.append(
            f'<line class="grid" x1="{frame.box[0]}" x2="{frame.box[1]}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(
            f'<text class="tick" x="{frame.box[0] - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    return parts


def _thresholds(frame: _Frame, course: Course) -> list[str]:
    parts = []
    for level, (value, name) in enumerate(course.thresholds, start=1):
        if frame.y.holds(value):
            y = frame.y.place(value)
            x = frame.box[1]
            parts.append(
                f'<line class="threshold level-{level}" x1="{frame.box[0]}" x2="{x}"'
                f' y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            parts.append(
                f'<text class="threshold" x="{x + 8}" y="{y + 4:.1f}">{escape(name)} &#8805; {value:g}</text>'
            )
    return parts


def _marks(frame: _Frame, marks: Sequence[Mark]) -> list[str]:
    parts = []
    for mark in marks:
        if not frame.shows(mark.moment):
            continue
        x, title = frame.at(mark.moment), f"<title>{escape(mark.words)}</title>"
        low, high = frame.y.place(mark.low), frame.y.place(mark.high)
        if mark.high > mark.low:
            parts.append(
                f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}">{title}</line>'
            )
        else:
            parts.append(
                f'<circle class="mark" cx="{x:.1f}" cy="{low:.1f}" r="{MARK_RADIUS}">{title}</circle>'
            )
    return parts


def _ticks(frame: _Frame, ticks: Sequence[Tick], y: float) -> list[str]:
    parts = []
    for tick in ticks:
        if not frame.shows(tick.moment):
            continue
        x, title = frame.at(tick.moment), f"<title>{escape(tick.words)}</title>"
        cross, stroke = f"M{x - 3:.1f} {y - 3}l6 6m0 -6l-6 6", f"M{x:.1f} {y - 7}v11"
        shape = cross if tick.basis == "missed" else stroke
        parts.append(f'<path class="dose {escape(tick.basis)}" d="{shape}">{title}</path>')
    return parts


def course_svg(course: Course) -> Markup:
    """The chart of a person as SVG.

    Parameters
    ----------
    course : Course
    """
    plot_bottom = HEIGHT - BOTTOM
    frame = _Frame(course.start, course.end, 0.0, course.highest(), (LEFT, WIDTH - RIGHT, TOP, plot_bottom))
    strip = HEIGHT - BOTTOM + 36.0
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="course-title">',
        f'<title id="course-title">{escape(course.description)}</title>',
        *_time_axis(frame, course.zone, MOST_TICKS, plot_bottom),
        *_value_axis(frame, 6),
    ]
    for ribbon in course.ribbons:
        parts += _ribbon(frame, ribbon)
    parts += [_line(frame, ribbon) for ribbon in course.extra]
    parts += _thresholds(frame, course)
    if frame.shows(course.now):
        x = frame.at(course.now)
        parts.append(f'<line class="now" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{strip + 6}"/>')
        parts.append(f'<text class="now" x="{x + 5:.1f}" y="{TOP + 4}">now</text>')
    parts += _marks(frame, course.marks)
    parts.append(f'<text class="tick" x="{LEFT - 8}" y="{strip + 3}" text-anchor="end">doses</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{strip + 4}" y2="{strip + 4}"/>')
    parts += _ticks(frame, course.ticks, strip)
    parts.append(
        f'<text class="axis-name" transform="translate(12 {(TOP + plot_bottom) / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(course.scale)}</text>'
    )
    parts.append("</svg>")
    return Markup("".join(parts))


def panels_svg(
    panels: Sequence[Panel], start: datetime, end: datetime, now: datetime, zone: tzinfo
) -> list[Markup]:
    """The panels below the chart, one picture each."""
    return [_panel_svg(number, panel, start, end, now, zone) for number, panel in enumerate(panels)]


def _panel_svg(
    number: int, panel: Panel, start: datetime, end: datetime, now: datetime, zone: tzinfo
) -> Markup:
    ribbon = panel.ribbon
    values = [
        value
        for values in (ribbon.median, *ribbon.inner, *ribbon.outer)
        for moment, value in zip(ribbon.moments, values, strict=False)
        if start <= moment <= end
    ] or [0.0, 1.0]
    low, high = min(0.0, *values), max(values)
    high = high if high > low else low + 1.0
    bottom = PANEL_HEIGHT - 26.0
    frame = _Frame(start, end, low, high + (high - low) * 0.06, (48.0, PANEL_WIDTH - 10.0, 10.0, bottom))
    title = f"{panel.title} ({panel.unit})" if panel.unit else panel.title
    x = frame.at(now)
    parts = [
        f'<svg class="chart panel" viewBox="0 0 {PANEL_WIDTH:g} {PANEL_HEIGHT:g}" role="img"',
        f' aria-labelledby="panel-{number}">',
        f'<title id="panel-{number}">{escape(title)} over time</title>',
        *_time_axis(frame, zone, MOST_PANEL_TICKS, bottom),
        *_value_axis(frame, 4),
        *_ribbon(frame, ribbon),
        f'<line class="now" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{bottom}"/>' if frame.shows(now) else "",
        "</svg>",
    ]
    return Markup("".join(parts))
