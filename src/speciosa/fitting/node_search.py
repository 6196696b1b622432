"""Looking for the best values of the fitted coordinates by weighted points: quadrature or importance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.fitting.nodes import Nodes, Points
from speciosa.fitting.problem import Problem
from speciosa.fitting.search import FAR, FitStatus, Progress, curvature_guess

FloatArray = npt.NDArray[np.float64]
INNER_LIMIT = 50
HALVINGS = 6
SLACK = 2.0  # of the objective
REACH = 2.0  # standard errors that points are trusted for before they are laid anew


@dataclass(frozen=True)
class NodesFound:
    """Where a search ended.

    Parameters
    ----------
    nodes : Nodes
        Laid at the end.
    parts : (n,) float
    status : FitStatus
    slope : float
        Largest derivative of the objective left, by coordinates in units of about one standard error.
    iterations, evaluations : int
        How often points were laid, and how often the objective was worked out.
    """

    nodes: Nodes
    parts: FloatArray
    status: FitStatus
    slope: float
    iterations: int
    evaluations: int


def search_nodes(
    problem: Problem,
    points: Points,
    start: FloatArray,
    *,
    tolerance: float,
    limit: int,
    progress: Progress | None = None,
) -> NodesFound:
    """Minimize the objective: on points that stay, then on points laid anew, until nothing moves.

    Parameters
    ----------
    problem : Problem
    points : Points
    start : (p,) float
    tolerance : float
        As for `search.search`.
    limit : int
        How often points are laid at most.
    progress : callable, optional
        Called with the number of layings and the objective.
    """
    nodes = Nodes.laid(problem, start, points)
    parts = nodes.parts(start)
    if not np.isfinite(parts.sum()):
        return NodesFound(nodes, parts, FitStatus.NOT_FINITE, np.nan, 0, 1)
    if not len(start):
        return NodesFound(nodes, parts, FitStatus.CONVERGED, 0.0, 0, 1)
    evaluations, status, slope = 1, FitStatus.ITERATION_LIMIT, np.inf
    turn = 0
    for turn in range(1, limit + 1):
        gradients = nodes.gradients(nodes.theta)
        factor = np.linalg.inv(np.linalg.cholesky(curvature_guess(gradients))).T
        slope = float(np.abs(factor.T @ gradients.sum(axis=0)).max())
        if progress is not None:
            progress(turn, float(parts.sum()))
        if slope <= 2.0 * tolerance:
            status = FitStatus.CONVERGED
            break
        step, count = _step(nodes, factor, tolerance)
        evaluations += count
        for halving in range(HALVINGS):
            theta = nodes.theta + step * 0.5**halving
            other = Nodes.laid(problem, theta, points, nodes.mode)
            level = other.parts(theta)
            # Points that lie elsewhere have another error, which is no reason to turn back.
            if level.sum() < parts.sum() + SLACK:
                break
        else:
            status = FitStatus.STALLED
            break
        nodes, parts = other, level
    return NodesFound(nodes, parts, status, slope, turn, evaluations)


def _step(nodes: Nodes, factor: FloatArray, tolerance: float) -> tuple[FloatArray, int]:
    """The step to the minimum on the points as they lie, no longer than they can be trusted."""

    def objective(moved: FloatArray) -> tuple[float, FloatArray]:
        theta = nodes.theta + factor @ moved
        total = float(nodes.parts(theta).sum())
        if not np.isfinite(total):
            return FAR, np.zeros_like(moved)
        return total, factor.T @ nodes.gradients(theta).sum(axis=0)

    p = len(nodes.theta)
    from scipy.optimize import minimize

    answer = minimize(
        objective, np.zeros(p), jac=True, method="L-BFGS-B", bounds=[(-REACH, REACH)] * p,
        options={"gtol": tolerance, "maxiter": INNER_LIMIT},
    )  # fmt: skip
    return np.asarray(factor @ answer.x), int(answer.nfev)
