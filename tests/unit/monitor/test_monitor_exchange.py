"""Records in and out: CSV, FHIR R4 against the official schema, everything of a person, retention."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from monitor_clinic import START, dose
from test_monitor_records import ALL_KINDS, COWS_ITEMS

from speciosa.errors import ExchangeError, RefusedError
from speciosa.monitor.db import AuditEntry, LoginAttempt, open_database
from speciosa.monitor.exchange.everything import export_person
from speciosa.monitor.exchange.fhir_read import read_bundle
from speciosa.monitor.exchange.fhir_write import write_bundle
from speciosa.monitor.exchange.retention import LOGIN_DAYS, retain
from speciosa.monitor.exchange.tables import KINDS, check_table, read_table, write_table
from speciosa.monitor.services import (
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    EpisodeEntry,
    IdentityEntry,
    MeasurementEntry,
    NoteEntry,
    ProductEntry,
    Role,
    amend,
    command_line,
    current,
    entry_class,
    find_person,
    identify,
    identity_of,
    install,
    list_persons,
    record,
    verify_trail,
    void,
)

UTC_ZONE = ZoneInfo("UTC")
SCHEMA = Path(__file__).parent / "data" / "fhir-r4-part.schema.json"
MORE = (
    dose(1, amount_low=2.0, amount_high=5.0, time_uncertainty=1.5, note="told on the phone"),
    DoseEntry(START, "buprenorphine", 8.0, "mg", "administered", "sublingual"),
    DoseEntry(START, "morphine", 10.0, "mg", "missed", "oral"),
    AssessmentEntry(START + timedelta(hours=4), "COWS", items=COWS_ITEMS, note="tired"),
    AssessmentEntry(START + timedelta(hours=5), "SOWS-Gossop", total=17),
    MeasurementEntry(START, "QTc", 430.0, "ms"),
    MeasurementEntry(START, "temperature", 37.25, "degC"),
    MeasurementEntry(START, "concentration", 1.0, "ng/mL", True, "morphine", "plasma"),
    CharacteristicsEntry(START + timedelta(days=1), weight=65.0, pregnancy="yes", sex="female"),
    NoteEntry(START, '=HYPERLINK("x")\n"quoted", with; signs and \'s'),
)


@cache
def validator():
    """The official JSON Schema of FHIR R4, the part with the resources that the monitor knows."""
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def filled(clinic, pseudonym: str = "K-001"):
    """A person with something of every kind, one record of it amended and one voided."""
    actor, person = clinic.actor(), clinic.person(pseudonym)
    with clinic.database.write() as session:
        rows = [record(session, actor, person.id, entry) for entry in (*ALL_KINDS, *MORE)]
        amend(session, actor, rows[3].record_id, AssessmentEntry(START, "COWS", items=COWS_ITEMS), "checked")
        wrong = record(session, actor, person.id, dose(20))
        void(session, actor, "doses", wrong.record_id, "another person")
    return actor, person


def entries_of(database, actor, name: str, kinds=KINDS[1:]):
    """What is in force of a person, by kind, as entries."""
    with database.read() as session:
        person = find_person(session, actor, name)
        return {
            kind: sorted(
                (entry_class(kind).of(row) for row in current(session, actor, kind, person.id)), key=repr
            )
            for kind in kinds
            if kind != "products"
        }


@pytest.fixture
def other(empty_url):
    """Another installation, empty."""
    database = open_database(empty_url())
    install(database)
    yield database
    database.close()


def test_a_bundle_keeps_the_official_schema(clinic) -> None:
    actor, person = filled(clinic)
    with clinic.database.write() as session:
        bundle = write_bundle(session, actor, [person.pseudonym])
    assert [fault.message for fault in validator().iter_errors(bundle)] == []
    kinds = {item["resource"]["resourceType"] for item in bundle["entry"]}
    assert kinds == {
        *("Patient", "Questionnaire", "QuestionnaireResponse", "Observation"),
        *("MedicationStatement", "MedicationAdministration"),
    }
    addresses = [item["fullUrl"] for item in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    pulse = next(
        item["resource"]
        for item in bundle["entry"]
        if item["resource"].get("code", {}).get("text") == "pulse"
    )
    assert pulse["code"]["coding"][0] == {"system": "http://loinc.org", "code": "8867-4"}
    assert pulse["valueQuantity"] == {
        **{"value": 92.0, "unit": "1/min", "system": "http://unitsofmeasure.org", "code": "/min"}
    }


@pytest.mark.parametrize(
    "damage",
    [
        {"status": "fine"},
        {"effectiveDateTime": "yesterday"},
        {"valueQuantity": {"value": "92"}},
        {"subject": {"reference": 3}},
        {"colour": "red"},
    ],
)
def test_the_schema_would_see_a_wrong_bundle(damage: dict) -> None:
    right = {"resourceType": "Observation", "status": "final", "code": {"text": "pulse"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": right}]}
    assert list(validator().iter_errors(bundle)) == []
    bundle["entry"] = [{"resource": {**right, **damage}}]
    assert list(validator().iter_errors(bundle)) != []


def test_what_a_bundle_carries_arrives_as_it_was(clinic, other) -> None:
    actor, person = filled(clinic)
    carried = ("characteristics", "doses", "assessments", "measurements")
    with clinic.database.write() as session:
        text = json.dumps(write_bundle(session, actor, [person.id])).encode()
    system = command_line(clinic.clock)
    with other.write() as session:
        taken = read_bundle(session, system, text)
    assert taken.persons == 1
    assert taken.added == {"characteristics": 2, "doses": 4, "assessments": 4, "measurements": 5}
    assert entries_of(other, system, "K-001", carried) == entries_of(clinic.database, actor, "K-001", carried)
    # Sent again, to either of the two, it adds nothing.
    for database, who in ((other, system), (clinic.database, actor)):
        with database.write() as session:
            again = read_bundle(session, who, text)
        assert (again.persons, again.added, again.known) == (0, {}, 15)
    with other.read() as session:
        assert verify_trail(session).is_whole


def test_who_a_person_is_leaves_only_where_asked_and_allowed(clinic, other) -> None:
    actor, person = filled(clinic)
    with clinic.database.write() as session:
        identify(session, actor, person.id, IdentityEntry("Somebody Known", "1990-05-21"))
        assert "Somebody" not in json.dumps(write_bundle(session, actor, [person.id]))
        assert "Somebody" not in json.dumps(export_person(session, actor, person.id))
        bundle = write_bundle(session, actor, [person.id], with_identity=True)
        assert (
            export_person(session, actor, person.id, with_identity=True)["identity"]["name"]
            == "Somebody Known"
        )
    assert list(validator().iter_errors(bundle)) == []
    system = command_line(clinic.clock)
    with other.write() as session:
        read_bundle(session, system, json.dumps(bundle).encode())
        assert identity_of(session, system, find_person(session, system, "K-001").id).name == "Somebody Known"
    observer = clinic.actor(Role.OBSERVER)
    with (
        clinic.database.write() as session,
        pytest.raises(RefusedError, match="may not import or export records"),
    ):
        write_bundle(session, observer, [person.id])


def changed(bundle: dict, kind: str, **values: object) -> bytes:
    """A bundle in which one resource of a kind has other members; None takes one away."""
    copy = json.loads(json.dumps(bundle))
    known = [item["resource"] for item in copy["entry"] if item["resource"]["resourceType"] == kind]
    response = next(
        item for item in copy["entry"] if item["resource"]["resourceType"] == "QuestionnaireResponse"
    )
    values = json.loads(json.dumps(values).replace("QuestionnaireResponse/ID", response["fullUrl"]))
    resource = next((item for item in known if set(values) - {"resourceType"} <= set(item)), known[0])
    for name, value in values.items():
        resource[name] = value
        if value is None:
            del resource[name]
    return json.dumps(copy).encode()


FAULTS = {
    "status": (
        "Observation",
        {"status": "preliminary"},
        r"\(Observation\)\.status: 'preliminary' stands there",
    ),
    "time": (
        "MedicationStatement",
        {"effectiveDateTime": "2026-03-01"},
        r"effectiveDateTime: '2026-03-01' is no mom",
    ),
    "subject": (
        "Observation",
        {"subject": {"reference": "Patient/x"}},
        r"'Patient/x' is no Patient of this bundle",
    ),
    "no subject": ("Observation", {"subject": None}, r"subject: the value is missing; expected an object"),
    "scale": (
        "QuestionnaireResponse",
        {"questionnaire": "http://x"},
        r"'http://x' is no scale that the monitor knows",
    ),
    "an item": (
        "QuestionnaireResponse",
        {"item": [{"linkId": "x", "answer": [{"valueInteger": 1}]}]},
        r"item\[0\]\.linkId: 'x' is no item of COWS",
    ),
    "answers": (
        "QuestionnaireResponse",
        {"item": []},
        r"QuestionnaireResponse\), items: 'pulse at rest' is not rated",
    ),
    "medication": (
        "MedicationStatement",
        {"medicationCodeableConcept": {"text": "kratm"}},
        r"\(MedicationStatement\), item: unknown drug or product 'kratm'",
    ),
    "code": ("Observation", {"code": {"text": "x"}}, r"no code names something that the monitor keeps"),
    "pseudonym": ("Patient", {"identifier": None}, r"\(Patient\)\.identifier: 0 pseudonyms are given"),
    "kind": (
        "Questionnaire",
        {"resourceType": "Device"},
        r"\(Device\): the monitor does not keep such resources",
    ),
    "total": (
        "Observation",
        {"valueInteger": 12, "derivedFrom": [{"reference": "QuestionnaireResponse/ID"}]},
        r"valueInteger: the total is 12 and the items add up to 11; expected their sum",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_names_its_entry_and_nothing_is_taken_in(clinic, other, case: str) -> None:
    actor, person = filled(clinic)
    kind, values, message = FAULTS[case]
    with clinic.database.write() as session:
        bundle = write_bundle(session, actor, [person.id])
    system = command_line(clinic.clock)
    with pytest.raises(ExchangeError) as caught, other.write() as session:
        read_bundle(session, system, changed(bundle, kind, **values), file="a.json")
    assert str(caught.value).startswith("a.json: ")
    assert any(re.search(message, fault) for fault in caught.value.faults), caught.value.faults
    assert all(re.match(r"Bundle\.entry\[\d+\]", fault) for fault in caught.value.faults)
    with other.read() as session:
        assert list_persons(session, system) == []


def test_nothing_is_kept_even_where_the_error_is_caught_inside(clinic) -> None:
    actor = clinic.actor()
    rows = (b"%b,2026-03-01T08:00,kratom,3,g,reported\n" % name for name in (b"K-001", b"K-2"))
    table = b"person,taken_at,item,amount,unit,basis\n" + b"".join(rows)
    person = clinic.person()
    with clinic.database.write() as session:
        with pytest.raises(ExchangeError, match=r"row 3: there is no person 'K-2'\. Add the person first"):
            read_table(session, actor, "doses", table, UTC_ZONE)
        assert current(session, actor, "doses", person.id) == []
    with clinic.database.read() as session:
        assert current(session, actor, "doses", person.id) == []
        assert verify_trail(session).is_whole


def test_what_is_marked_as_wrong_is_left_out(clinic, other) -> None:
    actor, person = filled(clinic)
    with clinic.database.write() as session:
        bundle = write_bundle(session, actor, [person.id])
    system = command_line(clinic.clock)
    with other.write() as session:
        taken = read_bundle(
            session, system, changed(bundle, "MedicationStatement", status="entered-in-error")
        )
    assert taken.left_out == 1
    assert "1 left out, which the file marks as entered in error" in str(taken)


def test_a_record_that_changed_since_is_not_overwritten(clinic) -> None:
    actor, person = filled(clinic)
    with clinic.database.write() as session:
        bundle = write_bundle(session, actor, [person.id])
        row = current(session, actor, "measurements", person.id)[0]
        amend(session, actor, row.record_id, MeasurementEntry(START, "pulse", 70, "1/min"), "counted again")
    with (
        pytest.raises(ExchangeError, match="the record is there with other content"),
        clinic.database.write() as session,
    ):
        read_bundle(session, actor, json.dumps(bundle).encode())


def test_foreign_bundles_with_fewer_members_are_read(other) -> None:
    system = command_line()
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": "2026-03-01T12:00:00Z",
        "entry": [
            {
                "fullUrl": "urn:uuid:1",
                "resource": {
                    "resourceType": "Patient",
                    "identifier": [{"system": "https://speciosa.invalid/fhir/pseudonym", "value": "X-1"}],
                    "gender": "male",
                    "birthDate": "1980",
                },
            },
            {
                "resource": {
                    "resourceType": "Observation",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                    "subject": {"reference": "urn:uuid:1"},
                    "effectiveDateTime": "2026-03-01T09:30:15.25+02:00",
                    "valueQuantity": {
                        "value": 88,
                        "unit": "beats/minute",
                        "system": "http://unitsofmeasure.org",
                        "code": "/min",
                    },
                }
            },
        ],
    }
    assert list(validator().iter_errors(bundle)) == []
    with other.write() as session:
        taken = read_bundle(session, system, json.dumps(bundle).encode())
        assert taken.added == {"characteristics": 1, "measurements": 1}
        person = find_person(session, system, "X-1")
        row = current(session, system, "measurements", person.id)[0]
        assert row.measured_at.isoformat() == "2026-03-01T07:30:15.250000+00:00"
        assert (row.value, row.unit) == (88.0, "1/min")
        assert read_bundle(session, system, json.dumps(bundle).encode()).added == {}


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[1, 2", b"null", b'{"resourceType": 3}', b"[" * 100_000, b'{"a": NaN}']
)
def test_what_is_no_bundle_is_refused(clinic, content: bytes) -> None:
    actor = clinic.actor()
    with pytest.raises(ExchangeError), clinic.database.write() as session:
        read_bundle(session, actor, content)


def test_tables_arrive_as_they_were(clinic, other) -> None:
    actor, _ = filled(clinic)
    system = command_line(clinic.clock)
    with clinic.database.write() as session:
        tables = {kind: write_table(session, actor, kind).encode() for kind in KINDS}
    with other.write() as session:
        for kind in KINDS:
            read_table(session, system, kind, tables[kind], UTC_ZONE)
    assert entries_of(other, system, "K-001") == entries_of(clinic.database, actor, "K-001")
    with other.write() as session:
        again = [read_table(session, system, kind, tables[kind], UTC_ZONE) for kind in KINDS]
        assert all(not taken.added for taken in again)
        assert {kind: write_table(session, system, kind).encode() for kind in KINDS} == tables
    with other.read() as session:
        assert verify_trail(session).is_whole


def test_a_cell_that_a_spreadsheet_would_run_is_defused(clinic) -> None:
    actor, _ = filled(clinic)
    with clinic.database.write() as session:
        rows = list(csv.DictReader(io.StringIO(write_table(session, actor, "notes"))))
    assert any(row["text"].startswith("'=HYPERLINK") for row in rows)


def test_products_keep_their_content_and_their_doses(clinic, other) -> None:
    actor, person = clinic.actor(), clinic.person()
    content = [
        {"drug": "mitragynine", "value": 14.25, "unit": "mg/g", "basis": "lab"},
        {"drug": "7-hydroxymitragynine", "value": 0.1, "unit": "mg/g", "basis": "label"},
    ]
    with clinic.database.write() as session:
        product = record(session, actor, None, ProductEntry("Green", "kratom", "kratom powder", "7", content))
        record(session, actor, person.id, dose(product_id=product.record_id))
        tables = {
            kind: write_table(session, actor, kind).encode() for kind in ("persons", "products", "doses")
        }
    system = command_line(clinic.clock)
    with other.write() as session:
        for kind, table in tables.items():
            read_table(session, system, kind, table, UTC_ZONE)
        kept = current(session, system, "products", None)[0]
        assert (kept.record_id, kept.content) == (product.record_id, content)
        found = find_person(session, system, "K-001")
        assert current(session, system, "doses", found.id)[0].product_id == product.record_id


HEADER = b"person,taken_at,item,amount,unit,basis,amount_low,amount_high\n"


@pytest.mark.parametrize(
    ("kind", "table", "fault"),
    [
        ("doses", b"", "the file is empty; expected names of columns in the first row"),
        ("doses", b"person,when\n", "row 1: there is no column 'when' of doses; expected amount"),
        ("doses", b"person\n", "row 1: the column 'amount' is missing"),
        ("doses", HEADER.replace(b"unit", b"person"), "row 1: the column 'person' comes twice"),
        ("doses", HEADER + b"K-1,2026-03-01T08:00,kratom,3,g\n", "row 2: 5 cells; expected 8"),
        ("doses", HEADER + b"K-1,soon,kratom,3,g,reported,,\n", "row 2, column taken_at: 'soon' is no time"),
        (
            "doses",
            HEADER + b"K-1,2026-03-01T08:00,kratom,3 g,g,reported,,\n",
            "row 2, column amount: '3 g' is no num",
        ),
        (
            "doses",
            HEADER + b",2026-03-01T08:00,kratom,3,g,reported,,\n",
            "row 2, column person: the cell is empty",
        ),
        (
            "doses",
            HEADER + b"K-1,2026-03-01T08:00,,3,g,reported,,\n",
            "row 2, column item: the cell is empty",
        ),
        (
            "doses",
            HEADER + b"\nK-1,2026-03-01T08:00,kratom,3,g,reported,9,9\n",
            "row 3, column amount_low: the num",
        ),
        ("doses", HEADER + b'K-1,"2026\n', "the table cannot be read: unexpected end of data"),
        ("doses", HEADER + b"\xff", "byte 63 is no UTF-8"),
        (
            "persons",
            b"pseudonym,is_synthetic\nK-1,maybe\n",
            "row 2, column is_synthetic: 'maybe' is neither yes nor no",
        ),
        (
            "assessments",
            b"person,assessed_at,scale,item.yawning\nK-1,2026-03-01T08:00,COWS,2.5\n",
            "row 2, column item.yawning: '2.5' is no whole number",
        ),
        (
            "assessments",
            b"person,assessed_at,scale,item.yawning\nK-1,2026-03-01T08:00,COWS,2\n",
            "row 2, column items: 'pulse at rest' is not rated",
        ),
        (
            "products",
            b"name,substance,content\nx,kratom,much\n",
            "row 2, column content: 'much' is no content",
        ),
    ],
)
def test_the_checker_names_row_and_column(kind: str, table: bytes, fault: str) -> None:
    faults = check_table(kind, table, UTC_ZONE)[-1]
    assert any(item.startswith(fault) for item in faults), faults


def test_semicolons_a_mark_of_bytes_and_local_times_are_read(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    table = "\ufeffperson;taken_at;item;amount;unit;basis\r\nK-001;2026-07-01T08:00;Kratom;2.5;g;reported\r\n"
    with clinic.database.write() as session:
        read_table(session, actor, "doses", table.encode(), ZoneInfo("Europe/Berlin"))
        row = current(session, actor, "doses", person.id)[0]
        assert (row.taken_at.hour, row.amount, row.item) == (6, 2.5, "kratom powder")


def test_two_rows_that_are_alike_are_two_doses_and_stay_two(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    row = b"K-001,2026-03-01T08:00,kratom,3,g,reported,,\n"
    with clinic.database.write() as session:
        assert read_table(session, actor, "doses", HEADER + row + row, UTC_ZONE).added == {"doses": 2}
        assert read_table(session, actor, "doses", HEADER + row + row, UTC_ZONE).known == 2
        assert read_table(session, actor, "doses", HEADER + row + row + row, UTC_ZONE).added == {"doses": 1}
        assert len(current(session, actor, "doses", person.id)) == 3


def test_everything_of_a_person_is_everything(clinic) -> None:
    actor, person = filled(clinic)
    with clinic.database.write() as session:
        found = json.loads(json.dumps(export_person(session, actor, "K-001")))
        kinds = set(found["records"])
        assert kinds == {kind for kind in KINDS if kind not in ("persons", "products")}
        statuses = [row["status"] for row in found["records"]["doses"]]
        assert statuses.count("voided") == 1
        assert [row["version"] for row in found["records"]["assessments"]].count(2) == 1
        trail = session.query(AuditEntry).filter(AuditEntry.person_id == person.id).count()
        assert len(found["audit"]) == trail
        assert found["audit"][-1]["action"] == "person exported"


def test_retention_forgets_who_somebody_is_and_keeps_the_records(clinic) -> None:
    actor, old, staying = clinic.actor(), clinic.person("K-1"), clinic.person("K-2")
    system = command_line(clinic.clock)
    with clinic.database.write() as session:
        for person in (old, staying):
            identify(session, actor, person.id, IdentityEntry("Somebody"))
            record(session, actor, person.id, dose())
        record(session, actor, staying.id, EpisodeEntry("lasts", START))
        session.add(
            LoginAttempt(id="a", at=START, login="x", address="y", stage="password", is_success=False)
        )
    clinic.clock.moment += timedelta(days=max(LOGIN_DAYS, 100))
    with clinic.database.write() as session:
        assert retain(session, system, None).identities == ()
        done = retain(session, system, 365)
        assert done.identities == ()
        assert retain(session, system, 90).identities == ("K-1",)
        with pytest.raises(RefusedError):
            retain(session, actor, 90)
    with clinic.database.write() as session:
        assert identity_of(session, actor, old.id) is None
        assert identity_of(session, actor, staying.id) is not None
        assert len(current(session, actor, "doses", old.id)) == 1
        assert session.query(LoginAttempt).count() == 0
        assert verify_trail(session).is_whole


def test_after_many_faults_the_rest_is_not_looked_at(clinic) -> None:
    row = b"K-9,2026-03-01T08:00,kratom,3,g,reported,,\n"
    actor = clinic.actor()
    with pytest.raises(ExchangeError) as caught, clinic.database.write() as session:
        read_table(session, actor, "doses", HEADER + row * 500, UTC_ZONE)
    assert len(caught.value.faults) == 101
    assert caught.value.faults[-1] == "the rest was not looked at"
    assert len(check_table("doses", HEADER + row.replace(b",3,", b",x,") * 500, UTC_ZONE)[-1]) == 101
