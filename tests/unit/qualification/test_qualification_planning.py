"""What a target's study is planned as, and why a target is not run."""

from __future__ import annotations

import pytest

from speciosa.qualification import Sizes, designs, read_study
from speciosa.qualification.designs import Designs
from speciosa.qualification.plan import NotRunError
from speciosa.qualification.planning import check_doses, plan_of
from speciosa.qualification.run import grid, jobs_of


@pytest.fixture
def plan(setting):
    def of(target, known: Designs | None = None):
        found = plan_of(read_study(target), known or designs(), setting, Sizes(20, 10))
        check_doses(found.pieces, setting)
        return found

    return of


def test_a_single_dose_is_followed_until_the_last_sample(plan, targets) -> None:
    found = plan(targets["t-kr-mtg-thalf-tea"])
    (piece,) = found.above
    assert (piece.start, piece.length, found.metric) == (0.0, 120.0, "t1/2")
    assert found.below == ()
    (track,) = piece.arm.regimen.tracks
    assert track[0].dose.text == "kratom tea 2 g (19.5 mg mitragynine per g) by mouth"


def test_the_steady_state_is_read_in_the_last_interval(plan, targets) -> None:
    found = plan(targets["t-pk-bup-sl-8-cav"])
    (piece,) = found.above
    assert (piece.start, piece.length) == (29 * 24.0, 24.0)
    assert found.statistic == "geometric mean"
    assert dict(piece.arm.crowd.covariates) == {"age": 35.0, "sex": "male", "weight": 72.4}
    assert piece.arm.crowd.is_alike


def test_a_measured_alkaloid_is_the_dose_of_an_extract(plan, targets) -> None:
    (piece,) = plan(targets["t-kr-mtg-cmax-9p9"]).above
    assert piece.arm.regimen.text.startswith("kratom extract containing 9.9 mg mitragynine by mouth")


def test_racemic_concentrations_are_added(plan, targets) -> None:
    (piece,) = plan(targets["t-pk-meth-cdr"]).above
    assert piece.analytes == ("r-methadone", "s-methadone")


def test_the_victim_of_an_interaction_is_given_with_the_last_dose(plan, targets) -> None:
    found = plan(targets["t-ddi-mdz-keto400-po"])
    (above,), (below,) = found.above, found.below
    assert above.start == below.start == 9 * 24.0
    assert above.arm.crowd == below.arm.crowd
    assert above.arm.crowd.size == 10
    assert len(above.arm.regimen.tracks) == 2
    assert below.arm.regimen.items == ("midazolam",)


def test_a_design_may_put_the_victim_elsewhere(plan, targets) -> None:
    (above,) = plan(targets["t-ddi-mdz-rif-off-w1"]).above
    assert above.start == 816.0


def test_bioavailability_compares_with_the_vein(plan, targets) -> None:
    found = plan(targets["t-pk-nlx-in-f"])
    (below,) = found.below
    assert below.arm.regimen.text.startswith("naloxone 2 mg IV")


def test_a_clearance_is_the_dose_over_the_area(plan, target) -> None:
    found = plan(target("drug=morphine;route=iv;n_doses=1", "CL", 1.0, "L/h"))
    assert found.above == ()
    assert found.below[0].factor == 1.0
    # The dose is not stated and does not matter: 1 mg stands for any.
    assert found.below[0].arm.regimen.items == ("morphine",)


def test_doses_by_weight_take_the_median_weight(plan, target, setting) -> None:
    (piece,) = plan(target("drug=morphine;dose=0.1;unit=mg/kg;route=iv;n_doses=1")).above
    weight = setting.evidence.slot("person.weight").value("kg")
    assert piece.arm.regimen.tracks[0][0].dose.amount == pytest.approx(0.1 * weight)


@pytest.mark.parametrize(
    ("regimen", "quantity", "reason"),
    [
        ("drug=unobtainium;dose=1;unit=mg", "Cmax", "the library has no unobtainium"),
        (
            "drug=morphine;dose=1;unit=mg;route=rectal",
            "Cmax",
            "morphine has no route 'rectal' in the library",
        ),
        ("drug=morphine;dose=1;unit=mg;product=lozenge", "Cmax", "the library has no 'lozenge' of morphine"),
        ("drug=morphine;dose=1;unit=mg", "colour", "no module gives 'colour' yet"),
        ("drug=morphine;dose=1;unit=mg", "MDPE", "the individual concentrations of the data set"),
        ("drug=morphine;route=iv", "Cmax", "the dose of morphine is 'not stated'"),
        ("drug=morphine;dose=a lot;route=iv", "t1/2", "the dose of morphine is 'a lot'"),
        (
            "drug=morphine;dose=1;unit=mg;population=Martians",
            "Cmax",
            "no people of the library are 'Martians'",
        ),
        (
            "drug=naloxone;dose=1;unit=mg;route=im",
            "Cmax",
            "nothing in the library makes morphine of naloxone",
        ),
        ("drug=morphine;dose=1;unit=mg;route=iv", "AUC ratio", "the target names no perpetrator"),
        (
            "drug=morphine;dose=1;unit=ug/h;route=iv",
            "Cmax",
            "morphine is not dosed by a rate in the library",
        ),
        (
            "drug=morphine;dose=1;unit=mg;route=iv;population=healthy men",
            "AUC/dose ratio",
            "nothing says with whom 'healthy men' are compared",
        ),
    ],
)
def test_reasons_for_not_running(plan, target, regimen: str, quantity: str, reason: str) -> None:
    with pytest.raises(NotRunError) as fault:
        plan(target(regimen, quantity))
    assert reason in str(fault.value)


def test_targets_of_one_design_share_an_arm(plan, targets) -> None:
    names = ("t-kr-tea-mtg-cmax", "t-kr-tea-mtg-auc", "t-kr-tea-spc-cmax", "t-kr-tea-spc-tmax")
    (job,) = jobs_of([plan(targets[name]) for name in names])
    assert job.outputs == ("mitragynine", "speciociliatine")
    assert list(job.times) == sorted(job.times)


def test_times_are_dense_after_the_dose(plan, targets) -> None:
    (piece,) = plan(targets["t-kr-tea-mtg-cmax"]).above
    steps = grid(piece)[1:] - grid(piece)[:-1]
    assert steps[0] < 0.01
    assert 0.5 < steps[-1] < 2.0
    assert grid(piece)[-1] == pytest.approx(piece.length)
