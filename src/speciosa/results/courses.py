"""What each person did where doses depend on how the person is: decisions, and the doses taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from speciosa.engine import Course
from speciosa.late import pd
from speciosa.regimens import RuledPerson

_DECISIONS = ("person", "time", "rule", "action")
_DOSES = ("person", "time", "item", "amount", "unit", "dose")
Decision: TypeAlias = tuple[int, float, str, str]
Taken: TypeAlias = tuple[int, float, str, float, str, str]


@dataclass(frozen=True, eq=False)
class PersonalCourses:
    """Decisions and doses of all persons.

    Parameters
    ----------
    rules : tuple of str
        Every rule of the regimen in words, also those that did nothing.
    decided : tuple of (int, float, str, str)
        Person, time (h), rule and action of each decision.
    taken : tuple of (int, float, str, float, str, str)
        Person, time (h), item, amount, unit and words of each dose from time 0 on.
    """

    rules: tuple[str, ...] = ()
    decided: tuple[Decision, ...] = ()
    taken: tuple[Taken, ...] = ()

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row a decision: person, time (h), rule, action."""
        return pd.DataFrame(list(self.decided), columns=list(_DECISIONS))

    @cached_property
    def doses(self) -> pd.DataFrame:
        """One row a dose from time 0 on: person, time (h), item, amount, unit, dose in words."""
        return pd.DataFrame(list(self.taken), columns=list(_DOSES))

    @classmethod
    def of_people(cls, ids: Sequence[int], courses: Sequence[Course]) -> PersonalCourses:
        """What people who followed a regimen with rules did, from time 0 on; nothing if there are none."""
        people = [item for item in courses if isinstance(item, RuledPerson)]
        if not people:
            return cls()
        decisions = tuple(
            (number, item.time, item.rule, item.action)
            for number, person in zip(ids, people, strict=True)
            for item in person.decisions
        )
        doses = tuple(
            (number, item.time, item.dose.item, item.dose.size, item.dose.unit, item.dose.text)
            for number, person in zip(ids, people, strict=True)
            for item in person.doses
            if item.time >= 0.0
        )
        return cls(people[0].rules, decisions, doses)

    def summary(self, persons: int) -> pd.DataFrame:
        """How many persons each rule did something to, and when first.

        Parameters
        ----------
        persons : int
            Of whom shares are taken.

        Returns
        -------
        pandas.DataFrame
            One row a rule: rule, persons, share (%), decisions, and median, lowest and highest time of the
            first decision of each person (h).
        """
        rows = []
        for rule in self.rules:
            mine = self.decisions[self.decisions["rule"] == rule]
            first = mine.groupby("person")["time"].min().to_numpy(dtype=np.float64)
            rows.append(
                {
                    "rule": rule,
                    "persons": len(first),
                    "share": 100.0 * len(first) / persons if persons else np.nan,
                    "decisions": len(mine),
                    "first, median": float(np.median(first)) if len(first) else np.nan,
                    "first, earliest": float(first.min()) if len(first) else np.nan,
                    "first, latest": float(first.max()) if len(first) else np.nan,
                }
            )
        return pd.DataFrame(rows)

    def sentences(self, persons: int) -> tuple[str, ...]:
        """The summary in words, a sentence a rule."""
        said: list[str] = []
        for row in self.summary(persons).itertuples(index=False) if self.rules else ():
            rule, count, share, _, median, earliest, latest = row
            when = f"; first after {median:.1f} h (median; {earliest:.1f} to {latest:.1f} h)" if count else ""
            said.append(f"{rule}: acted on {count} of {persons} people ({share:.3g} %){when}.")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {
            "rules": list(self.rules),
            "decisions": self.decisions.to_numpy().tolist(),
            "doses": self.doses.to_numpy().tolist(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PersonalCourses:
        """Read what `to_dict` returned."""
        rows = (tuple(tuple(row) for row in values[name]) for name in ("decisions", "doses"))
        return cls(tuple(values["rules"]), *rows)
