"""Rules in a whole scenario: alike in both targets, as doses that are known, and for each person alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.errors import UnknownNameError
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Result
from speciosa.simulation import Scenario, Setting, simulate

HISTORY = "after morphine 30 mg SC every 6 h for 3 days: "
WAITS = HISTORY + "buprenorphine 8 mg sublingual once when signal.MOR < 0.2, then 16 mg once a day for 2 days"
VISITS = (
    HISTORY
    + "morphine 10 mg SC every 6 h for 4 days at each daily visit raise by 5 mg to 20 mg unless COWS < 1"
)
UNTIL = 120.0
# Steps are kept within 1e-6 of each state; their errors over a course add up, and shift a crossing as much.
CLOSE = 1e-4


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting()


def scenario(text: str, setting: Setting, n: int = 3, target: str = "auto") -> Scenario:
    people = population(setting.evidence, n, 7)
    outputs = ("COWS", "signal.MOR", "plasma.morphine")
    return Scenario(parse(text, setting.library), people, UNTIL, every=2.0, outputs=outputs, target=target)


@pytest.fixture(scope="module")
def waiting(setting: Setting) -> Result:
    return simulate(scenario(WAITS, setting, n=12), setting)


def test_each_person_starts_at_an_own_time(waiting: Result) -> None:
    decisions, doses = waiting.courses.decisions, waiting.courses.doses
    assert waiting.failed == 0
    assert set(decisions["action"]) == {"started"}
    assert decisions["time"].nunique() == len(decisions) > 6
    for row in decisions.itertuples():
        mine = doses[doses["person"] == row.person]
        assert mine["time"].tolist() == pytest.approx(row.time + np.array([0.0, 24.0, 48.0]))
        assert mine["amount"].tolist() == [8.0, 16.0, 16.0]
    (said,) = (note for note in waiting.description.notes if "acted on" in note)
    assert said.startswith("buprenorphine 8 mg sublingual when signal.MOR < 0.2: acted on ")
    assert waiting.description.doses[-1].time < 0.0


def test_the_signal_is_at_its_level_where_the_part_starts(setting: Setting, waiting: Result) -> None:
    """The same doses, told as a regimen without rules, give the same course."""
    row = waiting.courses.decisions.iloc[0]
    known = HISTORY + (
        f"buprenorphine 8 mg sublingual once at {row.time:.12f} h,"
        f" then 16 mg once a day from {row.time + 24.0:.12f} h for 2 days"
    )
    plain = simulate(scenario(known, setting, n=12), setting)
    index = int(row.person) - 1
    for name in ("COWS", "signal.MOR"):
        one, other = (item.output(name).values[index] for item in (plain, waiting))
        assert np.abs(one - other).max() < CLOSE * np.abs(one).max()
    fine = replace(scenario(known, setting, n=12), every=None, times=(0.0, float(row.time), 60.0))
    assert simulate(fine, setting).output("signal.MOR").values[index, 1] == pytest.approx(0.2, rel=CLOSE)


@pytest.mark.parametrize("text", [WAITS, VISITS], ids=["waits", "visits"])
def test_both_targets_decide_alike(setting: Setting, text: str) -> None:
    pytest.importorskip("llvmlite")
    one, other = (simulate(scenario(text, setting, 2, target), setting) for target in ("llvm", "reference"))
    left, right = one.courses.decisions, other.courses.decisions
    assert len(left) > 0
    assert left[["person", "rule", "action"]].equals(right[["person", "rule", "action"]])
    assert left["time"].to_numpy() == pytest.approx(right["time"].to_numpy(), rel=CLOSE)
    for name in ("COWS", "plasma.morphine"):
        a, b = (item.output(name).values for item in (one, other))
        assert np.abs(a - b).max() < CLOSE * np.abs(b).max()


def test_a_person_is_the_same_in_another_crowd(setting: Setting, waiting: Result) -> None:
    few = simulate(scenario(WAITS, setting, n=5), setting)
    for name in few.outputs():
        assert (few.output(name).values == waiting.output(name).values[:5]).all()


def test_what_people_did_is_kept_with_the_result(waiting: Result, tmp_path) -> None:
    again = Result.load(waiting.save(tmp_path))
    assert again.courses.rules == waiting.courses.rules
    assert again.courses.decisions.equals(waiting.courses.decisions)
    assert again.courses.doses.equals(waiting.courses.doses)
    table = again.courses.summary(again.n)
    assert table["persons"].item() == waiting.courses.decisions["person"].nunique()
    assert table["first, earliest"].item() == waiting.courses.decisions["time"].min()


def test_a_rule_that_nobody_meets(setting: Setting) -> None:
    text = HISTORY + "methadone 40 mg once when COWS reaches 47"
    result = simulate(scenario(text, setting, n=2), setting)
    assert result.description.notes[-1] == ("methadone 40 mg when COWS >= 47: acted on 0 of 2 people (0 %).")
    assert result.courses.doses.empty


def test_an_output_that_the_model_does_not_have(setting: Setting) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown output 'signal.MORE'. Did you mean 'signal.MOR'"):
        simulate(scenario(HISTORY + "methadone 40 mg once when signal.MORE > 1", setting, n=1), setting)
