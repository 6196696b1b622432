"""Named alternatives of the selection: how they are read, chosen and explained."""

from __future__ import annotations

import pytest

from speciosa.errors import UnknownNameError
from speciosa.evidence import load

FILE = "selection/alpha.toml"
OLD = 'row = "a-cl"\nwhy = "The fit."\n'
NEW = OLD + 'name = "fit"\nalternatives.tea = { row = "a-cl-tea", why = "After tea." }\n'


@pytest.fixture
def chosen(folder):
    folder.replace(FILE, OLD, NEW)
    return folder.load()


def test_the_named_row_is_in_use_and_the_others_wait(chosen):
    slot = chosen.slot("alpha.CL/F")
    assert (slot.row.id, slot.choice, slot.choices) == ("a-cl", "fit", ("fit", "tea"))
    assert [(item.row.id, item.why) for item in slot.alternatives] == [("a-cl-tea", "After tea.")]


def test_choosing_swaps_the_row_and_its_reason(chosen):
    other = chosen.choosing({"alpha.CL/F": "tea"})
    slot = other.slot("alpha.CL/F")
    assert (slot.row.id, slot.why, slot.choices) == ("a-cl-tea", "After tea.", ("tea", "fit"))
    assert slot.value("mL/min") == 600.0
    assert chosen.slot("alpha.CL/F").row.id == "a-cl", "the evidence itself is unchanged"
    assert other.digest == chosen.digest


def test_choosing_again_or_back_is_no_surprise(chosen):
    other = chosen.choosing({"alpha": "tea"})
    assert other.choosing({"alpha": "tea"}).slot("alpha.CL/F") == other.slot("alpha.CL/F")
    assert other.choosing({"alpha": "fit"}).slot("alpha.CL/F").row.id == "a-cl"


def test_an_alternative_disagrees_with_what_is_in_use(chosen):
    assert "a-cl-tea" in [row.id for row in chosen.disagreeing("alpha.CL/F")]
    back = chosen.choosing({"alpha": "tea"}).disagreeing("alpha.CL/F")
    assert "a-cl" in [row.id for row in back]
    assert "a-cl-tea" not in [row.id for row in back]


def test_the_explanation_names_what_may_be_chosen(chosen):
    text = chosen.why("alpha.CL/F").text
    assert "choice    fit" in text
    assert "or choose tea: 600 mL/min, row a-cl-tea. After tea." in text
    assert chosen.why("alpha.CL/F").as_dict()["alternatives"][0]["name"] == "tea"


@pytest.mark.parametrize("choice", [{"alpha.CL/F": "teas"}, {"alpha": "teas"}, {"alpha.CL": "tea"}])
def test_what_cannot_be_chosen_is_answered_with_near_misses(chosen, choice):
    with pytest.raises(UnknownNameError, match=r"^unknown choice '.*Did you mean 'alpha\.CL/F=tea'"):
        chosen.choosing(choice)


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (OLD + 'name = "fit"\n', "'alpha.CL/F' has one of them"),
        (OLD + 'alternatives.tea = { row = "a-cl-tea", why = "x" }\n', "'alpha.CL/F' has one of them"),
        (NEW.replace("a-cl-tea", "a-cl-te"), "no row has the id 'a-cl-te'"),
        (NEW.replace("a-cl-tea", "a-gap"), "row 'a-gap' has no value"),
        (NEW.replace(', why = "After tea."', ""), "'tea' is not complete"),
        (NEW.replace("alternatives.tea", "alternatives.fit"), "'fit' is no name"),
        (NEW.replace('"fit"', '"The Fit"'), "'The Fit' is no name"),
    ],
)
def test_faults_of_alternatives_name_the_line(folder, new, problem):
    folder.replace(FILE, OLD, new)
    (fault,) = folder.faults()
    assert fault.problem == problem
    assert fault.file == FILE
    assert fault.line > 1


def test_every_packaged_alternative_gives_a_value_in_the_unit_of_its_rival():
    evidence = load()
    slots = [slot for slot in evidence.slots.values() if slot.alternatives]
    assert len(slots) > 15
    for slot in slots:
        for item in slot.alternatives:
            assert item.why, slot.name
            assert slot.choosing(item.name).value(slot.row.unit) >= 0.0


def test_a_whole_set_switches_together():
    evidence = load().choosing({"oxycodone": "agema", "oxycodone.oral.ka": "franke"})
    assert evidence.slot("oxycodone.CL").row.id == "oxy-agema-cl"
    assert evidence.slot("oxycodone.V").row.id == "oxy-agema-v"
    assert evidence.slot("oxycodone.oral.ka").row.id == "oxycodone-franke2015-ka", "longer names win"
