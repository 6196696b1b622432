"""One person's courses: the record's doses through the library's model, for a number of possible bodies.

A body is a draw of everything in which people differ before the signal (clearance, volumes, batches of leaf,
how far reports of doses are off). Bodies are solved once, all variants of the model in one call of the
engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.body.adaptation import DEPENDENCE, TOLERANCE
from speciosa.body.effects import effect
from speciosa.body.person import RECEPTOR, modules_for
from speciosa.body.quantities import NUMBER
from speciosa.body.signal import signal
from speciosa.drugs import Use
from speciosa.engine import Events, Kernel, Schedules, compile_model
from speciosa.errors import FitError
from speciosa.evidence import Evidence
from speciosa.forecasting.intake import Taken
from speciosa.forecasting.record import PHENOTYPE, UNKNOWN_OPIOIDS, PersonRecord
from speciosa.forecasting.tail import Tail
from speciosa.forecasting.variants import Variant
from speciosa.model import BoundParameter, Model, Module, Parameter, compose
from speciosa.people import Person, Population, activity_score, parameter_table, typical_person
from speciosa.regimens import to_events, uses
from speciosa.simulation import Setting

FloatArray = npt.NDArray[np.float64]
START = "dependence.start"
"""Dependence at the start of somebody who took unknown amounts of opioids."""
PANELS: Mapping[str, str] = {
    "MOR signal": signal(RECEPTOR).name,
    "breathing margin": effect("ventilation").name,
    "dependence": DEPENDENCE.name,
    "tolerance": TOLERANCE.name,
}
"""What is shown beside the scores, by the output it comes from; the margin is one less the effect."""
REPORTS = 0x5EED


@dataclass(frozen=True)
class Courses:
    """What one variant of the model says of every body.

    Parameters
    ----------
    variant : Variant
    model : Model
        With the variant's values.
    evidence : Evidence
        The variant's.
    times : (n_times,) float
    values : mapping of str to (bodies, n_times) float
        By output.
    """

    variant: Variant
    model: Model
    evidence: Evidence
    times: FloatArray
    values: Mapping[str, FloatArray]

    def at(self, times: FloatArray) -> npt.NDArray[np.int64]:
        """Places of times that were solved."""
        return np.asarray(np.searchsorted(self.times, times - 1e-9), dtype=np.int64)


@dataclass(frozen=True)
class Scene:
    """Model, kernel and bodies of one person.

    Parameters
    ----------
    kernel : Kernel
    settings : tuple of Setting
        One a variant.
    variants : tuple of Variant
    models : tuple of Model
        One a variant, alike but for values.
    people : Population
        The bodies.
    schedules : Schedules
    """

    kernel: Kernel
    settings: tuple[Setting, ...]
    variants: tuple[Variant, ...]
    models: tuple[Model, ...]
    people: Population
    schedules: Schedules

    def courses(self, times: FloatArray) -> tuple[Courses, ...]:
        """Solve everything at some times.

        Raises
        ------
        FitError
            If a body cannot be solved.
        """
        count = self.people.size
        tables = [
            parameter_table(model, self.people, setting.evidence)
            for model, setting in zip(self.models, self.settings, strict=True)
        ]
        of_person = np.tile(self.schedules.of_person, len(tables))
        earliest = [float(item.time.min()) for item in self.schedules.events if item.size]
        solution = self.kernel.run(
            np.concatenate(tables),
            Schedules(self.schedules.events, of_person),
            times,
            start=min([0.0, *earliest]),
        )
        if solution.status.any():
            raise FitError(
                f"{int((solution.status != 0).sum())} of {len(of_person)} courses cannot be solved",
                where="forecast",
                advice="Look at the doses of the record: amounts and units.",
            )
        names = self.kernel.outputs
        return tuple(
            Courses(
                variant,
                model,
                setting.evidence,
                times,
                {
                    name: solution.values[place * count : (place + 1) * count, :, column]
                    for column, name in enumerate(names)
                },
            )
            for place, (variant, model, setting) in enumerate(
                zip(self.variants, self.models, self.settings, strict=True)
            )
        )


def scene(
    record: PersonRecord,
    doses: Taken,
    setting: Setting,
    variants: Sequence[Variant],
    *,
    bodies: int,
    seed: int,
    outputs: Sequence[str] = (),
) -> Scene:
    """Compose the model that a record's doses need, and draw bodies.

    Parameters
    ----------
    record : PersonRecord
    doses : Taken
    setting : Setting
    variants : sequence of Variant
    bodies : int
        1 is the typical adult with the record's covariates.
    seed : int
    outputs : sequence of str
        Beyond those that scores and panels need.

    Returns
    -------
    Scene
    """
    used = uses(doses.doses)
    person = person_of(record, setting.evidence)
    settings = tuple(setting.choosing(item.choices) for item in variants)
    composed = _model(record, used, settings[0])
    models = (composed, *(_bound(composed, item.evidence) for item in settings[1:]))
    wanted = dict.fromkeys((*Tail.of(models[0]).inputs, *PANELS.values(), *outputs))
    kernel = compile_model(models[0], outputs=tuple(wanted))
    people = Population(bodies, seed=seed, typical=person, is_varied=bodies > 1)
    events = _events(doses, used, models[0], setting.evidence, bodies, seed)
    numbers = np.arange(bodies) if len(events) > 1 else np.zeros(bodies, dtype=np.int64)
    return Scene(kernel, settings, tuple(variants), models, people, Schedules(events, numbers))


def person_of(record: PersonRecord, evidence: Evidence) -> Person:
    """The person with the covariates that the record knows; the reference adult's in place of the others."""
    known = dict(record.covariates)
    phenotype = known.pop(PHENOTYPE, None)
    if phenotype is not None:
        known.setdefault("cyp2d6_activity_score", activity_score(str(phenotype), evidence))
    return replace(typical_person(evidence), **known)  # type: ignore[arg-type]  # checked by the record


