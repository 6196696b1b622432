"""Arms of the extended model: breathing driven by the receptor signal of the drug library.

Every opioid of the library by every route, partial agonists and kratom included, with tolerance from what
came before; antagonists likewise. The physiology is that of the published model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speciosa.body.breathing import breathing, signal_drive
from speciosa.body.person import RECEPTOR, modules_for
from speciosa.drugs import Use
from speciosa.model import compose
from speciosa.overdose.arm import Arm, Dosing
from speciosa.overdose.case import LONGEST, Overdose
from speciosa.regimens import Administration, InputDose, input_doses, uses
from speciosa.simulation import Scenario, Setting
from speciosa.units import convert


def extended_arm(case: Overdose, name: str, setting: Setting) -> Arm:
    """One arm of the extended model.

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
    SpeciosaError
        If a drug or dose cannot be used.
    """
    doses = _inputs(Scenario(case.opioid, case.people, LONGEST).administrations, setting)
    given = _inputs(case.rescue_doses(name), setting)
    used = tuple(dict.fromkeys((*uses(doses), *uses(given))))
    model = compose(
        (*modules_for(used, setting.library), signal_drive(RECEPTOR), *breathing(is_hyperoxia_bounded=True)),
        setting.evidence,
        name=case.opioid.text,
    )
    inlets = {use: model.inlet_groups[use.group] for use in used}
    masses = {use.drug: setting.evidence.slot(f"{use.drug}.molar_mass").value("g/mol") for use in used}
    contents = [slot for dose in (*doses, *given) for slot in dose.slots]
    return Arm(
        name=name,
        model=model,
        opioid=_dosing(doses, inlets, masses),
        rescue=_dosing(given, inlets, masses),
        slots=tuple(dict.fromkeys((*(f"{drug}.molar_mass" for drug in masses), *contents))),
    )


def _inputs(doses: Sequence[Administration], setting: Setting) -> tuple[InputDose, ...]:
    return input_doses(doses, setting.library, setting.evidence)


def _dosing(
    doses: Sequence[InputDose], inlets: Mapping[Use, tuple[int, ...]], masses: Mapping[str, float]
) -> tuple[Dosing, ...]:
    found = []
    for dose in doses:
        amount = float(convert(dose.amount_mg, "mg", "nmol", molar_mass=masses[dose.use.drug]))
        rate = amount / dose.duration if dose.duration > 0.0 else 0.0
        found.append(Dosing(dose.time, inlets[dose.use], amount, rate))
    return tuple(found)
