"""``speciosa exposure`` and ``speciosa qualify`` as a user calls them."""

from __future__ import annotations

import csv
import io
import json

import pytest

TEA = "kratom tea 2 g (19.5 mg mitragynine per g) once"


def rows(text: str) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["drug"], row["metric"]): row for row in csv.DictReader(io.StringIO(text))}


def test_exposure_of_a_molecule_with_intervals(speciosa) -> None:
    run = speciosa("exposure", "mitragynine", TEA, "--people", "40", "--format", "csv")
    assert run.exit_code == 0, run.stderr
    found = rows(run.stdout)
    peak = found["mitragynine", "Cmax"]
    assert (peak["unit"], peak["n"]) == ("ng/mL", "40")
    assert float(peak["p5"]) < float(peak["median"]) < float(peak["p95"])
    assert {"tmax", "AUC", "AUCinf", "t1/2", "CL/F", "Vz/F"} <= {metric for _, metric in found}


def test_exposure_of_a_product_shows_its_molecules(speciosa) -> None:
    run = speciosa("exposure", "kratom tea", TEA, "--people", "1", "--format", "json")
    drugs = {row["drug"] for row in json.loads(run.stdout)}
    assert {"mitragynine", "7-hydroxymitragynine", "speciociliatine"} <= drugs


def test_the_person_matters(speciosa) -> None:
    one, other = (
        rows(
            speciosa(
                "exposure", "mitragynine", TEA, "--people", "1", "--weight", weight, "--format", "csv"
            ).stdout
        )
        for weight in ("50", "110")
    )
    key = ("mitragynine", "AUCinf")
    assert float(one[key]["median"]) > 1.3 * float(other[key]["median"])


def test_a_window_by_dose_and_by_time(speciosa) -> None:
    regimen = "kratom extract containing 29.6 mg mitragynine once a day for 15 days"
    arguments = ("exposure", "mitragynine", regimen, "--people", "1", "--format", "csv")
    key = ("mitragynine", "Cmax")
    first = float(rows(speciosa(*arguments, "--dose", "first").stdout)[key]["median"])
    last = float(rows(speciosa(*arguments, "--dose", "15").stdout)[key]["median"])
    by_time = float(rows(speciosa(*arguments, "--window", "336h,360h").stdout)[key]["median"])
    assert 1.05 < last / first < 1.45
    assert by_time == pytest.approx(last, rel=1e-9)


def test_clearance_needs_a_single_dose(speciosa) -> None:
    run = speciosa("exposure", "morphine", "morphine 10 mg IV every 8 h for 2 days", "--format", "csv")
    assert "CL/F" not in {metric for _, metric in rows(run.stdout)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("naloxone", TEA),
            "the regimen brings no naloxone; expected one of: mitragynine, 7-hydroxymitragynine",
        ),
        (("mitragynin", TEA), "unknown drug 'mitragynin'. Did you mean 'mitragynine' or"),
        (
            ("kratom extract", "kratom extract 2 g once"),
            "the content of kratom extract is not stated and has no default",
        ),
        (
            ("mitragynine", TEA, "--dose", "2"),
            "--dose: '2' is no dose of the regimen; expected first, last, or 1 to 1.",
        ),
        (("mitragynine", TEA, "--window", "5h"), "--window: '5h' is no span of time"),
        (("mitragynine", TEA, "--age", "3"), "age is 3 years"),
        (
            ("mitragynine", "nothing"),
            "the regimen brings no mitragynine; expected one of: a regimen with doses.",
        ),
    ],
)
def test_what_cannot_be_answered(speciosa, arguments: tuple[str, ...], words: str) -> None:
    run = speciosa("exposure", *arguments)
    assert run.exit_code == 3
    assert words in run.stderr


def test_qualify_a_drug_as_json(speciosa) -> None:
    run = speciosa(
        "qualify", "--topic", "kr", "--drug", "speciociliatine", "--people", "20", "--format", "json"
    )
    assert run.exit_code == 0, run.stderr
    found = {row["id"]: row for row in json.loads(run.stdout)}
    assert found["t-kr-tea-spc-cmax"]["outcome"] == "hit"
    assert found["t-kr-tea-spc-cmax"]["low"] < found["t-kr-tea-spc-cmax"]["predicted"]


def test_qualify_says_why_targets_were_not_run(speciosa) -> None:
    run = speciosa("qualify", "--drug", "gabapentin", "--people", "20")
    assert "the library has no gabapentin" in run.stdout
    assert "Summary" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (
            ("--drug", "midazolan"),
            "--drug: unknown drug of a target 'midazolan'. Did you mean 'midazolam'?",
            3,
        ),
        (
            ("--topic", "pk", "--out", "x"),
            "--out: a report is of all targets and only some were asked for",
            3,
        ),
        (("--people", "10"), "--people: 10 people make 1 pairs; expected at least 20 people.", 3),
        (("--topic", "colour"), "Invalid value for '--topic'", 2),
    ],
)
def test_what_cannot_be_qualified(speciosa, arguments: tuple[str, ...], words: str, code: int) -> None:
    run = speciosa("qualify", *arguments)
    assert run.exit_code == code
    assert words in run.stderr
