"""Records as a bundle of FHIR R4.

What FHIR has no place for (episodes, notes, plans, older versions) is in the full export of a person.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from speciosa.errors import RefusedError
from speciosa.monitor.db.tables import Person
from speciosa.monitor.exchange import fhir_terms as terms
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.entries import (
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    MeasurementEntry,
)
from speciosa.monitor.services.persons import IdentityEntry, find_person, identity_of
from speciosa.monitor.services.trail import note_event
from speciosa.monitor.services.vocabulary import MEASUREMENTS, check_scale
from speciosa.monitor.services.writing import current

Resource = dict[str, Any]
_GENDERS = {"female": "female", "male": "male", "unspecified": "unknown"}


def write_bundle(
    session: Session, actor: Actor, people: list[str], *, with_identity: bool = False
) -> Resource:
    """What is in force of some people, as a Bundle of type collection.

    Parameters
    ----------
    session : Session
        Of `Database.write`: that records leave is kept in the audit trail.
    actor : Actor
    people : list of str
        Pseudonyms or ids.
    with_identity : bool
        Also who they are; needs the permission to see it.

    Raises
    ------
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.EXCHANGE)
    if with_identity and not actor.may(Permission.IDENTITY):
        raise RefusedError(f"a {actor.role.value} may not {Permission.IDENTITY.value}")
    resources: list[Resource] = []
    scales: dict[str, Resource] = {}
    for name in people:
        person = find_person(session, actor, name)
        note_event(session, actor, "records exported", person_id=person.id, detail={"form": "FHIR R4"})
        identity = identity_of(session, actor, person.id) if with_identity else None
        resources.append(_patient(session, actor, person, identity))
        for row in current(session, actor, "assessments", person.id):
            entry = AssessmentEntry.of(row)
            scale = check_scale(entry.scale)
            if entry.items is not None:
                scales[scale.name] = terms.questionnaire(scale)
                resources.append(_response(row, entry, person))
            resources.append(_rating(row, entry, person))
        resources += [
            _observation(row, MeasurementEntry.of(row), person)
            for row in current(session, actor, "measurements", person.id)
        ]
        resources += [
            _dose(row, DoseEntry.of(row), person) for row in current(session, actor, "doses", person.id)
        ]
    entries = [
        {"fullUrl": f"{terms.BASE}/{item['resourceType']}/{item['id']}", "resource": item}
        for item in (*scales.values(), *resources)
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "collection", "timestamp": terms.moment(actor.now)}
    return {**bundle, "entry": entries} if entries else bundle


def _patient(session: Session, actor: Actor, person: Person, identity: IdentityEntry | None) -> Resource:
    found: Resource = {
        "resourceType": "Patient",
        "id": person.id,
        "identifier": [{"system": terms.PSEUDONYM, "value": person.pseudonym}],
    }
    extensions: list[Resource] = []
    if person.is_synthetic:
        extensions.append({"url": terms.SYNTHETIC, "valueBoolean": True})
    last: CharacteristicsEntry | None = None
    for row in current(session, actor, "characteristics", person.id):
        last = CharacteristicsEntry.of(row)
        extensions.append(_characteristics(row.record_id, last))
    if extensions:
        found["extension"] = extensions
    if last is not None and last.sex is not None:
        found["gender"] = _GENDERS[last.sex]
    if last is not None and last.birth_year is not None:
        found["birthDate"] = str(last.birth_year)
    if identity is not None:
        if identity.name is not None:
            found["name"] = [{"text": identity.name}]
        if identity.birth_date is not None:
            found["birthDate"] = identity.birth_date
    return found


def _characteristics(record_id: str, entry: CharacteristicsEntry) -> Resource:
    parts: list[Resource] = [{"url": "record", "valueString": record_id}]
    for item in fields(entry):
        value = getattr(entry, item.name)
        if item.name == "flags":
            parts += [{"url": "flag", "valueString": flag} for flag in value]
        elif isinstance(value, datetime):
            parts.append({"url": item.name, "valueDateTime": terms.moment(value)})
        elif isinstance(value, int):
            parts.append({"url": item.name, "valueInteger": value})
        elif isinstance(value, float):
            parts.append({"url": item.name, "valueDecimal": value})
        elif value is not None:
            parts.append({"url": item.name, "valueString": value})
    return {"url": terms.CHARACTERISTICS, "extension": parts}


def _base(kind: str, row: Any, person: Person) -> Resource:
    return {
        "resourceType": kind,
        "id": row.record_id,
        "identifier": [{"system": terms.RECORD, "value": row.record_id}],
        "subject": {"reference": f"Patient/{person.id}"},
    }


