"""A plain page for a reader in withdrawal, each sentence with its sources; never an amount of kratom."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from pydantic import TypeAdapter, ValidationError

from speciosa.errors import ClaimError, UnknownNameError
from speciosa.evidence import Evidence

FILE = "guidance.toml"


@dataclass(frozen=True)
class Sentence:
    """One sentence and the rows that it rests on.

    Raises
    ------
    ClaimError
        If it names no row.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    text: str
    rows: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.rows:
            raise ClaimError(
                f"the sentence {self.text!r} names no row", expected="one row of evidence or more"
            )

    def sources(self, evidence: Evidence) -> tuple[str, ...]:
        """Keys of its sources, each once."""
        return tuple(dict.fromkeys(evidence.rows[row].source_key for row in self.rows))


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Guidance:
    """The page.

    Parameters
    ----------
    title : str
    sections : tuple of Section
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    title: str
    sections: tuple[Section, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences, in order."""
        return tuple(sentence for section in self.sections for sentence in section.sentences)

    def sources(self, evidence: Evidence) -> tuple[str, ...]:
        """Keys of all sources, sorted."""
        return tuple(sorted({key for sentence in self.sentences for key in sentence.sources(evidence)}))

    def check(self, evidence: Evidence) -> None:
        """See that every row exists.

        Raises
        ------
        UnknownNameError
            Naming the sentence.
        """
        for sentence in self.sentences:
            for row in sentence.rows:
                if row not in evidence.rows:
                    raise UnknownNameError(
                        "evidence row", row, evidence.rows, where=f"{FILE}, {sentence.text!r}"
                    )


@cache
def guidance() -> Guidance:
    """The packaged page.

    Raises
    ------
    ClaimError
        If its file is not written as expected.

    Examples
    --------
    >>> guidance().sections[0].heading
    'Call for help now'
    """
    text = files("speciosa.claims").joinpath("data", FILE).read_text(encoding="utf-8")
    try:
        return TypeAdapter(Guidance).validate_python(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as fault:
        raise ClaimError(f"cannot be read: {fault}", where=FILE) from fault
