"""Biophase, receptors, signal, adaptation, withdrawal and scores as single modules."""

from __future__ import annotations

from math import log

import pytest

from speciosa.body.adaptation import adaptation
from speciosa.body.biophase import biophase
from speciosa.body.quantities import parameter
from speciosa.body.receptors import receptor
from speciosa.body.signal import receptor_signal
from speciosa.body.withdrawal import withdrawal
from speciosa.drugs import Covariate, Disposition, Drug
from speciosa.errors import DrugError
from speciosa.model import CovariatePower, Module, Spread, check_module, evaluate

DRUG = Drug(
    name="d",
    aliases=(),
    group="g",
    routes=(),
    disposition=Disposition(("V",), ("CL",)),
    receptors=("MOR",),
    variability=(("CL", "log-normal"), ("F", "logit-normal")),
    covariates=(Covariate("CL", "weight", "/allometry.weight", "CL.exponent"),),
)


def value_of(module: Module, name: str, **values: float) -> float:
    """Value of an output, other outputs of the module put in."""
    done = dict(values)
    for output in module.outputs:
        if output.name not in done:
            done[output.name] = evaluate(output.value, done)
    return done[name]


class TestQuantities:
    def test_variability_and_covariates_come_from_the_file(self) -> None:
        found = parameter(DRUG, "CL", "L/h", "clearance")
        assert found.name == "d.CL"
        assert found.spread == Spread("d.IIV_CL", "log-normal")
        assert found.covariates == (CovariatePower("weight", "allometry.weight", "d.CL.exponent"),)
        assert parameter(DRUG, "F", "", "share").spread == Spread("d.IIV_F", "logit-normal")

    def test_other_slots_are_the_same_for_all(self) -> None:
        found = parameter(DRUG, "V", "L", "volume")
        assert (found.spread, found.covariates, found.molar_mass) == (None, (), None)

    def test_amounts_stated_by_mass_need_the_molar_mass(self) -> None:
        assert parameter(DRUG, "ref", "nmol", "dose", by_mass=True).molar_mass == "d.molar_mass"


class TestBiophase:
    def test_follows_plasma_at_once_where_no_delay_is_known(self) -> None:
        module = biophase(DRUG)
        check_module(module)
        assert module.states == ()
        point = {"d.fu": 0.5, "d.Kp,uu": 0.4, "plasma.d": 10.0}
        assert value_of(module, "biophase.d", **point) == pytest.approx(2.0)

    def test_nears_the_same_level_with_a_delay(self) -> None:
        slow = Drug(**{**vars(DRUG), "has_biophase_delay": True})
        module = biophase(slow)
        check_module(module)
        (change,) = module.changes
        point = {"d.fu": 0.5, "d.Kp,uu": 0.4, "d.ke0": 3.0, "plasma.d": 10.0}
        assert evaluate(change.rate, {**point, "d.biophase": 0.0}) == pytest.approx(3.0 * 2.0)
        assert evaluate(change.rate, {**point, "d.biophase": 2.0}) == pytest.approx(0.0)
        assert evaluate(module.outputs[0].value, {"d.biophase": 1.5}) == 1.5


