"""``speciosa overdose`` as a user calls it."""

from __future__ import annotations

import json

DOSE, SPRAY = "fentanyl 1.625 mg IV", "naloxone 4 mg intranasal"


def test_one_person(speciosa, tmp_path) -> None:
    figure, report = tmp_path / "course.svg", tmp_path / "report.html"
    done = speciosa(
        "overdose",
        DOSE,
        "--rescue",
        SPRAY,
        "--until",
        "30min",
        "--figure",
        str(figure),
        "--report",
        str(report),
    )
    assert done.exit_code == 0, done.stderr
    assert "cardiac arrest (1 yes, 0 no)" in done.stdout
    assert "published model, chronic user" in done.stderr
    assert "incidence" not in done.stderr
    assert figure.read_text().startswith("<?xml")
    assert "Overdose: fentanyl 1.625 mg IV once" in report.read_text()


def test_a_population_says_what_percentages_are_not(speciosa) -> None:
    done = speciosa(
        "overdose",
        DOSE,
        "--rescue",
        SPRAY,
        "--people",
        "8",
        "--seed",
        "2",
        "--until",
        "20min",
        "--format",
        "json",
    )
    assert done.exit_code == 0, done.stderr
    rows = {(row["measure"], row["arm"]): row["median"] for row in json.loads(done.stdout)}
    assert 0.0 <= rows["cardiac arrest, only people differ", "no antagonist"] <= 100.0
    assert "They are not incidence" in done.stderr


def test_extended_model(speciosa) -> None:
    done = speciosa("overdose", "morphine 30 mg IV", "--model", "extended", "--until", "1h")
    assert done.exit_code == 0, done.stderr
    assert "extended model" in done.stderr


def test_faults(speciosa) -> None:
    wrong = {
        ("fentanil 1 mg IV",): "unknown drug 'fentanil'. Did you mean 'fentanyl'",
        (DOSE, "--rescue", "naloxone 3 mg intranasal"): "no nasal naloxone dose of 3 mg",
        (DOSE, "--delay", "soon"): "--delay: 'soon' is no duration",
        (DOSE, "--people", "0"): "the population has 0 people",
        (DOSE, "--model", "other"): "unknown model 'other'; expected one of: published, extended",
    }
    for arguments, message in wrong.items():
        done = speciosa("overdose", *arguments)
        assert done.exit_code == 3
        assert message in done.stderr
        assert done.stdout == ""


def test_a_figure_of_no_known_form(speciosa, tmp_path) -> None:
    done = speciosa("overdose", DOSE, "--until", "1min", "--figure", str(tmp_path / "course.bmp"))
    assert done.exit_code == 3
    assert "course.bmp ends in .bmp; expected .svg or .png" in done.stderr
