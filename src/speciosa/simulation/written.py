"""What files say in words: durations, people, regimens; and where in a file a fault is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from speciosa.errors import ScenarioError
from speciosa.people import (
    OpioidHistory,
    Person,
    Population,
    Register,
    activity_score,
    population,
    rows_of,
    specification,
    typical_person,
)
from speciosa.regimens import Regimen, from_dict, parse
from speciosa.simulation.setting import Setting
from speciosa.units import convert

RegimenText = str | dict[str, Any]

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("s", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "week"),
}


def hours(text: str, where: str) -> float:
    """A duration such as ``120h`` or ``6 weeks`` in hours.

    Raises
    ------
    ScenarioError
        If it has no number, no unit, or an unknown unit.
    """
    match = _DURATION.fullmatch(text)
    if match is None or match[2].lower() not in _UNITS:
        raise ScenarioError(
            f"{text!r} is no duration", where=where, expected="a number with s, min, h, d or weeks: 120h"
        )
    return float(convert(float(match[1]), _UNITS[match[2].lower()], "h"))


def regimen_of(given: RegimenText, setting: Setting, history: RegimenText | None = None) -> Regimen:
    """A regimen from text or from typed tables, with what came before it."""
    regimen = parse(given, setting.library) if isinstance(given, str) else from_dict(given, setting.library)
    if history is None:
        return regimen
    if regimen.history is not None:
        raise ScenarioError(
            "the history is given twice", where=regimen.text, expected="'after ...:' or the key history"
        )
    return regimen.after(regimen_of(history, setting))


class HistoryPart(BaseModel):
    """Opioid taken before time 0 by everybody.

    Parameters
    ----------
    drug, route : str
    daily : float
        Amount a day, in `unit`.
    days : float
        Duration.
    doses_per_day : int
    unit : str
        Unit of the amount.
    """

    model_config = ConfigDict(extra="forbid")
    drug: str
    daily: float
    days: float
    route: str = ""
    doses_per_day: int = 4
    unit: str = "mg"


class PeoplePart(BaseModel):
    """Who is simulated.

    Parameters
    ----------
    size : int
        1 is the typical adult, more a varied population; the number of rows of a file of real people.
    seed : int
        Seed of the differences between people.
    weight, height, age : float, optional
        Of the median adult; kg, cm, years.
    sex : str
        female, male or unspecified.
    egfr : float, optional
        Renal function of everybody, mL/min per 1.73 m2.
    child_pugh, pregnancy, cyp2b6_genotype : str, optional
        Of everybody.
    cyp2d6 : str, optional
        Phenotype of everybody: poor, intermediate, normal or ultrarapid.
    cyp2d6_activity_score : float, optional
        Instead of the phenotype.
    history : table, optional
        Opioid history of everybody.
    file : str, optional
        File with a specification (.toml) or real covariates (.csv), beside the scenario file.
    specification : table, optional
        What such a file says.
    table : list of tables, optional
        The rows of such a file.
    """

    model_config = ConfigDict(extra="forbid")
    size: int = 1
    seed: int = 1
    weight: float | None = None
    height: float | None = None
    age: float | None = None
    sex: str = "unspecified"
    egfr: float | None = None
    child_pugh: str | None = None
    pregnancy: str | None = None
    cyp2d6: str | None = None
    cyp2d6_activity_score: float | None = None
    cyp2b6_genotype: str | None = None
    history: HistoryPart | None = None
    file: str | None = None
    specification: dict[str, Any] | None = None
    table: list[dict[str, str]] | None = None

    def population(self, setting: Setting) -> Population:
        """The people themselves."""
        evidence = setting.evidence
        if self.specification is None and self.table is None:
            return population(evidence, self.size, self.seed, typical=self._typical(setting))
        self._must_stand_alone()
        if self.specification is not None:
            makeup = specification(self.specification, evidence, self.file or "people.specification")
            return population(evidence, self.size, self.seed, makeup=makeup)
        register = Register.read(self.table or [], evidence, self.file or "people.table")
        size = self.size if "size" in self.model_fields_set else len(register.people)
        return population(evidence, size, self.seed, makeup=register)

    def from_file(self, path: Path) -> PeoplePart:
        """These people with what a file says of them."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            read: dict[str, Any] = {"file": path.name, "specification": None, "table": None}
            if path.suffix == ".csv":
                read["table"] = rows_of(text, path.name)
            elif path.suffix == ".toml":
                read["specification"] = tomllib.loads(text)
            else:
                raise ScenarioError("is no file of people", where=str(path), expected=".toml or .csv")
        except OSError as fault:
            raise ScenarioError(f"cannot be read: {fault.strerror}", where=str(path)) from fault
        except tomllib.TOMLDecodeError as fault:
            raise ScenarioError(f"not valid TOML: {fault}", where=str(path)) from fault
        return self.model_copy(update=read)

    def _typical(self, setting: Setting) -> Person:
        given = self.model_dump(exclude_none=True, include=set(Person.names()))
        if self.cyp2d6 is not None:
            if self.cyp2d6_activity_score is not None:
                raise ScenarioError(
                    "both cyp2d6 and cyp2d6_activity_score are given",
                    where="people",
                    expected="one of the two",
                )
            given["cyp2d6_activity_score"] = activity_score(self.cyp2d6, setting.evidence)
        if self.history is not None:
            given["history"] = OpioidHistory(**self.history.model_dump())
        base = typical_person(setting.evidence)
        return replace(base, **given)

    def _must_stand_alone(self) -> None:
        """A file describes people wholly."""
        alone = {"size", "seed", "file", "specification", "table"}
        beside = [name for name in self.model_dump(exclude_defaults=True) if name not in alone]
        if beside:
            raise ScenarioError(
                f"{beside[0]} is given beside a file of people",
                where="people",
                expected="one or the other",
                advice="Write it into the file.",
            )


