"""The coefficients of Rodas5P meet the conditions of the orders that they claim.

The conditions are those of Hairer and Wanner, Solving Ordinary Differential Equations II, IV.7: over the
stages, a vertex with one branch multiplies by alpha + gamma, one with several branches by alpha.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import prod

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.engine.targets.llvm.rosenbrock import GAMMA, NODES, ORDER, STAGES, A, C, D, H

Tree = tuple["Tree", ...]
FloatArray = npt.NDArray[np.float64]
TOLERANCE = 1e-12


def lower(rows: tuple[tuple[float, ...], ...]) -> FloatArray:
    matrix = np.zeros((STAGES, STAGES))
    for index, row in enumerate(rows):
        matrix[index, : len(row)] = row
    return matrix


def arguments() -> FloatArray:
    """All rows of ``a``, those written as one stage more included."""
    matrix = lower(A)
    for stage in range(len(A), STAGES):
        matrix[stage] = matrix[stage - 1]
        matrix[stage, stage - 1] += 1.0
    return matrix


GAMMAS = np.linalg.inv(np.eye(STAGES) / GAMMA - lower(C))
ALPHA = arguments() @ GAMMAS
BETA = ALPHA + GAMMAS
RESULT = arguments()[-1] + np.eye(STAGES)[-1]


def trees(order: int) -> list[Tree]:
    """Rooted trees with that many vertices."""
    if order == 1:
        return [()]
    smaller = [tree for size in range(1, order) for tree in trees(size)]
    return [
        branches
        for count in range(1, order)
        for branches in combinations_with_replacement(smaller, count)
        if sum(size(branch) for branch in branches) == order - 1
    ]


def size(tree: Tree) -> int:
    return 1 + sum(size(branch) for branch in tree)


def density(tree: Tree) -> int:
    return size(tree) * prod(density(branch) for branch in tree)


def stages(tree: Tree) -> FloatArray:
    if not tree:
        return np.ones(STAGES)
    if len(tree) == 1:
        return np.asarray(BETA @ stages(tree[0]))
    return np.asarray(np.prod([ALPHA @ stages(branch) for branch in tree], axis=0))


def fault(weights: FloatArray, tree: Tree, x: float = 1.0) -> float:
    return float(abs(weights @ GAMMAS @ stages(tree) - x ** size(tree) / density(tree)))


def test_there_are_as_many_trees_as_conditions() -> None:
    assert [len(trees(order)) for order in range(1, 6)] == [1, 1, 2, 4, 9]


@pytest.mark.parametrize("order", range(1, ORDER + 1))
def test_result_has_order_five(order: int) -> None:
    assert max(fault(RESULT, tree) for tree in trees(order)) < TOLERANCE


def test_result_has_no_higher_order() -> None:
    assert max(fault(RESULT, tree) for tree in trees(ORDER + 1)) > 1e-6


@pytest.mark.parametrize("order", range(1, ORDER))
def test_embedded_result_has_order_four(order: int) -> None:
    assert max(fault(arguments()[-1], tree) for tree in trees(order)) < TOLERANCE


def test_embedded_result_differs_in_order_five() -> None:
    assert max(fault(arguments()[-1], tree) for tree in trees(ORDER)) > 1e-6


@pytest.mark.parametrize("x", [0.1, 0.5, 0.83])
@pytest.mark.parametrize("order", range(1, ORDER))
def test_between_the_ends_the_order_is_four(order: int, x: float) -> None:
    first, second, third = np.array(H)
    weights = x * RESULT + x * (1.0 - x) * (first + x * (second + x * third))
    assert max(fault(weights, tree, x) for tree in trees(order)) < TOLERANCE


def test_times_of_stages_are_sums_of_rows() -> None:
    np.testing.assert_allclose(ALPHA.sum(axis=1), NODES, atol=TOLERANCE)
    np.testing.assert_allclose(GAMMAS.sum(axis=1), D, atol=TOLERANCE)


def test_stiffly_accurate() -> None:
    """The result is the last stage, so that what decays infinitely fast is gone after one step."""
    np.testing.assert_allclose(RESULT @ GAMMAS, BETA[-1], atol=TOLERANCE)
