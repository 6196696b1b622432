"""Exposure of a result to a drug: the non-compartmental metrics with their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from speciosa.errors import ResultError
from speciosa.late import xr
from speciosa.results import nca
from speciosa.units import convert

if TYPE_CHECKING:
    from speciosa.results.result import Result

Window = tuple[float, float]
Basis = Literal["molar", "mass"]
Metric = tuple[nca.FloatArray, str, str]
"""Values of the persons, unit, meaning."""

INTERNAL_CONCENTRATION = "nmol/L"
DAY = 24.0


def exposure(
    result: Result,
    drug: str,
    unit: str = "ng/mL",
    *,
    window: Window | None = None,
    after_dose: int | None = None,
    tail: Window | None = None,
    dose: tuple[float, str] | None = None,
    lower_limit: float = 0.0,
) -> xr.Dataset:
    """See `Result.exposure`."""
    name, curve = _concentration(result, drug)
    molar_mass = curve.attrs.get("molar_mass")
    factor = float(convert(1.0, curve.attrs["unit"], unit, molar_mass=molar_mass))
    start, end = _window(result, window, after_dose)
    time, values = nca.between(result.time, np.asarray(curve.values, dtype=np.float64), start, end)
    time = time - start

    phase = nca.terminal(time, values, tail, lower_limit / factor)
    to_infinity, extrapolated = nca.auc_to_infinity(time, values, phase)
    metrics = _observed(time, values, factor, unit) | {
        "AUCinf": (to_infinity * factor, f"{unit}*h", "area extrapolated to infinite time"),
        "AUC extrapolated": (extrapolated * 100.0, "%", "share of AUCinf that is extrapolated"),
        "t1/2": (phase.half_life, "h", "terminal half-life"),
        "lambda_z": (phase.rate, "1/h", "terminal rate constant"),
        "lambda_z R2": (phase.r2_adjusted, "dimensionless", "adjusted R2 of the terminal regression"),
    }
    if dose is not None:
        amount = float(convert(dose[0], dose[1], "nmol", molar_mass=molar_mass))
        clearance = amount / (to_infinity * float(convert(1.0, curve.attrs["unit"], INTERNAL_CONCENTRATION)))
        metrics["CL/F"] = clearance, "L/h", "apparent clearance"
        metrics["Vz/F"] = clearance / phase.rate, "L", "apparent volume of the terminal phase"
    labeled = {
        key: ("person", metric, {"unit": metric_unit, "long_name": words})
        for key, (metric, metric_unit, words) in metrics.items()
    }
    attributes = {"output": name, "start": start, "end": end, "failed": result.failed}
    return xr.Dataset(labeled, coords={"person": result.data["person"]}, attrs=attributes)


def _observed(time: nca.FloatArray, values: nca.FloatArray, factor: float, unit: str) -> dict[str, Metric]:
    """Metrics that need no terminal phase; the first day only where the window covers it."""
    cmax, tmax = nca.peak(time, values)
    found: dict[str, Metric] = {
        "Cmax": (cmax * factor, unit, "highest concentration"),
        "tmax": (tmax, "h", "time of the highest concentration"),
        "AUC": (nca.auc(time, values) * factor, f"{unit}*h", "area under the curve of the window"),
    }
    if time[-1] >= DAY:
        first_day = nca.auc(time, values, 0.0, DAY) * factor
        found["AUC0-24"] = first_day, f"{unit}*h", "area under the first 24 h"
    return found


def accumulation(result: Result, drug: str, interval: float, first: float, last: float) -> xr.DataArray:
    """See `Result.accumulation`."""
    name, curve = _concentration(result, drug)
    values = np.asarray(curve.values, dtype=np.float64)
    early = nca.auc(result.time, values, first, first + interval)
    late = nca.auc(result.time, values, last, last + interval)
    return _ratio(result, late, early, f"accumulation of {name}")


def ratio(result: Result, metabolite: str, parent: str, window: Window | None, basis: Basis) -> xr.DataArray:
    """See `Result.ratio`."""
    areas, names = [], []
    unit = INTERNAL_CONCENTRATION if basis == "molar" else "ng/mL"
    for drug in (metabolite, parent):
        name, curve = _concentration(result, drug)
        factor = float(convert(1.0, curve.attrs["unit"], unit, molar_mass=curve.attrs.get("molar_mass")))
        values = np.asarray(curve.values, dtype=np.float64)
        areas.append(factor * nca.auc(result.time, values, *(window or (result.begin, None))))
        names.append(name)
    return _ratio(result, areas[0], areas[1], f"{basis} AUC ratio of {names[0]} to {names[1]}")


def _ratio(result: Result, above: nca.FloatArray, below: nca.FloatArray, words: str) -> xr.DataArray:
    values = np.full_like(above, np.nan)
    np.divide(above, below, out=values, where=below > 0.0)
    return xr.DataArray(
        values,
        dims="person",
        coords={"person": result.data["person"]},
        name="ratio",
        attrs={"unit": "dimensionless", "long_name": words},
    )


def _concentration(result: Result, drug: str) -> tuple[str, xr.DataArray]:
    """Find a concentration output by drug name (plasma) or by output name."""
    name = drug if drug in result.data else f"plasma.{drug}"
    curve = result.output(name)
    if curve.attrs.get("kind") != "concentration":
        raise ResultError(
            f"output {name!r} is no concentration",
            expected=f"one of {', '.join(result.outputs('concentration'))}",
        )
    return name, curve


def _window(result: Result, window: Window | None, after_dose: int | None) -> Window:
    """Start and end in h; a dose's window reaches to the next dose of the same item or to the end."""
    end = float(result.time[-1])
    if after_dose is None:
        return window or (result.begin, end)
    if window is not None:
        raise ResultError("window and after_dose exclude each other", advice="Give one of them.")
    doses = result.description.doses
    if not -len(doses) <= after_dose < len(doses):
        raise ResultError(
            f"there is no dose {after_dose}",
            expected=f"a dose index from {-len(doses)} to {len(doses) - 1} (0 is the first, -1 the last)"
            if doses
            else "a scenario with doses",
        )
    chosen = doses[after_dose]
    later = [mark.time for mark in doses if mark.item == chosen.item and mark.time > chosen.time]
    return chosen.time, min([*later, end])
