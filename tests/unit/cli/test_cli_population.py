"""``speciosa population``: the whole way through the command line, cut off and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from speciosa.cli.console import ProgressLines

SCENARIO = (
    *("population", "kratom powder 3 g once", "--until", "12h", "--every", "2h"),
    *("--people", "24", "--shard-size", "4", "--output", "plasma.mitragynine"),
)
ANSWERS = ("summary.csv", "curves.csv", "failures.csv", "sources.txt", "scenario.json", "manifest.json")


def answers(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ANSWERS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from typer.testing import CliRunner

    from speciosa.cli.app import app

    folder = tmp_path_factory.mktemp("whole")
    result = CliRunner().invoke(app, [*SCENARIO, "--out", str(folder)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.stderr
    return folder


def test_tables_figure_and_talk(speciosa, tmp_path: Path) -> None:
    result = speciosa(*SCENARIO, "--out", str(tmp_path), "--plot", str(tmp_path / "a.svg"), "--keep-people")
    assert result.exit_code == 0, result.stderr
    assert "24 people, seed 1" in result.stdout
    assert "Cmax" in result.stdout
    assert "People: 24 of 24 (100 %)" in result.stderr
    assert "counts on a fixed grid" in result.stderr
    assert (tmp_path / "a.svg").exists()
    assert len(list(tmp_path.glob("people/*.parquet"))) == 6


def test_the_saved_scenario_gives_the_same_answer(speciosa, whole: Path, tmp_path: Path) -> None:
    again = (str(whole / "scenario.json"), "--shard-size", "4", "--out", str(tmp_path))
    assert speciosa("population", *again, "--executor", "serial", "--format", "csv").exit_code == 0
    assert answers(tmp_path) == answers(whole)


def test_an_array_of_jobs_and_a_merge(speciosa, whole: Path, tmp_path: Path) -> None:
    where = ("--out", str(tmp_path))
    first = speciosa(*SCENARIO, *where, "--shard", "1/2")
    assert first.exit_code == 0, first.stderr
    assert first.stdout == ""
    assert "Part 1 of 2 is done; 3 of 6 shards are there." in first.stderr
    early = speciosa(*SCENARIO, *where, "--merge")
    assert early.exit_code == 3
    assert "3 of 6 shards are missing (2, 4, 6)" in early.stderr
    assert speciosa(*SCENARIO, *where, "--shard", "2/2").exit_code == 0
    assert speciosa(*SCENARIO, *where, "--merge").exit_code == 0
    assert answers(tmp_path) == answers(whole)


def test_a_killed_run_is_resumed_to_the_same_answer(speciosa, whole: Path, tmp_path: Path) -> None:
    # One thread and a pause at each shard, so that there is a half at which to kill.
    program = (
        "import time, speciosa.campaigns.folder as f; write = f.Folder.write\n"
        "def slow(*a): write(*a); time.sleep(0.3)\n"
        "f.Folder.write = slow\n"
        "from speciosa.cli import main; main()"
    )
    arguments = [*SCENARIO, "--executor", "serial", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while len(list(tmp_path.glob("shards/*.npz"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "summary.csv").exists()
    refused = speciosa(*arguments)
    assert refused.exit_code == 3
    assert "of 6 shards of this study. Go on with it by --resume" in refused.stderr
    assert speciosa(*arguments, "--resume").exit_code == 0
    assert answers(tmp_path) == answers(whole)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--seed", "2", "--resume"), "holds another study: seed is 1 there and 2 here"),
        (("--shard", "7"), "--shard: '7' is no part; expected two numbers: 3/100"),
        (("--shard", "3/2"), "part 3 of 2; expected a number from 1"),
        (("--shard", "1/2", "--merge"), "a part is to be computed and all to be merged"),
        (("--executor", "cluster"), "unknown executor 'cluster'"),
        (("--executor", "threads", "--cluster", "tcp://a:1"), "a cluster is given to the executor threads"),
        (("--workers", "0"), "0 workers are asked for; expected 1 or more"),
        (("--shard-size", "0"), "a shard has 0 people; expected 1 or more"),
        (("--people", "2000000"), "the population has 2000000 people; expected 1 to 1,000,000"),
    ],
)
def test_what_does_not_fit_is_refused(more, words: str, speciosa, whole: Path) -> None:
    result = speciosa(*SCENARIO, "--out", str(whole), *more)
    assert result.exit_code == 3
    assert words in " ".join(result.stderr.split())


def test_studies_within_a_population_are_refused(speciosa, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('regimen = "kratom powder 3 g once"\nstudies = 5\n', encoding="utf-8")
    result = speciosa("population", str(path), "--out", str(tmp_path / "b"))
    assert result.exit_code == 3
    assert "the file asks for studies that draw typical values" in result.stderr


def test_lines_of_progress_are_few_and_tell_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 60.0, 61.0, 120.0])
    tell = ProgressLines("People", clock=lambda: next(clock))
    for done in (0, 10, 500, 510, 1000):
        tell(done, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "People: 0 of 1,000 (0 %)",
        "People: 500 of 1,000 (50 %), about 1.0 min left",
        "People: 1,000 of 1,000 (100 %)",
    ]
