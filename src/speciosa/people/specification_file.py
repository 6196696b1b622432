"""Specifications of populations as tables (TOML): read, checked, completed from the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import log1p, sqrt
from typing import Any

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.people.covariates import LEVELS, LIMITS, PHENOTYPES, SEXES
from speciosa.people.distributions import Distribution, Shares
from speciosa.people.specification import (
    BMI_LIMITS,
    HistoryDistribution,
    Reference,
    Specification,
    phenotypes,
)

_PERCENT = 100.0
_AMOUNTS = {"daily": (0.1, 10_000.0), "days": (1.0, 18_250.0)}
_BY_SEX = ("height", "bmi", "weight")
_CATEGORIES = ("child_pugh", "pregnancy", "cyp2b6_genotype")
_SCORE = "cyp2d6_activity_score"
KEYS = ("female", "age", *_BY_SEX, "egfr", *_CATEGORIES, "cyp2d6", _SCORE, "history")
"""Keys of a specification."""
_DISTRIBUTION = ("median", "cv", "mean", "sd", "low", "high")
_HISTORY = ("drug", "route", "doses_per_day", "daily", "days", "share")


def specification(
    table: Mapping[str, Any], evidence: Evidence, where: str = "specification"
) -> Specification:
    """A population from a table, such as a TOML file holds.

    Parameters
    ----------
    table : mapping
        Keys of `KEYS`, all of them optional. A distribution is a table with ``median`` and ``cv`` (percent;
        log-normal), ``mean`` and ``sd`` (normal), or ``low`` and ``high`` alone (uniform); ``low`` and
        ``high`` are the limits of the others. ``height``, ``bmi`` and ``weight`` may differ between
        ``female`` and ``male``. A category is a table of levels and shares.
    evidence : Evidence
        Fills in what is left out.
    where : str
        Name of the file, for messages.

    Returns
    -------
    Specification

    Raises
    ------
    PersonError
        Naming file, key and what was expected.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> clinic = specification({"female": 0.4, "age": {"median": 38, "cv": 30, "high": 65}}, load())
    >>> clinic.text
    '40% women, age 18 to 65 years'
    """
    reader = _Reader(where, Reference(evidence))
    reader.known(table, KEYS, "")
    shares = {name: reader.shares(table[name], name, LEVELS[name]) for name in _CATEGORIES if name in table}
    return Specification(
        female=reader.share(table.get("female", Reference(evidence).value("female", "")), "female"),
        age=reader.distribution(table["age"], "age", LIMITS["age"][:2])
        if "age" in table
        else reader.reference.age(),
        height=reader.by_sex(table, "height", LIMITS["height"][:2], reader.reference.height),
        bmi=reader.by_sex(table, "bmi", BMI_LIMITS, reader.reference.bmi),
        weight=reader.by_sex(table, "weight", LIMITS["weight"][:2]) if "weight" in table else None,
        numbers={"egfr": reader.distribution(table["egfr"], "egfr", LIMITS["egfr"][:2])}
        if "egfr" in table
        else {},
        shares={
            **shares,
            _SCORE: reader.scores(table),
            **(
                {}
                if "cyp2b6_genotype" in shares
                else {"cyp2b6_genotype": reader.reference.shares("cyp2b6_genotype")}
            ),
        },
        history=reader.history(table["history"]) if "history" in table else None,
        slots=_slots(table, reader.reference),
        stated=tuple(
            dict.fromkeys(
                _SCORE if key == "cyp2d6" else key
                for key in table
                if key in ("egfr", "cyp2d6", _SCORE, *_CATEGORIES)
            )
        ),
    )


def _slots(table: Mapping[str, Any], reference: Reference) -> tuple[str, ...]:
    """Evidence slots behind what the table leaves out."""
    starts = {
        "female": ("population.female",),
        "age": ("person.age", "person.IIV_age"),
        "height": ("population.height.", "population.SD_height."),
        "bmi": () if "weight" in table else ("population.BMI.", "population.CV_BMI."),
        "cyp2b6_genotype": ("population.cyp2b6_genotype.",),
        "cyp2d6": () if _SCORE in table else ("population.cyp2d6.",),
    }
    found = [start for key, names in starts.items() if key not in table for start in names]
    scores = () if _SCORE in table else ("cyp2d6.activity_score.",)
    return reference.slots_of(*found, *scores)


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of a table and says where a fault is."""

    where: str
    reference: Reference

    def fault(self, key: str, problem: str, expected: str, advice: str | None = None) -> PersonError:
        place = f"{self.where}, key {key}" if key else self.where
        return PersonError(problem, where=place, expected=expected or None, advice=advice)

    def known(self, table: Any, keys: Sequence[str], place: str) -> None:
        if not isinstance(table, Mapping):
            raise self.fault(place, f"{table!r} is no table", f"keys of: {', '.join(keys)}")
        for key in table:
            if key not in keys:
                near = get_close_matches(str(key), keys, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(keys)}."
                raise self.fault(f"{place}.{key}".lstrip("."), f"unknown key {key!r}", "", hint)

    def number(self, value: Any, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(key, f"{value!r} is no number", "a number")
        return float(value)

    def share(self, value: Any, key: str) -> float:
        found = self.number(value, key)
        if not 0.0 <= found <= 1.0:
            raise self.fault(key, f"{key} is {found:g}", "a share from 0 to 1")
        return found

    def distribution(self, table: Any, key: str, limits: tuple[float, float]) -> Distribution:
        self.known(table, _DISTRIBUTION, key)
        given = {name: self.number(value, f"{key}.{name}") for name, value in table.items()}
        low, high = given.pop("low", limits[0]), given.pop("high", limits[1])
        for end in (low, high):
            if not limits[0] <= end <= limits[1]:
                raise self.fault(key, f"a limit is {end:g}", f"limits within {limits[0]:g} to {limits[1]:g}")
        try:
            if set(given) == {"median", "cv"}:
                omega = sqrt(log1p((given["cv"] / _PERCENT) ** 2))
                return Distribution("log-normal", given["median"], omega, low, high)
            if set(given) == {"mean", "sd"}:
                return Distribution("normal", given["mean"], given["sd"], low, high)
            if not given and {"low", "high"} <= set(table):
                return Distribution("uniform", low, 0.0, low, high)
        except PersonError as fault:
            raise self.fault(key, fault.problem, str(fault.expected)) from None
        raise self.fault(
            key, f"{', '.join(table) or 'nothing'} is given", "median and cv, mean and sd, or low and high"
        )

    def by_sex(
        self,
        table: Mapping[str, Any],
        key: str,
        limits: tuple[float, float],
        default: Any = None,
    ) -> dict[str, Distribution]:
        """One distribution a sex, the same for both, or those of the evidence."""
        if key not in table:
            return {sex: default(sex) for sex in SEXES}
        given = table[key]
        if not isinstance(given, Mapping) or not set(given) & set(SEXES):
            return dict.fromkeys(SEXES, self.distribution(given, key, limits))
        self.known(given, SEXES, key)
        missing = [sex for sex in SEXES if sex not in given]
        if missing:
            raise self.fault(key, f"{missing[0]} is missing", "female and male")
        return {sex: self.distribution(given[sex], f"{key}.{sex}", limits) for sex in SEXES}

    def shares(self, table: Any, key: str, levels: Sequence[str]) -> Shares:
        self.known(table, levels, key)
        try:
            return Shares({level: self.number(share, f"{key}.{level}") for level, share in table.items()})
        except PersonError as fault:
            raise self.fault(key, fault.problem, str(fault.expected)) from None

    def scores(self, table: Mapping[str, Any]) -> Shares:
        """CYP2D6 activity scores: as given, from phenotypes as given, or as frequent as the evidence says."""
        if _SCORE in table and "cyp2d6" in table:
            raise self.fault(_SCORE, "both cyp2d6 and cyp2d6_activity_score are given", "one of the two")
        if "cyp2d6" in table:
            return phenotypes(self.shares(table["cyp2d6"], "cyp2d6", PHENOTYPES).of, self.reference.evidence)
        if _SCORE not in table:
            return self.reference.shares(_SCORE)
        low, high, _ = LIMITS[_SCORE]
        given = table[_SCORE]
        if not isinstance(given, Mapping):
            raise self.fault(_SCORE, f"{given!r} is no table", "scores and their shares")
        for score in given:
            try:
                is_fine = low <= float(score) <= high
            except ValueError:
                is_fine = False
            if not is_fine:
                raise self.fault(f"{_SCORE}.{score}", f"{score!r} is no score", f"{low:g} to {high:g}")
        return self.shares(given, _SCORE, list(given))

    def history(self, table: Any) -> HistoryDistribution:
        self.known(table, _HISTORY, "history")
        for key in ("drug", "daily", "days"):
            if key not in table:
                raise self.fault("history", f"{key} is missing", "drug, daily and days")
        amounts = {}
        for key, limits in _AMOUNTS.items():
            given = table[key]
            is_fixed = isinstance(given, int | float) and not isinstance(given, bool)
            amounts[key] = (
                Distribution("normal", float(given), 0.0, *limits)
                if is_fixed
                else self.distribution(given, f"history.{key}", limits)
            )
        doses = table.get("doses_per_day", 4)
        if isinstance(doses, bool) or not isinstance(doses, int) or doses < 1:
            raise self.fault(
                "history.doses_per_day", f"{doses!r} doses a day", "a whole number of one or more"
            )
        return HistoryDistribution(
            drug=str(table["drug"]),
            route=str(table.get("route", "")),
            doses_per_day=doses,
            daily=amounts["daily"],
            days=amounts["days"],
            share=self.share(table.get("share", 1.0), "history.share"),
        )
