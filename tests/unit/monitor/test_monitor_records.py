"""Records are versions: entered, amended, voided; nothing is overwritten, and each has its audit entry."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from monitor_clinic import START, dose
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from speciosa.errors import ConflictError, RecordError, RefusedError, UnknownNameError
from speciosa.monitor.db import AuditEntry, DoseVersion, NoteVersion, Person, StoredForecast
from speciosa.monitor.db.verification import AUDITED
from speciosa.monitor.services import (
    AcknowledgementEntry,
    AssessmentEntry,
    CharacteristicsEntry,
    EpisodeEntry,
    IdentityEntry,
    MeasurementEntry,
    NoteEntry,
    PlanEntry,
    ProductEntry,
    Role,
    add_person,
    amend,
    current,
    entries,
    erase_identity,
    find_person,
    history,
    identify,
    identity_of,
    list_persons,
    record,
    store,
    verify_trail,
    void,
)

COWS_ITEMS = {
    **dict.fromkeys(("sweating", "restlessness", "pupil size", "aching bones or joints"), 1),
    **dict.fromkeys(("pulse at rest", "runny nose or tears", "stomach and bowel", "tremor", "yawning"), 0),
    **{"anxiety or irritability": 4, "gooseflesh": 3},
}
ALL_KINDS = (
    CharacteristicsEntry(START, birth_year=1988, sex="female", weight=64.5, flags=["alcohol use"]),
    EpisodeEntry("kratom withdrawal", START, assessment_interval=12.0),
    dose(),
    AssessmentEntry(START, "COWS", items=COWS_ITEMS),
    AssessmentEntry(START, "SOWS-Handelsman", band="mild"),
    MeasurementEntry(START, "pulse", 92, "1/min"),
    MeasurementEntry(START, "concentration", 120.5, "nmol/L", analyte="mitragynine", matrix="plasma"),
    NoteEntry(START, "slept badly\nwoke at 4"),
    PlanEntry(START, "slower", "kratom powder 3 g every 8 h for 7 days"),
    AcknowledgementEntry(START, "score at or above a band", "COWS-moderate", "seen with the person"),
)


def test_every_kind_of_entry_comes_back_as_it_was_given(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        kept = [record(session, actor, person.id, entry).record_id for entry in ALL_KINDS]
    with clinic.database.read() as session:
        for entry, record_id in zip(ALL_KINDS, kept, strict=True):
            rows = {row.record_id: row for row in current(session, actor, entry.kind(), person.id)}
            assert type(entry).of(rows[record_id]) == entry
            assert rows[record_id].recorded_at.tzinfo is not None
        assert verify_trail(session).is_whole


def test_an_amendment_is_a_new_version_and_the_old_one_stays(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        first = record(session, actor, person.id, dose(amount=3.0))
        amend(session, actor, first.record_id, dose(amount=4.0), "misread the scale", expected_version=1)
    with clinic.database.write() as session:
        void(session, actor, "doses", first.record_id, "another person's dose", expected_version=2)
    with clinic.database.read() as session:
        versions = history(session, actor, "doses", first.record_id)
        found = [(row.version, row.status, row.amount, row.reason) for row in versions]
        assert found == [
            (1, "entered", 3.0, None),
            (2, "amended", 4.0, "misread the scale"),
            (3, "voided", 4.0, "another person's dose"),
        ]
        assert all(row.recorded_by == actor.user_id for row in versions)
        assert current(session, actor, "doses", person.id) == []
        assert len(current(session, actor, "doses", person.id, with_voided=True)) == 1


def test_nothing_follows_a_void_and_a_stale_version_is_refused(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        row = record(session, actor, person.id, dose())
        amend(session, actor, row.record_id, dose(amount=5.0), "slip")
        with pytest.raises(ConflictError, match="version 2 is in force, and you saw version 1"):
            amend(session, actor, row.record_id, dose(amount=6.0), "slip", expected_version=1)
        void(session, actor, "doses", row.record_id, "wrong")
        with pytest.raises(ConflictError, match="the record is voided, so nothing follows it"):
            amend(session, actor, row.record_id, dose(), "again")
        with pytest.raises(RecordError, match="reason: the text is empty"):
            void(session, actor, "doses", row.record_id, "  ")
        with pytest.raises(RecordError, match="there is no record 'x' among the doses"):
            history(session, actor, "doses", "x")


def test_current_is_ordered_and_limited_by_moments(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        for hours in (12, 0, 6):
            record(session, actor, person.id, dose(hours))
    with clinic.database.read() as session:
        found = current(session, actor, "doses", person.id, since=START + timedelta(hours=6))
        assert [row.taken_at for row in found] == [START + timedelta(hours=hours) for hours in (6, 12)]
        found = current(session, actor, "doses", person.id, until=START)
        assert [row.taken_at for row in found] == [START]


def test_a_form_sent_twice_is_written_once(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        first = record(session, actor, person.id, dose(), submission="form-1")
    with clinic.database.write() as session:
        again = record(session, actor, person.id, dose(), submission="form-1")
        assert again.id == first.id
        changed = amend(session, actor, first.record_id, dose(amount=4.0), "slip", submission="form-2")
        assert (
            amend(session, actor, first.record_id, dose(amount=4.0), "slip", submission="form-2") is changed
        )
        with pytest.raises(ConflictError, match="the same form was sent before with other content"):
            record(session, actor, person.id, dose(amount=9.0), submission="form-1")
        gone = void(session, actor, "doses", first.record_id, "wrong", submission="form-3")
        assert void(session, actor, "doses", first.record_id, "wrong", submission="form-3") is gone
    with clinic.database.read() as session:
        assert len(history(session, actor, "doses", first.record_id)) == 3


def test_a_person_is_added_once_by_a_form_sent_twice(clinic) -> None:
    actor = clinic.actor()
    with clinic.database.write() as session:
        first = add_person(session, actor, "K-1", submission="form-1" * 10)
        assert add_person(session, actor, "K-1", submission="form-1" * 10) is first
        with pytest.raises(ConflictError, match="the same form was sent before with other content"):
            add_person(session, actor, "K-2", submission="form-1" * 10)
        with pytest.raises(ConflictError, match="'K-1' is taken"):
            add_person(session, actor, "K-1", submission="form-2")


def test_the_same_form_from_two_threads_is_written_once(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    found: list[str] = []

    def send() -> None:
        with clinic.database.write() as session:
            found.append(record(session, actor, person.id, dose(), submission="form-1").id)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    with clinic.database.read() as session:
        assert len(current(session, actor, "doses", person.id)) == 1
        assert verify_trail(session).is_whole


def test_writers_at_once_make_one_chain(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for step in range(5):
                with clinic.database.write() as session:
                    record(session, actor, person.id, dose(number * 10 + step))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with clinic.database.read() as session:
        assert len(current(session, actor, "doses", person.id)) == 30
        assert verify_trail(session).is_whole


def test_an_error_leaves_nothing_of_a_transaction(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.read() as session:
        before = verify_trail(session).head
    with pytest.raises(RecordError, match="there is no person 'nobody'"), clinic.database.write() as session:
        record(session, actor, person.id, dose())
        record(session, actor, "nobody", dose())
    with clinic.database.read() as session:
        assert current(session, actor, "doses", person.id) == []
        assert verify_trail(session).head == before


def test_what_a_reading_session_writes_is_dropped(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.read() as session:
        record(session, actor, person.id, dose())
    with clinic.database.read() as session:
        assert current(session, actor, "doses", person.id) == []


def test_every_writing_names_who_when_what_in_the_trail(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        row = record(session, actor, person.id, dose())
    administrator = clinic.actor(Role.ADMINISTRATOR)
    with clinic.database.read() as session:
        entry = entries(session, administrator, person_id=person.id, record_id=row.record_id)[0]
        assert (entry.user_id, entry.role, entry.origin) == (actor.user_id, "clinician", "test")
        assert (entry.action, entry.table_name, entry.row_id) == ("entered", "doses", row.id)
        assert entry.at == row.recorded_at or abs(entry.at - row.recorded_at) <= timedelta(minutes=2)
        assert row.audit_sequence == entry.sequence
        assert "3.0" not in str(entry.detail)
        with pytest.raises(RefusedError, match="a clinician may not read the audit trail"):
            entries(session, actor)


@pytest.mark.parametrize("table", [item.__tablename__ for item in (*AUDITED, AuditEntry)])
def test_the_database_refuses_to_change_or_delete(clinic, table: str) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        for entry in ALL_KINDS:
            record(session, actor, person.id, entry)
        record(session, actor, None, ProductEntry("Green", "kratom", item="kratom powder"))
        forecast = StoredForecast(
            id=actor.new_id(), person_id=person.id, kind="quick", made_at=START, data_until=START,
            record_digest="sha256:0", seed=1, program_version="0", evidence_hash="0", content={"a": [1.5]},
        )  # fmt: skip
        store(session, actor, forecast, "forecast made", person_id=person.id)
    statements = [f"UPDATE {table} SET audit_sequence = 1", f"DELETE FROM {table}"]
    if table == "audit_entries":
        statements[0] = "UPDATE audit_entries SET action = 'x'"
    if clinic.database.dialect == "postgresql":
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with pytest.raises(DBAPIError, match="never changed or deleted"), clinic.database.write() as session:
            session.execute(text(statement))
    with clinic.database.read() as session:
        assert verify_trail(session).is_whole


def test_replacing_a_row_is_refused_too(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        row = record(session, actor, person.id, dose())
    if clinic.database.dialect == "sqlite":
        statement = f"INSERT OR REPLACE INTO doses SELECT * FROM doses WHERE id = '{row.id}'"
    else:
        copied = f"INSERT INTO doses SELECT * FROM doses WHERE id = '{row.id}'"
        statement = f"{copied} ON CONFLICT (id) DO UPDATE SET amount = 9"
    with pytest.raises(DBAPIError), clinic.database.write() as session:
        session.execute(text(statement))


def test_the_database_refuses_a_row_without_its_audit_entry(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    values = dose().values()
    for sequence in (None, 10_000):
        with pytest.raises(DBAPIError), clinic.database.write() as session:
            session.add(
                DoseVersion(
                    id="x", record_id="x", version=1, status="entered", recorded_at=START,
                    recorded_by=actor.user_id, person_id=person.id, audit_sequence=sequence, **values,
                )
            )  # fmt: skip
            session.flush()


def test_the_database_refuses_a_gap_in_versions_and_in_the_chain(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        row = record(session, actor, person.id, dose())
    with pytest.raises(DBAPIError, match="count up by one"), clinic.database.write() as session:
        gap = DoseVersion(
            id="x", record_id=row.record_id, version=3, status="amended", reason="x", recorded_at=START,
            recorded_by=actor.user_id, person_id=person.id, **dose().values(),
        )  # fmt: skip
        store(session, actor, gap, "amended")
    for sequence, previous in ((10_000, None), (None, "sha256:" + "1" * 64)):
        match = "must follow on the last one"
        with pytest.raises(DBAPIError, match=match), clinic.database.write() as session:
            last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
            session.add(
                AuditEntry(
                    sequence=sequence or last.sequence + 1, previous_hash=previous or last.hash,
                    hash="sha256:x", at=START, role="x", origin="x", action="x", detail={},
                )
            )  # fmt: skip
            session.flush()


def test_persons_are_known_by_pseudonym_and_who_they_are_is_apart(clinic) -> None:
    actor, observer = clinic.actor(), clinic.actor(Role.OBSERVER)
    person = clinic.person("K-7")
    who = IdentityEntry("Somebody Known", "1990-05-21", "by letter", "4711")
    with clinic.database.write() as session:
        identify(session, actor, person.id, who)
        assert identity_of(session, actor, person.id) == who
        with pytest.raises(RefusedError, match="an observer may not see or change who a person is"):
            identity_of(session, observer, person.id)
        with pytest.raises(ConflictError, match="'K-7' is taken"):
            add_person(session, actor, "K-7")
    with clinic.database.write() as session:
        erase_identity(session, actor, person.id, "asked for it")
        assert identity_of(session, actor, person.id) is None
    with clinic.database.read() as session:
        said = " ".join(str(entry.detail) for entry in session.scalars(select(AuditEntry)))
        assert "Somebody" not in said
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
        assert actions[-4:] == ["identity changed", "identity seen", "identity erased", "identity seen"]
        assert find_person(session, observer, "K-7").id == person.id
        assert {column.name for column in Person.__table__.columns} == {
            *("id", "pseudonym", "is_synthetic", "created_at", "audit_sequence")
        }


def test_a_self_reporting_person_reaches_the_own_record_alone(clinic) -> None:
    mine, other = clinic.person("K-1"), clinic.person("K-2")
    actor = clinic.actor(Role.PERSON, mine.id)
    with clinic.database.write() as session:
        own = record(session, actor, mine.id, dose())
        record(session, actor, mine.id, AssessmentEntry(START, "SOWS-Gossop", total=9))
        amend(session, actor, own.record_id, dose(amount=2.0), "counted wrong")
        for person, entry in (
            (other, dose()),
            (mine, AssessmentEntry(START, "COWS", total=9)),
            (mine, MeasurementEntry(START, "pulse", 80, "1/min")),
            (mine, PlanEntry(START, "x", "kratom powder 3 g every 8 h for 7 days")),
        ):
            with pytest.raises(RefusedError):
                record(session, actor, person.id, entry)
        with pytest.raises(RefusedError):
            void(session, actor, "doses", own.record_id, "x")
        assert [item.pseudonym for item in list_persons(session, actor)] == ["K-1"]
        with pytest.raises(RefusedError, match="only in their own record"):
            current(session, actor, "doses", other.id)
        with pytest.raises(RefusedError):
            find_person(session, actor, "K-2")
        with pytest.raises(UnknownNameError) as caught:
            find_person(session, actor, "K-3")
        # A near miss would tell who else is here.
        assert caught.value.near == ("K-1",)


def test_what_staff_entered_a_person_cannot_amend(clinic) -> None:
    person = clinic.person()
    staff, own = clinic.actor(), clinic.actor(Role.PERSON, person.id)
    with clinic.database.write() as session:
        row = record(session, staff, person.id, dose())
        with pytest.raises(RefusedError):
            amend(session, own, row.record_id, dose(amount=1.0), "less")


def test_a_dose_may_name_a_product_that_is_there(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    content = [{"drug": "Mitragynine", "value": 14, "unit": "mg/g", "basis": "lab"}]
    with clinic.database.write() as session:
        product = record(
            session, actor, None, ProductEntry("Green", "kratom", item="kratom", content=content)
        )
        named = dose(product_id=product.record_id)
        assert record(session, actor, person.id, named).product_id == product.record_id
        assert product.content[0]["drug"] == "mitragynine"
        with pytest.raises(RecordError, match="there is no product 'x'"):
            record(session, actor, person.id, dose(product_id="x"))
        with pytest.raises(RecordError, match="expected a person"):
            record(session, actor, None, dose())
        assert [row.name for row in current(session, actor, "products", None)] == ["Green"]


def test_an_error_of_the_database_tells_no_values(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with pytest.raises(DBAPIError) as caught, clinic.database.write() as session:
        note = NoteVersion(
            id="x", record_id="x", version=1, status="entered", recorded_at=START, recorded_by=actor.user_id,
            person_id=person.id, noted_at=START, text="very private", audit_sequence=10_000,
        )  # fmt: skip
        session.add(note)
        session.flush()
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert "very private" not in str(caught.value)
