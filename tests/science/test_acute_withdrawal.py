"""Withdrawal that an antagonist precipitates: after one dose, and in dependent people.

What is compared is the typical adult's expected score. A rise of COWS by one point, its smallest step, counts
as shown (`t-wd-acute-*`); sizes were not printed.
"""

from __future__ import annotations

import numpy as np
import pytest

from speciosa.evidence import load

SHOWN = 1.0
DEPENDENT = "after morphine 30 mg SC every 6 h for 60 days: morphine 30 mg SC every 6 h for 1 day"


@pytest.fixture(scope="module")
def rise(run):
    """Largest rise of COWS within an hour of naloxone."""

    def of(morphine: float, hours: float, naloxone: float, *, earlier: str = "") -> float:
        doses = [f"morphine {morphine} mg SC once"] if morphine else []
        text = "; ".join(
            [*doses, *([earlier] if earlier else []), f"naloxone {naloxone} mg IM at {hours:g} h"]
        )
        course = run(text, hours + 1.0, 1, ("COWS",), 0.05).data["COWS"].isel(person=0)
        return float(course.sel(time=slice(hours, None)).max() - course.isel(time=0))

    return of


def test_nothing_is_precipitated_without_an_opioid_or_after_a_quarter_of_an_hour(rise) -> None:
    assert rise(0, 6.0, 10) == pytest.approx(0.0, abs=1e-9)
    assert rise(18, 0.25, 10) < SHOWN


@pytest.mark.parametrize("hours", [0.75, 1.5, 6.0, 24.0])
def test_one_dose_leaves_a_state_that_naloxone_uncovers(rise, hours: float) -> None:
    assert rise(18, hours, 10) >= SHOWN


def test_it_is_graded_in_the_dose_of_morphine(rise) -> None:
    scores = [rise(dose, 6.0, 10) for dose in (0, 1, 3, 5.6, 10, 17)]
    assert (np.diff(scores) > 0.0).all()


def test_it_is_graded_in_the_dose_of_naloxone(rise) -> None:
    scores = [rise(30, 6.0, dose) for dose in (1, 3, 10, 30)]
    assert (np.diff(scores) > 0.0).all()


@pytest.mark.xfail(
    reason="Naloxone 0.1 mg leaves more signal than one dose has built dependence against: the model shows"
    " nothing where the smallest dose of the study showed signs.",
    strict=True,
)
def test_the_smallest_dose_of_naloxone_precipitates(rise) -> None:
    assert rise(30, 6.0, 0.1) > 0.0


def test_an_earlier_antagonist_weakens_it(rise) -> None:
    assert rise(18, 24.0, 10, earlier="naloxone 10 mg IM at 6 h") < rise(18, 24.0, 10)


@pytest.fixture(scope="module")
def challenged(run):
    """COWS of the dependent typical adult around naloxone 0.4 mg IM at 3 h."""
    text = f"{DEPENDENT}; naloxone 0.4 mg IM at 3 h"
    return run(text, 12.0, 1, ("COWS", "withdrawal"), 0.05).data["COWS"].isel(person=0)


def test_a_challenge_of_the_dependent_scores_as_observed(challenged) -> None:
    before = float(challenged.sel(time=3.0, method="nearest"))
    soon = challenged.sel(time=slice(3.0, 3.75))
    assert before < 2.5
    assert 5.0 <= float(soon.max()) <= 10.0
    found = load().targets["t-wd-nlx-tmax"]
    later = challenged.sel(time=slice(3.0, 6.0))
    minutes = 60.0 * (float(later.time[int(later.argmax("time"))]) - 3.0)
    assert float(found.tol_low) <= minutes <= float(found.tol_high)


@pytest.mark.xfail(
    reason="Morphine's slow effect compartment falls about as fast as naloxone leaves, so that in the middle"
    " of an interval the score stays up until the next dose of morphine, at 3 h instead of 0.5-2 h.",
    strict=True,
)
def test_a_challenge_is_over_within_two_hours(challenged) -> None:
    before = float(challenged.sel(time=3.0, method="nearest"))
    assert float(challenged.sel(time=5.0, method="nearest")) < before + 1.0


def test_a_challenge_is_over_after_the_next_dose(challenged) -> None:
    before = float(challenged.sel(time=3.0, method="nearest"))
    assert float(challenged.sel(time=8.0, method="nearest")) < before + 1.0
