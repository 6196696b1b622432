"""``speciosa trial``: a file in the place of a verb, templates, comparisons, titrations."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from speciosa.cli.app import app
from speciosa.trials import templates

RUNNER = CliRunner()
SMALL = """title = "Small"
until = "1 d"
[people]
size = 6
[arms.nothing]
regimen = "nothing"
[arms.morphine]
regimen = "morphine 5 mg SC once"
[[visits]]
every = "12 h"
scales = ["COWS"]
[[endpoints]]
name = "peak"
measure = "peak"
scale = "COWS"
[[analyses]]
endpoint = "peak"
method = "difference of means"
"""
TITRATION = """title = "Small"
product = "morphine"
unit = "mg"
rhythm = "every 12 h"
start = [5]
step = [5]
interval = ["1 d"]
most = 20
treat = "2 d"
watch = "1 d"
[people]
size = 3
"""


def test_a_file_is_run_and_compared(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    told = RUNNER.invoke(app, ["trial", str(file), "--seed", "2", "--format", "json", "--quiet"])
    assert told.exit_code == 0, told.output
    (row,) = json.loads(told.stdout)
    assert row["comparison"] == "morphine - nothing"
    both = RUNNER.invoke(app, ["trial", "compare", str(file), str(file), "--people", "8", "--format", "json"])
    assert [item["n"] for item in json.loads(both.stdout)] == [8, 8]


def test_a_fault_has_exit_code_3(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL.replace('regimen = "nothing"', "ratio = 1"))
    told = RUNNER.invoke(app, ["trial", str(file)])
    assert told.exit_code == 3
    assert "line 5, key arms.nothing.regimen: is missing" in told.output


def test_templates_are_listed_and_printed() -> None:
    listed = json.loads(RUNNER.invoke(app, ["trial", "templates", "--format", "json"]).stdout)
    assert [item["name"] for item in listed] == list(templates())
    printed = RUNNER.invoke(app, ["trial", "templates", "kratom-against-placebo"]).stdout
    assert printed.startswith('title = "Kratom powder')


def test_a_titration_says_what_it_is_for(tmp_path: Path) -> None:
    file = tmp_path / "titration.toml"
    file.write_text(TITRATION)
    page = tmp_path / "report.html"
    told = RUNNER.invoke(app, ["trial", "titration", str(file), "--format", "json", "--report", str(page)])
    assert told.exit_code == 0, told.output
    rows = json.loads(told.stdout)
    assert [row["titration"] for row in rows] == ["nothing", "start 5, step 5 mg, every 1 d"]
    assert all(row["nausea, anxiety, insomnia"] == "not known" for row in rows)
    assert "not medical advice; no dosing advice" in told.stderr
    assert "No part of this report advises anybody" in page.read_text()
    file.write_text(TITRATION.replace("start = [5]", "start = [50]"))
    refused = RUNNER.invoke(app, ["trial", "titration", str(file)])
    assert refused.exit_code == 3 and "a start of 50 lies above the largest dose 20" in refused.output