def explained(fault: ValidationError, kind: type[BaseModel], content: str, where: str) -> ScenarioError:
    """The first fault of a file: line, key, and a near miss.

    Parameters
    ----------
    fault : ValidationError
    kind : type
        What the file was read as.
    content : str
        Of the file.
    where : str
        Its name.
    """
    first = fault.errors()[0]
    path = [str(part) for part in first["loc"]]
    place = f"{where}{_at(content, first['loc'])}, key {'.'.join(path)}"
    if first["type"] == "extra_forbidden":
        known = _known_keys(kind, path[:-1])
        near = get_close_matches(path[-1], known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(known)}."
        return ScenarioError(f"unknown key {path[-1]!r}", where=place, advice=hint)
    problem = "is missing" if first["type"] == "missing" else f"{first['input']!r}: {first['msg']}"
    return ScenarioError(problem, where=place)


def _known_keys(kind: type[BaseModel], path: list[str]) -> list[str]:
    for name in path:
        annotation: Any = kind.model_fields[name].annotation if name in kind.model_fields else None
        options = (annotation, *getattr(annotation, "__args__", ()))
        inner = [item for item in options if isinstance(item, type) and issubclass(item, BaseModel)]
        if not inner:
            return []
        kind = inner[0]
    return list(kind.model_fields)


def _at(content: str, path: Sequence[str | int]) -> str:
    number = line_of(content, path)
    return f", line {number}" if number else ""


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def line_of(content: str, path: Sequence[str | int]) -> int | None:
    r"""The line of a TOML text at which a key is set, or else of the table that should hold it.

    Parameters
    ----------
    content : str
    path : sequence of str or int
        Keys from the outermost on, and the number of each table of an array, from 0.

    Returns
    -------
    int or None
        None where neither is found.

    Examples
    --------
    >>> line_of("[arms.a]\n[[visits]]\nat = 1\n[[visits]]\nat = -1\n", ["visits", 1, "at"])
    5
    """
    found: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    count: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header:
            names = _placed(_names(header[2]), count)
            if header[1] == "[[":
                count[names] = count.get(names, -1) + 1
                names = (*names, count[names])
            table = names
        elif key:
            names = (*table, *_names(key[1]))
        else:
            continue
        for length in range(1, len(names) + 1):
            found.setdefault(names[:length], number)
    wanted = tuple(path)
    while wanted and wanted not in found:
        wanted = wanted[:-1]
    return found.get(wanted)


def _names(text: str) -> tuple[str, ...]:
    return tuple("".join(match.groups(default="")) for match in _PART.finditer(text))


def _placed(names: tuple[str, ...], count: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """The path of a header, with the number of the latest table of every array on the way."""
    path: tuple[str | int, ...] = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if path in count and place < len(names) - 1:
            path = (*path, count[path])
    return path
