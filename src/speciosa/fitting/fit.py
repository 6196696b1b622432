"""The result of a population fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speciosa.errors import FitError, UnknownNameError
from speciosa.fitting.classes import ClassCounts, Ordinal
from speciosa.fitting.observations import Measurement
from speciosa.fitting.problem import Problem
from speciosa.fitting.report import Estimate, estimates
from speciosa.fitting.search import ADVICE, FitStatus
from speciosa.fitting.uncertainty import Uncertainty

if TYPE_CHECKING:
    import pandas as pd

    from speciosa.evidence import Source

FloatArray = npt.NDArray[np.float64]
POORLY_CONDITIONED = 1000.0
MUCH_SHRINKAGE = 0.3
METHOD_SOURCES: Mapping[str, tuple[str, ...]] = {
    "fo": ("sheiner1980", "almquist2015", "berndt1974"),
    "foce": ("lindstrom1990", "wang2007", "almquist2015", "berndt1974"),
    "focei": ("lindstrom1990", "wang2007", "almquist2015", "berndt1974"),
    "laplace": ("wang2007", "almquist2015", "berndt1974"),
    "quadrature": ("pinheiro1995",),
    "importance": ("pinheiro1995",),
}


@dataclass(frozen=True)
class Fit:
    """Estimates of a population, how they were found and how sure they are.

    Parameters
    ----------
    problem : Problem
    method : str
    theta : (p,) float
        The fitted coordinates, on their scales.
    parts : (n,) float
        What each person adds to the objective (-2 log likelihood without n log 2 pi).
    modes : (n, d) float
        Most probable parameters of each person, on their scales.
    status : FitStatus
    slope : float
        Largest derivative left, by coordinates in units of about one standard error.
    iterations, evaluations : int
    seconds : float
    uncertainty : Uncertainty or None
        None if it was not asked for.
    notes : tuple of str
    seed : int or None
        Of drawn points.
    """

    problem: Problem
    method: str
    theta: FloatArray
    parts: FloatArray
    modes: FloatArray
    status: FitStatus
    slope: float
    iterations: int
    evaluations: int
    seconds: float
    uncertainty: Uncertainty | None = None
    notes: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def objective(self) -> float:
        """-2 log likelihood without n log(2 pi) of the normal observations."""
        return float(self.parts.sum())

    @property
    def is_converged(self) -> bool:
        """Whether the search ended at a minimum."""
        return self.status is FitStatus.CONVERGED

    @property
    def akaike(self) -> float:
        """Akaike's criterion, on the scale of the objective."""
        return self.objective + 2.0 * len(self.theta)

    @property
    def bayes(self) -> float:
        """The Bayesian information criterion, n the number of observations, on the objective's scale."""
        return self.objective + float(np.log(self.problem.count)) * len(self.theta)

    @cached_property
    def estimates(self) -> tuple[Estimate, ...]:
        """Every quantity in natural units, those that were fixed included."""
        covariance = None if self.uncertainty is None else self.uncertainty.covariance
        return estimates(self.problem, self.theta, covariance)

    def estimate(self, name: str) -> Estimate:
        """One quantity.

        Raises
        ------
        UnknownNameError
            With near misses.
        """
        known = {item.name: item for item in self.estimates}
        if name not in known:
            raise UnknownNameError("estimate", name, known)
        return known[name]

    @property
    def table(self) -> pd.DataFrame:
        """Estimates with units, standard errors and 95 % intervals."""
        rows = [
            {
                "name": item.name,
                "estimate": item.value,
                "unit": item.unit,
                "SE": item.error,
                "RSE %": 100.0 * item.error / abs(item.value) if item.value else np.nan,
                "low": item.low,
                "high": item.high,
                "fixed": item.is_fixed,
            }
            for item in self.estimates
        ]
        import pandas as pd

        return pd.DataFrame(rows).set_index("name")

    @cached_property
    def omega(self) -> FloatArray:
        """Covariance of the random effects."""
        return self.problem.covariance(self.theta)

    @cached_property
    def etas(self) -> FloatArray:
        """Empirical Bayes estimates of the random effects, (n, q)."""
        random = self.problem.random
        mean = self.problem.cases(self.theta).mean
        return np.asarray(self.modes[:, random] - mean[:, random])

    @property
    def individual(self) -> pd.DataFrame:
        """Every person's most probable parameters in natural units, and what they add to the objective."""
        natural = self.problem.predictor.natural(self.modes)
        import pandas as pd

        table = pd.DataFrame(natural, index=list(self.problem.subjects.ids), columns=self.free_names)
        table["objective"] = self.parts
        return table

    @property
    def free_names(self) -> list[str]:
        """Names of the model's parameters that were fitted."""
        return [item.name for item in self.problem.free]

    @property
    def shrinkage(self) -> dict[str, float]:
        """Shrinkage of each random effect: 1 - SD of the estimates over omega (Savic and Karlsson 2009)."""
        size = np.sqrt(np.diagonal(self.omega))
        names = [self.problem.free[index].name for index in self.problem.random]
        share = (
            1.0 - self.etas.std(axis=0, ddof=1) / size if len(self.etas) > 1 else np.full(len(size), np.nan)
        )
        return dict(zip(names, share.tolist(), strict=True))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before using the estimates."""
        found = [f"{self.status.value}: {ADVICE[self.status]}"] if not self.is_converged else []
        found += self.notes
        if self.uncertainty is not None:
            found += [self.uncertainty.note] if self.uncertainty.note else []
            if self.uncertainty.condition > POORLY_CONDITIONED:
                found.append(
                    f"Estimates hang together: the condition number is {self.uncertainty.condition:.3g}."
                )
        found += [
            f"Shrinkage of {name} is {100.0 * share:.0f} %: its individual estimates say more of the"
            " population than of the person."
            for name, share in self.shrinkage.items()
            if share > MUCH_SHRINKAGE
        ]
        return tuple(found)

    def check(self) -> Fit:
        """The fit itself, if it converged.

        Raises
        ------
        FitError
            If it did not.
        """
        if not self.is_converged:
            raise FitError(
                f"the fit ended with {self.status.value}",
                where=f"method {self.method}",
                advice=ADVICE[self.status],
            )
        return self

    def sources(self) -> tuple[Source, ...]:
        """Sources of the method, of the solver, of the model and of the rows behind what was not fitted."""
        from speciosa.evidence import load

        evidence = self.problem.kernel.model.evidence or load()
        model, fitted = self.problem.kernel.model, set(self.free_names)
        keys = [*METHOD_SOURCES[self.method], *self.problem.kernel.sources, *model.methods]
        slots = [item.slot for item in model.parameters if item.slot is not None and item.name not in fitted]
        keys += [slot.row.source_key for slot in slots]
        keys += [
            key for index, item in enumerate(self.problem.measurements) for key in self._seen(index, item)
        ]
        known = load().sources
        return tuple(evidence.sources.get(key) or known[key] for key in dict.fromkeys(keys))

    def _seen(self, index: int, item: Measurement) -> tuple[str, ...]:
        """Sources of how a measurement enters."""
        if isinstance(item.model, Ordinal | ClassCounts):
            return ("mccullagh1980",)
        return ("beal2001",) if self.problem.sheet.codes[index].any() else ()

    @property
    def _head(self) -> list[str]:
        problem = self.problem
        return [
            f"{self.method.upper()} fit of {problem.kernel.model.name or 'a model'}: {problem.subjects.size}"
            f" people, {problem.count} observations",
            f"objective {self.objective:.4f} (-2 log L without n log 2 pi), AIC {self.akaike:.2f},"
            f" BIC {self.bayes:.2f}",
            f"{self.status.value} after {self.iterations} iterations and {self.evaluations} evaluations,"
            f" {self.seconds:.1f} s; steepest slope left {self.slope:.2g}",
        ]

    def __repr__(self) -> str:
        table = self.table.drop(columns="fixed").to_string(float_format=lambda value: f"{value:.5g}")
        lines = [*self._head, "", table]
        share = ", ".join(f"{name} {100.0 * value:.0f} %" for name, value in self.shrinkage.items())
        lines += ["", f"shrinkage: {share}"] if share else []
        lines += [f"! {item}" for item in self.warnings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<p>{escape(line)}</p>" for line in self._head)
        table = self.table.to_html(float_format=lambda value: f"{value:.5g}", border=0)
        marks = "".join(f"<li>{escape(item)}</li>" for item in self.warnings)
        return f"<div>{head}{table}{'<ul>' + marks + '</ul>' if marks else ''}</div>"

    def save(self, folder: Path) -> Path:
        """Write the numbers of the fit into a folder; the problem itself is code and is not written.

        Parameters
        ----------
        folder : Path
            Made if it does not exist.
        """
        from speciosa.fitting.storage import save

        return save(self, folder)

    @classmethod
    def load(cls, folder: Path, problem: Problem) -> Fit:
        """A fit that was saved, for the problem that it was made for.

        Raises
        ------
        FitError
            If the folder holds no fit, or one of another problem.
        """
        from speciosa.fitting.storage import load

        return load(folder, problem)
