"""Regimens of targets are read into treatments; what cannot be read is a fault of the table."""

from __future__ import annotations

import pytest

from speciosa.errors import QualificationError
from speciosa.qualification import read_study
from speciosa.qualification.study import Span


def test_every_regimen_of_the_package_can_be_read(targets) -> None:
    studies = [read_study(item) for item in targets.values()]
    assert len(studies) == len(targets)
    assert all(treatment.doses >= 1 for study in studies for treatment in study.treatments)


def test_two_treatments_with_ranges_and_weights(target) -> None:
    text = (
        "drug=oxycodone;dose=0.1;unit=mg/kg;route=iv;n_doses=1;population=healthy men"
        " | drug=rifampicin;dose=450-800;unit=mg;route=oral;interval_h=24;n_doses=7;start_h=12"
    )
    study = read_study(target(text))
    victim, other = study.treatments
    assert (victim.dose, victim.unit, victim.per, victim.doses) == (Span(0.1, 0.1), "mg", "kg", 1)
    assert (other.dose.middle, other.per, other.length, other.start) == (600.0, "", 144.0, 12.0)
    assert study.population == "healthy men"
    assert study.topic == "pk"


def test_days_give_the_number_of_doses(target) -> None:
    (treatment,) = read_study(
        target("drug=lofexidine;dose=0.54;unit=mg;interval_h=6;duration_d=7")
    ).treatments
    assert treatment.doses == 28


def test_a_dose_that_is_no_number_is_kept_as_printed(target) -> None:
    (juice,) = read_study(target("drug=grapefruit juice;dose=240 mL;unit=mg")).treatments
    (some,) = read_study(target("drug=CYP inducer;dose=any;unit=mg")).treatments
    assert (juice.dose, juice.dose_text) == (None, "240 mL")
    assert (some.dose, some.dose_text) == (None, "")


@pytest.mark.parametrize(
    ("regimen", "words"),
    [
        (
            "dose=1;unit=mg",
            "t.csv:7, target t-pk-made-up: a part of the regimen names no drug; expected drug=NAME.",
        ),
        ("drug=morphine;doze=1", "unknown key 'doze' in the regimen. Did you mean 'dose'?"),
        ("drug=morphine;colour=red", "unknown key 'colour' in the regimen. Known keys: drug, dose,"),
        (
            "drug=morphine;unit=mL",
            "'mL' is no unit of a dose; expected one of g, mg, ug, ng, alone or per kg",
        ),
        ("drug=morphine;unit=mg/", "'mg/' is no unit of a dose"),
        (
            "drug=morphine;interval_h=daily",
            "interval_h is 'daily'; expected a number, or a range such as 6-8.",
        ),
        ("drug=morphine;n_doses=-3", "n_doses is '-3'"),
    ],
)
def test_what_cannot_be_read_is_a_fault(target, regimen: str, words: str) -> None:
    with pytest.raises(QualificationError) as fault:
        read_study(target(regimen))
    assert words in str(fault.value)
