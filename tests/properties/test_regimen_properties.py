"""The grammar under random input."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciosa.drugs import catalog
from speciosa.errors import SpeciosaError
from speciosa.regimens import from_dict, parse, to_dict
from speciosa.regimens.vocabulary import KEYWORDS, LATIN, ROUTES, STRAINS

LIBRARY = catalog()
ITEMS = ("morphine", "methadone", "buprenorphine", "kratom powder")
amounts = st.floats(0.1, 500.0).map(lambda value: f"{value:.4g}")
lengths = st.tuples(st.integers(1, 60), st.sampled_from(("h", "days", "weeks"))).map(
    lambda pair: f"{pair[0]} {pair[1]}"
)
rhythms = st.one_of(
    st.sampled_from(("once a day", "twice a day", "q6h", "tid", "at 8:00 and 20:00")),
    st.integers(1, 48).map(lambda hours: f"every {hours} h"),
)
changes = st.one_of(
    st.just(""),
    st.builds(lambda by, every: f" down by {by} % every {every}", st.integers(1, 60), lengths),
)


@st.composite
def phrases(draw: st.DrawFn) -> str:
    item = draw(st.sampled_from(ITEMS))
    unit = "g" if item == "kratom powder" else "mg"
    return f"{item} {draw(amounts)} {unit} {draw(rhythms)}{draw(changes)} for {draw(lengths)}"


texts = st.lists(phrases(), min_size=1, max_size=3).map(", then ".join)
words = st.sampled_from(
    (*KEYWORDS, *LATIN, *ROUTES, *STRAINS, *ITEMS, "10 mg", "2 g", "3", ";", "(", ":", "-", "%", "8:00")
)


@given(texts)
def test_the_canonical_text_says_the_same(text: str) -> None:
    regimen = parse(text, LIBRARY)
    first, second = regimen.administrations(4000.0), parse(regimen.text, LIBRARY).administrations(4000.0)
    assert [item.time for item in first] == pytest.approx([item.time for item in second])
    assert [item.dose.amount for item in first] == pytest.approx(
        [item.dose.amount for item in second], rel=1e-6
    )


@given(texts)
def test_typed_tables_say_the_same(text: str) -> None:
    regimen = parse(text, LIBRARY)
    assert from_dict(to_dict(regimen), LIBRARY) == regimen


@given(texts, st.floats(0.0, 3000.0))
def test_times_increase_and_stop(text: str, until: float) -> None:
    times = [item.time for item in parse(text, LIBRARY).administrations(until)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert all(0.0 <= time <= until + 1e-6 for time in times)


@given(st.floats(1.0, 500.0), st.integers(1, 20))
def test_a_divided_daily_total_keeps_its_mass(total: float, days: int) -> None:
    regimen = parse(f"morphine {total:.6g} mg/day for {days} days", LIBRARY)
    taken = sum(item.dose.amount for item in regimen.administrations(24.0 * days))
    assert taken == pytest.approx(float(f"{total:.6g}") * days)


@given(st.one_of(st.text(max_size=60), st.lists(words, max_size=12).map(" ".join)))
def test_nothing_but_our_own_errors(text: str) -> None:
    try:
        parse(text, LIBRARY).administrations(100.0)
    except SpeciosaError as fault:
        assert str(fault)
