"""Populations in shards: the numbers of `simulate`, whatever the shards."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speciosa.campaigns import PopulationStudy, PopulationSummary, compute, merged
from speciosa.engine import Serial, Threads
from speciosa.engine.remote import packed
from speciosa.errors import CampaignError, UnknownNameError
from speciosa.people import population, specification
from speciosa.regimens import parse
from speciosa.results import Result, figure_caption
from speciosa.simulation import Scenario, Setting, simulate

SIZE = 90
AFTER = "after morphine 30 mg SC every 6 h for 3 days:"
OUTPUTS = ("plasma.mitragynine", "signal.MOR")
HISTORY = {
    "history": {
        "drug": "morphine",
        "daily": {"low": 40.0, "high": 60.0},
        "days": {"low": 2.0, "high": 4.0},
        "share": 0.3,
    }
}


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting()


@pytest.fixture(scope="module")
def scenario(setting: Setting) -> Scenario:
    people = population(setting.evidence, SIZE, seed=3)
    regimen = parse("kratom powder 3 g once", setting.library)
    return Scenario(regimen, people, until=24.0, every=2.0, outputs=OUTPUTS)


@pytest.fixture(scope="module")
def whole(scenario: Scenario, setting: Setting) -> Result:
    return simulate(scenario, setting)


def found(study: PopulationStudy, folder: Path) -> PopulationSummary:
    return merged(compute(study, folder, Serial()), study)


@pytest.fixture(scope="module")
def summary(
    scenario: Scenario, setting: Setting, tmp_path_factory: pytest.TempPathFactory
) -> PopulationSummary:
    return found(PopulationStudy(scenario, setting, shard_size=40), tmp_path_factory.mktemp("summary"))


def test_metrics_are_those_of_simulate(summary: PopulationSummary, whole: Result) -> None:
    exact = whole.summary("ng/mL")
    assert list(summary.table.columns) == list(exact.columns)
    assert summary.table[["output", "metric", "unit", "n"]].equals(exact[["output", "metric", "unit", "n"]])
    for name in ("mean", "CV%"):
        np.testing.assert_allclose(summary.table[name], exact[name], rtol=2e-3)
    np.testing.assert_allclose(summary.table["median"], exact["median"], rtol=0.05)


def test_percentiles_are_those_of_the_nearest_rank(summary: PopulationSummary, whole: Result) -> None:
    curve = summary.curves[summary.curves["output"] == "signal.MOR"]
    values = np.sort(np.asarray(whole.output("signal.MOR").values), axis=0)
    for name, share in (("p5", 0.05), ("median", 0.5), ("p95", 0.95)):
        exact = values[int(np.floor(share * (SIZE - 1) + 0.5))]
        np.testing.assert_allclose(curve[name], exact, rtol=2.0**-8)
    assert (curve["n"] == SIZE).all()


@pytest.mark.parametrize("size", [1, 7, 90, 1000])
def test_the_size_of_the_shards_does_not_show(
    size: int, summary: PopulationSummary, scenario: Scenario, setting: Setting, tmp_path: Path
) -> None:
    if size == 1:
        scenario = replace(scenario, people=scenario.people.part(range(5)))
    other = found(PopulationStudy(scenario, setting, shard_size=size), tmp_path)
    same = summary
    if size == 1:
        same = found(PopulationStudy(scenario, setting, shard_size=3), tmp_path / "same")
    pd.testing.assert_frame_equal(other.table, same.table, check_exact=True)
    pd.testing.assert_frame_equal(other.curves, same.curves, check_exact=True)


def test_slices_within_a_shard_do_not_show(
    summary: PopulationSummary, scenario: Scenario, setting: Setting, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("speciosa.campaigns.population.NUMBERS_AT_ONCE", 13 * 2 * 11)
    other = found(PopulationStudy(scenario, setting, shard_size=40), tmp_path)
    pd.testing.assert_frame_equal(other.curves, summary.curves, check_exact=True)


def test_people_with_histories_are_the_same_in_shards(setting: Setting, tmp_path: Path) -> None:
    makeup = specification(HISTORY, setting.evidence, "people")
    people = population(setting.evidence, 12, seed=5, makeup=makeup)
    regimen = parse("kratom powder 3 g once", setting.library)
    scenario = Scenario(regimen, people, until=24.0, every=6.0, outputs=OUTPUTS)
    study = PopulationStudy(scenario, setting, shard_size=1, keeps_people=True)
    compute(study, tmp_path, Threads(2))
    kept = pd.concat([pd.read_parquet(path) for path in sorted(tmp_path.glob("people/*.parquet"))])
    assert kept["person"].tolist() == list(range(1, 13))
    exact = simulate(scenario, setting).exposure("mitragynine", "ng/mL")["Cmax"].values
    assert kept["plasma.mitragynine Cmax [ng/mL]"].tolist() == exact.tolist()


@pytest.mark.parametrize(
    ("text", "batches"),
    [
        (f"{AFTER} clonidine hydrochloride 0.1 mg once when COWS reaches 5", "person"),
        ("kratom powder 3 g every 12 h for 2 days", "dose"),
    ],
)
def test_rules_and_batches_are_those_of_each_person(text, batches, setting: Setting, tmp_path: Path) -> None:
    people = population(setting.evidence, 6, seed=3)
    scenario = Scenario(
        parse(text, setting.library), people, 36.0, every=6.0, outputs=("signal.MOR",), batches=batches
    )
    compute(PopulationStudy(scenario, setting, shard_size=2, keeps_people=True), tmp_path, Serial())
    kept = pd.concat([pd.read_parquet(path) for path in sorted(tmp_path.glob("people/*.parquet"))])
    exact = simulate(scenario, setting).output("signal.MOR").values.max(axis=1)
    assert kept["signal.MOR maximum [dimensionless]"].tolist() == exact.tolist()


def test_the_identity_holds_whatever_numbers_depend_on(scenario: Scenario, setting: Setting) -> None:
    study = PopulationStudy(scenario, setting)
    key = study.identity.key
    assert PopulationStudy(scenario, setting).identity.key == key
    others = [
        replace(study, scenario=replace(scenario, until=25.0)),
        replace(study, scenario=replace(scenario, values={"mitragynine.fu": 0.07})),
        replace(study, scenario=replace(scenario, people=replace(scenario.people, seed=4))),
        replace(study, scenario=replace(scenario, people=scenario.people.part(range(SIZE, 0, -1)[1:]))),
        replace(study, unit="nmol/L"),
        replace(study, shard_size=41),
        replace(study, keeps_people=True),
    ]
    assert len({key, *(other.identity.key for other in others)}) == len(others) + 1


def test_a_study_travels_without_what_is_compiled(scenario: Scenario, setting: Setting) -> None:
    study = PopulationStudy(scenario, setting)
    before = packed(study)
    assert study.ready.kernel is not None
    assert packed(study) == before
    assert pickle.loads(before).identity.key == study.identity.key


def test_failures_are_told_and_left_out(scenario: Scenario, setting: Setting, tmp_path: Path) -> None:
    broken = replace(scenario, values={"mitragynine.V1/F": -1.0}, people=scenario.people.part(range(4)))
    result = found(PopulationStudy(broken, setting, shard_size=3), tmp_path)
    assert result.failures["person"].tolist() == [1, 2, 3, 4]
    assert result.failures["reason"].str.contains("person").all()
    assert (result.table["n"] == 0).all()
    assert (result.table["failed"] == 4).all()
    assert result.curves["median"].isna().all()


def test_the_figure_and_the_files(summary: PopulationSummary, tmp_path: Path) -> None:
    assert "of 90 simulated people" in figure_caption(summary.plot("plasma.mitragynine"))
    summary.save(tmp_path)
    names = ["curves.csv", "failures.csv", "sources.txt", "summary.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    with pytest.raises(UnknownNameError, match="unknown output 'COWS'"):
        summary.plot("COWS")
    assert "within 0.012 %" in summary.note


def test_a_shard_without_people_is_refused(scenario: Scenario, setting: Setting) -> None:
    with pytest.raises(CampaignError, match="a shard has 0 people; expected 1 or more"):
        PopulationStudy(scenario, setting, shard_size=0)
