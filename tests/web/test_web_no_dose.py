"""No page, message or report proposes a dose: templates, rules, messages and the pages shown are read."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest
from clinic import Clinic

import speciosa.monitor
from speciosa.monitor.attention import rules
from speciosa.monitor.web.access import access
from speciosa.monitor.web.pages.planning import templates

ROOM = Path(speciosa.monitor.__file__).parent
UNITS = r"(?:mg|ug|\u00b5g|g|mL|mg/h|ug/h)"
AMOUNT = re.compile(rf"\b\d+(?:[.,]\d+)?\s?{UNITS}\b")
VERBS = "increase|decrease|raise|lower|reduce|start|give|take|administer|titrate"
ADVICE = re.compile(
    r"\b(?:we recommend|(?:recommended|suggested|optimal|best|next) (?:dose|amount)"
    r"|should (?:take|be given|receive)"
    rf"|(?:{VERBS}) (?:the |a |to )?(?:dose|amount|\d))\b",
    re.IGNORECASE,
)
# What a page may say although it looks like advice: each denies it.
DENIALS = ("give naloxone without waiting",)
DATA = {"demonstration"}


def strings(path: Path) -> list[str]:
    """Texts of a module that are no documentation of it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
    ]


MODULES = [path for path in sorted(ROOM.rglob("*.py")) if not DATA & set(path.relative_to(ROOM).parts)]
PAGES = sorted((ROOM / "web" / "templates").glob("*.html")) + sorted((ROOM / "web" / "static").glob("*.js"))


def faults(text: str) -> list[str]:
    for words in DENIALS:
        text = text.replace(words, "")
    return [match[0] for match in ADVICE.finditer(text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_no_message_proposes_a_dose(path: Path) -> None:
    assert [fault for text in strings(path) for fault in faults(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_template_proposes_a_dose(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert faults(text) == []
    # The example of a history of use, in the form of a new person, is what somebody else took.
    assert [item for item in AMOUNT.findall(text) if path.name != "new_person.html"] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_no_reason_is_an_order(rule) -> None:
    assert faults(rule.reason) == []
    assert not re.match(r"\s*(?:Give|Take|Stop|Start|Increase|Reduce|Refer|Call)\b", rule.reason)


def test_templates_of_plans_leave_amounts_open() -> None:
    for item in templates():
        assert AMOUNT.search(item["regimen"]) is None
        assert faults(item["note"]) == []
    groups = {item["group"] for item in templates()}
    assert groups == {"Approved treatment", "Reduction of kratom"}


def test_pages_show_no_amount_that_was_not_entered(shared: Clinic) -> None:
    entered = {"30 mg"}
    for standing in ("anonymous", "administrator", "clinician", "observer", "person"):
        browser = shared.browser(standing)
        for (method, path), who in access().items():
            if method != "GET" or standing not in who or "{" in path.replace("{person}", ""):
                continue
            text = re.sub(r"<[^>]+>", " ", browser.get(path.replace("{person}", shared.ids["P-1"])).text)
            found = {re.sub(r"\s+", " ", item) for item in AMOUNT.findall(text)}
            assert found <= entered, path
            assert faults(text) == [], path


def test_reports_and_login_say_what_the_program_is_not(shared: Clinic) -> None:
    report = shared.browser("clinician").get(f"/persons/{shared.ids['P-1']}/report").text
    for page in (report, shared.browser("anonymous").get("/login").text):
        text = " ".join(page.split())
        assert re.search("not a medical device", text, re.IGNORECASE)
        assert re.search("gives no dose to anybody", text, re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    ["Reduce the dose by half.", "The recommended dose is 8 mg.", "They should take less.", "Give 4 mg."],
)
def test_the_needles_are_sharp(text: str) -> None:
    assert faults(text)


def test_every_template_is_read() -> None:
    assert len(PAGES) > 25
    assert files("speciosa.monitor.web").joinpath("plans.toml").is_file()
