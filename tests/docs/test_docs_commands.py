"""Commands of the documentation: targets, verbs and options exist, and every regimen can be read."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from documents import ROOT, blocks, commands, lines, pages

from speciosa.cli.scenario_file import ScenarioFile, read_text, regimen_of
from speciosa.drugs import catalog
from speciosa.regimens import parse
from speciosa.simulation import Setting

PROGRAM = re.compile(r"(?:\.venv/bin/)?speciosa$")
SPECIOSA = [(place, words[1:]) for place, words in commands() if PROGRAM.match(words[0])]
MAKE = [(place, words[1:]) for place, words in commands() if words[0] == "make"]
PYTHON = [(place, words[1:]) for place, words in commands() if words[0] == ".venv/bin/python"]


@cache
def help_of(*verbs: str) -> str:
    """What a verb says of itself."""
    run = subprocess.run(
        [sys.executable, "-c", "from speciosa.cli import main; main()", *verbs, "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def verbs_of(words: list[str]) -> list[str]:
    """The verb of a command, and the verbs below it where there are some."""
    found: list[str] = []
    for word in (word for word in words if not word.startswith("-")):
        found.append(word)
        if not re.search(r"\bCOMMAND\b", help_of(*found)):
            break
    return found


def known_verbs() -> set[str]:
    source = (ROOT / "src" / "speciosa" / "cli" / "app.py").read_text(encoding="utf-8")
    return set(re.findall(r'app\.command\("([\w-]+)"\)', source)) | set(
        re.findall(r'name="([\w-]+)"\)', source)
    )


def test_every_command_is_of_a_known_kind() -> None:
    known = {place for place, _ in (*SPECIOSA, *MAKE, *PYTHON)}
    assert [place for place, _ in commands() if place not in known] == []


def test_the_readme_shows_two_make_commands_and_the_verbs() -> None:
    assert [words for place, words in MAKE if place.startswith("README.md")] == [["demo"], ["test"]]
    shown = {words[0] for place, words in SPECIOSA if place.startswith("README.md")}
    assert {"simulate", "compare", "regimen", "evidence", "drugs"} <= shown


@pytest.mark.parametrize(("place", "words"), MAKE)
def test_make_targets_exist(place: str, words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (target,) = [word for word in words if "=" not in word]
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert re.search(rf"^\.PHONY:.*\b{target}\b", makefile, re.MULTILINE)


@pytest.mark.parametrize(("place", "words"), SPECIOSA)
def test_verbs_and_options_exist(place: str, words: list[str]) -> None:
    verbs = verbs_of(words)
    text = help_of(*verbs)
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if not re.search(rf"{option}\b", text)] == []


@pytest.mark.parametrize(("place", "words"), PYTHON)
def test_paths_of_test_commands_exist(place: str, words: list[str]) -> None:
    assert words[:2] == ["-m", "pytest"]
    assert [word for word in words[2:] if not word.startswith("-") and not Path(ROOT, word).exists()] == []


def regimen_texts() -> list[tuple[str, str]]:
    """Regimens in blocks of their own, and those handed to verbs."""
    found = lines("regimen")
    for place, words in SPECIOSA:
        if words[0] in ("simulate", "compare", "regimen"):
            texts = [word for word in words[1:] if " " in word or word == "nothing"]
            found += [(place, text) for text in texts]
    return found


@pytest.mark.parametrize(("place", "text"), regimen_texts())
def test_regimens_can_be_read(place: str, text: str) -> None:
    assert parse(text, catalog()).explain()


@pytest.mark.parametrize(
    "block",
    [block for block in blocks("toml") if "regimen" in tomllib.loads(block.body)],
    ids=lambda block: block.place,
)
def test_scenario_files_can_be_read(block) -> None:
    given = read_text(block.body, ScenarioFile, block.place)
    assert regimen_of(given.regimen, Setting(), given.history).explain()


def test_every_verb_is_told_in_the_changelog() -> None:
    told = set(re.findall(r"`(\w+)`", pages()["CHANGELOG.md"]))
    assert known_verbs() - told == set()
    assert known_verbs()
