"""The one road: a scenario in, a result out.

A scenario is a regimen (with what came before it), people, and how long to look. `simulate` composes the
model that the scenario's drugs need, binds it to evidence, draws the people and runs the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from speciosa import __version__
from speciosa.body.person import modules_for
from speciosa.body.scores import SCALES
from speciosa.drugs import Catalog, Use, catalog
from speciosa.drugs.interaction import PHENOTYPES
from speciosa.engine import Kernel, Schedules, Solution, compile_model
from speciosa.errors import ScenarioError
from speciosa.evidence import Evidence, load
from speciosa.model import Model, Output, compose
from speciosa.people import (
    LIMITS,
    OpioidHistory,
    Population,
    Typical,
    changes,
    derived_slots,
    history_text,
    idle_covariates,
    parameter_table,
    told_levels,
)
from speciosa.regimens import Administration, InputDose, Regimen, input_doses, parse, to_events, uses
from speciosa.results import DoseMark, Override, Result, ScenarioDescription

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
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
    batches : {"person", "dose"}
        Whether a person stays with one batch of a product whose content was not stated, or every dose is of
        another batch.
    occasion : float, optional
        Length of an occasion, h, for parameters that vary within a person; every dose of the drug begins one
        if left out.
    choices : mapping of str to str
        Alternatives of the evidence in place of the rows usually in use: parameter, or the beginning of its
        name, to the name of the alternative (``{"buprenorphine.Vc": "oud"}``); said in every report.

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
    batches: Literal["person", "dose"] = "person"
    occasion: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.batches not in ("person", "dose"):
            raise ScenarioError(f"batches is {self.batches!r}", expected="person or dose")
        if self.occasion is not None and not self.occasion > 0.0:
            raise ScenarioError(f"occasion is {self.occasion:g} h", expected="more than 0 h")
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
        has_history = self.regimen.history is not None or any(self.people.histories)
        before = np.arange(-DAY, 0.0, later) if has_history else np.empty(0)
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


@dataclass(frozen=True)
class Setting:
    """What a scenario needs of the world: the evidence and the library."""

    evidence: Evidence = field(default_factory=load)
    library: Catalog = field(default_factory=catalog)

    def choosing(self, choices: Mapping[str, str]) -> Setting:
        """The setting with the alternatives that a scenario chose."""
        return replace(self, evidence=self.evidence.choosing(choices)) if choices else self


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
    setting = (setting or Setting()).choosing(scenario.choices)
    return _compose(scenario, Courses.of(scenario, setting).uses, setting)


def _phenotyped(people: Population) -> frozenset[str]:
    """Enzymes of which the people state how active theirs is."""
    return frozenset(
        enzyme
        for enzyme, name in PHENOTYPES.items()
        if name in people.covariates and not np.isnan(people.covariates[name]).all()
    )


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
    ready = prepare(scenario, setting)
    return ready.result(ready.solve(progress=progress))


def _compose(scenario: Scenario, used: tuple[Use, ...], setting: Setting) -> Model:
    model = compose(
        modules_for(used, setting.library, _phenotyped(scenario.people)),
        setting.evidence,
        name=scenario.title or scenario.regimen.text,
    )
    return model.with_values(scenario.values) if scenario.values else model


@dataclass(frozen=True)
class Courses:
    """What people take, and when: one course for all, or one for each opioid history.

    Parameters
    ----------
    of_each : tuple of tuple of Administration
        The distinct courses.
    doses : tuple of tuple of InputDose
        The molecules of each course.
    of_person : (n,) int
        Which course each person follows.
    """

    of_each: tuple[tuple[Administration, ...], ...]
    doses: tuple[tuple[InputDose, ...], ...]
    of_person: IntArray

    @classmethod
    def of(cls, scenario: Scenario, setting: Setting) -> Courses:
        """The courses of a scenario."""
        numbers: dict[OpioidHistory | None, int] = {}
        for history in scenario.people.histories:
            numbers.setdefault(history, len(numbers))
        each = tuple(_with_history(scenario, history, setting).administrations for history in numbers)
        return cls(
            each,
            tuple(input_doses(course, setting.library, setting.evidence) for course in each),
            np.array([numbers[history] for history in scenario.people.histories], dtype=np.int64),
        )

    @property
    def uses(self) -> tuple[Use, ...]:
        """The distinct uses, in order of appearance."""
        return uses(dose for doses in self.doses for dose in doses)

    @property
    def first(self) -> float:
        """Time of the first dose, h; infinite where there is none."""
        return min((item.time for course in self.of_each for item in course), default=float("inf"))


def _with_history(scenario: Scenario, history: OpioidHistory | None, setting: Setting) -> Scenario:
    if history is None:
        return scenario
    if scenario.regimen.history is not None:
        raise ScenarioError(
            "the history is given twice",
            where=scenario.regimen.text,
            expected="the history of the regimen or that of the people",
        )
    earlier = parse(history.text, setting.library)
    return replace(scenario, regimen=scenario.regimen.after(earlier))


@dataclass(frozen=True)
class Prepared:
    """A scenario composed and compiled, to be solved once or for many draws of typical values.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting
    model : Model
    recorded : tuple of Output
    kernel : Kernel
    courses : Courses
    schedules : Schedules
        Events of each person.
    """

    scenario: Scenario
    setting: Setting
    model: Model
    recorded: tuple[Output, ...]
    kernel: Kernel
    courses: Courses
    schedules: Schedules

    def solve(
        self,
        typical: Typical | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Solution:
        """Run the engine.

        Parameters
        ----------
        typical : mapping of str to ndarray, optional
            Values of slots in several draws, in the model's units: everybody is simulated once for each.
        progress : callable, optional
            Called with the number of persons done and in all.

        Returns
        -------
        Solution
            All persons of the first draw, then those of the second, and so on.
        """
        people, evidence = self.scenario.people, self.setting.evidence
        table = parameter_table(self.model, people, evidence, typical)
        draws = len(table) // people.size
        within = _occasions(self)
        return self.kernel.run(
            table,
            Schedules(self.schedules.events, np.tile(self.schedules.of_person, draws)),
            self.scenario.grid,
            start=min(float(self.scenario.grid[0]), self.courses.first),
            changes=changes(
                self.model, people, evidence, table, within, by_dose=_batches(self), typical=typical
            ),
            progress=progress,
        )

    def result(self, solution: Solution, draw: int = 0) -> Result:
        """The result of one draw of a solution."""
        size = self.scenario.people.size
        people = slice(draw * size, (draw + 1) * size)
        failures = tuple(
            replace(item, person=item.person - people.start)
            for item in solution.failures
            if people.start <= item.person < people.stop
        )
        return _result(self, Solution(solution.values[people], solution.status[people], failures))


def prepare(scenario: Scenario, setting: Setting | None = None) -> Prepared:
    """Compose and compile what a scenario needs.

    Parameters
    ----------
    scenario : Scenario
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    Prepared

    Raises
    ------
    SpeciosaError
        If the scenario cannot be simulated as described.
    """
    setting = (setting or Setting()).choosing(scenario.choices)
    courses = Courses.of(scenario, setting)
    model = _compose(scenario, courses.uses, setting)
    recorded = _recorded(model, scenario)
    kernel = compile_model(model, target=scenario.target, outputs=[output.name for output in recorded])
    return Prepared(scenario, setting, model, recorded, kernel, courses, _schedules(model, courses, setting))


def _batches(ready: Prepared) -> tuple[str, ...]:
    """Parameters of batches that change with every dose."""
    if ready.scenario.batches == "person":
        return ()
    products = ready.setting.library.products.values()
    return tuple(dict.fromkeys(item.batch for item in products if item.batch))


def _occasions(ready: Prepared) -> dict[str, tuple[FloatArray, ...]]:
    """Parameters that vary within a person, and the times at which they change, of each person."""
    courses, length, batches = ready.courses, ready.scenario.occasion, _batches(ready)
    found = {}
    for item in ready.model.parameters:
        if item.name not in batches and item.parameter.occasion is None:
            continue
        own = _uses_of(item.name, ready)
        times = [np.unique([dose.time for dose in doses if dose.use in own]) for doses in courses.doses]
        if length is not None and item.name not in batches:
            times = [
                np.arange(each[0], ready.scenario.until, length) if len(each) else each for each in times
            ]
        found[item.name] = tuple(times[course] for course in courses.of_person)
    return found


def _uses_of(name: str, ready: Prepared) -> set[Use]:
    """The uses whose doses begin an occasion: of the batch's products, or of the drug and its parents."""
    library = ready.setting.library
    products = {key for key, product in library.products.items() if product.batch == name}
    if products:
        return {use for use in ready.courses.uses if use.product in products}
    drug = name.partition(".")[0]
    return {use for use in ready.courses.uses if drug in {member.name for member in library.family(use.drug)}}


