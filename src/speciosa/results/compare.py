"""Several results side by side: what the arms of a question come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from speciosa.errors import ResultError, UnknownNameError
from speciosa.late import pd
from speciosa.results import arm_plots, nca
from speciosa.results.drawing import counted_arms
from speciosa.results.numbers import MISSING, UNIT_WORDS, interval, shown
from speciosa.results.provenance import Provenance, trace
from speciosa.results.result import Result
from speciosa.results.scores import DAY
from speciosa.results.summaries import statistics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from speciosa.evidence import Evidence

Window = tuple[float, float]
FIGURE_OUTPUTS = ("signal.MOR", "dependence", "tolerance", "withdrawal")


@dataclass(frozen=True)
class Measure:
    """One number a person in one arm, before it is condensed."""

    name: str
    unit: str
    values: nca.FloatArray


@dataclass(frozen=True)
class Comparison:
    """Results of several arms, with the numbers and figures that set them side by side.

    Parameters
    ----------
    results : mapping of str to Result
        Arm name to result, in the order in which they are shown.

    Raises
    ------
    ResultError
        Where there is no arm.
    """

    results: Mapping[str, Result]

    def __post_init__(self) -> None:
        if not self.results:
            raise ResultError("there is nothing to compare", expected="one result or more, by name")
        object.__setattr__(self, "results", dict(self.results))

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __getitem__(self, arm: str) -> Result:
        if arm not in self.results:
            raise UnknownNameError("arm", arm, self.results)
        return self.results[arm]

    def __len__(self) -> int:
        return len(self.results)

    def table(
        self,
        score: str = "COWS",
        *,
        window: Window | None = None,
        final_stop: float | None = None,
        signal: str = "signal.MOR",
        states: Sequence[str] = ("dependence",),
        at: Sequence[float] = (),
    ) -> pd.DataFrame:
        """Condense what the arms come to, one row an arm and measure.

        Parameters
        ----------
        score : str
        window : (start, end), optional
            Hours in which score and signal are judged; from the start to `final_stop` or the end without it.
        final_stop : float, optional
            Time (h) at which everything is stopped; adds the peak of the score from then on.
        signal : str
            Output whose mean over the window is given; left out where an arm lacks it.
        states : sequence of str
            Outputs that are read at the times `at`; left out where an arm lacks them.
        at : sequence of float
            Hours.

        Returns
        -------
        pandas.DataFrame
            Columns measure, arm, unit, n, failed, median, mean, CV%, p5, p25, p75, p95; all arms of a measure
            stand together. `pivot` makes the form for reading. A column flag marks the arms whose result is
            flagged, where there are any.
        """
        by_arm = {
            arm: _measures(
                result, score, window=window, final_stop=final_stop, signal=signal, states=states, at=at
            )
            for arm, result in self.results.items()
        }
        names = dict.fromkeys(measure.name for measures in by_arm.values() for measure in measures)
        rows = [
            _row(measure, arm, self.results[arm].failed)
            for name in names
            for arm, measures in by_arm.items()
            for measure in measures
            if measure.name == name
        ]
        table = pd.DataFrame(rows)
        flags = {arm: "; ".join(result.description.flags) for arm, result in self.results.items()}
        return table.assign(flag=table["arm"].map(flags)) if any(flags.values()) else table

    def figures(self, score: str = "COWS") -> dict[str, Figure]:
        """Figures of the comparison by name: those whose outputs all arms have.

        Captions are left out of the pictures; `figure_caption` gives them.
        """
        found: dict[str, Figure] = {}
        common = set.intersection(*(set(result.outputs()) for result in self.results.values()))
        if score in common:
            found[f"{score} by arm"] = arm_plots.plot_overlay(self.results, score, with_caption=False)
            found[f"{score} bands"] = arm_plots.plot_panels(self.results, score, with_caption=False)
            if all(result.output(score).attrs.get("bands") for result in self.results.values()):
                found[f"{score} severity"] = arm_plots.plot_severity_panels(
                    self.results, score, with_caption=False
                )
        for name in FIGURE_OUTPUTS:
            if name in common:
                found[name] = arm_plots.plot_overlay(self.results, name, with_caption=False)
        return found

    def sources(self, evidence: Evidence | None = None) -> Provenance:
        """Find the evidence rows and sources behind all arms together."""
        return trace(list(self.results.values()), evidence)

    def __repr__(self) -> str:
        lines = [f"Comparison of {len(self)} arms; {counted_arms(self.results)}"]
        lines += [f"  {arm}: {result.description.regimen}" for arm, result in self.results.items()]
        return "\n".join(line if len(line) <= 100 else f"{line[:96]} ..." for line in lines)  # noqa: PLR2004

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li><strong>{escape(arm)}</strong>: {escape(result.description.regimen)}</li>"
            for arm, result in self.results.items()
        )
        return f"<p>Comparison of {len(self)} arms; {escape(counted_arms(self.results))}</p><ul>{items}</ul>"


def pivot(table: pd.DataFrame) -> pd.DataFrame:
    """Lay a comparison's table out for reading: one row a measure, one column an arm.

    Parameters
    ----------
    table : pandas.DataFrame
        As `Comparison.table` returns it.

    Returns
    -------
    pandas.DataFrame
        Text cells ``median [p5 to p95]``, or one number where it rests on one person; columns measure and
        the arms in their order. The last row says which arms are flagged, where any is.
    """
    cells: dict[str, dict[str, str]] = {}
    for row in table.to_dict(orient="records"):
        unit = UNIT_WORDS.get(str(row["unit"]), str(row["unit"]))
        label = f"{row['measure']} ({unit})" if unit else str(row["measure"])
        text = interval(row["median"], row["p5"], row["p95"]) if row["n"] > 1 else shown(row["median"])
        cells.setdefault(label, {})[str(row["arm"])] = text
    arms = list(dict.fromkeys(str(arm) for arm in table["arm"]))
    records = [[label, *(by_arm.get(arm, MISSING) for arm in arms)] for label, by_arm in cells.items()]
    if "flag" in table:
        flags = dict(zip(table["arm"], table["flag"], strict=True))
        records.append(["flag", *(flags[arm] or MISSING for arm in arms)])
    return pd.DataFrame(records, columns=["measure", *arms])


def _row(measure: Measure, arm: str, failed: int) -> dict[str, object]:
    found = statistics(measure.values)
    count = int(found.pop("n"))
    head = {"measure": measure.name, "arm": arm, "unit": measure.unit, "n": count, "failed": failed}
    return {**head, **found}


def _measures(
    result: Result,
    score: str,
    *,
    window: Window | None,
    final_stop: float | None,
    signal: str,
    states: Sequence[str],
    at: Sequence[float],
) -> list[Measure]:
    """All measures of one arm, in the order in which they are shown."""
    start, end = window or (
        result.begin,
        float(result.time[-1]) if final_stop is None else final_stop,
    )
    found = _score_measures(result, score, start, end)
    if signal in result.outputs():
        found.append(Measure(f"mean {signal}", _unit(result, signal), _mean(result, signal, start, end)))
    for state in states:
        if state in result.outputs():
            values = np.asarray(result.output(state).values, dtype=np.float64)
            found += [
                Measure(f"{state} at day {time / DAY:g}", _unit(result, state), _at(result, values, time))
                for time in at
            ]
    if final_stop is not None and final_stop < result.time[-1]:
        after = result.score(score, since=final_stop)
        found.append(Measure(f"peak {score} after the final stop", "score", after["peak"].values))
        found.append(Measure("day of the peak after the final stop", "d", after["day of peak"].values))
    return found


def _score_measures(result: Result, score: str, start: float, end: float) -> list[Measure]:
    metrics = result.score(score, since=start, until=end, time_unit="d")
    names = {
        "peak": f"peak {score}",
        "day of peak": "day of that peak",
        "rise": f"rise of {score} above the level before",
        **{
            name: name.replace("time in", "time in band:")
            for name in map(str, metrics)
            if name.startswith("time in")
        },
    }
    return [
        Measure(label, str(metrics[name].attrs["unit"]), np.asarray(metrics[name].values, dtype=np.float64))
        for name, label in names.items()
    ]


def _unit(result: Result, output: str) -> str:
    return str(result.output(output).attrs["unit"])


def _mean(result: Result, output: str, start: float, end: float) -> nca.FloatArray:
    values = np.asarray(result.output(output).values, dtype=np.float64)
    time, inside = nca.between(result.time, values, start, end)
    return nca.time_mean(time, inside)


def _at(result: Result, values: nca.FloatArray, time: float) -> nca.FloatArray:
    return nca.interpolate(result.time, values, time)
