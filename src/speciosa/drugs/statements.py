"""Documented risks that no equation of the program covers, as sourced sentences attached to results.

One TOML file a statement. It holds words and the evidence rows and sources behind them, never a number of its
own: what is not modeled is said, not computed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from speciosa.cache import digest_of, remembered
from speciosa.drugs.definition import Drug
from speciosa.errors import DrugError
from speciosa.late import pydantic


@dataclass(frozen=True)
class Statement:
    """A documented risk without a model.

    Parameters
    ----------
    name : str
    topic : str
        Two or three words.
    text : str
    groups : tuple of str
        Classes of drugs to which it applies.
    drugs : tuple of str
        Single drugs to which it applies.
    rows : tuple of str
        Evidence rows behind it.
    sources : tuple of str
        Sources behind it that have no row.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    topic: str
    text: str
    groups: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.groups or self.drugs):
            raise DrugError(f"the statement {self.name!r} names no drug", expected="groups or drugs")
        if not (self.rows or self.sources):
            raise DrugError(f"the statement {self.name!r} has no source", expected="rows or sources")

    def applies_to(self, drug: Drug) -> bool:
        """Whether it concerns a drug."""
        return drug.group in self.groups or drug.name in self.drugs


@cache
def statements() -> tuple[Statement, ...]:
    """The statements that ship with the program.

    Examples
    --------
    >>> "alcohol" in {item.topic for item in statements()}
    True
    """
    return remembered(digest_of(["statements"], ["speciosa.drugs"]), _read)


def _read() -> tuple[Statement, ...]:
    folder = files("speciosa.drugs").joinpath("data", "statements")
    adapter = pydantic.TypeAdapter(Statement)
    found = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            try:
                found.append(adapter.validate_python(tomllib.loads(file.read_text(encoding="utf-8"))))
            except (tomllib.TOMLDecodeError, pydantic.ValidationError) as fault:
                raise DrugError(f"the statement cannot be read: {fault}", where=file.name) from fault
    return tuple(found)


def statements_on(drugs: Iterable[Drug]) -> tuple[Statement, ...]:
    """The statements that concern any of some drugs.

    Parameters
    ----------
    drugs : iterable of Drug

    Returns
    -------
    tuple of Statement
    """
    drugs = tuple(drugs)
    return tuple(item for item in statements() if any(item.applies_to(drug) for drug in drugs))
