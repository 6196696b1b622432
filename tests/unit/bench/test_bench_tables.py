"""Tables on screen, in the documentation and in files."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import run
import tables
from engines import ENTRIES, YARDSTICK
from engines.task import CROWDS
from findings import Findings
from floor import Floor
from goals import goals, lines
from rich.console import Console
from session import Measured
from start import Wait
from threads import Scaling
from workloads.small import W1

OTHER = next(entry for entry in ENTRIES if entry.name == "numbalsoda")
OURS = Measured(YARDSTICK, "W1", 10_000, 10_000, "0.1", 0.4, 0.2, 0.21, 3, 2e-7, 1e-7, 3e-9, 10_000)
THEIRS = Measured(OTHER, "W1", 100, 10_000, "0.3", 0.8, 0.03, 0.03, 3, 2e-6, 1e-6, 2e-8, 100)
FAILED = Measured(OTHER, "W2", 100, 1_000, problem="not installed: numbalsoda")
FACTS = {
    "processor": "a processor",
    "doubles in a register": 8,
    "system": "Linux x86_64",
    "versions": {"python": "3.11"},
    "load": 0.1,
    "load at the end": 1.0,
}
FINDINGS = Findings(
    FACTS,
    [OURS, THEIRS, FAILED],
    [Scaling("W2", (0.34, 0.2), (0.3, 0.31), True)],
    [Wait("a start", 1.25, 1.1, 1.2)],
    [Floor("W1", 3, 16, 1037.0, 17e-9, 0.11)],
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2114, "0.211"),
        (18.04, "18"),
        (1234.0, "1,234"),
        (2.1e-7, "2.1e-7"),
        (0.0, "0"),
        (float("inf"), "–"),
        (float("nan"), "–"),
        (43210.0, "4.3e4"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert tables.number(value) == text


def test_ratios_are_of_cpu_seconds_scaled_to_all_people() -> None:
    rows = [OURS, THEIRS]
    assert tables.ratio(THEIRS, rows) == pytest.approx(0.03 * 100 / 0.2)
    assert tables.ratio(OURS, rows) == 1.0
    assert tables.ratio(THEIRS, [THEIRS]) != tables.ratio(THEIRS, [THEIRS])


def test_the_markdown_table() -> None:
    lines = tables.speed([OURS, THEIRS, FAILED]).splitlines()
    assert lines[1] == "| --- | --- |" + " ---: |" * 8
    assert lines[2].startswith("| W1 | speciosa (Rodas5P) 0.1 | 0.2 | 1 | 0.21 | 0.4 | 2.0e-7 |")
    assert lines[3].endswith("| 100 of 10,000 |")
    assert "| 15 |" in lines[3]
    assert "not installed: numbalsoda" in lines[4]
    assert {line.count("|") for line in lines} == {11}


def test_the_screen_has_a_table_a_workload_and_says_why_a_row_is_empty() -> None:
    console = Console(width=tables.WIDE, record=True, file=StringIO())
    found = FINDINGS.screens()
    for item in found:
        console.print(item)
    text = console.export_text()
    assert len(found) == 5
    assert "W1: two compartments, oral" in text
    assert "numbalsoda (LSODA): not installed: numbalsoda" in text
    assert "1.7" in text
    assert "1,037" in text


def test_json_has_no_number_that_json_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    tables.write_json(path, FINDINGS.as_json())
    read = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [row["engine"] for row in read["speed"]] == ["speciosa", "numbalsoda", "numbalsoda"]
    assert read["speed"][1]["ratio"] == pytest.approx(15.0)
    assert read["threads"][0]["gain"] == pytest.approx(1.7)
    assert read["machine"]["load at the end"] == 1.0


def test_the_documentation_gets_the_parts_that_were_measured() -> None:
    assert set(FINDINGS.markdown()) == {"speed", "floor", "threads", "waiting"}
    assert set(Findings(FACTS, waits=FINDINGS.waits).markdown()) == {"waiting"}
    assert "Load of the machine 0.1 before and 1.0 after." in FINDINGS.markdown()["speed"]


def test_what_stands_between_markers_is_replaced() -> None:
    page = "a\n<!-- bench: x -->\nold\n<!-- end: x -->\nb\n"
    once = tables.replace_between(page, "x", "new")
    assert once == "a\n<!-- bench: x -->\n\nnew\n\n<!-- end: x -->\nb\n"
    assert tables.replace_between(once, "x", "new") == once


@pytest.mark.parametrize("page", ["", "<!-- end: x --><!-- bench: x -->", "<!-- bench: x -->" * 2])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page does not hold <!-- bench: x -->"):
        tables.replace_between(page, "x", "new")


def test_the_page_has_all_markers() -> None:
    text = run.PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- bench: (\w+) -->", text)) == {*FINDINGS.markdown(), "goals"}
    for name in (*FINDINGS.markdown(), "goals"):
        assert "new content" in tables.replace_between(text, name, "new content")


def test_goals() -> None:
    held = {goal.what: goal for goal in goals(FINDINGS)}
    ratio = held["W1: CPU seconds of numbalsoda (LSODA) over those of speciosa (Rodas5P)"]
    assert (ratio.wanted, ratio.found, ratio.is_met) == (8.0, pytest.approx(15.0), True)
    error = held["W1: largest error of speciosa (Rodas5P)"]
    assert (error.wanted, error.found, error.is_met) == (1e-6, 2e-7, True)
    assert held["W2 with lags: gain from two threads"].is_met
    assert not held["a start: wall seconds"].is_met
    assert len(held) == 4
    assert lines(list(held.values()))[-1] == ["a start: wall seconds", "at most 1.2", "1.25", "no"]


def test_a_goal_without_both_engines_is_left_out() -> None:
    assert goals(Findings(FACTS, [THEIRS, FAILED])) == []


def test_the_documentation_takes_whole_runs_alone(capsys) -> None:
    assert run.parsed(["--write-docs"]).write_docs
    with pytest.raises(SystemExit):
        run.parsed(["--write-docs", "--persons", "5"])
    assert "--write-docs takes a whole run; leave out --persons" in capsys.readouterr().err


def test_an_interpreter_that_is_not_there() -> None:
    with pytest.raises(SystemExit, match=r"--peers no-such-python: no such program; expected a Python"):
        run.peers_of("no-such-python")


def test_a_core_that_is_not_there() -> None:
    with pytest.raises(SystemExit, match=r"--core 4096: this process may not use it; expected one of: \d"):
        run.core_of(4096)


def test_people_who_are_drawn_differently_are_told(monkeypatch) -> None:
    monkeypatch.setitem(CROWDS, "W1", replace(W1, digest="0" * 16))
    assert run.people_note("W1").startswith("W1: this NumPy draws other people (SHA-256 ")
    monkeypatch.setitem(CROWDS, "W1", replace(W1, digest=W1.found_digest()))
    assert run.people_note("W1") == ""
    assert run.people_note("W3") == ""


def test_less_than_one_repeat_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        run.arguments().parse_args(["--repeats", "0"])
    assert "0 is less than 1" in capsys.readouterr().err


def test_unknown_names_are_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        run.arguments().parse_args(["--workload", "W9"])
    assert "'W9'" in capsys.readouterr().err
    assert isinstance(run.arguments(), argparse.ArgumentParser)
