"""A register is a folder of files, an explicit tuple or an entry point; every entry of it loads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from source_tree import PACKAGE

from speciosa.body.person import modules_for
from speciosa.body.scores import BANDED
from speciosa.drugs import Use, catalog
from speciosa.engine import TARGETS, compile_model
from speciosa.evidence import load
from speciosa.model import compose

LIBRARY = PACKAGE / "drugs" / "data"
MOLECULES = sorted((LIBRARY / "molecules").glob("*.toml"))
PRODUCTS = sorted((LIBRARY / "products").glob("*.toml"))
SELECTIONS = sorted((PACKAGE / "evidence" / "data" / "selection").glob("*.toml"))


def stem(path: Path) -> str:
    return path.stem


def numbers(entry: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Numbers of a TOML file with their keys."""
    if isinstance(entry, dict):
        for name, value in entry.items():
            yield from numbers(value, name)
    elif isinstance(entry, list):
        for value in entry:
            yield from numbers(value, key)
    elif isinstance(entry, int | float) and not isinstance(entry, bool):
        yield key, entry


def uses_of_products() -> list[Use]:
    return [
        Use(component.drug, route, product.name, is_content_stated=False)
        for product in catalog().products.values()
        for route in product.routes
        for component in product.components
    ]


def uses_of_drugs() -> list[Use]:
    return [Use(drug.name, route.name) for drug in catalog().drugs.values() for route in drug.routes]


def test_the_folders_hold_something() -> None:
    assert MOLECULES
    assert PRODUCTS
    assert SELECTIONS


@pytest.mark.parametrize("path", MOLECULES, ids=stem)
def test_a_molecule_file_loads_under_its_own_name(path: Path) -> None:
    drug = catalog().item(path.stem)
    assert drug is catalog().drugs[path.stem]
    assert [catalog().item(alias) is drug for alias in drug.aliases] == [True] * len(drug.aliases)


@pytest.mark.parametrize("path", PRODUCTS, ids=stem)
def test_a_product_file_loads_under_its_own_name(path: Path) -> None:
    product = catalog().item(path.stem.replace("-", " "))
    assert product is catalog().products[product.name]
    assert [catalog().item(alias) is product for alias in product.aliases] == [True] * len(product.aliases)


def test_the_catalog_holds_no_more_than_its_files() -> None:
    assert len(catalog().drugs) == len(MOLECULES)
    assert len(catalog().products) == len(PRODUCTS)


@pytest.mark.parametrize("path", [*MOLECULES, *PRODUCTS], ids=stem)
def test_drug_files_name_slots_and_hold_no_numbers(path: Path) -> None:
    found = numbers(tomllib.loads(path.read_text(encoding="utf-8")))
    # A number of transit compartments is structure, like the list of volumes.
    assert [key for key, _ in found if key != "transits"] == []


@pytest.mark.parametrize("use", [*uses_of_drugs(), *uses_of_products()], ids=lambda use: use.group)
def test_every_way_of_taking_something_becomes_a_model(use: Use) -> None:
    """Composing checks the unit of every equation and binds every parameter to an evidence row."""
    model = compose(modules_for([use], catalog()), load(), name=use.group)
    assert [inlet for inlet in model.inlets if inlet.group == use.group]


@pytest.mark.parametrize("path", SELECTIONS, ids=stem)
def test_every_selected_slot_loads(path: Path) -> None:
    names = tomllib.loads(path.read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if name not in load().slots] == []


@pytest.mark.parametrize("scale", BANDED, ids=lambda scale: scale.name)
def test_the_bands_of_a_scale_rise(scale: Any) -> None:
    edges = [load().slot(slot).value("score") for _, slot in scale.bands]
    assert edges == sorted(set(edges))
    assert edges[0] > 0
    assert edges[-1] < load().slot(f"{scale.name}.maximum").value("score")


@pytest.mark.parametrize("target", TARGETS)
def test_every_engine_target_compiles(target: str) -> None:
    model = compose(modules_for([uses_of_drugs()[0]], catalog()), load())
    assert compile_model(model, target=target).target == target


def test_the_command_is_installed_and_loads() -> None:
    (entry,) = [item for item in entry_points(group="console_scripts") if item.name == "speciosa"]
    assert callable(getattr(import_module(entry.module), entry.attr))
