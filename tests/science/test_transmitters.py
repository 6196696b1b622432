"""Transmitters, craving and returning dose: sizes and order of the rows behind them, in the typical adult."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.body.scales import COWS
from speciosa.evidence import load
from speciosa.results import Rating

HISTORY = "after morphine 30 mg SC every 6 h for 60 days: "


def value(row: str) -> float:
    return float(load().rows[row].value or 0.0)


@pytest.fixture(scope="module")
def stopped(run):
    return run(HISTORY + "nothing", 30 * 24.0, 1).data.isel(person=0)


def test_full_precipitated_withdrawal_has_the_sizes_of_the_rows(run) -> None:
    """Rats with all of the signal of morphine lost at once: a large dose for long, then an antagonist."""
    text = "after morphine 3000 mg SC every 6 h for 90 days: naloxone 2000 mg IV at 1 h"
    names = ("noradrenaline", "dopamine", "withdrawal", "dependence")
    data = run(text, 4.0, 1, names, 0.02).data.isel(person=0)
    peak = data.isel(time=int(data["withdrawal"].argmax("time")))
    lost = float(peak["withdrawal"]) / load().slot("transmitter.reference").value("")
    assert lost > 0.9
    assert float(peak["noradrenaline"]) == pytest.approx(100.0 + lost * value("na-pfc-silverstone"), rel=1e-6)
    assert float(peak["dopamine"]) == pytest.approx(100.0 - lost * value("da-fall-memory"), rel=1e-6)


def test_one_dose_lowers_noradrenaline_and_raises_dopamine_in_the_naive(run) -> None:
    data = run("morphine 30 mg SC once", 12.0, 1, ("noradrenaline", "dopamine"), 0.05).data.isel(person=0)
    floor = 100.0 - value("na-acute-fall-silverstone")
    assert floor < float(data["noradrenaline"].min()) < 95.0
    assert 105.0 < float(data["dopamine"].max()) < 100.0 + value("da-rise-memory")


def test_a_faster_rise_gives_more_dopamine(run) -> None:
    peaks = [
        float(run(f"morphine 10 mg {route} once", 12.0, 1, ("dopamine",), 0.05).data["dopamine"].max())
        for route in ("IV", "SC")
    ]
    assert peaks[0] > peaks[1] > 100.0


def test_in_withdrawal_noradrenaline_rises_and_dopamine_falls(stopped) -> None:
    late = stopped.sel(time=slice(12.0, 72.0))
    assert float(late["noradrenaline"].min()) > 110.0
    assert float(late["dopamine"].max()) < 97.0


def test_craving_and_stress_outlast_the_score(stopped) -> None:
    def left(name: str, day: float) -> float:
        course = stopped[name].sel(time=slice(0.0, None))
        rest = float(stopped[name].sel(time=-24.0)) if name == "stress" else 0.0
        return float(course.sel(time=24.0 * day) - rest) / float(course.max() - rest)

    for day in (7.0, 14.0, 21.0):
        assert left("craving", day) > left("withdrawal", day)
        assert left("stress", day) > left("withdrawal", day)


def test_tolerance_is_lost_and_the_usual_dose_comes_back_stronger(run) -> None:
    result = run(HISTORY + "nothing", 30 * 24.0, 1)
    returning = result.returning_dose(0.0).isel(person=0)
    for name in ("as strong as", "effect", "effect ratio"):
        # Tolerance still follows the last dose for some hours.
        assert (np.diff(returning[name].sel(time=slice(12.0, None)).values) > 0.0).all()
    assert float(returning["as strong as"][0]) == pytest.approx(1.0, abs=0.01)
    assert 1.5 < float(returning["as strong as"].sel(time=28 * 24.0)) < 5.0
    assert float(returning["effect"].max()) < 1.0


def test_single_ratings_agree_with_expected_totals_and_with_reliability(run) -> None:
    """Cronbach's alpha of the challenge (0.78) and the share at or above 5 in stable people (0.13)."""
    result = run(HISTORY + "nothing", 96.0, 1000, None, 24.0)
    drawn = result.ratings("COWS", times=(24.0, 48.0, 96.0), seed=7)
    expected = result.data["COWS"].sel(time=[24.0, 48.0, 96.0]).mean("person")
    np.testing.assert_allclose(drawn["total"].mean("person"), expected, atol=0.8)
    rating = Rating(COWS, *result.output("COWS").attrs["rating"])
    generator = np.random.default_rng(3)
    rest = value("floor-observed") * np.exp(value("floor-observed-omega") * generator.standard_normal(20_000))
    totals = rating.draw(dict.fromkeys(rating.arms, rest), generator).sum(axis=1)
    assert (totals >= 5).mean() == pytest.approx(value("cows-rest-5"), abs=0.01)
    assert (totals >= 13).mean() == pytest.approx(value("cows-rest-13"), abs=0.005)


