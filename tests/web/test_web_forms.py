"""Forms with anything in them: never a fault of the program, never a partial record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from clinic import Browser, Clinic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speciosa.monitor.db import (
    VERSIONED,
    AuditEntry,
    Identity,
    Job,
    Person,
    Submission,
    User,
)
from speciosa.monitor.db.verification import verify_trail
from speciosa.monitor.web.access import access

TABLES: tuple[Any, ...] = (*VERSIONED, Person, Identity, Submission, Job, User)
_FIELD = re.compile(r'<(?:input|select|textarea)[^>]* name="([^"]+)"')
_VALUE = re.compile(r'<option value="([^"]*)"|<input[^>]* type="radio"[^>]* value="([^"]*)"')
FORMS = sorted(
    path
    for method, path in access()
    if method == "GET" and ("POST", path) in access() and "/login" not in path
)
AT_LEAST_AS_MANY = 12


def standing(path: str) -> str:
    return next(role for role in ("clinician", "administrator", "person") if role in access()["POST", path])


def address(path: str, clinic: Clinic) -> str:
    record = "rating" if "/assessments/" in path else "dose" if "/doses/" in path else "note"
    return (
        path.replace("{person}", clinic.ids["P-1"])
        .replace("{kind}", "notes")
        .replace("{record}", clinic.ids[record])
        .replace("{user}", clinic.ids["observer"])
        .replace("{key}", "x")
    )


def counts(clinic: Clinic) -> dict[str, int]:
    return {table.__tablename__: clinic.count(table) for table in (*TABLES, AuditEntry)}


WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "0", "-1", "1", "5", "1e9", "nan", "inf", "2026-03-01T09:30", "9999-12-31T23:59"]),
    st.sampled_from(
        ["\x00", "\u2028", "' OR 1=1 --", "<script>", "../../etc", "{{7*7}}", "%s%n", "\ud7ff", "😀"]
    ),
    st.integers().map(str),
    st.floats().map(str),
)


def test_there_are_forms_to_try() -> None:
    assert len(FORMS) >= AT_LEAST_AS_MANY


@pytest.mark.parametrize("path", FORMS)
def test_no_form_breaks_the_program_or_leaves_half_a_record(shared: Clinic, path: str) -> None:
    browser = shared.browser(standing(path))
    where = address(path, shared)
    page = browser.get(where).text
    names = sorted({*_FIELD.findall(page), "keep", "version", "act"} - {"csrf", "submission"})
    offered = [value for pair in _VALUE.findall(page) for value in pair if value]
    value = st.one_of(WORDS, st.sampled_from(offered)) if offered else WORDS

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(fields=st.dictionaries(st.sampled_from(names), value, max_size=len(names)))
    def attempt(fields: dict[str, str]) -> None:
        send(shared, browser, where, fields)

    attempt()


def send(clinic: Clinic, browser: Browser, where: str, fields: dict[str, str]) -> None:
    """Send a form, and hold that it was taken as a whole or not at all."""
    before = counts(clinic)
    found = re.search(r'name="submission" value="([^"]*)"', browser.get(where).text)
    number = {"submission": found[1]} if found else {}
    encoded = {
        name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        for name, value in fields.items()
    }
    reply = browser.post(where, **number, **encoded)
    assert reply.status_code in (200, 303, 404, 422), (reply.status_code, fields)
    after = counts(clinic)
    if reply.status_code != 303:
        grown = {name for name in after if after[name] != before[name]} - {"users", "audit_entries"}
        assert grown == set() or where.startswith("/users"), (fields, grown)


def test_the_audit_trail_holds_after_all_that(shared: Clinic) -> None:
    with shared.database.read() as session:
        assert verify_trail(session).is_whole


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(path=st.text(max_size=30), query=st.text(max_size=30))
def test_no_address_breaks_the_program(shared: Clinic, path: str, query: str) -> None:
    from urllib.parse import quote

    client = shared.client()
    for stem in ("/", "/persons/", f"/persons/{shared.ids['P-1']}/", "/users/", "/static/"):
        reply = client.get(f"{stem}{quote(path, safe='')}?{quote(query, safe='=&')}")
        assert reply.status_code < 500


@pytest.mark.parametrize("name", ["range", "scale", "before", "said"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(value=st.text(max_size=30))
def test_no_query_breaks_the_program(shared: Clinic, name: str, value: str) -> None:
    person = shared.ids["P-1"]
    clinician, administrator = shared.browser("clinician"), shared.browser("administrator")
    for browser, path in (
        (clinician, f"/persons/{person}"),
        (clinician, f"/persons/{person}/assessments/new"),
        (clinician, "/account"),
        (administrator, "/audit"),
    ):
        assert browser.client.get(path, params={name: value}).status_code in (200, 404)
