"""Documented risks: statements name drugs, rows and sources that exist, and no number."""

from __future__ import annotations

import re

import pytest

from speciosa.drugs import Statement, catalog, statements, statements_on
from speciosa.errors import DrugError
from speciosa.evidence import load


@pytest.mark.parametrize("item", statements(), ids=lambda item: item.name)
def test_what_a_statement_names_exists(item: Statement) -> None:
    assert set(item.rows) <= set(load().rows)
    assert set(item.sources) <= set(load().sources)
    assert set(item.drugs) <= set(catalog().drugs)
    assert set(item.groups) <= {drug.group for drug in catalog().drugs.values()}
    assert any(item.applies_to(drug) for drug in catalog().drugs.values())


@pytest.mark.parametrize("item", statements(), ids=lambda item: item.name)
def test_a_statement_computes_nothing(item: Statement) -> None:
    words = item.text.replace("7-hydroxymitragynine", "").replace("10 to 20 hours", "")
    assert not re.search(r"\d", words)


def test_statements_follow_the_drugs() -> None:
    drugs = catalog().drugs
    assert not statements_on([drugs["naloxone"]])
    assert {item.name for item in statements_on([drugs["r-methadone"]])} >= {"qt-methadone", "alcohol"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [({"rows": ("x",)}, "names no drug"), ({"drugs": ("morphine",)}, "has no source")],
)
def test_a_statement_without_drug_or_source_is_refused(given: dict[str, tuple[str]], problem: str) -> None:
    with pytest.raises(DrugError, match=problem):
        Statement("risk", "topic", "text", **given)
