"""Records that several tests use."""

from __future__ import annotations

from speciosa.forecasting import UNKNOWN_OPIOIDS, Intake, Observation, PersonRecord
from speciosa.regimens import Dose


def buprenorphine(day: float, amount: float = 8.0, how: str = "administered", cv: float = 0.0) -> Intake:
    return Intake(24.0 * day, Dose("buprenorphine", amount, "mg", "sublingual"), how, cv)


def cows(hour: float, total: int) -> Observation:
    return Observation(hour, "COWS", total=total)


def three_scores(*totals: int, **changes) -> PersonRecord:
    """Three days of buprenorphine with a rating each, in somebody who came from unknown opioids."""
    seen = totals or (12, 8, 6)
    given = {
        "doses": tuple(buprenorphine(day) for day in range(3)),
        "observations": tuple(cows(24.0 * day + 20.0, total) for day, total in enumerate(seen)),
        "before": UNKNOWN_OPIOIDS,
        **changes,
    }
    return PersonRecord("P-1", **given)
