"""What every model of observations offers: density and derivatives of what was seen, given the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BELOW, SEEN, ABOVE = -1, 0, 1


@dataclass(frozen=True)
class Own:
    """A parameter of the observation model itself: the size of an error, a threshold.

    Parameters
    ----------
    name : str
    start : float
        Where a fit begins, in natural units.
    scale : str
        Name of the scale it is fitted on.
    """

    name: str
    start: float
    scale: str = "log"


@dataclass(frozen=True)
class Terms:
    """Log density of each observation as a function of its prediction f, with derivatives.

    Parameters
    ----------
    density : ndarray
        log p(y | f).
    score : ndarray
        d log p / df.
    curvature : ndarray
        - d2 log p / df2, of what was observed.
    information : ndarray
        A curvature that is never negative: its expectation over y (Fisher's information).
    """

    density: FloatArray
    score: FloatArray
    curvature: FloatArray
    information: FloatArray


class ObservationModel(Protocol):
    """How observations scatter around the prediction."""

    @property
    def own(self) -> tuple[Own, ...]:
        """Parameters of its own, in order."""
        ...

    @property
    def columns(self) -> int:
        """Numbers that one observation consists of; 0 for a plain one."""
        ...

    @property
    def is_normal(self) -> bool:
        """Whether observations are normal around the prediction, as first-order methods need."""
        ...

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives.

        Parameters
        ----------
        value : (rows, m) or (rows, m, columns) float
        code : (rows, m) int8
            `BELOW` where the value is a limit that the observation fell below, `ABOVE` likewise.
        predicted : (rows, m) float
        own : sequence of (rows, 1) float
            In the order of `own`.
        spread_at : (rows, m) float, optional
            Predictions at which the size of errors is taken instead (fits without interaction).

        Returns
        -------
        Terms
        """
        ...

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """New observations around predictions."""
        ...

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values, in words; empty if nothing is."""
        ...
