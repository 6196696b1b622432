"""Fitting a population: one function for all methods."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from speciosa.errors import UnknownNameError
from speciosa.fitting.fit import Fit
from speciosa.fitting.marginal import METHODS as EXPANSIONS
from speciosa.fitting.marginal import Marginal
from speciosa.fitting.modes import find_modes
from speciosa.fitting.node_search import search_nodes
from speciosa.fitting.nodes import Nodes, Points
from speciosa.fitting.problem import Problem
from speciosa.fitting.search import FitStatus, Progress, search
from speciosa.fitting.uncertainty import Uncertainty, uncertainty

FloatArray = npt.NDArray[np.float64]
METHODS = (*EXPANSIONS, "quadrature", "importance")
TOLERANCE = 5e-3
LIMIT = 200
EACH, DRAWS = 7, 300


def fit(
    problem: Problem,
    method: str = "focei",
    *,
    start: FloatArray | None = None,
    covariance: str | None = "sandwich",
    points: int | None = None,
    seed: int = 1,
    tolerance: float = TOLERANCE,
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> Fit:
    """Fit a population by its marginal likelihood.

    Parameters
    ----------
    problem : Problem
    method : {"fo", "foce", "focei", "laplace", "quadrature", "importance"}
        The first three as NONMEM has them, focei for any observation model (with Fisher's information);
        laplace with full second derivatives; quadrature and importance approach the exact marginal likelihood
        as points grow in number.
    start : (p,) float, optional
        Fitted coordinates on their scales; those of the problem if left out.
    covariance : {"sandwich", "R", "S"}, optional
        Which covariance of the estimates; None for none.
    points : int, optional
        Quadrature: points in each direction (7 if left out). Importance: draws for each person (300).
    seed : int
        Of the draws.
    tolerance : float
        Largest slope left, by coordinates in units of about one standard error; the objective then is about
        half of its square above the minimum.
    limit : int
        Most iterations.
    progress : callable, optional
        Called with a count and the objective.

    Returns
    -------
    Fit
        With a status; nothing is raised for a fit that does not converge (see `Fit.check`).

    Raises
    ------
    FitError
        If the method does not suit the observations.
    UnknownNameError
        For an unknown method.
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    begin = perf_counter()
    theta = problem.start if start is None else np.asarray(start, dtype=np.float64)
    if method in EXPANSIONS:
        found = _by_expansion(problem, method, theta, covariance, tolerance, limit, progress)
    else:
        laid = _points(problem, method, points, seed)
        found = _by_points(problem, method, laid, theta, covariance, tolerance, limit, progress)
        found = replace(found, seed=seed if method == "importance" else None)
    return replace(found, seconds=perf_counter() - begin)


def evaluate(
    problem: Problem,
    method: str = "focei",
    theta: FloatArray | None = None,
    *,
    points: int | None = None,
    seed: int = 1,
) -> FloatArray:
    """What each person adds to the objective at given values, without any search.

    Parameters
    ----------
    problem : Problem
    method : str
        As for `fit`.
    theta : (p,) float, optional
        Fitted coordinates on their scales; the start of the problem if left out.
    points, seed : int, optional
        As for `fit`.

    Returns
    -------
    ndarray, shape (people,)
        Whose sum is the objective; NaN for who cannot be solved.
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    theta = problem.start if theta is None else np.asarray(theta, dtype=np.float64)
    if method in EXPANSIONS:
        return np.asarray(Marginal(problem, method).evaluate(theta, order=1).parts[0])
    return Nodes.laid(problem, theta, _points(problem, method, points, seed)).parts(theta)


def _points(problem: Problem, method: str, count: int | None, seed: int) -> Points:
    q = len(problem.random)
    if method == "quadrature":
        return Points.quadrature(q, EACH if count is None else count)
    draws = DRAWS if count is None else count
    return Points.drawn(q, draws, problem.subjects.size, np.random.default_rng(seed))


def _by_expansion(
    problem: Problem,
    method: str,
    theta: FloatArray,
    covariance: str | None,
    tolerance: float,
    limit: int,
    progress: Progress | None,
) -> Fit:
    marginal = Marginal(problem, method)
    found = search(marginal, theta, tolerance=tolerance, limit=limit, progress=progress)
    center = found.best.center.point
    sure: Uncertainty | None = None

    def gradients(at: FloatArray) -> FloatArray:
        return marginal.gradients(marginal.evaluate(at, marginal.guess(found.best, at)))

    if covariance is not None and found.status is not FitStatus.NOT_FINITE:
        sure = uncertainty(gradients, found.theta, covariance)
    notes = [found.note] if found.note else []
    if method == "fo":
        cases = problem.cases(found.theta)
        center = find_modes(problem, cases, cases.mean).expansion.point
    elif not found.best.is_found.all() and found.status is not FitStatus.NOT_FINITE:
        ids = [problem.subjects.ids[i] for i in np.flatnonzero(~found.best.is_found[0])]
        notes.append(f"The mode of {len(ids)} people was not found to full accuracy: {', '.join(ids[:5])}.")
    return Fit(
        problem, method, found.theta, found.best.parts[0], center, found.status, found.slope,
        found.iterations, found.evaluations, 0.0, sure, tuple(notes),
    )  # fmt: skip


def _by_points(
    problem: Problem,
    method: str,
    points: Points,
    theta: FloatArray,
    covariance: str | None,
    tolerance: float,
    limit: int,
    progress: Progress | None,
) -> Fit:
    found = search_nodes(problem, points, theta, tolerance=tolerance, limit=limit, progress=progress)
    theta = found.nodes.theta
    sure: Uncertainty | None = None
    if covariance is not None and found.status is not FitStatus.NOT_FINITE:
        sure = uncertainty(found.nodes.gradients, theta, covariance)
    notes = []
    if found.status is FitStatus.NOT_FINITE:
        ids = [problem.subjects.ids[i] for i in np.flatnonzero(~np.isfinite(found.parts))]
        notes.append(f"no objective for {len(ids)} of the people: {', '.join(ids[:5])}")
    return Fit(
        problem, method, theta, found.parts, found.nodes.mode, found.status, found.slope,
        found.iterations, found.evaluations, 0.0, sure, tuple(notes),
    )  # fmt: skip
