"""Variants of the model that are forecast side by side: sets of evidence rows that a user may choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from speciosa.errors import UnknownNameError


@dataclass(frozen=True)
class Variant:
    """One set of rows.

    Parameters
    ----------
    name : str
    words : str
        What it rests on, in one sentence.
    choices : mapping of str to str
        Alternatives of the evidence, as `Evidence.choosing` takes them.
    validated : str
        In whom its forecasts were held against observations.
    """

    name: str
    words: str
    choices: Mapping[str, str] = field(default_factory=dict)
    validated: str = ""


_PEOPLE = "429 people with opioid dependence on buprenorphine and its taper (CTN-0030)"
_HELD_OUT = (
    f"{_PEOPLE}, persons held out of the fit: better than forecasts from classes, days and doses alone; see"
    " docs/explanation/forecasting.md"
)
_NOT_FITTED = (
    f"{_PEOPLE}, rows not fitted to them: better than simple forecasts, no better than a regression on"
    " earlier classes and doses; see docs/explanation/forecasting.md"
)
_SEEN = f"{_PEOPLE}, who are among those it was fitted to"


def _all(name: str) -> dict[str, str]:
    return dict.fromkeys(("dependence", "severity", "IIV_severity", "rating.occasion"), name)


VARIANTS = (
    Variant(
        "in use",
        "Rows in use: adaptation and severity anchored on morphine, floor and noise on people stable on"
        " buprenorphine.",
        validated=_NOT_FITTED,
    ),
    Variant("trial", "Fit to the scores of the buprenorphine taper trial alone.", _all("trial"), _HELD_OUT),
    Variant("joint", "The same fit with two anchors of morphine.", _all("joint"), _SEEN),
)
"""Registered variants, the one in use first."""
NAMES = tuple(item.name for item in VARIANTS)


def variants_of(names: Sequence[str]) -> tuple[Variant, ...]:
    """Variants by their names, in the order given.

    Raises
    ------
    UnknownNameError
        With near misses.

    Examples
    --------
    >>> [item.name for item in variants_of(["trial"])]
    ['trial']
    """
    known = {item.name: item for item in VARIANTS}
    for name in names:
        if name not in known:
            raise UnknownNameError("variant", name, known)
    return tuple(known[name] for name in names)
