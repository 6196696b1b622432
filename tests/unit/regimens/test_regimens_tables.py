"""NONMEM event tables and typed tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from speciosa.drugs import catalog
from speciosa.errors import RegimenError, UnknownNameError
from speciosa.evidence import load
from speciosa.regimens import from_dict, parse, read_nonmem, regimen_from_nonmem, write_nonmem

HEADER = "ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT"


def written(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    file = tmp_path / "doses.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return file


def test_doses_survive_the_way_out_and_in(tmp_path) -> None:
    regimen = parse(
        "morphine 10 mg IV over 30 min every 8 h for 2 days; naloxone 0.4 mg IM at 3 h", catalog()
    )
    file = write_nonmem(regimen, tmp_path / "out.csv", catalog(), load())
    back = regimen_from_nonmem(file, catalog())
    first, second = regimen.administrations(100.0), back.administrations(100.0)
    assert [item.time for item in first] == [item.time for item in second]
    assert [item.dose.amount for item in first] == pytest.approx([item.dose.amount for item in second])
    assert [item.dose.duration for item in first] == pytest.approx([item.dose.duration for item in second])


def test_repeated_doses_and_spaces(tmp_path) -> None:
    file = tmp_path / "doses.dat"
    file.write_text("# made by hand\nid time amt ii addl cmt\n1 0 30 6 3 morphine\n")
    assert [item.time for item in regimen_from_nonmem(file, catalog()).administrations(99.0)] == [
        0.0,
        6.0,
        12.0,
        18.0,
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,6,9,10,0,0,0,0,morphine", "line 3, column EVID: EVID is 9; expected 0, 1, 2, 3 or 4"),
        (
            "1,6,1,-10,0,0,0,0,morphine",
            "line 3, column AMT: AMT is -10; expected an amount of zero or more, mg",
        ),
        ("1,-1,1,10,0,0,0,0,morphine", "line 3, column TIME: TIME is -1; expected hours from the start"),
        ("1,.,1,10,0,0,0,0,morphine", "line 3, column TIME: TIME is missing"),
        ("1,6,1,10,-3,0,0,0,morphine", "line 3, column RATE: RATE is -3; expected zero or more, -1 or -2"),
        ("1,6,1,10,0,0,2,0,morphine", "line 3, column II: ADDL is given without II"),
        ("1,6,1,10,0,12,0,3,morphine", "line 3, column SS: SS is 3; expected 0, 1 or 2"),
        (
            "1,6,1,0,0,0,0,0,morphine",
            "line 3, column AMT: AMT is 0; expected an amount above zero for a dose",
        ),
        ("1,6,1,10,0,0,0,morphine", "line 3: 8 values are given; expected 9 values"),
        ("1,6,x,10,0,0,0,0,morphine", "line 3, column EVID: EVID is x"),
    ],
)
def test_faults_name_line_and_column(tmp_path, row: str, message: str) -> None:
    file = written(tmp_path, "1,4,1,10,0,0,0,0,morphine", row)
    with pytest.raises(RegimenError) as caught:
        read_nonmem(file)
    assert message in str(caught.value)


def test_time_may_not_fall(tmp_path) -> None:
    rows = ("1,4,1,10,0,0,0,0,morphine", "1,2,1,10,0,0,0,0,morphine")
    with pytest.raises(RegimenError, match="TIME falls from 4 to 2"):
        read_nonmem(written(tmp_path, *rows))
    assert len(read_nonmem(written(tmp_path, rows[0], rows[1].replace(",1,10", ",4,10")))) == 2


def test_unknown_column_offers_a_near_miss(tmp_path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown column 'EVDI'. Did you mean 'EVID'"):
        read_nonmem(written(tmp_path, header="ID,TIME,EVDI,AMT,CMT"))


def test_missing_column(tmp_path) -> None:
    with pytest.raises(RegimenError, match="column CMT is missing"):
        read_nonmem(written(tmp_path, header="ID,TIME,AMT"))


def test_unknown_drug_and_route(tmp_path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'morphine'"):
        regimen_from_nonmem(written(tmp_path, "1,0,1,10,0,0,0,0,morphin"), catalog())
    with pytest.raises(RegimenError, match="CMT is morphine/nasal; expected one of: morphine/subcutaneous"):
        regimen_from_nonmem(written(tmp_path, "1,0,1,10,0,0,0,0,morphine/nasal"), catalog())


def test_records_that_fit_no_regimen(tmp_path) -> None:
    with pytest.raises(RegimenError, match="EVID 4, SS 0, RATE 0 fit no regimen"):
        regimen_from_nonmem(written(tmp_path, "1,0,4,10,0,0,0,0,morphine"), catalog())
    with pytest.raises(RegimenError, match="a second ID, 2"):
        rows = ("1,0,1,10,0,0,0,0,morphine", "2,0,1,10,0,0,0,0,morphine")
        regimen_from_nonmem(written(tmp_path, *rows), catalog())


def test_a_regimen_without_end_cannot_be_written(tmp_path) -> None:
    regimen = parse("methadone 40 mg once a day", catalog())
    with pytest.raises(RegimenError, match="the regimen has no end"):
        write_nonmem(regimen, tmp_path / "x.csv", catalog(), load())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"track": []}, "regimen: unknown key 'track'. Did you mean 'tracks'?"),
        (
            {"tracks": [[{"start": 0, "dosse": {}}]]},
            "tracks[0][0]: unknown key 'dosse'. Did you mean 'dose'?",
        ),
        (
            {"tracks": [[{"start": 0, "dose": {"item": "morphine", "amonut": 3}}]]},
            "tracks[0][0].dose: unknown key 'amonut'. Did you mean 'amount'?",
        ),
        ({"tracks": [[{"start": "soon"}]]}, "tracks[0][0], key start"),
    ],
)
def test_typed_tables_are_checked(table, message: str) -> None:
    with pytest.raises(RegimenError) as caught:
        from_dict(table, catalog())
    assert message in str(caught.value)


def test_typed_doses_go_through_the_same_checks_as_words() -> None:
    dose = {"item": "kratom powder", "amount": 300.0, "unit": "mg"}
    with pytest.raises(RegimenError, match="300 mg of what"):
        from_dict({"tracks": [[{"start": 0.0, "end": 24.0, "dose": dose}]]}, catalog())
