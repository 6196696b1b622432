"""Entering ratings and doses of a person; and amending and voiding records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from speciosa.drugs import catalog
from speciosa.errors import RecordError, UnknownNameError
from speciosa.monitor.db import AssessmentVersion, DoseVersion, Person
from speciosa.monitor.services import (
    AssessmentEntry,
    DoseEntry,
    Entry,
    amend,
    current,
    forecasts,
    history,
    to_local,
    void,
)
from speciosa.monitor.services.vocabulary import BASES, SUBSTANCES
from speciosa.monitor.web.call import Call, NotFoundError, Page
from speciosa.monitor.web.forms import LONGEST_TEXT, FormError, Reader
from speciosa.monitor.web.pages.common import (
    Show,
    again,
    faults_of,
    new_submission,
    person_of,
    submission_of,
    take,
    values_of,
)
from speciosa.monitor.web.scales import Sheet, sheet, sheets

LARGEST_AMOUNT = 1e6
UNITS = ("g", "mg", "ug", "mg/h", "ug/h", "mL", "piece")
BASIS_WORDS = {
    "administered": "given here, seen by staff",
    "reported": "taken, as the person says",
    "missed": "not taken",
}
Faults = Mapping[str, str]


# Scales -----------------------------------------------------------------------------------------------------


def sheet_of(call: Call) -> Sheet:
    """The scale that the address or the form names; COWS if none is named."""
    name = call.form.get("scale") or call.query("scale") or "COWS"
    try:
        return sheet(name)
    except UnknownNameError:
        raise NotFoundError from None


def read_assessment(reader: Reader, chosen: Sheet) -> AssessmentEntry:
    """The rating that a form holds, every item of it."""
    moment = reader.moment("assessed_at", "When")
    note = reader.text("note", "Note", longest=LONGEST_TEXT)
    items: dict[str, int] = {}
    for question in chosen.questions:
        allowed = [str(score) for score, _ in question.answers]
        answer = reader.fields.get(question.field, "").strip()
        if answer in allowed:
            items[question.name] = int(answer)
        else:
            reader.fault(question.field, f"{question.ask}: choose an answer.")
    reader.check()
    assert moment is not None
    return AssessmentEntry(moment, chosen.scale.name, items=items, note=note)


def show_assessment(
    call: Call,
    person: Person,
    *,
    faults: Faults | None = None,
    status: int = HTTPStatus.OK,
    old: AssessmentVersion | None = None,
) -> Response:
    """Form of a scale."""
    chosen = sheet(old.scale) if old is not None else sheet_of(call)
    defaults: dict[str, Any] = {
        "assessed_at": to_local(old.assessed_at if old is not None else call.now, call.settings.zone),
        "note": (old.note or "") if old is not None else "",
        "submission": new_submission(),
    }
    if old is not None and old.items:
        defaults |= {item.field: str(old.items[item.name]) for item in chosen.questions}
    values = values_of(call, defaults)
    rated = [int(values[item.field]) for item in chosen.questions if values.get(item.field, "").isdigit()]
    return call.render(
        "assessment_form.html",
        status=status,
        person=person,
        sheet=chosen,
        sheets=sheets(),
        values=values,
        faults=faults or {},
        total=sum(rated),
        rated=len(rated),
        old=old,
    )


def new_assessment(call: Call) -> Response:
    """Show the form of a new rating."""
    return show_assessment(call, person_of(call))


def take_assessment(call: Call) -> Response:
    """Keep a rating."""
    person, chosen = person_of(call), sheet_of(call)
    return take(
        call,
        person,
        partial(read_assessment, chosen=chosen),
        partial(again, show_assessment, person),
        f"/persons/{person.id}/assessments/{{record}}",
    )


def versions_of(call: Call, person: Person, kind: str) -> list[Any]:
    """Versions of the record that the address names, if it belongs to the person."""
    try:
        found = history(call.session, call.actor, kind, call.parameter("record"))
    except (RecordError, UnknownNameError):
        raise NotFoundError from None
    if found[-1].person_id != person.id:
        raise NotFoundError
    return list(found)


def assessment(call: Call) -> Response:
    """A rating that was kept, with total and band."""
    person = person_of(call)
    versions = versions_of(call, person, "assessments")
    row = versions[-1]
    chosen = sheet(row.scale)
    total = sum(row.items.values()) if row.items else row.total
    band = chosen.band(total) if total is not None else chosen.band_named(row.band)
    return call.render(
        "assessment.html", person=person, row=row, versions=versions, sheet=chosen, total=total, band=band
    )


# Doses ------------------------------------------------------------------------------------------------------


def read_dose(reader: Reader) -> DoseEntry:
    """The dose that a form holds."""
    moment = reader.moment("taken_at", "When")
    item = reader.required_text("item", "What")
    amount = reader.number("amount", "Amount", low=0.0, high=LARGEST_AMOUNT, is_required=True)
    unit = reader.choice("unit", "Unit", UNITS)
    basis = reader.choice("basis", "How known", BASES)
    entry = {
        "route": reader.text("route", "Route"),
        "amount_low": reader.number("amount_low", "At least", low=0.0, high=LARGEST_AMOUNT),
        "amount_high": reader.number("amount_high", "At most", low=0.0, high=LARGEST_AMOUNT),
        "time_uncertainty": reader.number("time_uncertainty", "Time right within", low=0.0, high=744.0),
        "note": reader.text("note", "Note", longest=LONGEST_TEXT),
    }
    product = reader.text("product_id", "Product")
    reader.check()
    assert moment is not None and amount is not None and unit is not None and basis is not None
    return DoseEntry(moment, item, amount, unit, basis, product_id=product, **entry)  # type: ignore[arg-type]


def show_dose(
    call: Call,
    person: Person,
    *,
    faults: Faults | None = None,
    status: int = HTTPStatus.OK,
    old: DoseVersion | None = None,
) -> Response:
    """Form of a dose; the last dose of the person is offered again."""
    actor, zone = call.actor, call.settings.zone
    doses = current(call.session, actor, "doses", person.id)
    like = old or (doses[-1] if doses else None)
    defaults: dict[str, Any] = {
        "taken_at": to_local(old.taken_at if old is not None else call.now, zone),
        "basis": old.basis if old is not None else "administered",
        "submission": new_submission(),
        "note": (old.note or "") if old is not None else "",
    }
    if like is not None:
        defaults |= {
            "item": like.item,
            "unit": like.unit,
            "route": like.route or "",
            "amount": f"{like.amount:g}",
        }
        defaults["product_id"] = like.product_id or ""
    if old is not None:
        for name in ("amount_low", "amount_high", "time_uncertainty"):
            value = getattr(old, name)
            defaults[name] = "" if value is None else f"{value:g}"
    products = current(call.session, actor, "products", None)
    return call.render(
        "dose_form.html",
        status=status,
        person=person,
        values=values_of(call, defaults),
        faults=faults or {},
        old=old,
        units=[(unit, unit) for unit in UNITS],
        bases=tuple(BASIS_WORDS.items()),
        products=[(product.record_id, product.name) for product in products],
        items=sorted({*catalog().names, *SUBSTANCES}),
    )


def new_dose(call: Call) -> Response:
    """Show the form of a new dose."""
    return show_dose(call, person_of(call))


def take_dose(call: Call) -> Response:
    """Keep a dose."""
    person = person_of(call)
    return take(call, person, read_dose, partial(again, show_dose, person), f"/persons/{person.id}#timeline")


# Amending and voiding ---------------------------------------------------------------------------------------

AMENDABLE: Mapping[str, Show] = {"assessments": show_assessment, "doses": show_dose}


def show_amend(call: Call, kind: str) -> Response:
    """Form of a record that is to be amended, filled with what it says."""
    person = person_of(call)
    old = versions_of(call, person, kind)[-1]
    return AMENDABLE[kind](call, person, old=old)


def take_amend(call: Call, kind: str) -> Response:
    """Keep a new version of a record."""
    person = person_of(call)
    old = versions_of(call, person, kind)[-1]
    reader = call.reader()
    try:
        submission = submission_of(reader)
        reason = reader.required_text("reason", "Why it is changed", longest=LONGEST_TEXT)
        seen = reader.integer("version", "Version", low=1, high=10**6, is_required=True)
        entry: Entry = (
            read_assessment(reader, sheet(old.scale)) if kind == "assessments" else read_dose(reader)
        )
        reader.check()
        amend(
            call.session,
            call.actor,
            old.record_id,
            entry,
            reason,
            expected_version=seen,
            submission=submission,
        )
    except (FormError, RecordError) as fault:
        faults = faults_of(fault, dict(call.form))
        return AMENDABLE[kind](call, person, old=old, faults=faults, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    forecasts.request(call.session, call.actor, person.id)
    return call.redirect(f"/persons/{person.id}/history#{old.record_id}")


VOIDABLE = ("assessments", "doses", "measurements", "notes", "plans")


def show_void(call: Call, faults: Faults | None = None, status: int = HTTPStatus.OK) -> Response:
    """Ask why a record is to be taken out of force."""
    person, kind = person_of(call), call.parameter("kind")
    if kind not in VOIDABLE:
        raise NotFoundError
    old = versions_of(call, person, kind)[-1]
    values = values_of(call, {"submission": new_submission()})
    return call.render(
        "void_form.html", status=status, person=person, kind=kind, old=old, values=values, faults=faults or {}
    )


def take_void(call: Call) -> Response:
    """Take a record out of force; its versions stay."""
    person, kind = person_of(call), call.parameter("kind")
    if kind not in VOIDABLE:
        raise NotFoundError
    old = versions_of(call, person, kind)[-1]
    reader = call.reader()
    try:
        submission = submission_of(reader)
        reason = reader.required_text("reason", "Why it is voided", longest=LONGEST_TEXT)
        seen = reader.integer("version", "Version", low=1, high=10**6, is_required=True)
        reader.check()
        void(
            call.session,
            call.actor,
            kind,
            old.record_id,
            reason,
            expected_version=seen,
            submission=submission,
        )
    except (FormError, RecordError) as fault:
        return show_void(call, faults_of(fault, dict(call.form)), HTTPStatus.UNPROCESSABLE_ENTITY)
    forecasts.request(call.session, call.actor, person.id)
    return call.redirect(f"/persons/{person.id}/history#{old.record_id}")


_PERSON = "/persons/{person}"
PAGES = (
    Page("GET", f"{_PERSON}/assessments/new", new_assessment),
    Page("POST", f"{_PERSON}/assessments/new", take_assessment),
    Page("GET", f"{_PERSON}/assessments/{{record}}", assessment),
    Page("GET", f"{_PERSON}/assessments/{{record}}/amend", partial(show_amend, kind="assessments")),
    Page("POST", f"{_PERSON}/assessments/{{record}}/amend", partial(take_amend, kind="assessments")),
    Page("GET", f"{_PERSON}/doses/new", new_dose),
    Page("POST", f"{_PERSON}/doses/new", take_dose),
    Page("GET", f"{_PERSON}/doses/{{record}}/amend", partial(show_amend, kind="doses")),
    Page("POST", f"{_PERSON}/doses/{{record}}/amend", partial(take_amend, kind="doses")),
    Page("GET", f"{_PERSON}/records/{{kind}}/{{record}}/void", show_void),
    Page("POST", f"{_PERSON}/records/{{kind}}/{{record}}/void", take_void),
)
