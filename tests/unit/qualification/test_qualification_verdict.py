"""Verdicts, what they come to, and the written record."""

from __future__ import annotations

from math import exp, isnan, log, nan

import pytest

from speciosa.errors import QualificationError
from speciosa.evidence import load
from speciosa.qualification import (
    Answer,
    Sizes,
    Verdict,
    check_causes,
    outcome,
    page,
    read_causes,
    table,
    tallies,
    tally,
    to_text,
    write_report,
    written,
)


@pytest.fixture
def verdict(target):
    def of(
        predicted: float | None, observed: float | None = 100.0, name: str = "t-pk-made-up", **other
    ) -> Verdict:
        made = target(observed=observed, name=name, **other)
        answer = (
            None
            if predicted is None
            else Answer(predicted, 0.9 * predicted, 1.1 * predicted, "persons", 0.01, 50)
        )
        return Verdict(made, "measured", answer, "mean", "" if answer else "the library has no such drug")

    return of


@pytest.mark.parametrize(
    ("predicted", "fold", "band", "is_hit"),
    [
        (100.0, 1.0, "1.25-fold", True),
        (80.0, 1.25, "1.25-fold", True),
        (126.0, 1.26, "1.5-fold", False),
        (55.0, 100.0 / 55.0, "2-fold", False),
        (250.0, 2.5, "more than 2-fold", False),
    ],
)
def test_folds_and_bands(verdict, predicted: float, fold: float, band: str, is_hit: bool) -> None:
    found = verdict(predicted)
    assert found.fold == pytest.approx(fold)
    assert (found.band, found.is_hit) == (band, is_hit)


def test_a_limit_without_an_observed_number_has_no_ratio(verdict) -> None:
    found = verdict(90.0, observed=None)
    assert isnan(found.ratio)
    assert (found.band, outcome(found)) == ("", "hit")


def test_a_change_in_percent_is_compared_by_what_is_left(verdict) -> None:
    assert verdict(-19.0, observed=-10.0).ratio == pytest.approx(0.9)
    assert isnan(verdict(-120.0, observed=-10.0).ratio)


def test_tallies_count_what_was_run(verdict) -> None:
    found = [verdict(100.0), verdict(200.0), verdict(40.0), verdict(None), verdict(90.0, observed=None)]
    counted = tally("all", found)
    assert (counted.targets, counted.runs, counted.hits, counted.compared) == (5, 4, 2, 3)
    assert counted.within == (1, 1, 2)
    assert counted.gmfe == pytest.approx(exp((log(2.0) + log(2.5)) / 3.0))
    assert counted.hit_share == 0.5
    assert counted.twofold_share == pytest.approx(2.0 / 3.0)
    assert [item.name for item in tallies(found)] == [
        "all",
        "topic: pk",
        "evidence: measured",
        "drug: morphine",
    ]


def packaged() -> list[Verdict]:
    """Verdicts on the first targets of the package: a hit, a miss, one that was not run."""
    hit, miss, third = list(load().targets.values())[:3]
    answers = [Answer(hit.tol_low, 1.0, 2.0, "studies of 5", 0.0123, 10), Answer(1e6, nan, nan, "", nan, 1)]
    return [
        Verdict(hit, "measured", answers[0], "mean"),
        Verdict(miss, "measured", answers[1], "typical"),
        Verdict(third, "measured", reason="the library has no such drug"),
    ]


def test_the_record_is_read_back() -> None:
    text = to_text(packaged())
    assert to_text(written(load(), text)) == text
    assert [outcome(item) for item in written(load(), text)] == ["hit", "miss", "not run"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("id,outcome", "name,outcome"), "`make qualify` writes the table anew."),
        (("t-kr-mtg-cmax-9p9", "t-kr-gone"), "verdicts.csv:2: 't-kr-gone' is no target"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(change: tuple[str, str], words: str) -> None:
    with pytest.raises(QualificationError) as fault:
        written(load(), to_text(packaged()).replace(*change))
    assert words in str(fault.value)


def test_a_table_has_a_row_a_target() -> None:
    frame = table(packaged())
    assert list(frame["outcome"]) == ["hit", "miss", "not run"]
    assert {"id", "topic", "drug", "predicted", "low", "high", "observed", "ratio", "band", "cause"} <= set(
        frame
    )


def test_causes_belong_to_misses() -> None:
    hit, miss, idle = packaged()
    known = read_causes(f'causes = [{{targets = ["{hit.target.id}"], cause = "No reason."}}]')
    assert check_causes([hit, miss, idle], known) == [
        f"{miss.target.id} is missed and has no cause in causes.toml",
        f"{hit.target.id} is not missed and has a cause in causes.toml",
    ]
    assert check_causes([miss], {miss.target.id: "A reason."}) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'causes = [{targets = ["a"], cause = "no stop"}]',
            'expected targets = [...], cause = "A sentence."',
        ),
        ('causes = [{targets = ["a", "a"], cause = "Yes."}]', "'a' has two causes"),
    ],
)
def test_causes_that_cannot_be_read(text: str, words: str) -> None:
    with pytest.raises(QualificationError) as fault:
        read_causes(text)
    assert words in str(fault.value)


def test_the_page_shows_misses_with_causes_and_what_was_not_run() -> None:
    hit, miss, idle = packaged()
    text = page([hit, miss, idle], {miss.target.id: "The pump was off."}, Sizes())
    assert "**1 of 2 (50 %) lie inside their tolerance" in text
    assert f"| `{miss.target.id}` |" in text
    assert "The pump was off." in text
    assert f"| the library has no such drug | 1 | `{idle.target.id}` |" in text


def test_the_same_verdicts_give_the_same_bytes(tmp_path) -> None:
    for name in ("a", "b"):
        write_report(tmp_path / name, packaged(), {}, Sizes())
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["index.md", "predicted-observed.svg", "ratio-by-drug.svg"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
