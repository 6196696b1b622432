"""Trials: errors of the first kind and power of whole simulated trials, and what a large one costs.

Run ``python bench/trials.py``; ``--trials 200`` for fewer. Every trial is run whole: people are made,
randomized, followed by the engine, rated with noise and analyzed; nothing is drawn again from a pool.
Power is held against the noncentral t distribution, with mean and spread of many people in both arms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass

import numpy as np
from scipy import stats

from speciosa.trials import Trial, read_protocol, read_protocol_text, trial_seed
from speciosa.trials.plan import Piece

EACH, MANY, SERIES, LIMIT = 30, 6000, 11, 0.05
TEXT = """title = "Two arms"
until = "1 d"
every = "6 h"
history = "morphine 30 mg SC every 6 h for 10 days"

[people]
size = {size}

[randomization]
block = 2

[arms.nothing]
regimen = "nothing"

[arms.other]
regimen = "{other}"

[[visits]]
at = "1 d"
scales = ["COWS"]

[[endpoints]]
name = "COWS"
measure = "score"
scale = "COWS"
at = "1 d"

[[analyses]]
endpoint = "COWS"
method = "difference of means"
"""
EFFECT = "morphine 20 mg SC every 6 h for 1 day"
LARGE = "kratom-against-four"


@dataclass(frozen=True)
class Share:
    """Share of trials that reject, with its standard error."""

    rejected: float
    trials: int

    @property
    def text(self) -> str:
        """In percent."""
        error = (self.rejected * (1.0 - self.rejected) / self.trials) ** 0.5
        return f"{100 * self.rejected:.1f} % (SE {100 * error:.1f}) of {self.trials}"


def ready(other: str, size: int) -> Trial:
    """The trial of two arms."""
    return Trial.of(read_protocol_text(TEXT.format(size=size, other=other), "bench.toml"))


def rejected(other: str, trials: int) -> Share:
    """Share of trials that find a difference at the level of 5 %."""
    trial = ready(other, 2 * EACH)
    values = [trial.run(trial_seed(SERIES, number)).analyses["p"].iloc[0] for number in range(trials)]
    return Share(float(np.mean(np.asarray(values) < LIMIT)), trials)


def analytic(other: str) -> float:
    """Power of Welch's test by the noncentral t distribution."""
    trial = ready(other, MANY)
    people = trial.entrance.enrol(trial_seed(SERIES, MANY)).people
    a, b = (
        trial.road((Piece(arm, 0.0, trial.protocol.until),)).follow(people).ratings["COWS"][:, 0]
        for arm in ("nothing", "other")
    )
    of_a, of_b = a.var(ddof=1) / EACH, b.var(ddof=1) / EACH
    freedom = (of_a + of_b) ** 2 / ((of_a**2 + of_b**2) / (EACH - 1))
    away = (b.mean() - a.mean()) / np.sqrt(of_a + of_b)
    limit = stats.t.ppf(1.0 - LIMIT / 2.0, freedom)
    return float(stats.nct.sf(limit, freedom, away) + stats.nct.cdf(-limit, freedom, away))


def main(trials: int) -> None:
    """Print everything."""
    begin = time.process_time()
    null = rejected("nothing", trials)
    spent = (time.process_time() - begin) / trials
    print(f"null trials that reject: {null.text}; CPU seconds a trial: {spent:.3f}")
    print(f"trials with an effect that reject: {rejected(EFFECT, trials).text}")
    print(f"analytic power: {100 * analytic(EFFECT):.1f} %")
    begin, clock = time.process_time(), time.perf_counter()
    result = Trial.of(read_protocol(LARGE)).run(1, executor="threads")
    ran = time.process_time() - begin
    with tempfile.TemporaryDirectory() as folder:
        result.save(folder)
    cpu, wall = time.process_time() - begin, time.perf_counter() - clock
    print(f"{LARGE}: {result!r}; CPU s {cpu:.1f} ({ran:.1f} without figures and report), wall s {wall:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    main(parser.parse_args().trials)
