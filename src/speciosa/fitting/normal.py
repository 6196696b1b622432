"""Continuous observations: normal around the prediction or its logarithm, seen or beyond a limit.

With prediction f, variance ``R(f) = additive^2 + (proportional f)^2``. A value below a limit L counts with
its probability ``Phi((L - f) / sqrt R)``, method M3 of Beal (2001, doi:10.1023/A:1012299115260).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from speciosa.errors import FitError
from speciosa.fitting.contract import SEEN, Own, Terms

FloatArray = npt.NDArray[np.float64]
LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Normal:
    """Normal errors whose size may grow with the prediction.

    Parameters
    ----------
    additive : float, optional
        Starting SD of the part that does not depend on the prediction, in the unit of the output.
    proportional : float, optional
        Starting SD of the part that is a share of the prediction. Both together are the combined model.

    Raises
    ------
    FitError
        If neither is given, or one is not above zero.

    Examples
    --------
    >>> [item.name for item in Normal(additive=0.5, proportional=0.1).own]
    ['additive', 'proportional']
    """

    additive: float | None = None
    proportional: float | None = None

    def __post_init__(self) -> None:
        given = [item for item in (self.additive, self.proportional) if item is not None]
        if not given or not all(np.isfinite(item) and item > 0.0 for item in given):
            raise FitError(
                f"a normal error has additive {self.additive} and proportional {self.proportional}",
                expected="one or both, above zero",
            )

    @property
    def own(self) -> tuple[Own, ...]:
        """The SDs in use."""
        pairs = (("additive", self.additive), ("proportional", self.proportional))
        return tuple(Own(name, start) for name, start in pairs if start is not None)

    columns = 0
    is_normal = True

    def variance(
        self, predicted: FloatArray, own: Sequence[FloatArray]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Variance, and its first and second derivative by the prediction."""
        given = iter(own)
        fixed = next(given) ** 2 if self.additive is not None else np.zeros(1)
        share = next(given) ** 2 if self.proportional is not None else np.zeros(1)
        shape = np.broadcast_shapes(predicted.shape, fixed.shape, share.shape)
        variance = fixed + share * predicted**2
        return variance, 2.0 * share * predicted, np.broadcast_to(2.0 * share, shape)

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives; see `contract.ObservationModel.terms`."""
        size, first, second = self.variance(predicted if spread_at is None else spread_at, own)
        if spread_at is not None:
            first, second = np.zeros_like(first), np.zeros_like(second)
        error = value - predicted
        part = error**2 / size**2 - 1.0 / size
        seen = Terms(
            -0.5 * (LOG_TWO_PI + np.log(size) + error**2 / size),
            error / size + 0.5 * first * part,
            1.0 / size
            + 2.0 * error * first / size**2
            - 0.5 * second * part
            + (error**2 / size**3 - 0.5 / size**2) * first**2,
            1.0 / size + 0.5 * (first / size) ** 2,
        )
        if not code.any():
            return seen
        deviation = np.sqrt(size)
        slope = 0.5 * first / deviation
        bend = 0.5 * second / deviation - 0.25 * first**2 / deviation**3
        z = error / deviation
        z1 = (-1.0 - z * slope) / deviation
        z2 = (-2.0 * z1 * slope - z * bend) / deviation
        return _with_limits(seen, code, (z, z1, z2))

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """New observations around predictions."""
        deviation = np.sqrt(self.variance(predicted, own)[0])
        return np.asarray(predicted + deviation * generator.standard_normal(predicted.shape))

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values."""
        return "" if np.isfinite(value).all() else "a value is no finite number"


@dataclass(frozen=True)
class LogNormal:
    """Errors that are normal on the logarithm: ``log y = log f + e``. Densities are those of y itself.

    Parameters
    ----------
    deviation : float
        Starting SD of the logarithm.

    Raises
    ------
    FitError
        If it is not above zero.
    """

    deviation: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.deviation) and self.deviation > 0.0):
            raise FitError(f"the SD of the logarithm is {self.deviation}", expected="a number above zero")

    @property
    def own(self) -> tuple[Own, ...]:
        """The SD."""
        return (Own("deviation", self.deviation),)

    columns = 0
    is_normal = False

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives; see `contract.ObservationModel.terms`."""
        deviation = own[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.log(value) - np.log(predicted)) / deviation
            weight = 1.0 / (deviation * predicted)
            seen = Terms(
                -np.log(value) - np.log(deviation) - 0.5 * (LOG_TWO_PI + z**2),
                z * weight,
                weight**2 * (1.0 + z * deviation),
                weight**2,
            )
            return _with_limits(seen, code, (z, -weight, weight / predicted)) if code.any() else seen

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """New observations around predictions."""
        return np.asarray(predicted * np.exp(own[0] * generator.standard_normal(predicted.shape)))

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values."""
        return "" if (np.isfinite(value) & (value > 0.0)).all() else "a value is not above zero"


def _with_limits(
    seen: Terms, code: npt.NDArray[np.int8], z: tuple[FloatArray, FloatArray, FloatArray]
) -> Terms:
    """Terms with those replaced that lie beyond a limit; z and its derivatives are of limit against f."""
    sign = -code.astype(np.float64)  # below a limit the probability is Phi(z), above it Phi(-z)
    place, first, second = (np.where(code == SEEN, 0.0, sign * item) for item in z)
    density = log_ndtr(place)
    ratio = np.exp(-0.5 * (LOG_TWO_PI + place**2) - density)
    bend = ratio * (ratio + place)
    beyond = (density, ratio * first, bend * first**2 - ratio * second, bend * first**2)
    parts = (seen.density, seen.score, seen.curvature, seen.information)
    return Terms(*(np.where(code == SEEN, one, other) for one, other in zip(parts, beyond, strict=True)))
