"""What a drug file may say, and what its parts refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from speciosa.drugs import Component, Disposition, Drug, Formation, Formed, Input, Product, Route, Use
from speciosa.errors import DrugError

SIMPLE = Disposition(volumes=("V",), clearances=("CL",))
IV = Route("intravenous", (Input("bolus"),), aliases=("iv",))
ORAL = Route("oral", (Input("first-order", ka="ka"),), aliases=("po", "by mouth"))


def test_slots_belong_to_the_drug_or_are_shared() -> None:
    drug = Drug("morphine", (), "opioid agonist", (), SIMPLE)
    assert drug.slot("CL") == "morphine.CL"
    assert drug.slot("/allometry.weight") == "allometry.weight"


def test_routes_by_name_alias_and_default() -> None:
    drug = Drug("morphine", (), "opioid agonist", (IV, ORAL), SIMPLE)
    assert drug.route(None) is IV
    assert drug.route("oral") is ORAL
    assert drug.route("By Mouth") is ORAL
    assert drug.route("nasal") is None
    assert Drug("m", (), "g", (), SIMPLE).route(None) is None


@pytest.mark.parametrize(
    ("use", "group"),
    [
        (Use("morphine", "oral"), "morphine/oral"),
        (Use("mitragynine", "oral", "kratom tea"), "mitragynine/oral/kratom tea"),
        (
            Use("mitragynine", "oral", "kratom tea", is_content_stated=False),
            "mitragynine/oral/kratom tea/default content",
        ),
    ],
)
def test_uses_that_differ_enter_by_different_groups(use: Use, group: str) -> None:
    assert use.group == group


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Input("first-order"), "a first-order input has no ka."),
        (lambda: Input("zero-order"), "a zero-order input has no duration."),
        (lambda: Input("transit", ktr="ktr"), "a transit input has no transits."),
        (lambda: Input("transit", transits=3), "a transit input has no ktr."),
        (
            lambda: Input("bolus", transits=3),
            'a bolus input has transits; expected kind = "transit".',
        ),
        (
            lambda: Input("bolus", dose_exponent="x"),
            "a dose-dependent input names one slot; expected dose_reference and dose_exponent.",
        ),
        (
            lambda: Disposition(volumes=(), clearances=("CL",)),
            "a disposition has 0 volumes; expected 1 to 3.",
        ),
        (
            lambda: Disposition(volumes=("1", "2", "3", "4"), clearances=("CL",), flows=("a", "b", "c")),
            "a disposition has 4 volumes; expected 1 to 3.",
        ),
        (
            lambda: Disposition(volumes=("V1", "V2"), clearances=("CL",)),
            "a disposition has 2 volumes and 0 flows; expected one flow fewer than volumes.",
        ),
        (
            lambda: Disposition(volumes=("V",)),
            "a disposition needs clearances or a rate; expected one of the two.",
        ),
        (
            lambda: Disposition(volumes=("V",), clearances=("CL",), rate="k"),
            "a disposition needs clearances or a rate; expected one of the two.",
        ),
        (
            lambda: Formation("m", "fraction"),
            "the formation of m names no slot; expected systemic or first_pass.",
        ),
        (
            lambda: Formation("m", "fraction", first_pass="a", shares=("b",)),
            "the formation of m has shares and no slot systemic.",
        ),
        (
            lambda: Formation("m", "gain", systemic="a", shares=("b",)),
            'the formation of m by gain has shares; expected kind = "fraction" with shares.',
        ),
        (
            lambda: Formation("m", "fraction", systemic="CL", routes=("oral",)),
            "the formation of m names routes and no slot first_pass.",
        ),
        (
            lambda: Disposition(volumes=("V",), rate="k", multipliers=("m",)),
            "a disposition has multipliers and no clearances.",
        ),
        (
            lambda: Route("oral", (Input("bolus"),), formed=(Formed("m", SIMPLE),)),
            "route oral gives m an own disposition and has none itself.",
        ),
        (
            lambda: Drug(
                "d", (), "g", (), SIMPLE, (Formation("m", "fraction", first_pass="a", routes=("oral",)),)
            ),
            "the first pass to m names a route that d does not have; expected some of: none.",
        ),
        (
            lambda: Drug(
                "d",
                (),
                "g",
                (),
                SIMPLE,
                (Formation("m", "fraction", systemic="CL"), Formation("n", "fraction", systemic="CL")),
            ),
            "several metabolites are formed by CL and m names no shares.",
        ),
        (
            lambda: Drug(
                "d",
                (),
                "g",
                (Route("oral", (Input("bolus"), Input("bolus"))),),
                SIMPLE,
                (Formation("m", "fraction", first_pass="a"),),
            ),
            "the first pass to m is that of a route with parallel inputs; "
            "expected one input, whose fractions are the bioavailability.",
        ),
        (
            lambda: Formation("m", "gain"),
            "the formation of m names no slot; expected systemic or first_pass.",
        ),
        (
            lambda: Formation("m", "gain", systemic="b", transits=2),
            "the formation of m needs both transits and ktr, or neither.",
        ),
        (
            lambda: Drug("d", (), "g", (), SIMPLE, (Formation("m", "fraction", systemic="CLm"),)),
            "m is formed by 'CLm', which is no clearance of d; expected one of: CL.",
        ),
    ],
)
def test_inconsistent_parts_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(DrugError) as caught:
        make()
    assert str(caught.value) == message


def test_definitions_are_frozen_and_hashable() -> None:
    product = Product("tea", (), "tea", "m", (Component("m"),))
    assert len({product, Product("tea", (), "tea", "m", (Component("m"),))}) == 1
    with pytest.raises(AttributeError):
        product.name = "other"  # type: ignore[misc]
