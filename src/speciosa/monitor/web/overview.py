"""What the pages say of a person at a glance: last rating, course in small, reasons for a look, what lies ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from speciosa.forecasting import Forecast, PersonRecord
from speciosa.monitor.db import AuditEntry, Person, StoredForecast, User
from speciosa.monitor.services import Actor, current, forecasts, list_persons
from speciosa.monitor.services.individual import person_record
from speciosa.monitor.web.charts import spark_svg
from speciosa.monitor.web.course import SCALE, Clock
from speciosa.monitor.web.scales import Band, sheet

SPARK_DAYS = 14
AHEAD_HOURS = 48.0


@dataclass(frozen=True)
class Found:
    """A stored forecast with what a page tells of it.

    Parameters
    ----------
    id : str
    forecast : Forecast
    clock : Clock
    made_at, data_until : datetime
    record_digest : str
    """

    id: str
    forecast: Forecast
    clock: Clock
    made_at: datetime
    data_until: datetime
    record_digest: str


def _found(row: StoredForecast) -> Found:
    read = forecasts.read_forecast(row)
    start = row.data_until - timedelta(hours=read.moment)
    return Found(row.id, read, Clock(start), row.made_at, row.data_until, row.record_digest)


def forecast_of(session: Session, person_id: str) -> Found | None:
    """The forecast of a person that was made last."""
    row = forecasts.latest(session, person_id)
    return None if row is None else _found(row)


def all_forecasts(session: Session, person_id: str) -> list[Found]:
    """Every forecast of a person, by the end of its data."""
    return [_found(row) for row in forecasts.stored(session, person_id)]


def record_of(session: Session, actor: Actor, person: Person, now: datetime) -> PersonRecord:
    """The record of a person as a forecast takes it."""
    return person_record(session, actor, person.id, now=now)


@dataclass(frozen=True)
class Rated:
    """A rating at a glance.

    Parameters
    ----------
    moment : datetime
    words : str
    band : Band or None
    """

    moment: datetime
    words: str
    band: Band | None


@dataclass(frozen=True)
class Peak:
    """What lies ahead at worst.

    Parameters
    ----------
    median : float
        Highest median within 48 h.
    band : Band
    """

    median: float
    band: Band


@dataclass(frozen=True)
class Card:
    """A person at a glance.

    Parameters
    ----------
    person : Person
    last : Rated or None
    spark : Markup
    reasons : tuple of ReasonShown
        The gravest first.
    peak : Peak or None
    """

    person: Person
    last: Rated | None
    spark: Markup
    reasons: tuple[Any, ...]
    peak: Peak | None

    @property
    def open(self) -> tuple[Any, ...]:
        """Reasons that nobody has marked as seen."""
        return tuple(reason for reason in self.reasons if not reason.seen)


def rated_of(row: Any) -> Rated:
    """A rating at a glance."""
    form = sheet(row.scale)
    if row.total is not None:
        name = "" if row.scale == SCALE else f"{row.scale} "
        return Rated(row.assessed_at, f"{name}{row.total}", form.band(row.total))
    return Rated(row.assessed_at, row.scale, form.band_named(row.band))


def spark_of(assessments: Sequence[Any], now: datetime) -> Markup:
    """COWS of the last fortnight in small."""
    since = now - timedelta(days=SPARK_DAYS)
    shown = [row for row in assessments if row.scale == SCALE and row.total is not None and row.assessed_at > since]
    points = [((row.assessed_at - since).total_seconds() / 3600, float(row.total)) for row in shown]
    first = next(band.low for band in sheet(SCALE).bands if band.level == 1)
    words = f"COWS of the last {SPARK_DAYS} days: {', '.join(str(row.total) for row in shown[-6:])}"
    return spark_svg(points, float(first), words)


def peak_of(found: Found | None) -> Peak | None:
    """What lies ahead at worst, within 48 h of the forecast's moment."""
    if found is None or "forecast" not in found.forecast.variants[0].scores.get(SCALE, {}):
        return None
    forecast = found.forecast
    medians = [
        value
        for time, value in zip(forecast.times, forecast.prediction().score.median, strict=True)
        if 0.0 <= time - forecast.moment <= AHEAD_HOURS
    ]
    if not medians:
        return None
    band = sheet(SCALE).band(max(medians))
    return Peak(max(medians), band) if band is not None else None


def names(session: Session) -> Mapping[str, str]:
    """Names of users by id."""
    return dict(session.execute(select(User.id, User.display_name)).tuples().all())


def card_of(session: Session, actor: Actor, person: Person, now: datetime) -> Card:
    """A person at a glance."""
    assessments = current(session, actor, "assessments", person.id)
    found = forecast_of(session, person.id)
    return Card(
        person,
        rated_of(assessments[-1]) if assessments else None,
        spark_of(assessments, now),
        (),
        peak_of(found),
    )


def cards(session: Session, actor: Actor, now: datetime) -> list[Card]:
    """Everybody at a glance, those with the gravest reasons first."""
    return [card_of(session, actor, person, now) for person in list_persons(session, actor)]


__all__ = ["AuditEntry", "func", "lru_cache", "undefer"]
