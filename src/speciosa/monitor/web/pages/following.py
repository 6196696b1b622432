"""Following people: today's list, the page of a person, basis, past forecasts, report and history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from speciosa.monitor.db import Person
from speciosa.monitor.services import current, entry_class, forecasts, history
from speciosa.monitor.web import overview
from speciosa.monitor.web.call import Call, Page
from speciosa.monitor.web.charts import course_svg, panels_svg
from speciosa.monitor.web.course import RANGES, WHOLE, course_of, panels_of, plain_course, window
from speciosa.monitor.web.fared import fared
from speciosa.monitor.web.pages.common import person_of
from speciosa.monitor.web.scales import sheet

TIMELINE = 30
KINDS = {
    "assessments": "Rating",
    "doses": "Dose",
    "measurements": "Measurement",
    "notes": "Note",
    "plans": "Plan",
    "characteristics": "Characteristics",
    "episodes": "Episode",
    "acknowledgements": "Reason seen",
}


def today(call: Call) -> Response:
    """Everybody who is followed, those who need a look first."""
    cards = overview.cards(call.session, call.actor, call.shelf, call.now)
    return call.render(
        "today.html",
        groups=[
            ("Needs a look", [card for card in cards if card.open]),
            ("Seen, not over", [card for card in cards if card.reasons and not card.open]),
            ("Nothing to see", [card for card in cards if not card.reasons]),
        ],
        count=len(cards),
    )


def _measured(row: Any) -> str:
    named = f"{row.kind_of} of {row.analyte}" if row.analyte else row.kind_of
    return f"{named} {'below ' if row.is_below_limit else ''}{row.value:g} {row.unit}"


def _episode(row: Any) -> str:
    every = f", a rating every {row.assessment_interval:g} h" if row.assessment_interval else ""
    before = f"; taken before: {row.taken_before}" if row.taken_before else ""
    return f"{row.title}{every}{before}"


def _characteristics(row: Any) -> str:
    known = [
        f"{name.replace('_', ' ')} {getattr(row, name)}"
        for name in ("birth_year", "sex", "weight", "height", "egfr", "pregnancy")
        if getattr(row, name) is not None
    ]
    return ", ".join([*known, *row.flags]) or "nothing known"


LINES: Mapping[str, Callable[[Any], str]] = {
    "assessments": lambda row: f"{row.scale} {row.total if row.total is not None else row.band}",
    "doses": lambda row: f"{row.item} {row.amount:g} {row.unit}",
    "measurements": _measured,
    "notes": lambda row: str(row.text),
    "plans": lambda row: f"{row.title}: {row.regimen}",
    "acknowledgements": lambda row: f"{row.rule}: {row.comment}",
    "episodes": _episode,
    "characteristics": _characteristics,
}


def line_of(row: Any) -> str:
    """A record in one line."""
    return LINES[row.__tablename__](row)


def moment_of(row: Any) -> datetime:
    """When what a record tells took place."""
    found: datetime = getattr(row, entry_class(row.__tablename__).when)
    return found


def timeline(call: Call, person: Person, kinds: Sequence[str], since: datetime | None = None) -> list[Any]:
    """Records of several kinds, the latest first."""
    rows = [row for kind in kinds for row in current(call.session, call.actor, kind, person.id, since=since)]
    return sorted(rows, key=lambda row: (moment_of(row), row.recorded_at), reverse=True)


def chart_of(call: Call, person: Person) -> dict[str, Any]:
    """What the part of the page with the chart needs."""
    found = overview.forecast_of(call.session, call.shelf, person.id)
    name, is_whole = call.query("range"), call.query("range") == WHOLE
    first = next((row.started_at for row in current(call.session, call.actor, "episodes", person.id)), None)
    shown = window(name, first, call.now, has_forecast=found is not None)
    since = None if is_whole else shown.start
    assessments, doses = (
        current(call.session, call.actor, kind, person.id, since=since) for kind in ("assessments", "doses")
    )
    if is_whole:
        first = min((moment_of(row) for row in (*assessments, *doses)), default=None)
        shown = window(name, first, call.now, has_forecast=found is not None)
    words = words_of(person, assessments, found)
    forecast = found.forecast if found is not None else None
    clock = found.clock if found is not None else None
    course = course_of(call.settings, call.now, shown, assessments, doses, forecast, clock, words)
    panels = panels_of(forecast, clock) if forecast is not None and clock is not None else []
    return {
        "person": person,
        "window": shown,
        "ranges": RANGES,
        "picture": course_svg(course),
        "panels": [
            (panel.title, picture)
            for panel, picture in zip(
                panels,
                panels_svg(panels, shown.start, shown.end, course.now, call.settings.zone),
                strict=True,
            )
        ],
        "data": plain_course(course),
        "found": found,
        "forecast": forecast,
        "ahead": ahead_of(found),
        "job": forecasts.last_job(call.session, person.id),
    }


HOURS_AHEAD = (6, 12, 24, 48, 72)


def ahead_of(found: overview.Found | None) -> list[dict[str, Any]]:
    """The forecast as a table: what is expected some hours on."""
    if found is None:
        return []
    kinds = found.forecast.variants[0].scores.get("COWS", {})
    if "forecast" not in kinds:
        return []
    band, times = kinds["forecast"].score, found.forecast.times
    form = sheet("COWS")
    rows = []
    for hours in HOURS_AHEAD:
        wanted = found.forecast.moment + hours
        if wanted > times[-1] + 1.0:
            continue
        place = min(range(len(times)), key=lambda number: abs(times[number] - wanted))
        rows.append(
            {
                "hours": hours,
                "moment": found.clock.at(times[place]),
                "median": band.median[place],
                "inner": (band.low50[place], band.high50[place]),
                "outer": (band.low90[place], band.high90[place]),
                "band": form.band(band.median[place]),
            }
        )
    return rows


def words_of(person: Person, assessments: Sequence[Any], found: overview.Found | None) -> str:
    """The chart in a sentence, for those who do not see it."""
    rated = [row for row in assessments if row.scale == "COWS" and row.total is not None]
    parts = [f"COWS of {person.pseudonym} over time."]
    if rated:
        parts.append(f"Last rating {rated[-1].total}.")
    for row in ahead_of(found):
        if row["hours"] in (24, 72):
            low, high = row["outer"]
            parts.append(
                f"In {row['hours']} h {row['median']:.0f} expected, 90 % band {low:.0f} to {high:.0f}."
            )
    return " ".join(parts)


def person(call: Call) -> Response:
    """The page of a person."""
    found = person_of(call)
    card = overview.card_of(call.session, call.actor, call.shelf, found, call.now)
    chart = chart_of(call, found)
    kinds = ("assessments", "doses", "measurements", "notes")
    shown = timeline(call, found, kinds, chart["window"].start)[:TIMELINE]
    episodes = current(call.session, call.actor, "episodes", found.id)
    return call.render(
        "person.html",
        **chart,
        card=card,
        timeline=[(row, moment_of(row), line_of(row), KINDS[row.__tablename__]) for row in shown],
        episode=episodes[-1] if episodes else None,
        characteristics=[
            line_of(row) for row in current(call.session, call.actor, "characteristics", found.id)
        ][-1:],
    )


def chart(call: Call) -> Response:
    """The chart alone, for a page that waits for a forecast."""
    return call.render("chart.html", **chart_of(call, person_of(call)))


def ask_forecast(call: Call) -> Response:
    """Ask for a forecast now."""
    found = person_of(call)
    forecasts.request(call.session, call.actor, found.id)
    return call.redirect(f"/persons/{found.id}")


def basis(call: Call) -> Response:
    """What the forecast rests on."""
    person = person_of(call)
    found = overview.forecast_of(call.session, call.shelf, person.id)
    return call.render("basis.html", person=person, found=found)


def rated_of(call: Call, person: Person) -> list[Any]:
    """Ratings of COWS with a total."""
    rows = current(call.session, call.actor, "assessments", person.id)
    return [row for row in rows if row.scale == "COWS" and row.total is not None]


def skill(call: Call) -> Response:
    """How past forecasts fared."""
    person = person_of(call)
    made = overview.all_forecasts(call.session, call.shelf, person.id)
    waits = forecasts.unfinished(call.session, person.id, forecasts.HINDSIGHT)
    return call.render(
        "skill.html", person=person, result=fared(made, rated_of(call, person)), waits=waits is not None
    )


MOST_HINDSIGHT = 10
LEAD, LEAST_APART = timedelta(hours=24), timedelta(hours=20)


def ask_hindsight(call: Call) -> Response:
    """Ask what would have been forecast a day before each of the latest ratings."""
    person = person_of(call)
    moments: list[datetime] = []
    for row in reversed(rated_of(call, person)):
        moment = row.assessed_at - LEAD
        if len(moments) < MOST_HINDSIGHT and (not moments or moments[-1] - moment >= LEAST_APART):
            moments.append(moment)
    forecasts.request_hindsight(call.session, call.actor, person.id, moments)
    return call.redirect(f"/persons/{person.id}/skill")


def report(call: Call) -> Response:
    """A report to print."""
    person = person_of(call)
    card = overview.card_of(call.session, call.actor, call.shelf, person, call.now)
    since = call.now - timedelta(days=14)
    rows = timeline(call, person, ("assessments", "doses", "measurements"), since)
    return call.render(
        "report.html",
        **chart_of(call, person),
        card=card,
        rows=[(row, moment_of(row), line_of(row), KINDS[row.__tablename__]) for row in rows],
        notes=timeline(call, person, ("notes",), since),
        characteristics=[
            line_of(row) for row in current(call.session, call.actor, "characteristics", person.id)
        ][-1:],
        since=since,
    )


def record_history(call: Call) -> Response:
    """Every version of every record, the latest first."""
    person = person_of(call)
    records = []
    for kind, title in KINDS.items():
        for row in current(call.session, call.actor, kind, person.id, with_voided=True):
            versions = [row] if row.version == 1 else history(call.session, call.actor, kind, row.record_id)
            records.append((title, kind, row, [(item, line_of(item)) for item in reversed(versions)]))
    records.sort(key=lambda item: item[2].recorded_at, reverse=True)
    return call.render(
        "history.html",
        person=person,
        records=records,
        names=overview.names(call.session),
        moment_of=moment_of,
    )


_PERSON = "/persons/{person}"
PAGES = (
    Page("GET", "/today", today),
    Page("GET", _PERSON, person),
    Page("GET", f"{_PERSON}/chart", chart),
    Page("POST", f"{_PERSON}/forecast", ask_forecast),
    Page("GET", f"{_PERSON}/basis", basis),
    Page("GET", f"{_PERSON}/skill", skill),
    Page("POST", f"{_PERSON}/skill", ask_hindsight),
    Page("GET", f"{_PERSON}/report", report),
    Page("GET", f"{_PERSON}/history", record_history),
)
