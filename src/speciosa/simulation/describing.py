"""A solution told: attributes of outputs, notes, documented risks, and the description of the scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import scipy

from speciosa import __version__
from speciosa.body.scores import SCALES, rating_parameters
from speciosa.drugs import statements_on
from speciosa.engine import Solution
from speciosa.late import xr
from speciosa.model import Model, Output
from speciosa.people import LIMITS, Population, derived_slots, history_text, idle_covariates, told_levels
from speciosa.results import (
    DocumentedRisk,
    DoseMark,
    Override,
    PersonalCourses,
    Result,
    ScenarioDescription,
)
from speciosa.results.grading import grade
from speciosa.results.result import check_times
from speciosa.simulation.scenario import Scenario
from speciosa.simulation.setting import Setting

if TYPE_CHECKING:
    from speciosa.simulation.prepared import Prepared

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


def told(ready: Prepared, solution: Solution) -> Result:
    """The result of a solution: values with labels, and where every number came from."""
    scenario, people = ready.scenario, ready.scenario.people
    ids = people.ids + 1
    check_times(scenario.grid)
    courses = PersonalCourses.of_people(ids.tolist(), solution.courses)
    reasons = {failure.person: failure.text for failure in solution.failures}
    risks = _risks(ready)
    return Result(
        data=partial(_labeled, ready, solution),
        description=_description(ready, courses.sentences(people.size)),
        persons=partial(_covariates, people),
        status=solution.status.astype(np.int64),
        reasons=tuple(reasons.get(index, "") for index in range(people.size)),
        slots=_slots(ready),
        row_ids=tuple(dict.fromkeys(row for risk in risks for row in risk.rows)),
        methods=(
            *ready.model.methods,
            *ready.kernel.sources,
            *(key for risk in risks for key in risk.sources),
        ),
        courses=courses,
    )


def _labeled(ready: Prepared, solution: Solution) -> xr.Dataset:
    """Outputs over persons and time, with what is known of each."""
    variables = {
        output.name: (
            ("person", "time"),
            solution.values[:, :, index],
            _attributes(output, ready.model, ready.setting),
        )
        for index, output in enumerate(ready.recorded)
    }
    times = ("time", ready.scenario.grid, {"unit": "h"})
    return xr.Dataset(variables, coords={"person": ready.scenario.people.ids + 1, "time": times})


def _covariates(people: Population) -> xr.Dataset:
    """What is known of each person."""
    covariates = {
        **{name: ("person", values, {"unit": LIMITS[name][2]}) for name, values in people.covariates.items()},
        **{name: ("person", levels, {"unit": "category"}) for name, levels in told_levels(people).items()},
    }
    return xr.Dataset(covariates, coords={"person": people.ids + 1})


def _slots(ready: Prepared) -> tuple[str, ...]:
    """Slots of the model, of the contents behind the doses, of the bands of recorded scores and of people."""
    contents = [slot for doses in ready.intake.doses for dose in doses for slot in dose.slots]
    scores = {output.name for output in ready.recorded}
    bands = [slot for scale in SCALES if scale.name in scores for _, slot in scale.bands]
    people = (*ready.scenario.people.slots, *derived_slots(ready.model, ready.setting.evidence))
    return tuple(dict.fromkeys((*ready.model.slots, *contents, *bands, *people)))


def _content_notes(ready: Prepared) -> list[str]:
    """Which contents were taken from the library because the user stated none, and how batches vary."""
    setting = ready.setting
    products = {use.product for use in ready.intake.uses if use.product and not use.is_content_stated}
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


def _risks(ready: Prepared) -> tuple[DocumentedRisk, ...]:
    """Documented risks of what is dosed and of what the body makes of it."""
    setting = ready.setting
    names = dict.fromkeys(use.drug for use in ready.intake.uses)
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


def _description(ready: Prepared, decided: Sequence[str]) -> ScenarioDescription:
    scenario, regimen = ready.scenario, ready.scenario.regimen
    # Doses of histories that differ cannot be marked in one figure.
    begin = scenario.grid[0] if len(ready.intake.of_each) == 1 else 0.0
    cautions = ready.setting.library.cautions(ready.intake.uses)
    notes = (
        *regimen.notes,
        *_content_notes(ready),
        *(f"{name}: {caution.kind} evidence. {caution.text}" for name, caution in cautions),
        *_choice_notes(scenario, ready.setting, ready.model),
        *idle_covariates(ready.model, scenario.people),
        *decided,
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
        risks=_risks(ready),
        versions={"speciosa": __version__, "numpy": np.__version__, "scipy": scipy.__version__},
        evidence_digest=ready.setting.evidence.digest,
        doses=tuple(
            DoseMark(item.time, item.dose.item, item.dose.text)
            for item in regimen.taken_by_all(ready.intake.of_each[0], scenario.until)
            if item.time >= begin
        ),
        choices=dict(scenario.choices),
        flags=tuple(
            f"SPECULATIVE: {name}, no data in people"
            for name, caution in cautions
            if caution.kind == "speculative"
        ),
    )
