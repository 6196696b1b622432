"""What the verbs put into reports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import xarray as xr

from speciosa.model.rendering import model_html
from speciosa.results import Result, write_report
from speciosa.sensitivity import Variant
from speciosa.simulation import DAY, Scenario, Setting, model_of

STANDING_UNKNOWNS = (
    "How large the share of each assumption is: rows that are assumed or recalled are named above.",
    "Item scores, rating noise, drop-out and relapse: not in this model.",
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
