"""From products to molecules and to a model's events."""

from __future__ import annotations

import pytest

from speciosa.drugs import Use, catalog
from speciosa.errors import RegimenError
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


def test_salts_are_counted_as_base() -> None:
    found = doses("oxycodone IR 15 mg by mouth once")["oxycodone"]
    assert found.amount_mg == pytest.approx(15.0 * load().slot("oxycodone.salt").value(""))
    assert found.slots == ("oxycodone.salt",)
    assert found.use == Use("oxycodone", "oral")


def test_a_racemic_salt_is_split_and_counted_as_base() -> None:
    found = doses("methadone hydrochloride 40 mg once")
    assert found["r-methadone"].amount_mg == pytest.approx(20.0 * load().slot("methadone.salt").value(""))


def test_a_patch_is_dosed_by_its_rate() -> None:
    found = doses("fentanyl patch 100 ug/h once")["fentanyl"]
    assert found.amount_mg == pytest.approx(7.2)
    assert found.slots == ("fentanyl.patch.wear",)
    assert doses("fentanyl patch 7.2 mg once")["fentanyl"].amount_mg == pytest.approx(7.2)
    assert doses("fentanyl patch 100 mcg per hour once")["fentanyl"].amount_mg == pytest.approx(7.2)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("buprenorphine weekly depot 24 mg SC once", "weekly depot"),
        ("sublocade 300 mg under the skin once", "monthly solution depot"),
        ("buprenorphine film 8 mg sublingual once", "sublingual film"),
        ("buprenorphine 8 mg sublingual once", "sublingual"),
        ("oxycontin 20 mg by mouth once", "oral extended release"),
        ("tramadol 100 mg by mouth once", "oral extended release"),
        ("vivitrol 380 mg IM once", "monthly injection"),
        ("heroin 20 mg smoked once", "inhaled"),
        ("OTFC 200 ug buccally once", "transmucosal"),
    ],
)
def test_a_place_finds_the_route_that_is_taken_there(text: str, route: str) -> None:
    (dose,) = doses(text).values()
    assert dose.use.route == route
    assert parse(parse(text, catalog()).text, catalog()).text == parse(text, catalog()).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("buprenorphine 24 mg SC once", "buprenorphine has no subcutaneous route in the library"),
        ("buprenorphine weekly depot 24 mg IV once", "buprenorphine weekly depot has no intravenous route"),
        ("morphine 2 mg/h IV once", "morphine is dosed in mg/h; expected an amount"),
        ("oxycodone IR 2 mg/h once", "oxycodone hydrochloride is dosed in mg/h"),
    ],
)
def test_a_place_or_rate_that_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(RegimenError, match=message):
        parse(text, catalog())


def test_each_hour_is_a_rhythm_and_an_hour_a_rate() -> None:
    assert "every 1 h" in parse("morphine 2 mg IV each hour for 3 h", catalog()).text
    with pytest.raises(RegimenError, match="dosed in mg/h"):
        parse("morphine 2 mg an hour IV", catalog())
