"""Single ratings, shares of the signal, the returning dose, trust of outputs and documented risks."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.body.scales import COWS, OOWS, SOWS_HANDELSMAN
from speciosa.errors import ResultError
from speciosa.people import population
from speciosa.regimens import parse
from speciosa.results import Rating, Result, render_report
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()


def simulated(text: str, until: float, size: int = 20, outputs: tuple[str, ...] | None = None) -> Result:
    people = population(SETTING.evidence, size, seed=3)
    regimen = parse(text, SETTING.library)
    return simulate(Scenario(regimen, people, until, every=4.0, outputs=outputs), SETTING)


@pytest.fixture(scope="module")
def stopped() -> Result:
    return simulated("after morphine 30 mg SC every 6 h for 20 days: nothing", 96.0)


@pytest.fixture(scope="module")
def kratom() -> Result:
    return simulated("kratom powder 2 g (13.3 mg mitragynine per g) every 6 h for 3 days", 72.0)


class TestRating:
    def test_totals_are_all_ways_to_reach_them(self) -> None:
        rating = Rating(OOWS, 2.0, 1.0, 1.0, 0.0)
        even = {"autonomic": np.array([1.0]), "subjective": np.array([1.0])}
        found = rating.totals(even)[0]
        assert found.sum() == pytest.approx(1.0)
        # Thirteen fair coins.
        assert found[0] == pytest.approx(0.5**13)
        assert found[1] == pytest.approx(13 * 0.5**13)

    def test_draws_have_the_distribution(self) -> None:
        rating = Rating(COWS, 1.75, 0.5, 1.0, 0.8)
        severity = dict.fromkeys(rating.arms, np.full(20_000, 0.4))
        drawn = rating.draw(severity, np.random.default_rng(1))
        totals = drawn.sum(axis=1)
        exact = rating.totals({arm: values[:1] for arm, values in severity.items()})[0]
        for lowest in (1, 5, 13, 25):
            assert (totals >= lowest).mean() == pytest.approx(exact[lowest:].sum(), abs=0.012)
        gooseflesh = drawn[:, [item.name for item in COWS.items].index("gooseflesh")]
        assert set(np.unique(gooseflesh)) <= {0, 3, 5}

    def test_bands_cover_everything(self) -> None:
        rating = Rating(SOWS_HANDELSMAN, 1.75, 0.5, 1.0, 0.5)
        severity = {arm: np.array([0.01, 0.5, 50.0]) for arm in rating.arms}
        shares = rating.band_shares(severity, [0.0, 1.0, 11.0, 21.0])
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        assert shares[0, 0] > 0.9
        assert shares[2, 3] > 0.9

    def test_impossible_numbers_are_refused(self) -> None:
        with pytest.raises(ResultError, match=r"COWS cannot be rated with discrimination 0, weak 1"):
            Rating(COWS, 0.0, 1.0, 1.0, 0.5)


class TestRatings:
    def test_items_add_up_and_do_not_depend_on_the_crowd(self, stopped: Result) -> None:
        found = stopped.ratings("COWS", times=(24.0, 48.0), seed=5)
        assert found["items"].shape == (20, 2, 11)
        np.testing.assert_array_equal(found["items"].sum("item"), found["total"])
        again = stopped.ratings("COWS", times=(24.0, 48.0), seed=5)
        assert found.identical(again)
        assert not (found["total"] == stopped.ratings("COWS", times=(24.0, 48.0), seed=6)["total"]).all()

    def test_bands_are_what_ratings_give(self, stopped: Result) -> None:
        shares = stopped.bands("COWS")
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
        drawn = np.concatenate(
            [stopped.ratings("COWS", times=(24.0,), seed=seed)["total"].values for seed in range(100)]
        )
        assert (drawn >= 5).mean() == pytest.approx(1.0 - shares.loc[24.0, "none"], abs=0.04)

    def test_without_latent_severity_bands_are_those_of_the_expected_score(self) -> None:
        result = simulated("nothing", 24.0, outputs=("COWS",))
        assert set(np.unique(result.bands("COWS")["none"])) <= {0.0, 0.05, 0.1, *np.arange(21) / 20}
        with pytest.raises(ResultError, match=r"items of COWS are drawn from severity\.observed\.autonomic"):
            result.ratings("COWS")

    def test_what_is_no_scale_cannot_be_rated(self, stopped: Result) -> None:
        with pytest.raises(ResultError, match=r"output 'dependence' is not rated item by item"):
            stopped.ratings("dependence")


class TestShares:
    def test_shares_are_those_of_the_record(self, kratom: Result) -> None:
        table = kratom.signal_shares().set_index("drug")
        assert table["share"].sum() == pytest.approx(1.0, abs=0.1)
        assert (table["p5"] <= table["p95"]).all()
        assert (table["low"] <= table["high"]).all()
        assert 0.0 < table.loc["mitragynine", "over Ki"] < 1.0

    def test_every_ligand_must_be_recorded(self) -> None:
        result = simulated(
            "kratom tea 2 g once", 24.0, 1, ("share.MOR.mitragynine", "signal.MOR", "plasma.speciociliatine")
        )
        with pytest.raises(ResultError, match=r"shares at MOR need the shares and plasma"):
            result.signal_shares()

    def test_the_report_says_whose_signal_it_is_and_what_is_not_covered(self, kratom: Result) -> None:
        page = render_report(kratom, figures={})
        assert "Whose signal it is" in page
        assert "Documented risks that no equation covers" in page
        assert "dili-pattern-s3058" in page


class TestReturningDose:
    def test_it_starts_at_one_and_needs_a_last_use(self, stopped: Result) -> None:
        found = stopped.returning_dose(0.0)
        np.testing.assert_allclose(found["as strong as"].isel(time=0), 1.0, atol=0.02)
        assert (found["as strong as"].isel(time=-1) > found["as strong as"].isel(time=5)).all()
        with pytest.raises(ResultError, match=r"nothing is recorded before -100 h"):
            stopped.returning_dose(-100.0)

    def test_without_use_there_is_no_usual_dose(self) -> None:
        with pytest.raises(ResultError, match=r"there is no signal in the day before 24 h"):
            simulated("nothing", 48.0, 1).returning_dose(24.0)

    def test_what_it_needs_is_named(self) -> None:
        result = simulated("nothing", 48.0, 1, ("COWS",))
        with pytest.raises(ResultError, match=r"the returning dose needs signal\.MOR, shift\.ventilation"):
            result.returning_dose(24.0)


class TestTrustAndRisks:
    def test_every_output_says_how_well_it_is_known(self, stopped: Result) -> None:
        assert all(stopped.output(name).attrs["trust"] for name in stopped.outputs())
        assert stopped.output("stress").attrs["trust"] == "assumed (stress-half-life)"
        assert stopped.output("withdrawal").attrs["trust"] == "by definition"

    def test_risks_follow_the_drugs_and_are_kept(self, stopped: Result, kratom: Result, tmp_path) -> None:
        topics = {risk.topic for risk in kratom.description.risks}
        assert {"liver", "QT interval", "alcohol", "benzodiazepines", "kratom withdrawal"} <= topics
        assert "liver" not in {risk.topic for risk in stopped.description.risks}
        assert Result.load(kratom.save(tmp_path)).description.risks == kratom.description.risks
        rows = {row.id for row in kratom.sources().rows}
        assert all(set(risk.rows) <= rows for risk in kratom.description.risks)
