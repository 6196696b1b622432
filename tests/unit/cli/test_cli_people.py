"""People, studies and sensitivity on the command line."""

from __future__ import annotations

import json

import pandas as pd
import pytest

REGIMEN = "buprenorphine 8 mg sublingual once"
SHORT = ("--until", "24h", "--every", "1h", "--quiet", "--format", "json")


def auc(done) -> float:
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)
    (found,) = (
        row["median"] for row in rows if row["output"] == "plasma.buprenorphine" and row["metric"] == "AUC"
    )
    return found


def test_liver_disease_raises_exposure(speciosa) -> None:
    healthy, ill = (
        auc(speciosa("simulate", REGIMEN, *SHORT, "--child-pugh", level)) for level in ("none", "C")
    )
    assert ill > 1.15 * healthy


def test_a_covariate_without_effect_is_said(speciosa) -> None:
    done = speciosa("simulate", REGIMEN, "--until", "24h", "--cyp2d6", "poor")
    assert "Note: nothing in this scenario depends on cyp2d6_activity_score" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--cyp2d6", "slow"),
            "unknown CYP2D6 phenotype 'slow'. Known: intermediate, normal, poor, ultrarapid.",
        ),
        (
            ("--age", "0.5"),
            "age is 0.5 years; expected an adult of 18 to 100 years. The library holds no model of",
        ),
        (("--child-pugh", "D"), "child_pugh is 'D'; expected none, A, B or C"),
        (("--people-file", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("--samples", "x.csv"), "--samples: samples are given and no studies; expected --studies 50"),
        (("--studies", "0"), "0 studies are asked for; expected 1 to 10,000"),
        (("--studies", "20000"), "20000 studies are asked for; expected 1 to 10,000"),
        (("--batches", "day"), "batches is 'day'; expected person or dose"),
        (("--plot", "cows.pdf"), "--plot: cows.pdf is no figure; expected .svg or .png"),
    ],
)
def test_bad_people(speciosa, arguments: tuple[str, ...], message: str) -> None:
    done = speciosa("simulate", REGIMEN, "--until", "4h", *arguments)
    assert done.exit_code == 3
    assert message in " ".join(done.stderr.split())


def test_people_from_files_are_those_of_the_run_folder(speciosa, tmp_path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "weight,height,age,history_drug,history_daily,history_days\n"
        "82,180,41,morphine,120,20\n61,165,29,,,\n70,170,35,morphine,60,10\n"
    )
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(
        f'regimen = "{REGIMEN}"\nuntil = "24h"\nevery = "1h"\npeople = {{ file = "people.csv" }}\n'
    )
    folder = tmp_path / "run"
    done = speciosa("simulate", str(scenario), "--save", str(folder), "--format", "json")
    assert done.exit_code == 0, done.stderr
    people.unlink()
    again = speciosa("simulate", str(folder / "scenario.json"), "--save", str(tmp_path / "again"), "--quiet")
    assert again.exit_code == 0, again.stderr
    assert (folder / "result.npz").read_bytes() == (tmp_path / "again" / "result.npz").read_bytes()
    told = json.loads((folder / "result.json").read_text())["description"]["history"]
    assert told == "each person's own: morphine, 60 to 120 mg a day for 10 to 20 days; 1 naive"


def test_covariates_beside_a_file_of_people(speciosa, tmp_path) -> None:
    people = tmp_path / "clinic.toml"
    people.write_text("female = 0.5\n")
    done = speciosa("simulate", REGIMEN, "--people-file", str(people), "--weight", "80")
    assert done.exit_code == 3
    assert "people: weight is given beside a file of people; expected one or the other." in done.stderr
    people.write_text("femal = 0.5\n")
    done = speciosa("simulate", REGIMEN, "--people-file", str(people))
    assert "clinic.toml, key femal: unknown key 'femal'. Did you mean 'female'?" in done.stderr


def test_studies_write_everything(speciosa, tmp_path) -> None:
    folder, page, curves, figure = (tmp_path / name for name in ("run", "r.html", "c.csv", "f.svg"))
    samples = tmp_path / "posterior.csv"
    samples.write_text("buprenorphine.CL [mL/min]\n700\n900\n")
    done = speciosa(
        *("simulate", REGIMEN, "--until", "24h", "--every", "1h", "--people", "6", "--studies", "4"),
        *("--samples", str(samples), "--save", str(folder), "--report", str(page), "--curves", str(curves)),
        *("--plot", str(figure), "--format", "csv"),
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(
        "output,metric,unit,studies,people,failed,median,people p5,people p95,median p5"
    )
    assert "numbers vary between studies" in done.stderr
    typical = pd.read_csv(folder / "typical_values.csv")
    assert set(typical["buprenorphine.CL"].round(6)) <= {42.0, 54.0}
    assert list(pd.read_csv(curves).columns[3:]) == [
        *("median", "people p5", "people p95", "median p5", "median p95")
    ]
    assert "light band between dashed lines" in page.read_text()
    assert "<svg" in figure.read_text()


@pytest.mark.parametrize("method", ["tornado", "sobol"])
def test_sensitivity(speciosa, tmp_path, method: str) -> None:
    figure = tmp_path / "figure.png"
    done = speciosa(
        *("sensitivity", REGIMEN, "--until", "24h", "--output", "plasma.buprenorphine", "--summary", "peak"),
        *("--method", method, "--samples", "8", "--only", "buprenorphine.sublingual", "--plot", str(figure)),
        *("--format", "json"),
    )
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["measure"] for row in rows} == {"peak of plasma.buprenorphine"}
    assert "buprenorphine.sublingual.F" in {row["parameter"] for row in rows}
    assert "state no uncertainty and are held" in done.stderr
    assert ("Method: Saltelli" in done.stderr) == (method == "sobol")
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--output", "COW"), "unknown output 'COW'. Did you mean 'COWS'?"),
        (
            ("--output", "COWS", "--at", "90h"),
            "COWS at 90 h is outside of the scenario; expected times from 0 to 24",
        ),
        (("--output", "COWS", "--only", "morphine"), "unknown uncertain parameter 'morphine'"),
        (("--output", "COWS", "--method", "sobol", "--samples", "100"), "expected a power of two"),
        (("--output", "COWS", "--window", "9h"), "--window: '9h' is no span of time"),
    ],
)
def test_bad_sensitivity(speciosa, arguments: tuple[str, ...], message: str) -> None:
    done = speciosa("sensitivity", REGIMEN, "--until", "24h", *arguments)
    assert done.exit_code == 3
    assert message in " ".join(done.stderr.split())
