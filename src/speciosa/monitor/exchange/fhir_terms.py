"""Names and addresses of FHIR R4: those of others where they exist and were checked, else the program's own.

LOINC codes are those of the vital signs of FHIR R4. For withdrawal scales no code of LOINC was found, so
scales, their items, substances and measurements have addresses under `BASE`: names, which need not resolve.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from speciosa.body.scales import SCALES, Scale
from speciosa.monitor.db.chain import stamp

BASE = "https://speciosa.invalid/fhir"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
PSEUDONYM, RECORD, PRODUCT = f"{BASE}/pseudonym", f"{BASE}/record", f"{BASE}/product"
SUBSTANCE, MEASUREMENT, SCALE = (
    f"{BASE}/CodeSystem/{name}" for name in ("substance", "measurement", "scale")
)
AMOUNT_RANGE, TIME_UNCERTAINTY, PRODUCT_OF, CHARACTERISTICS, SYNTHETIC = (
    f"{BASE}/StructureDefinition/{name}"
    for name in ("amount-range", "time-uncertainty", "product", "characteristics", "is-synthetic")
)
_WORD = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """A name as part of an address.

    Examples
    --------
    >>> slug("aching bones or joints")
    'aching-bones-or-joints'
    """
    return _WORD.sub("-", name.lower()).strip("-")


def questionnaire_url(scale: Scale) -> str:
    """Canonical address of a scale."""
    return f"{BASE}/Questionnaire/{slug(scale.name)}"


def scale_of(url: str) -> Scale | None:
    """The scale of a canonical address, with or without a version; None for one of others."""
    plain = url.split("|", 1)[0]
    return next((scale for scale in SCALES if questionnaire_url(scale) == plain), None)


def questionnaire(scale: Scale) -> dict[str, Any]:
    """A scale as a Questionnaire: its items in own words, with the scores that each can take."""
    return {
        "resourceType": "Questionnaire",
        "id": slug(scale.name),
        "url": questionnaire_url(scale),
        "name": slug(scale.name).replace("-", "_"),
        "title": scale.name,
        "status": "active",
        "subjectType": ["Patient"],
        "item": [
            {
                "linkId": slug(item.name),
                "text": item.name,
                "type": "choice",
                "required": True,
                "answerOption": [{"valueInteger": score} for score in (0, *item.points)],
            }
            for item in scale.items
        ],
    }


def moment(value: datetime) -> str:
    """A moment as FHIR writes it, without a fraction of a second that is zero.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    '2026-03-01T09:30:00Z'
    """
    return stamp(value).replace(".000000Z", "Z")


def coded(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}], "text": text or code}
