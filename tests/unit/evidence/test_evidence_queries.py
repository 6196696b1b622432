"""Queries: find, rows, rows that disagree, intervals and trust."""

import math

import pytest

from speciosa.errors import EvidenceError, UnitError, UnknownNameError
from speciosa.evidence import Row, load, trust
from speciosa.evidence.quantity import normalized, site


def ids(rows):
    return [row.id for row in rows]


def make_row(**changes):
    fields = {
        **{"id": "r", "drug": "alpha", "quantity": "CL", "condition": "", "value": 10.0, "unit": "L/h"},
        **{"spread_type": "none", "spread": "", "n": None, "source_key": "s", "locator": ""},
        **{"seen": "full-text", "note": "", "kind": "measured", "file": "f.csv", "line": 2},
    }
    return Row(**{**fields, **changes})


def test_find_by_each_condition(folder):
    evidence = folder.load()
    assert len(evidence.find()) == 8
    assert ids(evidence.find(drug="Alpha")) == ["a-cl", "a-cl-tea", "a-cl-kg", "a-gap", "b-ki"]
    assert ids(evidence.find(quantity="cl/f")) == ["a-cl", "a-cl-tea", "a-cl-kg", "a-gap"]
    assert ids(evidence.find(source="prefit_fit")) == ["a-cl"]
    assert ids(evidence.find(seen="memory")) == ["a-gap", "b-ki-memory"]
    assert ids(evidence.find(kind="model")) == ["b-iiv"]
    assert ids(evidence.find(text="RAT")) == ["b-ki-memory"]
    assert ids(evidence.find("beta", "Ki", seen="full-text", text="human")) == ["b-ki", "b-ki-kor"]
    assert evidence.find(drug="gamma") == ()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"source": "meyer2021"}, "unknown source 'meyer2021'. Did you mean 'meyer2020'?"),
        ({"seen": "read"}, "unknown way of seeing 'read'. Known: abstract, full-text, memory, secondary."),
        ({"kind": "measure"}, "unknown kind 'measure'. Did you mean 'measured'?"),
    ],
)
def test_find_refuses_words_that_do_not_exist(folder, condition, message):
    with pytest.raises(UnknownNameError) as caught:
        folder.load().find(**condition)
    assert str(caught.value) == message


def test_an_unknown_row_offers_near_misses(folder):
    evidence = folder.load()
    assert evidence.row("b-iiv").value == 50.0
    with pytest.raises(UnknownNameError, match=r"unknown evidence row 'a-cl-te'\. Did you mean 'a-cl-tea'"):
        evidence.row("a-cl-te")


def test_an_unknown_source_of_a_row_names_the_line(folder):
    evidence = folder.replace("kinetics.csv", "meyer2020,Table 3", "mayer2020,Table 3").load()
    with pytest.raises(
        EvidenceError, match=r"kinetics\.csv:3, column 'source_key': row 'a-cl-tea' cites the unknown"
    ):
        evidence.source_of(evidence.row("a-cl-tea"))


def test_rows_that_disagree_share_quantity_unit_and_site(folder):
    evidence = folder.load()
    # The row per kg is not comparable; the gap has no value but is named as a rival.
    assert ids(evidence.disagreeing("alpha.CL/F")) == ["a-cl-tea", "a-gap"]
    assert ids(evidence.disagreeing("beta.Ki.MOR")) == ["b-ki-memory"]


def test_the_clearance_of_mitragynine_is_disputed():
    rows = load().disagreeing("mitragynine.CL/F")
    found = {row.id: (row.value, row.grade) for row in rows}
    assert found["mtg-clf-tea-tanna2022"] == (233.0, "A")
    assert found["mtg-clf-tea-trakulsrichai2015-reread"] == (98.1, "B")
    assert found["mtg-clf-tea-trakulsrichai2015-asprinted"] == (7550.0, "C")
    assert [row.grade for row in rows] == sorted(row.grade for row in rows)
    assert "mtg-base-clf" not in found


@pytest.mark.parametrize(
    ("one", "other"),
    [("CL/F", "cl / f"), ("IIV_CL", "iiv cl"), ("V1 (central volume)", "V1"), ("Cmax,  ss", "cmax, ss")],
)
def test_spellings_of_one_quantity(one, other):
    assert normalized(one) == normalized(other)


def test_different_quantities_stay_apart():
    assert len({normalized(text) for text in ("CL", "CL/F", "IIV_CL", "CLr", "V1", "V1/F")}) == 6


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("MOR; human", "MOR"), ("racemic; KOR", "KOR"), ("alpha-2A adrenoceptor", "alpha-2A"), ("adults", None)],
)
def test_site_of_a_measurement(condition, expected):
    assert site(make_row(condition=condition)) == expected


@pytest.mark.parametrize(
    ("spread_type", "spread", "interval"),
    [
        ("none", "", None),
        ("SD", "2", (8.0, 12.0)),
        ("SE", "0.5", (9.5, 10.5)),
        ("CV%", "30", (7.0, 13.0)),
        ("range", "4 to 25", (4.0, 25.0)),
        ("IQR", "-1e-2 to 3", (-0.01, 3.0)),
        ("95CI", "9 to 11", (9.0, 11.0)),
    ],
)
def test_interval(spread_type, spread, interval):
    assert make_row(spread_type=spread_type, spread=spread).interval == (interval and pytest.approx(interval))


def test_interval_on_the_log_scale_where_the_note_says_so():
    row = make_row(spread_type="SD", spread="0.5", note="spread is the SD of the natural log")
    assert row.interval == pytest.approx((10 * math.exp(-0.5), 10 * math.exp(0.5)))


def test_no_interval_without_a_value():
    assert make_row(value=None, spread_type="range", spread="1 to 2").interval is None


def test_every_packaged_interval_is_ordered():
    intervals = [row.interval for row in load().rows.values() if row.spread and row.value is not None]
    assert len(intervals) > 500
    assert all(low <= high for low, high in intervals)


def test_a_row_without_a_value_does_not_convert():
    with pytest.raises(EvidenceError) as caught:
        make_row(value=None, note="not measured").convert("L/h")
    assert str(caught.value) == "f.csv:2: row 'r' has no value (not measured); expected a row with a number."


def test_a_row_converts_or_names_itself():
    assert make_row().convert("mL/min") == pytest.approx(10_000 / 60)
    with pytest.raises(UnitError, match=r"^row 'r' \(f\.csv:2\): cannot convert"):
        make_row().convert("h")


def test_trust_counts_each_row_once(folder):
    rows = folder.load().rows
    summary = trust([*rows.values(), rows["a-cl"]])
    assert summary.count == 8
    assert dict(summary.by_seen) == {"full-text": 4, "abstract": 1, "secondary": 1, "memory": 2}
    assert dict(summary.by_kind) == {"measured": 5, "model": 1, "derived": 1, "assumed": 1}
    assert summary.weak_ids == ("a-gap", "b-ki-memory")
    assert summary.weak_share == 0.25


def test_an_assumed_row_is_weak_however_it_was_seen():
    assert trust([make_row(kind="assumed")]).weak_ids == ("r",)


def test_trust_in_words(folder):
    rows = folder.load().rows
    assert str(trust([rows["a-gap"], rows["b-ki"]])) == (
        "1 of 2 rows (50%) rest on memory or an assumption.\n"
        "Seen: 1 full-text, 1 memory. Kind: 1 measured, 1 assumed.\n"
        "  a-gap: alpha, CL/F (memory, assumed)"
    )


def test_trust_of_nothing():
    assert trust([]).weak_share == 0.0
    assert str(trust([])).endswith("Seen: no rows. Kind: no rows.")
