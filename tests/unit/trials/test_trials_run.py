"""Small trials of every design, run: one seed is one trial, and what happens to people is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speciosa.errors import TrialError
from speciosa.simulation import Setting
from speciosa.trials import Trial, TrialResult, read_protocol_text, run_trial, trial_seed
from speciosa.trials.storage import tables_of

SETTING = Setting()
HEAD = """title = "A small trial"
until = "4 d"
history = "morphine 30 mg SC every 6 h for 5 days"

[people]
size = 12

[[visits]]
every = "1 d"
scales = ["COWS"]
urine = true

[[endpoints]]
name = "peak"
measure = "peak"
scale = "COWS"

[[endpoints]]
name = "leaving"
measure = "time to leaving"
"""
ARMS = """
[arms.nothing]
regimen = "nothing"

[arms.morphine]
regimen = "morphine 30 mg SC every 12 h for 2 days, then nothing"
"""


def ready(text: str) -> Trial:
    return Trial.of(read_protocol_text(text, "trial.toml", SETTING), SETTING)


PARALLEL = ready(
    HEAD
    + ARMS
    + """
[eligibility.scores.COWS]
at_least = 1

[randomization]
block = 2

[[randomization.strata]]
by = "age"
cuts = [40]

[behavior]
leaving = { start = -2, severity = 0.3 }
missing = { start = -1 }
using = { start = 0 }
use = { takes = "morphine 30 mg SC once at 2 h", days = 2 }
then = "morphine 30 mg SC every 6 h"

[[endpoints]]
name = "urines"
measure = "negative share"

[[endpoints]]
name = "use"
measure = "time to use"

[[endpoints]]
name = "ventilation"
measure = "highest"
output = "effect.ventilation"

[[endpoints]]
name = "moderate"
measure = "days in band"
scale = "COWS"
band = "moderate"

[[endpoints]]
name = "after"
measure = "mean"
scale = "COWS"
after_last_dose = true

[[analyses]]
endpoint = "peak"
method = "difference of means"

[[analyses]]
endpoint = "leaving"
method = "log-rank"
"""
)


@pytest.fixture(scope="module")
def result() -> Iterator[TrialResult]:
    yield PARALLEL.run(3)


def equal(one: TrialResult, other: TrialResult) -> bool:
    both = tables_of(one), tables_of(other)
    assert set(both[0]) == set(both[1])
    return all(table.to_csv() == both[1][name].to_csv() for name, table in both[0].items())


def test_the_same_seed_is_the_same_trial_with_any_executor(result: TrialResult) -> None:
    assert equal(result, PARALLEL.run(3, executor="threads"))
    assert not equal(result, run_trial(PARALLEL, seed=4))
    assert trial_seed(3, 0) != trial_seed(3, 1) != trial_seed(4, 1)


def test_people_are_counted(result: TrialResult) -> None:
    flow = result.flow
    assert flow.randomized == 12 == len(result.persons)
    assert flow.screened == 12 + sum(flow.excluded.values())
    for counts in flow.arms.values():
        assert counts["allocated"] == sum(count for name, count in counts.items() if name != "allocated")
    assert sum(counts["left"] for counts in flow.arms.values()) == (result.persons["end"] == "left").sum() > 0


def test_nobody_is_rated_after_leaving(result: TrialResult) -> None:
    left = result.persons["days"]
    table = result.ratings
    beyond = table["day"] > table["person"].map(left)
    assert beyond.any()
    assert table.loc[beyond, "value"].isna().all()
    assert table.loc[~beyond, "value"].notna().all()


def test_courses_are_those_of_the_decisions(result: TrialResult) -> None:
    """Solving the doses that were decided once more decides the same."""
    for _, course in result.courses:
        road = PARALLEL.road(tuple(stretch.piece for stretch in course.planned.phases))
        again = road.conducted(course.people, course.ready.solve())
        assert again.habits == course.conduct.habits
        np.testing.assert_array_equal(again.left, course.conduct.left)
        assert any(habit.beside for habit in again.habits)


def test_endpoints_are_what_they_say(result: TrialResult) -> None:
    table = result.endpoints
    seen = result.ratings.dropna(subset=["value"]).groupby("person")["value"]
    pd.testing.assert_series_equal(table["peak"].dropna(), seen.max(), check_names=False, check_dtype=False)
    assert table["leaving: event"].isin((0.0, 1.0)).all()
    assert (table["leaving"] <= 4.0).all() and (
        (table["leaving"] == 4.0) == (table["leaving: event"] == 0)
    ).all()
    used = result.persons["weeks with non-study use"] > 0
    assert (table.loc[used, "urines"] == 0.0).all()
    assert table["ventilation"].between(0.0, 1.0).all()


def test_a_folder_holds_the_trial(result: TrialResult, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "trial")
    assert {item.name for item in folder.iterdir()} == {
        "analyses.csv",
        "curves.csv",
        "endpoints.csv",
        "figures",
        "flow.csv",
        "persons.csv",
        "protocol.json",
        "ratings.csv",
        "report.html",
        "run.json",
        "sources.txt",
    }
    assert {"flow.png", "COWS.png", "leaving.png"} <= {item.name for item in (folder / "figures").iterdir()}
    run = json.loads((folder / "run.json").read_text())
    assert (
        run["seed"] == 3
        and run["evidence"]
        and "nothing: leaving (start -2, severity 0.3)" in run["assumed by the protocol"]
    )
    page = (folder / "report.html").read_text()
    assert "Intended use" in page and "Assumed by the protocol, without evidence" in page
    again = read_protocol_text((folder / "protocol.json").read_text(), "protocol.json", SETTING)
    assert equal(result, run_trial(again, seed=3, setting=SETTING))


def test_an_arm_stops_for_safety() -> None:
    trial = ready(
        HEAD.replace("size = 12", "size = 16")
        + ARMS
        + """
