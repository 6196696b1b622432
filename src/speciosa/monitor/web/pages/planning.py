"""Plans: a clinician types regimens and sees what the model expects of each.

The program proposes no regimen. Templates hold the words of approved treatments with the amounts left open: a
clinician fills them in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from starlette.responses import Response

from speciosa.drugs import catalog
from speciosa.errors import RecordError, SpeciosaError
from speciosa.forecasting import Forecast
from speciosa.monitor.db import Person
from speciosa.monitor.services import PlanEntry, current, forecasts, record
from speciosa.monitor.web import overview
from speciosa.monitor.web.call import Call, Page
from speciosa.monitor.web.charts import Course, course_svg
from speciosa.monitor.web.course import SCALE, Clock, ribbon
from speciosa.monitor.web.forms import FormError, Reader
from speciosa.monitor.web.pages.common import faults_of, new_submission, person_of, submission_of, values_of
from speciosa.monitor.web.scales import sheet
from speciosa.regimens import parse

ROWS = 4
LONGEST_REGIMEN = 400


@cache
def templates() -> tuple[Mapping[str, str], ...]:
    """Approved treatments and kratom reduction, with their amounts left open."""
    text = files("speciosa.monitor.web").joinpath("plans.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["template"])


def read_regimens(reader: Reader) -> list[dict[str, str]]:
    """Regimens that a form holds, each of which the grammar can read."""
    found = []
    for number in range(1, ROWS + 1):
        words = reader.text(f"regimen-{number}", f"Regimen {number}", longest=LONGEST_REGIMEN)
        title = reader.text(f"title-{number}", f"Name {number}", longest=60)
        if words is None:
            continue
        try:
            parse(words, catalog())
        except SpeciosaError as fault:
            reader.fault(f"regimen-{number}", str(fault))
        found.append({"title": title or f"Plan {number}", "regimen": words})
    if not found and not reader.faults:
        reader.fault("regimen-1", "Write at least one regimen.")
    return found


def show_plan(
    call: Call, person: Person, *, faults: Mapping[str, str] | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Form of regimens, and what was expected of those asked last."""
    plans = [row for row in current(call.session, call.actor, "plans", person.id) if row.is_active]
    defaults: dict[str, Any] = {"submission": new_submission()}
    job = forecasts.last_job(call.session, person.id, forecasts.EXPECTATION)
    asked = job.payload["plans"] if job is not None else []
    for number, item in enumerate(asked[:ROWS], start=1):
        defaults |= {f"title-{number}": item["title"], f"regimen-{number}": item["regimen"]}
    return call.render(
        "plan.html",
        status=status,
        values=values_of(call, defaults),
        faults=faults or {},
        rows=range(1, ROWS + 1),
        templates=templates(),
        plans=plans,
        **results_of(call, person),
    )


def results_of(call: Call, person: Person) -> dict[str, Any]:
    """What the part of the page with the results needs."""
    row = forecasts.latest(call.session, person.id, forecasts.EXPECTATION)
    job = forecasts.last_job(call.session, person.id, forecasts.EXPECTATION)
    record = overview.record_of(call.session, call.actor, person, call.now)
    clock = Clock.of(record) if row is not None else None
    shown = []
    if row is not None and clock is not None:
        found = forecasts.read_expectation(row)
        highest = max([value for _, item in found for value in item.prediction().score.high90] or [1.0])
        shown = [expected(call, plan, item, clock, highest) for plan, item in found]
    return {"results": shown, "made": row, "job": job, "person": person}


def expected(
    call: Call, plan: Mapping[str, str], item: Forecast, clock: Clock, highest: float
) -> dict[str, Any]:
    """What the model expects of one regimen: a chart, and three numbers."""
    score = item.prediction().score
    ahead = [place for place, time in enumerate(item.times) if time >= item.moment]
    peak = max(ahead, key=lambda place: score.median[place])
    form = sheet(SCALE)
    start, end = clock.at(item.moment), clock.at(item.times[-1])
    words = f"COWS expected of {plan['title']}: highest median {score.median[peak]:.0f}."
    line = ribbon("forecast", clock, item.times, score, since=item.moment)
    others = [
        ribbon("variant", clock, item.times, other.scores[SCALE]["forecast"].score, since=item.moment)
        for other in item.variants[1:]
    ]
    course = Course(
        start=start,
        end=end,
        now=start,
        zone=call.settings.zone,
        scale=SCALE,
        ribbons=[line],
        extra=others,
        thresholds=[(band.low, band.name) for band in form.bands if band.level > 0],
        top=min(form.scale.maximum, highest * 1.1 + 1.0),
        description=words,
    )
    return {
        "plan": plan,
        "picture": course_svg(course),
        "peak": score.median[peak],
        "peak_high": score.high90[peak],
        "peak_at": _moment(clock, item, peak),
        "band": form.band(score.median[peak]),
        "end": score.median[-1],
        "hours": item.times[-1] - item.moment,
        "disagreement": item.disagreement,
        "basis": item.basis,
    }


def _moment(clock: Clock, item: Forecast, place: int) -> datetime:
    return clock.at(item.times[place])


def plan(call: Call) -> Response:
    """Show the page of plans."""
    return show_plan(call, person_of(call))


def plan_results(call: Call) -> Response:
    """The results alone, for a page that waits for them."""
    return call.render("plan_results.html", **results_of(call, person_of(call)))


def take_plan(call: Call) -> Response:
    """Ask what the model expects of regimens; or keep one as the plan of the person."""
    person = person_of(call)
    reader = call.reader()
    try:
        submission = submission_of(reader)
        regimens: Sequence[dict[str, str]] = read_regimens(reader)
        keep = reader.integer("keep", "Plan to keep", low=1, high=ROWS)
        reader.check()
        if keep is not None:
            words = reader.required_text(f"regimen-{keep}", "Regimen", longest=LONGEST_REGIMEN)
            title = reader.text(f"title-{keep}", "Name", longest=60) or f"Plan {keep}"
            reader.check()
            entry = PlanEntry(call.now, title, words)
            record(call.session, call.actor, person.id, entry, submission=submission)
        else:
            forecasts.request_expectation(call.session, call.actor, person.id, regimens)
    except (FormError, RecordError) as fault:
        return show_plan(
            call, person, faults=faults_of(fault, dict(call.form)), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return call.redirect(f"/persons/{person.id}/plan")


PAGES = (
    Page("GET", "/persons/{person}/plan", plan),
    Page("POST", "/persons/{person}/plan", take_plan),
    Page("GET", "/persons/{person}/plan/results", plan_results),
)
