"""Observations in ordered classes: one class of a person, or counts of a table of classes.

With prediction f (a latent severity, or a score), cut points c and a distribution F of what is added to f,

    P(class <= k | f) = F((c_k - f) / scale),

the graded response model of Samejima (1969), with the logistic F the proportional odds model of McCullagh
(1980, doi:10.1111/j.2517-6161.1980.tb01109.x). Noise of the occasion, normal with SD tau, is integrated out
by Gauss-Hermite quadrature; for the normal F it adds to the variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, gammaln, ndtr

from speciosa.errors import FitError
from speciosa.fitting.contract import Own, Terms

FloatArray = npt.NDArray[np.float64]
LINKS = ("logistic", "normal")
POINTS = 15  # of the quadrature over the noise of the occasion
LEAST = 1e-300
SQRT_TWO_PI = float(np.sqrt(2.0 * np.pi))


@dataclass(frozen=True)
class Classes:
    """Probabilities of ordered classes around a prediction.

    Parameters
    ----------
    cuts : tuple of float
        Increasing cut points, in the unit of the output; one fewer than there are classes.
    scale : float
        SD (normal) or scale (logistic) of what is added to the prediction.
    link : {"logistic", "normal"}
    occasion : float, optional
        Starting SD of noise that one occasion has of its own; fitted if given.
    are_cuts_fitted : bool
        Whether cut points are fitted; their first value and the steps between them are the parameters.
    is_scale_fitted : bool

    Raises
    ------
    FitError
        If cut points do not increase, a size is not above zero, or scale and noise of the occasion are both
        fitted where only the sum of their squares counts (normal link).

    Examples
    --------
    >>> mild = Classes(cuts=(5.0, 13.0), scale=2.0, link="normal")
    >>> mild.probabilities(np.array([[4.0]]), []).round(3)
    array([[[0.691, 0.309, 0.   ]]])
    """

    cuts: tuple[float, ...]
    scale: float = 1.0
    link: str = "logistic"
    occasion: float | None = None
    are_cuts_fitted: bool = False
    is_scale_fitted: bool = False

    def __post_init__(self) -> None:
        if not self.cuts or not (np.diff(self.cuts) > 0.0).all() or not np.isfinite(self.cuts).all():
            raise FitError(f"the cut points are {self.cuts}", expected="one or more increasing numbers")
        for name, size in (("scale", self.scale), ("occasion", self.occasion)):
            if size is not None and not size > 0.0:
                raise FitError(f"{name} is {size}", expected="a number above zero")
        if self.link not in LINKS:
            raise FitError(f"the link is {self.link!r}", expected=" or ".join(LINKS))
        if self.link == "normal" and self.occasion is not None and self.is_scale_fitted:
            raise FitError(
                "scale and noise of the occasion are both fitted",
                expected="one of them: with the normal link only the sum of their squares counts",
            )

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.cuts) + 1

    @property
    def own(self) -> tuple[Own, ...]:
        """First cut point and steps, scale, noise of the occasion: those that are fitted."""
        found: list[Own] = []
        if self.are_cuts_fitted:
            steps = np.diff(self.cuts)
            found.append(Own("cut 1", self.cuts[0], "identity"))
            found += [Own(f"step to cut {i + 2}", float(step)) for i, step in enumerate(steps)]
        if self.is_scale_fitted:
            found.append(Own("scale", self.scale))
        if self.occasion is not None:
            found.append(Own("occasion", self.occasion))
        return tuple(found)

    def _parts(self, own: Sequence[FloatArray]) -> tuple[list[FloatArray], FloatArray, FloatArray]:
        """Cut points, scale and noise of the occasion."""
        given = iter(own)
        cuts = [np.asarray(cut) for cut in self.cuts]
        if self.are_cuts_fitted:
            cuts = list(np.cumsum(np.stack([next(given) for _ in self.cuts]), axis=0))
        scale = next(given) if self.is_scale_fitted else np.asarray(self.scale)
        noise = next(given) if self.occasion is not None else np.zeros(1)
        return cuts, scale, noise

    def _curves(self, predicted: FloatArray, own: Sequence[FloatArray]) -> tuple[FloatArray, ...]:
        """Probability of each class, and its first and second derivative by the prediction."""
        cuts, scale, noise = self._parts(own)
        if self.occasion is None:
            return self._at(predicted, cuts, scale)
        if self.link == "normal":
            return self._at(predicted, cuts, np.hypot(scale, noise))
        nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
        total = [np.zeros(1)] * 3
        for node, weight in zip(nodes, weights / SQRT_TWO_PI, strict=True):
            parts = self._at(predicted + node * noise, cuts, scale)
            total = [one + weight * other for one, other in zip(total, parts, strict=True)]
        return tuple(total)

    def _at(
        self, predicted: FloatArray, cuts: Sequence[FloatArray], scale: FloatArray
    ) -> tuple[FloatArray, ...]:
        edges = [(cut - predicted) / scale for cut in cuts]
        curve = _logistic if self.link == "logistic" else _normal
        # Where both edges are large the difference of the upper tails keeps its digits.
        lower, upper = zip(*(curve(edge) for edge in edges), strict=True)
        none = np.zeros_like(predicted)
        below = [none, *(item[0] for item in lower), none + 1.0]
        above = [none + 1.0, *(item[0] for item in upper), none]
        first = [none, *(-item[1] / scale for item in lower), none]
        second = [none, *(item[2] / scale**2 for item in lower), none]
        chances = []
        for k in range(self.count):
            is_high = below[k] > 0.5  # noqa: PLR2004
            chances.append(np.where(is_high, above[k] - above[k + 1], below[k + 1] - below[k]))
        return (
            np.stack(chances, axis=-1),
            np.stack([first[k + 1] - first[k] for k in range(self.count)], axis=-1),
            np.stack([second[k + 1] - second[k] for k in range(self.count)], axis=-1),
        )

    def probabilities(self, predicted: FloatArray, own: Sequence[FloatArray]) -> FloatArray:
        """Probability of each class, in a last axis.

        Parameters
        ----------
        predicted : (rows, m) float
        own : sequence of (rows, 1) float
            In the order of `own`.
        """
        return self._curves(predicted, own)[0]

    def counted(self, counts: FloatArray, predicted: FloatArray, own: Sequence[FloatArray]) -> Terms:
        """Terms of counts of classes, without the multinomial coefficient."""
        chance, first, second = self._curves(predicted, own)
        chance = np.maximum(chance, LEAST)
        ratio = first / chance
        score = (counts * ratio).sum(axis=-1)
        return Terms(
            (counts * np.log(chance)).sum(axis=-1),
            score,
            (counts * (ratio**2 - second / chance)).sum(axis=-1),
            counts.sum(axis=-1) * (ratio * first).sum(axis=-1),
        )


@dataclass(frozen=True)
class Ordinal:
    """One observed class a time and person: 0, 1, 2 ...

    Parameters
    ----------
    classes : Classes
    """

    classes: Classes
    columns = 0
    is_normal = False

    @property
    def own(self) -> tuple[Own, ...]:
        """Those of the classes."""
        return self.classes.own

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives; see `contract.ObservationModel.terms`."""
        counts = (value[..., None] == np.arange(self.classes.count)).astype(np.float64)
        return self.classes.counted(counts, predicted, own)

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """New observations around predictions."""
        edges = np.cumsum(self.classes.probabilities(predicted, own), axis=-1)[..., :-1]
        return np.asarray(
            (generator.random(predicted.shape)[..., None] > edges).sum(axis=-1), dtype=np.float64
        )

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values."""
        is_fine = np.isin(value, np.arange(self.classes.count)).all()
        return "" if is_fine else f"a class is not one of 0 to {self.classes.count - 1}"


@dataclass(frozen=True)
class ClassCounts:
    """Counts of a table of classes: how many of a group are in each class at a time (multinomial).

    Parameters
    ----------
    classes : Classes
    """

    classes: Classes
    is_normal = False

    @property
    def columns(self) -> int:
        """One a class."""
        return self.classes.count

    @property
    def own(self) -> tuple[Own, ...]:
        """Those of the classes."""
        return self.classes.own

    def terms(
        self,
        value: FloatArray,
        code: npt.NDArray[np.int8],
        predicted: FloatArray,
        own: Sequence[FloatArray],
        spread_at: FloatArray | None = None,
    ) -> Terms:
        """Density and derivatives; see `contract.ObservationModel.terms`."""
        found = self.classes.counted(value, predicted, own)
        ways = gammaln(value.sum(axis=-1) + 1.0) - gammaln(value + 1.0).sum(axis=-1)
        return Terms(found.density + ways, found.score, found.curvature, found.information)

    def draw(
        self, predicted: FloatArray, own: Sequence[FloatArray], generator: np.random.Generator
    ) -> FloatArray:
        """Counts cannot be drawn.

        Raises
        ------
        FitError
            Always: the size of each group is not part of the model.
        """
        raise FitError(
            "counts of classes cannot be simulated: the size of each group is not part of the model",
            expected="single observations (Ordinal)",
        )

    def fault(self, value: FloatArray) -> str:
        """What is wrong with observed values."""
        is_fine = (value >= 0.0).all() and (value == np.round(value)).all()
        return "" if is_fine else "a count is not a whole number of zero or more"


def _logistic(z: FloatArray) -> tuple[tuple[FloatArray, FloatArray, FloatArray], tuple[FloatArray]]:
    below, above = expit(z), expit(-z)
    first = below * above
    return (below, first, first * (above - below)), (above,)


def _normal(z: FloatArray) -> tuple[tuple[FloatArray, FloatArray, FloatArray], tuple[FloatArray]]:
    first = np.exp(-0.5 * z**2) / SQRT_TWO_PI
    return (ndtr(z), first, -z * first), (ndtr(-z),)
