"""Answers to the security standard: each requirement of levels 1 and 2 once, and the tests named exist."""

from __future__ import annotations

import ast
import csv
from collections import Counter

import pytest
from documents import ROOT

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


def rows() -> list[dict[str, str]]:
    text = (ROOT / "docs" / "reference" / "asvs" / "web.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_requirement_is_answered_once() -> None:
    assert max(Counter(row["requirement"] for row in rows()).values()) == 1
    assert Counter(int(row["requirement"][1:].split(".")[0]) for row in rows()) == CHAPTERS
    assert {row["answer"] for row in rows()} <= ANSWERS
    assert all(row["how"].strip() and row["level"] in ("1", "2") for row in rows())


@pytest.mark.parametrize(
    "name", sorted({name for row in rows() for name in row["tests"].split()}), ids=lambda name: name
)
def test_a_named_test_exists(name: str) -> None:
    path, _, test = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_what_is_met_is_mostly_held_by_tests() -> None:
    met = [row for row in rows() if row["answer"] == "met"]
    assert sum(bool(row["tests"]) for row in met) / len(met) > 0.6
