"""The one road: a scenario in, a result out.

A scenario is a regimen (with what came before it), people, and how long to look. `simulate` composes the
model that the scenario's drugs need, binds it to evidence, draws the people and runs the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from math import isfinite

import numpy as np
import numpy.typing as npt
import xarray as xr

from speciosa import __version__
from speciosa.body.person import modules_for
from speciosa.body.scores import SCALES
from speciosa.drugs import Catalog, Use, catalog
from speciosa.engine import Events, Kernel, Schedules, Solution, compile_model
from speciosa.errors import ScenarioError
from speciosa.evidence import Evidence, load
from speciosa.model import Model, Output, compose
from speciosa.people import LIMITS, Population, parameter_table
from speciosa.regimens import (
    Administration,
    InputDose,
    Regimen,
    RuledPerson,
    RuledRegimen,
    input_doses,
    to_events,
    uses,
)
from speciosa.results import Courses, DoseMark, Override, Result, ScenarioDescription

FloatArray = npt.NDArray[np.float64]
DAY = 24.0
# Finer steps on the first day, where single doses peak; (until at most, step after the first day), hours.
FIRST_DAY_STEP = 0.1
STEPS = ((7 * DAY, 0.25), (62 * DAY, 0.5), (float("inf"), 1.0))
LONGEST = 5 * 365 * DAY
KINDS = {
    "plasma": "concentration",
    "biophase": "concentration",
    "binding": "ratio",
    "occupancy": "occupancy",
    "signal": "signal",
    "share": "share",
    **{scale.name: "score" for scale in SCALES},
}
DETAILS = ("biophase.", "binding.", "occupancy.MOR.")


@dataclass(frozen=True)
class Scenario:
    """What happens to whom, and for how long.

    Parameters
    ----------
    regimen : Regimen
        Doses from time 0; its history, if any, ends at time 0.
    people : Population
    until : float
        End, h.
    title : str
        One line; the regimen's text if left out.
    every : float, optional
        Step of the recorded times, h; finer on the first day and coarser on long scenarios if left out.
    times : tuple of float, optional
        Recorded times themselves, h, instead of a step.
    outputs : tuple of str, optional
        Names to record; all but the details by drug if left out.
    values : mapping of str to float
        Typical values, in the model's units, that replace evidence (what-if); said in every report.
    target : str
        Engine target.

    Raises
    ------
    ScenarioError
        If the times cannot be used.
    """

    regimen: Regimen
    people: Population
    until: float
    title: str = ""
    every: float | None = None
    times: tuple[float, ...] | None = None
    outputs: tuple[str, ...] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    target: str = "auto"

    def __post_init__(self) -> None:
        if not (isfinite(self.until) and 0.0 < self.until <= LONGEST):
            raise ScenarioError(
                f"until is {self.until:g} h", expected=f"more than 0 and at most {LONGEST:g} h"
            )
        if self.every is not None and not 0.0 < self.every <= self.until:
            raise ScenarioError(
                f"every is {self.every:g} h", expected=f"more than 0 and at most {self.until:g} h"
            )

    @cached_property
    def grid(self) -> FloatArray:
        """Recorded times, h; from one day before time 0 on where there is a history."""
        if self.times is not None:
            return np.asarray(self.times, dtype=np.float64)
        later = self.every or next(step for end, step in STEPS if self.until <= end)
        first = self.every or min(FIRST_DAY_STEP, later)
        head = np.arange(0.0, min(DAY, self.until), first)
        tail = np.arange(DAY, self.until, later) if self.until > DAY else np.empty(0)
        before = np.arange(-DAY, 0.0, later) if self.regimen.history else np.empty(0)
        return np.unique(np.round(np.concatenate([before, head, tail, [self.until]]), 9))

    @cached_property
    def administrations(self) -> tuple[Administration, ...]:
        """Every dose, those of the history at negative times."""
        earlier: list[Administration] = []
        history = self.regimen.history
        if history is not None:
            length = history.end
            if length is None or not isfinite(length):
                raise ScenarioError(
                    "the history has no end",
                    where=history.text,
                    expected='a duration: "after ... for 60 days"',
                )
            earlier = [replace(item, time=item.time - length) for item in history.administrations(length)]
        return (*earlier, *self.regimen.administrations(self.until))

    @property
    def marked(self) -> tuple[Administration, ...]:
        """The doses that everybody takes: those of tracks without rules, and of the history."""
        if not self.regimen.has_rules:
            return self.administrations
        plain = tuple(track for track in self.regimen.tracks if not any(part.has_rules for part in track))
        known = replace(self.regimen, tracks=plain)
        return (
            *(item for item in self.administrations if item.time < 0.0),
            *known.administrations(self.until),
        )

    @property
    def start(self) -> float:
        """Where the simulation starts, h."""
        return min((float(self.grid[0]), *(item.time for item in self.administrations)))


@dataclass(frozen=True)
class Setting:
    """What a scenario needs of the world: the evidence and the library."""

    evidence: Evidence = field(default_factory=load)
    library: Catalog = field(default_factory=catalog)


def model_of(scenario: Scenario, setting: Setting | None = None) -> Model:
    """The model that a scenario's drugs need.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    Model

    Raises
    ------
    SpeciosaError
        If a drug, product, slot or value cannot be used.
    """
    setting = setting or Setting()
    doses = input_doses(scenario.administrations, setting.library, setting.evidence)
    return _compose(scenario, uses(doses), setting)


def _compose(scenario: Scenario, used: tuple[Use, ...], setting: Setting) -> Model:
    model = compose(
        modules_for(used, setting.library), setting.evidence, name=scenario.title or scenario.regimen.text
    )
    return model.with_values(scenario.values) if scenario.values else model


def simulate(
    scenario: Scenario,
    setting: Setting | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting, optional
        The packaged evidence and library if left out.
    progress : callable, optional
        Called with the number of persons done and in all.

    Returns
    -------
    Result
        A person who could not be solved is a row with a status; the others are untouched.

    Raises
    ------
    SpeciosaError
        If the scenario cannot be simulated as described.
    """
    setting = setting or Setting()
    doses = input_doses(scenario.administrations, setting.library, setting.evidence)
    model = _compose(scenario, uses(doses), setting)
    recorded = _recorded(model, scenario)
    kernel = compile_model(model, target=scenario.target, outputs=[output.name for output in recorded])
    table = parameter_table(model, scenario.people, setting.evidence)
    if not scenario.regimen.has_rules:
        schedules = Schedules.shared(_events(model, doses, setting), scenario.people.size)
        solution = kernel.run(table, schedules, scenario.grid, start=scenario.start, progress=progress)
        return _result(scenario, setting, model, recorded, kernel, solution, doses)
    plan = _ruled(scenario, setting, model)
    persons = [plan.person() for _ in range(scenario.people.size)]
    watched = [(item.condition.output, item.condition.is_above) for item in plan.watched]
    solution = kernel.follow(table, watched, persons, scenario.grid, start=scenario.start, progress=progress)
    courses = _courses(plan, persons, scenario)
    return _result(scenario, setting, model, recorded, kernel, solution, doses, courses)


