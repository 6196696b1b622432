"""Roles and pages: the whole matrix, by real requests, and rules that the table itself must obey."""

from __future__ import annotations

import pytest
from clinic import Browser, Clinic, copy_clinic
from starlette.routing import Mount

from speciosa.errors import RecordError
from speciosa.monitor.db import AuditEntry
from speciosa.monitor.services import SYSTEM_USER
from speciosa.monitor.web.access import ROLES, STANDINGS, access, check_complete
from speciosa.monitor.web.app import create_app
from speciosa.monitor.web.pages import PAGES

CASES = sorted((method, path, standing) for method, path in access() for standing in STANDINGS)


@pytest.fixture(scope="module")
def open_clinic(template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """A clinic whose demonstration door is open, so that every page exists."""
    return copy_clinic(template, tmp_path_factory.mktemp("open"), is_demonstration=True)


def address(path: str, clinic: Clinic) -> str:
    """A path with the names of things that exist in its places."""
    record = {"assessments": "rating", "doses": "dose"}.get(
        path.split("/")[3] if path.count("/") > 3 else "", "note"
    )
    return (
        path.replace("{person}", clinic.ids["P-1"])
        .replace("{user}", clinic.ids["observer"])
        .replace("{kind}", "notes")
        .replace("{record}", clinic.ids[record])
        .replace("{key}", "assessment-missing:0")
    )


def is_refused(browser: Browser, standing: str, method: str, path: str) -> bool:
    """Whether a request does not reach its page."""
    reply = browser.get(path) if method == "GET" else browser.post(path)
    if standing in ("anonymous", "pending") and reply.status_code == 303:
        return reply.headers["location"] in ("/login", "/login/code") and path not in ("/login", "/logout")
    assert reply.status_code < 500, reply.text
    return reply.status_code == 403


@pytest.mark.parametrize(("method", "path", "standing"), CASES)
def test_the_matrix_holds(open_clinic: Clinic, method: str, path: str, standing: str) -> None:
    browser = open_clinic.browser(standing)
    is_allowed = standing in access()[method, path]
    if is_allowed and standing == "pending" and path.startswith("/login/"):
        # These send whoever is at another step to it; none of them refuses.
        assert (browser.get(path) if method == "GET" else browser.post(path)).status_code in (200, 303, 422)
        return
    assert is_refused(browser, standing, method, address(path, open_clinic)) is not is_allowed


def test_every_route_is_in_the_matrix(open_clinic: Clinic) -> None:
    routes = create_app(open_clinic.database, open_clinic.settings).routes
    found = {
        (method, route.path)
        for route in routes
        if not isinstance(route, Mount)
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    assert found == set(access())
    assert [route.path for route in routes if isinstance(route, Mount)] == ["/static"]


def test_a_page_without_a_line_stops_the_start() -> None:
    with pytest.raises(RecordError, match=r"access.csv: pages and table of access differ in GET /secret"):
        check_complete([*((page.method, page.path) for page in PAGES), ("GET", "/secret")])


def test_only_clinicians_write_records() -> None:
    writes = [key for key in access() if key[0] == "POST" and key[1].startswith("/persons")]
    assert len(writes) >= 10
    assert {standing for key in writes for standing in access()[key]} == {"clinician"}


def test_administrators_see_no_person() -> None:
    assert [key for key in access() if "/persons" in key[1] and "administrator" in access()[key]] == []
    assert "administrator" not in access()["GET", "/today"]


def test_accounts_and_audit_are_for_administrators_alone() -> None:
    keys = [key for key in access() if key[1].startswith(("/users", "/audit"))]
    assert {standing for key in keys for standing in access()[key]} == {"administrator"}


def test_a_self_reporting_person_reaches_nothing_but_their_own() -> None:
    allowed = {path for (_, path), who in access().items() if "person" in who}
    assert {path for path in allowed if path.startswith("/me")} == {
        "/me",
        "/me/assessments/new",
        "/me/doses/new",
    }
    assert [path for path in allowed if path.startswith(("/persons", "/today", "/users", "/audit"))] == []


def test_nobody_reaches_records_without_second_factor() -> None:
    for who in ("anonymous", "pending"):
        reached = {path for (_, path), standings in access().items() if who in standings}
        assert reached <= {
            *("/intended-use", "/login", "/login/password", "/login/enroll", "/login/code", "/logout"),
            "/demonstration/enter",
        }


def test_a_refusal_is_kept_in_the_audit_trail(clinic: Clinic) -> None:
    before = clinic.count(AuditEntry)
    page = clinic.browser("observer").get(f"/persons/{clinic.ids['P-1']}/doses/new")
    assert page.status_code == 403
    assert "Your role does not reach here" in page.text
    assert clinic.actions()[before:] == ["logged in", "refused"]


def test_the_door_of_the_demonstration_is_shut_elsewhere(clinic: Clinic) -> None:
    assert clinic.browser("anonymous").post("/demonstration/enter", role="clinician").status_code == 404
    assert "Enter as" not in clinic.browser("anonymous").get("/login").text


def test_the_account_of_the_program_is_nobodys(shared: Clinic) -> None:
    browser = shared.browser("administrator")
    assert browser.get(f"/users/{SYSTEM_USER}").status_code == 404
    assert SYSTEM_USER not in ROLES


@pytest.mark.parametrize(
    "path",
    ["/persons/nobody", "/persons/P-1", "/persons/nobody/report", "/persons/{other}/assessments/{record}"],
)
def test_what_is_not_there_is_not_found(shared: Clinic, path: str) -> None:
    found = path.replace("{other}", shared.ids["P-2"]).replace("{record}", shared.ids["rating"])
    assert shared.browser("clinician").get(found).status_code == 404
