"""Pages: links lead somewhere, wording keeps the house rules, examples run, rows that are cited exist."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest
from documents import ROOT, blocks, pages

from speciosa.evidence import load

BANNED = re.compile(r"\b(simply|just|obviously)\b", re.IGNORECASE)
BRITISH = re.compile(
    r"\b(colour|behaviour|tumour|favour|modell(?:ed|ing)|label(?:led|ling)|analys(?:e|ed)|centre|licence|summaris\w+"
    r"|normalis\w+|optimis\w+|randomis\w+|haem\w+|oedema)\b",
    re.IGNORECASE,
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Numerical")
ROWS = re.compile(r"\brows?\s+((?:`[^`]+`,?\s*)+)")


def anchor(heading: str) -> str:
    """The anchor that renderers of Markdown give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def dead_links(page: str, text: str) -> list[str]:
    """Links of a page that lead to no file or to no heading of a page."""
    found = []
    for link in LINK.findall(text):
        if link.startswith(("https://", "http://")):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists():
            found.append(link)
        elif fragment:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            found += [] if fragment in map(anchor, headings) else [link]
    return found


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    assert dead_links(page, pages()[page]) == []


def test_a_dead_link_is_found() -> None:
    text = "[a](README.md) [b](nowhere.md) [c](README.md#two-commands) [d](README.md#three-commands)"
    assert dead_links("README.md", text) == ["nowhere.md", "README.md#three-commands"]


@pytest.mark.parametrize("page", pages())
def test_wording(page: str) -> None:
    assert [match[0] for pattern in (BANNED, BRITISH) for match in pattern.finditer(pages()[page])] == []


def test_every_page_is_reached_from_the_index() -> None:
    index = pages()["docs/index.md"]
    linked = {
        (ROOT / "docs" / link).resolve() for link in LINK.findall(index) if not link.startswith("http")
    } | {ROOT / "docs" / "index.md"}
    assert [page for page in pages() if (ROOT / page).resolve() not in linked] == []


@pytest.mark.parametrize("page", [page for page, text in pages().items() if ">>> " in text])
def test_examples_run(page: str) -> None:
    failed, attempted = doctest.testfile(
        str(ROOT / page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert attempted > 0
    assert failed == 0


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.place)
def test_toml_is_valid(block) -> None:
    assert tomllib.loads(block.body)


@pytest.mark.parametrize("page", pages())
def test_cited_rows_exist(page: str) -> None:
    cited = [row for names in ROWS.findall(pages()[page]) for row in re.findall(r"`([^`]+)`", names)]
    assert [row for row in cited if row not in load().rows] == []


def test_intended_use_cites_rows() -> None:
    assert len(ROWS.findall(pages()["docs/intended-use.md"])) >= 4


def test_the_changelog_has_its_sections() -> None:
    releases = re.split(r"^## ", pages()["CHANGELOG.md"], flags=re.MULTILINE)[1:]
    assert releases
    assert [re.findall(r"^### (\w+)$", text, re.MULTILINE) for text in releases] == [list(SECTIONS)] * len(
        releases
    )


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(
        rf'^__version__ = "{re.escape(version)}"$', _read("src/speciosa/__init__.py"), re.MULTILINE
    )
    assert re.search(rf"^version: {re.escape(version)}$", _read("CITATION.cff"), re.MULTILINE)
    assert re.search(rf"^## {re.escape(version)}\b", pages()["CHANGELOG.md"], re.MULTILINE)


def test_the_license_is_the_one_that_is_named() -> None:
    assert "Apache License" in _read("LICENSE").splitlines()[1]
    assert re.search(r"^license: Apache-2\.0$", _read("CITATION.cff"), re.MULTILINE)
    assert "Apache-2.0" in pages()["README.md"]


def test_the_readme_says_what_the_program_is_not() -> None:
    text = " ".join(pages()["README.md"].split())
    assert "not a medical device" in text
    assert "advises nobody to take kratom, nor how much" in text


def test_the_rooms_of_the_architecture_are_the_rooms_that_exist() -> None:
    page = pages()["docs/explanation/architecture.md"]
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    package = ROOT / "src" / "speciosa"
    there = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert told == there - {"__init__", "__main__"}


def test_the_table_of_contributions_names_true_places() -> None:
    named = re.findall(r"`((?:src|tests|calibration|docs|requirements)/[^`]*)`", pages()["CONTRIBUTING.md"])
    assert len(named) > 20
    assert [path for path in named if not Path(ROOT, path).exists()] == []


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
