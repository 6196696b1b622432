"""Parameters of a drug with their variability and covariates, so that each module names a slot once."""

from __future__ import annotations

from speciosa.drugs import Drug
from speciosa.model import CovariatePower, Parameter, Spread

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
    kinds = dict(drug.variability)
    spread = Spread(drug.slot(f"IIV_{key}"), kinds[key]) if key in kinds else None
    covariates = tuple(
        CovariatePower(item.covariate, drug.slot(item.reference), drug.slot(item.exponent))
        for item in drug.covariates
        if item.slot == key
    )
    return Parameter(
        drug.slot(key),
        unit,
        description,
        spread=spread,
        covariates=covariates,
        molar_mass=drug.slot("molar_mass") if by_mass else None,
    )
