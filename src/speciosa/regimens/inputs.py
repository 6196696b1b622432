"""From doses of products to amounts of molecules, and from these to the events of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from speciosa.drugs import Drug, Product, Use
from speciosa.engine import Events
from speciosa.errors import RegimenError
from speciosa.evidence import Evidence
from speciosa.model import Model
from speciosa.regimens.dose import PER_HOUR, Administration, Dose
from speciosa.regimens.grammar import Library
from speciosa.units import convert


@dataclass(frozen=True)
class InputDose:
    """An amount of one molecule that enters a person.

    Parameters
    ----------
    time : float
        Hours.
    use : Use
        Molecule, route and product.
    amount_mg : float
        Free base.
    duration : float
        Of an infusion, h; 0 for a bolus.
    slots : tuple of str
        Evidence slots that the amount rests on (contents, shares).
    """

    time: float
    use: Use
    amount_mg: float
    duration: float
    slots: tuple[str, ...] = ()


def input_doses(
    administrations: Iterable[Administration], library: Library, evidence: Evidence
) -> tuple[InputDose, ...]:
    """Resolve products into molecules.

    Parameters
    ----------
    administrations : iterable of Administration
    library : Library
    evidence : Evidence
        Contents and shares.

    Returns
    -------
    tuple of InputDose
        Grams of leaf times content; the content of the other alkaloids scales with what the user states for
        the main one. Measured amounts ("containing") are taken as they are, and only these.

    Raises
    ------
    RegimenError
        If a dose cannot be resolved.
    """
    known: dict[Dose, tuple[tuple[Use, float, tuple[str, ...]], ...]] = {}
    found = []
    for item in administrations:
        if item.dose not in known:
            known[item.dose] = tuple(_molecules(item.dose, library, evidence))
        found += [
            InputDose(item.time, use, amount, item.dose.duration, slots)
            for use, amount, slots in known[item.dose]
        ]
    return tuple(found)


def _molecules(
    dose: Dose, library: Library, evidence: Evidence
) -> Iterable[tuple[Use, float, tuple[str, ...]]]:
    item = library.item(dose.item)
    route = library.route_of(item, dose.route)
    if route is None:
        raise RegimenError(f"{item.name} has no {dose.route or 'route'}", expected="a route of the drug")
    if isinstance(item, Drug):
        return [(Use(item.name, route), float(convert(dose.amount, dose.unit, "mg")), ())]
    if dose.containing:
        return [(Use(drug, route), amount, ()) for drug, amount in dose.containing]
    if item.is_weighed:
        return _weighed(dose, item, route, evidence)
    return _dosed(dose, item, route, evidence)


def _dosed(
    dose: Dose, product: Product, route: str, evidence: Evidence
) -> Iterable[tuple[Use, float, tuple[str, ...]]]:
    """Of products dosed by the mass of drug or salt in them, or by what a patch releases an hour."""
    wear = (product.wear,) if product.wear and dose.unit.endswith(PER_HOUR) else ()
    hours = evidence.slot(wear[0]).value("h") if wear else 1.0
    total = hours * float(convert(dose.amount, dose.unit.removesuffix(PER_HOUR), "mg"))
    for part in product.components:
        slots = tuple(slot for slot in (part.share, part.salt) if slot)
        shares = [evidence.slot(slot).value("") for slot in slots]
        use = Use(part.drug, route, product.name if part.preparation else None)
        yield use, total * prod(shares), (*slots, *wear)


def _weighed(
    dose: Dose, product: Product, route: str, evidence: Evidence
) -> Iterable[tuple[Use, float, tuple[str, ...]]]:
    grams = float(convert(dose.amount, dose.unit, "g"))
    stated = dict(dose.content)
    default = {part.drug: part.content for part in product.components if part.content}
    scale = 1.0
    if product.main in stated and product.main in default:
        scale = stated[product.main] / evidence.slot(str(default[product.main])).value("mg/g")
    for part in product.components:
        use = Use(part.drug, route, product.name, is_content_stated=product.main in stated)
        if part.drug in stated:
            yield use, grams * stated[part.drug], ()
        elif part.content:
            content = evidence.slot(part.content).value("mg/g")
            yield use, grams * content * scale, (part.content,)


def uses(doses: Iterable[InputDose]) -> tuple[Use, ...]:
    """The distinct uses of some doses, in order of appearance."""
    return tuple(dict.fromkeys(dose.use for dose in doses))


def to_events(
    doses: Sequence[InputDose], inlets: Mapping[Use, tuple[int, ...]], molar_mass: Mapping[str, float]
) -> Events:
    """The event records of some doses: each dose goes, whole, to every inlet of its use.

    Parameters
    ----------
    doses : sequence of InputDose
    inlets : mapping of Use to tuple of int
        Positions of the inlets in the model.
    molar_mass : mapping of str to float
        g/mol by drug.

    Returns
    -------
    Events
        In order of time; amounts in nmol.
    """
    records: list[tuple[float, int, float, float]] = []
    for dose in sorted(doses, key=lambda item: item.time):
        amount = float(convert(dose.amount_mg, "mg", "nmol", molar_mass=molar_mass[dose.use.drug]))
        rate = amount / dose.duration if dose.duration > 0.0 else 0.0
        records += [(dose.time, inlet, amount, rate) for inlet in inlets[dose.use]]
    table = np.array(records, dtype=np.float64).reshape(-1, 4)
    zeros = np.zeros(len(table), dtype=np.int64)
    return Events(
        time=table[:, 0].copy(),
        inlet=table[:, 1].astype(np.int64),
        amount=table[:, 2].copy(),
        rate=table[:, 3].copy(),
        evid=zeros + 1,
        interval=np.zeros(len(table)),
        additional=zeros,
        steady_state=zeros,
    )


def model_events(doses: Sequence[InputDose], model: Model, evidence: Evidence) -> Events:
    """The event records of some doses in a model that has inlets for their uses."""
    inlets = {use: model.inlet_groups[use.group] for use in uses(doses)}
    masses = {use.drug: evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in inlets}
    return to_events(doses, inlets, masses)
