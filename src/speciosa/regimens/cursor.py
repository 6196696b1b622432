"""A place in a text, with errors that point at it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from speciosa.errors import RegimenError


@dataclass(frozen=True)
class Place:
    """A place in a text: its column, and the text with a caret below it."""

    column: str = ""
    excerpt: str = ""


class Cursor:
    """Reads a text from left to right.

    The grammar is small, its words depend on the library's names, and its errors must point at the word
    and offer near misses from several registers: a scanner over regular expressions serves that in fewer
    lines than a parser library's grammar with its own error recovery.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @property
    def rest(self) -> str:
        """What is still to be read."""
        return self.text[self.position :]

    @property
    def is_done(self) -> bool:
        """Whether only spaces are left."""
        return not self.rest.strip()

    def skip(self, characters: str = " \t\n,") -> None:
        """Pass over spaces and commas."""
        while self.position < len(self.text) and self.text[self.position] in characters:
            self.position += 1

    def peek(self, pattern: str) -> re.Match[str] | None:
        """Match here without moving; a pattern that ends in a letter ends at a word's end."""
        self.skip()
        return re.compile(rf"(?:{pattern})(?![\w])", re.IGNORECASE).match(self.text, self.position)

    def take(self, pattern: str) -> re.Match[str] | None:
        """Match here and move behind."""
        found = self.peek(pattern)
        if found:
            self.position = found.end()
        return found

    def take_symbol(self, pattern: str) -> re.Match[str] | None:
        """Match here and move behind, without a word's end."""
        self.skip()
        found = re.compile(pattern, re.IGNORECASE).match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def take_word(self, words: Iterable[str]) -> str | None:
        """The longest of some words that stands here, in lower case."""
        self.skip()
        here = self.rest.lower()
        for word in sorted(words, key=len, reverse=True):
            follows = here[len(word) : len(word) + 1]
            if here.startswith(word.lower()) and not (follows.isalnum() or follows == "_"):
                self.position += len(word)
                return word
        return None

    def word(self) -> str:
        """The word that stands here."""
        self.skip()
        found = re.compile(r"[^\s,;:()]+|[;:()]").match(self.text, self.position)
        return found.group() if found else ""

    def where(self, position: int | None = None) -> Place:
        """The place in the text."""
        at = self.position if position is None else position
        line = self.text.replace("\n", " ")
        return Place(f"column {at + 1}", f"  {line}\n  {' ' * at}^")

    def fault(
        self, problem: str, *, expected: str | None = None, advice: str | None = None, at: int | None = None
    ) -> RegimenError:
        """An error that points here."""
        place = self.where(at)
        return RegimenError(
            problem, where=place.column, expected=expected, advice=advice, excerpt=place.excerpt
        )
