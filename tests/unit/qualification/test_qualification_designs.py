"""The file of designs: every entry fits a target, later entries override, faults name the key."""

from __future__ import annotations

import pytest

from speciosa.errors import QualificationError
from speciosa.people import Person
from speciosa.qualification import designs
from speciosa.qualification.designs import read_designs


def test_every_entry_fits_a_target(targets) -> None:
    assert designs().idle(targets) == []


def test_every_population_and_product_is_one_of_a_target(targets) -> None:
    segments = [segment for item in targets.values() for segment in item.segments]
    populations = {segment.get("population") for segment in segments}
    products = {(segment["drug"], segment.get("product")) for segment in segments}
    known = designs()
    populations |= {entry.people for entry in known.designs}
    assert set(known.populations) - populations == set()
    assert {(item.drug, item.product or None) for item in known.products} - products == set()


def test_every_design_says_something_and_products_are_in_the_library(setting) -> None:
    for item in designs().products:
        assert setting.library.item(item.item)
    for entry in designs().designs:
        assert entry != type(entry)(targets=entry.targets, why=entry.why)


def test_later_entries_override_key_by_key() -> None:
    given = read_designs(
        {
            "designs": [
                {"targets": ["t-a-*"], "statistic": "median", "sampled_until": 24.0},
                {"targets": ["t-a-2"], "statistic": "mean"},
            ]
        }
    )
    assert (given.design("t-a-2").statistic, given.design("t-a-2").sampled_until) == ("mean", 24.0)
    assert given.design("t-a-1").statistic == "median"
    assert given.design("t-b").statistic is None
    assert given.idle(["t-a-1"]) == ["t-a-2"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"designs": [{"targets": ["t"], "statistik": "mean"}]}, "designs.toml, key designs.0.statistik"),
        ({"designs": [{"targets": ["t"], "statistic": "mode"}]}, "'mode': Input should be 'mean', 'median'"),
        ({"products": [{"drug": "a"}]}, "designs.toml, key products.0.item"),
    ],
)
def test_faults_name_the_key(table, words: str) -> None:
    with pytest.raises(QualificationError) as fault:
        read_designs(table)
    assert words in str(fault.value)


def test_covariates_are_those_that_people_have() -> None:
    named = {
        name for people in designs().populations.values() for name in (*people.covariates, *people.reference)
    }
    assert named - set(Person.names()) == set()
