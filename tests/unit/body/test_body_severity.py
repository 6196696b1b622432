"""Arms of withdrawal, transmitters, effects, craving, severity and scores as single modules."""

from __future__ import annotations

from math import log, pi, sqrt

import numpy as np
import pytest

from speciosa.body.craving import craving
from speciosa.body.effects import BREATHING, EFFECTS, effects
from speciosa.body.person import modules_for
from speciosa.body.safety import channel_block
from speciosa.body.scales import COWS, OOWS, SCALES, SOWS_HANDELSMAN, Scale
from speciosa.body.scores import craving_score, score
from speciosa.body.severity import latent_severity
from speciosa.body.suppression import suppression
from speciosa.body.transmitters import dopamine, noradrenaline, stress
from speciosa.body.withdrawal import autonomic_arm
from speciosa.drugs import Disposition, Drug, catalog
from speciosa.evidence import load
from speciosa.model import Module, check_module, compose, evaluate
from speciosa.people import parameter_table, population

REFERENCE = {"transmitter.reference": 0.5, "reserve.suppression": 0.0, "reserve.reward": 2.0}


def value_of(module: Module, name: str, **values: float) -> float:
    """Value of an output, other outputs of the module put in."""
    done = dict(values)
    for output in module.outputs:
        if output.name not in done:
            done[output.name] = evaluate(output.value, done)
    return done[name]


class TestEffects:
    def test_without_reserve_suppression_is_the_signal(self) -> None:
        check_module(suppression("MOR"))
        point = {"signal.MOR": 0.3, "reserve.suppression": 0.0}
        assert value_of(suppression("MOR"), "suppression", **point) == pytest.approx(0.3)

    @pytest.mark.parametrize(("level", "expected"), [(0.0, 0.0), (0.25, 0.625), (1.0, 1.0)])
    def test_a_reserve_lets_a_small_signal_suppress_more(self, level: float, expected: float) -> None:
        point = {"signal.MOR": level, "reserve.suppression": 4.0}
        assert value_of(suppression("MOR"), "suppression", **point) == pytest.approx(expected)

    @staticmethod
    def point() -> dict[str, float]:
        owners = [f"reserve.{key}" for key in EFFECTS if key != BREATHING] + ["breathing.reserve"]
        return dict.fromkeys(owners, 4.0) | {f"{owner}.loss": 3.0 for owner in owners}

    def test_breathing_is_driven_as_in_the_overdose_model(self) -> None:
        """psi is a factor on the odds of the signal: 4, and 1 after tolerance has taken three quarters."""
        module = effects("MOR")
        naive = {**self.point(), "signal.MOR": 0.25, "tolerance": 0.0}
        assert value_of(module, "effect.ventilation", **naive) == pytest.approx(4.0 / 7.0)
        tolerant = {**naive, "tolerance": 1.0}
        assert value_of(module, "shift.ventilation", **tolerant) == pytest.approx(4.0)
        assert value_of(module, "effect.ventilation", **tolerant) == pytest.approx(0.25)
        # A full signal ends breathing in the tolerant too.
        assert value_of(module, "effect.ventilation", **{**tolerant, "signal.MOR": 1.0}) == 1.0

    @pytest.mark.parametrize("name", [name for name in EFFECTS if name != BREATHING])
    def test_tolerance_takes_reserve(self, name: str) -> None:
        module = effects("MOR")
        check_module(module)
        naive = {**self.point(), "signal.MOR": 0.25, "tolerance": 0.0}
        assert value_of(module, f"shift.{name}", **naive) == 1.0
        assert value_of(module, f"effect.{name}", **naive) == pytest.approx(0.5)
        tolerant = {**naive, "tolerance": 1.0}
        assert value_of(module, f"shift.{name}", **tolerant) == pytest.approx(4.0)
        assert value_of(module, f"effect.{name}", **tolerant) == pytest.approx(0.2)
        # Four times the signal does what the signal did before.
        assert value_of(module, f"effect.{name}", **{**tolerant, "signal.MOR": 1.0}) == pytest.approx(0.5)