[[safety]]
output = "effect.ventilation"
above = 0.05
share = 0.2
certainty = 0.8
look = 2
"""
    )
    result = trial.run(1)
    # At time 0 the opioid of before still acts: everybody is beyond the level at once.
    assert (result.persons["end"] == "stopped for safety").all()
    assert result.decisions["decision"].tolist() == ["stop", "stop"]
    assert result.flow.randomized == 4 and sum(result.flow.kept_out.values()) == 12


def test_a_crossover_compares_within_people() -> None:
    trial = ready(
        HEAD.replace('until = "4 d"', 'until = "4 d"\ndesign = "crossover"')
        + ARMS
        + """
[crossover]
period = "2 d"

[[analyses]]
endpoint = "peak"
method = "crossover difference"
"""
    )
    result = trial.run(1)
    assert result.arms == ("nothing, then morphine", "morphine, then nothing")
    assert result.endpoints.groupby(level="person")["arm"].nunique().eq(2).all()
    (row,) = result.analyses.to_dict("records")
    table = result.endpoints
    wide = table.reset_index().pivot(index="person", columns="arm", values="peak")
    assert row["n"] == 12 and row["low"] < row["estimate"] < row["high"]
    assert np.sign(row["estimate"]) == np.sign((wide["morphine"] - wide["nothing"]).mean())


def test_a_sequential_trial_goes_on_by_response() -> None:
    trial = ready(
        HEAD.replace('until = "4 d"', 'until = "4 d"\ndesign = "sequential"')
        + ARMS
        + """
[sequential]
first = ["nothing"]
decide = "1 d"
scale = "COWS"
at_most = 8
others = ["same", "morphine"]

[[analyses]]
endpoint = "peak"
method = "regime means"
"""
    )
    result = trial.run(2)
    table = result.endpoints
    at = result.ratings.query("day == 1").set_index("person")["value"].reindex(table.index)
    assert ((at <= 8) == table["responded"]).all()
    assert set(table.loc[table["responded"], "second"]) == {"same"}
    assert (table.loc[~table["responded"], "weight"] == 2.0).all()
    assert result.analyses["comparison"].tolist() == [
        "nothing; same after a response, same otherwise",
        "nothing; same after a response, morphine otherwise",
    ]


def test_an_escalation_goes_up_by_its_rule() -> None:
    head = HEAD.replace('until = "4 d"', 'until = "1 d"\ndesign = "escalation"')
    head = head.replace('history = "morphine 30 mg SC every 6 h for 5 days"', 'every = "1 h"')
    trial = ready(
        head.replace('every = "1 d"', 'at = "0 h"')
        + """
[arms.low]
regimen = "morphine 1 mg SC once"

[arms.high]
regimen = "morphine 300 mg SC once"

[[safety]]
output = "effect.ventilation"
above = 0.4

[escalation]
rule = "3+3"
"""
    )
    decisions = trial.run(1).decisions
    assert decisions["level"].tolist() == ["low", "high", "low", "low"]
    assert decisions["decision"].tolist() == [
        "up",
        "down",
        "ends: too many events above",
        "highest level with six people and at most one event",
    ]


def test_too_few_who_may_take_part_are_told() -> None:
    limits = "[eligibility]\nscreen_at_most = 24\n[eligibility.covariates]\nage = { at_least = 99 }\n"
    trial = ready(f"{HEAD}{ARMS}\n{limits}")
    with pytest.raises(TrialError, match=r"0 of 24 people screened may take part \(age: 24\); expected 12"):
        trial.run(1)
