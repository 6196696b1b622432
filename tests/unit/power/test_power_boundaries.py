"""Boundaries of looks and of safety: published tables, exact sums and chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, norm

from speciosa.errors import TrialError, UnknownNameError
from speciosa.evidence import load
from speciosa.power import Looks, chance_to_stop, fewest_that_stop, looks_of
from speciosa.power.boundaries import SOURCES
from speciosa.trials.protocol import Safety

QUARTERS = (0.25, 0.5, 0.75, 1.0)
RULE = Safety(output="SpO2", below=0.85, share=0.15, look=4)


@pytest.mark.parametrize(
    ("alpha", "spending", "expected", "tolerance"),
    [
        # gsDesign 3.6, sfLDOF and sfLDPocock.
        (0.05, "O'Brien-Fleming", (4.3326, 2.9631, 2.3590, 2.0141), 1e-4),
        (0.05, "Pocock", (2.3683, 2.3675, 2.3582, 2.3500), 1e-4),
        # SeqBounds.jl, one side of 0.05; the other side takes less than 1e-4 of z.
        (0.10, "O'Brien-Fleming", (3.74955, 2.53993, 2.01604, 1.72014), 1e-4),
    ],
)
def test_boundaries_are_those_of_published_tables(alpha, spending, expected, tolerance) -> None:
    np.testing.assert_allclose(Looks(QUARTERS, alpha, spending).benefit, expected, atol=tolerance)


def test_one_look_is_the_plain_test() -> None:
    looks = Looks((1.0,))
    assert looks.benefit == pytest.approx([norm.ppf(0.975)])
    assert looks.chances(3.0)[0] == pytest.approx([norm.sf(norm.ppf(0.975) - 3.0)])


@pytest.mark.parametrize("spending", ["O'Brien-Fleming", "Pocock"])
@pytest.mark.parametrize("times", [(0.5, 1.0), (0.1, 0.2, 0.6, 0.61, 1.0)])
def test_the_level_is_spent_to_the_end(times, spending) -> None:
    looks = Looks(times, 0.05, spending)
    assert looks.spent(1.0) == pytest.approx(0.05)
    assert looks.chances(0.0)[0].sum() == pytest.approx(0.025, abs=1e-7)


def test_chances_are_those_of_drawn_trials() -> None:
    looks = Looks(QUARTERS, futility=0.1)
    steps = np.random.default_rng(4).normal(2.5 * 0.25, 0.5, (200_000, 4))
    z = np.cumsum(steps, axis=1) / np.sqrt(QUARTERS)
    going, benefit, futility = np.ones(len(z), dtype=bool), [], []
    for place in range(4):
        up, down = z[:, place] > looks.benefit[place], z[:, place] < looks.futile[place]
        benefit.append((going & up).mean())
        futility.append((going & down).mean())
        going &= ~up & ~down
    by_theory = looks.chances(2.5)
    np.testing.assert_allclose(by_theory[0], benefit, atol=0.004)
    np.testing.assert_allclose(by_theory[1], futility, atol=0.004)


def test_futility_is_conditional_power_under_the_trend() -> None:
    looks = Looks((0.5, 1.0), futility=0.2)
    z, last = looks.futile[0], looks.benefit[-1]
    score, trend = z * np.sqrt(0.5), z / np.sqrt(0.5)
    assert norm.sf((last - score - 0.5 * trend) / np.sqrt(0.5)) == pytest.approx(0.2)
    assert np.isneginf(Looks((0.5, 1.0)).futile).all()


@pytest.mark.parametrize("times", [(), (0.5,), (0.5, 0.5, 1.0), (0.7, 0.5, 1.0), (0.0, 1.0), (0.5, 1.2)])
def test_looks_that_cannot_be_used(times) -> None:
    with pytest.raises(TrialError, match=r"looks at .* cannot be used; expected increasing shares"):
        Looks(times)


def test_levels_that_cannot_be_used() -> None:
    with pytest.raises(TrialError, match="alpha is 0; expected more than 0"):
        Looks((1.0,), 0.0)
    with pytest.raises(TrialError, match=r"futility is 0.9; expected a conditional power"):
        Looks((0.5, 1.0), futility=0.9)
    with pytest.raises(UnknownNameError, match=r"unknown spending 'Pocok'. Did you mean 'Pocock'"):
        looks_of((0.5,), 0.05, "Pocok", None)


def test_the_sources_of_the_methods_are_known() -> None:
    assert set(SOURCES) <= set(load().sources)


def test_the_fewest_that_stop_are_those_of_the_posterior() -> None:
    for people in (4, 8, 20):
        fewest = fewest_that_stop(RULE, people)
        assert fewest is not None
        assert beta.sf(0.15, 1 + fewest, 1 + people - fewest) > 0.95
        assert beta.sf(0.15, fewest, 2 + people - fewest) <= 0.95
    assert fewest_that_stop(Safety(output="a", above=1.0, share=0.9, certainty=0.999), 1) is None


def test_the_chance_to_stop_is_that_of_drawn_arms() -> None:
    drawn = np.random.default_rng(5).random((100_000, 20)) < 0.25
    count = np.cumsum(drawn, axis=1)
    gone, found = np.zeros(len(drawn), dtype=bool), []
    for people in range(4, 21, 4):
        gone |= count[:, people - 1] >= fewest_that_stop(RULE, people)
        found.append(gone.mean())
    np.testing.assert_allclose(chance_to_stop(RULE, 20, 0.25), found, atol=0.006)
