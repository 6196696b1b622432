"""Entering records: scales item by item, doses and the rest; sent twice, changed, voided, refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from clinic import Browser, Clinic
from sqlalchemy import select

from speciosa.body.scales import SCALES
from speciosa.monitor.db import (
    AcknowledgementVersion,
    AssessmentVersion,
    CharacteristicsVersion,
    DoseVersion,
    Identity,
    Job,
    MeasurementVersion,
    NoteVersion,
    Person,
    PlanVersion,
    Submission,
)
from speciosa.monitor.web.scales import sheet, sheets

NOW = "2026-03-01T09:30"
COWS = {f"item-{number}": score for number, score in enumerate("12001120010", start=1)}
DOSE = {"item": "kratom", "amount": "2,5", "unit": "g", "basis": "reported", "taken_at": NOW}


def of(clinic: Clinic, rest: str) -> str:
    return f"/persons/{clinic.ids['P-1']}/{rest}"


@pytest.fixture
def browser(clinic: Clinic) -> Browser:
    return clinic.browser("clinician")


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
def test_forms_ask_what_the_scales_hold(scale) -> None:
    form = sheet(scale.name)
    assert [question.name for question in form.questions] == [item.name for item in scale.items]
    for question, item in zip(form.questions, scale.items, strict=True):
        assert [score for score, _ in question.answers] == [0, *item.points]
        assert all(words.strip() for _, words in question.answers)


def test_bands_are_those_of_the_evidence() -> None:
    assert [(band.low, band.words) for band in sheet("COWS").bands] == [
        (0, "no withdrawal"),
        (5, "mild"),
        (13, "moderate"),
        (25, "moderately severe"),
        (37, "severe"),
    ]
    assert {form.scale.name for form in sheets()} == {scale.name for scale in SCALES}


def test_a_rating_is_kept_item_by_item(clinic: Clinic, browser: Browser) -> None:
    reply = browser.fill(of(clinic, "assessments/new"), assessed_at=NOW, note="calm", **COWS)
    assert reply.status_code == 303
    page = browser.get(reply.headers["location"])
    assert ">8</span>" in page.text
    assert "mild" in page.text
    with clinic.database.read() as session:
        row = session.scalars(select(AssessmentVersion).where(AssessmentVersion.note == "calm")).one()
        assert row.total == 8
        assert (row.items or {})["sweating"] == 2
        assert row.assessed_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
        assert row.recorded_by == clinic.ids["clinician"]


def test_what_is_missing_is_named_and_what_was_filled_in_stays(clinic: Clinic, browser: Browser) -> None:
    fields = {**COWS, "item-4": "3"}
    del fields["item-11"]
    before = clinic.count(AssessmentVersion)
    reply = browser.fill(of(clinic, "assessments/new"), assessed_at=NOW, **fields)
    assert reply.status_code == 422
    for words in ("Pupils in room light: choose an answer.", "Gooseflesh: choose an answer."):
        assert words in reply.text
    assert 'name="item-2" value="2" checked' in reply.text
    assert "1 to go" in reply.text or "2 to go" in reply.text
    assert clinic.count(AssessmentVersion) == before


def test_a_form_sent_twice_is_written_once(clinic: Clinic, browser: Browser) -> None:
    path = of(clinic, "assessments/new")
    number, before = browser.submission(path), clinic.count(AssessmentVersion)
    replies = [browser.post(path, submission=number, assessed_at=NOW, **COWS) for _ in range(3)]
    assert len({reply.headers["location"] for reply in replies}) == 1
    assert clinic.count(AssessmentVersion) == before + 1
    other = browser.post(path, submission=number, assessed_at=NOW, **{**COWS, "item-1": "0"})
    assert other.status_code == 422
    assert "the same form was sent before with other content" in other.text
    assert clinic.count(AssessmentVersion) == before + 1


def test_a_rating_asks_for_a_forecast_once(clinic: Clinic, browser: Browser) -> None:
    for _ in range(3):
        browser.fill(of(clinic, "assessments/new"), assessed_at=NOW, **COWS)
    with clinic.database.read() as session:
        assert [job.kind for job in session.scalars(select(Job))] == ["forecast"]


def test_a_dose_is_kept(clinic: Clinic, browser: Browser) -> None:
    fields = {**DOSE, "amount_low": "2", "amount_high": "3"}
    assert browser.fill(of(clinic, "doses/new"), **fields).status_code == 303
    with clinic.database.read() as session:
        row = session.scalars(select(DoseVersion).where(DoseVersion.item == "kratom powder")).one()
        assert (row.amount, row.unit, row.basis, row.amount_low) == (2.5, "g", "reported", 2.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": "0"}, "the number is 0"),
        ({"amount": "lots"}, "Amount: write a number, such as 7.5."),
        ({"amount": "1e400"}, "Amount: write a number, such as 7.5."),
        ({"amount": ""}, "Amount: fill this in."),
        ({"unit": "stone"}, "Unit: choose one of those offered."),
        ({"item": "kratmo"}, "Did you mean"),
        ({"taken_at": "2999-01-01T00:00"}, "When: lies in the future."),
        ({"taken_at": "yesterday"}, "is no time"),
        ({"amount_low": "1"}, "one limit of the amount is given"),
        ({"note": "a\x00b"}, "Note: remove the control characters."),
        ({"note": "x" * 5001}, "Note: at most 5000 characters; these are 5001."),
        ({"submission": "1"}, "The form has lost its number."),
    ],
)
def test_a_fault_is_said_where_it_is(
    clinic: Clinic, browser: Browser, change: dict[str, str], words: str
) -> None:
    before = clinic.count(DoseVersion)
    path = of(clinic, "doses/new")
    reply = browser.post(path, **{"submission": browser.submission(path), **DOSE, **change})
    assert reply.status_code == 422
    assert words in reply.text.replace("&#39;", "'")
    assert (clinic.count(DoseVersion), clinic.count(Job)) == (before, 0)


def test_vital_signs_notes_and_characteristics_are_kept(clinic: Clinic, browser: Browser) -> None:
    vital = {"kind_of": "pulse", "value": "88", "measured_at": NOW}
    assert browser.fill(of(clinic, "vitals/new"), **vital).status_code == 303
    assert browser.fill(of(clinic, "vitals/new"), **{**vital, "value": "8800"}).status_code == 422
    assert browser.fill(of(clinic, "notes/new"), text="Calm.", noted_at=NOW).status_code == 303
    known = {"since": NOW, "weight": "71,5", "sex": "female", "flag-0": "yes"}
    assert browser.fill(of(clinic, "characteristics"), **known).status_code == 303
    assert browser.fill(of(clinic, "characteristics"), since=NOW, weight="3").status_code == 422
    with clinic.database.read() as session:
        assert session.scalars(select(MeasurementVersion)).one().value == 88.0
        row = session.scalars(select(CharacteristicsVersion)).one()
        assert (row.weight, row.sex, row.flags) == (71.5, "female", ["alcohol use"])
    assert clinic.count(NoteVersion) == 2


def test_a_record_is_changed_with_a_reason_and_the_old_version_stays(
    clinic: Clinic, browser: Browser
) -> None:
    path = of(clinic, f"doses/{clinic.ids['dose']}/amend")
    assert 'value="30"' in browser.get(path).text
    fields = {
        **DOSE,
        "item": "morphine",
        "amount": "20",
        "unit": "mg",
        "basis": "administered",
        "version": "1",
    }
    assert browser.fill(path, **fields).status_code == 422
    assert browser.fill(path, **fields, reason="typing error").status_code == 303
    late = browser.fill(path, **fields, reason="again")
    assert "version 2 is in force, and you saw version 1" in late.text
    text = browser.get(of(clinic, "history")).text
    for words in ("morphine 20 mg", "morphine 30 mg", "typing error", "2 versions"):
        assert words in text


def test_a_rating_is_changed(clinic: Clinic, browser: Browser) -> None:
    path = of(clinic, f"assessments/{clinic.ids['rating']}/amend")
    fields = {**COWS, "assessed_at": NOW, "version": "1", "reason": "items found"}
    assert browser.fill(path, **fields).status_code == 303
    with clinic.database.read() as session:
        rows = session.scalars(
            select(AssessmentVersion)
            .where(AssessmentVersion.record_id == clinic.ids["rating"])
            .order_by(AssessmentVersion.version)
        ).all()
        assert [(row.version, row.status, row.total) for row in rows] == [
            (1, "entered", 6),
            (2, "amended", 8),
        ]


def test_a_record_is_voided_and_stays_readable(clinic: Clinic, browser: Browser) -> None:
    path = of(clinic, f"records/notes/{clinic.ids['note']}/void")
    assert browser.fill(path, version="1").status_code == 422
    assert browser.fill(path, version="1", reason="wrong person").status_code == 303
    assert "Slept badly." not in browser.get(of(clinic, "report")).text
    text = browser.get(of(clinic, "history")).text
    assert "Slept badly." in text
    assert "wrong person" in text
    assert browser.get(of(clinic, f"records/persons/{clinic.ids['note']}/void")).status_code == 404


def test_a_person_is_added_with_an_episode_and_who_it_is_apart(clinic: Clinic, browser: Browser) -> None:
    fields = {
        **{"pseudonym": "P-9", "title": "Taper", "started_at": NOW, "assessment_interval": "12"},
        **{"name": "Erika Muster", "birth_date": "1990-05-21", "taken_before": "unknown opioids"},
    }
    reply = browser.fill("/persons/new", **fields)
    assert reply.status_code == 303
    page = browser.get(reply.headers["location"])
    assert "P-9" in page.text
    assert "Erika" not in page.text
    assert clinic.count(Identity) == 1
    again = browser.fill("/persons/new", **fields)
    assert "&#39;P-9&#39; is taken" in again.text
    assert clinic.count(Person) == 3


def test_a_half_right_person_is_not_half_added(clinic: Clinic, browser: Browser) -> None:
    fields = {"pseudonym": "P-9", "title": "Taper", "started_at": NOW, "birth_date": "last May"}
    before = [clinic.count(table) for table in (Person, Submission, Identity)]
    assert browser.fill("/persons/new", **fields).status_code == 422
    assert [clinic.count(table) for table in (Person, Submission, Identity)] == before


def test_a_reason_is_seen_and_stays_visible(clinic: Clinic, browser: Browser) -> None:
    page = browser.get(of(clinic, "").rstrip("/"))
    assert "Needs a look" in browser.get("/today").text
    found = page.text.split("/acknowledge")[0].rsplit("/", 1)[-1]
    path = of(clinic, f"attention/{found}/acknowledge")
    assert browser.fill(path).status_code == 422
    assert browser.fill(path, comment="Spoke with them.").status_code == 303
    text = browser.get(of(clinic, "").rstrip("/")).text
    assert "Spoke with them." in text
    assert "is-acknowledged" in text
    assert clinic.count(AcknowledgementVersion) == 1
    assert browser.get(path).status_code == 404


def test_regimens_are_asked_of_the_model(clinic: Clinic, browser: Browser) -> None:
    path = of(clinic, "plan")
    bad = browser.fill(path, **{"regimen-1": "buprenorphine ... mg every 24 h"})
    assert bad.status_code == 422
    assert browser.fill(path).status_code == 422
    good = {
        "title-1": "Nothing",
        "regimen-1": "nothing",
        "regimen-2": "methadone 30 mg once a day for 2 days",
    }
    assert browser.fill(path, **good).status_code == 303
    with clinic.database.read() as session:
        job = session.scalars(select(Job)).one()
        assert job.kind == "expectation"
        assert [item["title"] for item in job.payload["plans"]] == ["Nothing", "Plan 2"]
    assert "Waits for the worker" in browser.get(path).text
    before = clinic.count(PlanVersion)
    assert browser.fill(path, keep="2", **good).status_code == 303
    assert clinic.count(PlanVersion) == before + 1


def test_a_self_reporting_person_enters_their_own(clinic: Clinic) -> None:
    own = clinic.browser("person")
    fields = {f"item-{number}": "1" for number in range(1, 11)}
    assert own.fill("/me/assessments/new", scale="SOWS-Gossop", assessed_at=NOW, **fields).status_code == 303
    assert own.fill("/me/doses/new", **DOSE).status_code == 303
    given = own.fill("/me/doses/new", **{**DOSE, "basis": "administered"})
    assert given.status_code == 422
    assert own.get("/me/assessments/new?scale=COWS").status_code == 404
    cows = own.fill("/me/assessments/new", scale="COWS", assessed_at=NOW, **COWS)
    assert cows.status_code == 404
    text = own.get("/me").text
    assert "SOWS-Gossop 10" in text
    with clinic.database.read() as session:
        people = {row.person_id for row in session.scalars(select(DoseVersion))}
        assert people == {clinic.ids["P-1"]}


def test_preferences_are_kept(clinic: Clinic, browser: Browser) -> None:
    assert browser.post("/account/preferences", theme="dark", shortcuts="off").status_code == 303
    text = browser.get("/account").text
    assert 'data-theme="dark"' in text
    assert "data-shortcuts" not in text
    assert browser.post("/account/preferences", theme="pink", shortcuts="off").status_code == 422
