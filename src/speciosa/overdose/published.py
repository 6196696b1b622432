"""Arms of the published model: its own pharmacokinetics, binding and drive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speciosa.body.breathing import breathing, published_drive
from speciosa.body.kinetics import binding_kinetics
from speciosa.body.published import antagonist, opioid
from speciosa.errors import ScenarioError
from speciosa.model import Model, compose
from speciosa.overdose.arm import Arm, Dosing
from speciosa.overdose.case import LONGEST, Overdose
from speciosa.overdose.library import Item, published_items
from speciosa.regimens import Administration
from speciosa.simulation import Setting
from speciosa.units import convert

SPRAY = "naloxone.published.intranasal.spray"
PULSES = tuple(f"naloxone.published.intravenous.{key}" for key in ("pulses", "parts", "step"))
ROUNDING = 1e-9


def published_arm(case: Overdose, name: str, setting: Setting) -> Arm:
    """One arm of the published model.

    Parameters
    ----------
    case : Overdose
    name : str
        Of the arm: that of a rescue, or of the one without antagonist.
    setting : Setting

    Returns
    -------
    Arm

    Raises
    ------
    ScenarioError
        If a dose cannot be given in that model.
    """
    doses = case.opioid.administrations(LONGEST)
    given = case.rescue_doses(name)
    item, route = _item(doses[0])
    items = [(item, route), *([_item(given[0])] if given else [])]
    drugs = [found.drug for found, _ in items]
    modules = [opioid(item.drug, route), *(antagonist(found.drug, by) for found, by in items[1:])]
    model = compose(
        (*breathing(), published_drive(drugs[:1], case.tolerance), binding_kinetics(drugs), *modules),
        setting.evidence,
        name=case.opioid.text,
    )
    uncertain = [drug for drug in drugs if f"{drug}.binding.uncertainty.kon" in setting.evidence.slots]
    masses = [f"{drug}.published.molar_mass" for drug in drugs]
    extra = (SPRAY,) if (drugs[-1], items[-1][1]) == ("naloxone", "intranasal") else ()
    pulses = PULSES if (drugs[-1], items[-1][1]) == ("naloxone", "intravenous") else ()
    return Arm(
        name=name,
        model=model,
        opioid=tuple(_dosing(model, doses, setting)),
        rescue=tuple(_dosing(model, given, setting)),
        ligands=tuple(uncertain),
        slots=(*masses, *extra, *pulses),
    )


def _item(dose: Administration) -> tuple[Item, str]:
    item = published_items()[dose.dose.item]
    return item, item.route(dose.dose.route)


def _dosing(model: Model, doses: Sequence[Administration], setting: Setting) -> Iterable[Dosing]:
    for dose in doses:
        item, route = _item(dose)
        mass = setting.evidence.slot(f"{item.drug}.published.molar_mass").value("g/mol")
        amount = float(convert(dose.dose.amount, dose.dose.unit, "nmol", molar_mass=mass))
        group = f"{item.drug}/{route}"
        if item.drug == "naloxone" and route == "intranasal":
            group += _pairing(dose, setting)
        inlets = model.inlet_groups[group]
        if item.drug == "naloxone" and route == "intravenous":
            pulses, parts = (setting.evidence.slot(slot).value("count") for slot in PULSES[:2])
            step = setting.evidence.slot(PULSES[2]).value("h")
            yield Dosing(dose.time, inlets, amount / parts, additional=int(pulses) - 1, interval=step)
        else:
            rate = amount / dose.dose.duration if dose.dose.duration else 0.0
            yield Dosing(dose.time, inlets, amount, rate)


def _pairing(dose: Administration, setting: Setting) -> str:
    """Which inlets a nasal dose takes: one spray, or two at once."""
    spray = setting.evidence.slot(SPRAY).value("mg")
    sprays = float(convert(dose.dose.amount, dose.dose.unit, "mg")) / spray
    for number, suffix in ((1, ""), (2, "/pair")):
        if abs(sprays - number) < ROUNDING:
            return suffix
    raise ScenarioError(
        f"the published model has no nasal naloxone dose of {dose.dose.amount:g} {dose.dose.unit}",
        where=dose.dose.text,
        expected=f"{spray:g} mg (one spray) or {2 * spray:g} mg (two at once)",
        advice="The extended model takes any dose.",
    )
