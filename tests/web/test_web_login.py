"""Logging in: two steps, the first time, limits, sessions that end, and what an account may change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from clinic import PASSWORD, Browser, Clinic, guard_of
from sqlalchemy import select

from speciosa.errors import AccountError
from speciosa.monitor.db import LoginAttempt, User, UserSession
from speciosa.monitor.services import accounts, command_line, passwords
from speciosa.monitor.services.accounts import FAILURES_HERE, digest

LOGIN = "clini-one"


def first_step(clinic: Clinic, password: str = PASSWORD, login: str = LOGIN) -> Browser:
    """Send login and password."""
    browser = Browser(clinic.client(), "")
    reply = browser.post("/login", login=login, password=password)
    browser.last = reply  # type: ignore[attr-defined]
    return browser


def second_step(clinic: Clinic, browser: Browser, code: str) -> int:
    """Send a code."""
    return browser.post("/login/code", csrf=guard_of(browser.get("/login/code")), code=code).status_code


def test_password_and_code_open_the_door(clinic: Clinic) -> None:
    browser = first_step(clinic)
    assert browser.last.headers["location"] == "/login/code"  # type: ignore[attr-defined]
    assert browser.get("/today").headers["location"] == "/login/code"
    pending = browser.client.cookies["speciosa"]
    assert second_step(clinic, browser, clinic.code("clinician")) == 303
    assert browser.get("/today").status_code == 200
    assert browser.client.cookies["speciosa"] != pending
    assert "logged in" in clinic.actions()


def test_the_old_token_is_worth_nothing_after_the_second_step(clinic: Clinic) -> None:
    browser = first_step(clinic)
    pending = browser.client.cookies["speciosa"]
    second_step(clinic, browser, clinic.code("clinician"))
    other = Browser(clinic.client(), "")
    other.client.cookies.set("speciosa", pending)
    assert other.get("/login/code").headers["location"] == "/login"


def test_a_code_works_once(clinic: Clinic) -> None:
    code = clinic.code("clinician")
    assert second_step(clinic, first_step(clinic), code) == 303
    assert second_step(clinic, first_step(clinic), code) == 422
    assert second_step(clinic, first_step(clinic), clinic.code("clinician", ahead=1)) == 303


@pytest.mark.parametrize("code", ["", "000000", "12345", "abcdef", "1" * 40])
def test_a_wrong_code_opens_nothing(clinic: Clinic, code: str) -> None:
    browser = first_step(clinic)
    assert second_step(clinic, browser, code) == 422
    assert browser.get("/today").headers["location"] == "/login/code"


def test_a_recovery_code_works_once(clinic: Clinic) -> None:
    code = passwords.random_code(passwords.RECOVERY_GROUPS)
    with clinic.database.write() as session:
        session.get_one(User, clinic.ids["clinician"]).recovery_hashes = [digest(code)]
    assert second_step(clinic, first_step(clinic), code.lower().replace("-", " ")) == 303
    assert second_step(clinic, first_step(clinic), code) == 422


@pytest.mark.parametrize(
    ("login", "password"),
    [(LOGIN, "wrong"), ("nobody", PASSWORD), ("system", PASSWORD), ("", ""), (LOGIN, PASSWORD + " ")],
)
def test_the_reason_of_a_refusal_is_not_told_apart(clinic: Clinic, login: str, password: str) -> None:
    page = first_step(clinic, password, login).last  # type: ignore[attr-defined]
    assert page.status_code == 422
    assert "Login and password do not fit, or too many attempts failed." in page.text


def test_attempts_are_limited(clinic: Clinic) -> None:
    for _ in range(FAILURES_HERE):
        first_step(clinic, "wrong")
    assert first_step(clinic).last.status_code == 422  # type: ignore[attr-defined]
    with clinic.database.write() as session:
        for attempt in session.scalars(select(LoginAttempt)):
            attempt.at = attempt.at - accounts.WINDOW
    assert first_step(clinic).last.status_code == 303  # type: ignore[attr-defined]


def test_others_are_not_locked_out_by_attempts_on_them_from_elsewhere(clinic: Clinic) -> None:
    now = datetime.now(UTC)
    with clinic.database.write() as session:
        for _ in range(FAILURES_HERE * 2):
            accounts.note_attempt(session, LOGIN, "elsewhere", "password", now, is_success=False)
    assert first_step(clinic).last.status_code == 303  # type: ignore[attr-defined]


def test_codes_are_limited_too(clinic: Clinic) -> None:
    browser = first_step(clinic)
    for _ in range(FAILURES_HERE):
        second_step(clinic, browser, "000000")
    assert second_step(clinic, browser, clinic.code("clinician")) == 422


def test_the_first_login(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        user, code = accounts.add_user(session, command_line(), "newly", "New", "observer")
        user_id = user.id
    browser = first_step(clinic, code, "newly")
    assert browser.last.headers["location"] == "/login/password"  # type: ignore[attr-defined]
    guard = guard_of(browser.get("/login/password"))
    short = browser.post("/login/password", csrf=guard, password="short", again="short")
    assert "it has 5 characters" in short.text
    same = browser.post("/login/password", csrf=guard, password=code, again=code)
    assert "it is the one in use" in same.text
    assert browser.post("/login/password", csrf=guard, password=PASSWORD, again=PASSWORD).status_code == 303
    page = browser.get("/login/enroll")
    assert "<svg" in page.text
    with clinic.database.read() as session:
        clinic.secrets["new"] = session.get_one(User, user_id).totp_secret or ""
    guard = guard_of(page)
    assert browser.post("/login/enroll", csrf=guard, code="000000").status_code == 422
    shown = browser.post("/login/enroll", csrf=guard, code=clinic.code("new"))
    assert shown.text.count("<li><code>") == accounts.RECOVERY_CODES
    assert browser.get("/today").status_code == 200
    assert first_step(clinic, code, "newly").last.status_code == 422  # type: ignore[attr-defined]


def test_a_code_of_the_administrator_runs_out(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        user, code = accounts.add_user(session, command_line(), "newly", "New", "observer")
        user.password_changed_at = datetime.now(UTC) - accounts.ACTIVATION_LIFE
    assert first_step(clinic, code, "newly").last.status_code == 422  # type: ignore[attr-defined]


def test_a_session_ends_when_it_is_idle_or_old(clinic: Clinic) -> None:
    for column, span in (("last_seen_at", clinic.settings.idle), ("expires_at", clinic.settings.lifetime)):
        browser = clinic.browser("clinician")
        assert browser.get("/today").status_code == 200
        with clinic.database.write() as session:
            row = session.get_one(UserSession, digest(browser.client.cookies["speciosa"]))
            setattr(row, column, getattr(row, column) - span - timedelta(seconds=1))
        assert browser.get("/today").headers["location"] == "/login"


def test_logging_out_ends_the_session(clinic: Clinic) -> None:
    browser = clinic.browser("clinician")
    token = browser.client.cookies["speciosa"]
    reply = browser.post("/logout")
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    browser.client.cookies.set("speciosa", token)
    assert browser.get("/today").headers["location"] == "/login"


def test_a_closed_account_is_out_at_once(clinic: Clinic) -> None:
    browser, admin = clinic.browser("clinician"), clinic.browser("administrator")
    assert admin.post(f"/users/{clinic.ids['clinician']}", act="disable").status_code == 200
    assert browser.get("/today").headers["location"] == "/login"
    assert first_step(clinic).last.status_code == 422  # type: ignore[attr-defined]
    assert "user disabled" in clinic.actions()


def test_the_last_administrator_stays(clinic: Clinic) -> None:
    page = clinic.browser("administrator").post(f"/users/{clinic.ids['administrator']}", act="disable")
    assert page.status_code == 422
    assert "is the last active administrator" in page.text


def test_an_administrator_ends_sessions_and_gives_a_new_code(clinic: Clinic) -> None:
    browser, admin = clinic.browser("observer"), clinic.browser("administrator")
    admin.post(f"/users/{clinic.ids['observer']}", act="end")
    assert browser.get("/today").headers["location"] == "/login"
    page = admin.post(f"/users/{clinic.ids['observer']}", act="reset")
    assert "Code for the first login" in page.text
    assert first_step(clinic, PASSWORD, "obser-one").last.status_code == 422  # type: ignore[attr-defined]


def test_a_password_is_changed_by_who_knows_it_and_has_the_second_factor(clinic: Clinic) -> None:
    browser, other = clinic.browser("clinician"), clinic.browser("clinician")
    new = "a new phrase of five words"
    fields = {"password": new, "again": new}
    for current, code in (("wrong", clinic.code("clinician")), (PASSWORD, "000000")):
        assert browser.post("/account/password", current=current, code=code, **fields).status_code == 422
    reply = browser.post("/account/password", current=PASSWORD, code=clinic.code("clinician"), **fields)
    assert reply.status_code == 303
    assert browser.get("/account").status_code == 200
    assert other.get("/account").headers["location"] == "/login"
    assert first_step(clinic).last.status_code == 422  # type: ignore[attr-defined]
    assert first_step(clinic, new).last.status_code == 303  # type: ignore[attr-defined]


def test_a_second_factor_is_replaced(clinic: Clinic) -> None:
    browser = clinic.browser("clinician")
    assert browser.post("/account/factor", current=PASSWORD, code="000000").status_code == 422
    reply = browser.post("/account/factor", current=PASSWORD, code=clinic.code("clinician"))
    assert reply.headers["location"] == "/login/enroll"
    assert browser.get("/today").headers["location"] == "/login/code"
    assert browser.get("/login/code").headers["location"] == "/login/enroll"
    assert browser.get("/login/enroll").status_code == 200


def test_a_user_ends_other_sessions(clinic: Clinic) -> None:
    browser, other = clinic.browser("clinician"), clinic.browser("clinician")
    browser.post("/account/sessions", session="others")
    assert other.get("/account").headers["location"] == "/login"
    assert browser.get("/account").status_code == 200


def test_too_many_sessions_end_the_oldest(clinic: Clinic) -> None:
    now = datetime.now(UTC)
    with clinic.database.write() as session:
        user = session.get_one(User, clinic.ids["observer"])
        tokens = [
            accounts.start_session(
                session,
                user,
                now + timedelta(seconds=number),
                timedelta(hours=1),
                has_second_factor=True,
                most=3,
            )
            for number in range(5)
        ]
        later = now + timedelta(seconds=9)
        known = [accounts.find_session(session, token, later, idle=timedelta(hours=1)) for token in tokens]
    assert [item is not None for item in known] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "it has 5 characters"),
        ("x" * 257, "it has 257 characters"),
        ("1234567890", "it is on a list of common passwords"),
        ("Basketball", "it is on a list of common passwords"),
        ("aaaaaaaaaaaa", "it repeats a few characters"),
        ("Kratom-2026!", "it is little more than the word 'kratom'"),
        ("clara1234567", "it is little more than the word 'clara'"),
    ],
)
def test_weak_passwords_are_refused(password: str, problem: str) -> None:
    with pytest.raises(AccountError, match=problem):
        passwords.check_password(password, ("clara",))


@pytest.mark.parametrize(
    "password",
    ["four pale otters sing", "ö" * 4 + "Ü9?xq zk", "lowercaseonlybutunusual", "7" * 5 + "qxzvw" * 40],
)
def test_any_composition_is_accepted(password: str) -> None:
    passwords.check_password(password)


def test_common_passwords_are_many() -> None:
    assert len([item for item in passwords.common_passwords() if len(item) >= passwords.SHORTEST]) > 3000


def test_secrets_are_not_kept_in_the_clear(shared: Clinic) -> None:
    browser = shared.browser("clinician")
    token = browser.client.cookies["speciosa"]
    assert len(token) >= 43
    with shared.database.read() as session:
        user = session.get_one(User, shared.ids["clinician"])
        assert (user.password_hash or "").startswith("$argon2id$")
        assert session.get(UserSession, token) is None
        assert session.get(UserSession, digest(token)) is not None
