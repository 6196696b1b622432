"""Running an overdose: the untreated arm first, then each rescue at the time that ventilation tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
import xarray as xr

from speciosa import __version__
from speciosa.body.breathing import signals
from speciosa.body.breathing.signals import DEPRESSED_FOR
from speciosa.engine import Kernel, Solution, compile_model
from speciosa.errors import ScenarioError
from speciosa.evidence import Evidence
from speciosa.model import Output
from speciosa.overdose.arm import Arm
from speciosa.overdose.case import LONGEST, STEP, UNTREATED, Overdose
from speciosa.overdose.extended import extended_arm
from speciosa.overdose.published import published_arm
from speciosa.overdose.uncertainty import put_assay, uncertainty_slots
from speciosa.people import LIMITS, parameter_table
from speciosa.results import Comparison, DoseMark, Override, Result, ScenarioDescription
from speciosa.simulation import Setting
from speciosa.units import convert

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
# What is recorded, and the unit in which people read it: here results leave the units of the engine.
RECORDED = {
    signals.VENTILATION.name: "L/min",
    signals.ARTERIAL_O2.name: "mmHg",
    signals.ARTERIAL_CO2.name: "mmHg",
    signals.SATURATION.name: "dimensionless",
    signals.BRAIN_O2.name: "mmHg",
    signals.CARDIAC_OUTPUT.name: "L/min",
    signals.RESTING.name: "L/min",
    DEPRESSED_FOR.name: "min",
}
DRUG_OUTPUTS = ("site.", "bound.", "plasma.", "occupancy.MOR", "signal.MOR", "tolerance")
PLAN = ("rescue.delay", "breathing.arrest.flow", "breathing.arrest.horizon")
LIMITS_OF_REPORTS = tuple(
    f"breathing.limit.{name}" for name in ("brain.PO2", "arterial.PO2", "saturation", "arterial.PCO2")
)


@dataclass(frozen=True)
class Variation:
    """What varies in a run.

    Parameters
    ----------
    people : bool
        Whether people differ.
    assay : bool
        Whether the binding constants of the assay are drawn.
    turn : int
        By how many persons the draws of the assay are moved.
    """

    people: bool = True
    assay: bool = True
    turn: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of an overdose.

    Parameters
    ----------
    case : Overdose
    arms : mapping of str to Result
        The one without antagonist first.
    arms_run : mapping of str to Arm
        What was computed for each.
    rescue_at : (persons,) float
        When the rescue begins, h; NaN where ventilation never fell so far.
    variation : Variation
    """

    case: Overdose
    arms: Mapping[str, Result]
    arms_run: Mapping[str, Arm]
    rescue_at: FloatArray
    variation: Variation

    @property
    def comparison(self) -> Comparison:
        """The arms side by side."""
        return Comparison(dict(self.arms))

    def is_arrested(self, arm: str, evidence: Evidence) -> FloatArray:
        """Whether cardiac output fell to the limit of arrest within the horizon; NaN for who failed."""
        flow = self.arms[arm].output(signals.CARDIAC_OUTPUT.name)
        limit = evidence.slot("breathing.arrest.flow").value("L/min")
        horizon = evidence.slot("breathing.arrest.horizon").value("h")
        lowest = flow.sel(time=slice(0.0, horizon)).min("time").values
        return np.where(np.isnan(lowest), np.nan, (lowest <= limit).astype(np.float64))


def arms_of(case: Overdose, setting: Setting) -> tuple[Arm, ...]:
    """The arms of a case, the one without antagonist first.

    Raises
    ------
    SpeciosaError
        If a drug or dose cannot be used.
    """
    make = published_arm if case.model == "published" else extended_arm
    arms = tuple(make(case, name, setting) for name in (UNTREATED, *case.named_rescues))
    values: dict[str, float] = {}
    if case.trigger is not None:
        values["rescue.trigger"] = case.trigger
    if case.oxygen is not None:
        values["breathing.inspired.PO2"] = case.oxygen
    return tuple(replace(arm, model=arm.model.with_values(values)) for arm in arms) if values else arms


