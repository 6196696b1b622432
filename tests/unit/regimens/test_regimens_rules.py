"""Rules in words and as tables, what they come to, and what is refused."""

from __future__ import annotations

from math import inf

import pytest

from speciosa.drugs import catalog
from speciosa.engine import AT_TIME, Events, Halt
from speciosa.errors import RegimenError, UnknownNameError
from speciosa.regimens import (
    Change,
    Condition,
    Regimen,
    RuledPerson,
    RuledRegimen,
    VisitRule,
    from_dict,
    parse,
    to_dict,
    write_nonmem,
)

SENTENCES = (
    "buprenorphine to 16 mg/day when COWS reaches 12",
    "buprenorphine 8 mg once when COWS reaches 12, then 16 mg once a day for 27 days, then nothing",
    "kratom powder 2 g three times a day at each weekly visit raise by 1 g to 6 g unless COWS < 5",
    "kratom powder 2 g three times a day for 8 weeks at each visit every 3 days lower by 10 % if COWS <= 4",
    "methadone 40 mg once a day for 28 days stop when COWS falls to 4, then nothing",
    "methadone 40 mg once a day until SOWS-Handelsman falls below 5",
    "methadone 40 mg once a day from 24 h when cows is above 8 at each daily visit stop if signal.MOR > 0.9",
    "methadone 40 mg once a day for 5 days; naloxone 0.4 mg IM once when signal.MOR is at least 0.8",
)


@pytest.fixture(scope="module")
def library():
    return catalog()


@pytest.mark.parametrize("text", SENTENCES)
def test_the_way_to_words_and_tables_and_back(library, text: str) -> None:
    regimen = parse(text, library)
    assert regimen.has_rules
    assert parse(regimen.text, library).tracks == regimen.tracks
    assert from_dict(to_dict(regimen), library) == regimen


def test_what_words_come_to(library) -> None:
    (segment,) = parse(SENTENCES[2], library).tracks[0]
    change = Change(1.0, 168.0, is_up=True, to=6.0)
    assert segment.visits == (VisitRule(168.0, Condition("COWS", "<", 5.0), is_unless=True, change=change),)
    (first, *_) = parse(SENTENCES[1], library).tracks[0]
    assert first.starts_when == Condition("COWS", ">=", 12.0)
    (stopping, _) = parse(SENTENCES[4], library).tracks[0]
    assert stopping.stops_when == Condition("COWS", "<=", 4.0)
    assert stopping.end == 28 * 24.0


def test_a_dose_as_an_aim_is_said_to_be_the_dose(library) -> None:
    note = parse(SENTENCES[0], library).notes[0]
    assert note.startswith("'to 16 mg' was read as the dose from the first on")


def test_rules_are_explained(library) -> None:
    said = parse(SENTENCES[1], library).explain().splitlines()
    assert said[0] == "once COWS >= 12, watched from day 1 on: buprenorphine 8 mg, once"
    assert said[-1] == "Rules act for each person alone; what follows a part moves with its start and end."
    assert (
        parse(SENTENCES[2], library)
        .explain()
        .startswith(
            "from day 1 on: kratom powder 2 g, every 8 h; at each visit every 7 days raise by 1 g to 6 g"
        )
    )
    assert "stops once COWS <= 4" in parse(SENTENCES[4], library).explain()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("methadone 40 mg daily when COWS 12", "nothing says how COWS is compared"),
        ("methadone 40 mg daily when COWS reaches", "'' is no level of COWS"),
        ("methadone 40 mg daily when COWS reaches 12 mg", "'12' is no level of COWS"),
        (
            "methadone 40 mg daily at each visit raise by 5 mg if COWS > 5",
            "nothing says how often the visits",
        ),
        (
            "methadone 40 mg daily at each weekly visit raise by 5 mg",
            "nothing says on what the visit depends",
        ),
        ("methadone 40 mg daily at each weekly visit double if COWS > 5", "'double' is nothing that is done"),
        (
            "methadone 40 mg daily up by 5 mg a week at each weekly visit raise by 5 mg if COWS > 3",
            "the dose changes by itself and at visits",
        ),
        ("methadone 40 mg daily when COWS > 5 when COWS > 8", "a part starts on two conditions"),
        ("methadone 40 mg daily stop when COWS < 5 stop when COWS < 3", "a part stops on two conditions"),
        ("methadone 40 mg daily until COWS falls to 5, then nothing", "the part before `then` has no end"),
        ("after methadone 40 mg daily for 9 days when COWS > 5: nothing", "the earlier regimen has rules"),
    ],
)
def test_what_is_refused(library, text: str, message: str) -> None:
    with pytest.raises(RegimenError) as caught:
        parse(text, library)
    assert message in str(caught.value)


def test_a_near_miss_of_a_score_is_offered(library) -> None:
    with pytest.raises(UnknownNameError) as caught:
        parse("methadone 40 mg daily when COSW reaches 12", library)
    assert "column 28: unknown score 'COSW'. Did you mean 'COWS'?" in str(caught.value)
    assert caught.value.excerpt.endswith("^")


def test_a_table_with_a_misspelled_key(library) -> None:
    table = to_dict(parse(SENTENCES[2], library))
    table["tracks"][0][0]["visits"][0]["condition"]["leven"] = 3.0
    with pytest.raises(
        RegimenError, match=r"visits\[0\].condition: unknown key 'leven'. Did you mean 'level'"
    ):
        from_dict(table, library)


