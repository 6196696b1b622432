"""Every drug with a metabolism, where it changes: nothing happens without cause, and mass is in balance."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from speciosa.body.person import is_linear, modules_for
from speciosa.drugs import Use, catalog
from speciosa.drugs.interaction import PHENOTYPES
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.interactions import contacts
from speciosa.model import Model, compose, evaluate
from speciosa.model.expression import as_expression

FloatArray = npt.NDArray[np.float64]
DOSE = 1_000.0
TIMES = np.linspace(0.0, 48.0, 97)
DOSED = {
    f"{drug.name}/{route.name}": (drug, route)
    for drug in catalog().drugs.values()
    for route in drug.routes
    if drug.metabolism is not None
}
PERPETRATORS = [
    drug
    for drug in catalog().drugs.values()
    if drug.routes and (drug.inhibits or drug.inactivates or drug.induces)
]
MEETINGS = {
    f"{perpetrator.name} on {name}": (perpetrator.name, name)
    for perpetrator in PERPETRATORS
    for name, (victim, _) in DOSED.items()
    if contacts([perpetrator], [victim])
}
every_meeting = pytest.mark.parametrize("meeting", MEETINGS)


def model(*uses: Use) -> Model:
    return compose(modules_for(uses, catalog()), load())


def curves(
    composed: Model, use: Use, family: list[str], values: dict[str, float] | None = None
) -> FloatArray:
    """Concentrations of a family after one dose of one use."""
    outputs = [f"plasma.{name}" for name in family]
    kernel = compile_model(composed, target="reference", outputs=outputs)
    inlets = composed.inlet_groups[use.group]
    events = Events.boluses(np.zeros(len(inlets)), np.array(inlets, dtype=np.int64), DOSE)
    table = np.array([[(values or {}).get(item.name, item.value) for item in composed.parameters]])
    found = kernel.run(table, Schedules.shared(events, 1), TIMES, start=0.0)
    assert not found.status.any(), found.failures
    return found.values[0]


@cache
def meeting_model(name: str) -> tuple[Model, Use, list[str]]:
    perpetrator, victim = MEETINGS[name]
    drug, route = DOSED[victim]
    use = Use(drug.name, route.name)
    other = catalog().drugs[perpetrator]
    family = [member.name for member in catalog().family(drug.name)]
    return model(use, Use(other.name, other.routes[0].name)), use, family


@every_meeting
def test_a_perpetrator_that_is_not_taken_changes_nothing(meeting: str) -> None:
    """The first pass apart from the rest, and activities of 1, give the published kinetics."""
    composed, use, family = meeting_model(meeting)
    np.testing.assert_allclose(
        curves(composed, use, family), curves(model(use), use, family), rtol=1e-6, atol=1e-7
    )


@every_meeting
def test_factors_are_one_before_any_dose(meeting: str) -> None:
    composed, _, _ = meeting_model(meeting)
    point = {item.name: item.value for item in composed.parameters}
    point |= {state.name: evaluate(as_expression(state.initial), point) for state in composed.states}
    factors = {
        output.name: evaluate(output.value, point)
        for output in composed.outputs
        if output.name.startswith(("metabolism.", "enzyme.")) and not output.name.endswith(".passing")
    }
    assert factors
    for name, value in factors.items():
        assert value == pytest.approx(1.0, rel=1e-12), name


@every_meeting
def test_kinetics_are_declared_as_no_longer_linear(meeting: str) -> None:
    perpetrator, victim = MEETINGS[meeting]
    drug, route = DOSED[victim]
    other = catalog().drugs[perpetrator]
    assert not is_linear([Use(drug.name, route.name), Use(other.name, other.routes[0].name)], catalog())


PHENOTYPED = sorted(
    name
    for name, (drug, _) in DOSED.items()
    if drug.metabolism is not None and set(drug.metabolism.enzymes) & set(PHENOTYPES)
)


@pytest.mark.parametrize("name", PHENOTYPED)
def test_a_phenotype_of_one_changes_nothing_and_of_zero_leaves_the_rest(name: str) -> None:
    drug, route = DOSED[name]
    use = Use(drug.name, route.name)
    family = [member.name for member in catalog().family(drug.name)]
    composed = compose(modules_for([use], catalog(), PHENOTYPES), load())
    plain = curves(composed if not is_linear([use], catalog()) else model(use), use, family)
    np.testing.assert_allclose(curves(composed, use, family), plain, rtol=1e-6, atol=1e-7)
    poor = curves(composed, use, family, dict.fromkeys((f"{item}.phenotype" for item in PHENOTYPES), 0.0))
    assert np.trapezoid(poor[:, 0], TIMES) > np.trapezoid(plain[:, 0], TIMES)
    assert poor.min() >= -1e-7