def _recorded(model: Model, scenario: Scenario) -> tuple[Output, ...]:
    if scenario.outputs is not None:
        return tuple(model.output(name) for name in scenario.outputs)
    return tuple(output for output in model.outputs if not output.name.startswith(DETAILS))


def _schedules(model: Model, courses: Courses, setting: Setting) -> Schedules:
    inlets = {use: model.inlet_groups[use.group] for use in courses.uses}
    masses = {use.drug: setting.evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in inlets}
    return Schedules(tuple(to_events(doses, inlets, masses) for doses in courses.doses), courses.of_person)


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


def _result(ready: Prepared, solution: Solution) -> Result:
    scenario, setting, people = ready.scenario, ready.setting, ready.scenario.people
    ids = people.ids + 1
    variables = {
        output.name: (("person", "time"), solution.values[:, :, index], _attributes(output, setting))
        for index, output in enumerate(ready.recorded)
    }
    covariates = {
        **{name: ("person", values, {"unit": LIMITS[name][2]}) for name, values in people.covariates.items()},
        **{name: ("person", levels, {"unit": "category"}) for name, levels in told_levels(people).items()},
    }
    reasons = {failure.person: failure.text for failure in solution.failures}
    return Result(
        data=xr.Dataset(variables, coords={"person": ids, "time": ("time", scenario.grid, {"unit": "h"})}),
        description=_description(ready),
        persons=xr.Dataset(covariates, coords={"person": ids}),
        status=solution.status.astype(np.int64),
        reasons=tuple(reasons.get(index, "") for index in range(people.size)),
        slots=_slots(ready),
        methods=(*ready.model.methods, *ready.kernel.sources),
    )


