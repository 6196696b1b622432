"""Files of any content: read or refused with reasons, never a crash, never a part of a record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from sqlalchemy import text

from speciosa.errors import ExchangeError, RecordError
from speciosa.monitor.db import VERSIONED, Database, open_database
from speciosa.monitor.exchange.fhir_read import check_bundle, read_bundle
from speciosa.monitor.exchange.fhir_write import write_bundle
from speciosa.monitor.exchange.tables import KINDS, check_table, read_table
from speciosa.monitor.services import (
    AssessmentEntry,
    DoseEntry,
    MeasurementEntry,
    add_person,
    command_line,
    from_local,
    install,
    record,
    to_local,
    verify_trail,
    zone_of,
)

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
RECORDS = tuple(table.__tablename__ for table in VERSIONED)
TABLES = ("audit_entries", "persons", "identities", "submissions", *RECORDS)
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """An installed database with a person and something of theirs."""
    path = tmp_path_factory.mktemp("exchange") / "monitor.sqlite"
    found = open_database(f"sqlite:///{path}")
    install(found)
    actor = command_line()
    with found.write() as session:
        person = add_person(session, actor, "K-1")
        for entry in (
            DoseEntry(START, "kratom", 3.0, "g", "reported", amount_low=2.0, amount_high=4.0),
            DoseEntry(START, "morphine", 10.0, "mg", "administered", "oral"),
            AssessmentEntry(START, "SOWS-Gossop", items=dict.fromkeys(GOSSOP, 1)),
            AssessmentEntry(START, "COWS", total=7),
            MeasurementEntry(START, "pulse", 92, "1/min"),
        ):
            record(session, actor, person.id, entry)
    yield found
    found.close()


GOSSOP = (
    *("feeling sick", "stomach cramps", "muscle spasms", "feeling cold", "pounding heart"),
    *("tense muscles", "aches and pains", "yawning", "runny eyes", "bad sleep"),
)


def counts(session) -> dict[str, int]:
    """Rows of every table that an import may touch."""
    return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}


def taken_or_refused(database: Database, read) -> None:
    """An import adds what it says, each with its audit entry, or changes no count; then it is undone."""
    with database.write() as session:
        before = counts(session)
        try:
            taken = read(session)
        except ExchangeError as fault:
            assert fault.faults
            assert all(isinstance(item, str) and item for item in fault.faults)
            assert counts(session) == before
        else:
            added = {name: number - before[name] for name, number in counts(session).items()}
            records = sum(added[name] for name in RECORDS)
            assert records == sum(taken.added.values()) == added["submissions"]
            assert added["persons"] == taken.persons
            # One entry a record, a person, who a person is, and the import itself.
            assert added["audit_entries"] == records + added["persons"] + added["identities"] + 1
            assert verify_trail(session).is_whole
        session.rollback()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
CELLS = st.text(max_size=20) | st.sampled_from(
    [
        "K-1",
        "2026-03-01T08:00",
        "kratom",
        "3",
        "g",
        "reported",
        "COWS",
        "-1",
        "1e400",
        "nan",
        "=1+1",
        "'=x",
        "a\nb",
        '"',
    ]
)


@SETTINGS
@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_bytes_are_no_table(content: bytes, kind: str) -> None:
    _, _, faults = check_table(kind, content, UTC_ZONE)
    assert all(isinstance(item, str) for item in faults)


@SETTINGS
@given(
    st.sampled_from([kind for kind in KINDS if kind != "persons"]),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=4),
    st.data(),
)
def test_any_cells_are_a_whole_table_or_none(database, kind: str, rows, data) -> None:
    import csv
    import io
    from dataclasses import fields

    from speciosa.monitor.services import entry_class

    names = ["person", *(item.name for item in fields(entry_class(kind))), "record_id"]
    chosen = (
        data.draw(st.lists(st.sampled_from(names), min_size=6, max_size=6, unique=True))
        if len(names) > 5
        else names
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([chosen, *(row[: len(chosen)] for row in rows)])
    content = out.getvalue().encode("utf-8", "surrogatepass")
    taken_or_refused(database, lambda session: read_table(session, command_line(), kind, content, UTC_ZONE))


@SETTINGS
@given(cells=st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS))
@example(cells=("2026-03-01T08:00", "kratom", "3", "g", "reported"))
@example(cells=("0001-01-01T00:00+14:00", "kratom", "3", "g", "reported"))
@example(cells=("2026-03-01T08:00", "kratom", "9" * 400, "g", "reported"))
def test_any_row_of_a_dose_is_kept_whole_or_not(database, cells: tuple[str, ...]) -> None:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    right = ["K-1", "2026-03-02T08:00", "kratom", "3", "g", "reported"]
    writer.writerows([["person", "taken_at", "item", "amount", "unit", "basis"], right, ["K-1", *cells]])
    content = out.getvalue().encode("utf-8", "surrogatepass")
    taken_or_refused(
        database, lambda session: read_table(session, command_line(), "doses", content, UTC_ZONE)
    )


@SETTINGS
@given(JSON)
def test_any_json_is_a_bundle_or_refused(document) -> None:
    *_, faults = check_bundle(json.dumps(document).encode(), START)
    if not (isinstance(document, dict) and document.get("resourceType") == "Bundle"):
        assert faults


@SETTINGS
@given(st.binary(max_size=100))
def test_any_bytes_are_a_bundle_or_refused(content: bytes) -> None:
    assert check_bundle(content, START)[3]


def places(value, path=()):
    """Every place inside a JSON document."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


@settings(SETTINGS, max_examples=250)
@given(st.data())
def test_a_bundle_damaged_anywhere_is_whole_or_refused(database, data) -> None:
    """Any value of a right bundle is replaced by anything, or taken away."""
    with database.write() as session:
        bundle = json.loads(json.dumps(write_bundle(session, command_line(), ["K-1"])))
        session.rollback()
    for entry in bundle["entry"]:
        # Under other ids and another pseudonym they are new here, so that all of it would be written.
        entry["resource"].pop("identifier", None)
        if entry["resource"]["resourceType"] == "Patient":
            system = "https://speciosa.invalid/fhir/pseudonym"
            entry["resource"]["identifier"] = [{"system": system, "value": "NEW"}]
    spots = [path for path in places(bundle) if path]
    for path in data.draw(st.lists(st.sampled_from(spots), min_size=0, max_size=2)):
        holder = bundle
        try:
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(holder, dict) and data.draw(st.booleans()):
            del holder[path[-1]]
        else:
            holder[path[-1]] = data.draw(JSON)
    content = json.dumps(bundle).encode()
    taken_or_refused(database, lambda session: read_bundle(session, command_line(), content))


@SETTINGS
@given(st.text(max_size=30), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
def test_any_time_of_a_form_is_a_moment_or_refused(words: str, zone: str) -> None:
    try:
        found = from_local(words, zone_of(zone))
    except RecordError as fault:
        assert fault.where == "time"
    else:
        assert found.tzinfo is not None


@SETTINGS
@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_moment_shown_and_typed_again_is_the_same_moment(moment: datetime, zone: str) -> None:
    there = zone_of(zone)
    given_moment = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    assert abs(from_local(to_local(given_moment, there), there) - given_moment) < timedelta(seconds=60)
