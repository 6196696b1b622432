"""Standard errors of a population fit.

With OFV = -2 log L, R is the second derivative of OFV / 2 and S the sum over people of the squares of the
first derivatives of their parts of it. The covariance of the estimates is R^-1 S R^-1 (robust, NONMEM's
default), R^-1, or S^-1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.errors import UnknownNameError
from speciosa.fitting.search import curvature_guess

FloatArray = npt.NDArray[np.float64]
KINDS = ("sandwich", "R", "S")
STEP = 0.03  # of a standard error


@dataclass(frozen=True)
class Uncertainty:
    """Covariance of the fitted coordinates.

    Parameters
    ----------
    covariance : (p, p) float
        NaN where it cannot be given.
    kind : {"sandwich", "R", "S"}
    r, s : (p, p) float
    note : str
        Why there is none, and what to do; empty otherwise.
    """

    covariance: FloatArray
    kind: str
    r: FloatArray
    s: FloatArray
    note: str = ""

    @property
    def condition(self) -> float:
        """Largest over smallest eigenvalue of the correlation of the estimates."""
        if not np.isfinite(self.covariance).all() or not self.covariance.size:
            return float("nan")
        size = np.sqrt(np.diagonal(self.covariance))
        values = np.linalg.eigvalsh(self.covariance / np.outer(size, size))
        return float(values[-1] / values[0])


def uncertainty(
    gradients: Callable[[FloatArray], FloatArray], theta: FloatArray, kind: str = "sandwich"
) -> Uncertainty:
    """Work out the covariance of the estimates.

    Parameters
    ----------
    gradients : callable
        From coordinates (p,) to the derivatives of each person's part of the objective, (n, p).
    theta : (p,) float
        The estimates.
    kind : {"sandwich", "R", "S"}

    Returns
    -------
    Uncertainty

    Raises
    ------
    UnknownNameError
        For an unknown kind.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of covariance", kind, KINDS)
    p = len(theta)
    here = gradients(theta)
    s = 0.25 * here.T @ here
    r = np.full((p, p), np.nan)
    if kind != "S":
        size = STEP * np.sqrt(np.diagonal(np.linalg.inv(0.5 * curvature_guess(here))))
        columns = [
            (gradients(theta + move).sum(axis=0) - gradients(theta - move).sum(axis=0)) / (4.0 * step)
            for move, step in zip(np.diag(size), size, strict=True)
        ]
        r = np.array(columns).reshape(p, p)
        r = 0.5 * (r + r.T)
    matrix = s if kind == "S" else r
    note = _fault(matrix, kind)
    if note:
        return Uncertainty(np.full((p, p), np.nan), kind, r, s, note)
    inverse = np.linalg.inv(matrix)
    covariance = inverse @ s @ inverse if kind == "sandwich" else inverse
    return Uncertainty(covariance, kind, r, s)


def _fault(matrix: FloatArray, kind: str) -> str:
    name = "S" if kind == "S" else "R"
    if not np.isfinite(matrix).all():
        return f"{name} cannot be worked out: the objective is not finite beside the estimates."
    if matrix.size and np.linalg.eigvalsh(matrix)[0] <= 0.0:
        return (
            f"{name} is not positive: the objective is flat in some direction. Fix a parameter that the data"
            " do not tell, or a spread that has gone to zero."
        )
    return ""
