"""Many settings of uncertain parameters, simulated in the typical adult in few calls of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speciosa.errors import ScenarioError, UnknownNameError
from speciosa.evidence import Row
from speciosa.sensitivity.measure import Measure
from speciosa.simulation import Prepared, Scenario, Setting, prepare
from speciosa.uncertainty import Belief, beliefs, unit_of

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
AT_ONCE = 2048


@dataclass(frozen=True)
class Factors:
    """A scenario of the typical adult, its uncertain parameters and what is asked.

    Parameters
    ----------
    ready : Prepared
    measures : tuple of Measure
    known : mapping of str to Belief
        Slots that are moved.
    """

    ready: Prepared
    measures: tuple[Measure, ...]
    known: Mapping[str, Belief]

    @property
    def names(self) -> tuple[str, ...]:
        """Slots that are moved."""
        return tuple(self.known)

    def row(self, name: str) -> Row:
        """Evidence row of a slot."""
        return self.ready.setting.evidence.slot(name).row

    def unit(self, name: str) -> str:
        """Unit in which the model reads a slot."""
        found, _ = unit_of(name, self.ready.model, self.ready.setting.evidence)
        return found or "dimensionless"

    def measure_unit(self, measure: Measure) -> str:
        """Unit of a measure."""
        unit = self.ready.model.output(measure.output).unit or "dimensionless"
        return {"time of peak": "h", "AUC": "h" if unit == "dimensionless" else f"{unit}*h"}.get(
            measure.summary, unit
        )

    def evaluate(self, shares: FloatArray, progress: Progress | None = None) -> FloatArray:
        """Every measure for every setting.

        Parameters
        ----------
        shares : ndarray, shape (settings, slots)
            Place of each slot in its distribution, from 0 to 1.
        progress : callable, optional
            Called with the number of settings done and in all.

        Returns
        -------
        ndarray, shape (settings, measures)

        Raises
        ------
        ScenarioError
            If a setting could not be simulated.
        """
        values = {
            name: belief.at(shares[:, place]) for place, (name, belief) in enumerate(self.known.items())
        }
        return self.at(values, len(shares), progress)

    def at(
        self, values: Mapping[str, FloatArray], count: int, progress: Progress | None = None
    ) -> FloatArray:
        """Every measure for values of the slots, (settings,) each; see `evaluate`."""
        found = np.empty((count, len(self.measures)))
        scenario = self.ready.scenario
        for first in range(0, count, AT_ONCE):
            beyond = min(first + AT_ONCE, count)
            solution = self.ready.solve({name: column[first:beyond] for name, column in values.items()})
            if solution.failures:
                failure = solution.failures[0]
                raise ScenarioError(
                    f"setting {first + failure.person + 1} of {count} could not be simulated",
                    where=self.measures[0].label,
                    advice=failure.text.partition(": ")[2],
                )
            for place, measure in enumerate(self.measures):
                column = [output.name for output in self.ready.recorded].index(measure.output)
                course = solution.values[:, :, column]
                found[first:beyond, place] = measure.of(scenario.grid, course, scenario)
            if progress is not None:
                progress(beyond, count)
        return found


def factors_of(
    scenario: Scenario,
    measures: Sequence[Measure],
    setting: Setting | None = None,
    *,
    only: Sequence[str] | None = None,
) -> Factors:
    """The typical adult of a scenario and the parameters whose rows say how well they are known.

    Parameters
    ----------
    scenario : Scenario
        Its people give the typical adult, with his or her opioid history.
    measures : sequence of Measure
    setting : Setting, optional
    only : sequence of str, optional
        Move these slots only, or those whose names begin so up to a dot.

    Returns
    -------
    Factors

    Raises
    ------
    SpeciosaError
        If an output is not known, nothing is uncertain, or the people stand in a file.
    """
    setting = setting or Setting()
    if scenario.people.makeup is not None:
        raise ScenarioError(
            "parameters are moved in one typical adult, and a file of people is given",
            where="people",
            expected="weight, height, age and history of the typical adult",
        )
    times = np.unique(np.concatenate([measure.times(scenario) for measure in measures]))
    alone = replace(scenario.people, size=1, first=0, is_varied=False)
    outputs = tuple(dict.fromkeys(measure.output for measure in measures))
    ready = prepare(replace(scenario, people=alone, times=tuple(times.tolist()), outputs=outputs), setting)
    spreads = {
        slot
        for item in ready.model.parameters
        for spread in (item.parameter.spread, item.parameter.occasion)
        if spread
        for slot in spread.slots
    }
    known = {
        name: item for name, item in beliefs(ready.model, setting.evidence).items() if name not in spreads
    }
    for name in only or ():
        if not any(_is_named(slot, name) for slot in known):
            raise UnknownNameError("uncertain parameter", name, known)
    if only:
        known = {slot: item for slot, item in known.items() if any(_is_named(slot, name) for name in only)}
    if not known:
        raise ScenarioError("no row behind this scenario states an uncertainty", where=scenario.regimen.text)
    return Factors(ready, tuple(measures), known)


def _is_named(slot: str, name: str) -> bool:
    return slot == name or slot.startswith(f"{name}.")
