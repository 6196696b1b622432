"""Pictures of the monitor for the documentation: run `make monitor`, then this with its address.

    .venv/bin/python examples/monitor_pictures.py http://127.0.0.1:8300

Needs Chromium on the path and the package playwright.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path("docs/images/monitor")
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PLANS = (("Stay on methadone", "methadone 60 mg by mouth once a day for 14 days"), ("Stop", "nothing"))
PATIENCE = 180_000


def enter(page: Page, address: str) -> None:
    """Go through the open door of the demonstration, to somebody of whom there is a forecast."""
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/login")
    page.click("button:has-text('Clinician')")
    page.wait_for_url("**/today")


def shoot(page: Page, name: str) -> None:
    """Take one picture."""
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / f"{name}.png")


def main(address: str) -> None:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        desk = browser.new_context(viewport=DESK).new_page()
        enter(desk, address)
        shoot(desk, "today")
        desk.click("[data-person-link] >> nth=0")
        desk.wait_for_selector("text=Expected in 24 h")
        person = desk.url.split("?")[0]
        desk.set_viewport_size({"width": 1280, "height": 1330})
        shoot(desk, "person")
        desk.set_viewport_size(DESK)
        desk.goto(f"{person}/plan")
        for row, (title, regimen) in enumerate(PLANS, start=1):
            desk.fill(f"#title-{row}", title)
            desk.fill(f"#regimen-{row}", regimen)
        desk.click("text=Ask the model")
        desk.wait_for_selector("#results figure")
        desk.set_viewport_size({"width": 1280, "height": 1250})
        shoot(desk, "plan")
        night = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=2).new_page()
        enter(night, address)
        night.goto(person)
        shoot(night, "person-dark")
        phone = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()
        enter(phone, address)
        phone.goto(f"{person}/assessments/new")
        for item, choice in ((1, 1), (2, 2), (3, 1)):
            phone.locator(f"#item-{item} label.choice").nth(choice).click()
        phone.wait_for_timeout(1200)
        shoot(phone, "phone")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
