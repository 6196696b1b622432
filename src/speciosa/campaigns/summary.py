"""What a population study found: its shards merged into tables, curves and a figure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from speciosa.campaigns.folder import Folder
from speciosa.campaigns.population import CURVE_BITS, METRIC_BITS, PopulationStudy
from speciosa.campaigns.sketch import FloatArray, Sketch
from speciosa.results import Result, metrics, write_atomically
from speciosa.units import convert

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
_PERCENT = 100.0
SUMMARY, CURVES, FAILURES, SOURCES = "summary.csv", "curves.csv", "failures.csv", "sources.txt"


@dataclass(frozen=True, eq=False)
class PopulationSummary:
    """Summaries of a population.

    Parameters
    ----------
    example : Result
        The first person, whose result explains names, units and sources.
    people : int
        Simulated, failed ones included.
    seed : int
    table : pandas.DataFrame
        One row an output and metric, with the columns of `summarize`.
    curves : pandas.DataFrame
        Percentiles of every output over time: columns output, unit, time, n, p5, p25, median, p75, p95.
    failures : pandas.DataFrame
        Columns person and reason.
    """

    example: Result
    people: int
    seed: int
    table: pd.DataFrame
    curves: pd.DataFrame
    failures: pd.DataFrame

    @property
    def title(self) -> str:
        """One line."""
        return f"{self.example.description.title}: {self.people:,} people, seed {self.seed}"

    @property
    def note(self) -> str:
        """How exact the numbers are, in one sentence."""
        return (
            "Percentiles, means and CV% come from counts on a fixed grid: metrics are within"
            f" {_PERCENT * 2.0 ** -(METRIC_BITS + 1):.3f} % and curves within"
            f" {_PERCENT * 2.0 ** -(CURVE_BITS + 1):.1f} % of those of the {self.people:,} people."
        )

    def save(self, folder: str | Path) -> Path:
        """Write tables and sources; the same study gives the same bytes.

        Parameters
        ----------
        folder : str or Path

        Returns
        -------
        Path
        """
        path = Path(folder)
        write_atomically(path / SUMMARY, self.table.to_csv(index=False))
        write_atomically(path / CURVES, self.curves.to_csv(index=False))
        write_atomically(path / FAILURES, self.failures.to_csv(index=False))
        write_atomically(path / SOURCES, self.example.sources().text() + "\n")
        return path

    def plot(self, output: str) -> Figure:
        """Percentile bands of one output over time.

        Parameters
        ----------
        output : str

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UnknownNameError
            Offers near misses.
        """
        from speciosa.results import plot_percentiles

        self.example.output(output)
        own = self.curves[self.curves["output"] == output]
        n = int(own["n"].max())
        caption = f"Median, 25-75 % and 5-95 % of {n:,} simulated people, from counts on a fixed grid."
        return plot_percentiles(self.example, output, own, caption)


def merged(folder: Folder, study: PopulationStudy) -> PopulationSummary:
    """The summaries of all shards of a study.

    Parameters
    ----------
    folder : Folder
    study : PopulationStudy

    Returns
    -------
    PopulationSummary

    Raises
    ------
    CampaignError
        If shards are missing or damaged.
    """
    curves: Sketch | None = None
    ends: Sketch | None = None
    persons: list[int] = []
    reasons: list[str] = []
    for arrays in folder.shards():
        curve, end = (Sketch.from_arrays(name, arrays) for name in ("curves", "metrics"))
        curves = curve if curves is None else curves.merged(curve)
        ends = end if ends is None else ends.merged(end)
        persons += arrays["failed.person"].tolist()
        reasons += arrays["failed.reason"].tolist()
    assert curves is not None and ends is not None  # A study has a shard, and missing ones are refused.
    people = study.scenario.people
    return PopulationSummary(
        example=study.example,
        people=people.size,
        seed=people.seed,
        table=_metrics_table(study, ends, len(persons)),
        curves=_curves_table(study, curves),
        failures=pd.DataFrame({"person": persons, "reason": reasons}),
    )


def _metrics_table(study: PopulationStudy, sketch: Sketch, failed: int) -> pd.DataFrame:
    named = [
        (part.attrs["output"], str(name), variable.attrs.get("unit", ""))
        for part in metrics(study.example, study.unit, study.tail)
        for name, variable in part.data_vars.items()
    ]
    mean, deviation = sketch.moments()
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(mean != 0.0, _PERCENT * deviation / mean, np.nan)
    q = dict(zip(SHARES, sketch.quantiles(list(SHARES.values())), strict=True))
    frame = pd.DataFrame(named, columns=["output", "metric", "unit"])
    frame = frame.assign(n=sketch.n, failed=failed, median=q["median"], mean=mean)
    frame["CV%"] = spread
    frame = frame.assign(**{name: q[name] for name in ("p5", "p25", "p75", "p95")})
    flags = study.example.description.flags
    return frame.assign(flag="; ".join(flags)) if flags else frame


def _curves_table(study: PopulationStudy, sketch: Sketch) -> pd.DataFrame:
    example, time = study.example, study.example.time
    q = sketch.quantiles(list(SHARES.values())).reshape(len(SHARES), len(example.outputs()), len(time))
    n = sketch.n.reshape(len(example.outputs()), len(time))
    parts = []
    for place, name in enumerate(example.outputs()):
        factor, unit = _factor(example, name, study.unit)
        columns: dict[str, FloatArray] = {key: factor * q[row, place] for row, key in enumerate(SHARES)}
        parts.append(pd.DataFrame({"output": name, "unit": unit, "time": time, "n": n[place], **columns}))
    return pd.concat(parts, ignore_index=True)


def _factor(example: Result, name: str, unit: str) -> tuple[float, str]:
    attributes = example.output(name).attrs
    if attributes["kind"] != "concentration":
        return 1.0, str(attributes["unit"])
    mass = attributes.get("molar_mass")
    return float(convert(1.0, attributes["unit"], unit, molar_mass=mass)), unit
