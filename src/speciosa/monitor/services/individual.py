"""From the records of the database to the record that a forecast takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from speciosa.drugs import catalog
from speciosa.forecasting import VITALS, Intake, Observation, PersonRecord
from speciosa.monitor.db import Person
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.vocabulary import MEASUREMENTS, PIECE, SUBSTANCES
from speciosa.monitor.services.writing import current
from speciosa.people.covariates import LEVELS, LIMITS
from speciosa.regimens import Dose

BEFORE = "Before the record"
"""Title of the plan that says what was taken before the record begins."""
HALF_WIDTHS = 2.0
"""Standard deviations between an amount and the limits between which it is believed to lie."""


def person_record(
    session: Session, actor: Actor, person_id: str, *, now: datetime | None = None
) -> PersonRecord:
    """The record of a person as a forecast takes it: what is in force, by the hour.

    Parameters
    ----------
    session : Session
    actor : Actor
    person_id : str
    now : datetime, optional
        The moment up to which is known; the actor's present if left out.

    Raises
    ------
    RefusedError
        If the role may not read it.
    RecordError
        If there is no such person.
    """
    actor.require(Permission.READ, person_id)
    person = session.get_one(Person, person_id)
    now = now or actor.now
    kept = {
        kind: current(session, actor, kind, person_id, until=now)
        for kind in ("doses", "assessments", "measurements", "characteristics", "episodes", "plans")
    }
    before = [row for row in kept["plans"] if row.title == BEFORE]
    start = _start(person, kept)
    intakes = [_intake(row, start) for row in kept["doses"]]
    seen = [_rating(row, start) for row in kept["assessments"]]
    seen += [_measured(row, start) for row in kept["measurements"]]
    return PersonRecord(
        person.pseudonym,
        doses=tuple(item for item in intakes if item is not None),
        observations=tuple(item for item in seen if item is not None),
        covariates=_covariates(kept["characteristics"], now),
        before=before[-1].regimen if before else "",
        now=max(0.0, _hours(now, start)),
        started=start.astimezone(UTC).isoformat(),
    )


def _start(person: Person, kept: dict[str, list[Any]]) -> datetime:
    """Time 0: the first episode, or what was recorded of the time before it."""
    moments = [row.started_at for row in kept["episodes"]] or [person.created_at]
    for kind, name in (("doses", "taken_at"), ("assessments", "assessed_at"), ("measurements", "measured_at")):
        moments += [getattr(row, name) for row in kept[kind][:1]]
    return min(moments)


def _hours(moment: datetime, start: datetime) -> float:
    return (moment - start) / timedelta(hours=1)


def _intake(row: Any, start: datetime) -> Intake | None:
    """A dose; None for what the library cannot give to a model."""
    if row.item in SUBSTANCES or row.unit == PIECE or row.item not in catalog().names:
        return None
    cv = 0.0
    if row.amount_low is not None and row.amount_high is not None:
        cv = min(1.0, (row.amount_high - row.amount_low) / (2.0 * HALF_WIDTHS * row.amount))
    dose = Dose(row.item, row.amount, row.unit, row.route)
    return Intake(_hours(row.taken_at, start), dose, row.basis, cv if row.basis == "reported" else 0.0)


def _rating(row: Any, start: datetime) -> Observation:
    time = _hours(row.assessed_at, start)
    if row.total is not None:
        return Observation(time, row.scale, total=row.total)
    return Observation(time, row.scale, band=row.band)


def _measured(row: Any, start: datetime) -> Observation | None:
    time = _hours(row.measured_at, start)
    if row.analyte is not None:
        if row.is_below_limit or row.matrix not in ("plasma", "serum"):
            return None
        return Observation(time, f"plasma.{row.analyte}", value=row.value, unit=row.unit)
    if row.kind_of not in VITALS:
        return None
    value = MEASUREMENTS[row.kind_of].in_unit(row.value, row.unit)
    return Observation(time, row.kind_of, value=value)


def _covariates(rows: list[Any], now: datetime) -> dict[str, float | str]:
    if not rows:
        return {}
    last = rows[-1]
    found: dict[str, float | str] = {}
    for name in (*LIMITS, *LEVELS):
        value = getattr(last, name, None)
        if value is not None:
            found[name] = value
    if last.birth_year is not None and LIMITS["age"][0] <= now.year - last.birth_year <= LIMITS["age"][1]:
        found["age"] = float(now.year - last.birth_year)
    return found
