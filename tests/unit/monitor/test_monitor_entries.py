"""What an entry may hold, what it may not, and how it is told; times; settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from monitor_clinic import START, dose

from speciosa.errors import RecordError
from speciosa.monitor.db import DoseVersion
from speciosa.monitor.services import (
    AssessmentEntry,
    CharacteristicsEntry,
    DoseEntry,
    EpisodeEntry,
    IdentityEntry,
    MeasurementEntry,
    NoteEntry,
    PlanEntry,
    ProductEntry,
    from_local,
    to_local,
    zone_of,
)
from speciosa.monitor.services.vocabulary import FLAGS, MEASUREMENTS, SUBSTANCES, substance_class
from speciosa.monitor.settings import DATABASE_VARIABLE, read_settings, write_settings

BERLIN = zone_of("Europe/Berlin")
WRONG = {
    "no zone": (
        lambda: NoteEntry(datetime(2026, 3, 1), "x"),
        "noted_at: datetime.datetime(2026, 3, 1, 0, 0) is no moment",
    ),
    "a year": (
        lambda: NoteEntry(datetime(1500, 1, 1, tzinfo=UTC), "x"),
        "noted_at: the year is 1500; expected 1900 to 2200",
    ),
    "empty": (lambda: NoteEntry(START, " \n"), "text: the text is empty"),
    "a sign": (lambda: NoteEntry(START, "a\x00b"), "text: the text holds the character U+0000"),
    "a surrogate": (lambda: NoteEntry(START, "a\ud800"), "text: the text holds the character U+D800"),
    "long": (
        lambda: NoteEntry(START, "a" * 20_001),
        "text: the text has 20001 characters; expected 20000 at most",
    ),
    "item": (
        lambda: DoseEntry(START, "kratm", 3, "g", "reported"),
        "item: unknown drug or product 'kratm'. Did you mean 'kratom'",
    ),
    "amount": (
        lambda: DoseEntry(START, "kratom", 0, "g", "reported"),
        "amount: the number is 0; expected above 0, up to 1e+06",
    ),
    "not a number": (
        lambda: DoseEntry(START, "kratom", float("nan"), "g", "reported"),
        "amount: the number is nan",
    ),
    "too large": (
        lambda: DoseEntry(START, "kratom", 10**400, "g", "reported"),
        "amount: the number is too large",
    ),
    "yes": (lambda: DoseEntry(START, "kratom", True, "g", "reported"), "amount: True is no number"),
    "unit": (
        lambda: DoseEntry(START, "kratom", 3, "bags", "reported"),
        "unit: 'bags' is none of the choices; expected g, mg",
    ),
    "piece": (
        lambda: DoseEntry(START, "kratom", 3, "piece", "reported"),
        "unit: pieces say nothing without a product",
    ),
    "basis": (lambda: DoseEntry(START, "kratom", 3, "g", "report"), "basis: 'report' is none of the choices"),
    "route": (
        lambda: DoseEntry(START, "kratom", 3, "g", "reported", "rectal"),
        "route: 'rectal' is no route of kratom powder; expected oral",
    ),
    "one limit": (
        lambda: dose(amount_low=1.0),
        "amount_low: one limit of the amount is given; expected both",
    ),
    "limits": (lambda: dose(amount_low=4.0, amount_high=5.0), "amount_low: the number is 4; expected 0 to 3"),
    "scale": (lambda: AssessmentEntry(START, "COW", total=3), "scale: 'COW' is none of the choices"),
    "an item": (
        lambda: AssessmentEntry(START, "SOWS-Gossop", items={"yawning": 1}),
        "items: 'feeling sick' is not rated",
    ),
    "nothing": (
        lambda: AssessmentEntry(START, "COWS"),
        "items: nothing is rated; expected items, a total or a band",
    ),
    "total": (lambda: AssessmentEntry(START, "COWS", total=49), "total: the number is 49; expected 0 to 48"),
    "band": (lambda: AssessmentEntry(START, "COWS", band="awful"), "band: 'awful' is none of the choices"),
    "no bands": (
        lambda: AssessmentEntry(START, "SOWS-Gossop", band="mild"),
        "band: SOWS-Gossop has no severity bands",
    ),
    "both": (
        lambda: AssessmentEntry(START, "COWS", total=3, band="none"),
        "band: a band is given beside a total",
    ),
    "pulse": (
        lambda: MeasurementEntry(START, "pulse", 900, "1/min"),
        "value: the number is 900 1/min; expected 20 to 300 1/min",
    ),
    "its unit": (
        lambda: MeasurementEntry(START, "pulse", 90, "kg"),
        "unit: 'kg' is no unit of pulse; expected 1/min",
    ),
    "analyte": (lambda: MeasurementEntry(START, "concentration", 9, "ng/mL"), "analyte: None is no text"),
    "matrix": (
        lambda: MeasurementEntry(START, "concentration", 9, "ng/mL", analyte="morphine", matrix="hair"),
        "matrix: 'hair' is none",
    ),
    "no analyte": (
        lambda: MeasurementEntry(START, "pulse", 90, "1/min", analyte="morphine"),
        "analyte: pulse has no analyte",
    ),
    "weight": (
        lambda: CharacteristicsEntry(START, weight=700.0),
        "weight: the number is 700 kg; expected 30 to 300 kg",
    ),
    "pregnant": (
        lambda: CharacteristicsEntry(START, sex="male", pregnancy="yes"),
        "pregnancy: pregnancy is 'yes' and sex is 'male'",
    ),
    "flag": (
        lambda: CharacteristicsEntry(START, flags=["alcohol"]),
        "flags: 'alcohol' is none of the choices",
    ),
    "end": (
        lambda: EpisodeEntry("x", START, START - timedelta(hours=1)),
        "ended_at: the end lies before the start",
    ),
    "before": (
        lambda: EpisodeEntry("x", START, taken_before="kratom powder 5 g every 6 h"),
        "taken_before: the regimen has no end",
    ),
    "plan": (lambda: PlanEntry(START, "x", "kratom powder 3 bags"), "regimen: "),
    "content": (
        lambda: ProductEntry("x", "kratom", content=[{"drug": "morphine"}]),
        "content: {'drug': 'morphine'} is no content",
    ),
    "birth": (lambda: IdentityEntry(birth_date="1990-13-01"), "birth_date: '1990-13-01' is no date"),
    "a break": (lambda: IdentityEntry(name="a\nb"), "name: the text has a line break; expected one line"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_entry_names_its_field(case: str) -> None:
    make, message = WRONG[case]
    with pytest.raises(RecordError) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert caught.value.where == message.split(":")[0]


def test_the_total_follows_from_the_items_and_must_agree() -> None:
    from test_monitor_records import COWS_ITEMS

    assert AssessmentEntry(START, "COWS", items=COWS_ITEMS).total == 11
    with pytest.raises(RecordError, match="total: the total is 12 and the items add up to 11"):
        AssessmentEntry(START, "COWS", items=COWS_ITEMS, total=12)
    with pytest.raises(RecordError, match=r"items: 'gooseflesh' is 4; expected one of 0, 3, 5"):
        AssessmentEntry(START, "COWS", items={**COWS_ITEMS, "gooseflesh": 4})


def test_amounts_of_substance_are_taken_for_concentrations() -> None:
    given = MeasurementEntry(START, "concentration", 100.0, "nmol/L", analyte="Mitragynine", matrix="plasma")
    assert given.analyte == "mitragynine"
    assert MEASUREMENTS["concentration"].in_unit(100.0, "nmol/L", "mitragynine") == pytest.approx(
        39.85, abs=0.01
    )


def test_every_substance_has_a_class_and_none_is_in_the_library() -> None:
    from speciosa.drugs import catalog

    assert {substance_class(item) for item in SUBSTANCES} <= {
        "alcohol",
        "sedative",
        "opioid",
        "stimulant",
        "other",
    }
    assert not set(SUBSTANCES) & set(catalog().names)
    assert substance_class("methadone") == "treatment"


def test_local_times_are_kept_in_utc_and_shown_as_they_were() -> None:
    winter, summer = from_local("2026-01-10T09:30", BERLIN), from_local("2026-07-10T09:30", BERLIN)
    assert (winter.hour, summer.hour) == (8, 7)
    assert to_local(winter, BERLIN) == "2026-01-10T09:30"
    assert from_local("2026-01-10T09:30+05:00", BERLIN).hour == 4
    with pytest.raises(
        RecordError, match="2026-03-29T02:30 does not exist in Europe/Berlin: clocks went forward"
    ):
        from_local("2026-03-29T02:30", BERLIN)
    twice = from_local("2026-10-25T02:30+01:00", BERLIN)
    assert to_local(twice, BERLIN) == "2026-10-25T02:30+01:00"
    for text in (
        "",
        "soon",
        "2026-03-01",
        "20260301T0800",
        "2026-W10-1T08:00",
        "2026-02-30T10:00",
        "9" * 400,
        "0001-01-01T00:00+14:00",
    ):
        with pytest.raises(RecordError):
            from_local(text, BERLIN)
    with pytest.raises(RecordError, match="'Mars' is no time zone"):
        zone_of("Mars")


def test_settings_have_defaults_and_the_variable_goes_first(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}).database == f"sqlite:///{tmp_path / 'monitor.sqlite'}"
    write_settings(tmp_path, "postgresql://clinic@localhost/m", "Europe/Berlin", 3650)
    found = read_settings(tmp_path, {})
    assert (found.database, found.time_zone, found.retention_days) == (
        *("postgresql://clinic@localhost/m", "Europe/Berlin", 3650),
    )
    assert read_settings(tmp_path, {DATABASE_VARIABLE: "sqlite://"}).database == "sqlite://"
    with pytest.raises(RecordError, match="the settings are there already"):
        write_settings(tmp_path, None, "UTC", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retention_days = 0", "retention_days is 0; expected a whole number from 1"),
        ("time_zone = 3", "time_zone is 3; expected a name as text"),
        ("time_zone = 'Mars'", "'Mars' is no time zone"),
        ("database = 3", "database is 3; expected an address"),
        ("x = ", "the settings cannot be read"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "monitor.toml").write_text(text)
    with pytest.raises(RecordError, match=message):
        read_settings(tmp_path, {})


def test_the_flags_are_words_that_forms_can_show() -> None:
    assert len(set(FLAGS)) == len(FLAGS)


def test_what_is_stored_stays_readable_whatever_limits_say_later() -> None:
    row = DoseVersion(**{**dose().values(), "amount": 1e9, "item": "a drug of another time"})
    assert DoseEntry.of(row).amount == 1e9