def simulate_overdose(
    case: Overdose,
    setting: Setting | None = None,
    *,
    variation: Variation | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Simulate every arm of an overdose.

    Parameters
    ----------
    case : Overdose
    setting : Setting, optional
        The packaged evidence and library if left out.
    variation : Variation, optional
        What varies; people where they vary at all, and the assay with them, if left out.
    progress : callable, optional
        Called with the number of persons done and in all, over all arms.

    Returns
    -------
    Outcome
        A person who could not be solved is a row with a status; the others are untouched.

    Raises
    ------
    SpeciosaError
        If the case cannot be simulated as described.
    """
    setting = setting or Setting()
    is_varied = case.people.is_varied
    variation = variation or Variation(people=is_varied, assay=is_varied)
    arms = arms_of(case, setting)
    n, total = case.people.size, case.people.size * len(arms)
    until = _until(case, setting)
    grid = np.unique(np.append(np.arange(0.0, until, STEP), until))
    results: dict[str, Result] = {}
    begin: FloatArray | None = None
    for index, arm in enumerate(arms):
        names = recorded(arm)
        kernel = compile_model(arm.model, target=case.target, outputs=names)
        solution = kernel.run(
            parameters_of(arm, case, variation, setting),
            arm.schedules(begin, n),
            grid,
            start=arm.start,
            progress=_over_arms(progress, index * n, total),
        )
        if begin is None:
            begin = rescue_times(solution, names, until, case, setting)
        results[arm.name] = _result(case, arm, kernel, solution, names, grid, begin, setting)
    if begin is None:
        raise ScenarioError("there is no arm", expected="an opioid")
    return Outcome(case, results, {arm.name: arm for arm in arms}, begin, variation)


def _until(case: Overdose, setting: Setting) -> float:
    horizon = setting.evidence.slot("breathing.arrest.horizon").value("h")
    return horizon if case.until is None else case.until


def _over_arms(progress: Progress | None, done: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda here, _: progress(done + here, total)


def recorded(arm: Arm) -> list[str]:
    """Names of the outputs that are recorded: breathing, circulation, and the drugs of the arm."""
    drugs = [
        output.name
        for output in arm.model.outputs
        if output.name.startswith(DRUG_OUTPUTS) and not output.name.startswith("occupancy.MOR.")
    ]
    return [*RECORDED, *drugs]


def parameters_of(arm: Arm, case: Overdose, variation: Variation, setting: Setting) -> FloatArray:
    """Every parameter of every person, as far as people and the assay are to vary."""
    people = replace(case.people, is_varied=variation.people)
    table = parameter_table(arm.model, people, setting.evidence)
    if variation.assay:
        put_assay(table, arm.model, arm.ligands, case.people, setting.evidence, turn=variation.turn)
    return table


def rescue_times(
    solution: Solution, names: list[str], until: float, case: Overdose, setting: Setting
) -> FloatArray:
    """When each person's rescue begins: the watch at the end says how long ago ventilation fell."""
    watched = solution.values[:, -1, names.index(DEPRESSED_FOR.name)]
    delay = setting.evidence.slot("rescue.delay").value("h") if case.delay is None else case.delay
    return np.where(watched > 0.0, until - watched + delay, np.nan)


def _result(
    case: Overdose,
    arm: Arm,
    kernel: Kernel,
    solution: Solution,
    names: list[str],
    grid: FloatArray,
    begin: FloatArray,
    setting: Setting,
) -> Result:
    ids = case.people.ids + 1
    variables = {}
    for index, name in enumerate(names):
        output = arm.model.output(name)
        unit = RECORDED.get(name, output.unit or "dimensionless")
        factor = convert(1.0, output.unit or "dimensionless", unit)
        attributes = {**_attributes(output, case, setting), "unit": unit}
        variables[name] = (("person", "time"), solution.values[:, :, index] * factor, attributes)
    covariates = {
        name: ("person", case.people.covariates[name], {"unit": LIMITS[name][2]})
        for name in case.people.covariates
    }
    reasons = {failure.person: failure.text for failure in solution.failures}
    uncertain = [slot for drug in arm.ligands for slot in uncertainty_slots(drug)]
    rest = [slot for slot in (*PLAN, *LIMITS_OF_REPORTS) if slot != "rescue.delay" or case.delay is None]
    return Result(
        data=xr.Dataset(variables, coords={"person": ids, "time": ("time", grid, {"unit": "h"})}),
        description=_description(case, arm, kernel, begin, setting),
        persons=xr.Dataset(covariates, coords={"person": ids}),
        status=solution.status.astype(np.int64),
        reasons=tuple(reasons.get(person, "") for person in range(case.people.size)),
        slots=tuple(dict.fromkeys((*arm.model.slots, *arm.slots, *uncertain, *rest))),
        methods=(*arm.model.methods, *kernel.sources),
    )


def _attributes(output: Output, case: Overdose, setting: Setting) -> dict[str, object]:
    found: dict[str, object] = {"long_name": output.signal.description, "kind": "state"}
    head, _, drug = output.name.partition(".")
    if head in ("site", "plasma"):
        slot = f"{drug}.published.molar_mass" if case.model == "published" else f"{drug}.molar_mass"
        found |= {
            "kind": "concentration",
            "drug": drug,
            "molar_mass": setting.evidence.slot(slot).value("g/mol"),
        }
    elif head in ("bound", "occupancy"):
        found["kind"] = "occupancy"
    return found


def _description(
    case: Overdose, arm: Arm, kernel: Kernel, begin: FloatArray, setting: Setting
) -> ScenarioDescription:
    opioid = case.opioid.administrations(LONGEST)
    marks = [DoseMark(dose.time, dose.dose.item, dose.dose.text) for dose in opioid]
    notes = [f"{case.model} model" + (f", {case.tolerance} user" if case.model == "published" else "")]
    if arm.rescue:
        reached = int(np.isfinite(begin).sum())
        notes.append(f"ventilation fell to the trigger in {reached} of {case.people.size} persons")
    changed = [
        Override(name, value, unit, "set by the case")
        for name, value, unit in (
            ("rescue.delay", case.delay, "h"),
            ("rescue.trigger", case.trigger, "dimensionless"),
            ("breathing.inspired.PO2", case.oxygen, "mmHg"),
        )
        if value is not None
    ]
    rescued = "" if arm.name == UNTREATED else f"; rescue: {arm.name}"
    return ScenarioDescription(
        title=f"{case.opioid.text}: {arm.name}",
        regimen=case.opioid.text + rescued,
        until=_until(case, setting),
        persons=case.people.size,
        history=case.opioid.history.text if case.opioid.history else "",
        seed=case.people.seed if case.people.is_varied else None,
        target=kernel.target,
        overrides=tuple(changed),
        notes=(*notes, *case.opioid.notes, *kernel.notes),
        versions={"speciosa": __version__, **{name: version(name) for name in ("numpy", "scipy")}},
        evidence_digest=setting.evidence.digest,
        doses=tuple(mark for mark in marks if mark.time >= 0.0),
    )
