"""Analyses of endpoints, by libraries of statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd

from speciosa.errors import TrialError
from speciosa.trials.endpoints import EVENT, UNITS
from speciosa.trials.protocol import Analysis, Protocol
from speciosa.trials.timing import DAY

COLUMNS = ("endpoint", "method", "comparison", "estimate", "low", "high", "p", "n", "unit", "note")
TINY = 1e-9
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Data:
    """What is analyzed.

    Parameters
    ----------
    protocol : Protocol
    endpoints : pandas.DataFrame
        Persons by endpoints, with the columns arm, and in other designs period, sequence, weight.
    ratings : pandas.DataFrame
        Long: person, arm, scale, day, value.
    """

    protocol: Protocol
    endpoints: pd.DataFrame
    ratings: pd.DataFrame


def analyzed(data: Data) -> pd.DataFrame:
    """All analyses of a protocol.

    Parameters
    ----------
    data : Data

    Returns
    -------
    pandas.DataFrame
        One row a comparison: endpoint, method, comparison, estimate with its interval, p, number of people,
        unit and note. Where an analysis cannot be made (nobody was observed, a model did not converge), the
        numbers are NaN and the note says why.
    """
    rows: Rows = []
    for item in data.protocol.analyses:
        found = METHODS[item.method](item, data)
        rows += [{"endpoint": item.endpoint, "method": item.method, **row} for row in found]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(("estimate", "low", "high", "p"), np.float64))


def library(name: str) -> Any:
    """A module of the extra ``trials``.

    Raises
    ------
    TrialError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        package = name.split(".", maxsplit=1)[0]
        raise TrialError(
            f"analyses need the package {package}, which is not installed",
            expected="the extra 'trials'",
            advice="Install it with: pip install 'speciosa[trials]'",
        ) from error


def _pairs(item: Analysis, data: Data) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Each arm with the one that it is compared with, those observed."""
    names = list(data.protocol.arms)
    reference = item.against or names[0]
    table = data.endpoints.dropna(subset=[item.endpoint])
    other = table[table["arm"] == reference]
    return [
        (f"{name} - {reference}", table[table["arm"] == name], other) for name in names if name != reference
    ]


def _row(
    comparison: str, estimate: float, low: float, high: float, p: float, n: int, unit: str, note: str = ""
) -> dict[str, Any]:
    numbers = {"estimate": estimate, "low": low, "high": high, "p": p}
    return {"comparison": comparison, **numbers, "n": n, "unit": unit, "note": note}


def _unknown(comparison: str, n: int, unit: str, why: str) -> dict[str, Any]:
    return _row(comparison, np.nan, np.nan, np.nan, np.nan, n, unit, why)


def _difference(item: Analysis, data: Data) -> Rows:
    """Welch's interval and test."""
    stats, rows = library("scipy.stats"), []
    for comparison, one, other in _pairs(item, data):
        a, b = one[item.endpoint].to_numpy(float), other[item.endpoint].to_numpy(float)
        unit, n = unit_of(item, data), len(a) + len(b)
        if min(len(a), len(b)) < 2 or (np.var(a) == 0.0 and np.var(b) == 0.0):  # noqa: PLR2004
            rows.append(_unknown(comparison, n, unit, "too few people, or all values alike"))
            continue
        test = stats.ttest_ind(a, b, equal_var=False)
        low, high = test.confidence_interval(item.level)
        rows.append(_row(comparison, a.mean() - b.mean(), low, high, test.pvalue, n, unit, "Welch"))
    return rows


def _adjusted(item: Analysis, data: Data) -> Rows:
    """Difference of means at equal baseline, by linear regression."""
    api, rows = library("statsmodels.api"), []
    first = data.ratings[(data.ratings["day"] == 0.0) & (data.ratings["scale"] == _scale(item, data))]
    baseline = first.set_index("person")["value"]
    for comparison, one, other in _pairs(item, data):
        both = pd.concat([one, other])
        start = baseline.reindex(both.index)
        y, is_arm = both[item.endpoint].to_numpy(float), np.repeat([1.0, 0.0], [len(one), len(other)])
        unit, n = unit_of(item, data), len(both)
        x = np.column_stack([np.ones(n), is_arm, start.to_numpy(float)])
        if n <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
            rows.append(_unknown(comparison, n, unit, "too few people, or all baselines alike"))
            continue
        fit = api.OLS(y, x).fit()
        low, high = fit.conf_int(1.0 - item.level)[1]
        rows.append(_row(comparison, fit.params[1], low, high, fit.pvalues[1], n, unit, "at equal baseline"))
    return rows


