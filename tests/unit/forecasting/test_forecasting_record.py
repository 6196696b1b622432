"""Records: what they take, what they refuse and how they say it, and their way through JSON and files."""

from __future__ import annotations

import json
import math

import pytest
from forecasting_cases import buprenorphine, cows, three_scores

from speciosa.errors import PersonError, RecordError, SpeciosaError, UnknownNameError
from speciosa.forecasting import Intake, Observation, PersonRecord, read_record
from speciosa.regimens import Dose

WHOLE = PersonRecord(
    "P-2",
    (buprenorphine(0), buprenorphine(1, 4.0, "reported", 0.3), buprenorphine(2, 4.0, "missed")),
    (
        cows(2.0, 9),
        Observation(26.0, "COWS", items=(1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0)),
        Observation(48.0, "COWS", band="mild", window=24.0),
        Observation(49.0, "plasma.buprenorphine", value=1.2, unit="ng/mL"),
        Observation(50.0, "pulse", value=88.0),
    ),
    {"weight": 82.0, "sex": "female", "cyp2d6": "poor"},
    "kratom powder 5 g every 6 h for 60 days",
    51.0,
    "2026-03-01T08:00",
)


def test_a_record_goes_through_json_and_back() -> None:
    assert PersonRecord.from_dict(json.loads(json.dumps(WHOLE.to_dict()))) == WHOLE


