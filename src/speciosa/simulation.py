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

import numpy as np
import numpy.typing as npt
import xarray as xr

from speciosa import __version__
from speciosa.body.person import modules_for
from speciosa.body.scores import BANDED, SCALES, rating_parameters
from speciosa.drugs import Catalog, Use, catalog, statements_on
from speciosa.engine import Kernel, Schedules, Solution, compile_model
from speciosa.errors import ScenarioError
from speciosa.evidence import Evidence, load
from speciosa.model import Model, Output, compose
from speciosa.people import LIMITS, Population, parameter_table
from speciosa.regimens import Administration, InputDose, Regimen, input_doses, to_events, uses
from speciosa.results import DocumentedRisk, DoseMark, Override, Result, ScenarioDescription
from speciosa.results.grading import grade

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
    "effect": "effect",
    "noradrenaline": "transmitter",
    "dopamine": "transmitter",
    "severity": "latent",
    "block": "ratio",
    "craving": "score",
    "craving.drive": "state",
    **{scale.name: "score" for scale in SCALES},
}
DETAILS = ("biophase", "binding", "relief", "craving.drive", *(s.name for s in SCALES if s not in BANDED))
"""First words or names of the outputs that are recorded on request only."""
BY_DRUG = ("occupancy", "block")
"""First words of the outputs that are recorded in total, and by drug on request."""


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
    choices: Mapping[str, str] = field(default_factory=dict)

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
    def start(self) -> float:
        """Where the simulation starts, h."""
        return min((float(self.grid[0]), *(item.time for item in self.administrations)))


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
    setting = (setting or Setting()).choosing(scenario.choices)
    doses = input_doses(scenario.administrations, setting.library, setting.evidence)
    model = _compose(scenario, uses(doses), setting)
    recorded = _recorded(model, scenario)
    kernel = compile_model(model, target=scenario.target, outputs=[output.name for output in recorded])
    solution = kernel.run(
        parameter_table(model, scenario.people, setting.evidence),
        _schedules(model, doses, scenario, setting),
        scenario.grid,
        start=scenario.start,
        progress=progress,
    )
    return _result(scenario, setting, model, recorded, kernel, solution, doses)


def _recorded(model: Model, scenario: Scenario) -> tuple[Output, ...]:
    if scenario.outputs is not None:
        return tuple(model.output(name) for name in scenario.outputs)
    return tuple(output for output in model.outputs if not is_detail(output.name))


def is_detail(name: str) -> bool:
    """Whether an output is recorded on request only."""
    head, *rest = name.split(".", 2)
    return name in DETAILS or head in DETAILS or (head in BY_DRUG and len(rest) > 1)


def _schedules(model: Model, doses: tuple[InputDose, ...], scenario: Scenario, setting: Setting) -> Schedules:
    inlets = {use: model.inlet_groups[use.group] for use in uses(doses)}
    masses = {use.drug: setting.evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in inlets}
    return Schedules.shared(to_events(doses, inlets, masses), scenario.people.size)


def _attributes(output: Output, model: Model, setting: Setting) -> dict[str, object]:
    kind = KINDS.get(output.name, KINDS.get(output.name.split(".")[0], "state"))
    found: dict[str, object] = {
        "unit": output.unit or "dimensionless",
        "long_name": output.signal.description,
        "kind": kind,
        "trust": grade(model, output.name),
    }
    if kind == "transmitter":
        found["unit"] = "%"
    head, _, drug = output.name.partition(".")
    if head in ("plasma", "biophase"):
        found["drug"] = drug
        found["molar_mass"] = setting.evidence.slot(f"{drug}.molar_mass").value("g/mol")
    for scale in SCALES:
        if scale.name == output.name:
            lowest = [(name, setting.evidence.slot(slot).value("score")) for name, slot in scale.bands]
            found["rating"] = [model.parameter(name).value for name in rating_parameters(scale)]
            if lowest:
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
) -> Result:
    people = scenario.people
    ids = people.ids + 1
    variables = {
        output.name: (("person", "time"), solution.values[:, :, index], _attributes(output, model, setting))
        for index, output in enumerate(recorded)
    }
    covariates = {
        name: ("person", people.covariates[name], {"unit": LIMITS[name][2]}) for name in people.covariates
    }
    reasons = {failure.person: failure.text for failure in solution.failures}
    risks = _risks(doses, setting)
    return Result(
        data=xr.Dataset(variables, coords={"person": ids, "time": ("time", scenario.grid, {"unit": "h"})}),
        description=_description(scenario, setting, model, kernel, doses),
        persons=xr.Dataset(covariates, coords={"person": ids}),
        status=solution.status.astype(np.int64),
        reasons=tuple(reasons.get(index, "") for index in range(people.size)),
        slots=_slots(model, recorded, doses, setting),
        row_ids=tuple(dict.fromkeys(row for risk in risks for row in risk.rows)),
        methods=(*model.methods, *kernel.sources, *(key for risk in risks for key in risk.sources)),
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


def _risks(doses: tuple[InputDose, ...], setting: Setting) -> tuple[DocumentedRisk, ...]:
    """Documented risks of what is dosed and of what the body makes of it."""
    names = dict.fromkeys(use.drug for use in uses(doses))
    molecules = [drug for name in names for drug in setting.library.family(name)]
    return tuple(
        DocumentedRisk(
            item.topic,
            item.text,
            "".join(sorted({setting.evidence.rows[row].grade for row in item.rows})) or "label",
            item.rows,
            item.sources,
        )
        for item in statements_on(molecules)
    )


def _choice_notes(scenario: Scenario, setting: Setting, model: Model) -> list[str]:
    """Which alternatives the model rests on because the scenario chose them."""
    if not scenario.choices:
        return []
    slots = [setting.evidence.slot(name) for name in model.slots]
    chosen = [slot for slot in slots if slot.choices and _is_chosen(slot.name, scenario.choices)]
    return [f"{slot.name}: {slot.choice!r} was chosen (row {slot.row.id}). {slot.why}" for slot in chosen]


def _is_chosen(slot: str, choices: Mapping[str, str]) -> bool:
    return any(slot == key or slot.startswith(f"{key}.") for key in choices)


def _description(
    scenario: Scenario, setting: Setting, model: Model, kernel: Kernel, doses: tuple[InputDose, ...]
) -> ScenarioDescription:
    regimen = scenario.regimen
    cautions = setting.library.cautions(uses(doses))
    notes = (
        *_content_notes(doses, setting),
        *(f"{name}: {caution.kind} evidence. {caution.text}" for name, caution in cautions),
        *_choice_notes(scenario, setting, model),
    )
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
        risks=_risks(doses, setting),
        versions={"speciosa": __version__, **{name: version(name) for name in ("numpy", "scipy")}},
        evidence_digest=setting.evidence.digest,
        doses=tuple(
            DoseMark(item.time, item.dose.item, item.dose.text)
            for item in scenario.administrations
            if item.time >= scenario.grid[0]
        ),
        choices=dict(scenario.choices),
        flags=tuple(
            f"SPECULATIVE: {name}, no data in people"
            for name, caution in cautions
            if caution.kind == "speculative"
        ),
    )
