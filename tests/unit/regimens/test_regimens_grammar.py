"""The text grammar: what is read, what it comes to, and where faults are shown."""

from __future__ import annotations

import pytest

from speciosa.drugs import catalog
from speciosa.errors import RegimenError, UnknownNameError
from speciosa.regimens import Regimen, from_dict, parse, to_dict

SENTENCES = {
    "kratom powder 3 g every 6 h for 28 days, then nothing": 112,
    "kratom extract containing 29.6 mg mitragynine by mouth once": 1,
    "kratom powder 2 g (13.3 mg mitragynine per g) four times a day for 28 days": 112,
    "kratom tea 2 g (19.5 mg/g) once": 1,
    "morphine 30 mg SC every 6 h for 60 days": 240,
    "morphine 120 mg/day for 60 days": 240,
    "buprenorphine 4 mg sublingual once, then 8 mg daily for 2 days, then 16 mg once a day for 25 days": 28,
    "methadone 30 mg every other day for 10 days": 5,
    "buprenorphine 8 mg once a week for 4 weeks": 4,
    "buprenorphine from 4 mg up by 4 mg every day to 16 mg once a day from 24 h until day 28": 27,
    "methadone 40 mg daily for 4 weeks": 28,
    "naloxone 4 mg intranasal once": 1,
    "morphine 10 mg IV over 30 min q8h for 3 days": 9,
    "kratom powder 2 g tid for 2 days missing doses 3 and 5": 4,
    "kratom powder 2 g twice a day for 10 days missing every 4th dose": 15,
    "kratom powder 2 g once a day for 10 days missing days 3 and 4": 8,
    "kratom powder 2 g at 8:00, 14:00 and 22:00 for 2 days": 6,
    "methadone 30 mg once a day for 5 doses": 5,
    "methadone 30 mg every 2 days for 10 days": 5,
    "methadone 30 mg once a day starting on day 3 for 2 days": 2,
    "methadone 20 mg once a day for 3 days; naloxone 0.4 mg IM at 6 h": 4,
    "methadone 20 mg once a day for 3 days plus kratom powder 1 g once": 4,
    "methadone 20 mg once a day for 3 days and naloxone 0.4 mg IM at 6 h": 4,
    "nothing for 14 days, then methadone 20 mg daily for 3 days": 3,
    "nothing": 0,
}


@pytest.fixture(scope="module")
def library():
    return catalog()


@pytest.mark.parametrize(("text", "count"), SENTENCES.items(), ids=list(SENTENCES))
def test_number_of_doses_and_the_way_back(library, text: str, count: int) -> None:
    regimen = parse(text, library)
    doses = regimen.administrations(2000.0)
    assert len(doses) == count
    assert parse(regimen.text, library).administrations(2000.0) == doses
    assert from_dict(to_dict(regimen), library) == regimen


def amounts(regimen: Regimen, until: float = 5000.0) -> list[float]:
    return [item.dose.size for item in regimen.administrations(until)]


def times(regimen: Regimen, until: float = 5000.0) -> list[float]:
    return [item.time for item in regimen.administrations(until)]


def test_titration_holds_at_its_end(library) -> None:
    regimen = parse("kratom powder from 1 g up by 0.5 g every 3 days to 2 g once a day for 12 days", library)
    assert amounts(regimen) == [1.0] * 3 + [1.5] * 3 + [2.0] * 6


def test_taper_by_share_goes_on_from_where_the_dose_was(library) -> None:
    text = "methadone 100 mg once a day for 7 days, then down by 10 % a week for 3 weeks"
    regimen = parse(text, library)
    assert amounts(regimen)[::7] == pytest.approx([100.0, 100.0, 90.0, 81.0])
    assert regimen.notes == ("each step of 10 % is taken of the dose then in use",)


def test_taper_by_amount_to_zero_stops(library) -> None:
    regimen = parse("methadone 6 mg once a day down by 2 mg every day to zero for 10 days", library)
    assert amounts(regimen) == [6.0, 4.0, 2.0]


def test_daily_total_is_divided_and_said(library) -> None:
    regimen = parse("morphine 120 mg/day for 1 day", library)
    assert amounts(regimen) == [30.0] * 4
    assert times(regimen) == [0.0, 6.0, 12.0, 18.0]
    assert regimen.notes == ("120 mg a day was divided into 4 equal doses, one every 6 h",)