def test_what_a_record_knows() -> None:
    assert WHOLE.moment == 51.0
    assert three_scores().moment == 68.0
    assert [item.points for item in WHOLE.ratings] == [9, 8, None]
    assert [item.value for item in WHOLE.concentrations] == [1.2]
    assert str(WHOLE.date(24.0)) == "2026-03-02 08:00:00"
    early = WHOLE.until(26.0)
    assert (len(early.doses), len(early.observations), early.moment) == (2, 2, 26.0)
    assert three_scores().with_observation(cows(90.0, 3)).moment == 90.0
    assert WHOLE.with_observation(cows(90.0, 3)).now == 90.0
    assert three_scores().date(1.0) is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: cows(1.0, 49), RecordError, "COWS at 1 h: the total is 49; expected 0 to 48"),
        (lambda: Observation(1.0, "COWS"), RecordError,
         "COWS at 1 h: nothing is given; expected one of total, items and band"),
        (lambda: Observation(1.0, "COWS", total=3, band="mild"), RecordError, "total and band is given"),
        (lambda: Observation(1.0, "COWS", items=(1, 1)), RecordError,
         "there are 2 items; expected the 11 of COWS"),
        (lambda: Observation(1.0, "COWS", items=(3,) + (0,) * 10), RecordError,
         r"item 1 \(pulse at rest\) has 3 points; expected one of 0, 1, 2, 4"),
        (lambda: Observation(1.0, "COWS", band="middling"), UnknownNameError,
         "unknown band of COWS 'middling'"),
        (lambda: Observation(1.0, "SOWS-Gossop", band="mild"), UnknownNameError, "band of SOWS-Gossop"),
        (lambda: Observation(1.0, "COW", total=1), UnknownNameError, "Did you mean 'COWS'"),
        (lambda: Observation(1.0, "pulse", value=-1.0), RecordError,
         "the value is -1.0; expected zero or more"),
        (lambda: Observation(math.nan, "COWS", total=1), RecordError, "expected hours"),
        (lambda: Intake(1.0, Dose("morphine", 10.0), "taken"), UnknownNameError,
         "unknown way of taking 'taken'"),
        (lambda: Intake(1.0, Dose("morphine", 10.0), cv=30.0), RecordError,
         "the uncertainty is 30; expected a share from 0 to 1"),
        (lambda: three_scores(observations=(cows(-1.0, 3),)), RecordError,
         "record P-1: an observation is at -1 h; expected zero or later. Tell what came before"),
        (lambda: three_scores(covariates={"weigth": 80.0}), UnknownNameError, "Did you mean 'weight'"),
        (lambda: three_scores(covariates={"weight": 800.0}), PersonError, "weight is 800 kg"),
        (lambda: three_scores(covariates={"weight": "80"}), RecordError, "weight is '80'; expected a number"),
        (lambda: three_scores(covariates={"cyp2d6": "slow"}), UnknownNameError, "CYP2D6 phenotype 'slow'"),
        (lambda: three_scores(started="Tuesday"), RecordError, "'Tuesday' is no date; expected ISO 8601"),
        (lambda: PersonRecord(" "), RecordError, "the record has no id; expected a pseudonym"),
        (lambda: PersonRecord.from_dict({"id": "A", "doze": []}), UnknownNameError, "Did you mean 'doses'"),
        (lambda: PersonRecord.from_dict({"id": "A", "format": "x"}), RecordError, "the format is 'x'"),
        (lambda: PersonRecord.from_dict({"id": "A", "doses": [{"time": 0}]}), RecordError,
         r"record, doses\[0\]: item is missing"),
        (lambda: PersonRecord.from_dict(
            {"id": "A", "observations": [{"time": 0, "measure": "COWS", "total": 1.5}]}
        ), RecordError, r"record, observations\[0\], key total: 1.5 is no whole number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()


TOML = """
id = "P-3"
started = 2026-03-01T08:00:00
now = "2d 6h"
[covariates]
age = 30
[[doses]]
time = 0
regimen = "methadone 30 mg once a day for 2 days"
[[doses]]
time = 2026-03-03T09:30:00
dose = "methadone 20 mg"
how = "missed"
[[observations]]
time = "1d 30min"
measure = "COWS"
total = 5
"""
CSV = """# before: kratom powder 5 g every 6 h for 60 days
# weight: 71
time,dose,how,cv,measure,items,band,window
0,kratom powder 4 g,reported,0.3,,,,
6h,,,,COWS,1 0 1 0 0 0 0 0 0 1 0,,
1d,,,,COWS,,mild,24
"""


def test_a_toml_file_is_read(tmp_path) -> None:
    file = tmp_path / "record.toml"
    file.write_text(TOML)
    found = read_record(file)
    assert [(item.time, item.dose.amount, item.how) for item in found.doses] == [
        (0.0, 30.0, "administered"),
        (24.0, 30.0, "administered"),
        (49.5, 20.0, "missed"),
    ]
    assert found.observations[0].time == 24.5
    assert (found.moment, found.started) == (54.0, "2026-03-01T08:00:00")


def test_a_csv_file_is_read(tmp_path) -> None:
    file = tmp_path / "P-4.csv"
    file.write_text(CSV)
    found = read_record(file)
    assert found.id == "P-4"
    assert found.covariates == {"weight": 71.0}
    assert (found.doses[0].dose.item, found.doses[0].cv) == ("kratom powder", 0.3)
    assert [(item.points, item.band, item.window) for item in found.observations] == [
        (3, None, 0.0),
        (None, "mild", 24.0),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.xlsx", "", "r.xlsx is no record; expected a file .toml or .csv"),
        ("r.toml", "id = ", "the file is no TOML"),
        ("r.toml", TOML.replace("2 days", "2 dayz"), r"r.toml: record, doses\[0\]"),
        ("r.toml", TOML.replace("started = 2026-03-01T08:00:00", ""), "states no `started`"),
        ("r.toml", TOML.replace('"1d 30min"', '"soon"'), r"observations\[0\], key time: 'soon' is no time"),
        ("r.toml", TOML.replace("methadone 20 mg", "methadon 20 mg"), "Did you mean 'methadone'"),
        ("r.toml", TOML.replace(" for 2 days", ""), "expected doses that are known, with an end"),
        ("r.csv", CSV.replace("cv,", "doubt,"), "line 3: there is a column 'doubt'"),
        ("r.csv", CSV.replace("0.3", "a third"), "line 4, column cv: 'a third' is no number"),
        ("r.csv", CSV.replace("# weight: 71", "# wait: 71"), "'# wait: 71' tells nothing known"),
        ("r.csv", CSV.replace(",mild,24", ",mild,24,more"), "line 6: the line does not fit its columns"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_say_where(tmp_path, name, text, message) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(SpeciosaError, match=message):
        read_record(file)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(RecordError, match=r"the file cannot be read \(No such file"):
        read_record(tmp_path / "none.toml")
