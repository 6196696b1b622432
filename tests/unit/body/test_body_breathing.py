"""Breathing: dissociation and its inverse, the rule of collapse, the watch, the drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from speciosa.body.adaptation import TOLERANCE
from speciosa.body.breathing import breathing, dissociation, published_drive, signal_drive
from speciosa.body.breathing.collapse import collapse
from speciosa.body.breathing.signals import ARTERIAL_CO2, ARTERIAL_O2, CHEMOREFLEX_LEFT, WAKEFULNESS_LOST
from speciosa.body.kinetics import binding_kinetics, bound, site
from speciosa.body.signal import signal
from speciosa.engine import Events, Schedules, compile_model
from speciosa.evidence import load
from speciosa.model import (
    TIME,
    Expression,
    Kind,
    Model,
    Module,
    Output,
    Parameter,
    compose,
    evaluate,
    select,
)
from speciosa.model.expression import symbol, symbols

SECOND = 1.0 / 3600.0


def value_of(root: Expression, **given: float) -> float:
    """Value of an expression with parameters from the evidence."""
    slots = {item.name: load().slot(item.name).value(item.unit) for item in symbols(root, Kind.PARAMETER)}
    return evaluate(root, {**slots, **given})


def run(model: Model, names: list[str], times: list[float], stops: Sequence[float] = ()) -> np.ndarray:
    """Outputs of one person at times in s; the solver ends steps at stops, where something jumps."""
    table = np.array([[item.value for item in model.parameters]])
    kernel = compile_model(model, target="reference", outputs=names, rtol=1e-8, atol=1e-11)
    jumps = Events.boluses(np.array(stops) * SECOND, inlet=0, amount=0.0)
    events = replace(jumps, evid=np.full(len(stops), 2))
    found = kernel.run(table, Schedules.shared(events, 1), np.array(times) * SECOND, start=0.0)
    assert not found.failures
    return np.asarray(found.values[0])


class TestDissociation:
    oxygen = symbol("oxygen", "mmHg", Kind.STATE)
    carbon = symbol("carbon", "mmHg", Kind.STATE)

    @pytest.mark.parametrize("oxygen", [5.0, 40.0, 95.0, 400.0])
    @pytest.mark.parametrize("carbon", [20.0, 40.0, 90.0])
    def test_pressures_are_the_inverse_of_contents(self, oxygen: float, carbon: float) -> None:
        back = dissociation.pressures(*dissociation.contents(self.oxygen, self.carbon))
        found = [value_of(item, oxygen=oxygen, carbon=carbon) for item in back]
        assert found == pytest.approx([oxygen, carbon], rel=1e-8)

    def test_carbon_dioxide_drives_oxygen_out(self) -> None:
        content, _ = dissociation.contents(self.oxygen, self.carbon)
        assert value_of(content, oxygen=40.0, carbon=60.0) < value_of(content, oxygen=40.0, carbon=40.0)

    def test_saturated_blood_holds_a_fifth_of_its_volume(self) -> None:
        content, _ = dissociation.contents(self.oxygen, self.carbon)
        assert value_of(content, oxygen=5000.0, carbon=40.0) == pytest.approx(0.2045, abs=1e-3)


def gases(spans: list[tuple[float, float]]) -> tuple[Module, dict[str, float]]:
    """Arterial gases that are given, oxygen low in spans of time (s), and the values of their parameters."""
    steady, low, high = (Parameter(f"given.{name}", "mmHg", "given") for name in ("PCO2", "low", "high"))
    values = {"given.PCO2": 52.0, "given.low": 10.0, "given.high": 90.0}
    edges: list[Parameter] = []
    oxygen = high.expression
    for index, span in enumerate(spans):
        first, last = (Parameter(f"given.{edge}{index}", "h", "edge of a span") for edge in ("from", "to"))
        values |= {first.name: span[0] * SECOND, last.name: span[1] * SECOND}
        oxygen = select(TIME, first, select(last, TIME, low, oxygen), oxygen)
        edges += [first, last]
    module = Module(
        name="given gases",
        description="gases that are given",
        parameters=(steady, low, high, *edges),
        outputs=(Output(ARTERIAL_CO2, steady.expression), Output(ARTERIAL_O2, oxygen)),
    )
    return module, values


class TestCollapse:
    """PaO2 is 10 mmHg in some spans of time and 90 mmHg elsewhere; perfusion is looked at."""

    def perfusion(self, spans: list[tuple[float, float]], times: list[float]) -> list[float]:
        module, values = gases(spans)
        model = compose((collapse(), module), load(), values=values)
        stops = [edge for span in spans for edge in span]
        return run(model, ["breathing.perfusion"], times, stops)[:, 0].tolist()

    def test_lasting_hypoxia_collapses_after_the_delay(self) -> None:
        found = self.perfusion([(10.0, 1000.0)], [229.0, 231.0, 330.0])
        assert found[0] == 1.0
        # Rate .024 (.15 + .85 52 / 52) per second from 10 + 220 s on.
        assert found[1:] == pytest.approx([np.exp(-0.024), np.exp(-2.4)], rel=1e-3)

    def test_hypoxia_that_ends_before_the_check_does_nothing(self) -> None:
        assert self.perfusion([(10.0, 200.0)], [600.0, 2000.0]) == [1.0, 1.0]

    def test_what_happens_between_trigger_and_check_does_not_matter(self) -> None:
        found = self.perfusion([(10.0, 20.0), (200.0, 400.0)], [229.0, 330.0])
        assert found == pytest.approx([1.0, np.exp(-2.4)], rel=1e-3)

    def test_second_hypoxia_collapses_without_a_check(self) -> None:
        found = self.perfusion([(10.0, 100.0), (500.0, 510.0)], [719.0, 820.0])
        assert found == pytest.approx([1.0, np.exp(-2.4)], rel=1e-3)


class TestDrive:
    def left(self, module: Module, **given: float) -> tuple[float, float]:
        lost = next(item.value for item in module.outputs if item.signal == WAKEFULNESS_LOST)
        kept = next(item.value for item in module.outputs if item.signal == CHEMOREFLEX_LEFT)
        return value_of(lost, **given), value_of(kept, **given)

    def test_published_law(self) -> None:
        lost, kept = self.left(published_drive(["fentanyl"], "naive"), **{"bound.fentanyl": 0.5})
        assert (lost, kept) == pytest.approx((0.5**0.9, 1.0 - 0.5**2.875))

    def test_without_opioid_nothing_is_lost_and_slopes_are_finite(self) -> None:
        lost, kept = self.left(published_drive(["fentanyl"], "chronic"), **{"bound.fentanyl": 0.0})
        assert (lost, kept) == pytest.approx((0.0, 1.0), abs=1e-9)

    @pytest.mark.parametrize("tolerance", [0.0, 0.5])
    def test_a_full_signal_ends_the_drive_in_the_tolerant_too(self, tolerance: float) -> None:
        given = {"signal.MOR": 1.0, "tolerance": tolerance}
        assert self.left(signal_drive("MOR"), **given) == pytest.approx((1.0, 0.0))

    def test_tolerance_shifts_potency(self) -> None:
        """As much signal over the rest of the receptors, times 1 + loss T, does the same."""
        loss = load().slot("breathing.reserve.loss").value("")
        shift = 1.0 + loss * 0.5
        odds = 0.2 / 0.8 * shift
        naive = self.left(signal_drive("MOR"), **{"signal.MOR": 0.2, "tolerance": 0.0})
        tolerant = self.left(signal_drive("MOR"), **{"signal.MOR": odds / (1.0 + odds), "tolerance": 0.5})
        assert tolerant == pytest.approx(naive)

    def test_both_drives_complete_breathing(self) -> None:
        given = signal("MOR"), TOLERANCE, bound("fentanyl")
        held = [Parameter(f"held.{item.name}", "", "held") for item in given]
        outputs = tuple(
            Output(item, held[i].expression) for i, item in enumerate((signal("MOR"), *given[1:]))
        )
        holding = Module(name="held", description="", parameters=tuple(held), outputs=outputs)
        values = {item.name: 0.1 for item in held}
        for drive in (signal_drive("MOR"), published_drive(["fentanyl"], "naive")):
            assert compose((*breathing(), drive, holding), load(), values=values).states


class TestKinetics:
    def test_two_ligands_come_to_their_equilibrium(self) -> None:
        held = {drug: Parameter(f"held.{drug}", "nmol/L", "held") for drug in ("fentanyl", "naloxone")}
        holding = Module(
            name="held",
            description="",
            parameters=tuple(held.values()),
            outputs=tuple(Output(site(drug), item.expression) for drug, item in held.items()),
        )
        values = {"held.fentanyl": 2.0, "held.naloxone": 5.0}
        model = compose((binding_kinetics(list(held)), holding), load(), values=values)
        found = run(model, ["bound.fentanyl", "bound.naloxone"], [36000.0])[0]
        strength = np.array([3.08e-5 * 2000**0.8439 / 0.004331, 1.67e-4 * 5000**0.858 / 0.03959])
        np.testing.assert_allclose(found, strength / (1.0 + strength.sum()), rtol=1e-6)