def test_share_of_the_kratom_signal_and_mitragynine_far_below_its_constant(run) -> None:
    text = "kratom powder 2 g (13.3 mg mitragynine per g) four times a day for 7 days"
    table = run(text, 7 * 24.0, 100).signal_shares().set_index("drug")
    assert table["share"].sum() == pytest.approx(1.0, abs=0.05)
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert table.loc["mitragynine", "over Ki"] < 0.2
    assert table["share"].idxmax() == "7-hydroxymitragynine"


@pytest.fixture(scope="module")
def treated(run):
    """Day 3 after short-acting opioids, with and without an alpha-2 agonist; the typical adult."""
    names = ("COWS", "SOWS-Gossop", "noradrenaline", "dopamine", "withdrawal", "withdrawal.autonomic")
    latent = tuple(f"severity.felt.{arm}" for arm in ("autonomic", "subjective", "craving"))

    def of(treatment: str) -> dict[str, float]:
        data = run(HISTORY + treatment, 96.0, 1, (*names, *latent), 0.5).data.isel(person=0)
        day = data.sel(time=slice(48.0, 72.0))
        return {name: float(day[name].mean()) for name in (*names, *latent)}

    return of


@pytest.mark.parametrize(
    "given",
    ["lofexidine 0.72 mg by mouth every 6 h for 7 days", "clonidine 0.3 mg by mouth every 8 h for 7 days"],
)
def test_alpha_2_agonists_ease_autonomic_items_and_leave_the_others(treated, given: str) -> None:
    nothing, with_it = treated("nothing"), treated(given)
    assert with_it["severity.felt.autonomic"] < 0.85 * nothing["severity.felt.autonomic"]
    for arm in ("subjective", "craving"):
        assert with_it[f"severity.felt.{arm}"] == pytest.approx(nothing[f"severity.felt.{arm}"], rel=1e-4)
    assert with_it["withdrawal"] == pytest.approx(nothing["withdrawal"], rel=1e-4)
    assert with_it["noradrenaline"] < nothing["noradrenaline"]
    assert with_it["dopamine"] > nothing["dopamine"]


@pytest.mark.parametrize(("dose", "target"), [("0.54 mg", "t-wd-lof-216"), ("0.72 mg", "t-wd-lof-288")])
def test_lofexidine_against_placebo(treated, dose: str, target: str) -> None:
    found = load().targets[target]
    difference = np.log(
        treated(f"lofexidine {dose} by mouth every 6 h for 7 days")["SOWS-Gossop"]
        / treated("nothing")["SOWS-Gossop"]
    )
    assert float(found.tol_low) <= difference <= float(found.tol_high)


def test_lofexidine_on_day_3_in_a_population(run) -> None:
    """Gorodetzky 2017: 3.2 mg of the hydrochloride (2.88 mg) a day against placebo, 6.32 against 8.67.

    The difference 2.35 within 1.2, half of it and the sampling of two arms; the levels as their targets say.
    Its sampling error here is 0.05.
    """
    given = "lofexidine 0.72 mg by mouth every 6 h for 5 days"
    placebo, active = (
        run(HISTORY + text, 96.0, 200, ("SOWS-Gossop",), 2.0).data["SOWS-Gossop"].sel(time=slice(48.0, 72.0))
        for text in ("nothing", given)
    )
    levels = {"t-wd-pbo-day3": float(placebo.mean()), "t-wd-lof-day3": float(active.mean())}
    for target, level in levels.items():
        found = load().targets[target]
        assert float(found.tol_low) <= level <= float(found.tol_high)
    assert levels["t-wd-pbo-day3"] - levels["t-wd-lof-day3"] == pytest.approx(2.35, abs=1.2)
