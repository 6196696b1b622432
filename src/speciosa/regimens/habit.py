"""What a person makes of a regimen: days missed and doubled, what is taken beside it, when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf, isnan

from speciosa.errors import RegimenError
from speciosa.regimens.dose import Administration
from speciosa.regimens.times import DAY


@dataclass(frozen=True)
class Habit:
    """How one person departs from the doses of a regimen from time 0 on; the history stays as it is.

    Parameters
    ----------
    missed : frozenset of int
        Days, from 0, on which no dose of the regimen is taken.
    doubled : frozenset of int
        Days on which every dose of the regimen is taken twice.
    until : float
        Hours from which on no dose of the regimen is taken.
    beside : tuple of Administration
        What is taken beside the regimen, whatever its rules decide.

    Raises
    ------
    RegimenError
        If a time is no number, or something beside is taken before time 0.

    Examples
    --------
    >>> from speciosa.regimens import Dose
    >>> planned = [Administration(24.0 * day, Dose("methadone", 40.0)) for day in range(4)]
    >>> kept = Habit(missed=frozenset({1}), until=72.0).taken(planned)
    >>> [item.time for item in kept]
    [0.0, 48.0]
    """

    missed: frozenset[int] = frozenset()
    doubled: frozenset[int] = frozenset()
    until: float = inf
    beside: tuple[Administration, ...] = ()

    def __post_init__(self) -> None:
        if isnan(self.until):
            raise RegimenError("a regimen ends for a person at no number", expected="hours, or no end")
        early = [item.time for item in self.beside if not item.time >= 0.0]
        if early:
            raise RegimenError(
                f"something is taken beside the regimen at {early[0]:g} h",
                expected="time 0 or later",
                advice="What came before time 0 belongs to the history.",
            )

    @property
    def is_plain(self) -> bool:
        """Whether the regimen is followed as written."""
        return self == Habit()

    def taken(self, planned: Iterable[Administration]) -> tuple[Administration, ...]:
        """The doses that are taken, in order of time.

        Parameters
        ----------
        planned : iterable of Administration
            Those of the history, at negative times, are left as they are.
        """
        found = list(self.beside)
        for item in planned:
            if item.time < 0.0:
                found.append(item)
                continue
            day = int(item.time // DAY)
            if item.time >= self.until or day in self.missed:
                continue
            found.append(replace(item, dose=item.dose.scaled(2.0)) if day in self.doubled else item)
        return tuple(sorted(found, key=lambda item: item.time))
