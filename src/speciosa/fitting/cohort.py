"""From regimens and persons to what a fit works on: one kernel for all, everybody's doses and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from speciosa.body.person import modules_for
from speciosa.engine import Events, Kernel, Schedules, compile_model
from speciosa.errors import FitError
from speciosa.fitting.observations import Subjects
from speciosa.model import compose
from speciosa.people import LIMITS, Person, Population, parameter_table, typical_person
from speciosa.regimens import Regimen, input_doses, to_events, uses
from speciosa.simulation import Scenario, Setting


@dataclass(frozen=True)
class Course:
    """What one person took.

    Parameters
    ----------
    id : str
    regimen : Regimen
        Its history, if any, ends at time 0.
    until : float
        End of what is looked at, h.
    person : Person, optional
        Covariates; the reference adult if left out.
    """

    id: str
    regimen: Regimen
    until: float
    person: Person | None = None


@dataclass(frozen=True)
class Cohort:
    """People of the library's models, ready for a `Problem`.

    Parameters
    ----------
    kernel : Kernel
    subjects : Subjects
        With everybody's parameters by their covariates, without variability.
    """

    kernel: Kernel
    subjects: Subjects


@dataclass
class _Known:
    """Schedules that were made already, by regimen and end."""

    events: list[Events] = field(default_factory=list)
    number: dict[tuple[Regimen, float], int] = field(default_factory=dict)


def cohort(
    courses: Sequence[Course],
    outputs: Sequence[str],
    *,
    setting: Setting | None = None,
    values: Mapping[str, float] | None = None,
    target: str = "auto",
) -> Cohort:
    """Compose the one model that all courses need, and put everybody's doses and parameters beside it.

    Parameters
    ----------
    courses : sequence of Course
    outputs : sequence of str
        That are observed or forecast; the fewer the faster.
    setting : Setting, optional
        The packaged evidence and library if left out.
    values : mapping of str to float, optional
        Typical values that replace evidence, in the model's units.
    target : str
        Engine target.

    Returns
    -------
    Cohort

    Raises
    ------
    FitError
        If there is no course.
    SpeciosaError
        If a drug, product, slot, output or value cannot be used.

    Examples
    --------
    >>> from speciosa.drugs import catalog
    >>> from speciosa.regimens import parse
    >>> regimen = parse("morphine 30 mg every 6 h for 2 days", catalog())
    >>> found = cohort([Course("A", regimen, 72.0), Course("B", regimen, 72.0)], ["COWS"])
    >>> found.subjects.ids, len(found.subjects.schedules.events)
    (('A', 'B'), 1)
    """
    if not courses:
        raise FitError("there is no course", where="cohort", expected="one or more")
    setting = setting or Setting()
    evidence, library = setting.evidence, setting.library
    persons = [item.person or typical_person(evidence) for item in courses]
    doses = [
        input_doses(Scenario(item.regimen, _alone(person), item.until).administrations, library, evidence)
        for item, person in zip(courses, persons, strict=True)
    ]
    used = uses(tuple(dose for mine in doses for dose in mine))
    model = compose(modules_for(used, library), evidence, name=f"{len(courses)} courses")
    if values:
        model = model.with_values(values)
    inlets = {use: model.inlet_groups[use.group] for use in used}
    masses = {use.drug: evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in used}
    known, numbers = _Known(), []
    for item, mine in zip(courses, doses, strict=True):
        key = (item.regimen, item.until)
        if key not in known.number:
            known.number[key] = len(known.events)
            known.events.append(to_events(mine, inlets, masses))
        numbers.append(known.number[key])
    table = np.concatenate([parameter_table(model, _alone(person), evidence) for person in persons])
    subjects = Subjects(
        tuple(item.id for item in courses),
        Schedules(tuple(known.events), np.array(numbers, dtype=np.int64)),
        {name: np.array([getattr(person, name) for person in persons]) for name in LIMITS},
        table,
    )
    return Cohort(compile_model(model, target=target, outputs=tuple(outputs)), subjects)


def _alone(person: Person) -> Population:
    """One person as they are."""
    return Population(1, seed=0, typical=person, is_varied=False)
