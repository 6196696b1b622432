"""Populations: each person is the same alone, in a crowd, and whatever else is simulated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from speciosa.errors import PersonError
from speciosa.evidence import load
from speciosa.people import LIMITS, Person, Population, population

ADULT = Person(70.0, 170.0, 35.0)
MANY = 20_000


def people(size: int, seed: int = 7, first: int = 0) -> Population:
    return population(load(), size, seed, first=first)


class TestDraws:
    def test_the_same_seed_gives_the_same_people(self) -> None:
        assert np.array_equal(people(50).draw("CL"), people(50).draw("CL"))

    def test_another_seed_gives_others(self) -> None:
        assert not np.any(people(50, seed=7).draw("CL") == people(50, seed=8).draw("CL"))

    @pytest.mark.parametrize("person", [1, 7, 99])
    def test_a_person_is_the_same_alone_and_in_a_crowd(self, person: int) -> None:
        crowd, alone = people(100), people(1, first=person)
        assert alone.ids.tolist() == [person]
        assert alone.draw("CL")[0] == crowd.draw("CL")[person]
        for name, values in crowd.covariates.items():
            assert alone.covariates[name][0] == values[person]

    def test_blocks_of_people_join_without_a_seam(self) -> None:
        parts = [people(40), people(60, first=40)]
        assert np.array_equal(np.concatenate([part.draw("V") for part in parts]), people(100).draw("V"))

    def test_the_order_of_drawing_does_not_matter(self) -> None:
        one, other = people(10), people(10)
        first = (one.draw("CL"), one.draw("V"))
        second = (other.draw("V"), other.draw("CL"))
        assert np.array_equal(first[0], second[1])
        assert np.array_equal(first[1], second[0])

    def test_quantities_are_independent_standard_normals(self) -> None:
        a, b = (people(MANY).draw(name) for name in ("CL", "V"))
        for draw in (a, b):
            # Standard errors of mean and SD are 1/sqrt(n) and 1/sqrt(2 n); four of them.
            assert abs(draw.mean()) < 4.0 / np.sqrt(MANY)
            assert abs(draw.std() - 1.0) < 4.0 / np.sqrt(2.0 * MANY)
            assert stats.kstest(draw, "norm").pvalue > 1e-4
        assert abs(np.corrcoef(a, b)[0, 1]) < 4.0 / np.sqrt(MANY)

    def test_the_ends_of_the_uniform_distribution_stay_finite(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Ends:
            def __init__(self, _: object) -> None: ...

            def random(self, size: int) -> np.ndarray:
                return np.array([0.0, 1.0 - 2.0**-53])[:size]

        monkeypatch.setattr(np.random, "Generator", Ends)
        draws = Population(2, 1, ADULT).draw("CL")
        assert np.isfinite(draws).all()
        assert draws[0] < -8.0
        assert draws[1] > 8.0


class TestCovariates:
    def test_medians_and_spread_are_those_of_the_evidence(self) -> None:
        crowd = people(MANY)
        for name in ("weight", "age"):
            omega = load().slot(f"person.IIV_{name}").value("omega")
            logs = np.log(crowd.covariates[name])
            # The standard error of a median of normals is 1.2533 SD / sqrt(n); four of them.
            assert abs(np.median(logs) - np.log(getattr(ADULT, name))) < 4.0 * 1.2533 * omega / np.sqrt(MANY)
        assert np.log(crowd.covariates["weight"]).std() == pytest.approx(crowd.weight_omega, rel=0.03)

    def test_height_does_not_vary(self) -> None:
        assert set(people(20).covariates["height"]) == {170.0}

    def test_nobody_lies_outside_of_the_limits(self) -> None:
        crowd = Population(MANY, 1, ADULT, weight_omega=2.0, age_omega=2.0)
        for name in ("weight", "height", "age"):
            low, high, _ = LIMITS[name]
            assert low <= crowd.covariates[name].min()
            assert crowd.covariates[name].max() <= high

    def test_weight_and_age_are_independent(self) -> None:
        crowd = people(MANY)
        found = np.corrcoef(np.log(crowd.covariates["weight"]), np.log(crowd.covariates["age"]))[0, 1]
        # Clipping at 18 years touches one person in a hundred.
        assert abs(found) < 0.04


class TestTypical:
    def test_one_person_is_the_typical_adult(self) -> None:
        one = people(1)
        assert not one.is_varied
        assert not one.draw("CL").any()
        assert {name: float(values[0]) for name, values in one.covariates.items()} == {
            "weight": 70.0,
            "height": 170.0,
            "age": 35.0,
        }

    def test_another_adult_may_be_the_median(self) -> None:
        heavy = population(load(), 1, 1, typical=Person(120.0, 190.0, 60.0))
        assert heavy.covariates["weight"].tolist() == [120.0]

    def test_copies_of_the_typical_adult(self) -> None:
        copies = Population(3, 1, ADULT, is_varied=False, weight_omega=0.2)
        assert copies.covariates["weight"].tolist() == [70.0] * 3


@pytest.mark.parametrize(
    ("size", "seed", "message"),
    [
        (0, 1, "the population has 0 people; expected 1 to 1,000,000 people."),
        (-5, 1, "the population has -5 people; expected 1 to 1,000,000 people."),
        (1_000_001, 1, "the population has 1000001 people; expected 1 to 1,000,000 people."),
        (10, -1, "the seed is -1; expected a whole number, zero or above."),
    ],
)
def test_sizes_and_seeds_out_of_range(size: int, seed: int, message: str) -> None:
    with pytest.raises(PersonError) as caught:
        Population(size, seed, ADULT)
    assert str(caught.value) == message


def test_reprs() -> None:
    assert repr(people(5)) == "<Population of 5 around an adult of 70 kg, 35 years; seed 7>"
    assert repr(people(1)) == "<1 typical adult (70 kg, 35 years)>"
    assert people(5)._repr_html_() == "<p>Population of 5 around an adult of 70 kg, 35 years; seed 7</p>"
