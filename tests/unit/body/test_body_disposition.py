"""Disposition: inputs, formation and shares as a drug's file asks for them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from speciosa.body.disposition import disposition
from speciosa.body.person import modules_for
from speciosa.drugs import (
    Catalog,
    Component,
    Disposition,
    Drug,
    Formation,
    Input,
    Product,
    Route,
    Use,
    catalog,
)
from speciosa.errors import DrugError
from speciosa.evidence import load
from speciosa.model import Model, Module, check_module, compose, evaluate

TWO = Disposition(("V1", "V2"), ("CL",), ("Q",))
IV = Route("intravenous", (Input("bolus"),))


def drug(name: str = "d", **parts: object) -> Drug:
    return Drug(**{"name": name, "aliases": (), "group": "g", "routes": (IV,), "disposition": TWO, **parts})  # type: ignore[arg-type]


def built(family: Iterable[Drug], *uses: Use, products: dict[str, Product] | None = None) -> Module:
    module = disposition(tuple(family), uses, products or {})
    check_module(module)
    return module


def bound(module: Module, **values: float) -> Model:
    return compose([module], values={item.name: 1.0 for item in module.parameters} | values)


def ends(module: Module) -> set[tuple[str, str | None]]:
    return {
        (flow.source.name if flow.source else "", flow.target.name if flow.target else None)
        for flow in module.flows
    }


def test_a_bolus_enters_the_central_compartment() -> None:
    module = built([drug()], Use("d", "intravenous"))
    assert [state.name for state in module.states] == ["d.central", "d.peripheral"]
    (inlet,) = module.inlets
    assert inlet.state.name == "d.central"
    assert inlet.group == "d/intravenous"
    assert inlet.duration is None
    assert ends(module) == {("d.central", "d.peripheral"), ("d.peripheral", "d.central"), ("d.central", None)}


def test_rates_are_those_of_clearance_and_volumes() -> None:
    model = bound(
        built([drug()], Use("d", "intravenous")), **{"d.CL": 3.0, "d.Q": 5.0, "d.V1": 10.0, "d.V2": 20.0}
    )
    point = {"d.CL": 3.0, "d.Q": 5.0, "d.V1": 10.0, "d.V2": 20.0, "d.central": 100.0, "d.peripheral": 40.0}
    assert evaluate(model.derivatives[0], point) == pytest.approx(-30.0 - 50.0 + 10.0)
    assert evaluate(model.derivatives[1], point) == pytest.approx(50.0 - 10.0)
    assert evaluate(model.output("plasma.d").value, point) == pytest.approx(10.0)


def test_transits_lead_through_a_depot_into_the_body() -> None:
    route = Route("oral", (Input("transit", transits=2, ktr="ktr", ka="ka"),))
    module = built([drug(routes=(route,))], Use("d", "oral"))
    assert module.inlets[0].state.name == "d.oral.depot.transit1"
    assert {
        ("d.oral.depot.transit1", "d.oral.depot.transit2"),
        ("d.oral.depot.transit2", "d.oral.depot"),
        ("d.oral.depot", "d.central"),
    } <= ends(module)


def test_parallel_inputs_share_out_the_whole_dose() -> None:
    route = Route(
        "nasal",
        (
            Input("zero-order", fractions=("F", "fast"), duration="D"),
            Input("first-order", fractions=("F",), complements=("fast",), ka="ka", lag="tlag"),
        ),
    )
    module = built([drug(routes=(route,))], Use("d", "nasal"))
    fast, slow = module.inlets
    point = {"d.F": 0.5, "d.fast": 0.3, "dose": 100.0}
    assert evaluate(fast.fraction, point) == pytest.approx(0.15)
    assert evaluate(slow.fraction, point) == pytest.approx(0.35)
    assert fast.duration is not None
    assert fast.state.name == "d.central"
    assert slow.state.name == "d.nasal.depot2"
    assert evaluate(slow.lag, {"d.tlag": 0.2}) == 0.2
    assert {fast.group, slow.group} == {"d/nasal"}


def test_bioavailability_may_depend_on_dose() -> None:
    route = Route("oral", (Input("first-order", ka="ka", dose_reference="ref", dose_exponent="power"),))
    (inlet,) = built([drug(routes=(route,))], Use("d", "oral")).inlets
    point = {"d.ref": 100.0, "d.power": -0.5, "dose": 400.0}
    assert evaluate(inlet.fraction, point) == pytest.approx(0.5)


def test_a_route_may_have_a_disposition_of_its_own() -> None:
    apparent = Disposition(("nasal.V",), ("nasal.CL",))
    nasal = Route("nasal", (Input("first-order", ka="ka"),), disposition=apparent)
    module = built([drug(routes=(IV, nasal))], Use("d", "intravenous"), Use("d", "nasal"))
    names = {state.name for state in module.states}
    assert names == {"d.central", "d.peripheral", "d.nasal.central", "d.nasal.depot"}
    (output,) = module.outputs
    point = {"d.central": 10.0, "d.V1": 2.0, "d.nasal.central": 9.0, "d.nasal.V": 3.0}
    assert evaluate(output.value, point) == pytest.approx(5.0 + 3.0)


def test_only_the_routes_in_use_are_built() -> None:
    oral = Route("oral", (Input("first-order", ka="ka"),))
    module = built([drug(routes=(IV, oral))], Use("d", "intravenous"))
    assert "d.ka" not in {item.name for item in module.parameters}


def test_an_unknown_route_names_the_known_ones() -> None:
    with pytest.raises(DrugError) as caught:
        built([drug()], Use("d", "oral"))
    assert str(caught.value) == "d has no route 'oral'; expected one of: intravenous."
    with pytest.raises(DrugError) as caught:
        built([drug(routes=())], Use("d", "oral"))
    assert str(caught.value) == "d has no route 'oral'; expected one of: none."


class TestFormation:
    METABOLITE = drug("m", routes=(), disposition=Disposition(("V",), rate="kel"))

    def parent(self, **formation: object) -> Drug:
        made = Formation(**{"drug": "m", "kind": "fraction", "systemic": "CLm", **formation})  # type: ignore[arg-type]
        return drug(disposition=Disposition(("V1",), ("CL", "CLm")), metabolites=(made,))

    def test_a_fraction_of_clearance_becomes_metabolite(self) -> None:
        module = built([self.parent(), self.METABOLITE], Use("d", "intravenous"))
        assert ends(module) == {("d.central", "m.central"), ("d.central", None), ("m.central", None)}

    def test_transits_lie_between_parent_and_metabolite(self) -> None:
        module = built([self.parent(transits=2, ktr="ktr"), self.METABOLITE], Use("d", "intravenous"))
        path = {
            ("d.central", "m.formation1"),
            ("m.formation1", "m.formation2"),
            ("m.formation2", "m.central"),
        }
        assert path <= ends(module)

    def test_two_bodies_of_a_parent_share_the_transits(self) -> None:
        apparent = Disposition(("nasal.V",), ("CL", "CLm"))
        nasal = Route("nasal", (Input("bolus"),), disposition=apparent)
        parent = self.parent(transits=1, ktr="ktr")
        parent = drug(disposition=parent.disposition, metabolites=parent.metabolites, routes=(IV, nasal))
        module = built([parent, self.METABOLITE], Use("d", "intravenous"), Use("d", "nasal"))
        model = bound(module)
        point = {item.name: 1.0 for item in model.parameters} | {state.name: 0.0 for state in model.states}
        leaving = evaluate(
            model.derivatives[model.state_index["m.formation1"]], point | {"m.formation1": 8.0}
        )
        assert leaving == pytest.approx(-8.0), "what leaves the transit is counted once"

    def test_a_gain_is_taken_from_the_elimination_of_the_parent(self) -> None:
        parent = drug(
            disposition=Disposition(("V1",), ("CL",)),
            metabolites=(Formation("m", "gain", systemic="b"),),
        )
        values = {
            "d.CL": 10.0,
            "d.V1": 5.0,
            "m.b": 0.01,
            "m.V": 20.0,
            "d.molar_mass": 3.0,
            "m.molar_mass": 2.0,
        }
        model = bound(built([parent, self.METABOLITE], Use("d", "intravenous")), **values)
        point = values | {"m.kel": 1.0, "d.central": 50.0, "m.central": 0.0}
        parent_rate, metabolite_rate = (evaluate(rate, point) for rate in model.derivatives)
        assert parent_rate == pytest.approx(-10.0 / 5.0 * 50.0), "clearance stays what it is"
        # 0.01 per L and h, on 20 L, by masses of 3 and 2.
        assert metabolite_rate == pytest.approx(1.5 * 0.01 * 20.0 * 50.0)

    def test_a_gain_is_taken_from_an_elimination_rate_too(self) -> None:
        parent = drug(
            disposition=Disposition(("V1",), rate="kel"), metabolites=(Formation("m", "gain", systemic="b"),)
        )
        model = bound(built([parent, self.METABOLITE], Use("d", "intravenous")))
        point = {item.name: 1.0 for item in model.parameters} | {
            "d.kel": 4.0,
            "d.central": 2.0,
            "m.central": 0.0,
        }
        assert evaluate(model.derivatives[0], point) == pytest.approx(-8.0)

    def test_a_gain_needs_an_elimination_to_be_taken_from(self) -> None:
        parent = drug(
            disposition=Disposition(("V1",), ("CL",)),
            metabolites=(Formation("m", "gain", systemic="b"), Formation("n", "fraction", systemic="CL")),
        )
        other = drug("n", routes=(), disposition=Disposition(("V",), rate="kel"))
        with pytest.raises(DrugError) as caught:
            built([parent, self.METABOLITE, other], Use("d", "intravenous"))
        assert str(caught.value) == (
            "all clearance of d forms metabolites by fraction; "
            "expected a clearance that the metabolites formed by gain are taken from."
        )

    def test_the_first_pass_follows_the_absorption_of_each_route(self) -> None:
        routes = tuple(Route(name, (Input("first-order", ka=f"{name}.ka"),)) for name in ("oral", "nasal"))
        parent = drug(routes=routes, metabolites=(Formation("m", "gain", first_pass="a"),))
        module = built([parent, self.METABOLITE], Use("d", "oral"), Use("d", "nasal"))
        model = bound(module)
        for name, rate in (("oral", 2.0), ("nasal", 7.0)):
            depot = f"m.{name}.first_pass"
            point = {item.name: 1.0 for item in model.parameters} | {
                state.name: 0.0 for state in model.states
            }
            point |= {f"d.{name}.ka": rate, depot: 3.0}
            assert evaluate(model.derivatives[model.state_index[depot]], point) == pytest.approx(-3.0 * rate)
        assert len(model.inlet_groups["d/oral"]) == 2

    def test_a_metabolite_dosed_by_a_route_of_its_own_keeps_its_body(self) -> None:
        apparent = Disposition(("nasal.V",), ("nasal.CL",))
        nasal = Route("nasal", (Input("bolus"),), disposition=apparent)
        metabolite = drug("m", routes=(nasal,), disposition=Disposition(("V",), rate="kel"))
        module = built([self.parent(), metabolite], Use("d", "intravenous"), Use("m", "nasal"))
        assert {"m.central", "m.nasal.central"} <= {state.name for state in module.states}


class TestProducts:
    PRODUCT = Product(
        "tea",
        (),
        "tea",
        "d",
        (Component("d", preparation="tea.factor", preparation_spread="IIV_x"),),
        batch="leaf.batch",
    )

    def fraction(self, *, is_content_stated: bool) -> float:
        use = Use("d", "intravenous", "tea", is_content_stated)
        (inlet,) = built([drug()], use, products={"tea": self.PRODUCT}).inlets
        return evaluate(inlet.fraction, {"tea.factor": 0.5, "leaf.batch": 1.2})

    def test_the_preparation_multiplies_bioavailability(self) -> None:
        assert self.fraction(is_content_stated=True) == pytest.approx(0.5)

    def test_batches_vary_where_no_content_is_stated(self) -> None:
        assert self.fraction(is_content_stated=False) == pytest.approx(0.6)

    def test_both_vary_between_people(self) -> None:
        use = Use("d", "intravenous", "tea", is_content_stated=False)
        module = built([drug()], use, products={"tea": self.PRODUCT})
        spreads = {item.name: item.spread.slot for item in module.parameters if item.spread}
        assert spreads == {"tea.factor": "IIV_x", "leaf.batch": "IIV_leaf.batch"}


class TestFamilies:
    def names(self, library: Catalog, *uses: Use) -> list[str]:
        return [
            module.description for module in modules_for(uses, library) if "disposition of" in module.name
        ]

    def test_a_metabolite_that_is_dosed_too_stays_with_its_parent(self) -> None:
        metabolite = drug("m")
        parent = drug("p", metabolites=(Formation("m", "fraction", systemic="CL"),))
        library = Catalog({"p": parent, "m": metabolite}, {})
        for order in ((parent, metabolite), (metabolite, parent)):
            found = self.names(library, *(Use(item.name, "intravenous") for item in order))
            assert len(found) == 1
            assert found[0].endswith(("of p, m", "of m, p"))

    def test_parents_of_one_metabolite_are_one_family(self) -> None:
        shared = (Formation("m", "fraction", systemic="CL"),)
        library = Catalog(
            {
                "p": drug("p", metabolites=shared),
                "q": drug("q", metabolites=shared),
                "m": drug("m", routes=()),
            },
            {},
        )
        found = self.names(library, Use("p", "intravenous"), Use("q", "intravenous"))
        assert found == ["absorption, distribution, metabolism and elimination of p, m, q"]
        compose(
            modules_for([Use("p", "intravenous"), Use("q", "intravenous")], library),
            load(),
            values={f"{name}.{slot}": 1.0 for name in "pqm" for slot in ("V1", "V2", "CL", "Q")},
        )

    def test_only_the_modules_needed(self) -> None:
        names = [module.name for module in modules_for([Use("isopaynantheine", "oral")], catalog())]
        assert names == [
            "disposition of isopaynantheine",
            "MOR occupancy",
            "MOR signal",
            "suppression",
            "adaptation",
            "effects",
            "withdrawal",
            "autonomic arm",
            "craving",
            "noradrenaline",
            "dopamine",
            "stress",
            "severity",
            "COWS",
            "SOWS-Handelsman",
            "SOWS-Gossop",
            "OOWS-Handelsman",
            "craving score",
        ]

    def test_a_use_named_twice_is_one(self) -> None:
        use = Use("morphine", "oral")
        assert modules_for([use, use], catalog()) == modules_for([use], catalog())

    @pytest.mark.parametrize("first", ["kratom powder", "kratom tea"])
    def test_products_of_one_batch_slot_go_together(self, first: str) -> None:
        products = [first, *({"kratom powder", "kratom tea"} - {first})]
        uses = [
            Use(drug_name, "oral", product, False)
            for product, drugs in zip(
                products, (("mitragynine",), ("mitragynine", "speciogynine")), strict=True
            )
            for drug_name in drugs
        ]
        assert "kratom leaf.batch" in compose(modules_for(uses, catalog()), load()).parameter_index
