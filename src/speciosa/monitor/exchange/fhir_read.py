"""Bundles of FHIR R4: read as a whole, then taken in as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from speciosa.body.scales import SCALES
from speciosa.errors import ExchangeError, RecordError
from speciosa.monitor.exchange import fhir_terms as terms
from speciosa.monitor.exchange.fhir_node import Node
from speciosa.monitor.exchange.intake import LARGEST_FILE, MOST_FAULTS, Intake, Item, NewPerson, take_in
from speciosa.monitor.services import checks
from speciosa.monitor.services.actor import Actor, Permission
from speciosa.monitor.services.entries import (
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    Entry,
    MeasurementEntry,
)
from speciosa.monitor.services.persons import IdentityEntry
from speciosa.monitor.services.vocabulary import MEASUREMENTS

_SEXES = {"female": "female", "male": "male", "other": "unspecified", "unknown": "unspecified"}
_WRONG = "entered-in-error"
_FINAL = ("final", "amended", "corrected")
_ANSWERED = ("completed", "amended")
_DAY = len("1990-05-21")


def read_bundle(session: Session, actor: Actor, content: bytes, *, file: str = "bundle.json") -> Intake:
    """Take in a Bundle, all of it or nothing.

    Parameters
    ----------
    session : Session
        Of `Database.write`.
    actor : Actor
    content : bytes
        JSON in UTF-8.
    file : str
        Name, for messages.

    Raises
    ------
    ExchangeError
        With the entry and the element of every fault.
    RefusedError
        If the role does not allow it.
    """
    actor.require(Permission.EXCHANGE)
    persons, items, left_out, faults = check_bundle(content, actor.now)
    if faults:
        raise ExchangeError(faults, file)
    return take_in(session, actor, persons, items, file, left_out=left_out)


def check_bundle(content: bytes, now: datetime) -> tuple[list[NewPerson], list[Item], int, list[str]]:
    """Read a Bundle without a database.

    Returns
    -------
    persons, items : list
    left_out : int
        Entries that the file marks as entered in error.
    faults : list of str
        With entry and element.

    Examples
    --------
    >>> from datetime import UTC
    >>> check_bundle(b'{"resourceType": "Patient"}', datetime(2026, 3, 1, tzinfo=UTC))[3]
    ["Bundle.resourceType: 'Patient' stands there; expected Bundle."]
    """
    if len(content) > LARGEST_FILE:
        return [], [], 0, [f"the file has {len(content)} bytes; expected {LARGEST_FILE} at most"]
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        return [], [], 0, [f"the file is no JSON: {fault}"]
    reader = _Reader(now)
    try:
        reader.read(Node(document, "Bundle"))
    except RecordError as fault:
        reader.faults.append(str(fault))
    return reader.persons, reader.items, reader.left_out, reader.faults


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


class _Reader:
    """Goes through a bundle: patients first, since the others speak of them."""

    def __init__(self, now: datetime) -> None:
        # When a bundle does not say, what it tells of a patient is known since it came.
        self.known_since = now
        self.persons: list[NewPerson] = []
        self.items: list[Item] = []
        self.faults: list[str] = []
        self.left_out = 0
        self.pseudonyms: dict[str, str] = {}
        self.responses: dict[str, AssessmentEntry] = {}

    def read(self, bundle: Node) -> None:
        if bundle.get("resourceType").value != "Bundle":
            raise bundle.get("resourceType").fault(
                f"{bundle.get('resourceType').value!r:.40} stands there", "Bundle"
            )
        if bundle.get("timestamp").is_there:
            self.known_since = bundle.get("timestamp").moment()
        entries = bundle.get("entry").items()
        rest: list[tuple[Node, Node, Callable[[Node, Node], None]]] = []
        readers: dict[str, Callable[[Node, Node], None]] = {
            "QuestionnaireResponse": self._response,
            "Observation": self._observation,
            "MedicationStatement": self._statement,
            "MedicationAdministration": self._administration,
        }
        for entry in entries:
            named = self._attempt(_named, entry)
            if named is None:
                continue
            kind = named.value["resourceType"]
            if kind == "Patient":
                self._attempt(self._patient, entry, named)
            elif kind in readers:
                rest.append((entry, named, readers[kind]))
            elif kind != "Questionnaire":
                known = ", ".join(("Patient", "Questionnaire", *readers))
                self.faults.append(str(named.fault("the monitor does not keep such resources", known)))
        # Responses before the totals that were derived from them.
        for entry, named, read in sorted(rest, key=lambda item: item[2] != self._response):
            if len(self.faults) >= MOST_FAULTS:
                self.faults.append("the rest was not looked at")
                return
            if named.get("status").value == _WRONG:
                self.left_out += 1
            else:
                self._attempt(read, entry, named)

    def _attempt(self, read: Callable[..., Any], *nodes: Node) -> Any:
        try:
            return read(*nodes)
        except RecordError as fault:
            self.faults.append(str(fault))
            return None

    def _patient(self, entry: Node, resource: Node) -> None:
        names = [
            item.get("value").text()
            for item in resource.get("identifier").items()
            if item.get("system").value == terms.PSEUDONYM
        ]
        if len(names) != 1:
            raise resource.get("identifier").fault(
                f"{len(names)} pseudonyms are given", f"one identifier of the system {terms.PSEUDONYM}"
            )
        name = names[0]
        _checked(resource.get("identifier"), lambda: checks.line("pseudonym", name))
        if name in self.pseudonyms.values():
            raise resource.get("identifier").fault(f"the pseudonym {name!r} comes twice")
        for key in (entry.get("fullUrl").optional_text(), resource.get("id").optional_text()):
            if key is not None:
                self.pseudonyms[key] = name
                self.pseudonyms[f"Patient/{key}"] = name
        identity = self._identity(resource)
        extensions = resource.get("extension").items()
        synthetic = any(
            item.get("url").value == terms.SYNTHETIC and item.get("valueBoolean").value is True
            for item in extensions
        )
        self.persons.append(NewPerson(name, resource.path, synthetic, identity))
        known = [item for item in extensions if item.get("url").value == terms.CHARACTERISTICS]
        for item in known:
            self._characteristics(item, name)
        if not known:
            self._plain_characteristics(resource, name)

    def _identity(self, resource: Node) -> IdentityEntry | None:
        full = None
        for item in resource.get("name").items()[:1]:
            given = [part.text() for part in item.get("given").items()]
            parts = (*given, item.get("family").optional_text())
            full = item.get("text").optional_text() or " ".join(part for part in parts if part)
        born = resource.get("birthDate").optional_text()
        born = born if born is not None and len(born) == _DAY else None
        if not full and born is None:
            return None
        kept: IdentityEntry = _checked(resource, lambda: IdentityEntry(name=full or None, birth_date=born))
        return kept

    def _characteristics(self, extension: Node, person: str) -> None:
        values: dict[str, Any] = {}
        flags: list[str] = []
        source = None
        for part in extension.get("extension").items():
            url = part.get("url").text()
            if url == "flag":
                flags.append(part.get("valueString").text())
            elif url == "record":
                source = part.get("valueString").text()
            elif url == "since":
                values[url] = part.get("valueDateTime").moment()
            elif url == "birth_year":
                values[url] = part.get("valueInteger").whole()
            elif url in ("sex", "child_pugh", "pregnancy", "cyp2b6_genotype"):
                values[url] = part.get("valueString").text()
            elif url in ("weight", "height", "egfr", "cyp2d6_activity_score"):
                values[url] = part.get("valueDecimal").number()
            else:
                raise part.get("url").fault(f"{url[:40]!r} is no characteristic")
        if "since" not in values:
            raise extension.fault("the moment since when it holds is missing", "a part named since")
        self._keep(extension, person, source, lambda: CharacteristicsEntry(**values, flags=flags))

    def _plain_characteristics(self, resource: Node, person: str) -> None:
        gender, born = resource.get("gender").optional_text(), resource.get("birthDate").optional_text()
        if gender is not None and gender not in _SEXES:
            raise resource.get("gender").fault(f"{gender[:40]!r} is no gender of FHIR", ", ".join(_SEXES))
        if born is not None and not born[:4].isdecimal():
            raise resource.get("birthDate").fault(f"{born[:40]!r} is no date", "1990 or 1990-05-21")
        if gender is None and born is None:
            return
        year = int(born[:4]) if born is not None else None
        sex = _SEXES[gender] if gender is not None else None
        self._keep(
            resource, person, None, lambda: CharacteristicsEntry(self.known_since, birth_year=year, sex=sex)
        )

    def _response(self, entry: Node, resource: Node) -> None:
        _one_of(resource.get("status"), _ANSWERED)
        url = resource.get("questionnaire").text()
        scale = terms.scale_of(url)
        if scale is None:
            known = ", ".join(terms.questionnaire_url(item) for item in SCALES)
            raise resource.get("questionnaire").fault(
                f"{url[:80]!r} is no scale that the monitor knows", known
            )
        names = {terms.slug(item.name): item.name for item in scale.items}
        scores = {}
        for item in resource.get("item").items():
            link = item.get("linkId").text()
            if link not in names:
                raise item.get("linkId").fault(f"{link[:40]!r} is no item of {scale.name}", ", ".join(names))
            if names[link] in scores:
                raise item.get("linkId").fault(f"{link!r} is answered twice")
            scores[names[link]] = item.get("answer").only().get("valueInteger").whole()
        moment = resource.get("authored").moment()
        kept = self._keep(
            resource,
            self._subject(resource),
            _source([resource.get("identifier")]),
            lambda: AssessmentEntry(moment, scale.name, items=scores),
        )
        for key in (entry.get("fullUrl").optional_text(), resource.get("id").optional_text()):
            if key is not None:
                self.responses[key] = self.responses[f"QuestionnaireResponse/{key}"] = kept

    def _observation(self, entry: Node, resource: Node) -> None:
        _one_of(resource.get("status"), _FINAL)
        codes = {
            (item.get("system").optional_text(), item.get("code").optional_text()): item
            for item in resource.get("code").get("coding").items()
        }
        for scale in SCALES:
            if (terms.SCALE, terms.slug(scale.name)) in codes:
                self._rating(resource, scale.name)
                return
        for kind in MEASUREMENTS.values():
            is_own = (terms.MEASUREMENT, terms.slug(kind.name)) in codes
            if is_own or (kind.loinc is not None and (terms.LOINC, kind.loinc) in codes):
                self._measurement(resource, kind.name, codes)
                return
        raise resource.get("code").fault(
            "no code names something that the monitor keeps",
            f"a code of LOINC for a vital sign, of {terms.MEASUREMENT} or of {terms.SCALE}",
        )

    def _rating(self, resource: Node, scale: str) -> None:
        person, moment = self._subject(resource), resource.get("effectiveDateTime").moment()
        total = resource.get("valueInteger").whole() if resource.get("valueInteger").is_there else None
        note = _note(resource)
        for source in resource.get("derivedFrom").items():
            response = self.responses.get(source.get("reference").text())
            if response is not None:
                self._join(resource, response, total, note)
                return
        band = resource.get("valueString").optional_text()
        self._keep(
            resource,
            person,
            _source(resource.get("identifier").items()),
            lambda: AssessmentEntry(moment, scale, total=total, band=band, note=note),
        )

    def _join(self, resource: Node, response: AssessmentEntry, total: int | None, note: str | None) -> None:
        """The total of a response that is here: it must agree, and may bring the note."""
        if total != response.total:
            raise resource.get("valueInteger").fault(
                f"the total is {total} and the items add up to {response.total}", "their sum"
            )
        if note is not None:
            place = next(number for number, item in enumerate(self.items) if item.entry is response)
            self.items[place] = replace(self.items[place], entry=replace(response, note=note))

    def _measurement(
        self, resource: Node, kind: str, codes: dict[tuple[str | None, str | None], Node]
    ) -> None:
        quantity = resource.get("valueQuantity")
        code, unit = quantity.get("code").optional_text(), quantity.get("unit").optional_text()
        if quantity.get("system").value == terms.UCUM and code == MEASUREMENTS[kind].ucum:
            unit = MEASUREMENTS[kind].unit
        sign = quantity.get("comparator").optional_text()
        if sign not in (None, "<"):
            raise quantity.get("comparator").fault(f"{sign!r:.20} stands there", "< or nothing")
        analyte = next((code for system, code in codes if system == terms.SUBSTANCE), None)
        moment, value = resource.get("effectiveDateTime").moment(), quantity.get("value").number()
        specimen = resource.get("specimen")
        matrix = specimen.get("display").optional_text() if specimen.is_there else None
        self._keep(
            resource,
            self._subject(resource),
            _source(resource.get("identifier").items()),
            lambda: MeasurementEntry(
                moment, kind, value, unit or code or "", sign == "<", analyte, matrix, _note(resource)
            ),
        )

    def _statement(self, entry: Node, resource: Node) -> None:
        _one_of(resource.get("status"), ("completed", "not-taken"))
        basis = "reported" if resource.get("status").value == "completed" else "missed"
        dosage = resource.get("dosage").only()
        self._dose(resource, basis, dosage, dosage.get("doseAndRate").only().get("doseQuantity"))

    def _administration(self, entry: Node, resource: Node) -> None:
        _one_of(resource.get("status"), ("completed",))
        dosage = resource.get("dosage")
        self._dose(resource, "administered", dosage, dosage.get("dose"))

    def _dose(self, resource: Node, basis: str, dosage: Node, quantity: Node) -> None:
        medication = resource.get("medicationCodeableConcept")
        codes = [
            item.get("code").text()
            for item in medication.get("coding").items()
            if item.get("system").value == terms.SUBSTANCE
        ]
        item = codes[0] if codes else medication.get("text").text()
        route = dosage.get("route").get("text").optional_text() if dosage.get("route").is_there else None
        values: dict[str, Any] = {
            "taken_at": resource.get("effectiveDateTime").moment(),
            "amount": quantity.get("value").number(),
            "unit": (quantity.get("unit") if quantity.get("unit").is_there else quantity.get("code")).text(),
        }
        for extension in resource.get("extension").items():
            url = extension.get("url").value
            if url == terms.AMOUNT_RANGE:
                values["amount_low"] = _same_unit(extension.get("valueRange").get("low"), values["unit"])
                values["amount_high"] = _same_unit(extension.get("valueRange").get("high"), values["unit"])
            elif url == terms.TIME_UNCERTAINTY:
                values["time_uncertainty"] = _same_unit(extension.get("valueDuration"), "h")
            elif url == terms.PRODUCT_OF:
                values["product_id"] = extension.get("valueIdentifier").get("value").text()
        self._keep(
            resource,
            self._subject(resource),
            _source(resource.get("identifier").items()),
            lambda: DoseEntry(item=item, basis=basis, route=route, note=_note(resource), **values),
        )

    def _subject(self, resource: Node) -> str:
        reference = resource.get("subject").get("reference")
        name = self.pseudonyms.get(reference.text())
        if name is None:
            raise reference.fault(
                f"{reference.text()[:80]!r} is no Patient of this bundle", "one of its patients"
            )
        return name

    def _keep(self, node: Node, person: str, source: str | None, make: Callable[[], Any]) -> Any:
        if source is not None:
            _checked(node, lambda: checks.identifier("identifier", source))
        made: Entry = _checked(node, make)
        self.items.append(Item(node.path, made, person, source))
        return made


def _named(entry: Node) -> Node:
    """The resource of an entry, with its kind in its path."""
    kind = entry.get("resource").get("resourceType").text()
    return Node(entry.value["resource"], f"{entry.path} ({kind[:40]})")


def _checked(node: Node, make: Callable[[], Any]) -> Any:
    """What a check says, with the place in the file in front."""
    try:
        return make()
    except RecordError as fault:
        where = f"{node.path}, {fault.where}" if fault.where else node.path
        raise RecordError(fault.problem, where=where, expected=fault.expected, advice=fault.advice) from fault


def _one_of(node: Node, known: tuple[str, ...]) -> None:
    if node.value not in known:
        raise node.fault(f"{node.value!r:.40} stands there", f"{' or '.join(known)}, or {_WRONG}")


def _source(identifiers: list[Node]) -> str | None:
    found = [
        item.get("value").text()
        for item in identifiers
        if item.is_there and item.get("system").value == terms.RECORD
    ]
    return found[0] if found else None


def _same_unit(quantity: Node, unit: str) -> float:
    if quantity.get("unit").value != unit:
        raise quantity.get("unit").fault(f"{quantity.get('unit').value!r:.40} stands there", unit)
    return quantity.get("value").number()


def _note(resource: Node) -> str | None:
    texts = [item.get("text").text() for item in resource.get("note").items()]
    return "\n".join(texts) or None
