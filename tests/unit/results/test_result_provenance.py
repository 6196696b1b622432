"""Sources and trust: exactly what was used."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from speciosa.errors import UnknownNameError
from speciosa.evidence import load
from speciosa.results import Comparison, Result


def test_sources_are_exactly_those_used(population: Result, evidence: Any) -> None:
    used = population.sources(evidence)
    assert [row.id for row in used.rows] == ["gain", "clf", "cows-bands"]
    assert [source.key for source in used.sources] == ["first2020", "method1999", "own", "scale2003"]


def test_an_overridden_slot_does_not_count(population: Result, evidence: Any) -> None:
    used = population.sources(evidence)
    assert "morphine.fu" not in [parameter.name for parameter in used.parameters]
    assert [override.slot for override in used.overrides] == ["morphine.fu"]
    plain = dataclasses.replace(
        population, description=dataclasses.replace(population.description, overrides=())
    )
    assert "fu-morphine" in [row.id for row in plain.sources(evidence).rows]


def test_trust_names_memory_and_assumptions(population: Result, evidence: Any) -> None:
    trust = population.trust(evidence)
    assert trust.share == pytest.approx(1 / 3)
    assert [parameter.name for parameter in trust.weak] == ["dependence.gain"]
    assert trust.grades == {"A": 1, "B": 1, "C": 0, "D": 1}
    assert trust.headline == (
        "1 of the 3 evidence rows used (33 %) are recalled from memory (1) or assumed (1); a row can be both."
    )
    assert "dependence.gain (row gain; seen: memory; assumed)" in trust.text()
    assert "morphine.fu: set by the scenario to 0.600 dimensionless" in trust.text()


def test_a_row_behind_two_slots_counts_once(population: Result, evidence: Any) -> None:
    evidence.slots["other.gain"] = evidence.slots["dependence.gain"]
    result = dataclasses.replace(population, slots=(*population.slots, "other.gain"))
    trust = result.trust(evidence)
    assert trust.summary.count == 3
    assert len(trust.weak) == 2


def test_parameter_table(population: Result, evidence: Any) -> None:
    table = population.sources(evidence).to_dataframe().set_index("parameter")
    assert table.loc["mitragynine.CL/F", "value"] == 36.0
    assert table.loc["mitragynine.CL/F", "spread"] == "CV% 30"
    assert table.loc["mitragynine.CL/F", "why"] == "chosen for mitragynine.CL/F"
    assert table.loc["cows-bands", "grade"] == "B"


def test_text_has_locators_and_references(population: Result, evidence: Any) -> None:
    text = population.sources(evidence).text()
    assert "mitragynine.CL/F = 36.0 L/h  [clf; first2020, Table 2; seen: full-text; measured]" in text
    assert "morphine.fu = 0.600 dimensionless  [set by the scenario]" in text
    assert "method1999: Author A, Author B (2020)" in text


def test_html_escapes(population: Result, evidence: Any) -> None:
    assert "<with>" not in population.sources(evidence)._repr_html_()


def test_unknown_names_are_refused(population: Result, evidence: Any) -> None:
    with pytest.raises(
        UnknownNameError, match=r"unknown evidence row 'cows-band'\. Did you mean 'cows-bands'"
    ):
        dataclasses.replace(population, row_ids=("cows-band",)).sources(evidence)
    with pytest.raises(UnknownNameError, match=r"unknown source 'method2000'\. Did you mean 'method1999'"):
        dataclasses.replace(population, methods=("method2000",)).sources(evidence)


def test_arms_together(arms: dict[str, Result], evidence: Any) -> None:
    arms["nothing"] = dataclasses.replace(
        arms["nothing"], slots=("mitragynine.CL/F",), row_ids=(), methods=()
    )
    arms["methadone"] = dataclasses.replace(
        arms["methadone"], description=dataclasses.replace(arms["methadone"].description, overrides=())
    )
    used = Comparison(arms).sources(evidence)
    # One arm reads the row that the others override.
    assert "fu-morphine" in [row.id for row in used.rows]
    assert [override.slot for override in used.overrides] == ["morphine.fu"]


def test_the_own_tables_are_used_by_default(population: Result) -> None:
    result = dataclasses.replace(population, slots=("mitragynine.CL/F",), row_ids=(), methods=())
    assert [row.id for row in result.sources().rows] == [load().slot("mitragynine.CL/F").row.id]


def test_a_result_without_evidence(population: Result, evidence: Any) -> None:
    bare = dataclasses.replace(population, slots=(), row_ids=(), methods=())
    assert bare.trust(evidence).share == 0.0
