"""What pages share: the person of an address, faults of a form, the id of a form that is sent once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from speciosa.errors import RecordError, UnknownNameError
from speciosa.monitor.db import Person
from speciosa.monitor.services import Entry, find_person, forecasts, record
from speciosa.monitor.web.call import Call, NotFoundError
from speciosa.monitor.web.forms import FormError, Reader

_SUBMISSION = re.compile(r"[0-9a-f]{32}")


def person_of(call: Call) -> Person:
    """The person that the address names by id.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    name = call.parameter("person")
    try:
        person = find_person(call.session, call.actor, name)
    except UnknownNameError:
        raise NotFoundError from None
    if person.id != name:
        raise NotFoundError
    return person


def new_submission() -> str:
    """Id of a form that is about to be filled in: sent twice, it is written once."""
    return secrets.token_hex(16)


def submission_of(reader: Reader) -> str:
    """Id of the form that was sent."""
    value = reader.fields.get("submission", "")
    if not _SUBMISSION.fullmatch(value):
        reader.fault("", "The form has lost its number. Load the page again.")
    return value


def faults_of(fault: FormError | RecordError, form: dict[str, str]) -> dict[str, str]:
    """Sentence by field, from what a service or a reader complains of."""
    if isinstance(fault, FormError):
        return fault.faults
    where = fault.where or ""
    return {where if where in form else "": str(fault)}


Show = Callable[..., Response]


def take(call: Call, person: Person, build: Callable[[Reader], Entry], show: Show, target: str) -> Response:
    """Keep what a form says as a new record, ask for a new forecast, and go on; or show the form again.

    Parameters
    ----------
    call : Call
    person : Person
    build : callable
        Makes the entry from a reader.
    show : callable
        Shows the form, given `faults` and `status`.
    target : str
        Where to go; ``{record}`` stands for the id of the record.
    """
    reader = call.reader()
    try:
        submission = submission_of(reader)
        entry = build(reader)
        reader.check()
        kept = record(call.session, call.actor, person.id, entry, submission=submission)
    except (FormError, RecordError) as fault:
        return show(call, faults=faults_of(fault, dict(call.form)), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    forecasts.request(call.session, call.actor, person.id)
    return call.redirect(target.format(record=kept.record_id))


def values_of(call: Call, defaults: dict[str, Any]) -> dict[str, Any]:
    """What the fields of a form show: what was sent, or else the defaults."""
    return {"submission": new_submission(), **call.form} if call.form else defaults


def again(show: Show, person: Person, call: Call, **named: Any) -> Response:
    """Show a form of a person again, with what is wrong with it."""
    return show(call, person, **named)
