"""Why a parameter has its value: text and data."""

import json

import pytest

from speciosa.errors import UnitError, UnknownNameError
from speciosa.evidence import explain, load, show


def test_the_whole_text(folder):
    assert explain(folder.load(), "alpha.CL/F").text == (
        "alpha.CL/F = 36 L/h\n"
        "  row       a-cl (kinetics.csv:2)\n"
        "  quantity  CL/F of alpha\n"
        "  condition adults, oral\n"
        "  spread    none given\n"
        "  source    prefit_fit: Own calculation, not literature: this project (2026). Own fits. "
        "not published.\n"
        "  locator   fit to a-cl-tea\n"
        "  seen      secondary, grade C: quoted by a secondary source; check before a claim of validation\n"
        "  kind      derived: arithmetic or fit of this project on published numbers\n"
        "  why       The fit. (selection/alpha.toml:2)\n"
        "Rows that disagree (2):\n"
        "  600 mL/min = 36 L/h (range 500 to 700)  a-cl-tea  [A: full-text, measured]\n"
        "      meyer2020, Table 3; tea\n"
        "  no value  a-gap  [D: memory, assumed]\n"
        "      meyer2020; fasting\n"
        "      not measured"
    )


def test_a_value_without_rivals(folder):
    folder.append("selection/more.toml", '["beta.IIV_CL"]\nrow = "b-iiv"\nwhy = "The only one."\n')
    text = explain(folder.load(), "beta.IIV_CL").text
    assert text.splitlines()[0] == "beta.IIV_CL = 50 CV% = 0.472381 omega"
    assert text.splitlines()[-1] == "No row disagrees."


def test_the_converted_value_follows_the_unit_asked_for(folder):
    evidence = folder.load()
    assert evidence.why("alpha.CL/F", "mL/min").text.startswith("alpha.CL/F = 36 L/h = 600 mL/min\n")
    assert evidence.why("beta.Ki.MOR", "ng/mL", 400.0).value == pytest.approx(2.0)
    with pytest.raises(UnitError, match=r"^parameter 'alpha\.CL/F', row 'a-cl'"):
        evidence.why("alpha.CL/F", "kg")


def test_an_unknown_parameter_offers_near_misses(folder):
    with pytest.raises(UnknownNameError, match=r"Did you mean 'beta\.Ki\.MOR'"):
        explain(folder.load(), "beta.Ki")


def test_data_of_an_explanation_are_json(folder):
    data = json.loads(json.dumps(explain(folder.load(), "alpha.CL/F").as_dict()))
    assert (data["parameter"], data["value"], data["unit"]) == ("alpha.CL/F", 36.0, "L/h")
    assert data["row"]["grade"] == "C"
    assert data["source"]["id"] == "prefit_fit"
    assert data["selection"] == "selection/alpha.toml:2"
    assert [item["id"] for item in data["disagreeing"]] == ["a-cl-tea", "a-gap"]
    assert data["disagreeing"][0]["value_in_unit"] == pytest.approx(36.0)
    assert data["disagreeing"][1]["value_in_unit"] is None


def test_the_clearance_of_mitragynine():
    text = str(load().why("mitragynine.CL/F"))
    assert text.startswith("mitragynine.CL/F = 36 L/h\n  row       mtg-base-clf (kratom_pk.csv:")
    for part in (
        "233 L/h (range 71.7 to 302)  mtg-clf-tea-tanna2022  [A: full-text, measured]",
        "98.1 L/h (SD 51.3)  mtg-clf-tea-trakulsrichai2015-reread",
        "7550 L/h (SD 3900)  mtg-clf-tea-trakulsrichai2015-asprinted",
        "Own calculation, not literature",
        "secondary, grade C",
        "fit to huestis2026 and huestis2024",
    ):
        assert part in text


def test_every_packaged_parameter_can_be_explained():
    evidence = load()
    for name in evidence.slots:
        explanation = evidence.why(name)
        assert explanation.text.startswith(f"{name} = ")
        assert explanation.value is not None
        assert max(len(line) for line in explanation.text.splitlines()) < 200


def test_a_row_by_itself(folder):
    lines = show(folder.load(), "a-cl-tea").splitlines()
    assert lines[0] == "a-cl-tea = 600 mL/min"
    assert "  spread    range 500 to 700, n = 5" in lines
    assert lines[-1] == "  used by   no parameter"
    assert show(folder.load(), "a-cl").endswith("  used by   alpha.CL/F")
