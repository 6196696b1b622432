"""From one number a person to one row a metric, and from curves to percentile curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError
from speciosa.late import pd, xr
from speciosa.results.nca import FloatArray, time_mean
from speciosa.units import convert

if TYPE_CHECKING:
    from speciosa.results.result import Result

PERCENTILES = (5.0, 25.0, 75.0, 95.0)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("median", "mean", "CV%", "p5", "p25", "p75", "p95")


def statistics(values: FloatArray) -> dict[str, float]:
    """Median, mean, CV% and percentiles of the finite values.

    Parameters
    ----------
    values : (n,) float

    Returns
    -------
    dict
        Keys of `COLUMNS` and ``"n"``, the count of finite values. CV% is NaN for fewer than two.

    Examples
    --------
    >>> found = statistics(np.array([1.0, 2.0, 3.0, np.nan]))
    >>> found["median"], found["CV%"], found["n"]
    (2.0, 50.0, 3)
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return {**dict.fromkeys(COLUMNS, float("nan")), "n": 0}
    mean = float(known.mean())
    spread = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    p5, p25, p75, p95 = (float(p) for p in np.percentile(known, PERCENTILES))
    return {
        "median": float(np.median(known)),
        "mean": mean,
        "CV%": 100.0 * spread / mean if mean else float("nan"),
        "p5": p5,
        "p25": p25,
        "p75": p75,
        "p95": p95,
        "n": len(known),
    }


def summarize(metrics: xr.Dataset) -> pd.DataFrame:
    """One row a metric over the persons of a table such as `Result.exposure` returns.

    Parameters
    ----------
    metrics : xarray.Dataset
        Variables over "person" with attribute ``unit``; attributes ``output`` and ``failed`` if known.

    Returns
    -------
    pandas.DataFrame
        Columns output, metric, unit, n, failed, median, mean, CV%, p5, p25, p75, p95. `n` counts the persons
        for whom the metric exists, `failed` those who could not be simulated.
    """
    rows = []
    for name, variable in metrics.data_vars.items():
        found = statistics(np.asarray(variable.values, dtype=np.float64))
        count = int(found.pop("n"))
        rows.append(
            {
                "output": metrics.attrs.get("output", ""),
                "metric": str(name),
                "unit": variable.attrs.get("unit", ""),
                "n": count,
                "failed": int(metrics.attrs.get("failed", 0)),
                **found,
            }
        )
    return pd.DataFrame(rows, columns=["output", "metric", "unit", "n", "failed", *COLUMNS])


def summary(result: Result, unit: str | None, tail: tuple[float, float] | None) -> pd.DataFrame:
    """See `Result.summary`."""
    tables = []
    for name in result.outputs():
        kind = result.output(name).attrs.get("kind")
        if kind == "concentration":
            metrics = result.exposure(name, unit=unit or result.output(name).attrs["unit"], tail=tail)
            metrics = metrics[["Cmax", "tmax", "AUC", "t1/2"]]
        elif kind == "score" and result.output(name).attrs.get("bands"):
            metrics = result.score(name)
        else:
            metrics = _course(result, name)
        tables.append(summarize(metrics))
    table = pd.concat(tables, ignore_index=True)
    # Tables travel without their notes: what nobody has measured in people stays marked in every row.
    return table.assign(flag="; ".join(result.description.flags)) if result.description.flags else table


def _course(result: Result, name: str) -> xr.Dataset:
    """Maximum, time-weighted mean and last value of a curve."""
    curve = result.output(name)
    values = np.asarray(curve.values, dtype=np.float64)
    unit = {"unit": curve.attrs["unit"]}
    return xr.Dataset(
        {
            "maximum": ("person", values.max(axis=1), unit),
            "mean": ("person", time_mean(result.time, values), unit),
            "end": ("person", values[:, -1], unit),
        },
        coords={"person": result.data["person"]},
        attrs={"output": name, "failed": result.failed},
    )


def quantiles(result: Result, name: str, q: Sequence[float], unit: str | None) -> xr.DataArray:
    """See `Result.quantiles`."""
    if any(not 0.0 <= share <= 1.0 for share in q):
        raise ResultError(f"quantiles {tuple(q)} cannot be taken", expected="shares between 0 and 1")
    curve = result.output(name)
    values = np.asarray(curve.values, dtype=np.float64)[result.is_ok]
    shape = (len(q), len(result.time))
    found = np.quantile(values, q, axis=0) if len(values) else np.full(shape, np.nan)
    target = unit or str(curve.attrs["unit"])
    if target != curve.attrs["unit"]:
        found = found * float(
            convert(1.0, curve.attrs["unit"], target, molar_mass=curve.attrs.get("molar_mass"))
        )
    return xr.DataArray(
        found,
        dims=("quantile", "time"),
        coords={"quantile": list(q), "time": result.data["time"]},
        name=name,
        attrs={**curve.attrs, "unit": target, "n": len(values), "failed": result.failed},
    )
