"""How past forecasts of one person fared: each rating held against what was forecast before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speciosa.fitting import Cloud, tempered
from speciosa.forecasting.forecast import DIGITS, SHARES
from speciosa.forecasting.individual import Individual, Ratings, individual, moments
from speciosa.forecasting.intake import NOTHING, taken
from speciosa.forecasting.making import BODIES
from speciosa.forecasting.predicting import PARTICLES, quantiles_of
from speciosa.forecasting.record import PersonRecord
from speciosa.forecasting.scene import scene
from speciosa.forecasting.variants import NAMES, variants_of
from speciosa.simulation import Setting

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PastForecast:
    """One rating and the forecast made from what was known before it.

    Parameters
    ----------
    time, known_until : float
        Of the rating, and of the last rating before it, h; 0 where there was none.
    scale : str
    low, high : float
        What was observed: the total twice, or the ends of a severity class.
    low90, low50, median, high50, high90 : float
        Of the forecast.
    chance : float
        That it gave to what was observed.
    chance_by_population : float
        That the population's prediction gave.
    """

    time: float
    known_until: float
    scale: str
    low: float
    high: float
    low90: float
    low50: float
    median: float
    high50: float
    high90: float
    chance: float
    chance_by_population: float

    @property
    def is_inside(self) -> bool:
        """Whether what was observed touches the 90 % band."""
        return self.low <= self.high90 and self.high >= self.low90


@dataclass(frozen=True)
class Hindsight:
    """Past forecasts of a person.

    Parameters
    ----------
    variant : str
    past : tuple of PastForecast
        In order of time.
    """

    variant: str
    past: tuple[PastForecast, ...]

    @property
    def inside(self) -> float:
        """Share of ratings that touch their 90 % band; NaN where there are none."""
        return float(np.mean([item.is_inside for item in self.past])) if self.past else float("nan")

    @property
    def log_score(self) -> float:
        """Mean log of the chance given to what was observed."""
        return float(np.mean(np.log([item.chance for item in self.past]))) if self.past else float("nan")

    @property
    def gain(self) -> float:
        """By how much the mean log score is better than that of the population's prediction."""
        if not self.past:
            return float("nan")
        return self.log_score - float(np.mean(np.log([item.chance_by_population for item in self.past])))

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"variant": self.variant, "past": [asdict(item) for item in self.past]}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Hindsight:
        """Read what `to_dict` wrote."""
        return cls(table["variant"], tuple(PastForecast(**item) for item in table["past"]))


def skill(
    record: PersonRecord, *, seed: int, variant: str = NAMES[0], setting: Setting | None = None
) -> Hindsight:
    """Hold every rating of a record against the forecast from the ratings before it.

    Doses are those that the record holds: what is judged is the forecast given what was then taken.

    Parameters
    ----------
    record : PersonRecord
    seed : int
    variant : str
    setting : Setting, optional
        The packaged evidence and library if left out.

    Returns
    -------
    Hindsight

    Raises
    ------
    SpeciosaError
        As `forecast` does.

    Examples
    --------
    >>> from speciosa.forecasting import Observation
    >>> record = PersonRecord(
    ...     "P-017",
    ...     before="morphine 30 mg every 6 h for 20 days",
    ...     observations=tuple(Observation(hour, "COWS", total=9) for hour in (12.0, 20.0, 30.0)),
    ... )
    >>> found = skill(record, seed=1)
    >>> [item.time for item in found.past], found.past[0].known_until
    ([12.0, 20.0, 30.0], 0.0)
    """
    setting = setting or Setting()
    if not record.ratings:
        return Hindsight(variant, ())
    end = max(item.time for item in record.ratings)
    doses = taken(record, NOTHING, end, setting)
    stage = scene(record, doses, setting, variants_of([variant]), bodies=BODIES, seed=seed)
    times = np.unique(np.concatenate([moments(item) for item in record.ratings]))
    (courses,) = stage.courses(times)
    whole = individual(courses, record.ratings, end)
    prior = whole.prior_draws(PARTICLES, np.random.default_rng([seed, 1]))
    even = np.full(PARTICLES, 1.0 / PARTICLES)
    cloud: Cloud[Individual] | None = None
    known_until, past = 0.0, []
    for time in np.unique(whole.when):
        points, weights = (prior, even) if cloud is None else (cloud.points, cloud.weights)
        for group in whole.groups:
            if isinstance(group, Ratings):
                past += [
                    _past(whole, group, int(place), (points, weights), (prior, even), known_until)
                    for place in np.flatnonzero(group.times == time)
                ]
        early = whole.until(float(time))
        cloud = tempered(early, count=PARTICLES, seed=seed) if cloud is None else cloud.updated(early)
        known_until = float(time)
    return Hindsight(variant, tuple(past))


def _past(
    person: Individual,
    group: Ratings,
    place: int,
    known: tuple[FloatArray, FloatArray],
    prior: tuple[FloatArray, FloatArray],
    known_until: float,
) -> PastForecast:
    scale, code = group.model.rating.scale, group.codes[[place]]
    signals = {name: values[:, [place]] for name, values in group.signals.items()}
    chances = []
    for points, weights in (known, prior):
        log = person.log_severity(points, scale, signals)
        chances.append(float(weights @ np.exp(group.model.log_chances(code, log))[:, 0]))
    totals = group.model.mixture(np.exp(person.log_severity(known[0], scale, signals)), known[1])
    band = [round(float(value), DIGITS) for value in quantiles_of(totals, np.array(SHARES))[:, 0]]
    low, high = group.model.ends(int(code[0]))
    return PastForecast(
        float(group.times[place]), known_until, scale.name, float(low), float(high), *band, *chances
    )
