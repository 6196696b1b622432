"""The text grammar: it reads words and builds typed regimens, nothing else.

regimen  = ["after" sequence ":"] sequence {(";" | "plus" | "and") sequence}
sequence = part {"then" part}
part     = "nothing" [length] | phrase
phrase   = item, amount, route, frequency, content, titration or taper, infusion time, missed doses,
           start, length, in any order; after "then", what is not said is as before
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from math import inf
from typing import Protocol

from speciosa.drugs import Drug, Product
from speciosa.errors import RegimenError, UnknownNameError
from speciosa.regimens.cursor import Cursor
from speciosa.regimens.phrase import Phrase
from speciosa.regimens.regimen import Regimen, Track
from speciosa.regimens.segment import Segment
from speciosa.regimens.vocabulary import KEYWORDS, STRAINS
from speciosa.regimens.words import read_element, read_length

ENDS = r";|:|then\b|plus\b"


class Library(Protocol):
    """What the grammar needs of the catalog."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name and alias."""
        ...

    @property
    def drugs(self) -> Mapping[str, Drug]:
        """Drugs by canonical name."""
        ...

    @property
    def products(self) -> Mapping[str, Product]:
        """Products by canonical name."""
        ...

    def item(self, name: str) -> Drug | Product:
        """The drug or product of a name."""
        ...

    def route_of(self, item: Drug | Product, word: str | None) -> str | None:
        """The route of a drug or product that a word means."""
        ...


def parse(text: str, library: Library) -> Regimen:
    """Read a regimen.

    Parameters
    ----------
    text : str
    library : Library
        The catalog of drugs and products.

    Returns
    -------
    Regimen

    Raises
    ------
    RegimenError
        Pointing at the place, with what was expected.
    UnknownNameError
        For a drug or product that is not in the library.

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> parse("morphine 10 mg IV over 30 min every 8 h for 3 days", catalog()).text
    'morphine 10 mg IV over 0.5 h every 8 h for 3 days'
    """
    return _Reader(text, library).regimen()


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, library: Library) -> None:
        self._at = Cursor(text)
        self._library = library
        self._notes: dict[str, None] = {}

    def regimen(self) -> Regimen:
        if self._at.is_done:
            raise RegimenError("the regimen is empty", expected='a drug, a dose and times, or "nothing"')
        history = None
        if self._at.take(r"after(?!\s+\d)"):
            history = Regimen((self._sequence(),), notes=())
            if not self._at.take_symbol(r":") and not self._at.is_done:
                raise self._at.fault(
                    "the earlier regimen does not end", expected="a colon before what follows"
                )
        tracks = [] if self._at.is_done else [self._sequence()]
        while not self._at.is_done:
            if not (self._at.take_symbol(r";") or self._at.take(r"plus|and")):
                raise self._unknown()
            tracks.append(self._sequence())
        kept = tuple(track for track in tracks if any(segment.dose for segment in track) or len(tracks) == 1)
        return Regimen(kept, history=history, notes=tuple(self._notes))

    def _sequence(self) -> Track:
        segments: list[Segment] = []
        previous: Phrase | None = None
        end = 0.0
        while True:
            begin = self._at.position
            try:
                segment, previous = self._part(previous, end)
            except RegimenError as fault:
                raise self._placed(fault, begin) from fault
            if segments and segment.start < segments[-1].end:
                cut = segments[-1]
                if cut.end != inf and segment.start > cut.start and cut.period == inf:
                    segments[-1] = replace(cut, end=segment.start)
                else:
                    raise self._at.fault(
                        "this part starts before the one before it ends",
                        expected=f"a start at {cut.end:g} h or later",
                        advice="Use `;` for doses taken in parallel.",
                        at=begin,
                    )
            segments.append(segment)
            end = segment.end
            if not self._at.take(r"(?:and\s+)?then"):
                return tuple(segments)
            if end == inf:
                raise self._at.fault(
                    "the part before `then` has no end", expected="for ... or until ...", at=begin
                )

    def _placed(self, fault: RegimenError, begin: int) -> RegimenError:
        """The same fault with its place, where it does not have one yet."""
        if fault.where:
            return fault
        position = begin + len(self._at.text[begin:]) - len(self._at.text[begin:].lstrip(" ,"))
        return self._at.fault(fault.problem, expected=fault.expected, advice=fault.advice, at=position)

    def _part(self, previous: Phrase | None, start: float) -> tuple[Segment, Phrase | None]:
        if self._at.take(r"nothing|no\s+doses?"):
            begin, end = read_length(self._at, start)
            return Segment(begin, end), previous
        phrase = Phrase.following(previous)
        self._phrase(phrase)
        segment = phrase.segment(start, self._library)
        for note in phrase.notes:
            self._notes[note] = None
        return segment, phrase.ended(segment)

    def _phrase(self, phrase: Phrase) -> None:
        while not self._at.is_done and not self._at.peek(ENDS) and not self._starts_track(phrase):
            strain = self._at.take_word(STRAINS)
            if strain:
                phrase.notes.append(
                    f"{strain!r} was read and ignored: no effect of vein color or strain on content is known"
                )
            elif not self._item(phrase) and not read_element(self._at, phrase, self._library):
                raise self._unknown(is_item_missing=phrase.item is None)

    def _starts_track(self, phrase: Phrase) -> bool:
        """Whether an "and" with another drug behind it stands here."""
        if not self._at.peek(r"and") or phrase.item is None:
            return False
        position = self._at.position
        self._at.take(r"and")
        while self._at.take_word(STRAINS):
            pass
        is_item = self._at.take_word(self._library.names) is not None
        self._at.position = position
        return is_item

    def _item(self, phrase: Phrase) -> bool:
        position = self._at.position
        name = self._at.take_word(self._library.names)
        if name is None:
            return False
        if phrase.is_item_named:
            raise self._at.fault(
                f"a second drug, {name!r}, in one part",
                expected="one drug in each part",
                advice="Use `;` for doses taken in parallel, or `then` for what follows.",
                at=position,
            )
        phrase.name_item(self._library.item(name).name)
        return True

    def _unknown(self, *, is_item_missing: bool = False) -> RegimenError | UnknownNameError:
        word = self._at.word()
        near = get_close_matches(word.lower(), [*KEYWORDS], n=1, cutoff=0.75)
        if is_item_missing and word[:1].isalpha() and not near:
            return UnknownNameError(
                "drug",
                word,
                self._library.names,
                where=self._at.where().column,
                excerpt=self._at.where().excerpt,
                advice="`speciosa drugs` lists the drugs and products of the library.",
            )
        if word.startswith("-"):
            return self._at.fault(f"{word!r} is negative", expected="an amount above zero")
        advice = f"Did you mean {near[0]!r}?" if near else "`speciosa regimen --help` names what is read."
        return self._at.fault(f"{word!r} is not understood here", advice=advice)
