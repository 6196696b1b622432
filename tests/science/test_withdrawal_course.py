"""Withdrawal after morphine is stopped, and what antagonists and partial agonists do at once."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

HISTORY = "after morphine 30 mg SC every 6 h for 60 days: "


@pytest.fixture(scope="module")
def stopped(run):
    return run(HISTORY + "nothing", 14 * 24.0, 200, ("COWS", "signal.MOR"))


def test_score_rises_above_the_level_before_the_stop(stopped) -> None:
    assert np.median(stopped.score("COWS")["rise"].values) > 5.0


@pytest.mark.xfail(
    reason="Observed on day 2. The potency that a naloxone challenge asks of morphine leaves receptors below"
    " saturation, so that the signal falls with plasma and the score peaks after 14 h; assay constants would"
    " give 30 h and no challenge. The two observations pull apart.",
    strict=True,
)
def test_score_peaks_between_one_and_three_days(stopped) -> None:
    assert 24.0 <= np.median(stopped.score("COWS", time_unit="h")["time of peak"].values) <= 72.0


def test_with_the_assay_potency_of_morphine_it_does() -> None:
    setting = Setting()
    scenario = Scenario(
        parse(HISTORY + "nothing", setting.library),
        population(setting.evidence, 200, seed=1),
        14 * 24.0,
        outputs=("COWS",),
        every=1.0,
        choices={"morphine.in_vivo": "assay", "morphine-6-glucuronide.in_vivo": "assay"},
    )
    peaks = simulate(scenario, setting).score("COWS", time_unit="h")["time of peak"].values
    assert 24.0 <= np.median(peaks) <= 72.0


def test_score_stays_near_its_peak_through_day_two(stopped) -> None:
    course = stopped.data["COWS"].median("person")
    days = [float(course.sel(time=slice(24.0 * day, 24.0 * (day + 1))).mean()) for day in range(4)]
    assert days[1] > 0.9 * max(days)
    assert days[1] > days[2] > days[3]


def test_rise_is_below_a_third_of_its_peak_by_day_7(stopped) -> None:
    """Row mor-spont-resolve: felt to be over by day 7; a third is what the target allows."""
    course = stopped.data["COWS"].mean("person")
    before = float(course.sel(time=slice(-24.0, 0.0)).mean())
    seventh = float(course.sel(time=slice(144.0, 168.0)).mean())
    assert 0.0 < (seventh - before) / (float(course.max()) - before) < 1.0 / 3.0


@pytest.mark.parametrize(
    ("target", "taken", "until"),
    [
        pytest.param(
            "t-wd-cows13-short",
            "morphine 30 mg SC every 6 h",
            72.0,
            marks=pytest.mark.xfail(
                strict=True,
                reason="At 8 h instead of 12-16 h: the score starts from the trough of the last interval, and"
                " the signal falls with plasma, as the naloxone challenge asks.",
            ),
        ),
        pytest.param(
            "t-wd-cows13-methadone",
            "methadone 100 mg by mouth once a day",
            120.0,
            marks=pytest.mark.xfail(
                strict=True,
                reason="Methadone falls so slowly that the typical adult stays below: 10 at the highest, on"
                " day 3. The guideline says nothing on the share of people who get there.",
            ),
        ),
    ],
)
def test_hours_to_a_score_above_twelve(run, target: str, taken: str, until: float) -> None:
    course = run(f"after {taken} for 60 days: nothing", until, 1, ("COWS",), 0.5).data["COWS"].isel(person=0)
    course = course.sel(time=slice(0.0, None))
    above = course.time.values[course.values > 12.0]
    found = load().targets[target]
    assert above.size
    assert float(found.tol_low) <= above[0] <= float(found.tol_high)


def test_day_of_the_peak_after_buprenorphine(run) -> None:
    text = "after buprenorphine 8 mg sublingual once a day for 36 days: nothing"
    course = run(text, 240.0, 1, ("COWS",), 1.0).data["COWS"].isel(person=0)
    found = load().targets["t-wd-bup8-peak"]
    day = float(course.time[int(course.argmax("time"))]) / 24.0
    assert float(found.tol_low) <= day <= float(found.tol_high)


def test_rise_is_below_half_of_its_peak_by_day_14(stopped) -> None:
    course = stopped.data["COWS"]
    before = course.sel(time=slice(-24.0, 0.0)).mean("time")
    rise = stopped.score("COWS")["rise"]
    late = course.isel(time=-1) - before
    assert np.median(late.values) < 0.5 * np.median(rise.values)


@pytest.mark.parametrize(
    "given", ["naloxone 2 mg IV at 2 h", "naloxone 2 mg IM at 2 h", "naloxone 4 mg IN at 2 h"]
)
def test_antagonist_lowers_the_signal_and_the_score_answers(run, given: str) -> None:
    on_drug = "; ".join([HISTORY + "morphine 30 mg SC every 6 h for 1 day", given])
    result = run(on_drug, 6.0, 1, ("COWS", "signal.MOR"), 0.05)
    alone = run(HISTORY + "morphine 30 mg SC every 6 h for 1 day", 6.0, 1, ("COWS", "signal.MOR"), 0.05)
    soon = {"time": slice(2.05, 2.5)}
    signal = result.data["signal.MOR"].sel(soon).min() - alone.data["signal.MOR"].sel(soon).min()
    score = result.data["COWS"].sel(soon).max() - alone.data["COWS"].sel(soon).max()
    assert signal.item() < 0.0
    assert score.item() > 0.0


def test_partial_agonist_on_a_full_agonist_lowers_the_signal(run) -> None:
    """With occupancy as seen by PET methadone 60 mg gives about the signal of buprenorphine, 120 mg more."""
    history = "after methadone 120 mg once a day for 60 days: methadone 120 mg once a day for 2 days"
    alone = run(history, 24.0, 1, ("COWS", "signal.MOR"), 0.25)
    added = run(f"{history}; buprenorphine 16 mg sublingual at 6 h", 24.0, 1, ("COWS", "signal.MOR"), 0.25)
    later = {"time": slice(8.0, 16.0)}
    assert (added.data["signal.MOR"].sel(later) < alone.data["signal.MOR"].sel(later)).all()
    assert added.data["COWS"].sel(later).max() > alone.data["COWS"].sel(later).max()
