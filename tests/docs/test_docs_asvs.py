"""Answers to OWASP ASVS 5.0: each requirement has one, each says how, and the tests that it names exist."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from documents import ROOT

FOLDER = ROOT / "docs" / "reference" / "asvs"
COLUMNS = ["requirement", "level", "answer", "how", "tests"]
# How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has.
CHAPTERS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
ANSWERS = {"met", "partly", "open", "not applicable"}


def answers(path: Path) -> list[dict[str, str]]:
    """The rows of a table of answers."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def names_of(path: Path) -> set[str]:
    """Names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.name)
def test_answers_are_whole_and_name_tests_that_exist(path: Path) -> None:
    rows = answers(path)
    named = [row["requirement"] for row in rows]
    assert len(set(named)) == len(named)
    wrong = []
    for row in rows:
        is_right = re.fullmatch(r"V\d+\.\d+\.\d+", row["requirement"]) and row["level"] in ("1", "2")
        if not (is_right and row["answer"] in ANSWERS and row["how"].strip()):
            wrong.append(row["requirement"])
        for test in row["tests"].split():
            file, _, name = test.partition("::")
            if not (ROOT / file).is_file() or name not in names_of(ROOT / file):
                wrong.append(f"{row['requirement']}: {test}")
    assert wrong == []


def test_there_are_answers() -> None:
    assert list(FOLDER.glob("*.csv"))


def test_every_requirement_of_levels_1_and_2_is_answered() -> None:
    rows = answers(FOLDER / "web.csv")
    assert Counter(int(row["requirement"][1:].split(".")[0]) for row in rows) == CHAPTERS


def test_most_of_what_is_met_is_held_by_tests() -> None:
    met = [row for row in answers(FOLDER / "web.csv") if row["answer"] == "met"]
    assert sum(bool(row["tests"]) for row in met) > len(met) / 2