def _mixed(item: Analysis, data: Data) -> Rows:
    """Ratings over all visits up to that of the endpoint: arm by visit, and an intercept for each person."""
    api, rows = library("statsmodels.api"), []
    endpoint = data.protocol.endpoint(item.endpoint)
    assert endpoint.at is not None
    mine = data.ratings[data.ratings["scale"] == endpoint.scale]
    baseline = mine[mine["day"] == 0.0].set_index("person")["value"]
    mine = mine[(mine["day"] > 0.0) & (mine["day"] <= endpoint.at / DAY)]
    names = list(data.protocol.arms)
    reference = item.against or names[0]
    for name in (other for other in names if other != reference):
        both = mine[mine["arm"].isin([name, reference])]
        if endpoint.measure == "change":
            both = both.assign(value=both["value"] - both["person"].map(baseline))
        both = both.dropna(subset=["value"])
        comparison, n, unit = f"{name} - {reference}", both["person"].nunique(), unit_of(item, data)
        days = sorted(both["day"].unique())
        if len(days) < 2 or set(both["arm"]) != {name, reference}:  # noqa: PLR2004
            rows.append(_unknown(comparison, n, unit, "fewer than two visits with ratings of both arms"))
            continue
        visit = (both["day"].to_numpy()[:, None] == np.asarray(days)[None, :]).astype(float)
        x = np.hstack([visit, visit * (both["arm"] == name).to_numpy(float)[:, None]])
        with catch_warnings(record=True) as told:
            simplefilter("always")
            try:
                fit = api.MixedLM(both["value"].to_numpy(float), x, both["person"].to_numpy()).fit(reml=True)
            except np.linalg.LinAlgError:
                rows.append(_unknown(comparison, n, unit, "the covariance of the fit is singular"))
                continue
        note = "random intercept, visits as factors"
        if not fit.converged or any("singular" in str(item.message) for item in told):
            note += "; at the edge: no variance between people beyond the noise of ratings, or not converged"
        place = x.shape[1] - 1
        low, high = np.asarray(fit.conf_int(1.0 - item.level))[place]
        rows.append(_row(comparison, fit.fe_params[place], low, high, fit.pvalues[place], n, unit, note))
    return rows


def _shares(item: Analysis, data: Data) -> Rows:
    """Difference of shares: Newcombe's interval, score test."""
    proportion, rows = library("statsmodels.stats.proportion"), []
    for comparison, one, other in _pairs(item, data):
        a, b = one[item.endpoint].to_numpy(float), other[item.endpoint].to_numpy(float)
        if not (len(a) and len(b)):
            rows.append(_unknown(comparison, len(a) + len(b), "share", "nobody was observed"))
            continue
        counts = (a.sum(), len(a), b.sum(), len(b))
        low, high = proportion.confint_proportions_2indep(
            *counts, method="newcomb", compare="diff", alpha=1.0 - item.level
        )
        p = np.nan
        if 0.0 < a.sum() + b.sum() < len(a) + len(b):
            p = float(proportion.test_proportions_2indep(*counts, method="score", compare="diff").pvalue)
        rows.append(_row(comparison, a.mean() - b.mean(), low, high, p, len(a) + len(b), "share", "Newcombe"))
    return rows


def _odds(item: Analysis, data: Data) -> Rows:
    """Odds ratio by logistic regression."""
    api, rows = library("statsmodels.api"), []
    for comparison, one, other in _pairs(item, data):
        y = np.concatenate([one[item.endpoint], other[item.endpoint]]).astype(float)
        is_arm = np.repeat([1.0, 0.0], [len(one), len(other)])
        named = comparison.replace(" - ", " / ")
        shares = [y[is_arm == group].mean() if (is_arm == group).any() else np.nan for group in (0.0, 1.0)]
        if not all(0.0 < share < 1.0 for share in shares):
            rows.append(_unknown(named, len(y), "odds ratio", "nobody, or everybody, of an arm"))
            continue
        fit = api.GLM(y, api.add_constant(is_arm), family=api.families.Binomial()).fit()
        low, high = np.exp(fit.conf_int(1.0 - item.level)[1])
        estimate = float(np.exp(fit.params[1]))
        rows.append(_row(named, estimate, low, high, fit.pvalues[1], len(y), "odds ratio", "logistic"))
    return rows


