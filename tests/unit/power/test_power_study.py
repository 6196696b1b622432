"""Power by simulation: agrees with theory where there is one, and is the same whoever computes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_trials import SMALL, Normal
from statsmodels.stats.power import TTestIndPower

from speciosa.campaigns import compute
from speciosa.engine import Serial, Threads
from speciosa.errors import TrialError, UnknownNameError
from speciosa.power import (
    Change,
    Looks,
    PowerStudy,
    Variant,
    merged_power,
    plot_looks,
    plot_power,
    plot_safety,
    variants,
)
from speciosa.results import figure_caption
from speciosa.simulation import Setting
from speciosa.trials import Trial, read_protocol_text, trial_seed
from speciosa.trials.protocol import Protocol


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting()


@pytest.fixture(scope="module")
def protocol(setting: Setting) -> Protocol:
    return read_protocol_text(SMALL, "small.toml", setting)


@pytest.fixture(scope="module")
def study(protocol: Protocol, setting: Setting) -> PowerStudy:
    return PowerStudy(
        (Variant(protocol),), trials=6, seed=4, sizes=(8, 12), kinds=("power", "assurance"),
        looks=Looks((0.5, 1.0), futility=0.1), shard_size=2, setting=setting,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(study: PowerStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("power")
    merged_power(compute(study, path, Serial()), study, better="lower").save(path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("effect", "size", "trials"), [(0.0, 20, 1000), (0.7, 50, 600)])
def test_power_is_that_of_theory(effect, size, trials, protocol, setting, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(PowerStudy, "trial", lambda self, variant: Normal(self.asked(protocol), effect))
    study = PowerStudy(
        (Variant(protocol),), trials=trials, seed=2, sizes=(size,), shard_size=250, setting=setting
    )
    found = merged_power(compute(study, tmp_path, Serial()), study).power.iloc[0]
    by_theory = TTestIndPower().power(effect, size // 2, 0.05) if effect else 0.05
    assert abs(found["found"] - by_theory) < (0.03 if effect else 0.014)
    assert found["low"] < by_theory < found["high"]
    assert found["mean estimate"] == pytest.approx(effect, abs=0.05)


def test_looks_stop_as_theory_says(protocol, setting, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(PowerStudy, "trial", lambda self, variant: Normal(self.asked(protocol), -0.6))
    study = PowerStudy(
        (Variant(protocol),), trials=300, seed=3, sizes=(100,), shard_size=150, setting=setting,
        looks=Looks((0.3, 0.6, 1.0), futility=0.15),
    )  # fmt: skip
    looks = merged_power(compute(study, tmp_path, Serial()), study, better="lower").looks
    # 300 trials: a standard error of at most 2.9 points; the t test at 30 people is no normal one.
    np.testing.assert_allclose(looks["stop for benefit"], looks["benefit by theory"], atol=0.08)
    np.testing.assert_allclose(looks["stop for futility"], looks["futility by theory"], atol=0.08)
    assert looks["people"].tolist() == [30, 60, 100]
    assert 60.0 < looks["people on average"].iloc[0] < 100.0


def test_fewer_people_are_those_who_came_first(study: PowerStudy, protocol: Protocol, folder: Path) -> None:
    trials = pd.read_csv(folder / "trials.csv")
    one = trials[(trials["kind"] == "power") & (trials["trial"] == 3)].set_index("people")
    whole = Trial.of(study.asked(protocol), study.setting).run(trial_seed(4, 2))
    table = whole.endpoints
    assert one.loc[12, "estimate"] == pytest.approx(whole.analyses["estimate"].iloc[0])
    first = table[table.index <= np.unique(table.index)[7]]
    means = first.groupby("arm")["COWS at the end"].mean()
    assert one.loc[8, "estimate"] == pytest.approx(means["methadone"] - means["placebo"])
    assert one.loc[8, "n"] == first["COWS at the end"].notna().sum()


def test_threads_give_the_same_bytes(study: PowerStudy, folder: Path, tmp_path: Path) -> None:
    merged_power(compute(study, tmp_path, Threads(3)), study, better="lower").save(tmp_path)
    assert contents(tmp_path) == contents(folder)


def test_assurance_differs_from_power_by_what_is_drawn(study: PowerStudy) -> None:
    base = study.trial(0)
    one, two, again = (study._unknown.trial(base, number) for number in (0, 1, 0))
    seed = trial_seed(4, 0)
    tables = [trial.run(seed).ratings["value"].to_numpy() for trial in (base, one, two, again)]
    assert np.array_equal(tables[1], tables[3], equal_nan=True)
    assert not np.array_equal(tables[0], tables[1], equal_nan=True)
    assert not np.array_equal(tables[1], tables[2], equal_nan=True)


def test_behavior_is_drawn_from_its_rows(protocol: Protocol, setting: Setting) -> None:
    behaving = protocol.model_copy(
        update={"behavior": protocol.behavior.model_copy(update={"leaving": "ctn27-bup"})}
    )
    study = PowerStudy((Variant(behaving),), trials=400, kinds=("assurance",), setting=setting)
    row = setting.evidence.rows["leave-day-ctn27-bup-start"]
    drawn = [
        study._unknown._chances(number, "leaving", "ctn27-bup", setting.evidence).start
        for number in range(400)
    ]
    assert np.mean(drawn) == pytest.approx(row.value, abs=4.0 * float(row.spread) / 20.0)
    assert np.std(drawn) == pytest.approx(float(row.spread), rel=0.15)


def test_stops_for_safety_and_their_boundary(setting: Setting, tmp_path: Path) -> None:
    # Everybody has some signal of the morphine taken before.
    protocol = read_protocol_text(SMALL.replace("above = 2.0", "above = 0.0"), "small.toml", setting)
    study = PowerStudy((Variant(protocol),), trials=2, setting=setting)
    found = merged_power(compute(study, tmp_path, Serial()), study)
    assert found.safety["arm"].tolist() == ["placebo", "methadone"]
    assert (found.safety["stopped for safety"] == 1.0).all()
    assert (found.safety["people when stopped"] == 3.0).all()
    assert "more than 0.2 of its people have signal.MOR above 0" in figure_caption(plot_safety(found))
    assert found.limits["people"].tolist() == [3, 6]
    assert found.limits["beyond that stop"].tolist() == [2, 3]


def test_the_number_of_people_that_is_needed(study: PowerStudy, folder: Path) -> None:
    found = merged_power(compute(study, folder, Serial(), is_resumed=True), study, better="lower")
    assert found.people_for(0.0)["people"].tolist() == [8.0, 8.0]
    assert found.people_for(1.01)["people"].isna().all()
    assert "6 simulated trials" in figure_caption(plot_power(found))
    assert "it does not bind" in figure_caption(plot_looks(found))


def test_a_study_without_looks_has_no_figure_of_them(study: PowerStudy, tmp_path: Path) -> None:
    plain = replace(study, looks=None, trials=1, kinds=("power",))
    found = merged_power(compute(plain, tmp_path, Serial()), plain)
    assert found.looks.empty
    with pytest.raises(TrialError, match="the study has no looks"):
        plot_looks(found)


def test_variants_are_every_combination(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    found = variants(str(path), ["20 mg => 10 mg | 40 mg", "for 2 days => for 2 days | for 3 days"], setting)
    assert [item.text for item in found] == [
        *("10 mg, for 2 days", "10 mg, for 3 days", "40 mg, for 2 days", "40 mg, for 3 days"),
    ]
    assert found[3].protocol.arms["methadone"].regimen == "methadone hydrochloride 40 mg once"
    assert found[3].protocol.history.endswith("for 3 days")
    assert len(variants(str(path), (), setting)) == 1


def test_changes_do_not_change_what_others_put_in(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    (found,) = variants(str(path), ["20 mg => 30 mg", "30 mg => 20 mg"], setting)
    assert found.protocol.arms["methadone"].regimen == "methadone hydrochloride 30 mg once"
    assert found.protocol.history.startswith("morphine 20 mg")


@pytest.mark.parametrize("text", ["20 mg", "=> 20 mg", "20 mg => ", "20 mg => 10 mg | "])
def test_changes_that_change_nothing(text: str) -> None:
    with pytest.raises(TrialError, match=r"changes nothing; expected text of the protocol, =>"):
        Change.read(text)


def test_what_cannot_be_varied(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    with pytest.raises(TrialError, match=r"small\.toml: '21 mg' does not occur"):
        variants(str(path), ["21 mg => 1 mg"], setting)
    with pytest.raises(TrialError) as caught:
        variants(str(path), ["20 mg => 20 miles"], setting)
    assert "With 20 miles in its place." in caught.value.__notes__
    with pytest.raises(TrialError, match="cannot be read"):
        variants(str(tmp_path / "none.toml"), (), setting)


def test_protocols_that_compare_nothing(protocol: Protocol, setting: Setting) -> None:
    with pytest.raises(TrialError, match="no analysis of this protocol tests anything"):
        PowerStudy((Variant(protocol.model_copy(update={"analyses": []})),), setting=setting)
    with pytest.raises(TrialError, match="a dose escalation compares nothing"):
        PowerStudy((Variant(protocol.model_copy(update={"design": "escalation"})),), setting=setting)
    with pytest.raises(UnknownNameError, match=r"unknown analysis 'difference of mean'. Did you mean"):
        PowerStudy((Variant(protocol),), analysis="difference of mean", setting=setting)
    with pytest.raises(TrialError, match="2 people are asked for; expected 4 or more"):
        PowerStudy((Variant(protocol),), sizes=(2,), setting=setting)
    with pytest.raises(TrialError, match="0 trials are asked for"):
        PowerStudy((Variant(protocol),), trials=0, setting=setting)


def test_variants_with_other_numbers_of_people_need_numbers_stated(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    both = variants(str(path), ["size = 12 => size = 8 | size = 12"], setting)
    with pytest.raises(TrialError, match=r"different numbers of people.*State them: --people"):
        PowerStudy(both, setting=setting)
    assert PowerStudy(both, sizes=(8,), setting=setting).asked_sizes == (8,)


def test_a_direction_must_fit(study: PowerStudy, folder: Path) -> None:
    done = compute(study, folder, Serial(), is_resumed=True)
    with pytest.raises(UnknownNameError, match="unknown direction 'lowe'"):
        merged_power(done, study, better="lowe")
    with pytest.raises(
        TrialError, match="futility is asked for, and a difference in either direction counts"
    ):
        merged_power(done, study)


def test_a_trial_that_finds_too_few_people_is_one_without_an_answer(
    study: PowerStudy, tmp_path: Path, monkeypatch
) -> None:
    run = Trial.run

    def sometimes(self, seed, **rest):
        if seed == trial_seed(4, 1):
            raise TrialError("too few people")
        return run(self, seed, **rest)

    monkeypatch.setattr(Trial, "run", sometimes)
    plain = replace(study, looks=None, trials=2, kinds=("power",))
    found = merged_power(compute(plain, tmp_path, Serial()), plain)
    assert found.power["unanswered"].tolist() == [1, 1]
    monkeypatch.setattr(Trial, "run", lambda self, seed, **rest: (_ for _ in ()).throw(TrialError("none")))
    with pytest.raises(TrialError, match="none"):
        compute(replace(plain, seed=9), tmp_path / "b", Serial())
