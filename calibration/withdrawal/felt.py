"""Floor and noise of self-ratings in people who stay on buprenorphine, taken as free of withdrawal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from withdrawal.curves import Curves, place
from withdrawal.records import Episode

FloatArray = npt.NDArray[np.float64]
ARM, WEEKS, DAY_OF_DOSE, NODES, STEP = "Outpatient BUP", (28, 168), 7, 15, 1e-2
START = (0.3, 0.8, 0.5)


def fit(episodes: Sequence[Episode], curves: Curves) -> tuple[FloatArray, FloatArray, int, int]:
    """Median floor, its spread and the noise of a rating; standard errors; numbers of ratings and people."""
    rows = []
    for number, item in enumerate(episodes):
        if item.arm.endswith("BUP"):
            taken = np.array([day for day, amount in item.doses.items() if amount > 1.0])
            for day, level in zip(item.days, item.classes, strict=True):
                near = taken[(taken <= day) & (taken > day - DAY_OF_DOSE)]
                if WEEKS[0] <= day <= WEEKS[1] and near.size:
                    rows.append((number, level))
    person, classes = np.array(rows).T
    first = np.flatnonzero(np.r_[True, np.diff(person) != 0])
    at, weight = np.polynomial.hermite_e.hermegauss(NODES)
    weight = np.log(weight / weight.sum())

    def cost(point: FloatArray) -> float:
        floor, spread, noise = np.exp(point)
        table, _ = curves.logs(float(noise))
        cell, rest = place(np.log(floor) + spread * at)
        by_class = table[:, cell] * (1.0 - rest) + table[:, cell + 1] * rest
        summed = np.add.reduceat(by_class[classes], first, axis=0) + weight
        return -float(logsumexp(summed, axis=1).sum())

    best = minimize(cost, np.log(START), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7}).x
    steps = STEP * np.eye(len(best))
    curvature = np.array(
        [
            [
                (cost(best + a + b) - cost(best + a - b) - cost(best - a + b) + cost(best - a - b))
                / (4.0 * STEP**2)
                for b in steps
            ]
            for a in steps
        ]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
    return np.exp(best), np.exp(best) * errors, len(classes), len(first)