def test_conditions_and_visits_check_themselves() -> None:
    with pytest.raises(RegimenError, match="the comparison is '=='"):
        Condition("COWS", "==", 3.0)  # type: ignore[arg-type]
    with pytest.raises(RegimenError, match="the level of COWS is nan"):
        Condition("COWS", "<", float("nan"))
    with pytest.raises(RegimenError, match="the visits are 0 h apart"):
        VisitRule(0.0, Condition("COWS", "<", 3.0))
    with pytest.raises(RegimenError, match="the dose changes every 24 h; expected the 7 days of the visits"):
        VisitRule(168.0, Condition("COWS", "<", 3.0), change=Change(1.0, 24.0, is_up=True))
    strict, loose = Condition("COWS", "<", 5.0), Condition("COWS", "<=", 5.0)
    assert [strict.holds(value) for value in (4.9, 5.0, 5.1)] == [True, False, False]
    assert [loose.holds(value) for value in (4.9, 5.0, 5.1)] == [True, True, False]


def test_rules_do_not_go_into_a_table_of_doses(library, tmp_path) -> None:
    from speciosa.evidence import load

    with pytest.raises(RegimenError, match="the regimen has rules"):
        write_nonmem(parse(SENTENCES[4], library), tmp_path / "doses.csv", library, load())


def follower(regimen: Regimen, until: float = 2000.0) -> RuledPerson:
    none = Events.boluses([], 0, 1.0)  # type: ignore[arg-type]
    return RuledRegimen(regimen, (), until, 0.0, lambda doses: none).person()


def taken(person: RuledPerson, until: float = inf) -> list[tuple[float, float]]:
    return [(item.time, item.dose.size) for item in person.doses if item.time < until]


def test_a_part_that_waits_moves_what_follows(library) -> None:
    person = follower(parse(SENTENCES[1], library), until=900.0)
    leg = person.begin()
    assert leg.levels == (12.0,)
    assert taken(person) == []
    leg = person.go_on(Halt(30.3, 0, (12.0,)))
    assert leg.levels == (inf,)
    assert leg.until == inf
    assert taken(person, 80.0) == [(30.3, 8.0), (54.3, 16.0), (78.3, 16.0)]
    assert len(taken(person)) == 28
    assert [(item.time, item.action) for item in person.decisions] == [(30.3, "started")]


def test_watching_begins_with_the_part(library) -> None:
    person = follower(parse("methadone 40 mg once a day from 24 h when COWS > 8 for 2 days", library))
    leg = person.begin()
    assert (leg.levels, leg.until) == ((inf,), 24.0)
    leg = person.go_on(Halt(24.0, AT_TIME, (3.0,)))
    assert (leg.levels, leg.until) == ((8.0,), inf)
    person.go_on(Halt(31.0, 0, (8.0,)))
    assert taken(person) == [(31.0, 40.0), (55.0, 40.0)]


def test_visits_raise_the_dose_of_their_time(library) -> None:
    text = "kratom powder 2 g once a day for 5 weeks at each weekly visit raise by 1 g to 4 g unless COWS < 5"
    person = follower(parse(text, library))
    leg = person.begin()
    assert leg.until == 168.0
    for week, cows in enumerate((9.0, 4.0, 8.0, 7.0), start=1):
        leg = person.go_on(Halt(168.0 * week, AT_TIME, (cows,)))
    assert leg.until == inf
    # Raised at week 1 and 3; at week 4 the dose is at its limit.
    assert [size for _, size in taken(person)] == [2.0] * 7 + [3.0] * 14 + [4.0] * 14
    assert [item.action for item in person.decisions] == ["3 g", "4 g"]


def test_stopping_early_lets_the_next_part_begin_early(library) -> None:
    text = "methadone 40 mg once a day for 9 days stop when COWS falls to 4, then 20 mg once a day for 2 days"
    person = follower(parse(text, library))
    assert person.begin().levels == (4.0,)
    person.go_on(Halt(60.5, 0, (4.0,)))
    assert taken(person) == [(0.0, 40.0), (24.0, 40.0), (48.0, 40.0), (60.5, 20.0), (84.5, 20.0)]


def test_a_visit_stops_for_good(library) -> None:
    person = follower(
        parse("methadone 40 mg once a day at each visit every 2 days stop if COWS < 5", library)
    )
    assert person.begin().until == 48.0
    assert person.go_on(Halt(48.0, AT_TIME, (6.0,))).until == 96.0
    assert person.go_on(Halt(96.0, AT_TIME, (4.0,))).until == inf
    assert [time for time, _ in taken(person)] == [0.0, 24.0, 48.0, 72.0]


def test_a_dose_given_just_before_a_halt_stays(library) -> None:
    """What a dose made reach a level is halted at the next number after the dose."""
    person = follower(parse("methadone 40 mg once a day for 9 days stop when signal.MOR > 0.5", library))
    person.begin()
    person.go_on(Halt(24.0 + 4e-15, 0, (0.6,)))
    assert taken(person) == [(0.0, 40.0), (24.0, 40.0)]


def test_tracks_are_decided_apart(library) -> None:
    person = follower(parse(SENTENCES[7], library), until=200.0)
    person.begin()
    person.go_on(Halt(3.5, 0, (0.8,)))
    assert [(time, item) for time, item in taken(person) if item == 0.4] == [(3.5, 0.4)]
    assert len(taken(person)) == 6