def _model(record: PersonRecord, used: Sequence[Use], setting: Setting) -> Model:
    phenotyped = ("CYP2D6",) if {"cyp2d6_activity_score", PHENOTYPE} & set(record.covariates) else ()
    modules = modules_for(used, setting.library, phenotyped)
    if record.before == UNKNOWN_OPIOIDS:
        modules = tuple(_adapted(item) if item.name == "adaptation" else item for item in modules)
    return compose(modules, setting.evidence, name=f"record {record.id}")


def _bound(model: Model, evidence: Evidence) -> Model:
    """The same equations with the rows that another variant has in use."""
    bound = tuple(BoundParameter.bind(item.parameter, evidence) for item in model.parameters)
    return replace(model, parameters=bound, evidence=evidence)


def _adapted(module: Module) -> Module:
    """Adaptation of somebody who comes with dependence, and with the tolerance that goes with it."""
    start = Parameter(START, NUMBER, "dependence and tolerance at the start of the record")
    changed = {state.name: replace(state, initial=start.expression) for state in module.states}
    return replace(
        module,
        states=tuple(changed.values()),
        parameters=(*module.parameters, start),
        changes=tuple(replace(item, state=changed[item.state.name]) for item in module.changes),
    )


def _events(
    doses: Taken, used: Sequence[Use], model: Model, evidence: Evidence, bodies: int, seed: int
) -> tuple[Events, ...]:
    """Doses of every body; one for all where every amount is known."""
    inlets = {use: model.inlet_groups[use.group] for use in used}
    masses = {use.drug: evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in used}
    base = to_events(doses.doses, inlets, masses)
    if doses.is_certain or bodies == 1:
        return (base,)
    # A dose enters by every inlet of its use.
    spread = np.repeat(doses.omegas, [len(inlets[dose.use]) for dose in doses.doses])
    deviates = np.random.default_rng([seed, REPORTS]).standard_normal(bodies)
    factors = np.exp(spread * deviates[:, None])
    return tuple(replace(base, amount=base.amount * factor, rate=base.rate * factor) for factor in factors)
