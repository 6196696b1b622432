"""What every request meets: the guard of forms, headers, limits, faults that tell nothing of the inside."""

from __future__ import annotations

import re

import pytest
from clinic import ORIGIN, Clinic
from sqlalchemy.exc import OperationalError

from speciosa.monitor.db import NoteVersion
from speciosa.monitor.web.access import access
from speciosa.monitor.web.call import Page
from speciosa.monitor.web.forms import LARGEST_BODY
from speciosa.monitor.web.headers import FIXED, HSTS
from speciosa.monitor.web.pipeline import Pipeline

NOTE = "/persons/{person}/notes/new"


def note_path(clinic: Clinic) -> str:
    return NOTE.replace("{person}", clinic.ids["P-1"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_not_taken(clinic: Clinic, headers: dict[str, str]) -> None:
    browser = clinic.browser("clinician")
    before = clinic.count(NoteVersion)
    reply = browser.client.post(note_path(clinic), data={"csrf": browser.guard, "text": "x"}, headers=headers)
    assert reply.status_code == 403
    assert clinic.count(NoteVersion) == before


def test_a_form_without_a_sign_of_where_it_comes_from_is_not_taken(shared: Clinic) -> None:
    browser = shared.browser("clinician")
    del browser.client.headers["Origin"]
    assert browser.post(note_path(shared), text="x").status_code == 403


@pytest.mark.parametrize("guard", ["", "x", "\u00e4"])
def test_a_form_without_its_guard_is_not_taken(shared: Clinic, guard: str) -> None:
    assert shared.browser("clinician").post(note_path(shared), csrf=guard, text="x").status_code == 403


def test_the_guard_of_another_session_does_not_fit(shared: Clinic) -> None:
    one, other = shared.browser("clinician"), shared.browser("clinician")
    assert one.post(note_path(shared), csrf=other.guard, text="x").status_code == 403


def test_the_login_takes_no_form_from_elsewhere(shared: Clinic) -> None:
    reply = shared.client().post("/login", data={"login": "a"}, headers={"Origin": "http://evil.example"})
    assert reply.status_code == 403


@pytest.mark.parametrize(
    "path", ["/login", "/today", "/nowhere", "/static/tokens.css", "/static/nothing.css"]
)
def test_every_answer_has_the_headers(shared: Clinic, path: str) -> None:
    reply = shared.browser("clinician").get(path)
    assert {name: reply.headers[name] for name in FIXED} == dict(FIXED)
    assert "cache-control" in reply.headers
    assert "access-control-allow-origin" not in reply.headers
    assert "server" not in reply.headers
    assert "strict-transport-security" not in reply.headers
    assert "charset=utf-8" in reply.headers["content-type"]


def test_the_policy_lets_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in FIXED["Content-Security-Policy"].split("; "))
    assert {"default-src", "script-src", "style-src", "object-src", "base-uri", "frame-ancestors"} <= set(
        policy
    )
    assert set(policy.values()) == {"'none'", "'self'"}


def test_pages_are_not_kept_by_browsers_and_assets_are(shared: Clinic) -> None:
    browser = shared.browser("clinician")
    page = browser.get("/today")
    assert page.headers["cache-control"] == "no-store"
    sheet = re.search(r'href="(/static/tokens.css\?v=\w+)"', page.text)
    assert sheet is not None
    assert "immutable" in browser.get(sheet[1]).headers["cache-control"]


def test_with_tls_cookies_and_headers_hold_it(copied) -> None:
    clinic = copied(has_tls=True)
    client = clinic.client()
    reply = client.post(
        "/login", data={"csrf": "", "login": "clini-one", "password": "four pale otters sing"}
    )
    cookie = reply.headers["set-cookie"]
    assert cookie.startswith("__Host-speciosa=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert reply.headers["strict-transport-security"] == HSTS


def test_a_cookie_is_out_of_reach_of_scripts(clinic: Clinic) -> None:
    reply = clinic.client().post(
        "/login", data={"csrf": "", "login": "clini-one", "password": "four pale otters sing"}
    )
    assert {"HttpOnly", "SameSite=strict"} <= set(reply.headers["set-cookie"].split("; "))


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", ""])
def test_other_host_names_are_not_answered(shared: Clinic, host: str) -> None:
    assert shared.client().get("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT"])
def test_other_methods_are_not_answered(shared: Clinic, method: str) -> None:
    assert shared.browser("clinician").client.request(method, "/today").status_code == 405


def test_bodies_are_limited_in_size_kind_and_form(shared: Clinic) -> None:
    browser, path = shared.browser("clinician"), note_path(shared)
    assert browser.post(path, text="x" * LARGEST_BODY).status_code == 413
    assert browser.client.post(path, json={"text": "x"}).status_code == 415
    assert browser.client.post(path, files={"text": b"x"}).status_code == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"text=a&text=b", b"text=%ff", b"\xff\xfe", b"&".join(b"f%d=1" % n for n in range(200))):
        assert browser.client.post(path, content=body, headers=form).status_code == 400


def test_requests_are_limited(copied) -> None:
    clinic = copied(requests_per_minute=5)
    browser = clinic.browser("clinician")
    assert [browser.get("/intended-use").status_code for _ in range(7)] == [200] * 5 + [429] * 2


def test_a_fault_tells_nothing_of_the_inside(clinic: Clinic, monkeypatch, caplog) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret of the inside")

    browser = clinic.browser("clinician")
    before = clinic.count(NoteVersion)
    monkeypatch.setattr("speciosa.monitor.services.forecasts.request", broken)
    reply = browser.fill(note_path(clinic), text="half", noted_at="2026-01-01T10:00")
    assert reply.status_code == 500
    assert "secret of the inside" not in reply.text
    reference = re.search(r"<code>(\w{8})</code>", reply.text)
    assert reference is not None
    assert reference[1] in caplog.text
    assert clinic.count(NoteVersion) == before


def test_a_database_out_of_reach_is_said(clinic: Clinic, monkeypatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("gone"))

    monkeypatch.setattr(Pipeline, "identify", gone)
    reply = clinic.browser("clinician").get("/today")
    assert reply.status_code == 503
    assert "secret" not in reply.text


def test_what_users_write_is_shown_as_text(clinic: Clinic) -> None:
    browser = clinic.browser("clinician")
    words = "<script>alert(1)</script><img src=x onerror=alert(1)> ' \" {{ 7*7 }}"
    assert browser.fill(note_path(clinic), text=words, noted_at="2026-01-01T10:00").status_code == 303
    person = clinic.ids["P-1"]
    for path in (f"/persons/{person}", f"/persons/{person}/history", f"/persons/{person}/report"):
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_no_page_holds_inline_code_or_asks_others(shared: Clinic) -> None:
    for standing in ("anonymous", "administrator", "clinician", "observer", "person"):
        browser = shared.browser(standing)
        for (method, path), who in access().items():
            if method != "GET" or standing not in who or "{" in path.replace("{person}", ""):
                continue
            reply = browser.get(path.replace("{person}", shared.ids["P-1"]))
            text = reply.text
            assert not re.search(r"<[^>]+\s(style|on\w+)\s*=", text), path
            assert not re.search(r"<script(?![^>]*(src=\"/static/|application/json))", text), path
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), path
            assert "<style" not in text


def test_pages_have_one_endpoint_each() -> None:
    from speciosa.monitor.web.pages import PAGES

    keys = [(page.method, page.path) for page in PAGES]
    assert len(keys) == len(set(keys))
    assert all(isinstance(page, Page) for page in PAGES)
