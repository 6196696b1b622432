"""``speciosa interact``: tables, figures, and what it says where nothing is known."""

from __future__ import annotations

import csv
import io
import json

import pytest


def test_the_table_names_the_enzyme_and_what_was_taken(speciosa) -> None:
    done = speciosa("interact", "midazolam", "ketoconazole", "--until", "160h")
    assert done.exit_code == 0
    assert "ketoconazole inhibits CYP3A of the liver and gut wall, which clears midazolam" in done.stdout
    assert "predicted" in done.stdout
    assert "published" in done.stdout
    assert "ketoconazole was taken as usual: ketoconazole 400 mg every 24 h for 7 days" in done.stderr


@pytest.mark.parametrize("form", ["csv", "json"])
def test_machine_formats_hold_the_same_rows(speciosa, form: str) -> None:
    done = speciosa(
        "interact",
        "midazolam 3 mg by mouth once at 1 h",
        "itraconazole 200 mg once",
        "--format",
        form,
        "--quiet",
    )
    assert done.exit_code == 0
    assert done.stderr == ""
    rows = json.loads(done.stdout) if form == "json" else list(csv.DictReader(io.StringIO(done.stdout)))
    (area,) = (row for row in rows if row["kind"] == "predicted" and row["metric"] == "AUC")
    assert float(area["ratio"]) == pytest.approx(float(area["with"]) / float(area["without"]))


def test_no_shared_enzyme_is_answered_with_what_was_looked_for(speciosa) -> None:
    done = speciosa("interact", "naloxone", "midazolam")
    assert done.exit_code == 0
    assert "naloxone and midazolam: no known pharmacokinetic interaction in the library" in done.stdout
    assert "CYP3A" in done.stdout
    assert "only enzymes were looked at" in done.stderr
    rows = json.loads(speciosa("interact", "naloxone", "midazolam", "--format", "json").stdout)
    assert {row["answer"] for row in rows} == {"no known pharmacokinetic interaction in the library"}


def test_figures_are_one_a_molecule(speciosa, tmp_path) -> None:
    one, many = tmp_path / "one.png", tmp_path / "many.svg"
    regimens = ("midazolam 3 mg once at 1 h", "ketoconazole 400 mg once")
    assert speciosa("interact", *regimens, "--until", "24h", "--figure", str(one)).exit_code == 0
    assert one.read_bytes().startswith(b"\x89PNG")
    done = speciosa(
        "interact", "mitragynine 25 mg once at 1 h", regimens[1], "--until", "24h", "--figure", str(many)
    )
    assert done.exit_code == 0
    names = {file.name for file in tmp_path.glob("many*")}
    assert names == {"many-mitragynine.svg", "many-7-hydroxymitragynine.svg"}


def test_bad_input(speciosa, tmp_path) -> None:
    same = speciosa("interact", "midazolam", "midazolam")
    assert same.exit_code == 3
    assert "contain the same molecule" in same.stderr
    near = speciosa("interact", "midazolan", "ketoconazole")
    assert near.exit_code == 3
    assert "Did you mean 'midazolam'" in near.stderr
    picture = speciosa("interact", "midazolam", "ketoconazole", "--figure", str(tmp_path / "x.gif"))
    assert picture.exit_code == 3
    assert "x.gif is no picture" in picture.stderr
