"""The words of entries: substances, units of doses, scales, what can be measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from speciosa.body.scales import SCALES, Scale
from speciosa.drugs import Product, catalog
from speciosa.errors import RecordError, UnitError, UnknownNameError
from speciosa.evidence import load
from speciosa.monitor.services import checks
from speciosa.units import convert

BASES = ("administered", "reported", "missed")
SUBSTANCE_CLASSES = ("kratom", "opioid", "treatment", "sedative", "alcohol", "stimulant", "other")
MATRICES = ("plasma", "serum", "whole blood", "urine", "oral fluid")
FLAGS = (
    "alcohol use",
    "sedative use",
    "long QT or heart disease",
    "QT-prolonging medicine",
    "enzyme inhibitor or inducer",
    "liver disease",
    "kidney disease",
    "breathing disorder",
    "overdose before",
    "naloxone at hand",
)
"""What of a person calls for care, in one word each."""
PIECE = "piece"
DOSE_UNITS = ("g", "mg", "ug", "ng", "mL", "mg/h", "ug/h", "ng/h", PIECE)
"""Units in which a dose is counted; a piece is one of a product."""


@dataclass(frozen=True)
class Measurable:
    """Something that can be measured.

    Parameters
    ----------
    name : str
    unit : str
        Unit in which limits are stated and values compared.
    low, high : float
        What a form takes as possible.
    ucum : str
        The unit in the code of FHIR.
    loinc : str, optional
    is_of_drug : bool
        Whether it needs an analyte and a matrix.
    """

    name: str
    unit: str
    low: float
    high: float
    ucum: str
    loinc: str | None = None
    is_of_drug: bool = False

    def in_unit(self, value: float, unit: str, analyte: str | None = None) -> float:
        """A value in the unit of the record.

        Raises
        ------
        RecordError
            If the unit is of another kind.
        """
        if unit == self.unit:
            return float(value)
        try:
            mass = _molar_mass(analyte) if analyte else None
            return float(convert(float(value), unit, self.unit, molar_mass=mass))
        except UnitError as fault:
            raise RecordError(
                f"{unit!r:.40} is no unit of {self.name}",
                where="unit",
                expected=f"{self.unit}, or what converts to it",
            ) from fault

    def check(self, value: Any, unit: Any, analyte: Any, matrix: Any) -> str | None:
        """Check a value with what belongs to it; the canonical name of the analyte.

        Raises
        ------
        RecordError
            Naming the field.
        """
        checks.line("unit", unit)
        if self.is_of_drug:
            checks.line("analyte", analyte)
            analyte = _molecule(analyte)
            checks.choice("matrix", matrix, MATRICES)
        elif analyte is not None or matrix is not None:
            name = "analyte" if analyte is not None else "matrix"
            raise RecordError(f"{self.name} has no {name}", where=name, expected="nothing")
        checks.number("value", value, float("-inf"), float("inf"))
        checks.number("value", self.in_unit(value, unit, analyte), self.low, self.high, unit=self.unit)
        return analyte if isinstance(analyte, str) else None


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(
        files("speciosa.monitor.services").joinpath("data", name).read_text(encoding="utf-8")
    )


MEASUREMENTS: Mapping[str, Measurable] = {
    name: Measurable(name, **values) for name, values in _read("measurements.toml").items()
}
"""What can be measured, by name."""
SUBSTANCES: Mapping[str, str] = {name: values["class"] for name, values in _read("substances.toml").items()}
"""Substances that the library does not hold, with their class."""


def canonical_item(name: str) -> str:
    """The name under which the library, or the list of substances beside it, knows something.

    Raises
    ------
    UnknownNameError
        With near misses of both.

    Examples
    --------
    >>> canonical_item("kratom"), canonical_item("Alcohol")
    ('kratom powder', 'alcohol')
    """
    folded = " ".join(name.lower().split())
    if folded in SUBSTANCES:
        return folded
    try:
        return catalog().item(folded).name
    except UnknownNameError:
        raise UnknownNameError(
            "drug or product",
            name[: checks.LINE],
            [*catalog().names, *SUBSTANCES],
            advice="What the library does not hold is entered as a product first.",
        ) from None


@cache
def _molar_mass(drug: str) -> float:
    return load().slot(f"{drug}.molar_mass").value("g/mol")


@cache
def substance_class(item: str) -> str:
    """The class of something that can be taken.

    Parameters
    ----------
    item : str
        Canonical name.

    Examples
    --------
    >>> [substance_class(item) for item in ("kratom powder", "morphine", "buprenorphine film", "diazepam")]
    ['kratom', 'opioid', 'treatment', 'sedative']
    """
    if item in SUBSTANCES:
        return SUBSTANCES[item]
    found = catalog().item(item)
    drug = catalog().drugs[found.main] if isinstance(found, Product) else found
    return _CLASSES.get(drug.group, "other") if drug.name not in _TREATMENTS else "treatment"


# Opioids that approved treatment of dependence uses, beside those that block or calm.
_TREATMENTS = ("buprenorphine", "r-methadone", "s-methadone")
_CLASSES = {
    "kratom alkaloid": "kratom",
    "opioid agonist": "opioid",
    "opioid partial agonist": "opioid",
    "opioid prodrug": "opioid",
    "opioid antagonist": "treatment",
    "alpha-2 agonist": "treatment",
}


def route_of(item: str, route: str) -> str:
    """The name of a route of something that can be taken.

    Raises
    ------
    RecordError
        If the library knows the item and no such route of it.

    Examples
    --------
    >>> route_of("kratom powder", "by mouth")
    'oral'
    """
    try:
        found = catalog().item(item)
    except UnknownNameError:
        return route
    name = catalog().route_of(found, route)
    if name is None:
        drug = catalog().drugs[found.main] if isinstance(found, Product) else found
        names = found.routes if isinstance(found, Product) else [one.name for one in drug.routes]
        raise RecordError(
            f"{route[:40]!r} is no route of {item}", where="route", expected=", ".join(map(str, names))
        )
    return name


def check_dose_unit(unit: Any, *, has_product: bool) -> None:
    """Refuse a unit in which no dose is counted.

    Raises
    ------
    RecordError
        With those that are.
    """
    checks.choice("unit", unit, DOSE_UNITS)
    if unit == PIECE and not has_product:
        raise RecordError(
            "pieces say nothing without a product", where="unit", expected="a product, or a mass"
        )


def check_scale(name: Any) -> Scale:
    """The scale of a name.

    Raises
    ------
    RecordError
        With near misses.
    """
    known = {scale.name: scale for scale in SCALES}
    checks.choice("scale", name, known)
    return known[name]


def total_of(scale: Scale, items: Any) -> int:
    """The total of the items of a scale, each of which must be there with a score that it can take.

    Raises
    ------
    RecordError
        Naming the item.
    """
    if not isinstance(items, Mapping):
        raise RecordError(
            f"{items!r:.60} is no list of items", where="items", expected="a score for every item"
        )
    known = {item.name: item for item in scale.items}
    for name in items:
        checks.choice("items", name, known)
    for name, item in known.items():
        if name not in items:
            raise RecordError(f"{name!r} is not rated", where="items", expected="a score for every item")
        score, points = items[name], (0, *item.points)
        if isinstance(score, bool) or not isinstance(score, int) or score not in points:
            allowed = ", ".join(map(str, points))
            raise RecordError(f"{name!r} is {score!r:.40}", where="items", expected=f"one of {allowed}")
    return sum(items.values())


def _molecule(name: str) -> str:
    folded = " ".join(name.lower().split())
    if folded in catalog().drugs:
        return folded
    found = next(
        (drug.name for drug in catalog().drugs.values() if folded in map(str.lower, drug.aliases)), None
    )
    if found is None:
        fault = UnknownNameError("molecule", name, catalog().drugs)
        raise RecordError(fault.problem, where="analyte", advice=fault.advice)
    return found
