"""What pages say of a person at a glance: last rating, course, reasons for a look, what lies ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speciosa.errors import SpeciosaError
from speciosa.forecasting import Forecast, PersonRecord
from speciosa.monitor.attention import Reason, reasons
from speciosa.monitor.db import AuditEntry, Person, StoredForecast, User
from speciosa.monitor.services import (
    Actor,
    attention_flags,
    current,
    forecasts,
    list_persons,
    person_record,
)
from speciosa.monitor.web.charts import spark_svg
from speciosa.monitor.web.course import SCALE, Clock
from speciosa.monitor.web.scales import Band, sheet
from speciosa.monitor.web.shelf import Shelf

SPARK_DAYS = 14
AHEAD_HOURS = 48.0
SLOT = 300
"""Seconds for which a person at a glance is kept while nothing is written."""
WEIGHTS = {"high": 100, "medium": 10, "low": 1}


@dataclass(frozen=True)
class Found:
    """A stored forecast with what a page tells of it.

    Parameters
    ----------
    id, kind : str
    forecast : Forecast
    clock : Clock
    made_at, data_until : datetime
    record_digest : str
    """

    id: str
    kind: str
    forecast: Forecast
    clock: Clock
    made_at: datetime
    data_until: datetime
    record_digest: str


def _read(session: Session, shelf: Shelf, row_id: str) -> Found:
    """A stored forecast; its content is read once, for it never changes."""

    def make() -> Found:
        row = session.get_one(StoredForecast, row_id)
        read = forecasts.read_forecast(row)
        start = row.data_until - timedelta(hours=read.moment)
        return Found(row.id, row.kind, read, Clock(start), row.made_at, row.data_until, row.record_digest)

    return shelf.get(("forecast", row_id), make)


def forecast_of(session: Session, shelf: Shelf, person_id: str) -> Found | None:
    """The forecast of a person that was made last."""
    row_id = forecasts.latest_id(session, person_id)
    return None if row_id is None else _read(session, shelf, row_id)


def all_forecasts(session: Session, shelf: Shelf, person_id: str) -> list[Found]:
    """Every forecast of a person, also those in hindsight, by the end of its data."""
    return [_read(session, shelf, row_id) for row_id in forecasts.stored_ids(session, person_id)]


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
    id, pseudonym : str
        Of the person.
    last : Rated or None
    spark : Markup
    reasons : tuple of ReasonShown
    peak : Peak or None
    """

    id: str
    pseudonym: str
    last: Rated | None
    spark: Markup
    reasons: tuple[ReasonShown, ...]
    peak: Peak | None

    @property
    def open(self) -> tuple[ReasonShown, ...]:
        """Reasons that nobody has marked as seen."""
        return tuple(reason for reason in self.reasons if not reason.seen)

    @property
    def weight(self) -> int:
        """How much it wants to be seen first: by the gravest open reason, then by how many there are."""
        return sum(WEIGHTS[reason.level] for reason in self.open)


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
    shown = [
        row for row in assessments if row.scale == SCALE and row.total is not None and row.assessed_at > since
    ]
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
    return {row.id: row.display_name for row in session.execute(select(User.id, User.display_name))}


@dataclass(frozen=True)
class ReasonShown:
    """A reason for a look as pages show it.

    Parameters
    ----------
    rule, key : str
    title, text : str
    level : str
        ``"high"``, ``"medium"`` or ``"low"``: how early it is shown, by its topic.
    basis : str
        What it rests on.
    seen : AcknowledgementVersion or None
        Who saw it and what they said, if somebody did.
    seen_by : str
    """

    rule: str
    key: str
    title: str
    text: str
    level: str
    basis: str
    seen: Any = None
    seen_by: str = ""


LEVELS = {
    **dict.fromkeys(("breathing", "lost tolerance"), "high"),
    **dict.fromkeys(("score", "QT interval", "pregnancy", "product", "not worked out"), "medium"),
}
"""How early a topic is shown; topics that are not named come last. An order of reading, no judgment."""


def reasons_of(
    session: Session, actor: Actor, person: Person, found: Found | None, now: datetime
) -> tuple[ReasonShown, ...]:
    """Reasons for a look, those that nobody has seen first, then by how early their topic is shown."""
    seen = {row.reason_key: row for row in current(session, actor, "acknowledgements", person.id)}
    people = names(session) if seen else {}
    try:
        record = record_of(session, actor, person, now)
        flags = attention_flags(session, actor, person.id, now=now)
        forecast = found.forecast if found is not None else None
        made = reasons(record, forecast, flags=flags, clock=record.moment)
    except SpeciosaError as fault:
        key = f"not-worked-out:{now:%Y-%m-%d}"
        made = [Reason("not-worked-out", key, "not worked out", str(fault), 0.0, "-", (), ())]
    shown = [
        ReasonShown(
            item.rule,
            item.key,
            item.topic[:1].upper() + item.topic[1:],
            item.text,
            LEVELS.get(item.topic, "low"),
            basis_words(item),
            seen.get(item.key),
            people.get(seen[item.key].recorded_by, "") if item.key in seen else "",
        )
        for item in made
    ]
    return tuple(sorted(shown, key=lambda item: (item.seen is not None, -WEIGHTS[item.level])))


def basis_words(reason: Reason) -> str:
    """What a reason rests on, in a line."""
    parts = [f"Evidence grade {reason.grade}"] if reason.grade != "-" else []
    if reason.rows:
        parts.append(f"rows {', '.join(reason.rows)}")
    if reason.sources:
        parts.append(f"sources {', '.join(reason.sources)}")
    return "; ".join(parts)


def states(session: Session) -> Mapping[str, int]:
    """Number of the last audit entry of each person: it grows whenever something of theirs is written."""
    query = select(AuditEntry.person_id, func.max(AuditEntry.sequence)).where(
        AuditEntry.person_id.is_not(None)
    )
    return {str(name): number for name, number in session.execute(query.group_by(AuditEntry.person_id))}


def card_of(
    session: Session, actor: Actor, shelf: Shelf, person: Person, now: datetime, state: int | None = None
) -> Card:
    """A person at a glance; worked out once for each state of the record and each few minutes."""
    if state is None:
        state = session.scalar(select(func.max(AuditEntry.sequence)).where(AuditEntry.person_id == person.id))
    slot = int(now.timestamp()) // SLOT
    return shelf.get(("card", person.id, state, slot), lambda: _card(session, actor, shelf, person, now))


def _card(session: Session, actor: Actor, shelf: Shelf, person: Person, now: datetime) -> Card:
    assessments = current(session, actor, "assessments", person.id)
    found = forecast_of(session, shelf, person.id)
    rated = [row for row in assessments if row.scale == SCALE] or assessments
    return Card(
        person.id,
        person.pseudonym,
        rated_of(rated[-1]) if rated else None,
        spark_of(assessments, now),
        reasons_of(session, actor, person, found, now),
        peak_of(found),
    )


def cards(session: Session, actor: Actor, shelf: Shelf, now: datetime) -> list[Card]:
    """Everybody at a glance, those with the gravest reasons first."""
    known = states(session)
    made = [
        card_of(session, actor, shelf, person, now, known.get(person.id, 0))
        for person in list_persons(session, actor)
    ]
    return sorted(made, key=lambda card: (-card.weight, card.pseudonym))
