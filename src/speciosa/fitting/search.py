"""Looking for the best values of the fitted coordinates, by expansions (FO, FOCE, FOCEI, Laplace).

SciPy's BFGS from the inverse of Berndt, Hall, Hall and Hausman's (1974) matrix: the sum of the squares of the
people's gradients is close to the curvature, so that the first steps already have the right size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from speciosa.fitting.marginal import Evaluation, Marginal

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, float], None]
FAR = 1e10  # stands for a value that cannot be evaluated
RIDGE = 1e-2


class FitStatus(Enum):
    """How a fit ended."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration limit"
    STALLED = "stalled"
    NOT_FINITE = "not finite"


ADVICE = {
    FitStatus.CONVERGED: "",
    FitStatus.ITERATION_LIMIT: "Allow more iterations, or begin nearer: fit fewer parameters first.",
    FitStatus.STALLED: (
        "The objective could not be lowered any further although its slope is not zero: look for a spread"
        " that goes to zero, for two parameters that do the same, or solve the model more tightly."
    ),
    FitStatus.NOT_FINITE: "The start cannot be evaluated: look at the starting values, and at who is named.",
}


@dataclass(frozen=True)
class Found:
    """Where a search ended.

    Parameters
    ----------
    theta : (p,) float
    status : FitStatus
    slope : float
        Largest derivative of the objective left.
    iterations, evaluations : int
    best : Evaluation
    note : str
        What else there is to say; empty if nothing.
    """

    theta: FloatArray
    status: FitStatus
    slope: float
    iterations: int
    evaluations: int
    best: Evaluation
    note: str = ""


def curvature_guess(gradients: FloatArray) -> FloatArray:
    """A positive matrix like the objective's second derivative, from the people's gradients (n, p)."""
    matrix = 0.5 * gradients.T @ gradients
    size = np.diagonal(matrix)
    return np.asarray(matrix + np.diag(RIDGE * size + RIDGE))


def search(
    marginal: Marginal, start: FloatArray, *, tolerance: float, limit: int, progress: Progress | None = None
) -> Found:
    """Minimize the objective.

    Parameters
    ----------
    marginal : Marginal
    start : (p,) float
    tolerance : float
        Largest derivative of the objective, by coordinates in units of about one standard error, at which the
        search ends.
    limit : int
        Most iterations.
    progress : callable, optional
        Called with the number of evaluations and the objective.
    """
    first = marginal.evaluate(start)
    if not np.isfinite(first.total):
        ids = [marginal.problem.subjects.ids[i] for i in np.flatnonzero(~np.isfinite(first.parts[0]))]
        note = f"no objective for {len(ids)} of the people: {', '.join(ids[:5])}"
        return Found(start, FitStatus.NOT_FINITE, np.nan, 0, 1, first, note)
    gradients = marginal.gradients(first)
    if not len(start):
        return Found(start, FitStatus.CONVERGED, 0.0, 0, 1, first)
    # Coordinates in which the objective curves alike in all directions.
    factor = np.linalg.inv(np.linalg.cholesky(curvature_guess(gradients))).T
    best = {"evaluation": first, "gradient": gradients.sum(axis=0)}
    count = 1

    def objective(moved: FloatArray) -> tuple[float, FloatArray]:
        nonlocal count
        theta = start + factor @ moved
        there = marginal.evaluate(theta, marginal.guess(best["evaluation"], theta))
        count += 1
        if not np.isfinite(there.total):
            return FAR, np.zeros_like(moved)
        slope = marginal.gradients(there).sum(axis=0)
        if not np.isfinite(slope).all():
            return FAR, np.zeros_like(moved)
        if there.total < best["evaluation"].total:
            best.update(evaluation=there, gradient=slope)
        if progress is not None:
            progress(count, there.total)
        return there.total, factor.T @ slope

    from scipy.optimize import minimize

    answer = minimize(
        objective, np.zeros_like(start), jac=True, method="BFGS",
        options={"gtol": tolerance, "maxiter": limit},
    )  # fmt: skip
    left = float(np.abs(factor.T @ best["gradient"]).max())
    status = FitStatus.CONVERGED if left <= 2.0 * tolerance else FitStatus.STALLED
    if answer.status == 1 and status is FitStatus.STALLED:
        status = FitStatus.ITERATION_LIMIT
    theta = best["evaluation"].theta[0]
    return Found(theta, status, left, int(answer.nit), count, best["evaluation"])
