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


_TRIAL = (
    "430 people with opioid dependence on buprenorphine and its taper (CTN-0030), by cross-validation over"
    " persons; see docs/explanation/forecasting.md"
)


def _all(name: str) -> dict[str, str]:
    return dict.fromkeys(("dependence", "severity", "IIV_severity", "rating.occasion"), name)


VARIANTS = (
    Variant(
        "in use",
        "Rows in use: adaptation and severity anchored on morphine, floor and noise on stable buprenorphine.",
        validated=_TRIAL,
    ),
    Variant("trial", "Fit to the scores of the buprenorphine taper trial alone.", _all("trial"), _TRIAL),
    Variant("joint", "The same fit with two anchors of morphine.", _all("joint"), _TRIAL),
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
