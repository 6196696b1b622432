"""The fast target gives what the plain one gives: on all models of the library and all kinds of events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.body.person import modules_for
from speciosa.drugs import Use, catalog
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import Model, compose

pytest.importorskip("llvmlite")
# Each step is kept within 1e-6 of each state. Over a course the errors of many steps add up, withdrawal is a
# small difference of large numbers, and its curve has a kink where it sets in: a hundredfold at most.
RTOL = 1e-4
# Below this part of its largest value an output is compared with that part.
FLOOR = 1e-3
# What stays below this is nothing: withdrawal in a person who is not dependent.
NOTHING = 1e-6


def every_use() -> list[Use]:
    library = catalog()
    return [
        *(Use(drug.name, route.name) for drug in library.drugs.values() for route in drug.routes),
        *(
            Use(component.drug, route, product.name, is_content_stated=False)
            for product in library.products.values()
            for route in product.routes
            for component in product.components
        ),
    ]


def difference(found: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Largest difference, relative to the value or to a part of the largest value of that output."""
    size = np.abs(right)
    least = FLOOR * size.max(axis=1, keepdims=True) + NOTHING
    return float((np.abs(found - right) / np.maximum(size, least)).max())


def doses_into(model: Model, group: str) -> Events:
    """Twice a day for two days, into all inlets of a group."""
    inlets = model.inlet_groups[group]
    time = np.repeat([0.0, 12.0, 24.0, 36.0], len(inlets))
    return Events.boluses(time, np.tile(inlets, 4), 2e4)


@pytest.mark.parametrize("use", every_use(), ids=lambda use: use.group)
def test_every_model_of_the_library(use: Use) -> None:
    model = compose(modules_for([use], catalog()), load(), name=use.group)
    typical = np.array([[item.value for item in model.parameters]])
    times = np.linspace(0.0, 48.0, 97)
    schedules = Schedules.shared(doses_into(model, use.group), 1)
    found, right = (
        # A small absolute tolerance, so that outputs far below the scale of their states are compared too.
        compile_model(model, target=target, atol=1e-12).run(typical, schedules, times)
        for target in ("llvm", "reference")
    )
    assert found.failures == right.failures == ()
    assert difference(found.values, right.values) < RTOL
