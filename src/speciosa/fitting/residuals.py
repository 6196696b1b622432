"""Predictions and residuals of a fit, as pharmacometricians read them.

PRED is the prediction at eta = 0, IPRED at each person's mode. IWRES is ``(y - IPRED) / sd``; WRES and CWRES
are all errors of a person, decorrelated by the model's covariance linearized at eta = 0 and at the modes
(Hooker, Staatz and Karlsson 2007). NPDE compares decorrelated observations with simulated ones (Brendel et
al. 2006; Comets, Brendel and Mentre 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from speciosa.errors import FitError
from speciosa.fitting.contract import SEEN
from speciosa.fitting.fit import Fit
from speciosa.fitting.marginal import normal_parts
from speciosa.fitting.normal import Normal
from speciosa.fitting.simulated import simulated

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]


def residuals(fit: Fit, *, replicates: int = 0, seed: int = 1) -> pd.DataFrame:
    """One row an observation.

    Parameters
    ----------
    fit : Fit
    replicates : int
        Simulated data sets for NPDE; none, and no column NPDE, if zero.
    seed : int
        Of the simulation.

    Returns
    -------
    pandas.DataFrame
        Columns ID, TIME, DV, output, PRED, IPRED and, for normal observations that were seen, IWRES, WRES,
        CWRES and NPDE.

    Raises
    ------
    FitError
        If a measurement has several numbers an observation.
    """
    problem = fit.problem
    _check(fit)
    cases = problem.cases(fit.theta)
    predictor, random = problem.predictor, problem.random
    origin = predictor.expand(cases.mean, cases.person)
    mode = predictor.expand(fit.modes, cases.person)
    value = np.concatenate(problem.sheet.values, axis=1)
    code = np.concatenate(problem.sheet.codes, axis=1)
    models = [item.model for item in problem.measurements]
    is_normal = np.array([isinstance(models[k], Normal) for k in problem.sheet.output])
    is_used = problem.sheet.is_seen & is_normal & (code == SEEN)
    variance, error = normal_parts(problem, cases, mode.value)
    with np.errstate(invalid="ignore"):
        individual = np.where(is_used, error / np.sqrt(variance), np.nan)
    at_mode = mode.value - np.einsum("nmi,ni->nm", mode.slope[:, :, random], fit.etas)
    columns = {
        "PRED": origin.value,
        "IPRED": mode.value,
        "IWRES": individual,
        "WRES": _whitened(value - origin.value, origin.slope[:, :, random], fit.omega,
                          normal_parts(problem, cases, origin.value)[0], is_used),
        "CWRES": _whitened(value - at_mode, mode.slope[:, :, random], fit.omega, variance, is_used),
    }  # fmt: skip
    if replicates:
        columns["NPDE"] = _npde(value, simulated(fit, replicates, seed), is_used)
    rows, places = np.nonzero(problem.sheet.is_seen)
    labels = np.array([item.label for item in problem.measurements])
    table = {
        "ID": np.array(problem.subjects.ids)[rows],
        "TIME": problem.sheet.times[rows, problem.sheet.place[rows, places]],
        "DV": value[rows, places],
        "output": labels[problem.sheet.output[places]],
    }
    table |= {name: column[rows, places] for name, column in columns.items()}
    import pandas as pd

    return pd.DataFrame(table)


def _check(fit: Fit) -> None:
    for item in fit.problem.measurements:
        if item.model.columns:
            raise FitError(
                "residuals are of single observations", where=f"measurement of {item.label}",
                expected="one number an observation",
            )  # fmt: skip


def _whitened(
    error: FloatArray,
    slope: FloatArray,
    omega: FloatArray,
    variance: FloatArray,
    is_used: npt.NDArray[np.bool_],
) -> FloatArray:
    """Errors of each person, decorrelated by the inverse symmetric root of their covariance."""
    found = np.full(error.shape, np.nan)
    for person in range(len(error)):
        which = np.flatnonzero(is_used[person])
        steep = slope[person, which]
        matrix = steep @ omega @ steep.T + np.diag(variance[person, which])
        if which.size and np.isfinite(matrix).all():
            values, vectors = np.linalg.eigh(matrix)
            root = (vectors / np.sqrt(np.maximum(values, np.finfo(float).tiny))) @ vectors.T
            found[person, which] = root @ error[person, which]
    return found


def _npde(value: FloatArray, draws: FloatArray, is_used: npt.NDArray[np.bool_]) -> FloatArray:
    """Normalized ranks of decorrelated observations among decorrelated draws (replicates, n, m)."""
    found = np.full(value.shape, np.nan)
    count = len(draws)
    for person in range(len(value)):
        which = np.flatnonzero(is_used[person])
        mine = draws[:, person, which]
        mine = mine[np.isfinite(mine).all(axis=1)]
        if not which.size or len(mine) <= len(which):
            continue
        middle = mine.mean(axis=0)
        factor = np.linalg.cholesky(np.atleast_2d(np.cov(mine, rowvar=False)))
        seen = np.linalg.solve(factor, value[person, which] - middle)
        others = np.linalg.solve(factor, (mine - middle).T)
        share = (others < seen[:, None]).mean(axis=1)
        found[person, which] = ndtri(np.clip(share, 0.5 / count, 1.0 - 0.5 / count))
    return found
