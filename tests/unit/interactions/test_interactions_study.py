"""Two drugs alone and together: how they are read, what is simulated, what is said where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.drugs import catalog
from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.evidence import load
from speciosa.interactions import contacts, interact, pair, role
from speciosa.people import population

DRUGS = catalog().drugs
SHORT = 169.0


class TestContacts:
    def test_both_sites_and_the_kind_are_named(self) -> None:
        found = contacts([DRUGS["rifampicin"]], [DRUGS["midazolam"]])
        assert {item.action for item in found} == {"inhibits", "induces"}
        assert all(item.sites == ("liver", "gut") for item in found)

    def test_only_where_both_are_concerned(self) -> None:
        (found,) = (
            item
            for item in contacts([DRUGS["mitragynine"]], [DRUGS["midazolam"]])
            if item.action == "inactivates"
        )
        assert found.sites == ("gut",)
        assert contacts([DRUGS["mitragynine"]], [DRUGS["buprenorphine"]]) == ()

    def test_a_drug_is_no_victim_of_itself(self) -> None:
        assert contacts([DRUGS["paroxetine"]], [DRUGS["paroxetine"]]) == ()

    def test_roles_say_what_is_known(self) -> None:
        assert role(DRUGS["morphine"]).cleared_by == ()
        assert role(DRUGS["mitragynine"]).acts == (
            "inhibits CYP3A of the gut",
            "inhibits CYP2D6",
            "inactivates CYP3A of the gut",
        )


class TestPair:
    def test_what_acts_is_taken_daily_whatever_the_order(self) -> None:
        texts = {item.text for item in pair("ketoconazole", "midazolam").regimens}
        assert texts == {item.text for item in pair("midazolam", "ketoconazole").regimens}
        assert any("for 7 days" in text for text in texts)

    def test_a_regimen_is_left_as_it_is(self) -> None:
        found = pair("midazolam 2 mg by mouth once at 30 h", "itraconazole 100 mg once a day for 2 days")
        assert found.notes == ()
        assert found.starts == (30.0, 24.0)
        assert found.until == 30.0 + 96.0

    def test_a_name_beside_a_regimen_is_taken_after_its_last_dose(self) -> None:
        found = pair("midazolam", "itraconazole 100 mg once a day for 2 days")
        assert found.starts[0] == 25.0
        assert found.notes == ("midazolam was taken as usual: midazolam 3 mg once from 25 h",)

    def test_products_meet_by_their_molecules(self) -> None:
        found = pair("kratom tea", "midazolam")
        assert {item.perpetrator for item in found.contacts} == {"mitragynine"}

    def test_where_they_do_not_meet_no_dose_is_needed(self) -> None:
        found = pair("clonidine", "ketoconazole")
        assert found.contacts == ()
        assert found.notes == ()

    def test_bad_input(self) -> None:
        with pytest.raises(UnknownNameError, match="unknown drug"):
            pair("midazolan", "ketoconazole")
        with pytest.raises(ScenarioError, match=r"contain the same molecule; expected two different drugs"):
            pair("midazolam", "midazolam 1 mg IV once")
        with pytest.raises(ScenarioError, match=r"codeine has no usual dose; expected a regimen\. Write one"):
            pair("codeine", "quinidine")
        with pytest.raises(ScenarioError, match="a regimen has no end"):
            pair("midazolam 3 mg once", "ketoconazole 200 mg once a day")
        with pytest.raises(ScenarioError, match="an earlier regimen cannot be given"):
            pair("after midazolam 3 mg once a day for 2 days: nothing", "ketoconazole")
        with pytest.raises(ScenarioError, match=r"no dose lies within the time looked at.*a dose before 3 h"):
            pair("midazolam 3 mg once at 5 h", "ketoconazole 200 mg once", until=3.0)


@pytest.fixture(scope="module")
def crowd():
    return interact("midazolam", "ketoconazole", until=SHORT, people=population(load(), 8, 3))


class TestStudy:
    def test_ratios_are_of_the_same_people(self, crowd) -> None:
        table = crowd.table()
        area = table[table.metric == "AUC"].iloc[0]
        assert area["n"] == 8
        assert area["low"] < area["ratio"] < area["high"]
        (arms,) = crowd.arms
        alone, together = (
            result.exposure("midazolam", window=(arms.start, SHORT))["AUC"].values
            for result in (arms.alone, arms.together)
        )
        assert area["ratio"] == pytest.approx(np.median(together / alone))

    def test_published_ratios_stand_beside(self, crowd) -> None:
        table = crowd.table(load())
        shown = table[table.kind == "published"]
        assert "midazolam-ketoconazole-400mg-po-aucr-osp114" in set(shown.basis)
        assert set(shown.drug) == {"midazolam"}
        assert "published" not in set(crowd.table().kind)

    def test_figures_show_both_courses(self, crowd) -> None:
        figures = crowd.figures()
        assert set(figures) == {"midazolam"}
        labels = {text.get_text() for text in figures["midazolam"].findobj() if hasattr(text, "get_text")}
        assert {"alone", "together"} <= labels

    def test_before_the_perpetrator_nothing_differs(self) -> None:
        found = interact(
            "midazolam 3 mg once at 1 h; midazolam 3 mg once at 50 h", "ketoconazole 400 mg once at 49 h"
        )
        (arms,) = found.arms
        early = arms.alone.time < 48.0
        curves = [result.data["plasma.midazolam"].values[0][early] for result in (arms.alone, arms.together)]
        np.testing.assert_allclose(curves[1], curves[0], rtol=1e-6, atol=1e-6)

    def test_metabolites_of_a_victim_are_shown_and_open_questions_by_all_their_rows(self) -> None:
        found = interact("mitragynine 25 mg once at 1 h", "ketoconazole 400 mg once", until=49.0)
        table = found.table()
        assert set(table.drug) == {"mitragynine", "7-hydroxymitragynine"}
        assert {"rows in use", "mitragynine.formation.CYP3A=7-oh-rises"} <= set(table.basis)
        area = (
            table[(table.drug == "7-hydroxymitragynine") & (table.metric == "AUC")].set_index("basis").ratio
        )
        assert area["7-hydroxymitragynine.fm.CYP3A=7-oh-falls"] < 1.0
        assert area["mitragynine.formation.CYP3A=7-oh-rises"] > 1.0

    def test_where_nothing_is_known_it_says_what_was_looked_for(self) -> None:
        found = interact("morphine", "ketoconazole")
        assert not found.is_known
        assert (
            found.headline == "morphine and ketoconazole: no known pharmacokinetic interaction in the library"
        )
        table = found.table(load()).set_index("drug")
        assert set(table.answer) == {"no known pharmacokinetic interaction in the library"}
        assert table.loc["ketoconazole", "acts on"] == "inhibits CYP3A"
        assert table.loc["morphine", "cleared by"] == "no enzyme in the library"
        assert found.figures() == {}
