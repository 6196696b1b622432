"""Parameters of a drug with their variability and covariates, so that each module names a slot once."""

from __future__ import annotations

from speciosa.drugs import Covariate, Drug
from speciosa.errors import DrugError
from speciosa.model import (
    CovariateCategory,
    CovariateEffect,
    CovariateExponential,
    CovariatePower,
    Parameter,
    Spread,
)

RATE, CLEARANCE, VOLUME, TIME_UNIT, CONCENTRATION, AMOUNT, NUMBER = (
    "1/h",
    "L/h",
    "L",
    "h",
    "nmol/L",
    "nmol",
    "",
)


def parameter(drug: Drug, key: str, unit: str, description: str, *, by_mass: bool = False) -> Parameter:
    """The parameter in a slot of a drug.

    Parameters
    ----------
    drug : Drug
    key : str
        Short slot name.
    unit : str
        Unit in the equations.
    description : str
    by_mass : bool
        True where the evidence states a mass and the model needs an amount.

    Returns
    -------
    Parameter
        With the variability and the covariates that the drug's file names for the slot.
    """
    within = dict(drug.occasions)
    return Parameter(
        drug.slot(key),
        unit,
        description,
        spread=_spread(drug, key),
        covariates=tuple(_effect(drug, item) for item in drug.covariates if item.slot == key),
        molar_mass=drug.slot("molar_mass") if by_mass else None,
        occasion=Spread(drug.slot(f"IOV_{key}"), within[key]) if key in within else None,
    )


def _spread(drug: Drug, key: str) -> Spread | None:
    """How a slot varies between people, with the slots whose deviates are correlated with it."""
    kinds = dict(drug.variability)
    if key not in kinds:
        return None
    block = {key}
    while grown := {name for pair in drug.correlations if block & set(pair[:2]) for name in pair[:2]} - block:
        block |= grown
    if len(block) == 1:
        return Spread(drug.slot(f"IIV_{key}"), kinds[key])
    return Spread(
        drug.slot(f"IIV_{key}"),
        kinds[key],
        tuple(drug.slot(name) for name, _ in drug.variability if name in block),
        tuple(
            (drug.slot(first), drug.slot(second), drug.slot(slot))
            for first, second, slot in drug.correlations
            if first in block
        ),
    )


def _effect(drug: Drug, item: Covariate) -> CovariateEffect:
    if item.factors:
        return CovariateCategory(
            item.covariate, tuple((level, drug.slot(key)) for level, key in item.factors)
        )
    if item.reference and item.exponent:
        return CovariatePower(item.covariate, drug.slot(item.reference), drug.slot(item.exponent))
    if item.reference and item.coefficient:
        return CovariateExponential(item.covariate, drug.slot(item.reference), drug.slot(item.coefficient))
    raise DrugError(f"the effect of {item.covariate} on {item.slot} has no clear form")
