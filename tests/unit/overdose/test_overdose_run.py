"""Runs of few people: times of rescue, what varies, arrest and its division, measures, figure, verb."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from speciosa.overdose import Outcome, read_overdose, shares_of, simulate_overdose
from speciosa.overdose.arrest import explained
from speciosa.overdose.figures import plot_overdose
from speciosa.overdose.measures import measures
from speciosa.overdose.run import Variation
from speciosa.overdose.uncertainty import assay_draws
from speciosa.people import population
from speciosa.simulation import Setting

SETTING = Setting()
DOSE, SPRAY = "fentanyl 1.625 mg IV", "naloxone 4 mg intranasal"


@cache
def outcome(size: int = 1, *, delay: float | None = None, **variation: bool) -> Outcome:
    people = population(SETTING.evidence, size, seed=5)
    case = read_overdose(DOSE, [SPRAY], people, SETTING, delay=delay, until=0.5)
    return simulate_overdose(case, SETTING, variation=Variation(**variation) if variation else None)


def test_the_typical_user_dies_without_and_lives_with_the_spray() -> None:
    found = [outcome().is_arrested(arm, SETTING.evidence)[0] for arm in outcome().arms]
    assert found == [1.0, 0.0]


def test_units_of_people() -> None:
    result = outcome().arms["no antagonist"]
    rest = result.output("breathing.ventilation").isel(person=0, time=0)
    assert float(rest) == pytest.approx(6.764, abs=1e-3)
    assert rest.attrs["unit"] == "L/min"
    assert result.output("site.fentanyl").attrs["molar_mass"] == 336.4


def test_the_rescue_comes_when_ventilation_has_fallen_plus_the_delay() -> None:
    course = outcome().arms["no antagonist"].output("breathing.ventilation").isel(person=0)
    fallen = outcome().rescue_at[0] - 60.0 / 3600.0
    before, after = (course.sel(time=fallen, method=method) for method in ("ffill", "bfill"))
    assert float(before) > 0.4 * 6.764 > float(after)
    later = outcome(delay=0.1).rescue_at[0]
    assert later - outcome().rescue_at[0] == pytest.approx(0.1 - 60.0 / 3600.0)


def test_nobody_is_rescued_whose_ventilation_holds() -> None:
    case = read_overdose("fentanyl 1 ug IV", [SPRAY], population(SETTING.evidence, 1, 1), SETTING, until=0.2)
    found = simulate_overdose(case, SETTING)
    assert np.isnan(found.rescue_at).all()
    arms = list(found.arms.values())
    np.testing.assert_allclose(
        arms[1].output("breathing.ventilation"), arms[0].output("breathing.ventilation"), rtol=1e-5
    )


def test_arms_agree_until_the_rescue() -> None:
    arms = list(outcome().arms.values())
    before = {"time": slice(0.0, float(outcome().rescue_at[0]))}
    first, second = (arm.output("breathing.arterial.PO2").sel(before) for arm in arms)
    np.testing.assert_allclose(first, second, rtol=1e-5)


def test_draws_of_the_assay() -> None:
    """Spreads and correlations are those of the bootstraps; kon and n come together."""
    draws = assay_draws("fentanyl", population(SETTING.evidence, 20000, seed=1), SETTING.evidence)
    np.testing.assert_allclose(draws.std(axis=0), [0.5992, 0.0746, 0.1023], rtol=0.03)
    np.testing.assert_allclose(np.corrcoef(draws.T)[0], [1.0, 0.4933, -0.9932], atol=0.02)


def test_what_varies_can_be_chosen() -> None:
    only_people = outcome(4, people=True, assay=False).arms["no antagonist"]
    only_assay = outcome(4, people=False, assay=True).arms["no antagonist"]
    early = {"time": 15.0 / 3600.0, "method": "nearest"}
    assert len(np.unique(only_people.output("site.fentanyl").sel(**early))) == 4
    site = only_assay.output("site.fentanyl").sel(**early)
    np.testing.assert_allclose(site, site[0], rtol=1e-6)
    assert len(np.unique(only_assay.output("bound.fentanyl").sel(**early))) == 4


def test_turning_gives_other_people_the_same_draws() -> None:
    people = population(SETTING.evidence, 3, seed=2)
    case = read_overdose(DOSE, [], people, SETTING, until=0.1)
    plain, turned = (
        simulate_overdose(case, SETTING, variation=Variation(people=False, turn=turn)).arms["no antagonist"]
        for turn in (0, 1)
    )
    held = [arm.output("bound.fentanyl").isel(time=-1).values for arm in (plain, turned)]
    np.testing.assert_allclose(np.roll(held[0], 1), held[1], rtol=1e-5)


class TestExplained:
    generator = np.random.default_rng(1)

    def test_two_runs_that_share_all_or_nothing(self) -> None:
        flags = (self.generator.random(4000) < 0.3).astype(float)
        others = (self.generator.random(4000) < 0.3).astype(float)
        assert explained(flags, flags) == pytest.approx(1.0)
        assert explained(flags, others) < 0.05

    def test_a_sum_of_two_inputs_is_divided_by_their_variances(self) -> None:
        shared, *other = (self.generator.normal(size=50000) for _ in range(3))
        assert explained(2.0 * shared + other[0], 2.0 * shared + other[1]) == pytest.approx(0.8, abs=0.02)

    def test_without_variance_there_is_no_share(self) -> None:
        assert np.isnan(explained(np.ones(5), np.ones(5)))


def test_arrest_is_divided() -> None:
    case = read_overdose(DOSE, [SPRAY], population(SETTING.evidence, 24, seed=3), SETTING, until=0.4)
    found = shares_of(case, SETTING)
    assert [item.arm for item in found] == ["no antagonist", "naloxone 4 mg intranasal"]
    assert all(0.0 <= item.everything <= 100.0 and item.n == 24 for item in found)
    table = measures(simulate_overdose(case, SETTING), SETTING.evidence, found).set_index(["measure", "arm"])
    for item in found:
        share = table["median"]["cardiac arrest", item.arm]
        assert share == pytest.approx(item.everything)
        assert table["median"]["cardiac arrest, lower 95 % limit of sampling", item.arm] <= share
        assert table["median"]["cardiac arrest, only people differ", item.arm] == item.people


def test_measures_of_one_person() -> None:
    table = measures(outcome(), SETTING.evidence).set_index(["measure", "arm"])["median"]
    spray = "naloxone 4 mg intranasal"
    assert table["cardiac arrest (1 yes, 0 no)", "no antagonist"] == 1.0
    assert table["cardiac arrest (1 yes, 0 no)", spray] == 0.0
    assert table["rescue begins at", spray] == pytest.approx(1.276, abs=0.01)
    assert pd.isna(table["rescue begins at", "no antagonist"])
    assert table["time with arterial PO2 below 30 mmHg", spray] == pytest.approx(3.75, abs=0.5)


def test_the_figure_names_units_and_people() -> None:
    figure = plot_overdose(outcome())
    labels = [ax.get_ylabel() for ax in figure.axes]
    assert labels == ["ventilation (L/min)", "PaO2 (mmHg)", "cardiac output (L/min)"]
    assert figure.axes[-1].get_xlabel() == "time (min)"
    assert "one person an arm" in figure.get_label()


def test_what_it_rests_on_is_told() -> None:
    slots = outcome().arms["naloxone 4 mg intranasal"].slots
    for name in (
        "rescue.delay",
        "breathing.arrest.flow",
        "fentanyl.binding.n",
        "naloxone.published.molar_mass",
    ):
        assert name in slots
    assert outcome().comparison.sources(SETTING.evidence).trust.headline


@pytest.mark.parametrize(
    "opioid",
    [
        "after morphine 30 mg by mouth every 8 h for 3 days: morphine 60 mg IV over 1 h",
        "buprenorphine 16 mg sublingual",
        "kratom powder 8 g",
    ],
)
def test_the_extended_model_takes_the_library(opioid: str) -> None:
    people = population(SETTING.evidence, 1, seed=1)
    case = read_overdose(opioid, ["naloxone 0.4 mg IV"], people, SETTING, model="extended", until=1.0)
    found = simulate_overdose(case, SETTING)
    for result in found.arms.values():
        assert not result.failed
        course = result.output("breathing.ventilation").isel(person=0)
        assert float(course.min()) < float(course.isel(time=0))
