"""From products to molecules and to a model's events."""

from __future__ import annotations

import pytest

from speciosa.drugs import Use, catalog
from speciosa.evidence import load
from speciosa.regimens import InputDose, input_doses, parse, to_events, uses


def doses(text: str) -> dict[str, InputDose]:
    found = input_doses(parse(text, catalog()).administrations(0.0), catalog(), load())
    return {dose.use.drug: dose for dose in found}


def content(drug: str) -> float:
    return load().slot(f"kratom leaf.content.{drug}").value("mg/g")


def test_powder_with_the_default_content() -> None:
    found = doses("kratom powder 2 g once")
    assert len(found) == 6
    for drug, dose in found.items():
        assert dose.amount_mg == pytest.approx(2.0 * content(drug))
        assert dose.slots == (f"kratom leaf.content.{drug}",)
        assert dose.use == Use(drug, "oral", "kratom powder", is_content_stated=False)


def test_stated_content_scales_the_other_alkaloids() -> None:
    found = doses("kratom powder 2 g (13.3 mg mitragynine per g) once")
    assert found["mitragynine"].amount_mg == pytest.approx(26.6)
    assert found["mitragynine"].slots == ()
    share = content("speciociliatine") / content("mitragynine")
    assert found["speciociliatine"].amount_mg == pytest.approx(26.6 * share)
    assert found["speciociliatine"].use.is_content_stated


def test_measured_amounts_are_taken_as_they_are() -> None:
    found = doses("kratom extract containing 29.6 mg mitragynine once")
    assert list(found) == ["mitragynine"]
    assert found["mitragynine"].amount_mg == 29.6
    assert found["mitragynine"].use == Use("mitragynine", "oral")


def test_racemate_is_split() -> None:
    found = doses("methadone 40 mg once")
    assert {drug: dose.amount_mg for drug, dose in found.items()} == {
        "r-methadone": 20.0,
        "s-methadone": 20.0,
    }


def test_events_go_whole_to_every_inlet_of_the_use() -> None:
    given = input_doses(
        parse("buprenorphine 16 mg sublingual once", catalog()).administrations(0.0), catalog(), load()
    )
    mass = load().slot("buprenorphine.molar_mass").value("g/mol")
    events = to_events(given, {uses(given)[0]: (3, 5)}, {"buprenorphine": mass})
    assert events.inlet.tolist() == [3, 5]
    assert events.amount.tolist() == pytest.approx([16e6 / mass] * 2)


def test_infusion_becomes_a_rate() -> None:
    given = input_doses(
        parse("morphine 10 mg IV over 30 min at 4 h", catalog()).administrations(9.0), catalog(), load()
    )
    events = to_events(given, {uses(given)[0]: (0,)}, {"morphine": 285.34})
    assert events.time.tolist() == [4.0]
    assert events.amount[0] / events.rate[0] == pytest.approx(0.5)


def test_no_doses_are_no_events() -> None:
    assert to_events((), {}, {}).size == 0
