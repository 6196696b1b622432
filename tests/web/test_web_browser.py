"""The pages in a real browser: the system's Chromium against a server and a worker of their own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from clinic import PASSWORD, Clinic, copy_clinic

from speciosa.monitor.settings import write_settings

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; .ci/run installs it")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}
PATIENCE = 120_000
"""Milliseconds that a forecast is waited for."""
SCORES = "12011200010"
"""One score an item, as typed: 1 and 2 for pulse and sweating, and so on; their sum is 8."""
MINUTE = 60.0


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def server(template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Clinic]]:
    """The program itself, started as a clinic would start it."""
    folder = tmp_path_factory.mktemp("served")
    clinic = copy_clinic(template, folder)
    (folder / "clinic.sqlite").rename(folder / "monitor.sqlite")
    clinic.database.close()
    write_settings(folder, None, "UTC", None)
    port = free_port()
    command = [sys.executable, "-c", "from speciosa.cli import main; main()", "monitor", "serve"]
    process = subprocess.Popen(
        [*command, "--folder", str(folder), "--port", str(port), "--clinic", "Test clinic"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urlopen(f"{address}/login", timeout=2).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.5)
    yield address, clinic
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page that notes what it asked of others and what it complained of."""

    def __init__(self, page: object) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note)  # type: ignore[attr-defined]
        page.on("console", self._hear)  # type: ignore[attr-defined]
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))  # type: ignore[attr-defined]

    def _note(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            self.foreign.append(request.url)

    def _hear(self, message) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)


def opened(chromium, size: dict[str, int], **options: object) -> Watched:
    page = chromium.new_context(viewport=size, **options).new_page()
    page.set_default_timeout(PATIENCE)
    return Watched(page)


_steps: dict[str, int] = {}


def log_in(watched: Watched, server: tuple[str, Clinic], role: str) -> None:
    """Both steps of the login, by keyboard."""
    address, clinic = server
    page = watched.page
    page.goto(f"{address}/login")
    page.keyboard.type(f"{role[:5]}-one")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code")
    # Each code works once, so the next login takes the one of the next half minute.
    while _steps.get(role) == int(time.time()) // 30 + 1:
        time.sleep(1.0)
    ahead = 0 if _steps.get(role, 0) < int(time.time()) // 30 else 1
    _steps[role] = int(time.time()) // 30 + ahead
    page.keyboard.type(clinic.code(role, ahead))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture(scope="module")
def clinician(chromium, server) -> Watched:
    """A clinician at a desk."""
    watched = opened(chromium, DESKTOP)
    log_in(watched, server, "clinician")
    return watched


def test_log_in_with_second_factor_by_keyboard(clinician: Watched) -> None:
    assert clinician.page.url.endswith("/today")
    assert clinician.page.locator("[data-person-link]").count() == 2


def test_a_cows_by_keyboard_moves_the_forecast(clinician: Watched, server) -> None:
    page = clinician.page
    page.goto(f"{server[0]}/persons/{server[1].ids['P-1']}")
    page.locator("#chart").wait_for()
    before = page.locator("#chart").get_attribute("data-forecast")
    begun = time.monotonic()
    page.keyboard.press("n")
    page.wait_for_url("**/assessments/new")
    for digit in SCORES:
        page.keyboard.press(digit)
    assert page.locator("[data-total]").text_content() == "8"
    assert page.locator("[data-band]").text_content() == "mild"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/assessments/[0-9a-f-]{36}$"))
    assert time.monotonic() - begun < MINUTE
    page.click("text=To P-1")
    # The page renews its chart by itself when the worker has made the forecast.
    page.wait_for_function(
        "before => ![before, ''].includes(document.querySelector('#chart').dataset.forecast)",
        arg=before or "",
    )
    page.reload()
    assert page.locator("text=Expected in 24 h").is_visible()
    assert page.locator(".plot canvas").is_visible()
    assert page.locator(".panels figure").count() == 4


def test_the_basis_is_one_click_away(clinician: Watched, server) -> None:
    page = clinician.page
    page.goto(f"{server[0]}/persons/{server[1].ids['P-1']}")
    page.click("#chart >> text=Basis")
    for words in ("Inputs used", "Inputs missing or left out", "In whom it was not", "Evidence"):
        assert page.locator(f"text={words}").first.is_visible()


