"""What a forecast holds: plain numbers that go to JSON and back, with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from speciosa.errors import RecordError, UnknownNameError

FloatArray = npt.NDArray[np.float64]
FORMAT = "speciosa forecast 1"
KINDS = ("population", "personal", "forecast")
"""What people with these doses and covariates score; what this person does by everything observed; and what
follows for this person from what was known up to a moment."""
LEVELS = ("low90", "low50", "median", "high50", "high90")
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Band:
    """Median, 50 % and 90 % band over time.

    Parameters
    ----------
    low90, low50, median, high50, high90 : tuple of float
        5th, 25th, 50th, 75th and 95th percentile, one a time.
    """

    low90: tuple[float, ...]
    low50: tuple[float, ...]
    median: tuple[float, ...]
    high50: tuple[float, ...]
    high90: tuple[float, ...]

    @classmethod
    def of(cls, quantiles: FloatArray) -> Band:
        """From quantiles at `SHARES`, (5, times)."""
        return cls(*(tuple(float(value) for value in row) for row in np.round(quantiles, DIGITS)))


DIGITS = 4
"""Decimals that are kept of scores and signals."""


@dataclass(frozen=True)
class Prediction:
    """One of the three predictions of one scale: what single ratings give.

    Parameters
    ----------
    score : Band
        Of the total that a rating at that time would show, rating noise included.
    expected : tuple of float
        Mean total.
    classes : mapping of str to tuple of float
        Probability of each severity class; empty for a scale without classes.
    """

    score: Band
    expected: tuple[float, ...]
    classes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class VariantForecast:
    """What one variant of the model says.

    Parameters
    ----------
    name, words : str
    scores : mapping of str to mapping of str to Prediction
        By scale, then by kind: population, personal, forecast.
    panels : mapping of str to Band
        MOR signal, breathing margin, dependence and tolerance of this person.
    unknowns : mapping of str to tuple of float
        Gain and floors: 5th, 50th and 95th percentile by what was known.
    log_evidence : float
        Log probability of what was observed up to the moment; NaN where nothing was.
    effective : float
        Effective number of particles.
    """

    name: str
    words: str
    scores: Mapping[str, Mapping[str, Prediction]]
    panels: Mapping[str, Band]
    unknowns: Mapping[str, tuple[float, float, float]]
    log_evidence: float | None
    effective: float


@dataclass(frozen=True)
class Threshold:
    """Lowest total of a severity class.

    Parameters
    ----------
    scale, name : str
    score : float
    """

    scale: str
    name: str
    score: float


@dataclass(frozen=True)
class Point:
    """An observed rating, as a chart shows it.

    Parameters
    ----------
    time : float
    scale : str
    low, high : float
        The total, twice; or the ends of a severity class.
    """

    time: float
    scale: str
    low: float
    high: float


@dataclass(frozen=True)
class Basis:
    """What a forecast rests on.

    Parameters
    ----------
    used, missing : tuple of str
        Inputs that entered, and inputs that would help or were left out.
    assumptions : tuple of str
        What was taken for granted, the doses to come among it.
    method : str
        How the numbers were worked out.
    version, evidence : str
        Of the program, and digest of the evidence tables.
    validated, not_validated : tuple of str
        Where forecasts of this kind were held against observations, and in whom they were not.
    """

    used: tuple[str, ...]
    missing: tuple[str, ...]
    assumptions: tuple[str, ...]
    method: str
    version: str
    evidence: str
    validated: tuple[str, ...]
    not_validated: tuple[str, ...]


@dataclass(frozen=True)
class Forecast:
    """A forecast of one person.

    Parameters
    ----------
    id : str
        Of the record.
    moment : float
        Up to which the data of the third prediction go, h.
    times : tuple of float
        Hours from the start of the record.
    plan : str
        Doses to come, in words.
    variants : tuple of VariantForecast
        The first is the one that a page shows.
    disagreement : str
        What to know where variants part; empty where they agree.
    thresholds : tuple of Threshold
    observed : tuple of Point
    doses : tuple of (time, text)
        Doses that were taken, for ticks on a chart; those to come as well.
    basis : Basis
    seed : int
    is_quick : bool
        Whether this is the first answer, by the most probable values alone.

    Examples
    --------
    >>> from speciosa.forecasting import PersonRecord, forecast
    >>> record = PersonRecord.from_dict(
    ...     {
    ...         "id": "P-017",
    ...         "before": "morphine 30 mg every 6 h for 20 days",
    ...         "observations": [{"time": 20.0, "measure": "COWS", "total": 9}],
    ...     }
    ... )
    >>> found = forecast(record, seed=1, horizon=24.0, variants=("in use",), quick=True)
    >>> Forecast.from_dict(found.to_dict()) == found
    True
    """

    id: str
    moment: float
    times: tuple[float, ...]
    plan: str
    variants: tuple[VariantForecast, ...]
    disagreement: str
    thresholds: tuple[Threshold, ...]
    observed: tuple[Point, ...]
    doses: tuple[tuple[float, str], ...]
    basis: Basis
    seed: int
    is_quick: bool

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales that are forecast, COWS first."""
        return tuple(self.variants[0].scores)

    def prediction(
        self, kind: str = "forecast", scale: str = "COWS", variant: str | None = None
    ) -> Prediction:
        """One of the three predictions.

        Parameters
        ----------
        kind : {"population", "personal", "forecast"}
        scale : str
        variant : str, optional
            The first if left out.

        Raises
        ------
        UnknownNameError
            For a kind, scale or variant that is not here.
        """
        named = {item.name: item for item in self.variants}
        name = variant or self.variants[0].name
        for what, given, known in (("variant", name, named), ("scale", scale, self.variants[0].scores)):
            if given not in known:
                raise UnknownNameError(what, given, known)
        found = named[name].scores[scale]
        if kind not in found:
            raise UnknownNameError("prediction", kind, found)
        return found[kind]

    def to_dict(self) -> dict[str, Any]:
        """The forecast as plain data for JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Forecast:
        """Read what `to_dict` wrote, from JSON as well.

        Raises
        ------
        RecordError
            If the format is another one.
        """
        if table.get("format") != FORMAT:
            raise RecordError(
                f"the format is {table.get('format')!r}", where="forecast", expected=repr(FORMAT)
            )
        return cls(
            table["id"],
            table["moment"],
            tuple(table["times"]),
            table["plan"],
            tuple(_variant(item) for item in table["variants"]),
            table["disagreement"],
            tuple(Threshold(**item) for item in table["thresholds"]),
            tuple(Point(**item) for item in table["observed"]),
            tuple((time, text) for time, text in table["doses"]),
            Basis(**{key: _tupled(value) for key, value in table["basis"].items()}),
            table["seed"],
            table["is_quick"],
        )


def _variant(table: Mapping[str, Any]) -> VariantForecast:
    scores = {
        scale: {kind: _prediction(item) for kind, item in kinds.items()}
        for scale, kinds in table["scores"].items()
    }
    return VariantForecast(
        table["name"],
        table["words"],
        scores,
        {name: _band(item) for name, item in table["panels"].items()},
        {name: tuple(item) for name, item in table["unknowns"].items()},
        table["log_evidence"],
        table["effective"],
    )


def _prediction(table: Mapping[str, Any]) -> Prediction:
    classes = {name: tuple(values) for name, values in table["classes"].items()}
    return Prediction(_band(table["score"]), tuple(table["expected"]), classes)


def _band(table: Mapping[str, Sequence[float]]) -> Band:
    return Band(**{name: tuple(table[name]) for name in LEVELS})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value
