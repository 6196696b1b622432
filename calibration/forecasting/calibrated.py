"""Whether posteriors of single persons are calibrated: truths from the prior, ranked in their posteriors.

Persons are drawn from the prior of each variant and rated by the model at the times of a record; the rank of
each truth in its posterior must be uniform (Talts et al. 2018). Printed are chi-square tests, and how often
the next rating fell into the 90 % band of the forecast.
Run in the folder calibration: ``python -m forecasting.calibrated [replicates]``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from speciosa.body.scales import COWS
from speciosa.fitting import tempered
from speciosa.forecasting.individual import BODY, Individual, Ratings, individual
from speciosa.forecasting.intake import CONTINUE, taken
from speciosa.forecasting.record import UNKNOWN_OPIOIDS, Intake, Observation, PersonRecord
from speciosa.forecasting.scene import scene
from speciosa.forecasting.variants import VARIANTS
from speciosa.regimens import Dose
from speciosa.simulation import DAY, Setting

FloatArray = npt.NDArray[np.float64]
BINS, DAYS, BODIES, PARTICLES = 20, 12, 16, 400
LOW, HIGH = 0.05, 0.95


def record_of(days: int = DAYS) -> PersonRecord:
    """A taper of buprenorphine, rated once a day; the last rating is the one to forecast."""
    doses = tuple(
        Intake(DAY * day, Dose("buprenorphine", max(0.5, 8.0 - 0.7 * day), "mg", "sublingual"))
        for day in range(days)
    )
    seen = tuple(Observation(DAY * day + 20.0, "COWS", total=0) for day in range(days))
    return PersonRecord("simulated", doses, seen, before=UNKNOWN_OPIOIDS)


def people(bodies: int = BODIES, days: int = DAYS) -> tuple[Individual, ...]:
    """The posterior of each variant, with ratings to be replaced."""
    record, setting = record_of(days), Setting()
    doses = taken(record, CONTINUE, record.moment, setting)
    stage = scene(record, doses, setting, VARIANTS, bodies=bodies, seed=1)
    times = np.array([item.time for item in record.ratings])
    return tuple(individual(courses, record.ratings, record.moment) for courses in stage.courses(times))


@dataclass(frozen=True)
class Ranks:
    """Ranks of truths, and of ratings in their forecasts.

    Parameters
    ----------
    names : tuple of str
    truths : (replicates, d) float
        Shares of the posterior below the truth.
    inside : (replicates,) float
        How much of the rating that was forecast lies between the 5th and the 95th percentile.
    """

    names: tuple[str, ...]
    truths: FloatArray
    inside: FloatArray

    def p_values(self, bins: int = BINS) -> dict[str, float]:
        """Of chi-square tests of uniformity."""
        counts = [np.histogram(column, bins, (0.0, 1.0))[0] for column in self.truths.T]
        return {
            name: float(stats.chisquare(count).pvalue) for name, count in zip(self.names, counts, strict=True)
        }


def ranks(person: Individual, replicates: int, seed: int = 1, count: int = PARTICLES) -> Ranks:
    """Draw persons, rate them, and rank the truth.

    Parameters
    ----------
    person : Individual
        With one group of ratings; the last of them is forecast.
    replicates, seed : int
    count : int
        Particles.
    """
    generator = np.random.default_rng(seed)
    (group,) = person.groups
    assert isinstance(group, Ratings)
    truths, inside = np.empty((replicates, person.size)), np.empty(replicates)
    for place in range(replicates):
        truth = person.prior_draws(1, generator)
        severity = np.exp(person.log_severity(truth, COWS, group.signals))
        codes = group.model.draw(severity, (), generator)[0].astype(np.int64)
        whole = replace(person, groups=(replace(group, codes=codes),))
        cloud = tempered(whole.until(float(group.times[-2])), count=count, seed=seed + place)
        level = np.exp(person.log_severity(cloud.points, COWS, group.signals)[:, -1:])
        edges = np.concatenate([[0.0], np.cumsum(group.model.mixture(level, cloud.weights)[0])])
        below, above = edges[codes[-1]], edges[codes[-1] + 1]
        inside[place] = max(0.0, min(above, HIGH) - max(below, LOW)) / (above - below)
        # Ties, which only the ranked bodies have, are broken by chance.
        tied = 0.5 * np.isclose(cloud.points, truth)
        truths[place] = cloud.weights @ ((cloud.points < truth) * (1.0 - tied) + tied)
    return Ranks(person.names, truths, inside)


if __name__ == "__main__":
    number, begin = int(sys.argv[1]) if len(sys.argv) > 1 else 1000, time.process_time()
    print(f"{number} persons a variant, {DAYS} ratings each, {BINS} bins\n")
    print("| variant | unknown | p of uniform ranks | SD of ranks (0.289) | next rating in the 90 % band |")
    print("|---|---|---|---|---|")
    for variant, posterior in zip(VARIANTS, people(), strict=True):
        result = ranks(posterior, number)
        for column, (unknown, chance) in enumerate(result.p_values().items()):
            spread = result.truths[:, column].std()
            share = f"{result.inside.mean():.3f}" if unknown != BODY else ""
            print(f"| {variant.name} | {unknown} | {chance:.3f} | {spread:.3f} | {share} |")
    print(f"\n{time.process_time() - begin:.0f} s of processor time")
