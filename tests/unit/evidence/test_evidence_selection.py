"""The selection: slots, and every fault of a selection file with its line."""

import pytest

from speciosa.errors import EvidenceError, UnitError, UnknownNameError
from speciosa.evidence import load

FILE = "selection/alpha.toml"


def test_a_slot_gives_its_value_in_a_unit(folder):
    slot = folder.load().slot("alpha.CL/F")
    assert (slot.drug, slot.why, slot.rivals, slot.file, slot.line) == (
        "alpha",
        "The fit.",
        ("a-gap",),
        FILE,
        2,
    )
    assert slot.value("L/h") == 36.0
    assert slot.value("mL/min") == pytest.approx(600.0)


def test_a_slot_converts_through_a_molar_mass(folder):
    assert folder.load().slot("beta.Ki.MOR").value("ng/mL", molar_mass=400.0) == pytest.approx(2.0)


def test_a_unit_that_does_not_fit_names_slot_row_and_line(folder):
    with pytest.raises(UnitError) as caught:
        folder.load().slot("alpha.CL/F").value("L")
    assert str(caught.value) == (
        "parameter 'alpha.CL/F', row 'a-cl' (kinetics.csv:2): cannot convert 'L/h' (volume/time) "
        "to 'L' (volume); "
        "expected units of the same dimension."
    )


def test_an_unknown_slot_offers_near_misses(folder):
    with pytest.raises(UnknownNameError) as caught:
        folder.load().slot("alpha.CL")
    assert str(caught.value) == "unknown parameter 'alpha.CL'. Did you mean 'alpha.CL/F'?"


def test_every_packaged_slot_has_a_value_and_a_reason():
    for slot in load().slots.values():
        assert slot.row.value is not None
        assert slot.why, slot.name


def test_the_base_set_of_mitragynine_is_in_use():
    slots = load().slots
    rows = {name: slots[f"mitragynine.{name}"].row.id for name in ("CL/F", "V1/F", "Q/F", "V2/F")}
    assert rows == {
        "CL/F": "mtg-base-clf",
        "V1/F": "mtg-base-v1f",
        "Q/F": "mtg-base-qf",
        "V2/F": "mtg-base-v2f",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            *('row = "a-cl"', 'row = "a-cl-te"'),
            f"{FILE}:3, key 'row': no row has the id 'a-cl-te'; expected the id of an evidence row. "
            "Did you mean 'a-cl-tea' or 'a-cl'?",
        ),
        (
            *('row = "a-cl"\nwhy = "The fit."\nrivals = ["a-gap"]', 'row = "a-gap"\nwhy = "The fit."'),
            f"{FILE}:3, key 'row': row 'a-gap' has no value; expected a row with a number",
        ),
        (
            *('row = "a-cl"\n', ""),
            f"{FILE}:2, key 'row': no row is named; expected the id of an evidence row",
        ),
        (
            *('row = "a-cl"', "row = 7"),
            f"{FILE}:3, key 'row': 7 is no text; expected the id of an evidence row",
        ),
        (
            *('why = "The fit."', 'why = " "'),
            f"{FILE}:4, key 'why': 'alpha.CL/F' has no reason; expected one sentence that says why this row",
        ),
        (
            *('rivals = ["a-gap"]', 'rivals = ["zzz"]'),
            f"{FILE}:5, key 'rivals': no row has the id 'zzz'; expected the id of an evidence row",
        ),
        (
            *('rivals = ["a-gap"]', 'rivals = "a-gap"'),
            f"{FILE}:5, key 'rivals': rivals is no list; expected a list of row ids",
        ),
        (
            *('rivals = ["a-gap"]', 'rivals = ["a-cl"]'),
            f"{FILE}:5, key 'rivals': 'a-cl' is the row in use; expected other rows",
        ),
        (
            *('rivals = ["a-gap"]', 'rival = ["a-gap"]'),
            f"{FILE}:5, key 'rival': unknown key 'rival'; "
            "expected one of row, why, rivals, name, alternatives",
        ),
        (
            *('["alpha.CL/F"]', "[alpha.CL]"),
            f"{FILE}:2: 'alpha' names no parameter; expected a quoted table name, as [\"mitragynine.CL/F\"]",
        ),
        (
            *('["alpha.CL/F"]', "[alpha.CL/F]"),
            f"{FILE}:2: the file cannot be read (Expected ']' at the end of a table declaration); "
            'expected TOML with quoted table names, as ["mitragynine.CL/F"]',
        ),
    ],
)
def test_faults_of_a_selection_name_line_and_key(folder, old, new, message):
    folder.replace(FILE, old, new)
    assert [str(fault) for fault in folder.faults()] == [message]
    with pytest.raises(EvidenceError) as caught:
        folder.load()
    assert message.rstrip("?") in str(caught.value)


def test_a_parameter_is_selected_once_over_all_files(folder):
    folder.append("selection/more.toml", '\n["alpha.CL/F"]\nrow = "a-cl-tea"\nwhy = "Another view."\n')
    assert [str(fault) for fault in folder.faults()] == [
        f"selection/more.toml:2: 'alpha.CL/F' stands already in {FILE}:2; expected one table a "
        "parameter over all files"
    ]