def _slots(ready: Prepared) -> tuple[str, ...]:
    """Slots of the model, of the contents behind the doses, of the bands of recorded scores and of people."""
    contents = [slot for doses in ready.courses.doses for dose in doses for slot in dose.slots]
    scores = {output.name for output in ready.recorded}
    bands = [slot for scale in SCALES if scale.name in scores for _, slot in scale.bands]
    people = (*ready.scenario.people.slots, *derived_slots(ready.model, ready.setting.evidence))
    return tuple(dict.fromkeys((*ready.model.slots, *contents, *bands, *people)))


def _content_notes(ready: Prepared) -> list[str]:
    """Which contents were taken from the library because the user stated none, and how batches vary."""
    setting = ready.setting
    products = {use.product for use in ready.courses.uses if use.product and not use.is_content_stated}
    each = {"person": "one batch for each person", "dose": "another batch with every dose"}
    notes = []
    for name in sorted(products):
        product = setting.library.products[name]
        part = next(item for item in product.components if item.drug == product.main)
        row = setting.evidence.slot(str(part.content)).row
        notes.append(
            f"no content of {name} was stated: {row.value:g} {row.unit} {product.main} was taken"
            f" (row {row.id}), with the spread of leaf batches, {each[ready.scenario.batches]}"
        )
    return notes


def _choice_notes(scenario: Scenario, setting: Setting, model: Model) -> list[str]:
    """Which alternatives the model rests on because the scenario chose them."""
    if not scenario.choices:
        return []
    slots = [setting.evidence.slot(name) for name in model.slots]
    chosen = [slot for slot in slots if slot.choices and _is_chosen(slot.name, scenario.choices)]
    return [f"{slot.name}: {slot.choice!r} was chosen (row {slot.row.id}). {slot.why}" for slot in chosen]


def _is_chosen(slot: str, choices: Mapping[str, str]) -> bool:
    return any(slot == key or slot.startswith(f"{key}.") for key in choices)


def _description(ready: Prepared) -> ScenarioDescription:
    scenario, regimen = ready.scenario, ready.scenario.regimen
    # Doses of histories that differ cannot be marked in one figure.
    begin = scenario.grid[0] if len(ready.courses.of_each) == 1 else 0.0
    cautions = ready.setting.library.cautions(ready.courses.uses)
    notes = (
        *regimen.notes,
        *_content_notes(ready),
        *(f"{name}: {caution.kind} evidence. {caution.text}" for name, caution in cautions),
        *_choice_notes(scenario, ready.setting, ready.model),
        *idle_covariates(ready.model, scenario.people),
        *ready.kernel.notes,
    )
    return ScenarioDescription(
        title=scenario.title or regimen.text,
        regimen=regimen.text,
        until=scenario.until,
        persons=scenario.people.size,
        history=regimen.history.text if regimen.history else history_text(scenario.people),
        seed=scenario.people.seed if scenario.people.is_varied else None,
        target=ready.kernel.target,
        overrides=tuple(
            Override(name, value, ready.model.parameter(name).unit or "dimensionless", "set by the scenario")
            for name, value in scenario.values.items()
        ),
        notes=notes,
        versions={"speciosa": __version__, **{name: version(name) for name in ("numpy", "scipy")}},
        evidence_digest=ready.setting.evidence.digest,
        doses=tuple(
            DoseMark(item.time, item.dose.item, item.dose.text)
            for item in ready.courses.of_each[0]
            if item.time >= begin
        ),
        choices=dict(scenario.choices),
        flags=tuple(
            f"SPECULATIVE: {name}, no data in people"
            for name, caution in cautions
            if caution.kind == "speculative"
        ),
    )
