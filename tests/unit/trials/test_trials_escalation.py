"""Rules of escalation: what three plus three and the continual reassessment decide."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from speciosa.trials.designs.escalation import Tally, continual, reassessed, three_plus_three, tolerated
from speciosa.trials.protocol import Escalation


@pytest.mark.parametrize(
    ("people", "events", "level", "following"),
    [
        ([3, 0, 0], [0, 0, 0], 0, 1),
        ([3, 0, 0], [1, 0, 0], 0, 0),
        ([6, 0, 0], [1, 0, 0], 0, 1),
        ([3, 0, 0], [2, 0, 0], 0, None),
        ([3, 3, 0], [0, 2, 0], 1, 0),
        ([6, 3, 0], [1, 2, 0], 1, None),
        ([6, 3, 0], [0, 2, 0], 0, None),
        ([3, 3, 3], [0, 0, 0], 2, 2),
        ([3, 3, 6], [0, 0, 1], 2, None),
    ],
)
def test_three_plus_three(people: list[int], events: list[int], level: int, following: int | None) -> None:
    assert three_plus_three(level, Tally(people, events))[0] == following


def test_the_highest_full_level_with_few_events_is_tolerated() -> None:
    assert tolerated(Tally([6, 6, 3], [0, 1, 2])) == 1
    assert tolerated(Tally([3, 0, 0], [2, 0, 0])) is None


def test_reassessment_is_the_posterior_mean() -> None:
    part = Escalation(rule="CRM", skeleton=[0.05, 0.15, 0.3], spread=1.2)
    people, events = [3, 6, 3], [0, 1, 2]

    def likelihood(a: float) -> float:
        chance = np.asarray(part.skeleton) ** np.exp(a)
        return float(
            np.prod(chance**events * (1 - chance) ** (np.asarray(people) - events)) * norm.pdf(a, 0, 1.2)
        )

    total = quad(likelihood, -8, 8)[0]
    wanted = [quad(lambda a, p=p: p ** np.exp(a) * likelihood(a), -8, 8)[0] / total for p in part.skeleton]
    np.testing.assert_allclose(reassessed(part, 1.2, people, events), wanted, rtol=2e-3)


def test_reassessment_skips_no_level_and_ends() -> None:
    part = Escalation(rule="CRM", skeleton=[0.02, 0.05, 0.1, 0.25], target=0.25, spread=1.2, most=12)
    assert continual(part, 1.2, 0, Tally([3, 0, 0, 0], [0, 0, 0, 0]))[0] == 1
    assert continual(part, 1.2, 0, Tally([3, 0, 0, 0], [3, 0, 0, 0]))[0] == 0
    assert continual(part, 1.2, 1, Tally([6, 6, 0, 0], [0, 0, 0, 0]))[0] is None
