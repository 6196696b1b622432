"""The program's own experiments on the claims: named, seeded, read from ``data/experiments.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import ClassVar

import numpy as np
from pydantic import TypeAdapter

from speciosa.claims.measures import MEASURES
from speciosa.errors import ClaimError, UnknownNameError
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Result
from speciosa.sensitivity import one_at_a_time
from speciosa.simulation import Scenario, Setting, simulate

Progress = Callable[[int, int], None]
FILE = "experiments.toml"


@dataclass(frozen=True)
class Experiment:
    """Regimens in the same virtual people, and what is read from them.

    Parameters
    ----------
    name, question : str
    arms : mapping of str to str
        Regimens as text.
    until : float
        Hours.
    people, seed : int
    measures : tuple of str
        Keys of `speciosa.claims.measures.MEASURES`.
    varied : str
        The arm whose unknown parameters are moved over their ranges, in the typical adult.
    history : str
        What came before, the same in all arms.

    Raises
    ------
    ClaimError
        If the varied arm does not exist.
    UnknownNameError
        If a measure does not.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    question: str
    arms: dict[str, str]
    until: float
    people: int
    seed: int
    measures: tuple[str, ...]
    varied: str
    history: str = ""

    def __post_init__(self) -> None:
        if self.varied not in self.arms:
            raise ClaimError(
                f"experiment {self.name!r} varies {self.varied!r}",
                expected=f"one of its arms: {', '.join(self.arms)}",
            )
        for measure in self.measures:
            if measure not in MEASURES:
                raise UnknownNameError("measure", measure, MEASURES)

    def scenario(self, arm: str, setting: Setting, people: int | None = None) -> Scenario:
        """The scenario of one arm."""
        regimen = parse(self.arms[arm], setting.library)
        if self.history:
            regimen = regimen.after(parse(self.history, setting.library))
        crowd = population(setting.evidence, people or self.people, self.seed)
        return Scenario(regimen, crowd, self.until, title=f"{self.name}: {arm}")


@dataclass(frozen=True)
class Number:
    """One number of an experiment.

    Parameters
    ----------
    arm, measure, unit : str
    median, low, high : float
        Median of the people, and 5th and 95th percentile.
    least, most : float or None
        Of the typical adult over the ranges of what nobody knows, where the arm was varied.
    """

    arm: str
    measure: str
    unit: str
    median: float
    low: float
    high: float
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Finding:
    """What an experiment found.

    Parameters
    ----------
    experiment : Experiment
    numbers : tuple of Number
        By arm and measure.
    """

    experiment: Experiment
    numbers: tuple[Number, ...]

    def number(self, arm: str, measure: str) -> Number:
        """The number of an arm.

        Raises
        ------
        UnknownNameError
            If the arm has no such number.
        """
        for number in self.numbers:
            if (number.arm, number.measure) == (arm, measure):
                return number
        raise UnknownNameError(
            "number", f"{arm}: {measure}", [f"{item.arm}: {item.measure}" for item in self.numbers]
        )


def _read() -> tuple[tuple[Experiment, ...], Mapping[str, list[str]]]:
    text = files("speciosa.claims").joinpath("data", FILE).read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return TypeAdapter(tuple[Experiment, ...]).validate_python(table["experiments"]), table["assumptions"]


EXPERIMENTS, ASSUMPTIONS = _read()


def run(experiment: Experiment, setting: Setting | None = None, progress: Progress | None = None) -> Finding:
    """Run an experiment.

    Parameters
    ----------
    experiment : Experiment
    setting : Setting, optional
        The packaged evidence and library if left out.
    progress : callable, optional
        Called with the number of arms done and in all.

    Returns
    -------
    Finding
    """
    setting = setting or Setting()
    found: list[Number] = []
    for count, arm in enumerate(experiment.arms, start=1):
        result = simulate(experiment.scenario(arm, setting), setting)
        numbers = _numbers(arm, experiment, result, setting)
        if arm == experiment.varied:
            numbers = _with_ranges(numbers, experiment, setting)
        found += numbers
        if progress is not None:
            progress(count, len(experiment.arms))
    return Finding(experiment, tuple(found))


def _numbers(arm: str, experiment: Experiment, result: Result, setting: Setting) -> list[Number]:
    found = []
    for measure in experiment.measures:
        known = MEASURES[measure]
        if known.applies(result):
            low, median, high = np.nanpercentile(known.read(result, setting.evidence), [5, 50, 95])
            found.append(Number(arm, measure, known.unit, float(median), float(low), float(high)))
    return found


def _with_ranges(numbers: list[Number], experiment: Experiment, setting: Setting) -> list[Number]:
    """Numbers with the least and the most that the assumptions allow, each alone or all together."""
    scenario = experiment.scenario(experiment.varied, setting, people=1)
    variants = list(one_at_a_time(scenario, ASSUMPTIONS, setting))
    found = []
    for number in numbers:
        read = MEASURES[number.measure].read
        values = [float(read(variant.result, setting.evidence)[0]) for variant in variants]
        found.append(replace(number, least=min(values), most=max(values)))
    return found
