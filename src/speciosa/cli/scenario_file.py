"""Scenario and comparison files: TOML in, checked, and turned into scenarios."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from speciosa.errors import ScenarioError
from speciosa.regimens import Regimen
from speciosa.simulation import DAY, Scenario, Setting
from speciosa.simulation.written import PeoplePart, RegimenText, explained, hours, regimen_of
from speciosa.uncertainty import Samples, Uncertainty


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
        raise explained(fault, kind, content, where) from fault


def schemas() -> Mapping[str, dict[str, Any]]:
    """JSON Schema of every kind of file."""
    from speciosa.trials import Protocol

    return {
        "scenario": ScenarioFile.model_json_schema(),
        "comparison": ComparisonFile.model_json_schema(),
        "trial": Protocol.model_json_schema(),
    }
