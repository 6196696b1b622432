"""The beliefs about every slot that a model rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from speciosa.evidence import Evidence, Slot
from speciosa.model import CovariateCategory, CovariatePower, Model
from speciosa.people import DERIVED, LIMITS
from speciosa.uncertainty.distribution import Belief, Conversion, belief
from speciosa.units import convert


@dataclass(frozen=True)
class _Role:
    """In which unit a model reads a slot, and which values it may have."""

    unit: str
    molar_mass: float | None = None
    is_signed: bool = False
    is_share: bool = False


def beliefs(model: Model, evidence: Evidence) -> Mapping[str, Belief]:
    """What is known of each slot of a model whose row states how well it is known.

    Parameters
    ----------
    model : Model
    evidence : Evidence

    Returns
    -------
    mapping of str to Belief
        By slot, in the order of the model; in the unit of the model. Values that the scenario sets itself
        have none.
    """
    found = {}
    for name, role in _roles(model, evidence).items():
        slot = evidence.slot(name)
        value = slot.value(role.unit, role.molar_mass)
        if name in model.parameter_index and model.parameter(name).value != value:
            continue
        one = belief(slot.row, value, _into(slot, role), is_signed=role.is_signed, is_share=role.is_share)
        if one is not None:
            found[name] = one
    return found


def unstated(model: Model, evidence: Evidence) -> tuple[str, ...]:
    """Slots of a model that are taken as exactly known because their rows state no uncertainty.

    Parameters
    ----------
    model : Model
    evidence : Evidence

    Returns
    -------
    tuple of str
        Conventions and molar masses among them.
    """
    known = beliefs(model, evidence)
    return tuple(name for name in _roles(model, evidence) if name not in known)


def unit_of(name: str, model: Model, evidence: Evidence) -> tuple[str, float | None]:
    """Unit in which a model reads a slot, and the molar mass (g/mol) where it turns mass into amount."""
    role = _roles(model, evidence)[name]
    return role.unit, role.molar_mass


def _into(slot: Slot, role: _Role) -> Conversion:
    """From the unit of the row to that of the model."""
    make: Callable[[float], float] = lambda value: float(  # noqa: E731
        convert(value, slot.row.unit, role.unit, molar_mass=role.molar_mass)
    )
    return make


def _roles(model: Model, evidence: Evidence) -> dict[str, _Role]:
    found: dict[str, _Role] = {}
    for item in model.parameters:
        if item.slot is None:
            continue
        part = item.parameter
        mass = evidence.slot(part.molar_mass).value("g/mol") if part.molar_mass else None
        is_share = part.unit == "" and 0.0 <= item.value <= 1.0 and _stays_a_share(item.slot)
        found[part.name] = _Role(part.unit, mass, is_share=is_share)
        for spread in (part.spread, part.occasion):
            if spread is not None:
                found[spread.slot] = _Role("omega")
                found |= {slot: _Role("", is_signed=True) for _, _, slot in spread.correlations}
        for relation in part.covariates:
            if isinstance(relation, CovariateCategory):
                found |= {slot: _Role("") for slot in relation.slots}
                continue
            unit = (
                LIMITS[relation.covariate][2] if relation.covariate in LIMITS else DERIVED[relation.covariate]
            )
            found[relation.reference] = _Role(unit)
            if isinstance(relation, CovariatePower):
                found[relation.exponent] = _Role("", is_signed=True)
            else:
                per_unit = "" if unit == "dimensionless" else f"1/({unit})"
                found[relation.coefficient] = _Role(per_unit, is_signed=True)
    return found


def _stays_a_share(slot: Slot) -> bool:
    """Whether nothing in the row says that the quantity may exceed 1."""
    interval = slot.row.interval
    return interval is None or interval[1] <= 1.0