class TestReceptors:
    def test_competition_at_equilibrium(self) -> None:
        other = Drug(**{**vars(DRUG), "name": "e"})
        module = receptor("MOR", [DRUG, other])
        check_module(module)
        point = {"biophase.d": 6.0, "d.Ki.MOR": 1.0, "d.in_vivo.MOR": 2.0}
        point |= {"biophase.e": 4.0, "e.Ki.MOR": 4.0, "e.in_vivo.MOR": 1.0}
        assert value_of(module, "occupancy.MOR.d", **point) == pytest.approx(3.0 / 5.0)
        assert value_of(module, "occupancy.MOR.e", **point) == pytest.approx(1.0 / 5.0)
        assert value_of(module, "occupancy.MOR", **point) == pytest.approx(4.0 / 5.0)

    def test_a_slow_ligand_holds_what_it_has_and_the_fast_share_the_rest(self) -> None:
        slow = Drug(**{**vars(DRUG), "name": "s", "kinetics": ("MOR",)})
        module = receptor("MOR", [DRUG, slow])
        check_module(module)
        point = {"biophase.d": 6.0, "d.Ki.MOR": 1.0, "d.in_vivo.MOR": 2.0}
        point |= {"biophase.s": 4.0, "s.Ki.MOR": 4.0, "s.in_vivo.MOR": 1.0, "s.koff.MOR": 2.0}
        held = {**point, "s.bound.MOR": 0.6}
        assert value_of(module, "occupancy.MOR.s", **held) == 0.6
        assert value_of(module, "occupancy.MOR.d", **held) == pytest.approx(0.4 * 3.0 / 4.0)
        assert value_of(module, "occupancy.MOR", **held) == pytest.approx(0.6 + 0.3)
        (change,) = module.changes
        rate = {name: value_of(module, name, **held) for name in ("binding.MOR.s", "binding.MOR.d")}
        assert evaluate(change.rate, {**held, **rate}) == pytest.approx(2.0 * (1.0 * 0.1 - 0.6))
        # At rest everything is as it would be at equilibrium: 3 and 1 of 5.
        assert evaluate(change.rate, {**point, **rate, "s.bound.MOR": 0.2}) == pytest.approx(0.0, abs=1e-15)
        rest = {**point, "s.bound.MOR": 0.2}
        assert value_of(module, "occupancy.MOR.d", **rest) == pytest.approx(3.0 / 5.0)

    def test_a_bridge_carries_the_scale_of_another_laboratory(self) -> None:
        bridged = Drug(**{**vars(DRUG), "bridges": ("MOR",)})
        module = receptor("MOR", [bridged])
        check_module(module)
        point = {"biophase.d": 6.0, "d.Ki.MOR": 1.0, "d.in_vivo.MOR": 2.0, "bridge.MOR": 4.0}
        assert value_of(module, "binding.MOR.d", **point) == pytest.approx(6.0 / 8.0)

    @pytest.mark.parametrize("key", ["kinetics", "bridges"])
    def test_only_a_receptor_of_the_drug_can_be_slow_or_bridged(self, key: str) -> None:
        with pytest.raises(DrugError, match=rf"{key} names 'KOR', which is no receptor of d"):
            Drug(**{**vars(DRUG), key: ("KOR",)})

    def test_without_ligands_nothing_is_held(self) -> None:
        module = receptor("MOR", [])
        check_module(module)
        assert value_of(module, "occupancy.MOR") == 0.0
        check_module(receptor_signal("MOR", []))
        assert value_of(receptor_signal("MOR", []), "signal.MOR") == 0.0

    def test_the_signal_weighs_occupancy_by_efficacy(self) -> None:
        other = Drug(**{**vars(DRUG), "name": "e"})
        module = receptor_signal("MOR", [DRUG, other])
        check_module(module)
        point = {"d.efficacy.MOR": 0.5, "e.efficacy.MOR": 0.0, "occupancy.MOR.d": 0.4, "occupancy.MOR.e": 0.6}
        assert value_of(module, "signal.MOR", **point) == pytest.approx(0.2)
        assert value_of(module, "share.MOR.d", **point) == pytest.approx(1.0)
        assert value_of(module, "share.MOR.e", **point) == 0.0

    def test_no_signal_is_shared_by_nobody(self) -> None:
        module = receptor_signal("MOR", [DRUG])
        assert value_of(module, "share.MOR.d", **{"d.efficacy.MOR": 0.5, "occupancy.MOR.d": 0.0}) == 0.0


HALF_WAY = {
    "dependence.half_life.very_fast": 2.0,
    "dependence.half_life.fast": 24.0,
    "dependence.half_life.slow": 168.0,
    "tolerance.half_life.on": 100.0,
    "tolerance.half_life.off": 300.0,
    "dependence.very_fast": 0.1,
    "dependence.fast": 0.2,
    "dependence.slow": 0.6,
    "tolerance.state": 0.4,
}


class TestAdaptation:
    def rates(self, level: float) -> dict[str, float]:
        point = {**HALF_WAY, "signal.MOR": level, "suppression": level}
        return {change.state.name: evaluate(change.rate, point) for change in adaptation("MOR").changes}

    def test_each_state_nears_the_signal_at_its_own_rate(self) -> None:
        check_module(adaptation("MOR"))
        rates = self.rates(0.5)
        assert rates["dependence.very_fast"] == pytest.approx(log(2.0) * 0.4 / 2.0)
        assert rates["dependence.fast"] == pytest.approx(log(2.0) * 0.3 / 24.0)
        assert rates["dependence.slow"] == pytest.approx(log(2.0) * -0.1 / 168.0)

    def test_tolerance_is_won_and_lost_at_different_rates(self) -> None:
        assert self.rates(0.5)["tolerance.state"] == pytest.approx(log(2.0) * 0.1 / 100.0)
        assert self.rates(0.3)["tolerance.state"] == pytest.approx(log(2.0) * -0.1 / 300.0)
        assert self.rates(0.4)["tolerance.state"] == 0.0

    def test_weights_need_not_sum_to_one(self) -> None:
        weights = {
            "dependence.weight.very_fast": 1.0,
            "dependence.weight.fast": 2.0,
            "dependence.weight.slow": 5.0,
        }
        found = value_of(adaptation("MOR"), "dependence", **HALF_WAY, **weights)
        assert found == pytest.approx((0.1 + 0.4 + 3.0) / 8.0)


@pytest.mark.parametrize(("level", "drive"), [(0.2, 0.3), (0.5, 0.0), (0.9, 0.0)])
def test_withdrawal_is_a_deficit_of_suppression(level: float, drive: float) -> None:
    module = withdrawal()
    check_module(module)
    found = value_of(module, "withdrawal", dependence=0.5, suppression=level)
    assert found == pytest.approx(drive)
