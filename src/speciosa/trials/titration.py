"""Start low, raise slowly: what start, step and interval of a titration by rule do to relief and dependence.

Every combination is followed by the same people. What no row supports a model of is named as not known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from speciosa.errors import SpeciosaError, TrialError
from speciosa.regimens import Regimen, parse
from speciosa.results import Comparison, Result, style, write_report
from speciosa.results.report import INTENDED_USE, NO_ADVICE
from speciosa.simulation import Scenario, Setting, simulate
from speciosa.simulation.written import PeoplePart, RegimenText, explained, regimen_of
from speciosa.trials.protocol import Part
from speciosa.trials.timing import DAY, Hours, in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTHING = "nothing"
NOT_KNOWN = (
    "Nausea, anxiety and insomnia: rows say that they occur with kratom, none says how their chance follows"
    " dose or concentration.",
    "Liver injury: reported, without a known relation to dose.",
    "Whether people would keep to such a rule: no trial of it exists.",
)
QUANTILES = (0.5, 0.05, 0.95)
_TRADE = ("relief, COWS points less", "dependence acquired")
_MARKS = "os^Dv<>"


class TitrationStudy(Part):
    """A grid of titrations by one rule.

    Parameters
    ----------
    title, question : str
    product : str
        With route and content where they matter, but without an amount.
    unit : str
        Of amounts.
    rhythm : str
        How often: ``four times a day``.
    start, step : list of float
        First doses, and by how much a dose rises.
    interval : list of duration
        Between visits.
    most : float
        Largest dose.
    unless : str
        A dose does not rise at a visit where this holds: ``COWS < 5``.
    treat : duration
        Length of the titration; everything stops then.
    watch : duration
        How long people are watched after the stop.
    history : str or table, optional
        What everybody took before.
    people : table
    every : duration
        Step of the recorded times.
    choose, values : table
        Alternatives of the evidence and what-if values.
    """

    title: str
    question: str = ""
    product: str
    unit: str = "g"
    rhythm: str = "four times a day"
    start: list[float] = Field(min_length=1)
    step: list[float] = Field(min_length=1)
    interval: list[Hours] = Field(min_length=1)
    most: float
    unless: str = "COWS < 5"
    treat: Hours
    watch: Hours
    history: RegimenText | None = None
    people: PeoplePart = Field(default_factory=PeoplePart)
    every: Hours = 4.0
    choose: dict[str, str] = Field(default_factory=dict)
    values: dict[str, float] = Field(default_factory=dict)

    @property
    def until(self) -> float:
        """End, h."""
        return self.treat + self.watch

    def text(self, start: float, step: float, interval: float) -> str:
        """The regimen of one combination."""
        rise = f"raise by {step:g} {self.unit} to {self.most:g} {self.unit} unless {self.unless}"
        visit = f"at each visit every {interval:g} h {rise}"
        length = f"for {self.treat:g} h"
        return f"{self.product} {start:g} {self.unit} {self.rhythm} {length} {visit}, then nothing"


@dataclass(frozen=True, eq=False)
class Titration:
    """A grid of titrations that was run.

    Parameters
    ----------
    study : TitrationStudy
    seed : int
    table : pandas.DataFrame
        One row a combination, the first that of nothing: medians over people with 5th and 95th percentile.
    results : mapping of str to Result
    """

    study: TitrationStudy
    seed: int
    table: pd.DataFrame
    results: dict[str, Result]

    @property
    def not_known(self) -> tuple[str, ...]:
        """What no model here says."""
        return NOT_KNOWN

    @property
    def intended_use(self) -> str:
        """What this is for."""
        return f"For {INTENDED_USE}. {NO_ADVICE}"

    def report(self, path: str | Path) -> Path:
        """Write the report.

        Parameters
        ----------
        path : str or Path
        """
        return write_report(
            path,
            Comparison(self.results),
            title=self.study.title,
            question=self.study.question,
            table=self.table,
            figures={"trade": plot_trade(self, with_caption=False)},
            unknowns=self.not_known,
        )


def read_titration(path: str | Path, setting: Setting | None = None) -> TitrationStudy:
    """Read and check a titration study.

    Parameters
    ----------
    path : str or Path
        A TOML file, or the name of a template that ships with the program.
    setting : Setting, optional

    Raises
    ------
    SpeciosaError
        Naming file, line where it is known, key, and what to do.
    """
    place = Path(path)
    packaged = files("speciosa.trials") / "templates" / "titrations" / f"{path}.toml"
    try:
        content = (packaged if packaged.is_file() else place).read_text(encoding="utf-8")
        study = TitrationStudy.model_validate(tomllib.loads(content))
    except OSError as fault:
        raise TrialError(f"cannot be read: {fault.strerror}", where=str(path)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise TrialError(f"not valid TOML: {fault}", where=str(path)) from fault
    except ValidationError as fault:
        told = explained(fault, TitrationStudy, content, str(path))
        raise TrialError(told.problem, where=told.where, advice=told.advice) from fault
    if study.people.file:
        study = study.model_copy(update={"people": study.people.from_file(place.parent / study.people.file)})
    _check(study, str(path), setting or Setting())
    return study


def _check(study: TitrationStudy, where: str, setting: Setting) -> None:
    for name, values in (("start", study.start), ("step", study.step), ("interval", study.interval)):
        if min(values) <= 0.0:
            raise TrialError(f"{min(values):g} is given", where=f"{where}, key {name}", expected="above zero")
    if max(study.start) > study.most:
        raise TrialError(
            f"a start of {max(study.start):g} lies above the largest dose {study.most:g}",
            where=f"{where}, key start",
            expected="starts up to `most`",
        )
    try:
        parse(study.text(study.start[0], study.step[0], study.interval[0]), setting.library)
    except SpeciosaError as fault:
        raise TrialError(f"the titration cannot be read: {fault}", where=where) from fault


def run_titration(
    study: TitrationStudy,
    *,
    seed: int,
    setting: Setting | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Titration:
    """Follow the same people through every combination, and through none.

    Parameters
    ----------
    study : TitrationStudy
    seed : int
    setting : Setting, optional
        The packaged evidence and library if left out.
    progress : callable, optional
        Called with the number of combinations done and in all.
    """
    setting = setting or Setting()
    grid = list(product(study.start, study.step, study.interval))
    names = {
        f"start {start:g}, step {step:g} {study.unit}, every {in_words(interval)}": (start, step, interval)
        for start, step, interval in grid
    }
    results = {NOTHING: _simulated(study, NOTHING, NOTHING, seed, setting)}
    rows = [_measured(study, NOTHING, (np.nan,) * 3, results[NOTHING], results[NOTHING])]
    for done, (name, combination) in enumerate(names.items(), start=1):
        results[name] = _simulated(study, study.text(*combination), name, seed, setting)
        rows.append(_measured(study, name, combination, results[name], results[NOTHING]))
        if progress is not None:
            progress(done, len(grid))
    table = pd.DataFrame(rows)
    table.attrs["caption"] = (
        f"Titrations by rule: median [5th to 95th percentile] of {study.people.size} people; differences are"
        " those of the same person to nothing"
    )
    return Titration(study, seed, table, results)


def _simulated(study: TitrationStudy, text: str, name: str, seed: int, setting: Setting) -> Result:
    regimen: Regimen = parse(text, setting.library)
    if study.history is not None:
        regimen = regimen.after(regimen_of(study.history, setting))
    part = study.people.model_copy(update={"seed": seed})
    scenario = Scenario(
        regimen=regimen,
        people=part.population(setting),
        until=study.until,
        title=name,
        every=study.every,
        values=dict(study.values),
        choices=dict(study.choose),
    )
    return simulate(scenario, setting)


def _measured(
    study: TitrationStudy,
    name: str,
    combination: tuple[float, ...],
    result: Result,
    nothing: Result,
) -> dict[str, object]:
    """What one combination did, against nothing in the same people."""
    time = result.time
    treated = (time >= 0.0) & (time <= study.treat)
    cows, none = (np.asarray(one.output("COWS").values) for one in (result, nothing))
    stop = int(np.searchsorted(time, study.treat))
    dependence = (np.asarray(one.output("dependence").values)[:, stop] for one in (result, nothing))
    own, other = dependence
    numbers = {
        "relief, COWS points less": (none[:, treated] - cows[:, treated]).mean(axis=1),
        "days with COWS 5 or more": (cows[:, treated] >= _mild(result)).mean(axis=1) * study.treat / DAY,
        "dependence acquired": own - other,
        "peak COWS after the stop": cows[:, time >= study.treat].max(axis=1),
        "largest effect on ventilation above that without": _above(
            result, nothing, "effect.ventilation", treated
        ),
    }
    if "block.hERG" in result.outputs():
        numbers["largest hERG block"] = np.asarray(result.output("block.hERG").values)[:, treated].max(axis=1)
    numbers["dose at the end"] = _last_doses(result)
    start, step, interval = combination
    head = {"start": start, "step": step, "interval (d)": interval / DAY}
    return {
        "titration": name,
        **head,
        **{key: _told(values) for key, values in numbers.items()},
        **_unknown(),
    }


def _above(result: Result, nothing: Result, output: str, when: np.ndarray) -> np.ndarray:
    own, other = (np.asarray(one.output(output).values)[:, when] for one in (result, nothing))
    return np.asarray((own - other).max(axis=1))


def _mild(result: Result) -> float:
    """Where the first severity band of COWS begins."""
    return float(result.output("COWS").attrs["bands"][1][1])


def _unknown() -> dict[str, object]:
    return {"nausea, anxiety, insomnia": "not known"}


def _last_doses(result: Result) -> np.ndarray:
    doses = result.courses.doses
    people = result.data["person"].values
    if doses.empty:
        return np.zeros(len(people))
    return doses.groupby("person")["amount"].last().reindex(people).fillna(0.0).to_numpy(float)


def _told(values: np.ndarray) -> str:
    middle, low, high = np.nanquantile(values, QUANTILES)
    return f"{middle:.3g} [{low:.3g} to {high:.3g}]"


def plot_trade(found: Titration, *, with_caption: bool = True) -> Figure:
    """Relief against dependence acquired, a point a combination.

    Parameters
    ----------
    found : Titration
    with_caption : bool
    """
    from speciosa.results import drawing

    figure, (ax,) = style.new_figure(drawing.WIDTH, drawing.HEIGHT + 0.6)
    table = found.table[found.table["titration"] != NOTHING]
    starts = list(dict.fromkeys(table["start"]))
    paces = list(dict.fromkeys(zip(table["step"], table["interval (d)"], strict=True)))
    for row in table.to_dict("records"):
        x, y = (float(str(row[key]).split(" [")[0]) for key in _TRADE)
        color = drawing.color(paces.index((row["step"], row["interval (d)"])))
        ax.plot(x, y, _MARKS[starts.index(row["start"]) % len(_MARKS)], color=color, markersize=7, alpha=0.85)
    for index, start in enumerate(starts):
        mark = _MARKS[index % len(_MARKS)]
        ax.plot([], [], mark, color=style.SOFT_INK, label=f"start {start:g} {found.study.unit}")
    for index, (step, days) in enumerate(paces):
        label = f"up by {step:g} {found.study.unit} every {days:g} d"
        ax.plot([], [], color=drawing.color(index), linewidth=5, label=label)
    style.title(ax, "Relief and the dependence acquired")
    ax.set_xlabel("COWS less than without, mean over the titration (points)", fontsize=9, color=style.INK)
    style.label_y(ax, "dependence above that without", "dimensionless")
    ax.margins(0.15)
    caption = (
        "Medians over the same people: what each titration by rule relieves, and what dependence it leaves at"
        f" the stop; n = {found.study.people.size}. No dosing advice."
    )
    footer = drawing.footer({found.study.title: found.results[NOTHING]})
    return style.finish(figure, caption, footer, key=drawing.key(ax), with_caption=with_caption)
