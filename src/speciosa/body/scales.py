"""Rating scales item by item: what is rated, on which arm it hangs, and which scores an item can take.

Scores are those of `withdrawal_scales.csv`, which a test compares; items are named in own words. An item
hangs on the autonomic arm (signs that alpha-2A agonists ease), on the subjective arm (what they leave:
anxiety, restlessness, aches, bad sleep) or on craving.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Arm = Literal["autonomic", "subjective", "craving"]
Rater = Literal["observed", "felt"]


@dataclass(frozen=True)
class Item:
    """One item of a scale.

    Parameters
    ----------
    name : str
    arm : {"autonomic", "subjective", "craving"}
    points : tuple of int
        Scores that the item can take above 0, upwards.
    is_weak : bool
        Whether the item follows severity less than others do.
    """

    name: str
    arm: Arm
    points: tuple[int, ...]
    is_weak: bool = False

    @property
    def steps(self) -> tuple[int, ...]:
        """Points gained at each step upwards."""
        return tuple(high - low for low, high in pairwise((0, *self.points)))


@dataclass(frozen=True)
class Scale:
    """A rating scale, its items and its severity bands.

    Parameters
    ----------
    name : str
        Also the name of its output.
    rater : {"observed", "felt"}
        Whether a clinician or the patient rates.
    items : tuple of Item
        In the order of the scale.
    bands : tuple of (name, slot)
        Severity bands upwards; the slot holds the lowest score of the band.
    below : str
        Name of what lies below the first band.
    """

    name: str
    rater: Rater
    items: tuple[Item, ...]
    bands: tuple[tuple[str, str], ...] = ()
    below: str = "none"

    @property
    def maximum(self) -> int:
        """Largest total."""
        return sum(item.points[-1] for item in self.items)

    def weights(self, arm: Arm, *, is_weak: bool) -> Mapping[int, int]:
        """Points that the items of an arm gain at each threshold: threshold in points, points gained."""
        found: Counter[int] = Counter()
        for item in self.items:
            if item.arm == arm and item.is_weak is is_weak:
                found.update(dict(zip(item.points, item.steps, strict=True)))
        return dict(sorted(found.items()))


def _bands(scale: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{scale}.band.{name.replace(' ', '_')}") for name in names)


_FOUR, _GUT, _MOTOR, _PUPIL, _SKIN = (1, 2, 4), (1, 2, 3, 5), (1, 3, 5), (1, 2, 5), (3, 5)
_ZERO_TO_FOUR, _ZERO_TO_THREE, _PRESENT = (1, 2, 3, 4), (1, 2, 3), (1,)

COWS = Scale(
    "COWS",
    "observed",
    (
        Item("pulse at rest", "autonomic", _FOUR, is_weak=True),
        Item("sweating", "autonomic", _ZERO_TO_FOUR),
        Item("restlessness", "subjective", _MOTOR),
        Item("pupil size", "autonomic", _PUPIL),
        Item("aching bones or joints", "subjective", _FOUR),
        Item("runny nose or tears", "autonomic", _FOUR),
        Item("stomach and bowel", "autonomic", _GUT),
        Item("tremor", "autonomic", _FOUR),
        Item("yawning", "autonomic", _FOUR, is_weak=True),
        Item("anxiety or irritability", "subjective", _FOUR),
        Item("gooseflesh", "autonomic", _SKIN, is_weak=True),
    ),
    _bands("COWS", "mild", "moderate", "moderately severe", "severe"),
)
_HANDELSMAN: tuple[tuple[str, Arm], ...] = (
    ("anxious", "subjective"),
    ("yawning", "autonomic"),
    ("sweating", "autonomic"),
    ("watering eyes", "autonomic"),
    ("runny nose", "autonomic"),
    ("goose bumps", "autonomic"),
    ("shaking", "autonomic"),
    ("hot flushes", "autonomic"),
    ("cold flushes", "autonomic"),
    ("aching bones and muscles", "subjective"),
    ("restless", "subjective"),
    ("nauseous", "autonomic"),
    ("vomiting", "autonomic"),
    ("twitching muscles", "subjective"),
    ("stomach cramps", "autonomic"),
    ("wish to use now", "craving"),
)
SOWS_HANDELSMAN = Scale(
    "SOWS-Handelsman",
    "felt",
    tuple(Item(name, arm, _ZERO_TO_FOUR) for name, arm in _HANDELSMAN),
    _bands("SOWS-Handelsman", "mild", "moderate", "severe"),
)
_GOSSOP: tuple[tuple[str, Arm], ...] = (
    ("feeling sick", "autonomic"),
    ("stomach cramps", "autonomic"),
    ("muscle spasms", "subjective"),
    ("feeling cold", "autonomic"),
    ("pounding heart", "autonomic"),
    ("tense muscles", "subjective"),
    ("aches and pains", "subjective"),
    ("yawning", "autonomic"),
    ("runny eyes", "autonomic"),
    ("bad sleep", "subjective"),
)
SOWS_GOSSOP = Scale("SOWS-Gossop", "felt", tuple(Item(name, arm, _ZERO_TO_THREE) for name, arm in _GOSSOP))
_OBSERVED: tuple[tuple[str, Arm], ...] = (
    ("yawning", "autonomic"),
    ("runny nose", "autonomic"),
    ("gooseflesh", "autonomic"),
    ("sweating", "autonomic"),
    ("tears", "autonomic"),
    ("tremor of the hands", "autonomic"),
    ("wide pupils", "autonomic"),
    ("flushes", "autonomic"),
    ("restlessness", "subjective"),
    ("vomiting", "autonomic"),
    ("twitching muscles", "subjective"),
    ("stomach cramps", "autonomic"),
    ("anxiety", "subjective"),
)
OOWS = Scale("OOWS-Handelsman", "observed", tuple(Item(name, arm, _PRESENT) for name, arm in _OBSERVED))
SCALES = (COWS, SOWS_HANDELSMAN, SOWS_GOSSOP, OOWS)
BANDED = tuple(scale for scale in SCALES if scale.bands)
"""Scales with severity bands."""