def _kaplan_meier(item: Analysis, data: Data) -> Rows:
    """Share without the event at a time, for each arm."""
    lifelines, rows = library("lifelines"), []
    until = (item.until or data.protocol.until) / DAY
    for name in data.protocol.arms:
        mine = _survival(item, data, name)
        if not len(mine):
            rows.append(_unknown(name, 0, "share without", "nobody was observed"))
            continue
        fit = lifelines.KaplanMeierFitter(alpha=1.0 - item.level).fit(mine["time"], mine["event"])
        low, high = fit.confidence_interval_.loc[: until + TINY].iloc[-1]
        estimate = float(fit.predict(until))
        rows.append(_row(name, estimate, low, high, np.nan, len(mine), "share without", f"at {until:g} days"))
    return rows


def _survival(item: Analysis, data: Data, arm: str) -> pd.DataFrame:
    mine = data.endpoints[data.endpoints["arm"] == arm].dropna(subset=[item.endpoint])
    return pd.DataFrame({"time": mine[item.endpoint], "event": mine[item.endpoint + EVENT].astype(bool)})


def _both(item: Analysis, data: Data) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    names = list(data.protocol.arms)
    reference = item.against or names[0]
    other = _survival(item, data, reference)
    return [
        (f"{name} / {reference}", _survival(item, data, name), other) for name in names if name != reference
    ]


def _log_rank(item: Analysis, data: Data) -> Rows:
    """Log-rank test; the estimate is its statistic."""
    statistics, rows = library("lifelines.statistics"), []
    for comparison, one, other in _both(item, data):
        n = len(one) + len(other)
        if not one["event"].any() and not other["event"].any():
            rows.append(_unknown(comparison, n, "chi-square", "no event"))
            continue
        test = statistics.logrank_test(one["time"], other["time"], one["event"], other["event"])
        rows.append(_row(comparison, test.test_statistic, np.nan, np.nan, test.p_value, n, "chi-square"))
    return rows


def _cox(item: Analysis, data: Data) -> Rows:
    """Hazard ratio by Cox regression."""
    lifelines, rows = library("lifelines"), []
    for comparison, one, other in _both(item, data):
        n = len(one) + len(other)
        if not (one["event"].any() and other["event"].any()):
            rows.append(_unknown(comparison, n, "hazard ratio", "no event in an arm"))
            continue
        both = pd.concat([one.assign(arm=1.0), other.assign(arm=0.0)])
        with catch_warnings():
            simplefilter("ignore")
            fit = lifelines.CoxPHFitter(alpha=1.0 - item.level).fit(both, "time", "event")
        told = fit.summary.loc["arm"]
        low, high = np.exp(fit.confidence_intervals_.loc["arm"].to_numpy())
        rows.append(_row(comparison, told["exp(coef)"], low, high, told["p"], n, "hazard ratio"))
    return rows


def _restricted(item: Analysis, data: Data) -> Rows:
    """Difference of restricted mean times without the event."""
    stats = library("scipy.stats")
    rows: Rows = []
    until = (item.until or data.protocol.until) / DAY
    for comparison, one, other in _both(item, data):
        n, named = len(one) + len(other), comparison.replace(" / ", " - ")
        if not (len(one) and len(other)):
            rows.append(_unknown(named, n, "days", "nobody was observed"))
            continue
        (a, of_a), (b, of_b) = (restricted_mean(part, until) for part in (one, other))
        difference, error = a - b, float(np.sqrt(of_a + of_b))
        z = stats.norm.ppf(0.5 + item.level / 2.0)
        p = 2.0 * stats.norm.sf(abs(difference) / error) if error > 0.0 else np.nan
        interval = (difference - z * error, difference + z * error)
        rows.append(_row(named, difference, *interval, p, n, "days", f"of {until:g} days"))
    return rows