def test_daily_total_with_a_rhythm(library) -> None:
    assert amounts(parse("morphine 60 mg/day twice a day for 1 day", library)) == [30.0, 30.0]


def test_clock_times_count_from_midnight_of_day_1(library) -> None:
    assert times(parse("methadone 10 mg at 8:00 and 20:30 for 2 days", library)) == [8.0, 20.5, 32.0, 44.5]


def test_history_ends_at_time_zero(library) -> None:
    regimen = parse("after morphine 30 mg SC every 6 h for 60 days: methadone 40 mg once", library)
    assert regimen.history is not None
    assert regimen.history.end == 60 * 24.0
    assert len(regimen.history.administrations(1e4)) == 240
    assert regimen.items == ("methadone",)


def test_history_needs_an_end(library) -> None:
    with pytest.raises(RegimenError, match="the earlier regimen has no end"):
        parse("after morphine 30 mg SC every 6 h: nothing", library)


def test_strain_words_are_noted_and_ignored(library) -> None:
    regimen = parse("red vein maeng da kratom powder 3 g once", library)
    assert regimen.items == ("kratom powder",)
    assert [note.split(" was")[0] for note in regimen.notes] == ["'red vein'", "'maeng da'"]
    assert "no effect of vein color or strain on content is known" in regimen.notes[0]


def test_a_single_dose_is_followed_a_day_later(library) -> None:
    assert times(parse("buprenorphine 4 mg once, then 8 mg once a day for 2 days", library)) == [
        0.0,
        24.0,
        48.0,
    ]


FAULTS = {
    "kratom powder 3 every 6 h": ("column 15: 3 has no unit", 14),
    "kratom powder 300 mg once": ("column 15: 300 mg of what?", 14),
    "methadone 0,5 mg once": ("'0,5' has a decimal comma; expected a point: 0.5", 10),
    "morphine 30 mg evry 6 h": ("'evry' is not understood here. Did you mean 'every'?", 15),
    "morphine 30 mg methadone 20 mg once": ("a second drug, 'methadone', in one part", 15),
    "morphine 30 mg for 3 days": ("morphine: nothing says how often", 0),
    "morphine every 6 h for 3 days": ("morphine: no amount is given", 0),
    "methadone 20 mg once a day, then 10 mg once a day": ("the part before `then` has no end", 0),
    "kratom powder 3 g every 0 h": ("doses are 0 h apart; expected more than zero", 0),
    "kratom powder 2 g (5 mg morphine per g) once": ("kratom powder has no morphine in the library", 0),
    "morphine 10 mg at 25:00 for 1 day": ("25:00 is no time of day; expected 00:00 to 23:59", 18),
    "methadone 5 mg once a day down by 100 % a day for 3 days": ("expected less than 100 % downwards", 0),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=list(FAULTS))
def test_faults_point_at_the_place(library, text: str, fault: tuple[str, int]) -> None:
    message, column = fault
    with pytest.raises(RegimenError) as caught:
        parse(text, library)
    assert message in str(caught.value)
    assert str(caught.value).splitlines()[-1] == " " * (2 + column) + "^"


def test_unknown_drug_offers_a_near_miss(library) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'mitragynine'") as caught:
        parse("mitragynin 20 mg once", library)
    assert "speciosa drugs" in str(caught.value)


def test_overlapping_until(library) -> None:
    with pytest.raises(RegimenError, match=r"ends at 5 days and starts at 10 days.*overlaps"):
        parse("morphine 30 mg once a day until day 10, then 20 mg once a day until day 5", library)


def test_a_part_may_not_start_before_the_one_before_it_ends(library) -> None:
    with pytest.raises(RegimenError, match="starts before the one before it ends"):
        parse(
            "morphine 30 mg once a day until day 10, then 20 mg once a day from day 5 until day 20", library
        )


def test_explain_says_times_counts_and_notes(library) -> None:
    text = "after morphine 120 mg/day for 60 days: white vein kratom powder 2 g four times a day for 28 days"
    lines = parse(text, library).explain().splitlines()
    assert lines[0] == "Before the start, for 60 days:"
    assert lines[1] == "  day 1 to day 61: morphine 30 mg, every 6 h (240 doses)"
    assert lines[3] == "day 1 to day 29: kratom powder 2 g, every 6 h (112 doses)"
    assert lines[-1].startswith("Note: 'white vein'") or lines[-2].startswith("Note: 'white vein'")


def test_html_escapes(library) -> None:
    assert "<li>" in parse("methadone 10 mg once", library)._repr_html_()
