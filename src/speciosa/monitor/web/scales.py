"""Rating scales as a form asks them: lead, question and answers of each item, and the severity bands."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from speciosa.body.scales import SCALES, Scale
from speciosa.errors import UnknownNameError
from speciosa.evidence import load

NO_WITHDRAWAL = "no withdrawal"


@dataclass(frozen=True)
class Question:
    """One item of a form.

    Parameters
    ----------
    name : str
        Of the item, as the scale calls it.
    field : str
        Of the form.
    ask : str
    answers : tuple of (int, str)
        Scores upwards, with what each means.
    """

    name: str
    field: str
    ask: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Band:
    """A severity band.

    Parameters
    ----------
    name : str
        As the scale calls it.
    low : int
        Lowest total.
    level : int
        0 for none, then upwards; the color of the style sheet.
    """

    name: str
    low: int
    level: int

    @property
    def words(self) -> str:
        """The name where it stands alone."""
        return NO_WITHDRAWAL if self.level == 0 else self.name


@dataclass(frozen=True)
class Sheet:
    """A scale as a form.

    Parameters
    ----------
    scale : Scale
    lead : str
    questions : tuple of Question
    bands : tuple of Band
        Upwards from none; empty where the scale has no bands.
    """

    scale: Scale
    lead: str
    questions: tuple[Question, ...]
    bands: tuple[Band, ...]

    def band(self, total: float) -> Band | None:
        """The band of a total."""
        return next((band for band in reversed(self.bands) if total >= band.low), None)

    def band_named(self, name: str) -> Band | None:
        """The band of a name."""
        return next((band for band in self.bands if band.name == name), None)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("speciosa.monitor.web").joinpath("scales.toml").read_text(encoding="utf-8"))


def _bands(scale: Scale) -> tuple[Band, ...]:
    if not scale.bands:
        return ()
    evidence = load()
    upwards = [(name, int(evidence.slot(slot).value("score"))) for name, slot in scale.bands]
    below = Band(scale.below, 0, 0)
    return (below, *(Band(name, low, level) for level, (name, low) in enumerate(upwards, start=1)))


@cache
def sheet(name: str) -> Sheet:
    """The form of a scale.

    Raises
    ------
    UnknownNameError

    Examples
    --------
    >>> cows = sheet("COWS")
    >>> len(cows.questions), cows.band(14).words
    (11, 'moderate')
    """
    known = {scale.name: scale for scale in SCALES}
    if name not in known:
        raise UnknownNameError("scale", name, known)
    scale, words = known[name], _words()[name]
    questions = []
    for number, item in enumerate(scale.items, start=1):
        own = words.get("items", {}).get(item.name, {})
        answers = own.get("answers") or words["answers"]
        questions.append(
            Question(
                item.name,
                f"item-{number}",
                own.get("ask") or item.name[0].upper() + item.name[1:],
                tuple(sorted((int(score), text) for score, text in answers.items())),
            )
        )
    return Sheet(scale, words["lead"], tuple(questions), _bands(scale))


def sheets() -> tuple[Sheet, ...]:
    """The forms of all scales."""
    return tuple(sheet(scale.name) for scale in SCALES)
