"""Engines in processes of their own: answers, errors, and rows for what cannot be run."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import ENTRIES, YARDSTICK, Entry
from engines.task import CROWDS, Task
from session import Conditions, Room, measure

LINEAR = next(entry for entry in ENTRIES if entry.name == "speciosa-linear")
ABSENT = Entry("absent", "an engine that nobody has", "absent", ("no-such-package",), {"W1": None})
BROKEN = Entry("broken", "an engine without a file", "no_such_file", ("numpy",), {"W1": None})


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """W1 with three people."""
    room = Room(tmp_path_factory.mktemp("session"), lambda _: None)
    found = measure([YARDSTICK, LINEAR, ABSENT, BROKEN], "W1", Conditions(people=3, repeats=2), room)
    return {row.entry.name: row for row in found}


def test_our_engine_is_as_right_as_it_should_be(rows) -> None:
    row = rows["speciosa"]
    assert row.problem == ""
    assert (row.people, row.asked, row.checked, row.repeats) == (3, 10_000, 3, 2)
    assert row.largest < 1e-6
    assert row.cpu > 0.0
    assert row.full == pytest.approx(row.cpu * 10_000 / 3)


def test_the_exponential_is_exact(rows) -> None:
    assert rows["speciosa-linear"].largest < 1e-11


def test_an_engine_that_is_not_installed_is_a_row(rows) -> None:
    assert rows["absent"].problem == "not installed: no-such-package"


def test_an_engine_that_cannot_do_it_is_a_row(rows) -> None:
    assert rows["broken"].problem.startswith("ModuleNotFoundError: No module named 'engines.no_such_file'")


def test_a_task_survives_its_way_to_the_process() -> None:
    task = Task("own", "rosenbrock", ("speciosa",), "W2", 3, 1e-6, 1e-9, (0, 1))
    assert Task.decoded(task.encoded()) == task
    assert task.threads == 2
    assert task.drawn.shape == (3, 9)


def test_w3_is_not_given_as_text() -> None:
    with pytest.raises(TypeError, match="W3 is not given as text"):
        _ = Task("own", "", ("speciosa",), "W3", 3, 1e-6, 1e-9, (0,)).text


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_has_its_file_and_known_workloads(entry) -> None:
    folder = Path(__file__).resolve().parents[3] / "bench" / "engines"
    assert (folder / f"{entry.module}.py").is_file()
    assert set(entry.people) <= set(CROWDS)
    assert set(entry.needs_problem) <= set(entry.people)


def test_what_others_need_is_pinned() -> None:
    path = Path(__file__).resolve().parents[3] / "bench" / "requirements.txt"
    pins = [line.split("==") for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isalpha()]
    assert all(len(pin) == 2 for pin in pins)
    needed = {name for entry in ENTRIES if not entry.is_own for name in entry.packages}
    assert needed <= {name for name, _ in pins}
