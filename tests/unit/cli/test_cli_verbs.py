"""What each verb prints and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from speciosa.evidence import load

HEAVY = ("numpy", "scipy", "xarray", "pandas", "pint", "pydantic", "matplotlib", "llvmlite")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['speciosa', '--help']\nfrom speciosa.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_why_names_value_row_source_and_rivals(speciosa) -> None:
    done = speciosa("evidence", "why", "mitragynine.CL/F")
    assert done.exit_code == 0
    for part in ("36 L/h", "mtg-base-clf", "prefit_kratom", "fit to huestis2026", "seen", "secondary"):
        assert part in done.stdout
    for rival in ("mtg-clf-tea-tanna2022", "mtg-clf-tea-trakulsrichai2015-reread"):
        assert rival in done.stdout


def test_why_offers_a_near_miss(speciosa) -> None:
    done = speciosa("evidence", "why", "mitragynine.CLF")
    assert done.exit_code == 3
    assert "Did you mean 'mitragynine.CL/F'" in done.stderr


def test_evidence_check_of_the_packaged_tables(speciosa) -> None:
    done = speciosa("evidence", "check")
    assert done.exit_code == 0
    assert f"{len(load().rows)} rows" in done.stdout


def test_evidence_list_and_show(speciosa) -> None:
    listed = speciosa("evidence", "list", "--drug", "mitragynine", "--quantity", "CL/F", "--format", "json")
    assert "mtg-base-clf" in {row["id"] for row in json.loads(listed.stdout)}
    assert "trakulsrichai2015" in speciosa("evidence", "show", "mtg-fe-tea-trakulsrichai2015").stdout


@pytest.mark.parametrize("form", ["bibtex", "csl-json"])
def test_sources_for_reference_managers(speciosa, form: str) -> None:
    done = speciosa("evidence", "sources", "--format", form)
    assert "tanna2022" in done.stdout
    if form == "csl-json":
        assert len(json.loads(done.stdout)) == len(load().sources)


def test_simulate_prints_a_table_and_machine_formats(speciosa, tmp_path) -> None:
    table = speciosa("simulate", "morphine 10 mg IV once", "--until", "6h")
    assert table.exit_code == 0
    assert "plasma.morphine" in table.stdout
    assert "recalled from memory" in table.stderr
    out = tmp_path / "table.csv"
    csv = speciosa(
        "simulate", "morphine 10 mg IV once", "--until", "6h", "--format", "csv", "--out", str(out), "--quiet"
    )
    assert csv.stdout == ""
    assert csv.stderr == ""
    assert out.read_text().startswith("output,metric,unit")
    assert json.loads(speciosa("simulate", "nothing", "--until", "2h", "--format", "json").stdout)


def test_simulate_writes_report_and_run_folder(speciosa, tmp_path) -> None:
    page, folder = tmp_path / "report.html", tmp_path / "run"
    done = speciosa(
        "simulate",
        "kratom tea 2 g once",
        "--until",
        "12h",
        "--people",
        "3",
        "--report",
        str(page),
        "--save",
        str(folder),
    )
    assert done.exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "not medical advice" in text
    names = {file.name for file in folder.iterdir()}
    assert {"scenario.json", "sources.txt"} <= names


def test_the_same_command_gives_the_same_bytes(speciosa, tmp_path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        speciosa("simulate", "kratom tea 2 g once", "--until", "6h", "--people", "3", "--save", str(folder))
    for file in sorted(folders[0].iterdir()):
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name


def test_compare_texts(speciosa) -> None:
    done = speciosa("compare", "nothing", "methadone 20 mg once a day for 2 days", "--until", "3d", "--quiet")
    assert done.exit_code == 0
    assert "peak COWS" in done.stdout


def test_compare_file_with_an_unknown_sensitivity_arm(speciosa, tmp_path) -> None:
    file = tmp_path / "arms.toml"
    file.write_text(
        'until = "1 d"\n[arms]\na = "nothing"\n[sensitivity]\narm = "b"\n'
        '[sensitivity.assumptions]\nx = ["morphine.fu"]\n'
    )
    done = speciosa("compare", str(file))
    assert done.exit_code == 3
    assert "there is no arm 'b'" in done.stderr


def test_demo_in_small(speciosa, tmp_path) -> None:
    page = tmp_path / "demo.html"
    done = speciosa("demo", "--people", "2", "--report", str(page))
    assert done.exit_code == 0
    for arm in ("nothing", "kratom", "buprenorphine", "methadone"):
        assert arm in done.stdout
    assert "dependence at day 28" in done.stdout
    assert str(page) in done.stderr
    text = page.read_text(encoding="utf-8")
    for part in ("unbound fraction of 7-hydroxymitragynine", "What is not known", "borgland2003"):
        assert part in text


def test_regimen_explains_and_writes_an_event_table(speciosa, tmp_path) -> None:
    table = tmp_path / "doses.csv"
    done = speciosa("regimen", "red vein kratom powder 2 g twice a day for 2 days", "--nonmem", str(table))
    assert done.exit_code == 0
    assert "(4 doses)" in done.stdout
    assert "'red vein' was read and ignored" in done.stdout
    assert len(table.read_text().splitlines()) == 1 + 4 * 6


@pytest.mark.parametrize("form", ["text", "latex", "html"])
def test_model_prints_its_equations(speciosa, form: str) -> None:
    done = speciosa("model", "morphine 10 mg IV once", "--format", form)
    assert done.exit_code == 0
    assert "withdrawal" in done.stdout


def test_drugs(speciosa) -> None:
    assert "buprenorphine" in speciosa("drugs").stdout
    assert "mtg-base-clf" in speciosa("drugs", "mitragynine", "--format", "csv").stdout


@pytest.mark.parametrize("kind", ["scenario", "comparison"])
def test_schema(speciosa, kind: str) -> None:
    assert "people" in json.loads(speciosa("schema", kind).stdout)["properties"]


def test_no_verb_is_hidden_from_help(speciosa) -> None:
    files = {file.stem for file in Path("src/speciosa/cli").glob("*.py")}
    shared = {"__init__", "app", "console", "options", "loading", "reporting", "runs", "scenario_file"}
    shared |= {"nested", "sharing", "power"}  # the last is a verb of `trial`
    text = speciosa("--help").stdout
    assert all(name in text for name in files - shared)


def test_short_and_whole_table(speciosa) -> None:
    command = ("simulate", "morphine 10 mg IV once", "--until", "6h", "--quiet")
    short, whole = speciosa(*command).stdout, speciosa(*command, "--all").stdout
    for name in ("plasma.morphine", "signal.MOR", "dependence", "COWS"):
        assert name in short
    assert "tolerance" not in short
    assert "tolerance" in whole


def test_a_saved_run_can_be_run_again(speciosa, tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    speciosa(
        "simulate",
        "kratom tea 2 g once",
        "--until",
        "6h",
        "--people",
        "3",
        "--seed",
        "7",
        "--save",
        str(first),
    )
    done = speciosa("simulate", str(first / "scenario.json"), "--save", str(second))
    assert done.exit_code == 0
    for file in sorted(first.iterdir()):
        assert file.read_bytes() == (second / file.name).read_bytes(), file.name


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_curves(speciosa, tmp_path, ending: str) -> None:
    file = tmp_path / f"curves{ending}"
    done = speciosa("simulate", "morphine 10 mg IV once", "--until", "2h", "--curves", str(file))
    assert done.exit_code == 0
    read = {".csv": pd.read_csv, ".json": pd.read_json, ".parquet": pd.read_parquet}[ending]
    frame = read(file)
    assert list(frame.columns) == ["output", "unit", "time", "p5", "p25", "median", "p75", "p95"]
    assert set(frame[frame["output"] == "plasma.morphine"]["unit"]) == {"ng/mL"}


def test_curves_of_an_unknown_form(speciosa, tmp_path) -> None:
    done = speciosa("simulate", "nothing", "--until", "2h", "--curves", str(tmp_path / "curves.xls"))
    assert done.exit_code == 3
    assert "--curves: curves.xls ends in .xls; expected .csv, .json or .parquet" in done.stderr


def test_files_for_the_other_verb(speciosa, tmp_path) -> None:
    arms, one = tmp_path / "arms.toml", tmp_path / "one.toml"
    arms.write_text('[arms]\na = "nothing"\n')
    one.write_text('regimen = "nothing"\n')
    assert f"Use `speciosa compare {arms}`" in speciosa("simulate", str(arms)).stderr
    assert f"Use `speciosa simulate {one}`" in speciosa("compare", str(one)).stderr


def test_default_content_is_said(speciosa) -> None:
    done = speciosa("simulate", "kratom powder 2 g once", "--until", "2h")
    assert (
        "no content of kratom powder was stated: 19.48 mg/g mitragynine was taken (row k51-mtg)"
        in done.stderr
    )


def test_an_alternative_changes_the_answer_and_is_said(speciosa, tmp_path) -> None:
    """In the table, on stderr, in the report and in the saved scenario."""
    asked = ("simulate", "oxycodone 10 mg by mouth once", "--until", "24h", "--format", "json")
    usual = pd.DataFrame(json.loads(speciosa(*asked).stdout))
    report, folder = tmp_path / "report.html", tmp_path / "run"
    extra = ("--choose", "oxycodone=agema", "--report", str(report), "--save", str(folder))
    done = speciosa(*asked, *extra)
    other = pd.DataFrame(json.loads(done.stdout))
    peaks = [
        frame[(frame["output"] == "plasma.oxycodone") & (frame["metric"] == "Cmax")]["median"].item()
        for frame in (usual, other)
    ]
    assert peaks[1] > 1.2 * peaks[0]
    said = "oxycodone.CL: 'agema' was chosen (row oxy-agema-cl). Inpatients with cancer pain."
    assert said in done.stderr
    page = report.read_text(encoding="utf-8")
    assert "oxycodone.CL: &#39;agema&#39; was chosen" in page
    assert "oxy-agema-cl" in page
    assert "oxy-franke-cl" not in page
    assert json.loads((folder / "scenario.json").read_text())["choose"] == {"oxycodone": "agema"}


def test_what_nobody_has_measured_in_people_is_marked_everywhere(speciosa, tmp_path) -> None:
    """7-hydroxymitragynine taken as such: in every row of the table, in figures, report and notes."""
    report = tmp_path / "report.html"
    arguments = ("simulate", "7-OH tablet 20 mg once", "--until", "12h", "--format", "json")
    done = speciosa(*arguments, "--report", str(report))
    frame = pd.DataFrame(json.loads(done.stdout))
    flag = "SPECULATIVE: 7-hydroxymitragynine oral, no data in people"
    assert set(frame["flag"]) == {flag}
    assert "7-hydroxymitragynine oral: speculative evidence." in done.stderr
    assert report.read_text(encoding="utf-8").count(flag) > 1
    leaf = speciosa("simulate", "kratom powder 2 g once", "--until", "2h", "--format", "json")
    assert "flag" not in pd.DataFrame(json.loads(leaf.stdout)).columns


def test_conflicting_evidence_is_said(speciosa) -> None:
    done = speciosa("simulate", "fentanyl patch 25 ug/h once", "--until", "72h")
    assert "Note: fentanyl: conflicting evidence. Published clearances are 38" in done.stderr


def test_the_list_of_drugs_shows_routes_products_and_trust(speciosa) -> None:
    frame = pd.DataFrame(json.loads(speciosa("drugs", "--format", "json").stdout)).set_index("name")
    drugs = frame[frame["kind"] != "product"]
    assert len(drugs) >= 26
    assert set(drugs["trust"].str[0]) <= set("ABCD")
    assert "weekly depot" in drugs.loc["buprenorphine", "routes"]
    assert "oxycodone extended release" in drugs.loc["oxycodone", "products"]
    assert drugs.loc["carfentanil", "trust"].endswith(", weak")
    assert drugs.loc["7-hydroxymitragynine", "routes"] == "oral (speculative)"


def test_a_drug_in_detail_lists_its_alternatives(speciosa) -> None:
    done = speciosa("drugs", "fentanyl", "--format", "json")
    frame = pd.DataFrame(json.loads(done.stdout)).set_index("parameter")
    assert frame.loc["fentanyl.V3", "choice"] == "scott"
    assert frame.loc["fentanyl.V3", "alternatives"] == "algera: 166 L; chronic: 985.9 L"
    assert "Alternative: --choose fentanyl=chronic" in done.stderr


def test_curves_and_comparisons_are_marked_too(speciosa, tmp_path) -> None:
    curves, table = tmp_path / "curves.csv", tmp_path / "table.csv"
    speciosa("simulate", "7-OH tablet 20 mg once", "--until", "2h", "--curves", str(curves))
    assert pd.read_csv(curves)["flag"].str.startswith("SPECULATIVE").all()
    arms = ("7-OH tablet 20 mg once", "kratom tea 2 g once")
    done = speciosa("compare", *arms, "--until", "4h", "--format", "csv", "--out", str(table))
    assert done.exit_code == 0
    frame = pd.read_csv(table)
    marked = frame["flag"].fillna("").str.startswith("SPECULATIVE")
    assert set(frame.loc[marked, "arm"]) == {arms[0]}
    assert set(frame.loc[~marked, "arm"]) == {arms[1]}
    assert "SPECULATIVE" in speciosa("compare", *arms, "--until", "4h").stdout
