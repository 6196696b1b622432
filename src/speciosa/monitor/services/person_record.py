"""What is kept of a person, as the record that a forecast starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speciosa.drugs import Product, catalog
from speciosa.errors import UnknownNameError
from speciosa.forecasting import VITALS, Intake, Observation, PersonRecord
from speciosa.monitor.db.columns import VOIDED
from speciosa.monitor.db.tables import Person, ProductVersion
from speciosa.monitor.services.actor import Actor
from speciosa.monitor.services.entries import AssessmentEntry, DoseEntry, MeasurementEntry
from speciosa.monitor.services.vocabulary import (
    MEASUREMENTS,
    PIECE,
    SUBSTANCES,
    check_scale,
    substance_class,
)
from speciosa.monitor.services.writing import current
from speciosa.people import LIMITS
from speciosa.people.covariates import LEVELS
from speciosa.regimens import Dose

_HOUR = 3600.0
# Half of a 90 % interval in standard deviations.
_HALF_INTERVAL = NormalDist().inv_cdf(0.95)
_RECENT = timedelta(days=7)
_NOTED = {
    "alcohol use": "alcohol",
    "sedative use": "sedatives",
    "long QT or heart disease": "long QT",
    "QT-prolonging medicine": "long QT",
}
_TAKEN = {"alcohol": "alcohol", "sedative": "sedatives"}
_BLOOD = ("plasma", "serum")


@dataclass(frozen=True)
class Taken:
    """Something that was taken, whether or not the library holds it.

    Parameters
    ----------
    at : datetime
    item : str
    substance : str
        Its class, of `SUBSTANCE_CLASSES`.
    is_modeled : bool
        Whether it is part of the record that a forecast starts from.
    dose : DoseEntry
    """

    at: datetime
    item: str
    substance: str
    is_modeled: bool
    dose: DoseEntry


def person_record(
    session: Session, actor: Actor, person_id: str, *, now: datetime | None = None
) -> PersonRecord:
    """The record of a person up to a moment.

    Time 0 is the start of the last episode where it says what was taken before; else the earliest of its
    start and of every dose and rating. What the library does not hold (alcohol, sedatives), concentrations
    outside of plasma and those below the limit of quantification are no part of it: `taken` and `current`
    give them.

    Parameters
    ----------
    session : Session
    actor : Actor
    person_id : str
    now : datetime, optional
        The present if left out.

    Returns
    -------
    PersonRecord

    Raises
    ------
    RefusedError
        If the role may not read it.
    PersonError
        If it is no adult whom the program can represent.
    """
    now = now or actor.now
    doses = [item for item in taken(session, actor, person_id, until=now) if item.is_modeled]
    ratings = [
        AssessmentEntry.of(row) for row in current(session, actor, "assessments", person_id, until=now)
    ]
    measured = [
        MeasurementEntry.of(row) for row in current(session, actor, "measurements", person_id, until=now)
    ]
    before, start = _start(session, actor, person_id, now, doses, ratings)

    def hours(moment: datetime) -> float:
        return (moment - start).total_seconds() / _HOUR

    contents = _contents(session, [item.dose for item in doses])
    seen = [_rating(hours(item.assessed_at), item) for item in ratings]
    seen += [found for item in measured if (found := _measured(hours(item.measured_at), item)) is not None]
    return PersonRecord(
        id=session.get_one(Person, person_id).pseudonym,
        doses=tuple(
            Intake(hours(item.at), _dose(item.dose, contents), _how(item.dose), _spread(item.dose))
            for item in doses
            if item.at >= start
        ),
        observations=tuple(item for item in seen if item.time >= 0.0),
        covariates=_covariates(session, actor, person_id, now, measured),
        before=before,
        now=max(0.0, hours(now)),
        started=start.isoformat(),
    )


def taken(
    session: Session,
    actor: Actor,
    person_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Taken]:
    """Everything that a person took or missed, in the order of time.

    Raises
    ------
    RefusedError
        If the role may not read it.
    """
    rows = [
        DoseEntry.of(row) for row in current(session, actor, "doses", person_id, since=since, until=until)
    ]
    contents = _contents(session, rows)
    found = []
    for entry in rows:
        product = contents.get(entry.product_id or "")
        item = product.item if product is not None and product.item is not None else entry.item
        substance = product.substance if product is not None else substance_class(item)
        is_modeled = _is_in_library(item) and _is_countable(item, entry, product)
        found.append(Taken(entry.taken_at, item, substance, is_modeled, entry))
    return found


def attention_flags(
    session: Session, actor: Actor, person_id: str, *, now: datetime | None = None
) -> tuple[str, ...]:
    """What rules of attention need to know beyond the record: ``alcohol``, ``sedatives``, ``long QT``.

    It is noted among the characteristics, or alcohol and sedatives were taken within the last week.

    Raises
    ------
    RefusedError
        If the role may not read it.
    """
    now = now or actor.now
    noted: set[str] = set()
    for row in current(session, actor, "characteristics", person_id, until=now)[-1:]:
        noted |= {_NOTED[flag] for flag in row.flags if flag in _NOTED}
    for item in taken(session, actor, person_id, since=now - _RECENT, until=now):
        if item.substance in _TAKEN and item.dose.basis != "missed":
            noted.add(_TAKEN[item.substance])
    return tuple(sorted(noted))


def _start(
    session: Session,
    actor: Actor,
    person_id: str,
    now: datetime,
    doses: Sequence[Taken],
    ratings: Sequence[AssessmentEntry],
) -> tuple[str, datetime]:
    """What was taken before time 0, and when that is."""
    episodes = current(session, actor, "episodes", person_id, until=now)
    if episodes and episodes[-1].taken_before is not None:
        return episodes[-1].taken_before, episodes[-1].started_at
    moments = [*(item.at for item in doses), *(item.assessed_at for item in ratings)]
    moments += [row.started_at for row in episodes[-1:]]
    return "", min(moments, default=now)


def _contents(session: Session, doses: Sequence[DoseEntry]) -> dict[str, ProductVersion]:
    """The products that doses name, by record id, as they are known now."""
    named = {entry.product_id for entry in doses if entry.product_id is not None}
    query = select(ProductVersion).where(ProductVersion.record_id.in_(named), ProductVersion.status != VOIDED)
    return {row.record_id: row for row in session.scalars(query.order_by(ProductVersion.version))}


def _is_in_library(item: str) -> bool:
    if item in SUBSTANCES:
        return False
    try:
        catalog().item(item)
    except UnknownNameError:
        return False
    return True


def _is_countable(item: str, entry: DoseEntry, product: ProductVersion | None) -> bool:
    """Whether amount and content say how much of a drug it is."""
    known = {part["unit"] for part in product.content} if product is not None else set()
    if entry.unit == PIECE:
        return "mg" in known
    if entry.unit == "mL":
        return "mg/mL" in known
    found = catalog().item(item)
    is_stated = isinstance(found, Product) and found.is_weighed and found.components[0].content is None
    return "mg/g" in known or not is_stated


def _dose(entry: DoseEntry, products: dict[str, ProductVersion]) -> Dose:
    product = products.get(entry.product_id or "")
    item = product.item if product is not None and product.item is not None else entry.item
    content: list[Any] = product.content if product is not None else []
    if entry.unit in (PIECE, "mL"):
        unit = "mg" if entry.unit == PIECE else "mg/mL"
        inside = tuple((part["drug"], part["value"]) for part in content if part["unit"] == unit)
        if _takes_content(item):
            # A piece or a milliliter stands for a gram of that content: the drugs in it are the same.
            return Dose(item, entry.amount, "g", entry.route, content=inside)
        return Dose(item, entry.amount * sum(value for _, value in inside), "mg", entry.route)
    stated = tuple((part["drug"], part["value"]) for part in content if part["unit"] == "mg/g")
    return Dose(item, entry.amount, entry.unit, entry.route, content=stated if _takes_content(item) else ())


def _takes_content(item: str) -> bool:
    """Whether the item is a product whose content may be stated: powder, tea, extract."""
    found = catalog().item(item)
    return isinstance(found, Product) and found.is_weighed


def _how(entry: DoseEntry) -> Any:
    return entry.basis


def _spread(entry: DoseEntry) -> float:
    """Uncertainty of the amount as a share of it, from its limits as a 90 % interval."""
    if entry.amount_low is None or entry.amount_high is None:
        return 0.0
    return min(1.0, (entry.amount_high - entry.amount_low) / (2.0 * _HALF_INTERVAL * entry.amount))


def _rating(time: float, entry: AssessmentEntry) -> Observation:
    if entry.items is not None:
        order = check_scale(entry.scale).items
        return Observation(time, entry.scale, items=tuple(entry.items[item.name] for item in order))
    if entry.total is not None:
        return Observation(time, entry.scale, total=entry.total)
    return Observation(time, entry.scale, band=entry.band)


def _measured(time: float, entry: MeasurementEntry) -> Observation | None:
    kind = MEASUREMENTS[entry.kind_of]
    if kind.is_of_drug:
        if entry.is_below_limit or entry.matrix not in _BLOOD:
            return None
        return Observation(time, f"plasma.{entry.analyte}", value=entry.value, unit=entry.unit)
    if kind.name not in VITALS:
        return None
    return Observation(time, kind.name, value=kind.in_unit(entry.value, entry.unit))


def _covariates(
    session: Session, actor: Actor, person_id: str, now: datetime, measured: Sequence[MeasurementEntry]
) -> dict[str, float | str]:
    """What is known last of each covariate; body weight also from measurements."""
    found: dict[str, tuple[datetime, float | str]] = {}
    for row in current(session, actor, "characteristics", person_id, until=now):
        for name in (*LIMITS, *LEVELS):
            value = getattr(row, name, None)
            if value is not None:
                found[name] = (row.since, value)
        if row.birth_year is not None:
            found["age"] = (row.since, float(now.year - row.birth_year))
    for entry in measured:
        if entry.kind_of == "body weight" and (
            "weight" not in found or found["weight"][0] <= entry.measured_at
        ):
            weight = MEASUREMENTS["body weight"].in_unit(entry.value, entry.unit)
            found["weight"] = (entry.measured_at, weight)
    return {name: value for name, (_, value) in found.items()}
