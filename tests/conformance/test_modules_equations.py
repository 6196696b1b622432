"""Every drug by every route, and every product, in equations alone: units, evidence, mass, signs.

Parametrized from the library, so that a new drug or product is tested as soon as its file lies there.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from speciosa.body.person import is_linear, modules_for
from speciosa.drugs import Use, catalog
from speciosa.evidence import load
from speciosa.model import (
    Expression,
    Flow,
    Kind,
    Model,
    check_module,
    compose,
    derivative,
    evaluate,
    substitute,
    symbols,
    total,
)
from speciosa.model.dimensions import check_unit
from speciosa.model.expression import as_expression
from speciosa.units import is_coherent

MOLECULES = {
    f"{drug.name}/{route.name}": (Use(drug.name, route.name),)
    for drug in catalog().drugs.values()
    for route in drug.routes
}
PRODUCTS = {
    f"{product.name}/{route}/{'stated' if is_stated else 'default'}": tuple(
        Use(component.drug, route, product.name, is_stated) for component in product.components
    )
    for product in catalog().products.values()
    for route in product.routes
    for is_stated in (True, False)
}
EVERYTHING = {"everything at once": tuple(use for uses in (MOLECULES | PRODUCTS).values() for use in uses)}
CASES = MOLECULES | PRODUCTS | EVERYTHING | {"nothing at all": ()}
every_case = pytest.mark.parametrize("case", CASES)


@cache
def model(case: str) -> Model:
    return compose(modules_for(CASES[case], catalog()), load(), name=case)


def points(model: Model, count: int = 5) -> list[dict[str, float]]:
    """Typical parameters with random states, the first as before any dose: amounts of drugs are none."""
    random = np.random.default_rng(20260101)
    parameters = {item.name: item.value for item in model.parameters}
    start = {state.name: evaluate(as_expression(state.initial), parameters) for state in model.states}
    found = [parameters | start | {"t": 0.0}]
    for _ in range(count):
        states = {state.name: float(state.scale * 10 ** random.uniform(-3, 3)) for state in model.states}
        shares = {state.name: float(random.uniform()) for state in model.states if not state.unit}
        found.append(parameters | states | shares | {"t": float(random.uniform(0, 100))})
    return found


def rate(model: Model, flow: Flow) -> Expression:
    """Rate of a flow, with the signals of other modules put in."""
    definitions = {output.signal.expression: output.value for output in model.outputs}
    return substitute(flow.rate, definitions)


def resting(model: Model, scale: str) -> float:
    """Score without withdrawal; a personal floor is a share of the largest score."""
    floor = model.parameter(f"{scale}.floor")
    return floor.value if floor.unit else floor.value * model.parameter(f"{scale}.maximum").value


def test_the_library_is_not_empty() -> None:
    assert len(MOLECULES) >= 18
    assert len(PRODUCTS) >= 10


@every_case
def test_every_module_stands_on_its_own(case: str) -> None:
    modules = modules_for(CASES[case], catalog())
    assert len({module.name for module in modules}) == len(modules)
    for module in modules:
        check_module(module)
        assert module.description


@every_case
def test_every_parameter_rests_on_a_row(case: str) -> None:
    evidence = load()
    for item in model(case).parameters:
        assert item.slot is not None
        assert item.slot.row.id in evidence.rows
        assert math.isfinite(item.value)
        assert item.value >= 0.0 or "exponent" in item.name, f"{item.name} is {item.value}"
    for slot in model(case).slots:
        assert evidence.slot(slot).row.value is not None


@every_case
def test_units_agree_in_the_composed_equations(case: str) -> None:
    composed = model(case)
    for state, rate in zip(composed.states, composed.derivatives, strict=True):
        assert is_coherent(state.unit)
        check_unit(rate, f"{state.unit}/h" if state.unit else "1/h", state.name)
    for output in composed.outputs:
        check_unit(output.value, output.unit, output.name)
    for inlet in composed.inlets:
        check_unit(inlet.fraction, "", inlet.name)
        check_unit(inlet.lag, "h", inlet.name)


@every_case
def test_equations_are_closed(case: str) -> None:
    composed = model(case)
    known = {item.expression for item in composed.states}
    known |= {item.parameter.expression for item in composed.parameters}
    for root in (*composed.derivatives, *(output.value for output in composed.outputs)):
        assert {item for item in symbols(root) if item.kind is not Kind.TIME} <= known
    for inlet in composed.inlets:
        kinds = {item.kind for item in symbols(inlet.fraction)}
        assert kinds <= {Kind.PARAMETER, Kind.DOSE}
        assert {item.kind for item in symbols(inlet.lag)} <= {Kind.PARAMETER}


@every_case
def test_every_declared_parameter_is_used(case: str) -> None:
    composed = model(case)
    roots = [*composed.derivatives, *(output.value for output in composed.outputs)]
    for inlet in composed.inlets:
        roots += [inlet.fraction, inlet.lag, *([] if inlet.duration is None else [inlet.duration])]
    used = {item.name for root in roots for item in symbols(root, Kind.PARAMETER)}
    assert {item.name for item in composed.parameters} == used


@every_case
def test_every_use_has_its_group_of_inlets(case: str) -> None:
    assert set(model(case).inlet_groups) == {use.group for use in CASES[case]}


@every_case
def test_amounts_change_by_what_enters_and_leaves_alone(case: str) -> None:
    composed = model(case)
    amounts = [index for index, state in enumerate(composed.states) if state.unit == "nmol"]
    flows = [flow for module in composed.modules for flow in module.flows]
    gained = total(composed.derivatives[index] for index in amounts)
    entering = total(rate(composed, flow) for flow in flows if flow.source is None)
    leaving = total(rate(composed, flow) for flow in flows if flow.target is None)
    for point in points(composed):
        exchanged = evaluate(entering - leaving, point)
        # Rounding is in proportion to the largest flow, not to their sum.
        largest = max((abs(evaluate(rate(composed, flow), point)) for flow in flows), default=0.0)
        assert evaluate(gained, point) == pytest.approx(exchanged, rel=1e-12, abs=1e-12 * largest)


@every_case
def test_flows_run_forward_only(case: str) -> None:
    composed = model(case)
    for module in composed.modules:
        for flow in module.flows:
            resolved = rate(composed, flow)
            for point in points(composed):
                assert evaluate(resolved, point) >= 0.0, flow.name
            if flow.source is not None:
                emptied = {**points(composed)[1], flow.source.name: 0.0}
                assert evaluate(resolved, emptied) == 0.0, f"{flow.name} draws on an empty state"


@every_case
def test_empty_states_do_not_fall(case: str) -> None:
    composed = model(case)
    for state, rate in zip(composed.states, composed.derivatives, strict=True):
        for point in points(composed)[1:]:
            assert evaluate(rate, {**point, state.name: 0.0}) >= 0.0, state.name


@every_case
def test_outputs_stay_within_their_range(case: str) -> None:
    composed = model(case)
    for point in points(composed):
        values = {output.name: evaluate(output.value, point) for output in composed.outputs}
        assert all(math.isfinite(value) and value >= 0.0 for value in values.values())
        for name, value in values.items():
            if name.startswith(("occupancy.", "signal.", "share.")) or name in ("dependence", "tolerance"):
                assert value <= 1.0 + 1e-12, name
        held = sum(value for name, value in values.items() if name.startswith("occupancy.MOR."))
        assert held == pytest.approx(values["occupancy.MOR"], rel=1e-12)
        carried = sum(value for name, value in values.items() if name.startswith("share.MOR."))
        assert carried == pytest.approx(1.0 if values["signal.MOR"] > 0 else 0.0, rel=1e-12)
        assert values["withdrawal"] == max(0.0, values["dependence"] - values["signal.MOR"])
        for scale in ("COWS", "SOWS-Handelsman"):
            assert resting(composed, scale) * (1.0 - 1e-12) <= values[scale]
            assert values[scale] <= composed.parameter(f"{scale}.maximum").value


@every_case
def test_nothing_happens_in_an_untouched_person(case: str) -> None:
    composed = model(case)
    empty = points(composed)[0]
    assert [evaluate(rate, empty) for rate in composed.derivatives] == [0.0] * len(composed.states)
    assert evaluate(composed.output("withdrawal").value, empty) == 0.0
    for scale in ("COWS", "SOWS-Handelsman"):
        score = evaluate(composed.output(scale).value, empty)
        assert score == pytest.approx(resting(composed, scale), rel=1e-12)


@every_case
def test_plasma_falls_with_clearance_and_kinetics_are_linear_where_declared(case: str) -> None:
    composed = model(case)
    amounts = [index for index, state in enumerate(composed.states) if state.unit == "nmol"]
    slopes = {
        (index, by): derivative(composed.derivatives[index], composed.states[by].expression)
        for index in amounts
        for by in amounts
    }
    for (index, by), slope in slopes.items():
        if index == by:
            assert evaluate(slope, points(composed)[0]) < 0.0, "a state that nothing leaves"
        else:
            assert evaluate(slope, points(composed)[0]) >= 0.0
    curved = [item for item, slope in slopes.items() if symbols(slope, Kind.STATE)]
    assert bool(curved) == (not is_linear(CASES[case], catalog()))


@pytest.mark.parametrize("case", PRODUCTS)
def test_products_change_the_share_that_acts_and_nothing_else(case: str) -> None:
    composed = model(case)
    plain = compose(modules_for([Use(use.drug, use.route) for use in CASES[case]], catalog()), load())
    assert [state.name for state in composed.states] == [state.name for state in plain.states]
    point = points(composed)[1] | {"dose": 1000.0}
    for mine, other in zip(composed.derivatives, plain.derivatives, strict=True):
        assert evaluate(mine, point) == evaluate(other, point)
    name = case.split("/", maxsplit=1)[0]
    product = catalog().products[name]
    factors = {item.drug: item.preparation for item in product.components}
    is_default = case.endswith("default")
    for mine, other in zip(composed.inlets, plain.inlets, strict=True):
        drug = mine.group.split("/")[0]
        slot = factors[drug]
        factor = composed.parameter(slot).value if slot else 1.0
        batch = composed.parameter(product.batch).value if product.batch and is_default else 1.0
        assert evaluate(mine.fraction, point) == pytest.approx(
            evaluate(other.fraction, point) * factor * batch
        )
        varies = product.batch and product.batch in {item.name for item in symbols(mine.fraction)}
        assert bool(varies) == bool(product.batch and is_default)
