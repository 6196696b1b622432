"""Every drug and product file against the evidence: what a file names exists and is used."""

from __future__ import annotations

from zlib import crc32

import pytest

from speciosa.body.person import modules_for
from speciosa.drugs import Product, Use, catalog
from speciosa.drugs.interaction import PHENOTYPES
from speciosa.evidence import load
from speciosa.model import Model, compose
from speciosa.people import DERIVED, LEVELS, LIMITS

DRUGS = list(catalog().drugs)
PRODUCTS = list(catalog().products)


def parents(name: str) -> list[str]:
    """Drugs that can be dosed and whose family contains a drug."""
    return [
        drug.name
        for drug in catalog().drugs.values()
        if drug.routes and name in [member.name for member in catalog().family(drug.name)]
    ]


def all_routes(name: str) -> Model:
    uses = [Use(parent, route.name) for parent in parents(name) for route in catalog().drugs[parent].routes]
    return compose(modules_for(uses, catalog()), load())


@pytest.mark.parametrize("name", DRUGS)
class TestDrug:
    def test_reaches_the_body(self, name: str) -> None:
        assert parents(name), f"{name} can neither be dosed nor formed"

    def test_names_are_canonical(self, name: str) -> None:
        drug = catalog().drugs[name]
        assert drug.name == drug.name.lower()
        assert drug.group in {
            "kratom alkaloid",
            "opioid agonist",
            "opioid partial agonist",
            "opioid antagonist",
            "enzyme probe",
            "enzyme inhibitor",
            "enzyme inducer",
            "opioid prodrug",
            "opioid metabolite without effect",
            "alpha-2 agonist",
        }
        names = [alias for route in drug.routes for alias in (route.name, *route.aliases)]
        assert len(names) == len(set(names)), "two routes of one name"
        assert all(alias == alias.lower() for alias in names), "routes are looked up in lower case"
        for alias in names:
            assert drug.route(alias.upper()) is not None

    def test_every_slot_that_varies_is_in_the_model(self, name: str) -> None:
        drug = catalog().drugs[name]
        parameters = {item.name: item.parameter for item in all_routes(name).parameters}
        for slot, kind in drug.variability:
            spread = parameters[drug.slot(slot)].spread
            assert spread is not None
            assert spread.kind == kind
            assert load().slot(spread.slot).value("omega") > 0.0

    def test_shares_vary_as_shares(self, name: str) -> None:
        for item in all_routes(name).parameters:
            if item.parameter.spread and item.parameter.spread.kind == "logit-normal":
                assert 0.0 < item.value < 1.0

    def test_every_covariate_is_in_the_model(self, name: str) -> None:
        drug = catalog().drugs[name]
        parameters = {item.name: item.parameter for item in all_routes(name).parameters}
        for relation in drug.covariates:
            found = [item.covariate for item in parameters[drug.slot(relation.slot)].covariates]
            assert relation.covariate in found
            if relation.factors:
                assert {level for level, _ in relation.factors} <= set(LEVELS[relation.covariate])
                for _, slot in relation.factors:
                    assert 0.0 < load().slot(drug.slot(slot)).value("") < 20.0
                continue
            if relation.covariate in DERIVED:
                assert (
                    load().slot(drug.slot(str(relation.reference))).value(DERIVED[relation.covariate]) > 0.0
                )
                continue
            unit = LIMITS[relation.covariate][2]
            reference = load().slot(drug.slot(str(relation.reference))).value(unit)
            low, high, _ = LIMITS[relation.covariate]
            assert low <= reference <= high
            if relation.exponent:
                assert -2.0 < load().slot(drug.slot(relation.exponent)).value("") < 4.0
            else:
                per_unit = "" if unit == "dimensionless" else f"1/({unit})"
                size = load().slot(drug.slot(str(relation.coefficient))).value(per_unit)
                assert abs(size) * (high - low) < 10.0

    def test_correlations_are_correlations(self, name: str) -> None:
        for _, _, slot in catalog().drugs[name].correlations:
            assert -1.0 < load().slot(catalog().drugs[name].slot(slot)).value("") < 1.0

    def test_every_slot_that_varies_by_occasion_is_in_the_model(self, name: str) -> None:
        drug = catalog().drugs[name]
        parameters = {item.name: item.parameter for item in all_routes(name).parameters}
        for slot, kind in drug.occasions:
            occasion = parameters[drug.slot(slot)].occasion
            assert occasion is not None
            assert occasion.kind == kind
            assert load().slot(occasion.slot).value("omega") > 0.0

    def test_has_a_molar_mass(self, name: str) -> None:
        grams = load().slot(f"{name}.molar_mass").value("g/mol")
        assert 200.0 < grams < 900.0, "outside of the small molecules of this library"

    def test_ligands_have_affinity_and_efficacy(self, name: str) -> None:
        drug = catalog().drugs[name]
        for receptor in drug.receptors:
            assert load().slot(drug.slot(f"Ki.{receptor}")).value("nmol/L") > 0.0
            assert 0.0 <= load().slot(drug.slot(f"efficacy.{receptor}")).value("") <= 1.0
            assert 0.0 < load().slot(drug.slot("fu")).value("") <= 1.0
            assert load().slot(drug.slot("Kp,uu")).value("") > 0.0

    def test_parallel_inputs_share_out_the_dose(self, name: str) -> None:
        """Every slot that takes a part of a dose leaves the rest to the other inputs."""
        for route in catalog().drugs[name].routes:
            taken = [key for item in route.inputs for key in item.complements]
            given = [key for item in route.inputs for key in item.fractions]
            assert set(taken) <= set(given)
            if len(route.inputs) > 1:
                assert taken


