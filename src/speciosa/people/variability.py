"""From people to the parameter table that the engine runs on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.model import BoundParameter, Model
from speciosa.people.population import Population
from speciosa.units import omega

FloatArray = npt.NDArray[np.float64]


def parameter_table(model: Model, people: Population, evidence: Evidence) -> FloatArray:
    """Every parameter of every person.

    Typical value, times the covariate relations, spread around it: log-normal parameters have the typical
    value as median, logit-normal ones likewise on the logit scale.

    Parameters
    ----------
    model : Model
    people : Population
    evidence : Evidence
        Sizes of variability and covariate relations.

    Returns
    -------
    ndarray, shape (persons, parameters)

    Raises
    ------
    PersonError
        If a parameter depends on a covariate that people do not have.
    """
    columns = [_column(item, people, evidence) for item in model.parameters]
    return np.column_stack(columns) if columns else np.empty((people.size, 0))


def _column(item: BoundParameter, people: Population, evidence: Evidence) -> FloatArray:
    part = item.parameter
    median = np.full(people.size, item.value)
    for relation in part.covariates:
        if relation.covariate not in people.covariates:
            raise PersonError(
                f"{part.name} depends on {relation.covariate!r}",
                expected=f"one of: {', '.join(people.covariates)}",
            )
        reference, exponent = (_number(evidence, name) for name in (relation.reference, relation.exponent))
        median = median * (people.covariates[relation.covariate] / reference) ** exponent
    if part.spread is None:
        return median
    row = evidence.slot(part.spread.slot).row
    shift = omega(_number(evidence, part.spread.slot), row.unit) * people.draw(part.name)
    if part.spread.kind == "log-normal":
        spread: FloatArray = median * np.exp(shift)
    else:
        spread = expit(logit(median) + shift)
    return spread


def _number(evidence: Evidence, slot: str) -> float:
    """Value of a slot as published; a reference covariate is in the unit of the covariate."""
    return float(evidence.slot(slot).row.value or 0.0)
