"""``speciosa forecast``: tables, files, plans, past forecasts, and errors in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from speciosa.forecasting import Forecast

RECORDS = Path(__file__).parents[3] / "examples" / "records"
TAPER, KRATOM = str(RECORDS / "taper.toml"), str(RECORDS / "kratom.csv")


def test_a_forecast_as_json(speciosa) -> None:
    run = speciosa("forecast", TAPER, "--format", "json", "--quiet", "--quick", "--variant", "trial")
    assert run.exit_code == 0, run.stderr
    rows = json.loads(run.stdout)
    assert [row["hours ahead"] for row in rows][:2] == [0.0, 12.0]
    assert all(row["low 90 %"] <= row["median"] <= row["high 90 %"] for row in rows)


def test_everything_is_written(speciosa, tmp_path) -> None:
    files = {
        name: tmp_path / f"f.{end}" for name, end in (("plot", "svg"), ("report", "html"), ("json", "json"))
    }
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    run = speciosa("forecast", TAPER, "--past", *options, "--variant", "trial", "--variant", "in use")
    assert run.exit_code == 0, run.stderr
    assert "known until" in run.stdout
    assert "ratings touch the 90 % band" in run.stderr
    assert "no advice to take them" in run.stderr
    found = Forecast.from_dict(json.loads(files["json"].read_text()))
    assert [item.name for item in found.variants] == ["trial", "in use"]
    page = files["report"].read_text()
    assert "How past forecasts fared" in page
    assert "<svg" in page
    assert files["plot"].read_text().startswith("<?xml")


def test_plans_side_by_side(speciosa) -> None:
    run = speciosa(
        "forecast", KRATOM, "--quick", "--variant", "in use", "--format", "csv",
        "--plan", "nothing", "--plan", "buprenorphine 8 mg sublingual once a day for 3 days",
    )  # fmt: skip
    assert run.exit_code == 0, run.stderr
    assert run.stdout.splitlines()[0].startswith("plan,scale,variant,hours ahead")
    assert {line.split(",")[0] for line in run.stdout.splitlines()[1:]} == {
        "nothing",
        "buprenorphine 8 mg sublingual once a day for 3 days",
    }


def test_now_moves_the_moment(speciosa, tmp_path) -> None:
    out = tmp_path / "f.json"
    run = speciosa("forecast", TAPER, "--now", "2d", "--quick", "--variant", "trial", "--json", str(out))
    assert run.exit_code == 0, run.stderr
    found = Forecast.from_dict(json.loads(out.read_text()))
    assert found.moment == 48.0
    assert found.basis.used[0] == "3 ratings"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.toml",), r"Error: nowhere.toml: the file cannot be read"),
        ((TAPER, "--now", "soon"), r"Error: --now: 'soon' is no time; expected hours"),
        ((TAPER, "--variant", "trail"), r"Error: unknown variant 'trail'. Did you mean 'trial'"),
        ((TAPER, "--horizon", "far"), r"Error: --horizon: 'far' is no duration"),
        ((TAPER, "--plan", "methadon 30 mg", "--quick"), r"Did you mean 'methadone'"),
        ((TAPER, "--quick", "--plot", "f.pdf"), r"--plot: f.pdf is no figure"),
    ],
)
def test_what_cannot_be_done_is_said(speciosa, arguments, message) -> None:
    run = speciosa("forecast", *arguments)
    assert run.exit_code == 3
    assert re.search(message, run.stderr)


def test_nothing_that_is_said_proposes_a_dose(speciosa, tmp_path) -> None:
    page = tmp_path / "r.html"
    run = speciosa("forecast", TAPER, "--report", str(page), "--quick", "--past")
    words = run.stdout + run.stderr + re.sub(r"<[^>]+>", " ", page.read_text())
    assert not re.search(
        r"\b(should take|recommend|we advise|increase the dose|reduce the dose)\b", words, re.I
    )
    # Amounts are said only as what was recorded.
    assert set(re.findall(r"\d+ mg", words)) <= {"8 mg", "4 mg"}
