"""The drugs and products of the library, one TOML file each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from speciosa.cache import digest_of, remembered
from speciosa.drugs.definition import (
    Caution,
    Component,
    Covariate,
    Disposition,
    Drug,
    Formation,
    Formed,
    Input,
    Product,
    Route,
    Use,
)
from speciosa.drugs.interaction import Inactivation, Induction, Inhibition, Metabolism, Pathway
from speciosa.errors import DrugError, UnknownNameError
from speciosa.late import pydantic

Item = TypeVar("Item", Drug, Product)
_PARTS = (
    *(Drug, Product, Component, Covariate, Disposition, Formation, Formed, Input, Route, Caution),
    *(Metabolism, Pathway, Inhibition, Inactivation, Induction),
)
_KEYS = tuple(dict.fromkeys(item.name for part in _PARTS for item in fields(part)))


@dataclass(frozen=True)
class Catalog:
    """What can be dosed or formed.

    Parameters
    ----------
    drugs : mapping of str to Drug
        By canonical name.
    products : mapping of str to Product
        By canonical name.
    """

    drugs: Mapping[str, Drug]
    products: Mapping[str, Product]

    @cached_property
    def _by_name(self) -> dict[str, Drug | Product]:
        found: dict[str, Drug | Product] = {}
        items: list[Drug | Product] = [*self.drugs.values(), *self.products.values()]
        for item in items:
            for name in (item.name, *item.aliases):
                if found.setdefault(name.lower(), item) is not item:
                    raise DrugError(f"{name!r} names both {found[name.lower()].name!r} and {item.name!r}")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Every name and alias."""
        return tuple(self._by_name)

    def item(self, name: str) -> Drug | Product:
        """The drug or product of a name or alias, in any case.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        found = self._by_name.get(" ".join(name.lower().split()))
        if found is None:
            raise UnknownNameError(
                "drug",
                name,
                self._by_name,
                advice="`speciosa drugs` lists the drugs and products of the library.",
            )
        return found

    def route_of(self, item: Drug | Product, word: str | None) -> str | None:
        """The route that a word of a regimen means for a drug or product; None where there is none.

        Parameters
        ----------
        item : Drug or Product
        word : str or None
            A route, an alias, or the site of a route that is named otherwise (a depot under the skin) if no
            other is given there; None for the usual route.

        Examples
        --------
        >>> library = catalog()
        >>> library.route_of(library.item("buprenorphine weekly depot"), "subcutaneous")
        'weekly depot'
        """
        if isinstance(item, Drug):
            routes = item.routes
        else:
            own = self.drugs[item.main]
            routes = tuple(route for route in map(own.route, item.routes) if route is not None)
        if word is None:
            return routes[0].name if routes else None
        wanted = word.lower()
        named = [route.name for route in routes if wanted == route.name or wanted in route.aliases]
        placed = [route.name for route in routes if wanted == route.site]
        if named:
            return named[0]
        return placed[0] if len(placed) == 1 else None

    def cautions(self, uses: Iterable[Use]) -> tuple[tuple[str, Caution], ...]:
        """What needs care in the drugs of some uses, their metabolites and the routes they are taken by."""
        found: dict[str, Caution] = {}
        for use in uses:
            route = self.drugs[use.drug].route(use.route)
            if route is not None and route.caution is not None:
                found[f"{use.drug} {route.name}"] = route.caution
            found.update({drug.name: drug.caution for drug in self.family(use.drug) if drug.caution})
        return tuple(found.items())

    def family(self, drug: str) -> tuple[Drug, ...]:
        """A drug and the metabolites that come of it, parents first.

        Raises
        ------
        UnknownNameError
            If there is no such molecule.
        """
        found: dict[str, Drug] = {}
        waiting = [drug]
        while waiting:
            name = waiting.pop(0)
            if name not in self.drugs:
                raise UnknownNameError("molecule", name, self.drugs)
            item = self.drugs[name]
            found[item.name] = item
            waiting += [formation.drug for formation in item.metabolites if formation.drug not in found]
        return tuple(found.values())


def read(text: str, kind: type[Item], where: str) -> Item:
    """One drug or product from TOML text.

    Raises
    ------
    DrugError
        Naming the file, the key and what was expected.
    """
    return _checked(text, pydantic.TypeAdapter(kind), where)


def _checked(text: str, adapter: pydantic.TypeAdapter[Item], where: str) -> Item:
    try:
        return adapter.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise DrugError(f"not valid TOML: {fault}", where=where) from fault
    except pydantic.ValidationError as fault:
        raise _fault(fault, where) from fault


def _fault(fault: pydantic.ValidationError, where: str) -> DrugError:
    """Say what the first thing wrong is, in the words of the file."""
    # A misspelled key is also a missing one; the misspelling is what helps.
    first = min(fault.errors(), key=lambda error: error["type"] != "unexpected_keyword_argument")
    key = ".".join(str(part) for part in first["loc"])
    where = f"{where}, key {key}" if key else where
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, DrugError):
        return DrugError(cause.problem, where=where, expected=cause.expected, advice=cause.advice)
    if first["type"] == "missing":
        return DrugError("the key is missing", where=where)
    if first["type"] == "unexpected_keyword_argument":
        near = get_close_matches(str(first["loc"][-1]), _KEYS, n=1)
        return DrugError(
            "the key is not known", where=where, advice=f"Did you mean {near[0]!r}?" if near else None
        )
    return DrugError(f"{first['msg']} (given: {first['input']!r})", where=where)


def _read_folder(folder: Traversable | Path, kind: type[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    adapter = pydantic.TypeAdapter(kind)  # takes longer to make than to use
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            item = _checked(file.read_text(encoding="utf-8"), adapter, file.name)
            if item.name in found:
                raise DrugError(f"{item.name!r} is described by two files", where=file.name)
            found[item.name] = item
    return found


def catalog_from(folder: Traversable | Path) -> Catalog:
    """A catalog from a folder with the sub-folders ``molecules`` and ``products``.

    Raises
    ------
    DrugError
        If a file is faulty, or a drug or product names a molecule that has no file.
    """
    found = Catalog(
        drugs=_read_folder(folder.joinpath("molecules"), Drug),
        products=_read_folder(folder.joinpath("products"), Product),
    )
    for drug in found.drugs.values():
        _check_known(found, drug.name, [formation.drug for formation in drug.metabolites])
        for route in drug.routes:
            formed = [item.drug for item in route.formed]
            _check_known(found, f"{drug.name}, route {route.name}", formed)
    for product in found.products.values():
        _check_product(found, product)
    _ = found.names  # Two things of one name are a fault of the library, not of the first look-up.
    return found


def _check_product(found: Catalog, product: Product) -> None:
    names = [component.drug for component in product.components]
    _check_known(found, product.name, names)
    if product.main not in names:
        raise DrugError(f"the main component {product.main!r} is none of its components", where=product.name)
    for name in names:
        for route in product.routes:
            if found.drugs[name].route(route) is None:
                raise DrugError(f"its component {name} has no route {route!r}", where=product.name)


def _check_known(found: Catalog, where: str, names: list[str]) -> None:
    for name in names:
        if name not in found.drugs:
            raise UnknownNameError("molecule", name, found.drugs, where=where)


@cache
def catalog() -> Catalog:
    """The library that ships with the program."""
    key = digest_of(["catalog"], ["speciosa.drugs"])
    return remembered(key, lambda: catalog_from(files("speciosa.drugs").joinpath("data")))
