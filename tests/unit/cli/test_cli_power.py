"""``speciosa trial power``: tables, figures, and the same answer after a kill and with other executors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROTOCOL = """
title = "Small"
until = "12 h"
history = "morphine 30 mg SC every 6 h for 2 days"
people = { size = 8 }
[arms.placebo]
regimen = "nothing"
[arms.methadone]
regimen = "methadone hydrochloride 20 mg once"
[[visits]]
every = "6 h"
scales = ["COWS"]
[[endpoints]]
name = "COWS at the end"
measure = "score"
scale = "COWS"
at = "12 h"
[[analyses]]
endpoint = "COWS at the end"
method = "difference of means"
"""
ASKED = ("--trials", "8", "--shard-size", "2", "--better", "lower", "--look", "0.5", "--futility", "0.1")
ANSWERS = ("power.csv", "looks.csv", "safety.csv", "limits.csv", "trials.csv", "sources.txt", "manifest.json")


def answers(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ANSWERS}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("protocol") / "small.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def whole(file: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from typer.testing import CliRunner

    from speciosa.cli.app import app

    folder = tmp_path_factory.mktemp("whole")
    given = ["trial", "power", file, *ASKED, "--executor", "serial", "--out", str(folder)]
    figures = ["--plot", str(folder / "a.svg"), "--plot-looks", str(folder / "b.png")]
    result = CliRunner().invoke(app, [*given, *figures], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.stderr
    assert "Small: 8 trials, seed 1" in result.stdout
    assert "Fewest people tried with a power of 0.8" in result.stdout
    assert "Trials: 8 of 8 (100 %)" in result.stderr
    assert (folder / "a.svg").exists()
    assert (folder / "b.png").exists()
    assert "Discrete sequential boundaries" in (folder / "sources.txt").read_text(encoding="utf-8")
    return folder


def test_a_killed_curve_is_resumed_to_the_same_answer(speciosa, file, whole: Path, tmp_path: Path) -> None:
    program = (
        "import time, speciosa.campaigns.folder as f; write = f.Folder.write\n"
        "def slow(*a): write(*a); time.sleep(0.3)\n"
        "f.Folder.write = slow\n"
        "from speciosa.cli import main; main()"
    )
    arguments = ["trial", "power", file, *ASKED, "--executor", "serial", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while len(list(tmp_path.glob("shards/*.npz"))) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "power.csv").exists()
    assert speciosa(*arguments, "--resume").exit_code == 0
    assert answers(tmp_path) == answers(whole)


def test_processes_and_parts_give_the_same_answer(speciosa, file, whole: Path, tmp_path: Path) -> None:
    given = ("trial", "power", file, *ASKED, "--out", str(tmp_path))
    assert speciosa(*given, "--workers", "1", "--shard", "2/2").exit_code == 0
    assert speciosa(*given, "--executor", "threads", "--shard", "1/2").exit_code == 0
    assert speciosa(*given, "--merge").exit_code == 0
    assert answers(tmp_path) == answers(whole)


def test_what_if(speciosa, file, tmp_path: Path) -> None:
    given = ("trial", "power", file, "--trials", "1", "--people", "4", "--executor", "serial", "--quiet")
    result = speciosa(*given, "--vary", "20 mg => 10 mg | 40 mg", "--out", str(tmp_path), "--format", "csv")
    assert result.exit_code == 0, result.stderr
    assert [line.split(",")[0] for line in result.stdout.splitlines()] == ["variant", "10 mg", "40 mg"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--futility", "0.1"), "--futility: no look is asked for; expected --look 0.5"),
        (("--plot-looks", "a.svg"), "--plot-looks: no look is asked for"),
        (
            ("--look", "0.5", "--futility", "0.1"),
            "futility is asked for, and a difference in either direction",
        ),
        (("--look", "1.5"), "looks at 1.5, 1 cannot be used"),
        (("--better", "less"), "unknown direction 'less'"),
        (("--alpha", "1"), "--alpha: alpha is 1; expected more than 0"),
        (("--goal", "80"), "--goal: the goal is 80; expected more than 0 and less than 1"),
        (("--samples", "a.csv"), "--samples: samples are given and no assurance"),
        (("--vary", "20 mg"), "--vary: '20 mg' changes nothing"),
        (("--analysis", "Cox"), "unknown analysis 'Cox'"),
        (("--trials", "0"), "0 trials are asked for; expected 1 or more"),
        (("--people", "1"), "1 people are asked for; expected 4 or more"),
        (("--cluster", "tcp://a:1", "--workers", "2"), "a number of workers is given beside a cluster"),
    ],
)
def test_what_does_not_fit_is_refused(more, words: str, speciosa, file, tmp_path: Path) -> None:
    result = speciosa("trial", "power", file, "--out", str(tmp_path), *more)
    assert result.exit_code == 3
    assert words in " ".join(result.stderr.split())


def test_a_figure_of_safety_needs_a_rule(speciosa, file, tmp_path: Path) -> None:
    given = ("trial", "power", file, "--trials", "1", "--people", "4", "--executor", "serial")
    result = speciosa(*given, "--out", str(tmp_path), "--plot-safety", str(tmp_path / "a.svg"))
    assert result.exit_code == 3
    assert "safety: no rule of the protocol stops an arm" in result.stderr


def test_a_protocol_that_is_not_there(speciosa, tmp_path: Path) -> None:
    result = speciosa("trial", "power", "lofexidine", "--out", str(tmp_path))
    assert result.exit_code == 3
    assert "unknown template 'lofexidine'" in result.stderr
