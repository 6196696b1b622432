"""What is fitted of a model: parameters with their typical values, spread between people and covariates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.scales import Scale, scale_of

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What a covariate x does to a parameter, on the parameter's scale.

    Parameters
    ----------
    covariate : str
    kind : {"power", "linear"}
        ``b log(x / reference)``, on the log scale the power law ``(x / reference)^b``; or
        ``b (x - reference)``.
    reference : float, optional
        1 for a power and 0 for a linear effect if left out.
    value : float
        b, or where its fit begins.
    is_fixed : bool
    """

    covariate: str
    kind: Literal["power", "linear"] = "power"
    reference: float | None = None
    value: float = 0.0
    is_fixed: bool = False

    def __post_init__(self) -> None:
        if self.kind not in ("power", "linear"):
            raise UnknownNameError("kind of effect", self.kind, ("power", "linear"))
        if self.kind == "power" and self.reference is not None and not self.reference > 0.0:
            raise FitError(
                f"the reference is {self.reference:g}", where=self.covariate, expected="a number above zero"
            )

    def column(self, x: FloatArray) -> FloatArray:
        """The covariate as it enters."""
        if self.kind == "linear":
            return x - (self.reference or 0.0)
        return np.asarray(np.log(x / (1.0 if self.reference is None else self.reference)))


@dataclass(frozen=True)
class Free:
    """A parameter of the model that is fitted.

    For person i, on the parameter's scale: typical value + effects of covariates + eta_i, where eta is normal
    between people with mean 0.

    Parameters
    ----------
    name : str
        Name in the model.
    value : float
        Typical value, or where its fit begins, in the model's unit.
    scale : {"log", "logit", "identity"}
    spread : float, optional
        SD of eta, or where its fit begins; None if people do not differ in it.
    effects : tuple of Effect
    is_fixed : bool
        Whether the typical value is known.
    is_spread_fixed : bool

    Raises
    ------
    FitError
        If a number is not possible on its scale.

    Examples
    --------
    >>> weight = Effect("weight", reference=70.0, value=0.75, is_fixed=True)
    >>> Free("CL", 3.0, spread=0.3, effects=(weight,)).effects[0].column(np.array([70.0, 70.0 * np.e]))
    array([0., 1.])
    """

    name: str
    value: float
    scale: str = "log"
    spread: float | None = None
    effects: tuple[Effect, ...] = ()
    is_fixed: bool = False
    is_spread_fixed: bool = False

    def __post_init__(self) -> None:
        with np.errstate(all="ignore"):
            free = self.map.free(np.asarray(self.value, dtype=np.float64))
        if not np.isfinite(free):
            raise FitError(
                f"the value is {self.value:g}",
                where=self.name,
                expected=f"a number with a finite {self.scale}",
            )
        if self.spread is not None and not (np.isfinite(self.spread) and self.spread > 0.0):
            raise FitError(f"the spread is {self.spread:g}", where=self.name, expected="an SD above zero")

    @property
    def map(self) -> Scale:
        """The scale itself."""
        return scale_of(self.scale)
