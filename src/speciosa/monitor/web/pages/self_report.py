"""What a self-reporting person sees and enters: their own record, scales that they rate, doses they tell."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from speciosa.drugs import catalog
from speciosa.errors import RefusedError
from speciosa.monitor.db import Person
from speciosa.monitor.services import AssessmentEntry, DoseEntry, current, to_local
from speciosa.monitor.services.vocabulary import SUBSTANCES
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.forms import Reader
from speciosa.monitor.web.pages.common import new_submission, take, values_of
from speciosa.monitor.web.pages.entering import UNITS, read_assessment, read_dose, sheet_of
from speciosa.monitor.web.pages.following import line_of, moment_of
from speciosa.monitor.web.scales import Sheet, sheet, sheets

Faults = Mapping[str, str]
OWN_SCALE = "SOWS-Gossop"
OWN_BASES = ("reported", "missed")
SHOWN = 30


def own_person(call: Call) -> Person:
    """The person whose record is one's own.

    Raises
    ------
    RefusedError
        If the account belongs to nobody's record.
    """
    found = call.session.get(Person, call.known_user.person_id) if call.known_user.person_id else None
    if found is None:
        raise RefusedError("the account belongs to no record", expected="that of a self-reporting person")
    return found


def own_sheet(call: Call) -> Sheet:
    """A scale that the person rates."""
    named = call.form.get("scale") or call.query("scale")
    chosen = sheet_of(call) if named else sheet(OWN_SCALE)
    if chosen.scale.rater != "felt":
        raise NotFoundError
    return chosen


def me(call: Call) -> Response:
    """One's own record."""
    person = own_person(call)
    rows = [
        row for kind in ("assessments", "doses") for row in current(call.session, call.actor, kind, person.id)
    ]
    rows.sort(key=moment_of, reverse=True)
    return call.render(
        "me.html",
        person=person,
        rows=[(row, moment_of(row), line_of(row)) for row in rows[:SHOWN]],
        sheets=[item for item in sheets() if item.scale.rater == "felt"],
        said=call.query("said"),
    )


def show_own_assessment(call: Call, faults: Faults | None = None, status: int = HTTPStatus.OK) -> Response:
    """Form of a scale that the person rates."""
    chosen = own_sheet(call)
    defaults = {
        "assessed_at": to_local(call.now, call.settings.zone),
        "note": "",
        "submission": new_submission(),
    }
    values = values_of(call, defaults)
    rated = [int(values[item.field]) for item in chosen.questions if values.get(item.field, "").isdecimal()]
    return call.render(
        "assessment_form.html",
        status=status,
        person=None,
        sheet=chosen,
        sheets=[item for item in sheets() if item.scale.rater == "felt"],
        values=values,
        faults=faults or {},
        total=sum(rated),
        rated=len(rated),
        old=None,
    )


def take_own_assessment(call: Call) -> Response:
    """Keep a rating of oneself."""
    person, chosen = own_person(call), own_sheet(call)

    def build(reader: Reader) -> AssessmentEntry:
        return read_assessment(reader, chosen)

    return take(call, person, build, show_own_assessment, "/me?said=saved")


def show_own_dose(call: Call, faults: Faults | None = None, status: int = HTTPStatus.OK) -> Response:
    """Form of a dose that the person tells."""
    person = own_person(call)
    doses = current(call.session, call.actor, "doses", person.id)
    defaults = {
        "taken_at": to_local(call.now, call.settings.zone),
        "basis": "reported",
        "submission": new_submission(),
    }
    if doses:
        defaults |= {"item": doses[-1].item, "unit": doses[-1].unit}
    return call.render(
        "dose_form.html",
        status=status,
        person=None,
        values=values_of(call, defaults),
        faults=faults or {},
        old=None,
        units=[(unit, unit) for unit in UNITS],
        bases=[("reported", "I took it"), ("missed", "I did not take it")],
        products=[],
        items=sorted({*catalog().names, *SUBSTANCES}),
    )


def _read_own_dose(reader: Reader) -> DoseEntry:
    reader.choice("basis", "How known", OWN_BASES)
    return read_dose(reader)


def take_own_dose(call: Call) -> Response:
    """Keep a dose as the person tells it."""
    return take(call, own_person(call), _read_own_dose, show_own_dose, "/me?said=saved")


PAGES = (
    Page("GET", "/me", me),
    Page("GET", "/me/assessments/new", show_own_assessment),
    Page("POST", "/me/assessments/new", take_own_assessment),
    Page("GET", "/me/doses/new", show_own_dose),
    Page("POST", "/me/doses/new", take_own_dose),
)
