"""Which model a scenario needs, and which of its outputs are recorded."""

from __future__ import annotations

import numpy as np

from speciosa.body.person import modules_for
from speciosa.body.scores import BANDED, SCALES
from speciosa.drugs import Use
from speciosa.drugs.interaction import PHENOTYPES
from speciosa.model import Model, Output, compose
from speciosa.people import Population
from speciosa.simulation.intake import Intake
from speciosa.simulation.scenario import Scenario
from speciosa.simulation.setting import Setting

DETAILS = ("biophase", "binding", "relief", "craving.drive", *(s.name for s in SCALES if s not in BANDED))
"""First words or names of the outputs that are recorded on request only."""
BY_DRUG = ("occupancy", "block")
"""First words of the outputs that are recorded in total, and by drug on request."""


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
    return composed(scenario, Intake.of(scenario, setting).uses, setting)


def composed(scenario: Scenario, used: tuple[Use, ...], setting: Setting) -> Model:
    """The model of a scenario that uses some drugs by some routes."""
    model = compose(
        modules_for(used, setting.library, _phenotyped(scenario.people)),
        setting.evidence,
        name=scenario.title or scenario.regimen.text,
    )
    return model.with_values(scenario.values) if scenario.values else model


def _phenotyped(people: Population) -> frozenset[str]:
    """Enzymes of which the people state how active theirs is."""
    return frozenset(
        enzyme
        for enzyme, name in PHENOTYPES.items()
        if name in people.covariates and not np.isnan(people.covariates[name]).all()
    )


def recorded(model: Model, scenario: Scenario) -> tuple[Output, ...]:
    """The outputs that a scenario asks for, or else all but the details."""
    if scenario.outputs is not None:
        return tuple(model.output(name) for name in scenario.outputs)
    return tuple(output for output in model.outputs if not is_detail(output.name))


def is_detail(name: str) -> bool:
    """Whether an output is recorded on request only."""
    head, *rest = name.split(".", 2)
    return name in DETAILS or head in DETAILS or (head in BY_DRUG and len(rest) > 1)