def _response(row: Any, entry: AssessmentEntry, person: Person) -> Resource:
    scale = check_scale(entry.scale)
    scores = entry.items or {}
    found = _base("QuestionnaireResponse", row, person)
    # A response has one identifier, not a list.
    found["identifier"] = found["identifier"][0]
    return {
        **found,
        "questionnaire": terms.questionnaire_url(scale),
        "status": "completed" if row.version == 1 else "amended",
        "authored": terms.moment(entry.assessed_at),
        "item": [
            {
                "linkId": terms.slug(item.name),
                "text": item.name,
                "answer": [{"valueInteger": scores[item.name]}],
            }
            for item in scale.items
        ],
    }


def _rating(row: Any, entry: AssessmentEntry, person: Person) -> Resource:
    found = {
        **_base("Observation", row, person),
        "status": "final" if row.version == 1 else "amended",
        "category": [terms.coded(terms.CATEGORY, "survey")],
        "code": terms.coded(terms.SCALE, terms.slug(entry.scale), entry.scale),
        "effectiveDateTime": terms.moment(entry.assessed_at),
        **_note(entry.note),
    }
    if entry.items is not None:
        found["id"] = f"{row.record_id}-total"
        found["derivedFrom"] = [{"reference": f"QuestionnaireResponse/{row.record_id}"}]
    if entry.total is not None:
        return {**found, "valueInteger": entry.total}
    return {**found, "valueString": entry.band}


def _observation(row: Any, entry: MeasurementEntry, person: Person) -> Resource:
    kind = MEASUREMENTS[entry.kind_of]
    coding = [{"system": terms.LOINC, "code": kind.loinc}] if kind.loinc else []
    coding.append({"system": terms.MEASUREMENT, "code": terms.slug(kind.name)})
    if entry.analyte is not None:
        coding.append({"system": terms.SUBSTANCE, "code": entry.analyte})
    quantity: Resource = {"value": entry.value, "unit": entry.unit}
    if entry.unit == kind.unit:
        quantity |= {"system": terms.UCUM, "code": kind.ucum}
    if entry.is_below_limit:
        quantity["comparator"] = "<"
    found = {
        **_base("Observation", row, person),
        "status": "final" if row.version == 1 else "amended",
        "category": [terms.coded(terms.CATEGORY, "laboratory" if kind.is_of_drug else "vital-signs")],
        "code": {"coding": coding, "text": kind.name},
        "effectiveDateTime": terms.moment(entry.measured_at),
        "valueQuantity": quantity,
        **_note(entry.note),
    }
    return {**found, "specimen": {"display": entry.matrix}} if entry.matrix is not None else found


def _dose(row: Any, entry: DoseEntry, person: Person) -> Resource:
    medication = {"text": entry.item}
    if entry.product_id is None:
        medication = terms.coded(terms.SUBSTANCE, entry.item)
    quantity = {"value": entry.amount, "unit": entry.unit}
    route = {"route": {"text": entry.route}} if entry.route is not None else {}
    extensions = _doubt(entry)
    if entry.basis == "administered":
        found = {
            **_base("MedicationAdministration", row, person),
            "status": "completed",
            "medicationCodeableConcept": medication,
            "effectiveDateTime": terms.moment(entry.taken_at),
            "dosage": {"dose": quantity, **route},
            **_note(entry.note),
        }
    else:
        found = {
            **_base("MedicationStatement", row, person),
            "status": "completed" if entry.basis == "reported" else "not-taken",
            "medicationCodeableConcept": medication,
            "effectiveDateTime": terms.moment(entry.taken_at),
            "dosage": [{"doseAndRate": [{"doseQuantity": quantity}], **route}],
            **_note(entry.note),
        }
    return {**found, "extension": extensions} if extensions else found


def _doubt(entry: DoseEntry) -> list[Resource]:
    found: list[Resource] = []
    if entry.amount_low is not None:
        limits = {
            "low": {"value": entry.amount_low, "unit": entry.unit},
            "high": {"value": entry.amount_high, "unit": entry.unit},
        }
        found.append({"url": terms.AMOUNT_RANGE, "valueRange": limits})
    if entry.time_uncertainty is not None:
        span = {"value": entry.time_uncertainty, "unit": "h", "system": terms.UCUM, "code": "h"}
        found.append({"url": terms.TIME_UNCERTAINTY, "valueDuration": span})
    if entry.product_id is not None:
        product = {"system": terms.PRODUCT, "value": entry.product_id}
        found.append({"url": terms.PRODUCT_OF, "valueIdentifier": product})
    return found


def _note(text: str | None) -> Resource:
    return {"note": [{"text": text}]} if text is not None else {}
