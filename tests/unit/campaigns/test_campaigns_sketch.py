"""Sketches: within their accuracy of the exact percentiles, and the same whatever the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speciosa.campaigns import Sketch
from speciosa.errors import ResultError

SHARES = [0.0, 0.05, 0.5, 0.95, 1.0]


def empty(size: int, bits: int) -> Sketch:
    return Sketch.of(np.empty((0, size)), bits)


def same(one: Sketch, two: Sketch) -> bool:
    return np.array_equal(one.keys, two.keys) and np.array_equal(one.counts, two.counts)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(allow_nan=True)),
    st.integers(1, 20),
)
def test_values_are_within_half_a_step(values: np.ndarray, bits: int) -> None:
    sketch = Sketch.of(values, bits)
    assert sketch.n.tolist() == np.isfinite(values).sum(axis=0).tolist()
    for cell, column in enumerate(values.T):
        known = np.sort(column[np.isfinite(column)])
        if not len(known):
            assert np.isnan(sketch.quantiles(SHARES)[:, cell]).all()
            continue
        ranks = np.floor(np.array(SHARES) * (len(known) - 1) + 0.5).astype(int)
        exact, found = known[ranks], sketch.quantiles(SHARES)[:, cell]
        # Below the smallest step the error is that of the step that begins at zero.
        smallest = np.ldexp(1.0, -1022 - bits)
        with np.errstate(over="ignore"):
            assert (np.abs(found - exact) <= np.abs(exact) * 2.0 ** -(bits + 1) + smallest).all()


@given(
    arrays(np.float64, (30, 3), elements=st.floats(-1e6, 1e6)),
    st.permutations(range(4)),
    st.lists(st.integers(0, 30), min_size=3, max_size=3).map(sorted),
)
def test_neither_order_nor_division_matters(values: np.ndarray, order: list[int], cuts: list[int]) -> None:
    whole = Sketch.of(values, 7)
    parts = [Sketch.of(part, 7) for part in np.split(values, cuts)]
    chosen = [parts[place] for place in order]
    assert same(chosen[0].merged(*chosen[1:]), whole)
    assert same(chosen[0].merged(chosen[1]).merged(chosen[2].merged(chosen[3])), whole)


def test_moments_are_those_of_the_values() -> None:
    values = np.random.default_rng(1).lognormal(2.0, 0.6, (20_000, 2)) * np.array([1.0, -1e-9])
    mean, deviation = Sketch.of(values, 12).moments()
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=2e-5)
    np.testing.assert_allclose(deviation, values.std(axis=0, ddof=1), rtol=1e-4)


def test_zero_of_both_signs_is_zero() -> None:
    sketch = Sketch.of(np.array([[0.0], [-0.0]]), 7)
    assert sketch.keys.size == 1
    assert sketch.quantiles([0.5]).tolist() == [[0.0]]


def test_arrays_give_the_sketch_back() -> None:
    sketch = Sketch.of(np.random.default_rng(2).normal(size=(500, 4)), 7)
    assert same(Sketch.from_arrays("a", sketch.arrays("a")), sketch)
    assert same(sketch.merged(empty(4, 7)), sketch)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ResultError, match="a sketch of 2 quantities with 7 bits; expected 1 quantities"):
        empty(1, 7).merged(empty(2, 7))
    with pytest.raises(ResultError, match="a step keeps 0 bits; expected 1 to 20"):
        empty(1, 0)
