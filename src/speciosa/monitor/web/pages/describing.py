"""Describing people: vital signs, notes, and the characteristics that a forecast may depend on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from speciosa.monitor.db import Person
from speciosa.monitor.services import CharacteristicsEntry, MeasurementEntry, NoteEntry, current, to_local
from speciosa.monitor.services.vocabulary import FLAGS, MEASUREMENTS
from speciosa.monitor.web.call import Call, Page
from speciosa.monitor.web.forms import LONGEST_TEXT, Reader
from speciosa.monitor.web.pages.common import again, new_submission, person_of, take, values_of
from speciosa.people.covariates import LEVELS, LIMITS

Faults = Mapping[str, str]
VITALS = tuple(name for name, kind in MEASUREMENTS.items() if not kind.is_of_drug)


def show_vital(
    call: Call, person: Person, *, faults: Faults | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Form of a vital sign."""
    defaults = {
        "measured_at": to_local(call.now, call.settings.zone),
        "kind_of": VITALS[0],
        "submission": new_submission(),
    }
    return call.render(
        "vital_form.html",
        status=status,
        person=person,
        values=values_of(call, defaults),
        faults=faults or {},
        kinds=[(name, f"{name} ({MEASUREMENTS[name].unit})") for name in VITALS],
    )


def read_vital(reader: Reader) -> MeasurementEntry:
    """The vital sign that a form holds."""
    moment = reader.moment("measured_at", "When")
    kind = reader.choice("kind_of", "What", VITALS)
    limits = MEASUREMENTS[kind] if kind is not None else None
    value = reader.number(
        "value",
        "Value",
        low=limits.low if limits else 0.0,
        high=limits.high if limits else 0.0,
        is_required=True,
    )
    note = reader.text("note", "Note", longest=LONGEST_TEXT)
    reader.check()
    assert moment is not None and kind is not None and value is not None
    return MeasurementEntry(moment, kind, value, MEASUREMENTS[kind].unit, note=note)


def new_vital(call: Call) -> Response:
    """Show the form of a new vital sign."""
    return show_vital(call, person_of(call))


def take_vital(call: Call) -> Response:
    """Keep a vital sign."""
    person = person_of(call)
    return take(
        call, person, read_vital, partial(again, show_vital, person), f"/persons/{person.id}#timeline"
    )


def show_note(
    call: Call, person: Person, *, faults: Faults | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Form of a note."""
    defaults = {"noted_at": to_local(call.now, call.settings.zone), "submission": new_submission()}
    return call.render(
        "note_form.html", status=status, person=person, values=values_of(call, defaults), faults=faults or {}
    )


def read_note(reader: Reader) -> NoteEntry:
    """The note that a form holds."""
    moment = reader.moment("noted_at", "When")
    words = reader.required_text("text", "Note", longest=LONGEST_TEXT)
    reader.check()
    assert moment is not None
    return NoteEntry(moment, words)


def new_note(call: Call) -> Response:
    """Show the form of a new note."""
    return show_note(call, person_of(call))


def take_note(call: Call) -> Response:
    """Keep a note."""
    person = person_of(call)
    return take(call, person, read_note, partial(again, show_note, person), f"/persons/{person.id}#timeline")


NUMBERS = ("weight", "height", "egfr", "cyp2d6_activity_score")
LIMIT_WORDS = {"weight": "Weight (kg)", "height": "Height (cm)", "egfr": "eGFR (mL/min per 1.73 m2)"}


def read_characteristics(reader: Reader) -> CharacteristicsEntry:
    """The characteristics that a form holds."""
    since = reader.moment("since", "Known since")
    year = reader.integer("birth_year", "Year of birth", low=1900, high=reader.now.year)
    numbers = {
        name: reader.number(name, LIMIT_WORDS.get(name, name), low=LIMITS[name][0], high=LIMITS[name][1])
        for name in NUMBERS
    }
    levels = {
        name: reader.choice(name, name, tuple(options), is_required=False) for name, options in LEVELS.items()
    }
    flags = tuple(flag for number, flag in enumerate(FLAGS) if reader.flag(f"flag-{number}"))
    reader.check()
    assert since is not None
    return CharacteristicsEntry(since, birth_year=year, flags=flags, **numbers, **levels)  # type: ignore[arg-type]


def show_characteristics(
    call: Call, person: Person, *, faults: Faults | None = None, status: int = HTTPStatus.OK
) -> Response:
    """Form of the characteristics, filled with what is known."""
    known = current(call.session, call.actor, "characteristics", person.id)
    defaults: dict[str, Any] = {
        "since": to_local(call.now, call.settings.zone),
        "submission": new_submission(),
    }
    if known:
        last = known[-1]
        for name in ("birth_year", *NUMBERS):
            value = getattr(last, name)
            defaults[name] = "" if value is None else f"{value:g}"
        defaults |= {name: getattr(last, name) or "" for name in LEVELS}
        defaults |= {f"flag-{number}": "yes" for number, flag in enumerate(FLAGS) if flag in last.flags}
    return call.render(
        "characteristics_form.html",
        status=status,
        person=person,
        values=values_of(call, defaults),
        faults=faults or {},
        levels=[
            (name, name.replace("_", " "), [(option, option) for option in options])
            for name, options in LEVELS.items()
        ],
        flags=tuple(enumerate(FLAGS)),
    )


def characteristics(call: Call) -> Response:
    """Show what is known of a person."""
    return show_characteristics(call, person_of(call))


def take_characteristics(call: Call) -> Response:
    """Keep what is known of a person from a moment on."""
    person = person_of(call)
    return take(
        call,
        person,
        read_characteristics,
        partial(again, show_characteristics, person),
        f"/persons/{person.id}",
    )


_PERSON = "/persons/{person}"
PAGES = (
    Page("GET", f"{_PERSON}/vitals/new", new_vital),
    Page("POST", f"{_PERSON}/vitals/new", take_vital),
    Page("GET", f"{_PERSON}/notes/new", new_note),
    Page("POST", f"{_PERSON}/notes/new", take_note),
    Page("GET", f"{_PERSON}/characteristics", characteristics),
    Page("POST", f"{_PERSON}/characteristics", take_characteristics),
)
