"""Many studies of the same people: variability between people and uncertainty of what is known, apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speciosa.errors import ResultError, UnknownNameError
from speciosa.late import pd, xr
from speciosa.results.files import write_atomically
from speciosa.results.result import Result

SHARES = (0.05, 0.5, 0.95)
"""Quantiles over people that are kept of every study."""
_ENDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Studies:
    """What studies found that draw typical values once each and simulate the same people.

    Parameters
    ----------
    base : Result
        The people with the typical values in use.
    curves : xarray.Dataset
        Dimensions ("study", "quantile", "time"): quantiles over people of every output.
    table : pandas.DataFrame
        The summary of every study, with a column ``study``.
    typical : pandas.DataFrame
        Typical values: one row a study, one column a slot.
    unstated : tuple of str
        Slots whose rows state no uncertainty, taken as exactly known.
    seed : int
        Of the typical values.
    """

    base: Result
    curves: xr.Dataset
    table: pd.DataFrame
    typical: pd.DataFrame
    unstated: tuple[str, ...]
    seed: int

    @property
    def size(self) -> int:
        """Number of studies."""
        return len(self.typical)

    @property
    def failed(self) -> int:
        """Number of persons who could not be simulated, over all studies."""
        each = self.table.groupby("study")["failed"].max()
        return int(each.sum()) + self.base.failed

    @property
    def note(self) -> str:
        """How much of what the model rests on is taken as known, in one sentence."""
        count = len(self.typical.columns)
        return (
            f"{count} of {count + len(self.unstated)} numbers vary between studies; the rows of the others"
            " state no uncertainty, so that the true uncertainty is larger than shown."
        )

    def summary(self) -> pd.DataFrame:
        """Every output in numbers: spread between people, and uncertainty of the median, apart.

        Returns
        -------
        pandas.DataFrame
            Columns output, metric, unit, studies, people, failed; ``median`` (over studies, of the median
            over people); ``people p5`` and ``people p95`` (medians over studies of the percentiles over
            people: variability); ``median p5`` and ``median p95`` (percentiles over studies of the median
            over people: uncertainty).
        """
        rows = []
        for (output, metric), part in self.table.groupby(["output", "metric"], sort=False):
            low, middle, high = _over_studies(part["median"])
            rows.append(
                {
                    "output": output,
                    "metric": metric,
                    "unit": part["unit"].iloc[0],
                    "studies": self.size,
                    "people": int(part["n"].max()),
                    "failed": int(part["failed"].sum()),
                    "median": middle,
                    "people p5": _over_studies(part["p5"])[1],
                    "people p95": _over_studies(part["p95"])[1],
                    "median p5": low,
                    "median p95": high,
                }
            )
        return pd.DataFrame(rows)

    def bands(self, output: str) -> xr.DataArray:
        """The curves of one output: spread between people and uncertainty of the median.

        Parameters
        ----------
        output : str

        Returns
        -------
        xarray.DataArray
            Dimensions ("band", "time"); bands as in `summary`.

        Raises
        ------
        UnknownNameError
            Offers near misses.
        """
        if output not in self.curves.data_vars:
            raise UnknownNameError("output", output, map(str, self.curves.data_vars))
        curve = self.curves[output]
        over = np.nanquantile(curve.values, _ENDS, axis=0)
        names = ["median", "people p5", "people p95", "median p5", "median p95"]
        values = [over[1, 1], over[1, 0], over[1, 2], over[0, 1], over[2, 1]]
        return xr.DataArray(
            np.stack(values),
            dims=("band", "time"),
            coords={"band": names, "time": curve["time"]},
            name=output,
            attrs=curve.attrs,
        )

    def bands_table(self) -> pd.DataFrame:
        """The bands of every output over time, one row an output and time."""
        parts = []
        for name in map(str, self.curves.data_vars):
            found = self.bands(name)
            frame = pd.DataFrame(found.values.T, columns=[str(band) for band in found["band"].values])
            frame.insert(0, "time", found["time"].values)
            frame.insert(0, "unit", found.attrs["unit"])
            frame.insert(0, "output", name)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    def save(self, folder: str | Path) -> Path:
        """Write the base result, and the studies as tables beside it.

        The same studies give the same bytes.

        Parameters
        ----------
        folder : str or Path

        Returns
        -------
        Path
        """
        saved = self.base.save(folder)
        tables = {
            "typical_values.csv": self.typical,
            "studies.csv": self.table,
            "bands.csv": self.bands_table(),
        }
        for name, frame in tables.items():
            write_atomically(saved / name, frame.to_csv(index=name.startswith("typical")))
        return saved

    def __repr__(self) -> str:
        return f"<{self.size} studies of {self.base.n} people: {self.base.description.title}>"


def collect(
    results: Sequence[tuple[int, Result]], unit: str | None, tail: tuple[float, float] | None
) -> tuple[list[pd.DataFrame], list[xr.Dataset]]:
    """Summaries and curves of some studies, so that their persons need not be kept.

    Parameters
    ----------
    results : sequence of (int, Result)
        Number of the study and its result.
    unit : str, optional
        Unit of concentrations.
    tail : (start, end), optional
        Hours in which the terminal slope is taken.

    Returns
    -------
    tuple
        Tables and curves.

    Raises
    ------
    ResultError
        If nobody of a study could be simulated.
    """
    tables, curves = [], []
    for number, result in results:
        if not result.n:
            raise ResultError(f"nobody of study {number} could be simulated ({result.reasons[0]})")
        tables.append(result.summary(unit=unit, tail=tail).assign(study=number))
        found = {}
        for name in result.outputs():
            is_concentration = result.output(name).attrs["kind"] == "concentration"
            found[name] = result.quantiles(name, SHARES, unit if is_concentration else None)
        curves.append(xr.Dataset(found).expand_dims(study=[number]))
    return tables, curves


def _over_studies(values: pd.Series[float]) -> tuple[float, float, float]:
    known = values.dropna().to_numpy(dtype=np.float64)
    if not len(known):
        return (float("nan"),) * 3
    low, middle, high = (float(found) for found in np.quantile(known, _ENDS))
    return low, middle, high
