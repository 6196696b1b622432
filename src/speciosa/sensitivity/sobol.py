"""Sobol indices: which share of the variance of a measure is owed to which parameter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from speciosa.errors import ScenarioError
from speciosa.sensitivity.evaluation import Factors, Progress

METHODS = ("saltelli2010", "iwanaga2022")
"""Source keys of the method and of its implementation."""
CONFIDENCE = 0.95
COLUMNS = (
    "measure",
    "parameter",
    "S1",
    "S1 low",
    "S1 high",
    "ST",
    "ST low",
    "ST high",
    "row",
    "kind",
    "seen",
)


def sobol(
    factors: Factors,
    *,
    samples: int = 256,
    seed: int = 1,
    resamples: int = 200,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """First-order and total indices of each parameter, with 95 % confidence intervals by bootstrap.

    The first-order index is the share of the variance that would vanish if the parameter alone were known;
    the total index the share that would remain if all others were. Where the total exceeds the first order,
    the parameter acts together with others.

    Parameters
    ----------
    factors : Factors
        As `factors_of` gives them.
    samples : int
        Base samples, a power of two; ``samples * (parameters + 2)`` settings are simulated.
    seed : int
    resamples : int
        Of the bootstrap.
    progress : callable, optional
        Called with the number of settings done and in all.

    Returns
    -------
    pandas.DataFrame
        One row a measure and parameter, the largest total index first; the attribute ``settings`` is the
        number of simulations, ``spread`` the median and the 5th and 95th percentile of each measure,
        ``units`` the unit of each, ``methods`` the source keys of the method.

    Raises
    ------
    ScenarioError
        If SALib is not installed, `samples` is no power of two, or a measure does not vary.
    """
    try:
        from SALib.analyze.sobol import analyze
        from SALib.sample.sobol import sample
    except ImportError as fault:
        raise ScenarioError(
            "Sobol indices need the package SALib",
            expected="SALib installed",
            advice="Install speciosa[sensitivity], or use the method tornado.",
        ) from fault
    if samples < 2 or samples & (samples - 1):  # noqa: PLR2004
        raise ScenarioError(f"{samples} samples are asked for", expected="a power of two such as 256")
    names = list(factors.names)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    shares = sample(problem, samples, calc_second_order=False, seed=seed)
    found = factors.evaluate(shares, progress)
    parts, spread = [], {}
    for column, measure in enumerate(factors.measures):
        values = found[:, column]
        if not np.ptp(values):
            raise ScenarioError(
                f"{measure.label} is {values[0]:g} whatever the parameters", expected="a measure that varies"
            )
        indices = analyze(
            problem,
            values,
            calc_second_order=False,
            num_resamples=resamples,
            conf_level=CONFIDENCE,
            seed=seed,
        )
        parts.append(_table(factors, measure.label, indices))
        spread[measure.label] = tuple(float(item) for item in np.quantile(values, (0.5, 0.05, 0.95)))
    frame = pd.concat(parts, ignore_index=True)
    units = {measure.label: factors.measure_unit(measure) for measure in factors.measures}
    frame.attrs |= {"settings": len(shares), "spread": spread, "units": units, "methods": METHODS}
    return frame


def _table(factors: Factors, label: str, indices: Any) -> pd.DataFrame:
    rows = []
    for place, name in enumerate(factors.names):
        first, total = float(indices["S1"][place]), float(indices["ST"][place])
        about, around = float(indices["S1_conf"][place]), float(indices["ST_conf"][place])
        row = factors.row(name)
        interval = (first, first - about, first + about, total, total - around, total + around)
        rows.append((label, name, *interval, row.id, row.kind, row.seen))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values("ST", ascending=False, kind="stable", ignore_index=True)
