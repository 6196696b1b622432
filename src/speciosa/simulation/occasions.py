"""When parameters that vary within a person change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speciosa.drugs import Use
from speciosa.simulation.scenario import FloatArray

if TYPE_CHECKING:
    from speciosa.simulation.prepared import Prepared


def batches(ready: Prepared) -> tuple[str, ...]:
    """Parameters of batches that change with every dose."""
    if ready.scenario.batches == "person":
        return ()
    products = ready.setting.library.products.values()
    return tuple(dict.fromkeys(item.batch for item in products if item.batch))


def occasions(ready: Prepared) -> dict[str, tuple[FloatArray, ...]]:
    """Parameters that vary within a person, and the times at which they change, of each person."""
    intake, length, by_dose = ready.intake, ready.scenario.occasion, batches(ready)
    found = {}
    for item in ready.model.parameters:
        if item.name not in by_dose and item.parameter.occasion is None:
            continue
        own = _uses_of(item.name, ready)
        times = [np.unique([dose.time for dose in doses if dose.use in own]) for doses in intake.doses]
        if length is not None and item.name not in by_dose:
            times = [
                np.arange(each[0], ready.scenario.until, length) if len(each) else each for each in times
            ]
        found[item.name] = tuple(times[course] for course in intake.of_person)
    return found


def _uses_of(name: str, ready: Prepared) -> set[Use]:
    """The uses whose doses begin an occasion: of the batch's products, or of the drug and its parents."""
    library = ready.setting.library
    products = {key for key, product in library.products.items() if product.batch == name}
    if products:
        return {use for use in ready.intake.uses if use.product in products}
    drug = name.partition(".")[0]
    return {use for use in ready.intake.uses if drug in {member.name for member in library.family(use.drug)}}
