"""What is kept of a person becomes the record that a forecast starts from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from monitor_clinic import START, dose
from test_monitor_records import COWS_ITEMS

from speciosa.errors import PersonError, RefusedError
from speciosa.forecasting import PersonRecord
from speciosa.monitor.services import (
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    EpisodeEntry,
    MeasurementEntry,
    ProductEntry,
    Role,
    amend,
    attention_flags,
    person_record,
    record,
    taken,
    void,
)

NOW = START + timedelta(hours=48)


def at(hours: float):
    """A moment so many hours after the start."""
    return START + timedelta(hours=hours)


def kept(clinic, *entries):
    """The record of a person with some entries; it also survives the way over JSON."""
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        for entry in entries:
            record(session, actor, person.id, entry)
    with clinic.database.read() as session:
        found = person_record(session, actor, person.id, now=NOW)
    assert PersonRecord.from_dict(found.to_dict()) == found
    return found


def test_doses_ratings_measurements_and_covariates_arrive(clinic) -> None:
    found = kept(
        clinic,
        CharacteristicsEntry(START, birth_year=1986, sex="female", weight=64.0, cyp2d6_activity_score=2.0),
        CharacteristicsEntry(at(1), weight=65.0, pregnancy="no"),
        dose(2, amount_low=2.0, amount_high=4.0),
        DoseEntry(at(3), "buprenorphine", 8.0, "mg", "administered", "sublingual"),
        DoseEntry(at(4), "morphine", 10.0, "mg", "missed", "oral"),
        AssessmentEntry(at(5), "COWS", items=COWS_ITEMS),
        AssessmentEntry(at(6), "SOWS-Gossop", total=9),
        AssessmentEntry(at(7), "COWS", band="mild"),
        MeasurementEntry(at(8), "pulse", 90, "1/min"),
        MeasurementEntry(at(9), "concentration", 100.0, "nmol/L", analyte="mitragynine", matrix="plasma"),
        MeasurementEntry(at(10), "body weight", 66.5, "kg"),
        dose(60),
    )
    assert found.id == "K-001"
    assert (found.started, found.now) == ("2026-03-01T10:00:00+00:00", 46.0)
    assert [(item.time, item.dose.text, item.how) for item in found.doses] == [
        (0.0, "kratom powder 3 g", "reported"),
        (1.0, "buprenorphine 8 mg sublingual", "administered"),
        (2.0, "morphine 10 mg by mouth", "missed"),
    ]
    assert found.doses[0].cv == pytest.approx(2.0 / (2 * 1.6449 * 3.0), rel=1e-4)
    assert [(item.time, item.measure, item.points or item.band) for item in found.ratings] == [
        *((3.0, "COWS", 11), (4.0, "SOWS-Gossop", 9), (5.0, "COWS", "mild")),
    ]
    assert found.concentrations[0].measure == "plasma.mitragynine"
    assert found.covariates == {
        **{"age": 40.0, "weight": 66.5, "sex": "female", "pregnancy": "no", "cyp2d6_activity_score": 2.0}
    }


def test_an_episode_that_tells_what_was_before_sets_the_start(clinic) -> None:
    found = kept(
        clinic,
        EpisodeEntry("first", START, at(1), taken_before="unknown opioids"),
        EpisodeEntry("second", at(10), taken_before="kratom powder 5 g every 6 h for 90 days"),
        dose(2),
        dose(12),
        AssessmentEntry(at(3), "COWS", total=3),
    )
    assert found.before == "kratom powder 5 g every 6 h for 90 days"
    assert [item.time for item in found.doses] == [2.0]
    assert found.observations == ()


def test_without_such_words_the_first_dose_is_the_start(clinic) -> None:
    found = kept(clinic, EpisodeEntry("only", at(10)), dose(2), dose(12))
    assert [item.time for item in found.doses] == [0.0, 10.0]
    assert found.before == ""


def test_amended_counts_and_voided_does_not(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        one = record(session, actor, person.id, dose(0))
        two = record(session, actor, person.id, dose(1))
        amend(session, actor, one.record_id, dose(0, 7.0), "slip")
        void(session, actor, "doses", two.record_id, "wrong")
    with clinic.database.read() as session:
        found = person_record(session, actor, person.id, now=NOW)
    assert [item.dose.amount for item in found.doses] == [7.0]


def test_the_content_of_a_product_goes_with_its_doses(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()

    def content(drug: str, value: float, unit: str):
        return {"drug": drug, "value": value, "unit": unit, "basis": "label"}

    leaf = ProductEntry("Green", "kratom", "kratom powder", content=[content("mitragynine", 14.0, "mg/g")])
    shot = ProductEntry("Shot", "kratom", "kratom extract", content=[content("mitragynine", 150.0, "mg")])
    syrup = ProductEntry("Syrup", "opioid", "morphine", content=[content("morphine", 2.0, "mg/mL")])
    tonic = ProductEntry("Tonic", "other")
    plain = ProductEntry("Extract", "kratom", "kratom extract")
    with clinic.database.write() as session:
        for number, (product, amount, unit) in enumerate(
            [
                (leaf, 3.0, "g"),
                (shot, 2.0, "piece"),
                (syrup, 5.0, "mL"),
                (tonic, 1.0, "piece"),
                (plain, 1.0, "g"),
            ]
        ):
            made = record(session, actor, None, product)
            entry = DoseEntry(at(number), product.name, amount, unit, "reported", product_id=made.record_id)
            record(session, actor, person.id, entry)
    with clinic.database.read() as session:
        found = person_record(session, actor, person.id, now=NOW)
        all_of_them = taken(session, actor, person.id)
    assert [item.dose.text for item in found.doses] == [
        "kratom powder 3 g (14 mg mitragynine per g)",
        "kratom extract 2 g (150 mg mitragynine per g)",
        "morphine 10 mg",
    ]
    assert [(item.substance, item.is_modeled) for item in all_of_them] == [
        *(("kratom", True), ("kratom", True), ("opioid", True), ("other", False), ("kratom", False)),
    ]


def test_what_the_library_does_not_hold_calls_for_attention_instead(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        record(session, actor, person.id, DoseEntry(at(1), "alcohol", 20.0, "g", "reported"))
        record(session, actor, person.id, DoseEntry(at(2), "diazepam", 10.0, "mg", "missed"))
        record(session, actor, person.id, CharacteristicsEntry(START, flags=["long QT or heart disease"]))
    with clinic.database.read() as session:
        assert person_record(session, actor, person.id, now=NOW).doses == ()
        assert attention_flags(session, actor, person.id, now=NOW) == ("alcohol", "long QT")
        assert attention_flags(session, actor, person.id, now=NOW + timedelta(days=30)) == ("long QT",)


def test_nobody_else_reads_it_and_children_are_refused(clinic) -> None:
    actor, person = clinic.actor(), clinic.person()
    with clinic.database.write() as session:
        record(session, actor, person.id, CharacteristicsEntry(START, birth_year=2014))
    stranger = clinic.actor(Role.PERSON, clinic.person("K-2").id)
    with clinic.database.read() as session:
        with pytest.raises(RefusedError):
            person_record(session, stranger, person.id)
        with pytest.raises(PersonError, match="holds no model of infants, children or adolescents"):
            person_record(session, actor, person.id, now=NOW)
        with pytest.raises(RefusedError):
            person_record(session, clinic_administrator(), person.id)


def clinic_administrator():
    """Somebody who runs the clinic's server and reads no records."""
    from speciosa.monitor.services import Actor

    return Actor("a", Role.ADMINISTRATOR)


def test_an_empty_record_is_a_record(clinic) -> None:
    found = kept(clinic)
    assert (found.doses, found.observations, found.now) == ((), (), 0.0)
