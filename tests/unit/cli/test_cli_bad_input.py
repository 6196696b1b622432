"""Bad input: a clear message, exit code 3, nothing half-written."""

from __future__ import annotations

import pytest

REGIMENS = {
    "mitragynin 20 mg once": "unknown drug 'mitragynin'. Did you mean 'mitragynine'",
    "kratom powder 3 every 6 h": "3 has no unit; expected an amount with g, mg, ug or ng",
    "kratom powder 300 mg once": "300 mg of what? kratom powder is weighed in grams",
    "kratom extract 0.1 g once": "the content of kratom extract is not stated and has no default",
    "morphine -3 mg once": "'-3' is negative; expected an amount above zero",
    "morphine 30 mg once a day until day 10, then 20 mg once a day until day 5": "Its `until` overlaps",
    "M6G 20 mg once": "cannot be dosed: no human kinetics of it taken as such are in the library",
    "morphine 30 mg intranasal once": "expected one of: subcutaneous, oral, oral extended release, intra",
    "": "the regimen is empty",
}


@pytest.mark.parametrize(("text", "message"), REGIMENS.items(), ids=[text or "empty" for text in REGIMENS])
@pytest.mark.parametrize("verb", ["simulate", "regimen"])
def test_bad_regimen(speciosa, verb: str, text: str, message: str) -> None:
    done = speciosa(verb, text)
    assert done.exit_code == 3
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--weight", "7000"), "weight is 7000 kg; expected an adult of 30 to 300 kg"),
        (("--people", "0"), "the population has 0 people; expected 1 to 1,000,000 people"),
        (("--until", "0 h"), "until is 0 h; expected more than 0"),
        (("--until", "soon"), "'soon' is no duration; expected a number with s, min, h, d or weeks: 120h"),
        (("--output", "COW"), "unknown output 'COW'. Did you mean 'COWS'?"),
        (("--target", "lvm"), "unknown engine target 'lvm'. Did you mean 'llvm'?"),
        (("--set", "morphine.fuu=0.5"), "unknown parameter 'morphine.fuu'. Did you mean 'morphine.fu'"),
        (("--set", "morphine.fu"), "--set: 'morphine.fu' sets nothing; expected NAME=VALUE"),
        (("--choose", "oxycodone"), "--choose: 'oxycodone' chooses nothing; expected NAME=ALTERNATIVE"),
        (("--choose", "oxycodone=agma"), "unknown choice 'oxycodone=agma'. Did you mean 'oxycodone"),
        (("--tail", "48h"), "--tail: '48h' is no span of time; expected two times: 48h,120h"),
    ],
)
def test_bad_option(speciosa, arguments: tuple[str, ...], message: str) -> None:
    done = speciosa("simulate", "morphine 10 mg IV once", *arguments)
    assert done.exit_code == 3
    assert message in done.stderr


def test_bad_evid_on_line_17(speciosa, tmp_path) -> None:
    rows = [f"1,{6 * index},1,10,0,0,0,0,morphine/oral" for index in range(20)]
    rows[15] = rows[15].replace(",1,10,", ",7,10,")
    table = tmp_path / "doses.csv"
    table.write_text("\n".join(["ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT", *rows]))
    for verb in ("simulate", "regimen"):
        done = speciosa(verb, str(table))
        assert done.exit_code == 3
        assert f"{table}, line 17, column EVID: EVID is 7; expected 0, 1, 2, 3 or 4" in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            'regimen = "nothing"\nuntill = "3 d"',
            "line 2, key untill: unknown key 'untill'. Did you mean 'until'?",
        ),
        (
            'regimen = "nothing"\n[people]\nwieght = 70',
            "line 3, key people.wieght: unknown key 'wieght'. Did you mean 'weight'?",
        ),
        ('regimen = "nothing"\n[people]\nweight = 7000', "weight is 7000 kg"),
        ("regimen = ", "not valid TOML"),
        ('title = "x"', "key regimen: is missing"),
    ],
)
def test_bad_scenario_file(speciosa, tmp_path, content: str, message: str) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(content)
    done = speciosa("simulate", str(file))
    assert done.exit_code == 3
    assert message in done.stderr


def test_nothing_is_written_on_bad_input(speciosa, tmp_path) -> None:
    speciosa(
        "simulate",
        "mitragynin 1 mg once",
        "--report",
        str(tmp_path / "r.html"),
        "--out",
        str(tmp_path / "t.csv"),
    )
    assert list(tmp_path.iterdir()) == []


def test_missing_file(speciosa, tmp_path) -> None:
    done = speciosa("simulate", str(tmp_path / "none.toml"))
    assert done.exit_code == 3
    assert "cannot be read: No such file or directory" in done.stderr


def test_wrong_usage_exits_with_2(speciosa) -> None:
    assert speciosa("simulate").exit_code == 2
    assert speciosa("simulate", "nothing", "--format", "xml").exit_code == 2
    assert speciosa("simulat").exit_code == 2


def test_a_person_who_cannot_be_solved_exits_with_4(speciosa) -> None:
    done = speciosa("simulate", "morphine 10 mg IV once", "--until", "6h", "--set", "morphine.V1=0")
    assert done.exit_code == 4
    assert "person 1: " in done.stderr