def _recorded(model: Model, scenario: Scenario) -> tuple[Output, ...]:
    if scenario.outputs is not None:
        return tuple(model.output(name) for name in scenario.outputs)
    return tuple(output for output in model.outputs if not output.name.startswith(DETAILS))


def _ruled(scenario: Scenario, setting: Setting, model: Model) -> RuledRegimen:
    """The regimen as people follow it, whose doses become events as they are decided."""

    def events(taken: tuple[Administration, ...]) -> Events:
        return _events(model, input_doses(taken, setting.library, setting.evidence), setting)

    earlier = tuple(item for item in scenario.administrations if item.time < 0.0)
    return RuledRegimen(scenario.regimen, earlier, scenario.until, scenario.start, events)


def _courses(plan: RuledRegimen, persons: Sequence[RuledPerson], scenario: Scenario) -> Courses:
    """What was decided about each person, and the doses taken from time 0 on."""
    ids = (scenario.people.ids + 1).tolist()
    decisions = [
        (number, item.time, item.rule, item.action)
        for number, person in zip(ids, persons, strict=True)
        for item in person.decisions
    ]
    doses = [
        (number, item.time, item.dose.item, item.dose.size, item.dose.unit, item.dose.text)
        for number, person in zip(ids, persons, strict=True)
        for item in person.doses
        if item.time >= 0.0
    ]
    return Courses.of(plan.rules, decisions, doses)


def _events(model: Model, doses: tuple[InputDose, ...], setting: Setting) -> Events:
    inlets = {use: model.inlet_groups[use.group] for use in uses(doses)}
    masses = {use.drug: setting.evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in inlets}
    return to_events(doses, inlets, masses)


