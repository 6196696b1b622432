"""Scales on which parameters are fitted, so that every value that can be proposed is a possible one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from speciosa.errors import UnknownNameError

FloatArray = npt.NDArray[np.float64]
Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Scale:
    """A one-to-one map between natural values and free ones.

    Parameters
    ----------
    name : str
    free : callable
        From natural to free values.
    natural : callable
        Back.
    slope : callable
        Derivative of the natural value by the free one, as a function of the free one.

    Examples
    --------
    >>> round(float(scale_of("log").natural(np.log(3.0))), 12)
    3.0
    """

    name: str
    free: Function
    natural: Function
    slope: Function


def _logit_slope(value: FloatArray) -> FloatArray:
    share = expit(value)
    return np.asarray(share * (1.0 - share))


SCALES = (
    Scale("log", np.log, np.exp, np.exp),
    Scale("logit", logit, expit, _logit_slope),
    Scale("identity", np.asarray, np.asarray, np.ones_like),
)


def scale_of(name: str) -> Scale:
    """The scale of that name.

    Raises
    ------
    UnknownNameError
        With the names there are.
    """
    for scale in SCALES:
        if scale.name == name:
            return scale
    raise UnknownNameError("scale", name, [scale.name for scale in SCALES])