def test_an_alert_is_marked_as_seen(clinician: Watched, server) -> None:
    page = clinician.page
    page.goto(f"{server[0]}/persons/{server[1].ids['P-2']}")
    page.click("text=Mark as seen >> nth=0")
    page.fill("#comment", "Called them, all is well.")
    page.click("button:has-text('Mark as seen')")
    page.wait_for_url("**#attention")
    assert page.locator(".is-acknowledged >> text=Called them, all is well.").is_visible()


def test_the_report_prints(clinician: Watched, server) -> None:
    page = clinician.page
    page.goto(f"{server[0]}/persons/{server[1].ids['P-1']}/report")
    assert page.locator("[data-print]").is_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert page.locator("text=not a medical device").first.is_visible()
    page.emulate_media(media="screen")


def test_a_cows_on_a_phone_in_under_a_minute(chromium, server) -> None:
    watched = opened(chromium, PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    log_in(watched, server, "clinician")
    page = watched.page
    begun = time.monotonic()
    page.goto(f"{server[0]}/persons/{server[1].ids['P-2']}/assessments/new")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for number in range(1, 12):
        choice = page.locator(f"#item-{number} label.choice").nth(1 if number < 6 else 0)
        box = choice.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44
        choice.tap()
    assert page.locator("[data-total]").text_content() == "5"
    page.locator("button:has-text('Save')").tap()
    page.wait_for_url(re.compile(r"/assessments/[0-9a-f-]{36}$"))
    assert time.monotonic() - begun < MINUTE
    assert page.locator("p.figure .chip").text_content() == "mild"
    assert watched.complaints == []


def test_without_scripts_everything_can_be_read_and_entered(chromium, server) -> None:
    watched = opened(chromium, DESKTOP, java_script_enabled=False)
    log_in(watched, server, "clinician")
    page = watched.page
    person = f"{server[0]}/persons/{server[1].ids['P-1']}"
    page.goto(person)
    assert page.locator("svg.chart").first.is_visible()
    page.goto(f"{person}/assessments/new")
    for number in range(1, 12):
        page.locator(f"#item-{number} label.choice").first.click()
    page.click("text=Save")
    page.wait_for_url(re.compile(r"/assessments/[0-9a-f-]{36}$"))
    assert page.locator("p.figure").text_content().split()[0] == "0"


def test_an_observer_reads_and_is_refused_to_write(chromium, server) -> None:
    watched = opened(chromium, DESKTOP)
    log_in(watched, server, "observer")
    page = watched.page
    page.goto(f"{server[0]}/persons/{server[1].ids['P-1']}")
    assert page.locator("[data-key=n]").count() == 0
    page.goto(f"{server[0]}/persons/{server[1].ids['P-1']}/assessments/new")
    assert page.locator("text=Your role does not reach here").is_visible()
    page.goto(f"{server[0]}/users")
    assert page.locator("text=Your role does not reach here").is_visible()


def test_nothing_was_asked_of_others_and_no_policy_was_hurt(clinician: Watched) -> None:
    assert clinician.foreign == []
    assert clinician.complaints == []


MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_targets_and_names(clinician: Watched, server, theme: str) -> None:
    """What of WCAG 2.2 AA a program can measure: 1.4.3, 2.5.8, 4.1.2, 3.1.1, 1.3.1 and one heading a page."""
    page = clinician.page
    page.emulate_media(color_scheme=theme)
    person = f"/persons/{server[1].ids['P-1']}"
    for path in (
        "/today",
        person,
        f"{person}/assessments/new",
        f"{person}/plan",
        f"{person}/report",
        "/account",
    ):
        page.goto(server[0] + path)
        assert page.evaluate(f"{MEASURES} contrast()") == [], path
        assert page.evaluate(f"{MEASURES} targets()") == [], path
        assert page.evaluate(f"{MEASURES} nameless()") == [], path
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").count() == 1


def test_the_keyboard_reaches_content_and_shows_where_it_is(clinician: Watched, server) -> None:
    page = clinician.page
    page.goto(f"{server[0]}/today")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.hasAttribute('data-person-link')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("/")
    page.keyboard.type("P-2")
    assert page.locator("[data-name]:visible").count() == 1
    page.keyboard.press("Escape")


def test_the_license_of_what_is_vendored_lies_beside_it() -> None:
    import speciosa.monitor.web

    vendor = Path(speciosa.monitor.web.__file__).parent / "static" / "vendor"
    folders = [folder for folder in vendor.iterdir() if folder.is_dir()]
    assert {folder.name for folder in folders} == {"htmx", "uplot", "inter"}
    assert all((folder / "LICENSE.txt").stat().st_size > 300 for folder in folders)
