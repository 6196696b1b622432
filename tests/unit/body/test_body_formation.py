"""Metabolites formed by shares, on the first pass, and with a disposition that belongs to a route."""

from __future__ import annotations

import pytest

from speciosa.body.disposition import disposition
from speciosa.drugs import Component, Disposition, Drug, Formation, Formed, Input, Product, Route, Use
from speciosa.model import Flow, Module, check_module, evaluate

ONE = Disposition(("V",), ("CL",))
IV = Route("intravenous", (Input("bolus"),))
ORAL = Route("oral", (Input("first-order", fractions=("F",), ka="ka"),))


def drug(name: str, **parts: object) -> Drug:
    return Drug(**{"name": name, "aliases": (), "group": "g", "routes": (), "disposition": ONE, **parts})  # type: ignore[arg-type]


def built(*family: Drug, uses: tuple[Use, ...], products: dict[str, Product] | None = None) -> Module:
    module = disposition(family, uses, products or {})
    check_module(module)
    return module


def flow(module: Module, name: str) -> Flow:
    (found,) = [item for item in module.flows if item.name == name]
    return found


def test_shares_of_a_clearance_go_to_each_metabolite_and_the_rest_is_eliminated() -> None:
    parent = drug(
        "d",
        routes=(IV,),
        metabolites=(
            Formation("m", "fraction", systemic="CL", shares=("to.m", "escape")),
            Formation("n", "fraction", systemic="CL", shares=("to.n",)),
        ),
    )
    module = built(parent, drug("m"), drug("n"), uses=(Use("d", "intravenous"),))
    point = {"d.CL": 2.0, "d.V": 10.0, "d.central": 50.0, "d.to.m": 0.5, "d.escape": 0.4, "d.to.n": 0.3}
    rates = {name: evaluate(flow(module, name).rate, point) for name in ("d to m", "d to n", "d CL")}
    assert rates == pytest.approx({"d to m": 2.0, "d to n": 3.0, "d CL": 5.0})
    assert flow(module, "d CL").target is None


def test_multipliers_act_on_every_clearance() -> None:
    given = Disposition(("V",), ("CLr", "CLm"), multipliers=("induction", "/shared.factor"))
    parent = drug(
        "d", routes=(IV,), disposition=given, metabolites=(Formation("m", "fraction", systemic="CLm"),)
    )
    module = built(parent, drug("m"), uses=(Use("d", "intravenous"),))
    point = {"d.CLr": 1.0, "d.CLm": 2.0, "d.V": 10.0, "d.central": 10.0}
    point |= {"d.induction": 1.5, "shared.factor": 2.0}
    assert evaluate(flow(module, "d CLr").rate, point) == pytest.approx(3.0)
    assert evaluate(flow(module, "d to m").rate, point) == pytest.approx(6.0)


class TestFirstPass:
    PARENT = drug(
        "d",
        routes=(IV, ORAL, Route("under the skin", (Input("first-order", ka="ka"),))),
        metabolites=(Formation("m", "fraction", systemic="CL", first_pass="lost.to.m", routes=("oral",)),),
    )

    def test_what_is_lost_on_the_way_arrives_as_metabolite(self) -> None:
        parent, metabolite = built(self.PARENT, drug("m"), uses=(Use("d", "oral"),)).inlets
        point = {"d.F": 0.3, "d.lost.to.m": 0.8}
        assert evaluate(parent.fraction, point) == pytest.approx(0.3)
        assert evaluate(metabolite.fraction, point) == pytest.approx(0.7 * 0.8)
        assert metabolite.state.name == "m.oral.first_pass"
        assert parent.group == metabolite.group

    def test_nothing_is_lost_where_more_than_all_arrives(self) -> None:
        _, metabolite = built(self.PARENT, drug("m"), uses=(Use("d", "oral"),)).inlets
        assert evaluate(metabolite.fraction, {"d.F": 1.2, "d.lost.to.m": 0.8}) == 0.0

    def test_only_the_routes_named_have_one(self) -> None:
        module = built(self.PARENT, drug("m"), uses=(Use("d", "under the skin"), Use("d", "intravenous")))
        assert len(module.inlets) == 2

    def test_a_preparation_scales_parent_and_metabolite(self) -> None:
        product = Product("p", (), "p", "d", (Component("d", preparation="p.factor"),), is_weighed=False)
        module = built(self.PARENT, drug("m"), uses=(Use("d", "oral", "p"),), products={"p": product})
        point = {"d.F": 0.3, "d.lost.to.m": 0.8, "p.factor": 0.5}
        assert [evaluate(inlet.fraction, point) for inlet in module.inlets] == pytest.approx([0.15, 0.28])

    def test_a_drug_may_arrive_as_metabolite_alone(self) -> None:
        parent = drug("d", routes=(ORAL,), metabolites=(Formation("m", "fraction", first_pass="lost.to.m"),))
        module = built(parent, drug("m"), uses=(Use("d", "oral"),))
        assert not [item for item in module.flows if item.name == "d to m"]
        assert flow(module, "d CL").target is None


class TestOwnDispositionOfARoute:
    SMOKED = Route(
        "inhaled",
        (Input("bolus"),),
        disposition=Disposition(("fast.V",), ("CL",)),
        formed=(Formed("m", Disposition(("fast.V",), ("CL",))),),
    )
    PARENT = drug("d", routes=(IV, SMOKED), metabolites=(Formation("m", "fraction", systemic="CL"),))
    MIDDLE = drug("m", metabolites=(Formation("n", "fraction", systemic="CL"),))

    def test_the_metabolite_has_one_too_and_what_follows_its_own(self) -> None:
        module = built(self.PARENT, self.MIDDLE, drug("n"), uses=(Use("d", "inhaled"),))
        assert {state.name for state in module.states} == {
            "d.inhaled.central",
            "m.of.d.inhaled.central",
            "n.central",
        }
        ends = {(item.source.name, item.target.name) for item in module.flows if item.source and item.target}
        assert ends == {
            ("d.inhaled.central", "m.of.d.inhaled.central"),
            ("m.of.d.inhaled.central", "n.central"),
        }
        assert "m.V" not in {item.name for item in module.parameters}

    def test_other_routes_keep_the_drugs_own_and_plasma_is_the_sum(self) -> None:
        uses = (Use("d", "inhaled"), Use("d", "intravenous"))
        module = built(self.PARENT, self.MIDDLE, drug("n"), uses=uses)
        output = next(item for item in module.outputs if item.name == "plasma.m")
        point = {"m.central": 8.0, "m.V": 2.0, "m.of.d.inhaled.central": 9.0, "m.fast.V": 3.0}
        assert evaluate(output.value, point) == pytest.approx(4.0 + 3.0)
