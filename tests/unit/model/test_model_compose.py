"""Composition: how modules are joined, and every way in which they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from speciosa.errors import ModelError, UnknownNameError
from speciosa.evidence import load
from speciosa.model import (
    DOSE,
    TIME,
    Change,
    Flow,
    Inlet,
    Kind,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    check_module,
    compose,
    constant,
    evaluate,
    symbols,
    walk,
)

CENTRAL = State("drug.central", "nmol", "central")
TISSUE = State("drug.tissue", "nmol", "tissue")
EFFECT = State("effect", "", "effect")
CL = Parameter("drug.CL", "L/h", "clearance")
V = Parameter("drug.V", "L", "volume")
KE0 = Parameter("ke0", "1/h", "equilibration")
LAG = Parameter("drug.tlag", "h", "lag")
PLASMA = Signal("plasma.drug", "nmol/L", "concentration")
LEVEL = Signal("level", "", "level")
VALUES = {"drug.CL": 2.0, "drug.V": 10.0, "ke0": 0.5, "drug.tlag": 0.25}

KINETICS = Module(
    name="kinetics",
    description="one compartment",
    states=(CENTRAL, TISSUE),
    parameters=(CL, V, LAG),
    outputs=(Output(PLASMA, CENTRAL / V),),
    flows=(
        Flow("out", CL / V * CENTRAL, CENTRAL, None),
        Flow("to tissue", CL / V * CENTRAL, CENTRAL, TISSUE),
        Flow("back", CL / V * TISSUE, TISSUE, CENTRAL),
    ),
    inlets=(Inlet("bolus", CENTRAL, DOSE / (DOSE + DOSE), LAG.expression, None, "drug/iv"),),
)
DYNAMICS = Module(
    name="dynamics",
    description="an effect that follows plasma",
    states=(EFFECT,),
    parameters=(KE0,),
    inputs=(PLASMA,),
    outputs=(Output(LEVEL, EFFECT.expression),),
    changes=(Change(EFFECT, KE0 * (PLASMA / (PLASMA + PLASMA) - EFFECT)),),
)


def message(build: Callable[[], object]) -> str:
    with pytest.raises(ModelError) as caught:
        build()
    return str(caught.value)


class TestJoining:
    def test_signals_are_replaced_by_what_they_are(self) -> None:
        model = compose([DYNAMICS, KINETICS], values=VALUES)
        for root in (*model.derivatives, *(output.value for output in model.outputs)):
            assert not symbols(root, Kind.SIGNAL)
        assert model.derivatives[0] == KE0 * (CENTRAL / V / (CENTRAL / V + CENTRAL / V) - EFFECT)

    def test_order_of_modules_does_not_change_equations(self) -> None:
        one, other = (compose(item, values=VALUES) for item in ([DYNAMICS, KINETICS], [KINETICS, DYNAMICS]))
        point = {**VALUES, "drug.central": 3.0, "drug.tissue": 4.0, "effect": 0.2}
        for state in one.states:
            rates = [evaluate(m.derivatives[m.state_index[state.name]], point) for m in (one, other)]
            assert rates[0] == rates[1]

    def test_flows_take_from_one_what_they_give_to_the_other(self) -> None:
        model = compose([KINETICS], values=VALUES)
        point = {**VALUES, "drug.central": 7.0, "drug.tissue": 1.3}
        rates = [evaluate(root, point) for root in model.derivatives]
        assert sum(rates) == pytest.approx(-(2.0 / 10.0) * 7.0)
        assert rates[1] == pytest.approx(0.2 * 7.0 - 0.2 * 1.3)

    def test_a_state_may_be_shared_by_equal_declaration(self) -> None:
        sink = Module(
            "sink", "more loss", (CENTRAL,), (CL, V), flows=(Flow("extra", CL / V * CENTRAL, CENTRAL),)
        )
        model = compose([KINETICS, sink], values=VALUES)
        assert [state.name for state in model.states] == ["drug.central", "drug.tissue"]
        point = {**VALUES, "drug.central": 10.0, "drug.tissue": 0.0}
        assert evaluate(model.derivatives[0], point) == pytest.approx(-6.0)

    def test_what_no_flow_touches_stays(self) -> None:
        model = compose([Module("still", "nothing moves", (CENTRAL,))])
        assert model.derivatives[0].is_zero

    def test_inlets_are_resolved_and_grouped(self) -> None:
        model = compose([KINETICS], values=VALUES)
        assert model.inlet_groups == {"drug/iv": (0,)}
        assert symbols(model.inlets[0].fraction) == (DOSE,)
        assert model.inlets[0].duration is None

    def test_one_signal_may_lead_to_another_in_any_order(self) -> None:
        first, second, third = (Signal(name, "", name) for name in ("first", "second", "third"))
        late = Module("late", "", inputs=(second,), outputs=(Output(third, 2.0 * second),))
        middle = Module("middle", "", inputs=(first,), outputs=(Output(second, first + 1.0),))
        early = Module("early", "", outputs=(Output(first, constant(4.0)),))
        model = compose([late, middle, early])
        assert evaluate(model.output("third").value, {}) == 10.0

    def test_shared_parts_stay_shared(self) -> None:
        names = [Signal(f"s{index}", "", "") for index in range(40)]
        modules = [Module("start", "", (EFFECT,), outputs=(Output(names[0], EFFECT.expression),))]
        modules += [
            Module(f"double {after.name}", "", inputs=(before,), outputs=(Output(after, before * before),))
            for before, after in pairwise(names)
        ]
        model = compose(modules)
        # Written out, the last signal has 2**39 factors.
        assert len(walk([model.output("s39").value])) == 40

    def test_time_may_be_used(self) -> None:
        ramp = Module("ramp", "", (EFFECT,), (KE0,), changes=(Change(EFFECT, KE0 * KE0 * TIME),))
        model = compose([ramp], values=VALUES)
        assert evaluate(model.derivatives[0], {**VALUES, "t": 4.0}) == 1.0


class TestBinding:
    def test_values_come_from_evidence_in_the_unit_of_the_model(self) -> None:
        clearance = Parameter("buprenorphine.CL", "L/h", "clearance")
        mass = Parameter("buprenorphine.molar_mass", "kg/nmol", "molar mass")
        reference = Parameter(
            "buprenorphine.sublingual.dose.reference", "nmol", "dose", molar_mass="buprenorphine.molar_mass"
        )
        model = compose([Module("m", "", parameters=(clearance, mass, reference))], load())
        assert model.parameter("buprenorphine.CL").value == load().slot("buprenorphine.CL").value("L/h")
        grams = load().slot("buprenorphine.molar_mass").value("g/mol")
        assert model.parameter("buprenorphine.molar_mass").value == pytest.approx(grams * 1e-12)
        # 16 mg over the molar mass, in nmol.
        assert reference.molar_mass is not None
        assert model.parameter(reference.name).value == pytest.approx(16e-3 / grams * 1e9)
        assert model.parameter(reference.name).unit == "nmol"

    def test_given_values_come_before_evidence_and_rest_on_no_slot(self) -> None:
        clearance = Parameter("buprenorphine.CL", "L/h", "clearance")
        model = compose([Module("m", "", parameters=(clearance,))], load(), values={"buprenorphine.CL": 1})
        assert model.parameter("buprenorphine.CL").value == 1.0
        assert model.parameter("buprenorphine.CL").slot is None
        assert model.slots == ()

    def test_without_evidence_a_value_must_be_given(self) -> None:
        found = message(lambda: compose([KINETICS]))
        assert found == "parameter 'drug.CL' has no value; expected evidence or a value for it."

    def test_a_parameter_without_slot_offers_near_misses(self) -> None:
        lost = Parameter("mitragynine.CL/FF", "L/h", "clearance")
        with pytest.raises(UnknownNameError) as caught:
            compose([Module("m", "", parameters=(lost,))], load())
        assert str(caught.value).startswith("unknown parameter 'mitragynine.CL/FF'. Did you mean ")
        assert "'mitragynine.CL/F'" in str(caught.value)

    def test_slots_name_all_that_the_model_rests_on(self) -> None:
        from speciosa.model import CovariatePower, Spread

        clearance = Parameter(
            "buprenorphine.CL",
            "L/h",
            "clearance",
            spread=Spread("buprenorphine.IIV_CL", "log-normal"),
            covariates=(
                CovariatePower("age", "buprenorphine.age.reference", "buprenorphine.CL.age.exponent"),
            ),
        )
        model = compose(
            [Module("m", "", parameters=(clearance,), sources=("peper2004", "peper2004"))], load()
        )
        assert model.slots == (
            "buprenorphine.CL",
            "buprenorphine.IIV_CL",
            "buprenorphine.age.reference",
            "buprenorphine.CL.age.exponent",
        )
        assert model.methods == ("peper2004",)


class TestModel:
    def test_typical_values_can_be_replaced(self) -> None:
        model = compose([KINETICS], values=VALUES)
        changed = model.with_values({"drug.CL": 5})
        assert changed.parameter("drug.CL").value == 5.0
        assert model.parameter("drug.CL").value == 2.0
        assert changed.parameter("drug.V").value == 10.0

    @pytest.mark.parametrize(
        ("ask", "expected"),
        [
            (lambda model: model.with_values({"drug.CLL": 5.0}), "unknown parameter 'drug.CLL'."),
            (lambda model: model.parameter("drug.W"), "unknown parameter 'drug.W'."),
            (lambda model: model.output("plasma.drugg"), "unknown output 'plasma.drugg'."),
        ],
    )
    def test_unknown_names_offer_near_misses(self, ask: Callable[[object], object], expected: str) -> None:
        with pytest.raises(UnknownNameError) as caught:
            ask(compose([KINETICS], values=VALUES))
        assert str(caught.value).startswith(f"{expected} Did you mean '")

    def test_positions_by_name(self) -> None:
        model = compose([KINETICS, DYNAMICS], values=VALUES, name="both")
        assert [model.states[index].name for index in model.state_index.values()] == list(model.state_index)
        assert [model.parameters[i].name for i in model.parameter_index.values()] == list(
            model.parameter_index
        )
        assert list(model.output_index) == ["plasma.drug", "level"]
        assert repr(model) == "<Model both: 2 modules, 3 states, 4 parameters, 2 outputs>"


class TestMisfits:
    def test_missing_signal_with_a_near_miss(self) -> None:
        given = replace(KINETICS, outputs=(Output(replace(PLASMA, name="plasma.drog"), CENTRAL / V),))
        found = message(lambda: compose([given, DYNAMICS], values=VALUES))
        assert found == (
            "signal 'plasma.drug' is read by dynamics and given by no module. Did you mean 'plasma.drog'?"
        )

    def test_missing_signal_names_all_readers(self) -> None:
        reader = Module("second", "", inputs=(PLASMA,))
        found = message(lambda: compose([DYNAMICS, reader], values=VALUES))
        assert found == (
            "signal 'plasma.drug' is read by dynamics, second and given by no module. "
            "Add the module that gives it."
        )

    @pytest.mark.parametrize("is_first", [True, False])
    def test_signal_read_in_another_unit(self, is_first: bool) -> None:
        wrong = Module("wrong", "", inputs=(replace(PLASMA, unit="nmol"),))
        modules = [wrong, DYNAMICS, KINETICS] if is_first else [KINETICS, DYNAMICS, wrong]
        found = message(lambda: compose(modules, values=VALUES))
        assert found == "signal 'plasma.drug' is given in nmol/L and read in nmol by wrong."

    def test_signal_read_as_a_pure_number(self) -> None:
        wrong = Module("wrong", "", inputs=(replace(PLASMA, unit=""),))
        found = message(lambda: compose([KINETICS, wrong], values=VALUES))
        assert found == "signal 'plasma.drug' is given in nmol/L and read in a pure number by wrong."

    @pytest.mark.parametrize(
        ("other", "kind", "name"),
        [
            (Module("m", "", states=(replace(CENTRAL, scale=2.0),)), "state", "drug.central"),
            (Module("m", "", parameters=(replace(V, description="other"),)), "parameter", "drug.V"),
            (
                Module("m", "", (CENTRAL,), (V,), outputs=(Output(PLASMA, 2.0 * CENTRAL / V),)),
                "signal",
                PLASMA.name,
            ),
            (Module("m", "", (TISSUE,), inlets=(Inlet("bolus", TISSUE),)), "inlet", "bolus"),
        ],
    )
    def test_one_name_for_two_contents(self, other: Module, kind: str, name: str) -> None:
        found = message(lambda: compose([KINETICS, other], values=VALUES))
        assert found == f"{kind} '{name}' is declared twice with different content."

    def test_a_flow_declared_twice_would_count_twice(self) -> None:
        twin = replace(KINETICS, name="twin", outputs=(), inlets=())
        found = message(lambda: compose([KINETICS, twin], values=VALUES))
        assert found == "flow 'out' is declared by both kinetics and twin."

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (
                Module("m", "", parameters=(Parameter("drug.central", "L", ""),)),
                "'drug.central' names both a state and a parameter.",
            ),
            (
                Module("m", "", outputs=(Output(Signal("drug.central", "", ""), constant(1.0)),)),
                "'drug.central' names both a state and a signal.",
            ),
            (
                Module("m", "", outputs=(Output(Signal("drug.V", "", ""), constant(1.0)),)),
                "'drug.V' names both a parameter and a signal.",
            ),
        ],
    )
    def test_one_name_for_two_kinds(self, other: Module, expected: str) -> None:
        assert message(lambda: compose([KINETICS, other], values={**VALUES, "drug.central": 1.0})) == expected

    def test_signals_in_a_circle(self) -> None:
        first, second = Signal("first", "", ""), Signal("second", "", "")
        modules = [
            Module("a", "", inputs=(second,), outputs=(Output(first, 1.0 + second),)),
            Module("b", "", inputs=(first,), outputs=(Output(second, 2.0 * first),)),
        ]
        assert message(lambda: compose(modules)) == (
            "signals depend on each other in a circle: first -> second -> first."
        )

    def test_a_signal_of_itself(self) -> None:
        own = Signal("own", "", "")
        found = message(lambda: compose([Module("a", "", outputs=(Output(own, 1.0 + own),))]))
        assert found == "signals depend on each other in a circle: own -> own."


HOURS = Parameter("hours", "h", "a time")
FAULTY = {
    "flow without ends": (
        Module("m", "", (CENTRAL,), flows=(Flow("f", constant(0.0)),)),
        "module m, flow f: the flow has neither source nor target.",
    ),
    "flow of a state of another module": (
        Module("m", "", (CENTRAL,), (CL, V), flows=(Flow("f", CL / V * CENTRAL, CENTRAL, TISSUE),)),
        "module m, flow f: state 'drug.tissue' is not declared by the module.",
    ),
    "flow of a wrong unit": (
        Module("m", "", (CENTRAL,), (CL,), flows=(Flow("f", CL * CENTRAL, CENTRAL),)),
        "module m, flow f: the equation has dimension amount*volume/time; expected that of nmol/h.",
    ),
    "flow between different units": (
        Module("m", "", (CENTRAL, EFFECT), (KE0,), flows=(Flow("f", KE0 * CENTRAL, CENTRAL, EFFECT),)),
        "module m, flow f: the equation has dimension amount/time; expected that of 1/h.",
    ),
    "undeclared parameter": (
        Module("m", "", (CENTRAL,), flows=(Flow("f", KE0 * CENTRAL, CENTRAL),)),
        "module m, flow f: 'ke0' is used and not declared by the module.",
    ),
    "undeclared signal": (
        Module("m", "", outputs=(Output(LEVEL, PLASMA / PLASMA),)),
        "module m, signal level: 'plasma.drug' is used and not declared by the module.",
    ),
    "same name, other unit": (
        Module("m", "", (CENTRAL,), (KE0,), flows=(Flow("f", replace(KE0, unit="1/L") * CENTRAL, CENTRAL),)),
        "module m, flow f: 'ke0' is used and not declared by the module.",
    ),
    "dose in an equation": (
        Module("m", "", outputs=(Output(LEVEL, DOSE / DOSE),)),
        "module m, signal level: 'dose' is used and not declared by the module.",
    ),
    "change of a wrong unit": (
        Module("m", "", (EFFECT,), changes=(Change(EFFECT, 1.0 - EFFECT),)),
        "module m, change of effect: the equation has dimension dimensionless; expected that of 1/h.",
    ),
    "change of a state of another module": (
        Module("m", "", changes=(Change(EFFECT, constant(0.0)),)),
        "module m, change of effect: state 'effect' is not declared by the module.",
    ),
    "signal of a wrong unit": (
        Module("m", "", (CENTRAL,), outputs=(Output(PLASMA, CENTRAL.expression),)),
        "module m, signal plasma.drug: the equation has dimension amount; expected that of nmol/L.",
    ),
    "start of a wrong unit": (
        Module("m", "", (replace(CENTRAL, initial=1.0),)),
        "module m, start of drug.central: the equation has dimension dimensionless; expected that of nmol.",
    ),
    "start that depends on a state": (
        Module("m", "", (replace(CENTRAL, initial=TISSUE.expression), TISSUE)),
        "module m, start of drug.central: 'drug.tissue' is used and not declared by the module.",
    ),
    "fraction of a wrong unit": (
        Module("m", "", (CENTRAL,), inlets=(Inlet("i", CENTRAL, DOSE),)),
        "module m, inlet i: the equation has dimension amount; expected that of a number.",
    ),
    "fraction that depends on a state": (
        Module("m", "", (CENTRAL,), inlets=(Inlet("i", CENTRAL, CENTRAL / DOSE),)),
        "module m, inlet i: 'drug.central' is used and not declared by the module.",
    ),
    "lag that depends on the dose": (
        Module("m", "", (CENTRAL,), (HOURS,), inlets=(Inlet("i", CENTRAL, lag=HOURS * DOSE / DOSE),)),
        "module m, inlet i: 'dose' is used and not declared by the module.",
    ),
    "lag of a wrong unit": (
        Module("m", "", (CENTRAL,), inlets=(Inlet("i", CENTRAL, lag=constant(1.0)),)),
        "module m, inlet i: the equation has dimension dimensionless; expected that of h.",
    ),
    "duration of a wrong unit": (
        Module("m", "", (CENTRAL,), (V,), inlets=(Inlet("i", CENTRAL, duration=V.expression),)),
        "module m, inlet i: the equation has dimension volume; expected that of h.",
    ),
    "inlet of a state of another module": (
        Module("m", "", inlets=(Inlet("i", CENTRAL),)),
        "module m, inlet i: state 'drug.central' is not declared by the module.",
    ),
    "unit that needs a factor": (
        Module("m", "", parameters=(Parameter("drug.CL", "mL/min", "clearance"),)),
        "module m, drug.CL: the unit 'mL/min' needs a factor; "
        "expected a product of powers of h, nmol, L, kg, score and mmHg.",
    ),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_module_is_refused_with_place_fault_and_expectation(fault: str) -> None:
    module, expected = FAULTY[fault]
    assert message(lambda: check_module(module)) == expected
    values = {item.name: 1.0 for item in module.parameters}
    assert message(lambda: compose([module], values=values)) == expected


def test_sound_modules_pass() -> None:
    check_module(KINETICS)
    check_module(DYNAMICS)
