"""What the answer owes to assumptions that nobody knows: one at a time over its range, and all together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from speciosa.errors import ScenarioError
from speciosa.model import Model
from speciosa.results import Result
from speciosa.simulation import Scenario, Setting, prepare
from speciosa.units import convert


@dataclass(frozen=True)
class Variant:
    """One assumption, or all of them, moved to an end of the range.

    Parameters
    ----------
    label : str
        What was moved.
    end : str
        "base", "low" or "high".
    values : mapping of str to float
        Typical values in the model's units.
    result : Result
    """

    label: str
    end: str
    values: Mapping[str, float]
    result: Result


def ends(slot: str, model: Model, setting: Setting) -> tuple[float, float]:
    """The range of a slot's row, in the unit of the model.

    Parameters
    ----------
    slot : str
    model : Model
    setting : Setting

    Returns
    -------
    tuple of float
        Low and high.

    Raises
    ------
    ScenarioError
        If the row states no range.
    """
    row = (model.evidence or setting.evidence).slot(slot).row
    if row.interval is None:
        raise ScenarioError(
            f"row {row.id} of {slot} states no range",
            expected="a row with a spread",
            advice=f"`speciosa evidence show {row.id}` shows it.",
        )
    unit = model.parameter(slot).unit
    low, high = (float(convert(value, row.unit, unit)) for value in row.interval)
    return low, high


def one_at_a_time(
    scenario: Scenario,
    groups: Mapping[str, Sequence[str]],
    setting: Setting | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Variant]:
    """Simulate with each group of slots at both ends of its range, then with all groups together.

    Parameters
    ----------
    scenario : Scenario
        Usually of the typical adult.
    groups : mapping of str to sequence of str
        Label to the slots that move together; slots that the model does not have are passed over.
    setting : Setting, optional
    progress : callable, optional
        Called with the number of runs done and in all.

    Yields
    ------
    Variant
        The base first.
    """
    ready = prepare(scenario, setting)
    model = ready.model
    moves: list[tuple[str, str, dict[str, float]]] = [("base", "base", {})]
    known = {
        label: [slot for slot in slots if slot in model.parameter_index] for label, slots in groups.items()
    }
    known = {label: slots for label, slots in known.items() if slots}
    if len(known) > 1:
        known["all of these together"] = [slot for slots in known.values() for slot in slots]
    for label, slots in known.items():
        range_of = {slot: ends(slot, model, ready.setting) for slot in slots}
        moves.append((label, "low", {slot: pair[0] for slot, pair in range_of.items()}))
        moves.append((label, "high", {slot: pair[1] for slot, pair in range_of.items()}))
    for count, (label, end, values) in enumerate(moves, start=1):
        moved = replace(ready, scenario=replace(scenario, values={**scenario.values, **values}))
        typical = {slot: np.array([value]) for slot, value in values.items()}
        yield Variant(label, end, values, moved.result(ready.solve(typical)))
        if progress is not None:
            progress(count, len(moves))
