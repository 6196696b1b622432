"""From people to the parameter table that the engine runs on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from speciosa.errors import PersonError
from speciosa.evidence import Evidence
from speciosa.model import BoundParameter, Model
from speciosa.people.person import LIMITS
from speciosa.people.population import Population

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
        reference = evidence.slot(relation.reference).value(LIMITS[relation.covariate][2])
        exponent = evidence.slot(relation.exponent).value("")
        median = median * (people.covariates[relation.covariate] / reference) ** exponent
    if part.spread is None:
        return median
    shift = evidence.slot(part.spread.slot).value("omega") * people.draw(part.name)
    if part.spread.kind == "log-normal":
        return np.asarray(median * np.exp(shift), dtype=np.float64)
    if np.any((median < 0.0) | (median > 1.0)):
        raise PersonError(
            f"{part.name} is {item.value:g} and varies as a share between people",
            expected="a value from 0 to 1",
        )
    return np.asarray(expit(logit(median) + shift), dtype=np.float64)
