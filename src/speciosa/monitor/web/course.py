"""From a record and its forecast to what the chart of a person shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from speciosa.forecasting import Band, Forecast, PersonRecord
from speciosa.monitor.web.charts import Course, Mark, Panel, Ribbon, Tick
from speciosa.monitor.web.scales import sheet
from speciosa.monitor.web.settings import Settings

RANGES = (("3", "3 days"), ("7", "7 days"), ("14", "14 days"), ("60", "60 days"), ("all", "All"))
WHOLE = "all"
DEFAULT_RANGE = "7"
AHEAD = timedelta(hours=72)
AHEAD_WITHOUT = timedelta(hours=6)
SCALE = "COWS"
PANEL_WORDS = {
    "MOR signal": "Signal at the mu receptor, share of full",
    "breathing margin": "Breathing margin, share of resting ventilation",
    "dependence": "Dependence, share of full adaptation",
    "tolerance": "Tolerance, share of full adaptation",
}


@dataclass(frozen=True)
class Clock:
    """From hours of a record to moments.

    Parameters
    ----------
    start : datetime
        Time 0 of the record.
    """

    start: datetime

    def at(self, hours: float) -> datetime:
        """Moment of a time of the record."""
        return self.start + timedelta(hours=hours)

    @classmethod
    def of(cls, record: PersonRecord) -> Clock | None:
        """Clock of a record; None where it holds no date."""
        begun = record.date(0.0)
        if begun is None:
            return None
        return cls(begun if begun.tzinfo else begun.replace(tzinfo=UTC))


def ribbon(
    name: str,
    clock: Clock,
    times: Sequence[float],
    band: Band,
    *,
    since: float | None = None,
    until: float | None = None,
) -> Ribbon:
    """A band over moments, between two times of the record."""
    kept = [
        place
        for place, time in enumerate(times)
        if (since is None or time >= since) and (until is None or time <= until)
    ]

    def part(values: Sequence[float]) -> list[float]:
        return [values[place] for place in kept]

    return Ribbon(
        name,
        [clock.at(times[place]) for place in kept],
        part(band.median),
        (part(band.low50), part(band.high50)),
        (part(band.low90), part(band.high90)),
    )


def ribbons_of(found: Forecast, clock: Clock) -> tuple[list[Ribbon], list[Ribbon]]:
    """The three predictions, kept apart at the moment of the forecast; and the medians of other variants."""
    kinds = found.variants[0].scores.get(SCALE, {})
    shown = []
    if "population" in kinds:
        whole = ribbon("population", clock, found.times, kinds["population"].score)
        shown.append(Ribbon("population", whole.moments, whole.median, ((), ()), whole.outer))
    if "personal" in kinds:
        shown.append(ribbon("personal", clock, found.times, kinds["personal"].score, until=found.moment))
    if "forecast" in kinds:
        shown.append(ribbon("forecast", clock, found.times, kinds["forecast"].score, since=found.moment))
    others = []
    for variant in found.variants[1:]:
        kind = variant.scores.get(SCALE, {}).get("forecast")
        if kind is not None:
            line = ribbon("variant", clock, found.times, kind.score, since=found.moment)
            others.append(Ribbon("variant", line.moments, line.median))
    return shown, others


def panels_of(found: Forecast, clock: Clock) -> list[Panel]:
    """The panels below the chart."""
    return [
        Panel(PANEL_WORDS.get(name, name), "", ribbon("personal", clock, found.times, band))
        for name, band in found.variants[0].panels.items()
    ]


def marks_of(assessments: Sequence[Any], scale: str = SCALE) -> list[Mark]:
    """Observed scores of one scale."""
    form = sheet(scale)
    found = []
    for row in assessments:
        if row.scale != scale:
            continue
        if row.total is not None:
            band = form.band(row.total)
            words = f"{scale} {row.total}" + (f", {band.words}" if band else "")
            found.append(Mark(row.assessed_at, row.total, row.total, words))
            continue
        named = form.band_named(row.band)
        if named is not None:
            above = [band.low for band in form.bands if band.low > named.low]
            high = min(above) - 1 if above else form.scale.maximum
            found.append(Mark(row.assessed_at, named.low, high, f"{scale} {named.words}"))
    return found


def ticks_of(doses: Sequence[Any]) -> list[Tick]:
    """Doses as ticks."""
    return [
        Tick(row.taken_at, row.basis, f"{row.item} {row.amount:g} {row.unit}, {row.basis}") for row in doses
    ]


@dataclass(frozen=True)
class Window:
    """What part of the course is shown.

    Parameters
    ----------
    name : str
        Of `RANGES`.
    start, end : datetime
    """

    name: str
    start: datetime
    end: datetime


def window(name: str | None, first: datetime | None, now: datetime, *, has_forecast: bool) -> Window:
    """The part of the course that an address asks for."""
    chosen = name if name in dict(RANGES) else DEFAULT_RANGE
    wanted = now - timedelta(days=1 if chosen == WHOLE else int(chosen))
    earliest = min(first, now - timedelta(hours=12)) if first is not None else wanted
    start = earliest if chosen == WHOLE else max(earliest, wanted)
    return Window(chosen, start, now + (AHEAD if has_forecast else AHEAD_WITHOUT))


def course_of(
    settings: Settings,
    now: datetime,
    shown: Window,
    assessments: Sequence[Any],
    doses: Sequence[Any],
    found: Forecast | None,
    clock: Clock | None,
    words: str,
) -> Course:
    """The chart of a person."""
    ribbons, extra = ribbons_of(found, clock) if found is not None and clock is not None else ([], [])
    form = sheet(SCALE)
    moment = clock.at(found.moment) if found is not None and clock is not None else now
    return Course(
        start=shown.start,
        end=shown.end,
        now=moment,
        zone=settings.zone,
        scale=SCALE,
        ribbons=ribbons,
        extra=extra,
        marks=marks_of(assessments),
        ticks=ticks_of(doses),
        thresholds=[(band.low, band.name) for band in form.bands if band.level > 0],
        top=form.scale.maximum,
        description=words,
    )


def plain_course(course: Course) -> dict[str, Any]:
    """The chart as JSON values, for the script that lets a user point at it."""

    def seconds(moment: datetime) -> int:
        return int(moment.timestamp())

    def plain(item: Ribbon) -> dict[str, Any]:
        return {
            "name": item.name,
            "x": [seconds(moment) for moment in item.moments],
            "median": list(item.median),
            "inner": [list(edge) for edge in item.inner],
            "outer": [list(edge) for edge in item.outer],
        }

    return {
        "start": seconds(course.start),
        "end": seconds(course.end),
        "now": seconds(course.now),
        "zone": str(course.zone),
        "scale": course.scale,
        "top": course.highest(),
        "ribbons": [plain(item) for item in (*course.ribbons, *course.extra)],
        "marks": [[seconds(mark.moment), mark.low, mark.high, mark.words] for mark in course.marks],
        "ticks": [[seconds(tick.moment), tick.basis, tick.words] for tick in course.ticks],
        "thresholds": [[value, name] for value, name in course.thresholds],
    }
