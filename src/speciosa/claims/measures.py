"""What an experiment reads from a result: one number a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from speciosa.evidence import Evidence
from speciosa.results import Result

FloatArray = npt.NDArray[np.float64]
DAY = 24.0
WEEK = 7 * DAY
Reader = Callable[[Result, Evidence], FloatArray]


def _values(result: Result, output: str, begin: float, end: float) -> FloatArray:
    """Values of an output from a time on, until another one."""
    time = result.time
    return np.asarray(result.output(output).values[:, (time >= begin) & (time <= end)], dtype=np.float64)


def _doses(result: Result) -> list[float]:
    return [dose.time for dose in result.description.doses if dose.time >= 0.0]


def _last_dose(result: Result) -> float:
    return max(_doses(result))


def _peak(output: str, begin: float = 0.0, end: float = np.inf) -> Reader:
    return lambda result, _: _values(result, output, begin, end).max(axis=1)


def _mean(output: str, end: float) -> Reader:
    return lambda result, _: _values(result, output, 0.0, end).mean(axis=1)


def _while_dosed(result: Result, _: Evidence) -> FloatArray:
    return np.asarray(_values(result, "signal.MOR", 0.0, _last_dose(result)).mean(axis=1))


def _at_last_dose(output: str) -> Reader:
    return lambda result, _: _values(result, output, _last_dose(result), np.inf)[:, 0]


def _after_last_dose(result: Result, _: Evidence) -> FloatArray:
    return np.asarray(_values(result, "COWS", _last_dose(result) + DAY, np.inf).max(axis=1))


def _share(drug: str) -> Reader:
    """Share of the signal that a drug carries when the signal is highest."""

    def read(result: Result, _: Evidence) -> FloatArray:
        at = np.asarray(result.output("signal.MOR").values).argmax(axis=1)
        shares = np.asarray(result.output(f"share.MOR.{drug}").values)
        return np.asarray(shares[np.arange(len(at)), at])

    return read


def _over_ki(result: Result, evidence: Evidence) -> FloatArray:
    """Highest unbound plasma concentration of mitragynine over the Ki of the assay."""
    peak = np.asarray(result.output("plasma.mitragynine").values).max(axis=1)
    unbound = peak * evidence.slot("mitragynine.fu").value("")
    return np.asarray(unbound / evidence.slot("mitragynine.Ki.MOR").value("nmol/L"))


def _cmax(drug: str) -> Reader:
    """Cmax, ng/mL."""

    def read(result: Result, evidence: Evidence) -> FloatArray:
        molar_mass = evidence.slot(f"{drug}.molar_mass").value("g/mol")
        return np.asarray(result.output(f"plasma.{drug}").values.max(axis=1) * molar_mass / 1000.0)

    return read


@dataclass(frozen=True)
class Measure:
    """One number a person.

    Parameters
    ----------
    read : callable
        From a result to (n,) values.
    unit : str
    output : str
        Without which an arm has no such number.
    needs_doses : bool
        Whether an arm without doses has none.
    """

    read: Reader
    unit: str
    output: str
    needs_doses: bool = False

    def applies(self, result: Result) -> bool:
        """Whether a result has this number."""
        return self.output in result.data and bool(_doses(result) or not self.needs_doses)


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "peak COWS, first two weeks": Measure(_peak("COWS", 0.0, 2 * WEEK), "points", "COWS"),
        "mean COWS, first week": Measure(_mean("COWS", WEEK), "points", "COWS"),
        "peak COWS after the last dose": Measure(_after_last_dose, "points", "COWS", needs_doses=True),
        "mean MOR signal while dosed": Measure(_while_dosed, "", "signal.MOR", needs_doses=True),
        "peak MOR signal": Measure(_peak("signal.MOR"), "", "signal.MOR"),
        "peak MOR signal, first day": Measure(_peak("signal.MOR", 0.0, DAY), "", "signal.MOR"),
        "dependence at the last dose": Measure(
            _at_last_dose("dependence"), "", "dependence", needs_doses=True
        ),
        "tolerance at the last dose": Measure(_at_last_dose("tolerance"), "", "tolerance", needs_doses=True),
        "share of mitragynine at the peak": Measure(_share("mitragynine"), "", "share.MOR.mitragynine"),
        "share of 7-hydroxymitragynine at the peak": Measure(
            _share("7-hydroxymitragynine"), "", "share.MOR.7-hydroxymitragynine"
        ),
        "unbound plasma mitragynine over Ki": Measure(_over_ki, "", "plasma.mitragynine"),
        "Cmax of mitragynine": Measure(_cmax("mitragynine"), "ng/mL", "plasma.mitragynine"),
        "Cmax of 7-hydroxymitragynine": Measure(
            _cmax("7-hydroxymitragynine"), "ng/mL", "plasma.7-hydroxymitragynine"
        ),
    }
)
"""What experiments can read, by name."""
