"""The covariates that people have: names, limits and levels, and how a phenotype becomes a number."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from speciosa.errors import UnknownNameError
from speciosa.evidence import Evidence

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.str_]

LIMITS: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "weight": (30.0, 300.0, "kg"),
        "height": (120.0, 230.0, "cm"),
        "age": (18.0, 100.0, "years"),
        "egfr": (2.0, 200.0, "mL/min"),
        "cyp2d6_activity_score": (0.0, 6.0, "dimensionless"),
    }
)
"""Numeric covariates: lowest and highest value and unit. eGFR is per 1.73 m2 of body surface."""

NEEDED = ("weight", "height", "age")
"""Numeric covariates that everybody has; the others may be unknown."""

LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("unspecified", "female", "male"),
        "child_pugh": ("none", "A", "B", "C"),
        "pregnancy": ("no", "yes"),
        "cyp2b6_genotype": ("*1/*1", "*1/*4", "*1/*6", "*4/*6", "*6/*6"),
    }
)
"""Categorical covariates: their levels, the one of the reference adult first."""

DERIVED = MappingProxyType({"bmi": "kg/m^2", "fat_free_mass": "kg"})
"""Covariates that follow from others, with their units."""

PHENOTYPES = ("poor", "intermediate", "normal", "ultrarapid")
"""CYP2D6 phenotypes, which the evidence turns into activity scores."""

SEXES = ("female", "male")
_CENTIMETERS = 100.0


def activity_score(phenotype: str, evidence: Evidence) -> float:
    """CYP2D6 activity score that stands for a phenotype.

    Parameters
    ----------
    phenotype : {"poor", "intermediate", "normal", "ultrarapid"}
    evidence : Evidence

    Returns
    -------
    float

    Raises
    ------
    UnknownNameError
        For any other phenotype.

    Examples
    --------
    >>> from speciosa.evidence import load
    >>> activity_score("poor", load())
    0.0
    """
    if phenotype not in PHENOTYPES:
        raise UnknownNameError(
            "CYP2D6 phenotype",
            phenotype,
            PHENOTYPES,
            where="person",
            advice="Or give cyp2d6_activity_score, a number from 0 to 6.",
        )
    return evidence.slot(f"cyp2d6.activity_score.{phenotype}").value("")


def body_mass_index(weight: FloatArray, height: FloatArray) -> FloatArray:
    """Weight over the square of height, kg/m^2.

    Parameters
    ----------
    weight : ndarray
        kg.
    height : ndarray
        cm.

    Returns
    -------
    ndarray
    """
    index: FloatArray = weight / (height / _CENTIMETERS) ** 2
    return index


def fat_free_mass(weight: FloatArray, height: FloatArray, sex: TextArray, evidence: Evidence) -> FloatArray:
    """Fat-free mass by the formula of Janmahasatian, kg.

    ``maximum * weight / (intercept + slope * BMI)`` with intercept and slope of each sex; the mean of both
    where the sex is not stated.

    Parameters
    ----------
    weight : ndarray
        kg.
    height : ndarray
        cm.
    sex : ndarray of str
    evidence : Evidence

    Returns
    -------
    ndarray
    """
    index = body_mass_index(weight, height)
    top = evidence.slot("fat_free_mass.numerator").value("")
    each = {}
    for name in SEXES:
        intercept = evidence.slot(f"fat_free_mass.intercept.{name}").value("")
        slope = evidence.slot(f"fat_free_mass.slope.{name}").value("m^2/kg")
        each[name] = top * weight / (intercept + slope * index)
    middle = sum(each.values()) / len(each)
    return np.asarray(
        np.select([sex == name for name in SEXES], [each[name] for name in SEXES], middle), dtype=np.float64
    )
