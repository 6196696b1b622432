"""How past forecasts fared."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from forecasting_cases import buprenorphine, cows, three_scores

from speciosa.forecasting import Hindsight, Observation, PersonRecord, forecast, skill
from speciosa.simulation import Setting

SETTING = Setting()


def test_every_rating_is_held_against_what_was_known_before() -> None:
    found = skill(three_scores(), seed=1, setting=SETTING)
    assert [(item.time, item.known_until) for item in found.past] == [(20.0, 0.0), (44.0, 20.0), (68.0, 44.0)]
    assert [item.low for item in found.past] == [12.0, 8.0, 6.0]
    assert all(0.0 < item.chance < 1.0 for item in found.past)
    assert found.past[0].chance == pytest.approx(found.past[0].chance_by_population)
    assert Hindsight.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_past_forecast_is_the_forecast_that_would_have_been_made() -> None:
    record = three_scores()
    past = skill(record, seed=1, setting=SETTING, variant="trial").past[2]
    later = PersonRecord("P", record.doses, record.observations[:2], before=record.before, now=44.0)
    made = forecast(later, seed=1, variants=("trial",), horizon=24.0, setting=SETTING)
    at = made.times.index(68.0)
    assert past.median == pytest.approx(made.prediction().score.median[at], abs=0.8)
    assert past.high90 == pytest.approx(made.prediction().score.high90[at], abs=2.5)


def test_surprises_lie_outside() -> None:
    record = PersonRecord(
        "P",
        tuple(buprenorphine(day) for day in range(8)),
        (*(cows(24.0 * day + 20.0, 1) for day in range(7)), cows(188.0, 30)),
        before="unknown opioids",
    )
    found = skill(record, seed=1, setting=SETTING, variant="trial")
    assert [item.is_inside for item in found.past[-2:]] == [True, False]
    assert found.inside < 1.0
    assert np.isfinite(found.log_score)
    assert found.past[-1].chance < 0.01


def test_classes_count_by_their_ends() -> None:
    record = three_scores(
        observations=(
            Observation(20.0, "COWS", band="mild"),
            Observation(44.0, "COWS", items=(1,) * 2 + (0,) * 9),
        )
    )
    found = skill(record, seed=1, setting=SETTING)
    assert [(item.low, item.high) for item in found.past] == [(5.0, 12.0), (2.0, 2.0)]


def test_without_ratings_there_is_nothing_to_judge() -> None:
    found = skill(PersonRecord("P", (buprenorphine(0),)), seed=1, setting=SETTING)
    assert found.past == ()
    assert math.isnan(found.inside)
    assert math.isnan(found.gain)
