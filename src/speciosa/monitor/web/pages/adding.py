"""Adding a person, and marking a reason for attention as seen."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from speciosa.errors import RecordError
from speciosa.monitor.services import (
    AcknowledgementEntry,
    EpisodeEntry,
    IdentityEntry,
    add_person,
    identify,
    record,
    to_local,
)
from speciosa.monitor.web import overview
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.forms import LONGEST_TEXT, FormError
from speciosa.monitor.web.pages.common import (
    faults_of,
    new_submission,
    person_of,
    submission_of,
    values_of,
)

Faults = Mapping[str, str]
INTERVAL = "24"


def new_person(call: Call, faults: Faults | None = None, status: int = HTTPStatus.OK) -> Response:
    """Form of a new person."""
    defaults = {
        "started_at": to_local(call.now, call.settings.zone),
        "title": "Withdrawal monitoring",
        "assessment_interval": INTERVAL,
        "submission": new_submission(),
    }
    return call.render(
        "new_person.html", status=status, values=values_of(call, defaults), faults=faults or {}
    )


def take_person(call: Call) -> Response:
    """Add a person with an episode, and who it is if that was told."""
    reader = call.reader()
    try:
        submission = submission_of(reader)
        pseudonym = reader.required_text("pseudonym", "Pseudonym", longest=40)
        title = reader.required_text("title", "Episode", longest=100)
        started = reader.moment("started_at", "Since")
        interval = reader.number("assessment_interval", "A rating every", low=0.5, high=8760.0)
        before = reader.text("taken_before", "Taken before", longest=400)
        name = reader.text("name", "Name", longest=100)
        birth = reader.text("birth_date", "Date of birth", longest=10)
        contact = reader.text("contact", "Contact")
        number = reader.text("number", "Number", longest=40)
        reader.check()
        assert started is not None
        person = add_person(call.session, call.actor, pseudonym, submission=submission)
        episode = EpisodeEntry(title, started, assessment_interval=interval, taken_before=before)
        record(call.session, call.actor, person.id, episode, submission=f"{submission}-episode")
        if any((name, birth, contact, number)):
            identify(call.session, call.actor, person.id, IdentityEntry(name, birth, contact, number))
    except (FormError, RecordError) as fault:
        return new_person(call, faults_of(fault, dict(call.form)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return call.redirect(f"/persons/{person.id}")


def show_acknowledge(call: Call, faults: Faults | None = None, status: int = HTTPStatus.OK) -> Response:
    """Ask for a comment on a reason."""
    person = person_of(call)
    card = overview.card_of(call.session, call.actor, call.shelf, person, call.now)
    key = call.parameter("key")
    reason = next((item for item in card.open if item.key == key), None)
    if reason is None:
        raise NotFoundError
    return call.render(
        "acknowledge.html",
        status=status,
        person=person,
        reason=reason,
        values=values_of(call, {"submission": new_submission()}),
        faults=faults or {},
    )


def take_acknowledge(call: Call) -> Response:
    """Keep that a reason was seen, with the comment."""
    person = person_of(call)
    key = call.parameter("key")
    reader = call.reader()
    card = overview.card_of(call.session, call.actor, call.shelf, person, call.now)
    reason = next((item for item in card.reasons if item.key == key), None)
    if reason is None:
        raise NotFoundError
    try:
        submission = submission_of(reader)
        comment = reader.required_text("comment", "Comment", longest=LONGEST_TEXT)
        reader.check()
        entry = AcknowledgementEntry(call.now, reason.rule, reason.key, comment)
        record(call.session, call.actor, person.id, entry, submission=submission)
    except (FormError, RecordError) as fault:
        return show_acknowledge(call, faults_of(fault, dict(call.form)), HTTPStatus.UNPROCESSABLE_ENTITY)
    return call.redirect(f"/persons/{person.id}#attention")


PAGES = (
    Page("GET", "/persons/new", new_person),
    Page("POST", "/persons/new", take_person),
    Page("GET", "/persons/{person}/attention/{key}/acknowledge", show_acknowledge),
    Page("POST", "/persons/{person}/attention/{key}/acknowledge", take_acknowledge),
)
