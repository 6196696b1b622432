"""Pharmacokinetics of the published model: bioavailability by sprays, mass, volumes that shrink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speciosa.body.breathing.signals import VOLUME_FACTOR
from speciosa.body.published import ANTAGONIST_ROUTES, OPIOID_ROUTES, antagonist, opioid
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import Model, Module, Output, Parameter, Signal, compose

HOLD = Parameter("held", "", "held factor of volumes")
FACTOR = Module("held", "", parameters=(HOLD,), outputs=(Output(VOLUME_FACTOR, HOLD.expression),))
SPRAY = 4e-3 / 327.27 * 1e9  # nmol


def seen(module: Module, *states: str) -> Module:
    """The module with some states as outputs."""
    units = {state.name: state for state in module.states}
    shown = tuple(
        Output(Signal(f"shown.{name}", units[name].unit, name), units[name].expression) for name in states
    )
    return replace(module, outputs=(*module.outputs, *shown))


def model_of(module: Module, factor: float = 1.0) -> Model:
    return compose((module, FACTOR), load(), values={"held": factor})


def run(model: Model, events: Events, names: list[str], times: list[float]) -> np.ndarray:
    table = np.array([[item.value for item in model.parameters]])
    kernel = compile_model(model, target="reference", outputs=names)
    found = kernel.run(table, Schedules.shared(events, 1), np.array(times), start=0.0)
    assert not found.failures
    return np.asarray(found.values[0])


def doses(model: Model, group: str, times: list[float], amount: float) -> Events:
    inlets = model.inlet_groups[group]
    where = np.array([inlet for _ in times for inlet in inlets])
    return Events.boluses(np.repeat(np.array(times), len(inlets)), inlet=where, amount=amount)


@pytest.mark.parametrize(
    "module",
    [
        *(opioid(drug, route) for drug, routes in OPIOID_ROUTES.items() for route in routes),
        *(antagonist(drug, route) for drug, routes in ANTAGONIST_ROUTES.items() for route in routes),
    ],
    ids=lambda module: module.name,
)
def test_every_way_composes_and_reaches_its_site(module: Module) -> None:
    model = model_of(module)
    group = model.inlets[0].group
    site = next(output.name for output in model.outputs if output.name.startswith("site."))
    found = run(model, doses(model, group, [0.0], 1000.0), [site], [0.0, 0.5])
    assert found[0, 0] == 0.0
    assert found[1, 0] > 0.0


def absorbed(times: list[float], group: str = "naloxone/intranasal", amount: float = SPRAY) -> float:
    """Share of all sprays that came to the first transit and on, from the area of plasma."""
    module = antagonist("naloxone", "intranasal")
    model = model_of(seen(module, "naloxone.plasma"))
    end = np.linspace(0.0, 200.0, 40001)
    curve = run(model, doses(model, group, times, amount), ["shown.naloxone.plasma"], end.tolist())[:, 0]
    clearance = load().slot("naloxone.published.intranasal.CL").value("L/h")
    return float(np.trapezoid(curve, end) * clearance / (len(times) * amount))


def test_bioavailability_of_first_sprays_and_of_a_third() -> None:
    assert absorbed([0.0, 10.0]) == pytest.approx(0.2563, rel=2e-3)
    assert absorbed([0.0, 10.0, 20.0]) == pytest.approx((2 * 0.2563 + 0.2005) / 3, rel=2e-3)


def test_bioavailability_of_a_second_pair() -> None:
    pair = "naloxone/intranasal/pair"
    assert absorbed([0.0], pair, 2 * SPRAY) == pytest.approx(0.2563, rel=2e-3)
    assert absorbed([0.0, 10.0], pair, 2 * SPRAY) == pytest.approx((0.2563 + 0.165) / 2, rel=2e-3)


def test_a_third_spray_lowers_what_is_left_of_the_second() -> None:
    """F is a state of the nose, so that sprays close together all count as the third."""
    assert absorbed([0.0, 0.001, 0.002]) == pytest.approx(0.2005, rel=2e-2)


def test_shrunken_volumes_double_the_concentration_and_leave_the_amounts() -> None:
    states = ("fentanyl.central",)
    module = seen(opioid("fentanyl", "intravenous"), *states)
    found = {}
    for factor in (1.0, 2.0):
        model = model_of(module, factor)
        events = doses(model, "fentanyl/intravenous", [0.0], 1000.0)
        found[factor] = run(model, events, ["site.fentanyl", "shown.fentanyl.central"], [0.0, 0.1])[1]
    assert found[2.0] == pytest.approx([2.0 * found[1.0][0], found[1.0][1]])
