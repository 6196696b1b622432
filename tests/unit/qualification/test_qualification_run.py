"""Running targets: alone or in company, in this process or in several, the numbers are the same."""

from __future__ import annotations

import pytest

from speciosa.qualification import Sizes, qualify

FEW = Sizes(people=20, pairs=6)
NAMES = ("t-kr-tea-mtg-cmax", "t-kr-tea-spc-cmax", "t-pk-nlx-in-f", "t-pk-gaba-f300", "t-kr-rac-29p6")


@pytest.fixture(scope="module")
def together(targets):
    return qualify([targets[name] for name in NAMES], sizes=FEW, workers=1)


def test_every_target_has_a_verdict_in_order(together) -> None:
    assert [item.target.id for item in together] == list(NAMES)
    assert [item.is_run for item in together] == [True, True, True, False, True]
    assert "gabapentin" in together[3].reason


def test_a_target_alone_gives_the_same_number(together, targets) -> None:
    (alone,) = qualify([targets["t-kr-tea-spc-cmax"]], sizes=FEW, workers=1)
    assert alone.answer.value == pytest.approx(together[1].answer.value, rel=1e-4)


def test_processes_do_not_change_numbers(together, targets) -> None:
    beside = qualify([targets[name] for name in NAMES], sizes=FEW, workers=2)
    assert [item.answer for item in beside] == [item.answer for item in together]


def test_progress_counts_simulations(targets) -> None:
    seen = []
    qualify(
        [targets["t-pk-nlx-in-f"]],
        sizes=FEW,
        workers=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]


def test_a_number_that_was_put_in_is_told(targets) -> None:
    names = ("t-pk-oxy-f", "t-pk-bup-hep-c", "t-kr-tea-mtg-cmax")
    as_it_is, derived, made = qualify([targets[name] for name in names], sizes=FEW, workers=1)
    assert as_it_is.own == ("oxycodone.oral.F",)
    assert derived.own == ("buprenorphine.CL.child_pugh.C",)
    assert made.own == ()
