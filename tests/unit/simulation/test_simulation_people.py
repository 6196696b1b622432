"""Histories, batches and covariates of people as `simulate` takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.errors import ScenarioError
from speciosa.evidence import load
from speciosa.people import OpioidHistory, Population, Register, population, specification, typical_person
from speciosa.regimens import parse
from speciosa.results import Result
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()
PAST = OpioidHistory("morphine", daily=120.0, days=10.0, route="SC")


def scenario(regimen: str, people: Population, **more: object) -> Scenario:
    given = {"until": 48.0, "every": 2.0, "outputs": ("COWS", "signal.MOR", "dependence"), **more}
    return Scenario(parse(regimen, SETTING.library), people, **given)  # type: ignore[arg-type]


def typical(history: OpioidHistory | None = None, size: int = 1) -> Population:
    person = replace(typical_person(load()), history=history)
    return population(load(), size, 3, typical=person)


def past_of(drug: str, daily: str, days: str, route: str) -> dict[str, str]:
    names = ("history_drug", "history_daily", "history_days", "history_route")
    return dict(zip(names, (drug, daily, days, route), strict=True))


class TestHistory:
    def test_that_of_a_person_is_that_of_a_regimen(self) -> None:
        own = simulate(scenario("nothing", typical(PAST)))
        written = simulate(scenario("after morphine 30 mg SC every 6 h for 10 days: nothing", typical()))
        np.testing.assert_array_equal(own.data["COWS"], written.data["COWS"])
        assert own.description.history == PAST.text == written.description.history
        assert float(own.data["COWS"].max()) > 3.0

    def test_everybody_has_their_own(self) -> None:
        rows = [
            {"weight": "70", "height": "170", "age": "35", **past}
            for past in (
                past_of("morphine", "120", "10", "SC"),
                past_of("", "", "", ""),
                past_of("methadone", "60", "20", ""),
            )
        ]
        people = population(load(), 3, 3, makeup=Register.read(rows, load()))
        found = simulate(scenario("nothing", replace(people, is_varied=False)))
        alone = simulate(scenario("nothing", replace(people, size=1, first=2, is_varied=False)))
        # Whose model holds one drug fewer takes other steps.
        np.testing.assert_allclose(found.data["COWS"][2], alone.data["COWS"][0], rtol=1e-5)
        peaks = found.data["COWS"].max("time").values
        assert peaks[0] > 3.0
        assert peaks[1] == pytest.approx(found.data["COWS"][1, 0])
        first = simulate(scenario("nothing", typical(PAST))).data["COWS"][0]
        # The model of all three also holds methadone.
        np.testing.assert_allclose(found.data["COWS"][0], first, rtol=1e-3, atol=1e-3)
        assert found.description.history == (
            "each person's own: morphine SC or methadone, 60 to 120 mg a day for 10 to 20 days; 1 naive"
        )

    def test_a_regimen_with_a_history_and_people_with_one(self) -> None:
        with pytest.raises(ScenarioError) as caught:
            simulate(scenario("after morphine 30 mg SC every 6 h for 10 days: nothing", typical(PAST)))
        assert "the history is given twice; expected the history of the regimen or that of the people" in str(
            caught.value
        )


class TestBatches:
    regimen = "kratom powder 3 g every 12 h for 4 days"

    def peaks(self, batches: str) -> np.ndarray:
        people = population(load(), 40, 3)
        given = scenario(
            self.regimen, people, batches=batches, outputs=("plasma.mitragynine",), until=96.0, every=1.0
        )
        curve = simulate(given, SETTING).data["plasma.mitragynine"]
        return np.stack(
            [curve.sel(time=slice(start, start + 11.0)).max("time") for start in (48.0, 60.0, 72.0)]
        )

    def test_one_a_person_or_one_a_dose(self) -> None:
        same, other = self.peaks("person"), self.peaks("dose")
        # With one batch, the fourth and later peaks of a person are nearly alike.
        assert np.abs(np.log(same[1] / same[0])).max() < 0.2
        assert np.log(other[1] / other[0]).std() > 0.15

    @pytest.mark.parametrize(
        ("batches", "words"),
        [("person", "one batch for each person"), ("dose", "another batch with every dose")],
    )
    def test_the_result_says_which(self, batches: str, words: str) -> None:
        found = simulate(scenario(self.regimen, population(load(), 2, 3), batches=batches), SETTING)
        assert any(note.endswith(words) for note in found.description.notes)

    def test_a_stated_content_does_not_vary(self) -> None:
        regimen = "kratom powder 3 g (13 mg mitragynine per g) every 12 h for 2 days"
        one, other = (
            simulate(scenario(regimen, population(load(), 3, 3), batches=batches)).data["signal.MOR"]
            for batches in ("person", "dose")
        )
        np.testing.assert_array_equal(one, other)


def test_covariates_and_categories_are_saved_and_their_rows_listed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    makeup = specification({"child_pugh": {"B": 1.0}, "egfr": {"mean": 90, "sd": 10}}, load())
    people = population(load(), 4, 3, makeup=makeup)
    found = simulate(scenario("buprenorphine 8 mg sublingual once", people), SETTING)
    again = Result.load(found.save(tmp_path / "run"))
    assert again.persons["child_pugh"].values.tolist() == ["B"] * 4
    np.testing.assert_array_equal(again.persons["egfr"], people.covariates["egfr"])
    assert {"population.BMI.female", "buprenorphine.CL.child_pugh.B"} <= set(found.slots)
    assert "person.height" not in found.slots
    told = "nothing in this scenario depends on egfr: the library has no such relation for its drugs"
    assert told in found.description.notes
    assert not any("child_pugh" in note for note in found.description.notes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"batches": "day"}, "batches is 'day'; expected person or dose."),
        ({"occasion": 0.0}, "occasion is 0 h"),
    ],
)
def test_what_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario("nothing", typical(), **given)
    assert message in str(caught.value)
