"""Leaving, missed days and use: chances hold, and what is decided depends on the past alone."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from speciosa.evidence import load
from speciosa.people import population
from speciosa.regimens import Administration, Dose
from speciosa.trials.behavior import Inclination, Seen, Stretch, conduct
from speciosa.trials.enrolment import allocate
from speciosa.trials.groups import Chances, chances, groups
from speciosa.trials.plan import Phase, Piece
from speciosa.trials.protocol import Protocol, Stated

EVIDENCE = load()
PEOPLE = population(EVIDENCE, 4000, 3)
DAYS = 14


def stretch(last: float = inf, taper: tuple[float, float] | None = None, **inclined: object) -> Stretch:
    phase = Phase(Piece("arm", 0.0, DAYS * 24.0), last, taper)
    return Stretch(phase, Inclination(**inclined))  # type: ignore[arg-type]


def seen(people=PEOPLE, level: float = 0.0, stopped: float = inf) -> Seen:
    n = people.size
    return Seen(
        severity=np.full((n, DAYS), level),
        visits=np.arange(DAYS) * 24.0,
        craving=np.zeros((n, DAYS)),
        stopped=np.full(n, stopped),
    )


def stay(found: Stretch, level: float = 0.0, day: float = DAYS) -> float:
    did = conduct([found], PEOPLE, DAYS, seen(level=level))
    return float(np.mean(did.left >= day * 24.0))


def test_leaving_follows_its_hazard() -> None:
    leaves = stretch(leaving=Chances(start=np.log(0.05), severity=0.5))
    for level in (0.0, 2.0):
        hazard = 0.05 * np.exp(0.5 * level)
        assert stay(leaves, level, 7.0) == pytest.approx(np.exp(-7.0 * hazard), abs=0.02)
        assert stay(leaves, level) == pytest.approx(np.exp(-DAYS * hazard), abs=0.02)


def test_taper_and_what_follows_it_change_the_hazard() -> None:
    low, high = Chances(start=np.log(0.01)), Chances(start=np.log(0.01), taper=2.0, after=1.0)
    after = stretch(last=7 * 24.0 - 1.0, leaving=high)
    tapering = stretch(taper=(0.0, 7 * 24.0), last=7 * 24.0 - 1.0, leaving=high)
    assert stay(stretch(leaving=low)) == pytest.approx(np.exp(-0.14), abs=0.015)
    assert stay(after) == pytest.approx(np.exp(-0.01 * 7 * (1 + np.exp(1.0))), abs=0.015)
    assert stay(tapering) == pytest.approx(np.exp(-0.01 * 7 * (np.exp(2.0) + np.exp(1.0))), abs=0.015)


def test_missed_days_come_in_rows() -> None:
    did = conduct([stretch(missing=Chances(start=-2.0, again=3.0))], PEOPLE, DAYS, seen())
    first, then = did.missed[:, :-1], did.missed[:, 1:]
    odds = [np.mean(then[first == before]) for before in (False, True)]
    assert odds[0] == pytest.approx(1 / (1 + np.exp(2.0)), abs=0.01)
    assert odds[1] == pytest.approx(1 / (1 + np.exp(-1.0)), abs=0.02)
    assert did.habits[0].missed == frozenset(np.flatnonzero(did.missed[0]).tolist())


def test_use_depends_on_the_week_before_and_is_dosed_on_as_many_days() -> None:
    dose = Administration(2.0, Dose("morphine", 30.0))
    using = stretch(using=Chances(start=-1.0, before=2.0), use=(dose,), use_days=2)
    did = conduct([using], PEOPLE, DAYS, seen())
    assert np.mean(did.positive[:, 0]) == pytest.approx(1 / (1 + np.e), abs=0.02)
    after = did.positive[did.positive[:, 0], 1]
    assert np.mean(after) == pytest.approx(1 / (1 + np.exp(-1.0)), abs=0.03)
    for person in range(50):
        beside = did.habits[person].beside
        assert len(beside) == 2 * did.positive[person].sum()
        assert all(item.time % 24.0 == 2.0 for item in beside)


def test_what_follows_leaving_is_dosed_only_if_it_is_asked() -> None:
    leaving = Chances(start=np.log(0.2))
    silent = conduct([stretch(leaving=leaving)], PEOPLE, DAYS, seen())
    assert all(habit.is_plain for habit in silent.habits)
    dose = Administration(0.0, Dose("morphine", 30.0))
    asked = conduct([stretch(leaving=leaving, then=(dose,))], PEOPLE, DAYS, seen())
    np.testing.assert_array_equal(silent.left, asked.left)
    who = int(np.argmin(asked.left))
    assert asked.habits[who].until == asked.left[who] == asked.habits[who].beside[0].time


def test_decisions_do_not_look_ahead() -> None:
    inclined = stretch(
        leaving=Chances(start=-3.0, severity=0.8),
        missing=Chances(start=-1.0, severity=0.5),
        using=Chances(start=-1.0, severity=0.5),
    )
    calm, later = seen(), seen()
    later.severity[:, 8:] = 3.0
    one, other = (conduct([inclined], PEOPLE, DAYS, item) for item in (calm, later))
    early = np.minimum(one.left, 8 * 24.0)
    np.testing.assert_array_equal(early, np.minimum(other.left, 8 * 24.0))
    np.testing.assert_array_equal(one.missed[:, :8], other.missed[:, :8])
    assert (other.left < one.left).any() and not (other.left > one.left).any()


def test_a_person_decides_the_same_alone_and_in_a_crowd() -> None:
    inclined = stretch(leaving=Chances(start=-2.0), missing=Chances(start=-1.0))
    crowd = conduct([inclined], PEOPLE, DAYS, seen())
    part = PEOPLE.part([7, 40])
    alone = conduct([inclined], part, DAYS, seen(part))
    np.testing.assert_array_equal(alone.left, crowd.left[[7, 40]])
    assert alone.habits == (crowd.habits[7], crowd.habits[40])


def test_a_stop_for_safety_ends_the_trial_for_a_person() -> None:
    did = conduct([stretch(leaving=Chances(start=-3.0))], PEOPLE, DAYS, seen(stopped=100.0))
    assert did.left.max() == 100.0
    assert did.for_safety[did.left == 100.0].all() and not did.for_safety[did.left < 100.0].any()


def test_groups_are_those_with_rows() -> None:
    assert {"ctn30", "ctn27-bup", "ctn27-methadone", "ctn51-bup"} <= set(groups("leaving", EVIDENCE))
    found, rows = chances("leaving", "ctn30", EVIDENCE)
    assert found is not None and found.severity == EVIDENCE.rows["leave-day-ctn30-class"].value
    assert "leave-day-ctn30-taper" in rows
    stated, used = chances("leaving", Stated(start=-3.0, severity="leave-day-ctn30-class"), EVIDENCE)
    assert stated == Chances(start=-3.0, severity=found.severity)
    assert used == ("leave-day-ctn30-class",)


def test_blocks_balance_arms_within_strata() -> None:
    protocol = Protocol.model_validate(
        {
            "title": "t",
            "until": "1 d",
            "arms": {"a": {"regimen": "nothing", "ratio": 2}, "b": {"regimen": "nothing"}},
            "randomization": {"block": [3, 6]},
        }
    )
    strata = tuple(np.where(np.arange(600) % 3, "low", "high").tolist())
    place = allocate(protocol, ("a", "b"), (2, 1), strata, 600, 5, "randomization")
    for level in ("low", "high"):
        mine = place[np.asarray(strata) == level]
        running = np.cumsum(mine == 1) - np.arange(1, len(mine) + 1) / 3.0
        assert abs(running).max() <= 2.0
    again = allocate(protocol, ("a", "b"), (2, 1), strata, 600, 5, "randomization")
    np.testing.assert_array_equal(place, again)
    assert (allocate(protocol, ("a", "b"), (2, 1), strata, 600, 6, "randomization") != place).any()
