"""What is asked: readable questions, and refusals that say what would have been accepted."""

from __future__ import annotations

import re

import pytest

from speciosa.body.breathing import breathing, published_drive, signal_drive
from speciosa.body.kinetics import binding_kinetics
from speciosa.body.published import antagonist, opioid
from speciosa.errors import SpeciosaError
from speciosa.overdose import Overdose, read_overdose
from speciosa.overdose.library import ITEMS, published_library
from speciosa.overdose.published import PULSES
from speciosa.overdose.run import LIMITS_OF_REPORTS, PLAN, arms_of
from speciosa.overdose.uncertainty import uncertainty_slots
from speciosa.people import population
from speciosa.simulation import Setting

SETTING = Setting()
PEOPLE = population(SETTING.evidence, 1, seed=1)


def case(opioid: str, *rescues: str, **options: object) -> Overdose:
    return read_overdose(opioid, rescues, PEOPLE, SETTING, **options)  # type: ignore[arg-type]


FAULTS = [
    (
        ("fentanyl 1 mg IV", "fentanyl 1 mg IV"),
        {},
        "fentanyl is no opioid antagonist; expected an opioid antagon",
    ),
    (("naloxone 2 mg IV",), {}, "naloxone is no opioid agonist"),
    (("fentanyl 1 mg IV; carfentanil 0.1 mg IV",), {}, "takes one drug by one route in an arm"),
    (("fentanyl 1 mg IV", "naloxone 2 mg IV; naloxone 2 mg IM"), {}, "takes one drug by one route in an arm"),
    (("nothing",), {}, "no opioid is given; expected a dose: fentanyl 1.625 mg IV"),
    (("morphine 10 mg IV",), {}, "unknown drug 'morphine'"),
    (
        ("after fentanyl 1 mg IV once a day for 3 days: fentanyl 1 mg IV",),
        {},
        "the published model knows no history",
    ),
    (("fentanyl 1 mg IV",), {"model": "best"}, "unknown model 'best'; expected one of: published, extended"),
    (
        ("fentanyl 1 mg IV",),
        {"tolerance": "some"},
        "unknown tolerance 'some'; expected one of: chronic, naive",
    ),
    (("fentanyl 1 mg IV",), {"delay": -1.0}, "the delay is -1; expected 0 to 48 h"),
    (("fentanyl 1 mg IV",), {"trigger": 2.0}, "the trigger is 2; expected 0 to 1 of resting ventilation"),
    (("fentanyl 1 mg IV",), {"until": 100.0}, "the end is 100; expected"),
    (("fentanyl 1 mg IV",), {"oxygen": 7600.0}, "the inspired PO2 is 7600; expected 1 to 760 mmHg"),
]


@pytest.mark.parametrize(("texts", "options", "message"), FAULTS, ids=[fault[2][:40] for fault in FAULTS])
def test_what_cannot_be_asked(texts: tuple[str, ...], options: dict[str, object], message: str) -> None:
    with pytest.raises(SpeciosaError, match=re.escape(message)):
        case(*texts, **options)


def test_a_nasal_dose_that_is_no_spray() -> None:
    with pytest.raises(SpeciosaError, match=r"no nasal naloxone dose of 2 mg; expected 4 mg \(one"):
        arms_of(case("fentanyl 1 mg IV", "naloxone 2 mg intranasal"), SETTING)


def test_an_empty_rescue() -> None:
    with pytest.raises(SpeciosaError, match="'nothing' gives no antagonist"):
        arms_of(case("fentanyl 1 mg IV", "nothing"), SETTING)


def test_two_rescues_of_one_name() -> None:
    with pytest.raises(SpeciosaError, match="two rescues have one name"):
        case("fentanyl 1 mg IV", "naloxone 4 mg intranasal", "naloxone 4 mg  intranasal")


def test_two_sprays_at_once_are_a_pair() -> None:
    _, single, pair = arms_of(
        case("fentanyl 1 mg IV", "naloxone 4 mg intranasal", "naloxone 8 mg intranasal"), SETTING
    )
    names = [[arm.model.inlets[i].name for i in arm.rescue[0].inlets] for arm in (single, pair)]
    assert names == [
        ["naloxone.intranasal", "naloxone.intranasal counted"],
        ["naloxone.intranasal pair", "naloxone.intranasal pair counted"],
    ]


def test_an_intravenous_dose_is_the_published_train_of_boluses() -> None:
    _, arm = arms_of(case("fentanyl 1 mg IV", "naloxone 2 mg IV"), SETTING)
    (dose,) = arm.rescue
    assert dose.additional == 100
    assert dose.interval * 3600.0 == pytest.approx(0.1)
    assert dose.amount * 100 == pytest.approx(2e-3 / 327.27 * 1e9)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_item_can_be_given(item) -> None:
    text = f"{item.name} 4 mg once"
    if item.group == "opioid agonist":
        assert arms_of(case(text), SETTING)[0].opioid
    else:
        assert arms_of(case("fentanyl 1 mg IV", text), SETTING)[1].rescue


def test_names_of_the_grammar_are_distinct() -> None:
    assert len(published_library().names) == len(set(published_library().names))


def test_what_is_set_replaces_evidence() -> None:
    (arm,) = arms_of(case("fentanyl 1 mg IV", trigger=0.6, oxygen=400.0), SETTING)
    assert arm.model.parameter("rescue.trigger").value == 0.6
    assert arm.model.parameter("breathing.inspired.PO2").value == 400.0


def test_no_slot_is_left_over() -> None:
    """Every slot of breathing, rescue and the published drugs is used by an arm, a report or the clamp."""
    used: set[str] = {"breathing.clamp.PCO2", *PLAN, *LIMITS_OF_REPORTS}
    for item in ITEMS:
        for route in dict(item.routes).values():
            modules = {"opioid agonist": opioid, "opioid antagonist": antagonist}[item.group](
                item.drug, route
            )
            used |= {parameter.name for parameter in modules.parameters}
            used |= {part.spread.slot for part in modules.parameters if part.spread}
        used |= {f"{item.drug}.published.molar_mass", *uncertainty_slots(item.drug)}
        used |= {parameter.name for parameter in binding_kinetics([item.drug]).parameters}
    drives = [published_drive(["fentanyl"], tolerance) for tolerance in ("naive", "chronic")]
    for module in (*breathing(is_hyperoxia_bounded=True), *drives, signal_drive("MOR")):
        used |= {parameter.name for parameter in module.parameters}
    ours = [
        name
        for name in SETTING.evidence.slots
        if name.startswith(("breathing.", "rescue.", "binding."))
        or ".published." in name
        or ".binding." in name
    ]
    assert [name for name in ours if name not in used | set(PULSES)] == []
