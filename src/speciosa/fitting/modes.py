"""The most probable random effects of each person, all people at once.

Gauss-Newton steps with Fisher's information, damped after Levenberg and Marquardt, each person with a damping
of their own; after the first turns Newton steps with second derivatives, which need few more. A turn of all
people who are not done is one call of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.fitting.contract import Terms
from speciosa.fitting.prediction import Expansion
from speciosa.fitting.problem import Cases, Problem

FloatArray = npt.NDArray[np.float64]
TURNS, CHEAP_TURNS = 60, 3
DAMPING, FACTOR, MOST = 1e-3, 8.0, 1e9


@dataclass(frozen=True)
class Modes:
    """Where the posterior of each row is highest.

    Parameters
    ----------
    expansion : Expansion
        First order, there.
    height : (rows,) float
        Minus log of density times prior, without constants; infinite where the engine found none.
    is_found : (rows,) bool
        Whether the search ended at a mode.
    """

    expansion: Expansion
    height: FloatArray
    is_found: npt.NDArray[np.bool_]


def find_modes(
    problem: Problem, cases: Cases, guess: FloatArray, spread_at: FloatArray | None = None
) -> Modes:
    """Search from a guess.

    Parameters
    ----------
    problem : Problem
    cases : Cases
    guess : (rows, d) float
        On the parameters' scales; those without random effects are set to their means.
    spread_at : (rows, m) float, optional
        Predictions at which the size of errors is taken (fits without interaction).

    Returns
    -------
    Modes
    """
    predictor, random = problem.predictor, problem.random
    point = cases.mean.copy()
    point[:, random] = guess[:, random]
    now = predictor.expand(point, cases.person)
    # A guess that cannot be solved gives way to the mean.
    if not now.is_good.all():
        bad = ~now.is_good
        now = now.replaced(bad, predictor.expand(cases.mean[bad], cases.person[bad]))
    terms, height = _look(problem, cases, now, spread_at)
    damping = np.full(len(point), DAMPING)
    is_found = np.zeros(len(point), dtype=np.bool_)
    is_left = np.isfinite(height)
    for turn in range(TURNS):
        if not is_left.any() or not len(random):
            break
        rows = np.flatnonzero(is_left)
        step, gain = _step(problem, cases.taken(rows), now.taken(rows), _taken(terms, rows), damping[rows])
        is_done = gain < predictor.noise * 0.1
        is_found[rows[is_done]], is_left[rows[is_done]] = True, False
        rows, step = rows[~is_done], step[~is_done]
        if not len(rows):
            break
        trial = now.point[rows].copy()
        trial[:, random] += step
        at = None if spread_at is None else spread_at[rows]
        other = predictor.expand(trial, cases.person[rows], 1 if turn < CHEAP_TURNS else 2)
        found, level = _look(problem, cases.taken(rows), other, at)
        slack = predictor.noise * (1.0 + np.abs(height[rows]))
        is_better = level <= height[rows] + slack
        chosen = rows[is_better]
        mask = np.zeros(len(point), dtype=np.bool_)
        mask[chosen] = True
        now = now.replaced(mask, other.taken(np.flatnonzero(is_better)))
        height[chosen] = level[is_better]
        for name in ("density", "score", "curvature", "information"):
            getattr(terms, name)[chosen] = getattr(found, name)[is_better]
        damping[rows] *= np.where(is_better, 1.0 / FACTOR**2, FACTOR)
        is_left[rows[damping[rows] > MOST]] = False
    is_found |= np.isfinite(height) & (len(random) == 0)
    return Modes(now, height, is_found)


def expected_curvature(cases: Cases, slope: FloatArray, terms: Terms) -> FloatArray:
    """Second derivative of the height by the random effects, with Fisher's information, (rows, q, q)."""
    return np.asarray(cases.precision + np.einsum("rmi,rm,rmj->rij", slope, terms.information, slope))


def observed_curvature(
    problem: Problem, cases: Cases, bend: FloatArray, slope: FloatArray, terms: Terms
) -> FloatArray:
    """Second derivative of the height by the random effects, in full, (rows, q, q)."""
    matrix = cases.precision + np.einsum("rmi,rm,rmj->rij", slope, terms.curvature, slope)
    part = bend[:, :, problem.random[:, None], problem.random]
    return np.asarray(matrix - np.einsum("rm,rmij->rij", terms.score, part))


def _taken(terms: Terms, rows: npt.NDArray[np.int64]) -> Terms:
    return Terms(terms.density[rows], terms.score[rows], terms.curvature[rows], terms.information[rows])


def _look(
    problem: Problem, cases: Cases, now: Expansion, spread_at: FloatArray | None
) -> tuple[Terms, FloatArray]:
    """Terms, and minus log posterior density."""
    terms = problem.terms(cases, now.value, spread_at)
    eta = now.point[:, problem.random] - cases.mean[:, problem.random]
    height = 0.5 * np.einsum("ri,rij,rj->r", eta, cases.precision, eta) - terms.density.sum(axis=1)
    return terms, np.where(now.is_good & np.isfinite(height), height, np.inf)


def _step(
    problem: Problem, cases: Cases, now: Expansion, terms: Terms, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The next step, and by how much a full one would lower the height if all were quadratic."""
    slope = now.slope[:, :, problem.random]
    eta = now.point[:, problem.random] - cases.mean[:, problem.random]
    down = np.einsum("rmi,rm->ri", slope, terms.score) - np.einsum("rij,rj->ri", cases.precision, eta)
    matrix = expected_curvature(cases, slope, terms)
    if now.bend.any():
        full = observed_curvature(problem, cases, now.bend, slope, terms)
        # Second derivatives help where they curve upward, which they do near a mode.
        is_up = (np.linalg.eigvalsh(full)[:, 0] > 0.0) & now.bend.any(axis=(1, 2, 3))
        matrix = np.where(is_up[:, None, None], full, matrix)
    gain = 0.5 * (down * np.linalg.solve(matrix, down[..., None])[..., 0]).sum(axis=1)
    diagonal = np.arange(matrix.shape[1])
    damped = matrix.copy()
    damped[:, diagonal, diagonal] *= 1.0 + damping[:, None]
    return np.linalg.solve(damped, down[..., None])[..., 0], gain
