"""Studies by people: typical values are drawn once for a study, random effects once for a person.

A nested run goes the one road of `simulate`: the model is composed and compiled once, and as many studies as
memory allows are solved in one call of the engine.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import xarray as xr

from speciosa.errors import ScenarioError
from speciosa.results import Studies
from speciosa.results.studies import collect
from speciosa.simulation import Prepared, Scenario, Setting, prepare
from speciosa.uncertainty import Uncertainty, unstated

# Numbers that one call of the engine may hold, 160 MB.
NUMBERS_AT_ONCE = 20_000_000


def simulate_studies(
    scenario: Scenario,
    uncertainty: Uncertainty,
    setting: Setting | None = None,
    *,
    unit: str = "ng/mL",
    tail: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Studies:
    """Simulate a scenario in many studies that differ in what is not known.

    All studies have the same people, so that what differs between studies is the uncertainty of typical
    values alone. It grows smaller neither with more people nor with more studies.

    Parameters
    ----------
    scenario : Scenario
    uncertainty : Uncertainty
    setting : Setting, optional
        The packaged evidence and library if left out.
    unit : str
        Unit of concentrations.
    tail : (start, end), optional
        Hours in which the terminal slope is taken, as in `Result.exposure`.
    progress : callable, optional
        Called with the number of studies done and in all.

    Returns
    -------
    Studies

    Raises
    ------
    ScenarioError
        If no row behind the scenario states an uncertainty.
    """
    ready = prepare(scenario, setting)
    evidence = ready.setting.evidence
    drawn = uncertainty.draws(ready.model, evidence)
    if not drawn:
        raise ScenarioError(
            "no row behind this scenario states an uncertainty",
            where=scenario.title or scenario.regimen.text,
            expected="rows with a standard error, a 95 % interval or an assumed range, or a table of samples",
        )
    tables: list[pd.DataFrame] = []
    curves: list[xr.Dataset] = []
    count = _at_once(ready, uncertainty.studies)
    for first in range(0, uncertainty.studies, count):
        numbers = range(first, min(first + count, uncertainty.studies))
        part = {name: values[numbers.start : numbers.stop] for name, values in drawn.items()}
        solution = ready.solve(part)
        results = [(number + 1, ready.result(solution, place)) for place, number in enumerate(numbers)]
        found = collect(results, unit, tail)
        tables += found[0]
        curves += found[1]
        if progress is not None:
            progress(numbers.stop, uncertainty.studies)
    known = set(drawn)
    return Studies(
        base=ready.result(ready.solve()),
        curves=xr.concat(curves, dim="study"),
        table=pd.concat(tables, ignore_index=True),
        typical=pd.DataFrame(dict(drawn), index=pd.RangeIndex(1, uncertainty.studies + 1, name="study")),
        unstated=tuple(name for name in unstated(ready.model, evidence) if name not in known),
        seed=uncertainty.seed,
    )


def _at_once(ready: Prepared, studies: int) -> int:
    """How many studies one call may hold."""
    each = ready.scenario.people.size * len(ready.scenario.grid) * len(ready.recorded)
    return max(1, min(studies, NUMBERS_AT_ONCE // each))
