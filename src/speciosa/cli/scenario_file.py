"""Scenario and comparison files: TOML in, checked, and turned into scenarios."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from speciosa.cli.options import hours
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
from speciosa.simulation import DAY, Scenario, Setting
from speciosa.uncertainty import Samples, Uncertainty

RegimenText = str | dict[str, Any]


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


class Common(BaseModel):
    """Keys that a scenario and a comparison share.

    Parameters
    ----------
    title : str
        One line.
    until : str, optional
        How long to look; otherwise to the end of the regimen and a week.
    every : str, optional
        Step of the recorded times.
    history : str or table, optional
        What came before time 0.
    people : table
        Who is simulated.
    values : table
        What-if values of parameters.
    choose : table of str
        Alternatives of the evidence: parameter, or the beginning of its name, to the name of the alternative.
    outputs : list of str, optional
        What to record.
    target : str
        Engine.
    batches : str
        Whether a person stays with one batch of a product (person) or every dose is of another (dose).
    occasion : str, optional
        Length of an occasion, for parameters that vary within a person; each dose begins one if left out.
    """

    model_config = ConfigDict(extra="forbid")
    title: str = ""
    until: str | None = None
    every: str | None = None
    history: RegimenText | None = None
    people: PeoplePart = Field(default_factory=PeoplePart)
    values: dict[str, float] = Field(default_factory=dict)
    choose: dict[str, str] = Field(default_factory=dict)
    outputs: list[str] | None = None
    target: str = "auto"
    batches: Literal["person", "dose"] = "person"
    occasion: str | None = None

    def scenario(self, regimen: RegimenText, title: str, setting: Setting) -> Scenario:
        """The scenario of one regimen."""
        read = regimen_of(regimen, setting, self.history)
        return Scenario(
            regimen=read,
            people=self.people.population(setting),
            until=hours(self.until, "until") if self.until else _default_end(read),
            title=title,
            every=hours(self.every, "every") if self.every else None,
            outputs=tuple(self.outputs) if self.outputs is not None else None,
            values=dict(self.values),
            target=self.target,
            choices=dict(self.choose),
            batches=self.batches,
            occasion=hours(self.occasion, "occasion") if self.occasion else None,
        )


class ScenarioFile(Common):
    """A scenario.

    Parameters
    ----------
    regimen : str or table
        Doses from time 0 on, as text or as typed tables.
    studies : int, optional
        Number of studies that each draw typical values from what is known of them.
    samples : str, optional
        File with joint samples of typical values for the studies.
    """

    regimen: RegimenText
    studies: int | None = None
    samples: str | None = None

    def uncertainty(self) -> Uncertainty:
        """How the studies draw typical values; with the seed of the people."""
        samples = Samples.read(Path(self.samples)) if self.samples else None
        return Uncertainty(1 if self.studies is None else self.studies, self.people.seed, samples)


class SensitivityPart(BaseModel):
    """Which assumptions to move over their ranges, in which arm.

    Parameters
    ----------
    arm : str
        Name of the arm.
    assumptions : table of lists of str
        Label to the parameters that move together.
    """

    model_config = ConfigDict(extra="forbid")
    arm: str
    assumptions: dict[str, list[str]]


class ComparisonFile(Common):
    """Several regimens in the same people.

    Parameters
    ----------
    question : str
        What the comparison asks.
    arms : table
        Name to regimen.
    stop : str, optional
        When the arms stop, for the withdrawal that follows.
    sensitivity : table, optional
        Assumptions to move.
    unknown : list of str
        What is not known, said in the report.
    """

    arms: dict[str, RegimenText]
    question: str = ""
    stop: str | None = None
    sensitivity: SensitivityPart | None = None
    unknown: list[str] = Field(default_factory=list)


File = TypeVar("File", ScenarioFile, ComparisonFile)


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


def _default_end(regimen: Regimen) -> float:
    end = regimen.end
    return (end or 0.0) + 7 * DAY if end != float("inf") else 28 * DAY


def read_file(path: Path, kind: type[File]) -> File:
    """Read and check a TOML file.

    Parameters
    ----------
    path : Path
    kind : type
        `ScenarioFile` or `ComparisonFile`.

    Raises
    ------
    ScenarioError
        Naming file, line where it is known, key, and a near miss.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise ScenarioError(f"cannot be read: {fault.strerror}", where=str(path)) from fault
    given = read_text(content, kind, str(path))
    named = given.people.file
    if named and given.people.specification is None and given.people.table is None:
        people = given.people.from_file(path.parent / named)
        return given.model_copy(update={"people": people})
    return given


def read_text(content: str, kind: type[File], where: str) -> File:
    """Check TOML text, or JSON where the name ends so; see `read_file`."""
    is_json = where.endswith(".json")
    try:
        table = json.loads(content) if is_json else tomllib.loads(content)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as fault:
        raise ScenarioError(f"not valid {'JSON' if is_json else 'TOML'}: {fault}", where=where) from fault
    if kind is ScenarioFile and "arms" in table:
        raise ScenarioError(
            "the file holds the arms of a comparison", where=where, advice=f"Use `speciosa compare {where}`."
        )
    if kind is ComparisonFile and "regimen" in table:
        raise ScenarioError(
            "the file holds one scenario", where=where, advice=f"Use `speciosa simulate {where}`."
        )
    try:
        return kind.model_validate(table)
    except ValidationError as fault:
        raise _explained(fault, kind, content, where) from fault


def _explained(fault: ValidationError, kind: type[BaseModel], content: str, where: str) -> ScenarioError:
    first = fault.errors()[0]
    path = [str(part) for part in first["loc"]]
    place = f"{where}{_line_of(content, path[-1])}, key {'.'.join(path)}"
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


def _line_of(content: str, key: str) -> str:
    for number, line in enumerate(content.splitlines(), start=1):
        if line.split("=")[0].strip().strip('"') == key:
            return f", line {number}"
    return ""


def schemas() -> Mapping[str, dict[str, Any]]:
    """JSON Schema of both kinds of file."""
    return {"scenario": ScenarioFile.model_json_schema(), "comparison": ComparisonFile.model_json_schema()}