class TestArms:
    def test_without_an_agonist_the_arms_are_one(self) -> None:
        module = autonomic_arm(is_relieved=False)
        check_module(module)
        assert value_of(module, "withdrawal.autonomic", withdrawal=0.4) == 0.4
        assert not module.parameters

    def test_an_alpha_2a_agonist_relieves_up_to_a_share(self) -> None:
        module = autonomic_arm(is_relieved=True)
        check_module(module)
        point = {"withdrawal": 0.4, "reserve.alpha-2A": 10.0, "withdrawal.alpha-2A.maximum": 0.5}
        assert value_of(module, "withdrawal.autonomic", **point, **{"signal.alpha-2A": 0.0}) == 0.4
        found = value_of(module, "withdrawal.autonomic", **point, **{"signal.alpha-2A": 0.1})
        assert found == pytest.approx(0.4 * (1.0 - 0.5 * 0.5))
        most = value_of(module, "withdrawal.autonomic", **point, **{"signal.alpha-2A": 1e9})
        assert most == pytest.approx(0.4 * 0.5)


class TestTransmitters:
    def level(self, *, relief: float | None = None, **values: float) -> float:
        module = noradrenaline(is_relieved=relief is not None)
        check_module(module)
        point = {**REFERENCE, "noradrenaline.rise": 1.75, "noradrenaline.fall": 0.45, **values}
        point |= {"noradrenaline.alpha-2A": 0.75, "relief.alpha-2A": relief or 0.0}
        return value_of(module, "noradrenaline", **point)

    def test_noradrenaline_rises_in_withdrawal_and_falls_in_the_naive(self) -> None:
        rest = {"withdrawal": 0.0, "dependence": 0.2, "suppression": 0.2}
        assert self.level(**rest) == 100.0
        full = {"withdrawal": 0.5, "dependence": 0.5, "suppression": 0.0}
        assert self.level(**full) == pytest.approx(275.0)
        naive = {"withdrawal": 0.0, "dependence": 0.0, "suppression": 0.5}
        assert self.level(**naive) == pytest.approx(55.0)

    def test_alpha_2a_agonists_lower_noradrenaline(self) -> None:
        full = {"withdrawal": 0.5, "dependence": 0.5, "suppression": 0.0}
        assert self.level(relief=0.0, **full) == pytest.approx(275.0)
        assert self.level(relief=1.0, **full) == pytest.approx(275.0 * 0.25)

    def test_dopamine_answers_to_the_rise_and_falls_in_withdrawal(self) -> None:
        module = dopamine("MOR")
        check_module(module)
        point = {**REFERENCE, "dopamine.rise": 0.75, "dopamine.fall": 0.4, "dopamine.half_life": 2.0}
        at = {**point, "dopamine.follower": 0.0, "signal.MOR": 0.5, "withdrawal.autonomic": 0.0}
        assert value_of(module, "dopamine", **at) == pytest.approx(175.0)
        adjusted = {**at, "dopamine.follower": 0.5}
        assert value_of(module, "dopamine", **adjusted) == pytest.approx(100.0)
        (change,) = module.changes
        assert evaluate(change.rate, at) == pytest.approx(log(2.0) * 0.5 / 2.0)
        assert evaluate(change.rate, adjusted) == pytest.approx(0.0)
        low = {**adjusted, "signal.MOR": 0.0, "withdrawal.autonomic": 0.5}
        assert value_of(module, "dopamine", **low) == pytest.approx(60.0)

    def test_the_stress_arm_follows_the_drive_alone(self) -> None:
        check_module(stress())
        (change,) = stress().changes
        point = {"stress.state": 0.1, "stress.half_life": 10.0, "withdrawal": 0.3}
        assert evaluate(change.rate, point) == pytest.approx(log(2.0) * 0.2 / 10.0)

    def test_craving_comes_faster_than_it_goes(self) -> None:
        check_module(craving())
        (change,) = craving().changes
        point = {"craving.state": 0.2, "craving.half_life.on": 5.0, "craving.half_life.off": 100.0}
        assert evaluate(change.rate, {**point, "withdrawal": 0.3}) == pytest.approx(log(2.0) * 0.1 / 5.0)
        assert evaluate(change.rate, {**point, "withdrawal": 0.1}) == pytest.approx(log(2.0) * -0.1 / 100.0)