def _attributes(output: Output, setting: Setting) -> dict[str, object]:
    found: dict[str, object] = {
        "unit": output.unit or "dimensionless",
        "long_name": output.signal.description,
        "kind": KINDS.get(output.name.split(".")[0], "state"),
    }
    head, _, drug = output.name.partition(".")
    if head in ("plasma", "biophase"):
        found["drug"] = drug
        found["molar_mass"] = setting.evidence.slot(f"{drug}.molar_mass").value("g/mol")
    for scale in SCALES:
        if scale.name == output.name:
            lowest = [(name, setting.evidence.slot(slot).value("score")) for name, slot in scale.bands]
            found["bands"] = [(scale.below, 0.0), *lowest]
    return found


def _result(
    scenario: Scenario,
    setting: Setting,
    model: Model,
    recorded: tuple[Output, ...],
    kernel: Kernel,
    solution: Solution,
    doses: tuple[InputDose, ...],
    courses: Courses | None = None,
) -> Result:
    people, courses = scenario.people, courses or Courses()
    ids = people.ids + 1
    variables = {
        output.name: (("person", "time"), solution.values[:, :, index], _attributes(output, setting))
        for index, output in enumerate(recorded)
    }
    covariates = {
        name: ("person", people.covariates[name], {"unit": LIMITS[name][2]}) for name in people.covariates
    }
    reasons = {failure.person: failure.text for failure in solution.failures}
    return Result(
        data=xr.Dataset(variables, coords={"person": ids, "time": ("time", scenario.grid, {"unit": "h"})}),
        description=_description(
            scenario,
            setting,
            model,
            kernel,
            [*_content_notes(doses, setting), *courses.sentences(people.size)],
        ),
        persons=xr.Dataset(covariates, coords={"person": ids}),
        status=solution.status.astype(np.int64),
        reasons=tuple(reasons.get(index, "") for index in range(people.size)),
        slots=_slots(model, recorded, doses, setting),
        methods=(*model.methods, *kernel.sources),
        courses=courses,
    )


def _slots(
    model: Model, recorded: tuple[Output, ...], doses: tuple[InputDose, ...], setting: Setting
) -> tuple[str, ...]:
    """Slots of the model, of the contents behind the doses and of the bands of recorded scores."""
    contents = [slot for dose in doses for slot in dose.slots]
    scores = {output.name for output in recorded}
    bands = [slot for scale in SCALES if scale.name in scores for _, slot in scale.bands]
    people = [name for name in setting.evidence.slots if name.startswith("person.")]
    return tuple(dict.fromkeys((*model.slots, *contents, *bands, *people)))


def _content_notes(doses: tuple[InputDose, ...], setting: Setting) -> list[str]:
    """Which contents were taken from the library because the user stated none."""
    products = {use.product for use in uses(doses) if use.product and not use.is_content_stated}
    notes = []
    for name in sorted(products):
        product = setting.library.products[name]
        part = next(item for item in product.components if item.drug == product.main)
        row = setting.evidence.slot(str(part.content)).row
        notes.append(
            f"no content of {name} was stated: {row.value:g} {row.unit} {product.main} was taken"
            f" (row {row.id}), with the spread of leaf batches"
        )
    return notes


def _description(
    scenario: Scenario, setting: Setting, model: Model, kernel: Kernel, notes: list[str]
) -> ScenarioDescription:
    regimen = scenario.regimen
    return ScenarioDescription(
        title=scenario.title or regimen.text,
        regimen=regimen.text,
        until=scenario.until,
        persons=scenario.people.size,
        history=regimen.history.text if regimen.history else "",
        seed=scenario.people.seed if scenario.people.is_varied else None,
        target=kernel.target,
        overrides=tuple(
            Override(name, value, model.parameter(name).unit or "dimensionless", "set by the scenario")
            for name, value in scenario.values.items()
        ),
        notes=(*regimen.notes, *notes, *kernel.notes),
        versions={"speciosa": __version__, **{name: version(name) for name in ("numpy", "scipy")}},
        evidence_digest=setting.evidence.digest,
        doses=tuple(
            DoseMark(item.time, item.dose.item, item.dose.text)
            for item in scenario.marked
            if item.time >= scenario.grid[0]
        ),
    )
