"""The error measure."""

from __future__ import annotations

import numpy as np
import pytest
from workloads.accuracy import accuracy, errors


def table(*values: float) -> np.ndarray:
    """One person, one output."""
    return np.array(values)[None, :, None]


def test_errors_are_relative_above_a_thousandth_of_the_largest_value() -> None:
    right = table(0.0, 100.0, 50.0, 0.01)
    found = table(9.0, 101.0, 49.0, 0.02)
    # The last one is measured against 0.1, and the first time does not count.
    assert errors(found, right)[0, :, 0] == pytest.approx([0.01, 0.02, 0.1])


def test_each_output_of_each_person_has_its_own_largest_value() -> None:
    right = np.concatenate([table(0.0, 1000.0, 0.0), table(0.0, 1.0, 0.0)], axis=2)
    found = right + 1e-3
    assert errors(found, right)[0, 1] == pytest.approx([1e-3, 1.0])


def test_what_is_nothing_throughout_is_right_if_it_is_found_to_be_nothing() -> None:
    nothing = table(0.0, 0.0, 0.0)
    assert (errors(nothing, nothing) == 0.0).all()
    assert accuracy(table(0.0, 1e-9, 0.0), nothing).largest == np.inf


def test_the_summary() -> None:
    right = np.ones((2, 51, 1))
    found = right.copy()
    found[0, 50, 0] = 1.5
    found[1, 1:, 0] = 1.001
    summary = accuracy(found, right)
    assert summary.largest == pytest.approx(0.5)
    # Between the 99th and the 100th of 100 errors, close to the former.
    assert summary.high == pytest.approx(0.001 + 0.01 * 0.499)
    assert summary.median == pytest.approx(0.001)
    assert summary.people == 2


def test_what_is_no_number_is_infinitely_wrong() -> None:
    assert accuracy(table(0.0, np.nan, 1.0), table(0.0, 1.0, 1.0)).largest == np.inf
