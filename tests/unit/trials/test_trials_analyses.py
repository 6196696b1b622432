"""Analyses: errors of the first kind, power, and estimates that are known otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from speciosa.simulation import Setting
from speciosa.trials import Trial, read_protocol_text, trial_seed
from speciosa.trials.analyses import Data, analyzed
from speciosa.trials.enrolment import allocate
from speciosa.trials.plan import Piece
from speciosa.trials.protocol import Protocol

SETTING = Setting()
TRIALS, EACH = 1000, 50
POOL = """title = "People to draw trials from"
until = "1 d"
history = "morphine 30 mg SC every 6 h for 5 days"
[people]
size = 1000
[arms.a]
regimen = "nothing"
[arms.b]
regimen = "nothing"
[[visits]]
at = "1 d"
scales = ["COWS"]
[[endpoints]]
name = "COWS"
measure = "score"
scale = "COWS"
at = "1 d"
[[analyses]]
endpoint = "COWS"
method = "difference of means"
"""


@pytest.fixture(scope="module")
def pool() -> tuple[Protocol, np.ndarray]:
    """What simulated people are rated on day 1."""
    protocol = read_protocol_text(POOL, "pool.toml", SETTING)
    trial = Trial.of(protocol, SETTING)
    course = trial.road((Piece("a", 0.0, 24.0),)).follow(trial.entrance.enrol(1).people)
    return protocol, course.ratings["COWS"][:, 0]


def rejected(protocol: Protocol, rated: np.ndarray, effect: float) -> float:
    """Share of trials of people drawn from the pool that find a difference."""
    found = []
    for number in range(TRIALS):
        seed = trial_seed(7, number)
        values = rated[np.random.default_rng(seed).choice(len(rated), 2 * EACH, replace=False)]
        place = allocate(protocol, ("a", "b"), (1, 1), (), 2 * EACH, seed, "randomization")
        table = pd.DataFrame({"arm": np.array(["a", "b"])[place], "COWS": values + effect * place})
        found.append(analyzed(Data(protocol, table, pd.DataFrame()))["p"].iloc[0] < 0.05)
    return float(np.mean(found))


def test_null_trials_reject_one_in_twenty(pool: tuple[Protocol, np.ndarray]) -> None:
    assert rejected(*pool, 0.0) == pytest.approx(0.05, abs=0.014)


def test_power_is_the_analytic_one(pool: tuple[Protocol, np.ndarray]) -> None:
    protocol, rated = pool
    size, freedom = 0.5, 2 * EACH - 2
    away = size * np.sqrt(EACH / 2.0)
    limit = stats.t.ppf(0.975, freedom)
    power = stats.nct.sf(limit, freedom, away) + stats.nct.cdf(-limit, freedom, away)
    assert rejected(protocol, rated, size * rated.std()) == pytest.approx(power, abs=0.03)


def data(endpoint: dict[str, object], method: str, table: pd.DataFrame, **more: object) -> Data:
    protocol = Protocol.model_validate(
        {
            "title": "t",
            "until": "10 d",
            "arms": {name: {"regimen": "nothing"} for name in ("a", "b")},
            "endpoints": [{"name": "x", **endpoint}],
            "analyses": [{"endpoint": "x", "method": method, **more.pop("analysis", {})}],  # type: ignore[dict-item]
        }
    )
    return Data(protocol, table, more.get("ratings", pd.DataFrame()))  # type: ignore[arg-type]


def one(given: Data) -> dict[str, object]:
    (row,) = analyzed(given).to_dict("records")
    return row


def shares(a: int, b: int, n: int = 50) -> pd.DataFrame:
    values = [1.0] * a + [0.0] * (n - a) + [1.0] * b + [0.0] * (n - b)
    return pd.DataFrame({"arm": ["a"] * n + ["b"] * n, "x": values})


def test_odds_ratio_is_the_cross_product() -> None:
    row = one(data({"measure": "completion"}, "odds ratio", shares(10, 25)))
    assert row["estimate"] == pytest.approx((25 * 40) / (25 * 10))
    error = np.sqrt(1 / 10 + 1 / 40 + 1 / 25 + 1 / 25)
    assert row["high"] == pytest.approx(np.exp(np.log(4.0) + 1.959964 * error), rel=1e-4)


def test_difference_of_shares_and_what_cannot_be_told() -> None:
    row = one(data({"measure": "completion"}, "difference of shares", shares(10, 25)))
    assert row["estimate"] == pytest.approx(0.3)
    assert row["low"] < 0.3 < row["high"] and row["p"] < 0.01
    none = one(data({"measure": "completion"}, "odds ratio", shares(0, 25)))
    assert np.isnan(none["estimate"]) and none["note"] == "nobody, or everybody, of an arm"  # type: ignore[arg-type]


def survival(rate: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    times = np.random.default_rng(seed).exponential(1.0 / rate, n)
    return np.minimum(times, 10.0), (times < 10.0).astype(float)


def test_survival_methods_find_the_hazards_that_were_put_in() -> None:
    (ta, ea), (tb, eb) = survival(0.1, 2000, 1), survival(0.2, 2000, 2)
    table = pd.DataFrame({"arm": ["a"] * 2000 + ["b"] * 2000, "x": [*ta, *tb], "x: event": [*ea, *eb]})
    measure = {"measure": "time to leaving"}
    assert one(data(measure, "Cox", table))["estimate"] == pytest.approx(2.0, rel=0.06)
    assert one(data(measure, "log-rank", table))["p"] < 1e-6
    means = [(1 - np.exp(-10 * rate)) / rate for rate in (0.1, 0.2)]
    row = one(data(measure, "restricted mean", table))
    assert row["estimate"] == pytest.approx(means[1] - means[0], abs=0.2)
    assert row["high"] - row["low"] == pytest.approx(
        2 * 1.96 * np.sqrt((ta.var() + tb.var()) / 2000), rel=0.02
    )
    first, second = analyzed(data(measure, "Kaplan-Meier", table, analysis={"until": "5 d"})).to_dict(
        "records"
    )
    assert first["estimate"] == pytest.approx(np.exp(-0.5), abs=0.03)
    assert second["low"] < np.exp(-1.0) < second["high"]


def test_adjustment_and_mixed_model_use_the_ratings() -> None:
    generator = np.random.default_rng(4)
    n = 400
    level = generator.normal(10.0, 3.0, n)
    arm = np.repeat(["a", "b"], n // 2)
    effect = 2.0 * (arm == "b")
    rows = []
    for day in range(4):
        values = level + generator.normal(0.0, 1.0, n) + effect * (day / 3.0)
        rows.append(
            pd.DataFrame(
                {"person": np.arange(n), "arm": arm, "scale": "COWS", "day": float(day), "value": values}
            )
        )
    ratings = pd.concat(rows, ignore_index=True)
    last = ratings[ratings["day"] == 3.0].set_index("person")["value"]
    table = pd.DataFrame({"arm": arm, "x": last}, index=pd.Index(np.arange(n), name="person"))
    endpoint = {"measure": "score", "scale": "COWS", "at": "3 d"}
    plain = one(data(endpoint, "difference of means", table))
    adjusted = one(data(endpoint, "adjusted difference", table, ratings=ratings))
    mixed = one(data({**endpoint, "measure": "change"}, "mixed model", table, ratings=ratings))
    for row in (adjusted, mixed):
        assert row["low"] < 2.0 < row["high"]
        assert row["high"] - row["low"] < 0.6 * (plain["high"] - plain["low"])
