"""Every drug by every route, and every product, simulated with the reference target.

Each case is run once with five schedules. Where the kinetics are declared linear, mass balance, dose
proportion, superposition, steady state and the exact solution hold to the tolerance of the solver. Saturable
elimination, and a drug that changes the enzymes of its own clearance, are linear in the limit of small doses:
such a case is run again with doses that are, and holds there to what the doses still change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import pytest
from scipy.linalg import expm

from speciosa.body.disposition import plasma
from speciosa.body.person import is_linear, modules_for
from speciosa.drugs import Use, catalog
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import (
    Change,
    Flow,
    Inlet,
    Model,
    Module,
    Output,
    Signal,
    State,
    compose,
    derivative,
    evaluate,
)
from speciosa.model.expression import as_expression

FloatArray = npt.NDArray[np.float64]
MOLECULES = {
    f"{drug.name}/{route.name}": (Use(drug.name, route.name),)
    for drug in catalog().drugs.values()
    for route in drug.routes
}
# A product of one drug without a preparation is that drug by that route, counted in another mass.
PRODUCTS = {
    f"{product.name}/{route}": tuple(Use(item.drug, route, product.name) for item in product.components)
    for product in catalog().products.values()
    for route in product.routes
    if len(product.components) > 1 or product.components[0].preparation
}
CASES = MOLECULES | PRODUCTS
# Swallowed diamorphine reaches the circulation as morphine alone.
ARRIVES_AS_METABOLITE = ("diamorphine/oral",)
every_case = pytest.mark.parametrize("case", CASES)
every_molecule = pytest.mark.parametrize("case", MOLECULES)

DOSE = 10_000.0
STEPS = 8  # recorded times a terminal half-life
LENGTH = 40  # terminal half-lives
DOSES = 20  # of the repeated schedule, one a terminal half-life
SINGLE, DOUBLE, TWICE, REPEATED, NONE = range(5)
# The solver runs at 1e-9 a step; what adds up over a run stays well below this.
CLOSE = 1e-6
# A dose far below the concentrations at which enzymes are changed, nmol; the solver is at 1e-7 of it.
SMALL_DOSE = 1e-2
CLOSE_TO_LINEAR = 3e-4
# Steps are longer where kinetics are not linear: large doses may be eliminated more slowly than small ones.
SLOWER = 2.0


def with_sink(modules: Iterable[Module]) -> list[Module]:
    """Modules whose losses are collected, so that what has left the body is known."""
    found = []
    for module in modules:
        if any(flow.target is None for flow in module.flows):
            sink = State(f"{module.name} eliminated", "nmol", "what left the body", scale=1000.0)
            flows = tuple(flow if flow.target else replace(flow, target=sink) for flow in module.flows)
            found.append(replace(module, states=(*module.states, sink), flows=flows))
        else:
            found.append(module)
    return found


def probe(modules: Iterable[Module]) -> Module:
    """Records every amount, and the area under the concentration of every drug."""
    modules = tuple(modules)
    amounts = tuple(state for module in modules for state in module.states if state.unit == "nmol")
    signals = tuple(
        output.signal for module in modules for output in module.outputs if output.name.startswith("plasma.")
    )
    areas = tuple(State(f"area of {item.name}", "nmol*h/L", "AUC", scale=1000.0) for item in signals)
    return Module(
        name="probe",
        description="what tests look at",
        states=(*amounts, *areas),
        inputs=signals,
        outputs=(
            *(Output(Signal(f"amount.{state.name}", "nmol", ""), state.expression) for state in amounts),
            *(Output(Signal(f"auc.{state.name[8:]}", state.unit, ""), state.expression) for state in areas),
        ),
        changes=tuple(Change(area, item.expression) for area, item in zip(areas, signals, strict=True)),
    )


@dataclass(frozen=True)
class Run:
    """One case: its model, exact kinetics of small doses and the five simulated schedules."""

    case: str
    dose: float = DOSE

    @cached_property
    def is_linear(self) -> bool:
        return is_linear(CASES[self.case], catalog())

    @property
    def close(self) -> float:
        """How well what is linear holds."""
        return CLOSE if self.is_linear else CLOSE_TO_LINEAR

    @property
    def tiny(self) -> float:
        """Share of a dose, or of a peak, that is known to nothing better than this."""
        return 1e-3 * CLOSE if self.dose == DOSE else 30.0 * CLOSE

    @cached_property
    def model(self) -> Model:
        modules = with_sink(modules_for(CASES[self.case], catalog()))
        return compose([*modules, probe(modules)], load(), name=self.case)

    @cached_property
    def typical(self) -> dict[str, float]:
        return {item.name: item.value for item in self.model.parameters}

    @cached_property
    def bodies(self) -> list[int]:
        """Positions of the amounts that are in the body."""
        return [
            index
            for index, state in enumerate(self.model.states)
            if state.unit == "nmol" and not state.name.endswith(" eliminated")
        ]

    @cached_property
    def untouched(self) -> dict[str, float]:
        """Parameters and states before any dose."""
        start = {item.name: evaluate(as_expression(item.initial), self.typical) for item in self.model.states}
        return self.typical | start

    @cached_property
    def matrix(self) -> FloatArray:
        """Rate constants between the amounts in the body, of small doses."""
        states = [self.model.states[index] for index in self.bodies]
        rates = [self.model.derivatives[index] for index in self.bodies]
        return np.array(
            [[evaluate(derivative(rate, by.expression), self.untouched) for by in states] for rate in rates]
        )

    @cached_property
    def half_life(self) -> float:
        """Terminal half-life in plasma, at the receptor or of an enzyme, whichever is slowest, h."""
        rates = [float(np.min(-np.linalg.eigvals(self.matrix).real))]
        for state, rate in zip(self.model.states, self.model.derivatives, strict=True):
            if state.unit == "nmol/L" or state.name.startswith("enzyme."):
                rates.append(-evaluate(derivative(rate, state.expression), self.untouched))
        return float(np.log(2.0) / min(rates)) * (1.0 if self.is_linear else SLOWER)

    @cached_property
    def times(self) -> FloatArray:
        return np.arange(LENGTH * STEPS + 1) * (self.half_life / STEPS)

    @cached_property
    def inlets(self) -> list[int]:
        return [index for use in CASES[self.case] for index in self.model.inlet_groups[use.group]]

    def doses(self, times: Iterable[float], amount: float) -> Events:
        records = [(time, inlet) for time in times for inlet in self.inlets]
        return Events.boluses(
            np.array([time for time, _ in records]),
            np.array([inlet for _, inlet in records], dtype=np.int64),
            amount,
        )

    @cached_property
    def values(self) -> FloatArray:
        schedules = (
            self.doses([0.0], self.dose),
            self.doses([0.0], 2.0 * self.dose),
            self.doses([0.0, self.times[STEPS]], self.dose),
            self.doses(self.times[: DOSES * STEPS : STEPS], self.dose),
            self.doses([], self.dose),
        )
        table = np.tile([item.value for item in self.model.parameters], (len(schedules), 1))
        kernel = compile_model(self.model, target="reference")
        found = kernel.run(table, Schedules(schedules, np.arange(len(schedules))), self.times, start=0.0)
        assert not found.status.any(), found.failures
        return found.values

    def of(self, schedule: int, *prefixes: str) -> FloatArray:
        """Outputs whose names start so, (times, outputs)."""
        names = [output.name for output in self.model.outputs]
        return self.values[schedule][:, [i for i, name in enumerate(names) if name.startswith(prefixes)]]

    def fraction(self, inlet: Inlet) -> float:
        return evaluate(inlet.fraction, {**self.typical, "dose": self.dose})

    def entered(self, inlets: Iterable[int]) -> float:
        return sum(self.dose * self.fraction(self.model.inlets[index]) for index in inlets)

    def resting(self, scale: str) -> float:
        """Score without withdrawal; a personal floor is a share of the largest score."""
        floor = self.model.parameter(f"{scale}.floor")
        return floor.value if floor.unit else floor.value * self.typical[f"{scale}.maximum"]

    def timing(self, inlet: Inlet) -> tuple[float, float]:
        duration = 0.0 if inlet.duration is None else evaluate(inlet.duration, self.typical)
        return evaluate(inlet.lag, self.typical), duration

    @cached_property
    def all_in(self) -> FloatArray:
        """Whether a dose at time 0 has entered completely, by recorded time."""
        last = max(sum(self.timing(self.model.inlets[index])) for index in self.inlets)
        return self.times > last


@cache
def run(case: str) -> Run:
    return Run(case)


@cache
def small(case: str) -> Run:
    """The run in which the kinetics are linear: small doses where they are so only in the limit."""
    return run(case) if run(case).is_linear else Run(case, SMALL_DOSE)


@every_case
def test_amounts_and_concentrations_are_never_negative(case: str) -> None:
    # Absolute tolerance is 1e-12 of the scale of 1000 nmol a step.
    lowest = min(float(run(case).of(item, "amount.", "plasma.", "biophase.").min()) for item in range(5))
    assert lowest >= -CLOSE


@every_case
def test_what_enters_stays_or_leaves(case: str) -> None:
    item = run(case)
    mass = item.of(SINGLE, "amount.").sum(axis=1)
    entered = item.entered(item.inlets)
    assert entered > 0.0
    assert item.all_in.sum() > STEPS
    np.testing.assert_allclose(mass[item.all_in], entered, rtol=CLOSE)
    assert (mass <= entered * (1.0 + CLOSE)).all()


@every_case
def test_at_the_end_all_has_left(case: str) -> None:
    item = run(case)
    sinks = [output.name for output in item.model.outputs if output.name.endswith(" eliminated")]
    gone = item.of(SINGLE, *sinks).sum(axis=1)
    assert (np.diff(gone) >= -CLOSE * DOSE).all()
    assert gone[-1] == pytest.approx(item.entered(item.inlets), rel=CLOSE)
    concentrations = item.of(SINGLE, "plasma.", "biophase.")
    peak = concentrations.max(axis=0)
    assert (peak > 0.0).any()
    assert (peak > 0.0).all() or case in ARRIVES_AS_METABOLITE
    assert (concentrations[-1] <= 1e-6 * peak).all()
    assert (item.of(SINGLE, "occupancy.", "signal.")[-1] <= 1e-3).all()


@every_case
def test_exact_solution_of_the_linear_kinetics(case: str) -> None:
    """Doses, shares, lags and durations by matrix exponentials, without the engine."""
    item = small(case)
    size = len(item.bodies)
    expected = np.zeros((len(item.times), size))
    for index in item.inlets:
        inlet = item.model.inlets[index]
        lag, duration = item.timing(inlet)
        column = item.bodies.index(item.model.state_index[inlet.state.name])
        amount = item.dose * item.fraction(inlet)
        # One more state, which stays at 1, carries the constant rate of a zero-order input.
        driven = np.zeros((size + 1, size + 1))
        driven[:size, :size] = item.matrix
        driven[column, size] = amount / duration if duration else 0.0
        for row, time in enumerate(item.times):
            since = time - lag
            if since < 0.0:
                continue
            if duration == 0.0:
                expected[row] += expm(item.matrix * since)[:, column] * amount
            else:
                during = expm(driven * min(since, duration))[:size, size]
                expected[row] += expm(item.matrix * max(0.0, since - duration)) @ during
    names = [f"amount.{item.model.states[index].name}" for index in item.bodies]
    positions = [item.model.output_index[name] for name in names]
    np.testing.assert_allclose(
        item.values[SINGLE][:, positions], expected, rtol=item.close, atol=item.tiny * item.dose
    )


@every_case
def test_concentrations_are_in_proportion_to_dose(case: str) -> None:
    item = small(case)
    single, double = (item.of(schedule, "plasma.") for schedule in (SINGLE, DOUBLE))
    exponents = {
        part.dose_exponent
        for use in CASES[case]
        for part in catalog().drugs[use.drug].route(use.route).inputs  # type: ignore[union-attr]
    }
    power = 1.0
    if exponents != {None}:
        (slot,) = exponents
        power += item.typical[catalog().drugs[CASES[case][0].drug].slot(str(slot))]
        assert power != 1.0
    np.testing.assert_allclose(double, 2.0**power * single, rtol=item.close, atol=item.tiny * single.max())


@every_case
def test_doses_add_up(case: str) -> None:
    item = small(case)
    single, twice = (item.of(schedule, "plasma.") for schedule in (SINGLE, TWICE))
    later = np.vstack([np.zeros((STEPS, single.shape[1])), single[:-STEPS]])
    np.testing.assert_allclose(twice, single + later, rtol=item.close, atol=item.tiny * single.max())


@every_case
def test_repeated_doses_reach_a_steady_state(case: str) -> None:
    item = run(case)
    sinks = [output.name for output in item.model.outputs if output.name.endswith(" eliminated")]
    gone = item.of(REPEATED, *sinks).sum(axis=1)
    last = gone[DOSES * STEPS] - gone[(DOSES - 1) * STEPS]
    # Twenty terminal half-lives leave 1e-6, times a factor where metabolite and parent are equally slow.
    assert last == pytest.approx(item.entered(item.inlets), rel=1e-4)
    concentration = item.of(REPEATED, "plasma.")
    before = concentration[(DOSES - 2) * STEPS : (DOSES - 1) * STEPS]
    np.testing.assert_allclose(
        concentration[(DOSES - 1) * STEPS : DOSES * STEPS], before, rtol=1e-3, atol=1e-9
    )


@every_case
def test_area_of_an_interval_is_that_of_one_dose(case: str) -> None:
    item = small(case)
    single = item.of(SINGLE, "auc.")[-1]
    areas = item.of(REPEATED, "auc.")
    np.testing.assert_allclose(areas[DOSES * STEPS] - areas[(DOSES - 1) * STEPS], single, rtol=1e-3)


@every_molecule
def test_area_times_clearance_is_the_dose_that_arrives(case: str) -> None:
    item = small(case)
    (use,) = CASES[case]
    drug = catalog().drugs[use.drug]
    route = drug.route(use.route)
    assert route is not None
    kinetics = route.disposition or drug.disposition
    clearance = sum(item.typical[drug.slot(key)] for key in kinetics.clearances)
    for key in kinetics.multipliers:
        clearance *= item.typical[drug.slot(key)]
    if kinetics.rate:
        clearance += item.typical[drug.slot(kinetics.rate)] * item.typical[drug.slot(kinetics.volumes[0])]
    if kinetics.vmax and kinetics.km:
        clearance += item.typical[drug.slot(kinetics.vmax)] / item.typical[drug.slot(kinetics.km)]
    own = [index for index in item.inlets if item.model.inlets[index].state.name.startswith(f"{drug.name}.")]
    area = item.of(SINGLE, f"auc.{plasma(drug.name).name}")[-1, 0]
    arrives = item.entered(own)
    passing = f"metabolism.{drug.name}.passing"
    if passing in item.model.output_index:
        # What enters is then what is absorbed; gut wall and liver let this share pass.
        arrives *= evaluate(item.model.output(passing).value, item.untouched)
    assert area * clearance == pytest.approx(arrives, rel=item.close)


@every_case
def test_receptors_and_scores_stay_within_their_range(case: str) -> None:
    item = run(case)
    for schedule in range(5):
        parts = item.of(schedule, "occupancy.", "signal.", "dependence", "tolerance")
        # A late concentration of 0 is known to about 1e-6 nmol/L, and affinities are near 1 nmol/L. Who
        # carries a signal is told only where there is more of it than that.
        told = (item.of(schedule, "signal.") > 1e-3).all(axis=1)
        shares = np.concatenate([parts.ravel(), item.of(schedule, "share.")[told].ravel()])
        assert shares.min() >= -1e-5
        assert shares.max() <= 1.0 + 1e-5
        assert item.of(schedule, "withdrawal").min() >= 0.0
        for scale in ("COWS", "SOWS-Handelsman"):
            low, high = item.resting(scale), item.typical[f"{scale}.maximum"]
            scores = item.of(schedule, scale)
            assert scores.min() >= low * (1.0 - 1e-12)
            assert scores.max() < high


@every_case
def test_a_person_without_doses_has_nothing(case: str) -> None:
    item = run(case)
    nothing = item.of(
        NONE, "amount.", "plasma.", "biophase.", "occupancy.", "signal.", "dependence", "withdrawal"
    )
    assert not nothing.any()
    for scale in ("COWS", "SOWS-Handelsman"):
        np.testing.assert_allclose(item.of(NONE, scale), item.resting(scale), rtol=1e-12)


@every_case
def test_agonists_leave_dependence_and_withdrawal_behind(case: str) -> None:
    """The drive is the deficit of signal against dependence; a drug without signal leaves none."""
    item = run(case)
    signal = item.of(REPEATED, "signal.MOR")[:, 0]
    drive = item.of(REPEATED, "withdrawal")[:, 0]
    if signal.max() == 0.0:
        assert not drive.any()
        return
    after = drive[DOSES * STEPS :]
    assert after.max() > 0.0
    kept = item.of(REPEATED, "dependence")[:, 0]
    np.testing.assert_allclose(drive, np.maximum(0.0, kept - signal), atol=1e-12)


def test_flows_to_the_outside_are_all_collected() -> None:
    """The sink of these tests catches every loss, or mass balance would be tested on a part of the model."""
    for case in CASES:
        left: list[Flow] = [
            flow for module in run(case).model.modules for flow in module.flows if flow.target is None
        ]
        assert left == []
