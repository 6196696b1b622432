"""What the verbs put into reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import xarray as xr

from speciosa.errors import ScenarioError
from speciosa.model.rendering import model_html
from speciosa.results import Result, write_report, write_table
from speciosa.sensitivity import Variant
from speciosa.simulation import DAY, Scenario, Setting, model_of

PERCENTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
CURVE_FORMS = ("csv", "json", "parquet")
STANDING_UNKNOWNS = (
    "How large the share of each assumption is: rows that are assumed or recalled are named above.",
    "How hard each item of a scale is to reach: all items are taken alike.",
    "Drop-out and relapse: not in this model.",
)


def report_on(result: Result, scenario: Scenario, setting: Setting, path: Path) -> Path:
    """Write the report of one result, with the model's equations."""
    return write_report(
        path,
        result,
        unknowns=STANDING_UNKNOWNS,
        equations=model_html(model_of(scenario, setting)),
        evidence=setting.evidence,
    )


def essentials(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a summary that people read first.

    Parameters
    ----------
    table : pandas.DataFrame
        As `Result.summary` or `Studies.summary` gives it.

    Returns
    -------
    pandas.DataFrame
        Exposure of every drug, course of the receptor signal and of dependence, and of each score its peak
        and the time in the bands that somebody reaches.
    """
    kind = table["output"].str.split(".").str[0]
    is_course = kind.isin(["signal", "dependence"]) & table["metric"].isin(["maximum", "mean", "end"])
    is_score = table["metric"].isin(["peak", "time of peak", "rise"])
    reached = table["people p95"] if "people p95" in table else table["mean"]
    is_band = table["metric"].str.startswith("time in ") & (reached > 0.0)
    return table[(kind == "plasma") | is_course | is_score | is_band]


def save_curves(result: Result, path: Path, unit: str) -> Path:
    """Write the percentiles of every output over time, marked where the result is.

    Parameters
    ----------
    result : Result
    path : Path
        Its ending names the form: .csv, .json or .parquet.
    unit : str
        Unit of concentrations.

    Returns
    -------
    Path

    Raises
    ------
    ScenarioError
        If the ending names no form.
    """
    form = curve_form(path)
    parts = []
    for name in result.outputs():
        is_concentration = result.output(name).attrs["kind"] == "concentration"
        found = result.quantiles(name, list(PERCENTILES.values()), unit if is_concentration else None)
        frame = pd.DataFrame(found.values.reshape(len(PERCENTILES), -1).T, columns=list(PERCENTILES))
        frame.insert(0, "time", result.time)
        frame.insert(0, "unit", found.attrs["unit"])
        frame.insert(0, "output", name)
        parts.append(frame)
    table = pd.concat(parts, ignore_index=True)
    if result.description.flags:
        table = table.assign(flag="; ".join(result.description.flags))
    write_table(table, form, path)
    return path


def curve_form(path: Path) -> str:
    """The form that the ending of a file of curves names.

    Raises
    ------
    ScenarioError
        If the ending names no form.
    """
    form = path.suffix.removeprefix(".")
    if form not in CURVE_FORMS:
        raise ScenarioError(
            f"{path.name} ends in {path.suffix or 'nothing'}",
            where="--curves",
            expected=".csv, .json or .parquet",
        )
    return form


def sensitivity_table(variants: Iterable[Variant], stop: float) -> pd.DataFrame:
    """What each assumption does to the outcome, one row a variant.

    Parameters
    ----------
    variants : iterable of Variant
    stop : float
        When doses end, h.

    Returns
    -------
    pandas.DataFrame
        Mean signal and peak COWS while dosing, dependence at the end of dosing, peak COWS after it.
    """
    frame = pd.DataFrame([_row(variant, stop) for variant in variants])
    frame.attrs["caption"] = (
        "One arm in the typical adult, over the range of what is not known. Dependence acquired"
        " before the start is part of every row."
    )
    return frame


def _row(variant: Variant, stop: float) -> dict[str, object]:
    data = variant.result.data.isel(person=0)
    dosing, after = data.sel(time=slice(0.0, stop)), data.sel(time=slice(stop, None))
    return {
        "assumption": variant.label,
        "end of range": variant.end,
        "mean MOR signal": _mean(dosing["signal.MOR"]),
        "peak COWS": float(dosing["COWS"].max()),
        "COWS, mean of week 1": _mean(data["COWS"].sel(time=slice(0.0, 7 * DAY))),
        "dependence at the stop": float(dosing["dependence"].isel(time=-1)),
        "peak COWS after the stop": float(after["COWS"].max()),
    }


def _mean(curve: xr.DataArray) -> float:
    """Time-weighted mean; recorded times are not evenly spaced."""
    length = float(curve["time"][-1] - curve["time"][0])
    return float(curve.integrate("time")) / length
