"""People far from typical: every parameter of W2 drawn with a log-normal SD of 1.0."""

from __future__ import annotations

import numpy as np
import pytest
from workloads import models
from workloads.small import W2

from speciosa.engine import compile_model

pytest.importorskip("llvmlite")
PEOPLE, CHECKED = 1_000, (0, 400, 999)
# Errors of a thousand steps add up; far from typical they add up to more than in the workload itself.
CLOSE, FLOOR = 1e-4, 1e-3


def test_nobody_fails_and_answers_are_right() -> None:
    made = models.model(W2)
    typical = np.array([item.value for item in made.parameters])
    deviates = np.random.Generator(np.random.PCG64(20261127)).standard_normal((PEOPLE, len(typical)))
    table = typical * np.exp(1.0 * deviates)
    schedules = models.schedules(W2, PEOPLE)
    found = compile_model(made, target="llvm").run(table, schedules, W2.times)
    assert found.failures == ()
    assert np.isfinite(found.values).all()
    first = W2.times[W2.times <= 72.0]
    oracle = compile_model(made, target="reference")
    right = oracle.run(table[list(CHECKED)], models.schedules(W2, len(CHECKED)), first).values
    error = np.abs(found.values[list(CHECKED), : len(first)] - right)
    size = np.maximum(np.abs(right), FLOOR * np.abs(right).max(axis=1, keepdims=True))
    assert (error / size).max() < CLOSE
