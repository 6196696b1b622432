"""What the studies behind the targets did and the regimens of the targets do not say, from one data file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from speciosa.errors import QualificationError

Statistic = Literal["mean", "median", "geometric mean", "ratio of means", "ratio of medians", "CV", "typical"]
Reading = Literal["average over the interval", "trough"]
STATISTICS: tuple[str, ...] = get_args(Statistic)
FILE = "designs.toml"
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class People:
    """Who a study's words for its people mean.

    Parameters
    ----------
    covariates : mapping of str to float or str
        Of the median person, where they differ from the reference adult: kg, years, classes.
    cyp2d6 : str, optional
        Phenotype of CYP2D6, which the study is about.
    is_alike : bool
        Whether weight and age are the same for everybody; random effects vary all the same.
    studied : tuple of str
        The covariates that the study is about.
    reference : mapping of str to float or str
        Covariates of the people that these are compared with, where they differ from the reference adult.
    why : str
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    covariates: Mapping[str, float | str] = field(default_factory=dict)
    cyp2d6: str | None = None
    is_alike: bool = False
    studied: tuple[str, ...] = ()
    reference: Mapping[str, float | str] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class ProductWords:
    """Which item of the library a study's words for its product mean.

    Parameters
    ----------
    drug : str
        As the target names it.
    item : str
        Drug or product of the library.
    product : str
        As the target names it; empty where it names none.
    route : str, optional
        Where the target's words for the route are not those of the item.
    measured : str, optional
        The alkaloid whose measured amount is the dose.
    content : mapping of str to float
        Content that is stated, mg per g.
    why : str
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    drug: str
    item: str
    product: str = ""
    route: str | None = None
    measured: str | None = None
    content: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Design:
    """How a target was measured.

    Parameters
    ----------
    statistic : str, optional
        What was taken over the persons; that of the quantity if left out.
    analytes : tuple of str
        What was measured; the drug of the target's first evidence row if empty.
    sampled_until : float, optional
        Last sample after the dose, h.
    tail : (start, end), optional
        Where the terminal half-life was read, h after the dose.
    victim_start : float, optional
        First dose of the victim of an interaction, h.
    reading : str, optional
        When a concentration was read.
    people : str, optional
        Who was studied, where the target's regimen does not say it.
    choices : mapping of str to str
        Alternatives of the evidence that the study asks for, as in a scenario.
    why : str
    """

    statistic: Statistic | None = None
    analytes: tuple[str, ...] = ()
    sampled_until: float | None = None
    tail: tuple[float, float] | None = None
    victim_start: float | None = None
    reading: Reading | None = None
    people: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Entry(Design):
    """A design and the targets, by name or pattern, that it is of."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Designs:
    """The data file.

    Parameters
    ----------
    populations : mapping of str to People
        By the words of the targets.
    products : tuple of ProductWords
    designs : tuple of Entry
        Later ones override earlier ones, key by key.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    populations: Mapping[str, People] = field(default_factory=dict)
    products: tuple[ProductWords, ...] = ()
    designs: tuple[Entry, ...] = ()

    def design(self, target: str) -> Design:
        """The design of a target."""
        found = Design()
        for entry in self.designs:
            if any(fnmatchcase(target, pattern) for pattern in entry.targets):
                stated = {
                    item.name: getattr(entry, item.name)
                    for item in fields(Design)
                    if getattr(entry, item.name) not in (item.default, {})
                }
                found = replace(found, **stated)
        return found

    def product(self, drug: str, product: str) -> ProductWords | None:
        """What a target's words for a product mean; None where the file does not know them."""
        for item in self.products:
            if (item.drug, item.product) == (drug, product):
                return item
        return None

    def idle(self, targets: Iterable[str]) -> list[str]:
        """Names and patterns of the file that fit no target."""
        names = tuple(targets)
        return [
            pattern
            for entry in self.designs
            for pattern in entry.targets
            if not any(fnmatchcase(name, pattern) for name in names)
        ]


@cache
def designs() -> Designs:
    """Read the packaged file.

    Returns
    -------
    Designs

    Raises
    ------
    QualificationError
        Naming file and key.

    Examples
    --------
    >>> designs().design("t-kr-mtg-thalf-tea").tail
    (48.0, 120.0)
    """
    text = (files("speciosa.qualification") / "data" / FILE).read_text(encoding="utf-8")
    return read_designs(tomllib.loads(text))


def read_designs(table: Mapping[str, Any]) -> Designs:
    """Read designs from tables; see `designs`."""
    try:
        return TypeAdapter(Designs).validate_python(table)
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise QualificationError(f"{first['input']!r}: {first['msg']}", where=f"{FILE}, key {key}") from fault