class TestScales:
    @pytest.mark.parametrize("scale", SCALES, ids=lambda item: item.name)
    def test_items_are_those_of_the_evidence(self, scale: Scale) -> None:
        rows = [row for row in load().scales[scale.name] if row.item_number.isdigit()]
        assert len(rows) == len(scale.items)
        for row, item in zip(sorted(rows, key=lambda row: int(row.item_number)), scale.items, strict=True):
            assert tuple(int(part) for part in row.allowed_scores.split("|")) == (0, *item.points)
        assert load().slot(f"{scale.name}.maximum").value("score") == scale.maximum

    @pytest.mark.parametrize("scale", SCALES, ids=lambda item: item.name)
    def test_steps_add_up_to_the_maximum(self, scale: Scale) -> None:
        gained = [
            sum(scale.weights(arm, is_weak=is_weak).values())
            for arm in ("autonomic", "subjective", "craving")
            for is_weak in (False, True)
        ]
        assert sum(gained) == scale.maximum

    def test_the_arms_of_cows_are_what_alpha_2a_agonists_leave(self) -> None:
        subjective = {item.name for item in COWS.items if item.arm == "subjective"}
        assert subjective == {"restlessness", "aching bones or joints", "anxiety or irritability"}
        assert [item.name for item in SOWS_HANDELSMAN.items if item.arm == "craving"] == ["wish to use now"]


POINT = {
    "rating.discrimination": 2.0,
    "rating.weak": 0.5,
    "rating.occasion.observed": 0.5,
    "rating.occasion.felt": 0.5,
    "OOWS-Handelsman.severity_per_point": 1.0,
    "OOWS-Handelsman.maximum": 13.0,
    "SOWS-Handelsman.severity_per_point": 1.0,
    "craving.maximum": 100.0,
}


class TestScores:
    def test_a_total_by_the_equation_of_the_file(self) -> None:
        module = score(OOWS)
        check_module(module)
        slope = 2.0 / sqrt(1.0 + pi * (2.0 * 0.5) ** 2 / 8.0)
        arms = {"severity.observed.autonomic": 2.0, "severity.observed.subjective": 0.5}
        shares = {name: 1.0 / (1.0 + level**-slope) for name, level in arms.items()}
        expected = 10.0 * shares["severity.observed.autonomic"] + 3.0 * shares["severity.observed.subjective"]
        assert value_of(module, "OOWS-Handelsman", **POINT, **arms) == pytest.approx(expected)

    def test_craving_is_half_of_the_scale_where_its_item_is_at_half(self) -> None:
        module = craving_score()
        check_module(module)
        assert value_of(module, "craving", **POINT, **{"severity.felt.craving": 2.0}) == 50.0

    def test_gain_and_floors_differ_between_people(self) -> None:
        module = latent_severity()
        check_module(module)
        assert [item.name for item in module.parameters if item.spread] == [
            "severity.gain",
            "severity.floor.observed",
            "severity.floor.felt",
        ]
        point = {"severity.gain": 4.0, "severity.exponent": 2.0}
        point |= {"severity.floor.observed": 0.1, "severity.floor.felt": 0.3}
        drives = {"withdrawal": 0.5, "withdrawal.autonomic": 0.25, "craving.drive": 1.0}
        found = [value_of(module, output.name, **point, **drives) for output in module.outputs]
        assert found == pytest.approx([0.1 + 0.25, 0.1 + 1.0, 0.3 + 0.25, 0.3 + 1.0, 0.3 + 4.0])

    @pytest.mark.parametrize("scale", SCALES, ids=lambda item: item.name)
    def test_nobody_scores_beyond_the_scale_or_falls_with_withdrawal(self, scale: Scale) -> None:
        model = compose(modules_for([], catalog()), load())
        table = parameter_table(model, population(load(), 500, 5), load())
        severity = latent_severity().outputs
        root = score(scale).outputs[0].value
        names = list(model.parameter_index)
        for row in table:
            person = dict(zip(names, row.tolist(), strict=True))
            scores = []
            for drive in (0.0, 0.1, 0.5):
                at = {**person, "withdrawal": drive, "withdrawal.autonomic": drive, "craving.drive": drive}
                scores.append(
                    evaluate(root, {**at, **{item.name: evaluate(item.value, at) for item in severity}})
                )
            assert 0.0 < scores[0] < scores[1] < scores[2] < scale.maximum


def test_channel_block_adds_up_unbound_plasma() -> None:
    drugs = [Drug(name, (), "g", (), Disposition(("V",), ("CL",)), channels=("hERG",)) for name in ("d", "e")]
    module = channel_block("hERG", drugs)
    check_module(module)
    point = {"plasma.d": 100.0, "d.fu": 0.1, "d.IC50.hERG": 50.0}
    point |= {"plasma.e": 10.0, "e.fu": 0.5, "e.IC50.hERG": 100.0}
    assert value_of(module, "block.hERG.d", **point) == pytest.approx(0.2)
    assert value_of(module, "block.hERG", **point) == pytest.approx(np.sum([0.2, 0.05]))
