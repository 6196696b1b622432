"""From fitted coordinates to quantities in natural units, with standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speciosa.fitting.problem import Problem
from speciosa.fitting.scales import scale_of

FloatArray = npt.NDArray[np.float64]
STEP = 1e-6
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity.

    Parameters
    ----------
    name : str
        ``CL``; ``CL.weight`` for an effect; ``var(CL)``, ``cov(V,CL)`` for random effects;
        ``plasma.additive``.
    value : float
    unit : str
    error : float
        Standard error; NaN where there is none.
    low, high : float
        95 % interval, symmetric on the scale of the fit.
    is_fixed : bool
    """

    name: str
    value: float
    unit: str
    error: float
    low: float
    high: float
    is_fixed: bool


def estimates(problem: Problem, theta: FloatArray, covariance: FloatArray | None) -> tuple[Estimate, ...]:
    """All quantities.

    Parameters
    ----------
    problem : Problem
    theta : (p,) float
    covariance : (p, p) float or None
        Of theta.
    """
    names, units, scales = _labels(problem)
    values = _natural(problem, theta)
    p = len(theta)
    jacobian = np.empty((len(values), p))
    for index in range(p):
        move = np.zeros(p)
        move[index] = STEP * max(1.0, abs(theta[index]))
        ahead, behind = _natural(problem, theta + move), _natural(problem, theta - move)
        jacobian[:, index] = (ahead - behind) / (2.0 * move[index])
    is_fixed: npt.NDArray[np.bool_] = np.asarray(~(np.abs(jacobian) > 0.0).any(axis=1))
    if covariance is None:
        error = np.full(len(values), np.nan)
    else:
        with np.errstate(invalid="ignore"):
            error = np.sqrt(np.einsum("vi,ij,vj->v", jacobian, covariance, jacobian))
    error[is_fixed] = np.nan
    found = []
    for name, value, unit, one, scale, fixed in zip(
        names, values.tolist(), units, error.tolist(), scales, is_fixed.tolist(), strict=True
    ):
        low, high = _interval(value, one, scale)
        found.append(Estimate(name, value, unit, one, low, high, fixed))
    return tuple(found)


def _labels(problem: Problem) -> tuple[list[str], list[str], list[str]]:
    model = problem.kernel.model
    names, units, scales = [], [], []
    for item in problem.free:
        names.append(item.name)
        units.append(model.parameter(item.name).unit)
        scales.append(item.scale)
    for item in problem.free:
        names += [f"{item.name}.{effect.covariate}" for effect in item.effects]
        units += ["" for _ in item.effects]
        scales += ["identity" for _ in item.effects]
    for one, other in _pairs(problem):
        first, second = problem.free[problem.random[one]].name, problem.free[problem.random[other]].name
        names.append(f"var({first})" if one == other else f"cov({first},{second})")
        units.append("")
        scales.append("log" if one == other else "identity")
    for measurement in problem.measurements:
        for own in measurement.model.own:
            names.append(f"{measurement.label}.{own.name}")
            is_plain = own.name in ("proportional", "deviation")
            units.append("" if is_plain else model.output(measurement.output).unit)
            scales.append(own.scale)
    return names, units, scales


def _pairs(problem: Problem) -> list[tuple[int, int]]:
    """Entries of the covariance that are not zero by construction."""
    names = [problem.free[index].name for index in problem.random]
    block_of = {name: index for index, block in enumerate(problem.blocks) for name in block}
    return [
        (one, other)
        for one in range(len(names))
        for other in range(one + 1)
        if one == other or block_of.get(names[one], -1) == block_of.get(names[other], -2)
    ]


def _natural(problem: Problem, theta: FloatArray) -> FloatArray:
    whole = problem.whole(theta)
    groups = [item.group for item in problem.coordinates]
    typical = whole[[group == "typical" for group in groups]]
    found = [float(item.map.natural(np.asarray(u))) for item, u in zip(problem.free, typical, strict=True)]
    found += whole[[group == "effect" for group in groups]].tolist()
    omega = problem.covariance(theta)
    found += [float(omega[one, other]) for one, other in _pairs(problem)]
    found += [float(value) for values in problem.owns(theta) for value in values]
    return np.array(found)


def _interval(value: float, error: float, scale: str) -> tuple[float, float]:
    if not np.isfinite(error):
        return float("nan"), float("nan")
    known = scale_of(scale)
    middle = known.free(np.asarray(value))
    slope = float(known.slope(middle))
    reach = NORMAL_95 * error / slope if slope > 0.0 else float("nan")
    return float(known.natural(middle - reach)), float(known.natural(middle + reach))