def restricted_mean(part: pd.DataFrame, until: float) -> tuple[float, float]:
    """Restricted mean time and its variance by Greenwood's sum.

    The library integrates the step function by quadrature, and its variance is that of one person's time.

    Parameters
    ----------
    part : pandas.DataFrame
        Columns time and event.
    until : float

    Returns
    -------
    mean, variance : float

    Examples
    --------
    >>> times = pd.DataFrame({"time": [1.0, 2.0, 3.0, 4.0], "event": [True, True, True, False]})
    >>> mean, variance = restricted_mean(times, 4.0)
    >>> round(mean, 3), round(variance, 4)
    (2.5, 0.3125)
    """
    fit = library("lifelines").KaplanMeierFitter().fit(part["time"], part["event"])
    steps = fit.survival_function_.iloc[:, 0]
    steps = steps[steps.index < until]
    edges = np.append(steps.index.to_numpy(float), until)
    areas = steps.to_numpy(float) * np.diff(edges)
    remaining = np.append(np.cumsum(areas[::-1])[::-1], 0.0)
    counts = fit.event_table.loc[steps.index]
    died, risk = counts["observed"].to_numpy(float), counts["at_risk"].to_numpy(float)
    spread = np.zeros_like(died)
    np.divide(died, risk * (risk - died), out=spread, where=(died > 0.0) & (risk > died))
    return float(areas.sum()), float((remaining[:-1] ** 2 * spread).sum())


def _crossover(item: Analysis, data: Data) -> Rows:
    """Difference within people, with periods: linear regression on person, period and arm."""
    api, rows = library("statsmodels.api"), []
    names = list(data.protocol.arms)
    reference = item.against or names[0]
    table = data.endpoints.dropna(subset=[item.endpoint])
    table = table[table.groupby(level="person")["arm"].transform("nunique") > 1]
    unit, n = unit_of(item, data), table.index.nunique()
    others = [name for name in names if name != reference]
    if n < 2:  # noqa: PLR2004
        return [
            _unknown(f"{name} - {reference}", n, unit, "too few people in two periods") for name in others
        ]
    columns = [pd.get_dummies(table.index, dtype=float).to_numpy()]
    columns.append(pd.get_dummies(table["period"], drop_first=True, dtype=float).to_numpy())
    arms = np.column_stack([(table["arm"] == name).to_numpy(float) for name in others])
    fit = api.OLS(table[item.endpoint].to_numpy(float), np.hstack([*columns, arms])).fit()
    first = fit.params.shape[0] - len(others)
    for place, name in enumerate(others, start=first):
        low, high = fit.conf_int(1.0 - item.level)[place]
        rows.append(
            _row(
                f"{name} - {reference}",
                fit.params[place],
                low,
                high,
                fit.pvalues[place],
                n,
                unit,
                "within people",
            )
        )
    return rows


def _regimes(item: Analysis, data: Data) -> Rows:
    """Mean under each regime that the design holds, by inverse chances of having followed it."""
    api, rows = library("statsmodels.api"), []
    assert data.protocol.sequential is not None
    part, table = data.protocol.sequential, data.endpoints.dropna(subset=[item.endpoint])
    for first in part.first:
        for yes in part.responders:
            for no in part.others:
                second = np.where(table["responded"], yes, no)
                # Who left before the second stage followed every regime that begins like theirs.
                follows = (table["second"] == second) | (table["second"] == "")
                mine = table[(table["first"] == first) & follows]
                name = f"{first}; {yes} after a response, {no} otherwise"
                if len(mine) < 2:  # noqa: PLR2004
                    rows.append(_unknown(name, len(mine), unit_of(item, data), "fewer than two people"))
                    continue
                fit = api.WLS(
                    mine[item.endpoint].to_numpy(float),
                    np.ones(len(mine)),
                    weights=mine["weight"].to_numpy(float),
                ).fit(cov_type="HC1")
                low, high = fit.conf_int(1.0 - item.level)[0]
                rows.append(
                    _row(
                        name,
                        fit.params[0],
                        low,
                        high,
                        np.nan,
                        len(mine),
                        unit_of(item, data),
                        "inverse chances",
                    )
                )
    return rows


def _scale(item: Analysis, data: Data) -> str | None:
    return data.protocol.endpoint(item.endpoint).scale


def unit_of(item: Analysis, data: Data) -> str:
    """Unit of an endpoint."""
    endpoint = data.protocol.endpoint(item.endpoint)
    return UNITS.get(endpoint.measure, str(endpoint.output))


METHODS: dict[str, Callable[[Analysis, Data], Rows]] = {
    "difference of means": _difference,
    "adjusted difference": _adjusted,
    "mixed model": _mixed,
    "difference of shares": _shares,
    "odds ratio": _odds,
    "Kaplan-Meier": _kaplan_meier,
    "log-rank": _log_rank,
    "Cox": _cox,
    "restricted mean": _restricted,
    "crossover difference": _crossover,
    "regime means": _regimes,
}