@pytest.mark.parametrize("name", PRODUCTS)
class TestProduct:
    def test_contents_and_shares_exist(self, name: str) -> None:
        product = catalog().products[name]
        for component in product.components:
            if component.content:
                assert 0.0 < load().slot(component.content).value("mg/g") < 1000.0
            if component.salt:
                assert 0.5 < load().slot(component.salt).value("") < 1.0
            if component.preparation:
                assert 0.0 < load().slot(component.preparation).value("") <= 1.5

    def test_shares_of_a_racemate_make_a_whole(self, name: str) -> None:
        product = catalog().products[name]
        shares = [component.share for component in product.components if component.share]
        assert bool(shares) == (not product.is_weighed and len(product.components) > 1)
        if shares:
            assert len(shares) == len(product.components)
            assert sum(load().slot(share).value("") for share in shares) == pytest.approx(1.0)

    def test_every_alias_finds_it(self, name: str) -> None:
        product = catalog().products[name]
        for alias in (product.name, *product.aliases):
            found = catalog().item(alias.upper())
            assert isinstance(found, Product)
            assert found.name == name


def test_streams_of_random_numbers_are_all_different() -> None:
    """A stream belongs to the checksum of a name: two equal checksums would tie two parameters together."""
    names = [*load().slots, *(f"person.{item}" for item in LIMITS)]
    assert len({crc32(name.encode()) for name in names}) == len(set(names))


def test_no_slot_is_left_over() -> None:
    """Every slot of the selection is used by a drug, a product, a score or the reference person."""
    uses = [Use(drug.name, route.name) for drug in catalog().drugs.values() for route in drug.routes]
    used = set(compose(modules_for(uses, catalog(), PHENOTYPES), load()).slots)
    for product in catalog().products.values():
        own = [
            Use(item.drug, route, product.name, False)
            for item in product.components
            for route in product.routes
        ]
        used |= set(compose(modules_for(own, catalog()), load()).slots)
        for item in product.components:
            used |= {slot for slot in (item.content, item.share, item.salt) if slot}
        used |= {product.wear} if product.wear else set()
    used |= {f"{name}.molar_mass" for name in DRUGS}
    left = {name for name in load().slots if name not in used}
    # What breathing, overdose and forecasts use, their own tests say.
    left = {name for name in left if ".published." not in name and ".binding." not in name}
    elsewhere = (
        "breathing.",
        "rescue.",
        "binding.",
        "person.",
        "population.",
        "cyp2d6.activity_score.",
        "fat_free_mass.",
        "interactions.",
        "forecast.",
        "template.",
        "dependence.start",
    )
    left = {name for name in left if not name.startswith(elsewhere) and not name.endswith(".usual.dose")}
    assert {name for name in left if ".band." not in name} == set()
