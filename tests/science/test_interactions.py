"""Published interactions beside those of the typical adult.

The tolerance is a factor of 1.5: studies of one and the same interaction differ by as much and more
(midazolam by mouth with rifampicin: 0.016 to 0.14), so that the geometric mean of what was published is the
observation.
Study designs that the sources leave out are nominal: the victim is taken an hour after a dose of an inhibitor
and half a day after one of an inducer. No number was fitted to these rows, but they are no blind prediction:
between published values for the uptake and induction of rifampicin, for paroxetine and for oxycodone the
choice was made with these ratios in view. `MISSES` are known to lie outside, each with what is thought to be
the cause; a test fails when one of them comes to lie inside.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from speciosa.people import population, typical_person
from speciosa.regimens import parse
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()
FACTOR = 1.5
KETOCONAZOLE = "ketoconazole 400 mg once a day for 5 days"
ITRACONAZOLE = "itraconazole 200 mg once a day for 5 days"
RIFAMPICIN = "rifampicin 600 mg once a day for 9 days"
PAROXETINE = "paroxetine 20 mg once a day for 10 days"
TEA = "kratom tea 2 g (19.5 mg mitragynine per g) once"
DAY_4, HALF_DAY = 73.0, 204.0
SWALLOWED, INJECTED = "midazolam 3 mg by mouth once", "midazolam 1 mg IV once"


class Case(NamedTuple):
    victim: str
    perpetrator: str
    at: float
    rows: tuple[str, ...]
    metric: str = "AUC"
    drug: str = ""
    hours: float = 96.0

    @property
    def measured(self) -> str:
        return self.drug or self.victim.split()[0]


def osp(*numbers: int, prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}-osp{number}" for number in numbers)


CASES = {
    "midazolam oral, ketoconazole 400 mg": Case(
        SWALLOWED, KETOCONAZOLE, DAY_4, osp(114, 371, prefix="midazolam-ketoconazole-400mg-po-aucr")
    ),
    "midazolam oral, ketoconazole 200 mg": Case(
        SWALLOWED,
        "ketoconazole 200 mg once a day for 12 days",
        265.0,
        osp(1087, prefix="midazolam-ketoconazole-200mg-po-aucr"),
    ),
    "midazolam IV, ketoconazole 400 mg": Case(
        INJECTED, KETOCONAZOLE, DAY_4, osp(1091, 1094, prefix="midazolam-ketoconazole-400mg-iv-aucr")
    ),
    "midazolam oral, itraconazole 200 mg, day 4": Case(
        SWALLOWED, ITRACONAZOLE, DAY_4, osp(58, 370, 1097, prefix="midazolam-itraconazole-200mg-po-aucr")
    ),
    "midazolam oral, four days after itraconazole": Case(
        SWALLOWED,
        "itraconazole 200 mg once a day for 4 days",
        169.0,
        osp(59, prefix="midazolam-itraconazole-200mg-po-aucr"),
    ),
    "midazolam IV, itraconazole 200 mg": Case(
        INJECTED, ITRACONAZOLE, DAY_4, osp(378, 197, 198, 199, prefix="midazolam-itraconazole-200mg-iv-aucr")
    ),
    "midazolam oral, rifampicin 600 mg": Case(
        SWALLOWED,
        RIFAMPICIN,
        HALF_DAY,
        osp(54, 56, 113, 177, 205, 286, 344, 392, 1362, prefix="midazolam-rifampicin-600mg-po-aucr"),
    ),
    "midazolam IV, rifampicin 600 mg": Case(
        INJECTED,
        RIFAMPICIN,
        HALF_DAY,
        osp(179, 200, 201, 202, 276, 280, 342, prefix="midazolam-rifampicin-600mg-iv-aucr"),
    ),
    "midazolam oral, rifampicin 5 mg": Case(
        SWALLOWED,
        "rifampicin 5 mg once a day for 6 days",
        132.0,
        osp(304, prefix="midazolam-rifampicin-5mg-po-aucr"),
    ),
    "midazolam oral, rifampicin 25 mg": Case(
        SWALLOWED,
        "rifampicin 25 mg once a day for 6 days",
        132.0,
        osp(306, prefix="midazolam-rifampicin-25mg-po-aucr"),
    ),
    "midazolam IV, rifampicin 75 mg": Case(
        INJECTED,
        "rifampicin 75 mg once a day for 6 days",
        132.0,
        osp(297, prefix="midazolam-rifampicin-75mg-iv-aucr"),
    ),
    "midazolam oral, kratom tea": Case("midazolam 2.5 mg by mouth once", TEA, 0.0, ("mdz-aucr-tanna2023",)),
    "midazolam oral, kratom tea, peak": Case(
        "midazolam 2.5 mg by mouth once", TEA, 0.0, ("mdz-cmaxr-tanna2023",), "Cmax"
    ),
    "midazolam oral, kratom tea, half-life": Case(
        "midazolam 2.5 mg by mouth once", TEA, 0.0, ("mdz-thalfr-tanna2023",), "t1/2", hours=24.0
    ),
    "dextromethorphan, kratom tea": Case(
        "dextromethorphan 22 mg by mouth once", TEA, 0.0, ("dxm-aucr-tanna2023",)
    ),
    "dextromethorphan, quinidine": Case(
        "dextromethorphan 22 mg by mouth once",
        "quinidine 41 mg once",
        1.0,
        osp(16940, prefix="dextromethorphan-quinidine-50mg-po-aucr"),
    ),
    "dextromethorphan, paroxetine": Case(
        "dextromethorphan 22 mg by mouth once",
        PAROXETINE,
        170.0,
        osp(17102, prefix="dextromethorphan-paroxetine-20mg-po-aucr"),
        hours=240.0,
    ),
    "quinidine, rifampicin": Case(
        "quinidine 166 mg by mouth once",
        RIFAMPICIN,
        HALF_DAY,
        osp(16972, prefix="quinidine-rifampicin-600mg-po-aucr"),
    ),
    "quinidine, itraconazole 200 mg": Case(
        "quinidine 83 mg by mouth once",
        ITRACONAZOLE,
        DAY_4,
        osp(17162, prefix="quinidine-itraconazole-200mg-po-aucr"),
    ),
    "quinidine, itraconazole 100 mg": Case(
        "quinidine 166 mg by mouth once",
        "itraconazole 100 mg once a day for 6 days",
        121.0,
        osp(17164, prefix="quinidine-itraconazole-100mg-po-aucr"),
    ),
    "alfentanil IV, rifampicin": Case(
        "alfentanil 1 mg IV once",
        RIFAMPICIN,
        HALF_DAY,
        osp(278, 283, 391, 763, 767, prefix="alfentanil-rifampicin-600mg-iv-aucr"),
    ),
    "alfentanil oral, rifampicin": Case(
        "alfentanil 1.6 mg by mouth once",
        RIFAMPICIN,
        HALF_DAY,
        osp(288, 771, 775, prefix="alfentanil-rifampicin-600mg-po-aucr"),
    ),
    "oxycodone oral, itraconazole": Case(
        "oxycodone 9 mg by mouth once",
        ITRACONAZOLE,
        DAY_4,
        ("oxycodone-itraconazole-200-mg-x5-d-auc-ratio-10-mg-oral",),
    ),
    "oxycodone IV, itraconazole": Case(
        "oxycodone 6.3 mg IV once",
        ITRACONAZOLE,
        DAY_4,
        ("oxycodone-itraconazole-200-mg-x5-d-auc-ratio-0p1-mg-kg-iv",),
    ),
    "oxycodone oral, rifampicin": Case(
        "oxycodone 13.4 mg by mouth once",
        RIFAMPICIN,
        HALF_DAY,
        ("oxycodone-rifampicin-600-mg-x7-d-auc-ratio-15-mg-oral",),
    ),
    "oxycodone IV, rifampicin": Case(
        "oxycodone 6.3 mg IV once",
        RIFAMPICIN,
        HALF_DAY,
        ("oxycodone-rifampicin-600-mg-x7-d-auc-ratio-0p1-mg-kg-iv",),
    ),
    "oxycodone oral, ketoconazole": Case(
        "oxycodone 12.5 mg by mouth once",
        KETOCONAZOLE,
        DAY_4,
        ("oxycodone-ketoconazole-auc-ratio-0p2-mg-kg-oral-cyp2d6-em",),
    ),
    "oxycodone oral, paroxetine": Case(
        "oxycodone 9 mg by mouth once",
        PAROXETINE,
        DAY_4,
        ("oxycodone-paroxetine-20-mg-x5-d-auc-ratio-10-mg-oral",),
    ),
    "oxycodone oral, paroxetine and itraconazole": Case(
        "oxycodone 9 mg by mouth once",
        f"{PAROXETINE}; {ITRACONAZOLE}",
        DAY_4,
        ("oxycodone-paroxetine-itraconazole-auc-ratio-10-mg-oral",),
    ),
    "R-methadone oral, rifampicin": Case(
        "r-methadone 20 mg by mouth once",
        "rifampicin 600 mg once a day for 20 days",
        168.0,
        ("methadone-rifampicin-concentration-ratio-mmt",),
        hours=240.0,
    ),
    "S-methadone oral, rifampicin": Case(
        "s-methadone 20 mg by mouth once",
        "rifampicin 600 mg once a day for 20 days",
        168.0,
        ("methadone-rifampicin-concentration-ratio-mmt",),
        hours=240.0,
    ),
    "buprenorphine IV, rifampicin": Case(
        "buprenorphine 0.4 mg IV once",
        RIFAMPICIN,
        HALF_DAY,
        ("buprenorphine-rifampicin-600-mg-x7-d-auc-ratio-iv-0p4-mg",),
    ),
    "buprenorphine under the tongue, rifampicin": Case(
        "buprenorphine 0.7 mg sublingual once",
        RIFAMPICIN,
        HALF_DAY,
        ("buprenorphine-rifampicin-600-mg-x7-d-auc0-18-ratio-sl-0p6-0p8-mg-dose-corrected",),
        hours=18.0,
    ),
    "buprenorphine under the tongue, ketoconazole": Case(
        "buprenorphine 8 mg sublingual once",
        "ketoconazole 400 mg once a day for 10 days",
        DAY_4,
        ("buprenorphine-ketoconazole-auc-ratio-sl",),
    ),
}
MISSES = {
    "alfentanil IV, ketoconazole": (
        Case(
            "alfentanil 1 mg IV once",
            KETOCONAZOLE,
            DAY_4,
            osp(762, 766, prefix="alfentanil-ketoconazole-400mg-iv-aucr"),
        ),
        "CYP3A5, which ketoconazole inhibits less, also clears alfentanil; one CYP3A stands for both",
    ),
    "alfentanil oral, ketoconazole": (
        Case(
            "alfentanil 1.6 mg by mouth once",
            KETOCONAZOLE,
            DAY_4,
            osp(770, 774, prefix="alfentanil-ketoconazole-400mg-po-aucr"),
        ),
        "the rows show no more than after IV doses, as if the gut wall were not inhibited, unlike midazolam",
    ),
    "midazolam oral, first itraconazole": (
        Case(
            SWALLOWED,
            "itraconazole 200 mg once",
            1.0,
            osp(377, 425, prefix="midazolam-itraconazole-200mg-po-aucr"),
        ),
        "what is absorbed reaches the enzymes at once in the model; bound in tissue, it takes days in people",
    ),
    "midazolam oral, itraconazole 50 mg once": (
        Case(
            SWALLOWED, "itraconazole 50 mg once", 1.0, osp(424, prefix="midazolam-itraconazole-50mg-po-aucr")
        ),
        "as for the first dose of 200 mg",
    ),
    "midazolam oral, itraconazole day 6": (
        Case(
            SWALLOWED,
            "itraconazole 200 mg once a day for 6 days",
            121.0,
            osp(379, prefix="midazolam-itraconazole-200mg-po-aucr"),
        ),
        "the study that also finds the least on day 1; four other studies agree with the model",
    ),
    "midazolam oral, rifampicin 75 mg": (
        Case(
            SWALLOWED,
            "rifampicin 75 mg once a day for 6 days",
            132.0,
            osp(307, prefix="midazolam-rifampicin-75mg-po-aucr"),
        ),
        "what is absorbed is taken as unbound in the gut wall, so that small doses induce there too much",
    ),
    "midazolam oral, a week after rifampicin": (
        Case(
            SWALLOWED,
            "rifampicin 600 mg once a day for 28 days",
            840.0,
            osp(393, prefix="midazolam-rifampicin-600mg-po-aucr"),
        ),
        "the half-life of CYP3A, of the model that the constants come from, is too short for the return",
    ),
    "noroxycodone, itraconazole": (
        Case(
            "oxycodone 9 mg by mouth once",
            ITRACONAZOLE,
            DAY_4,
            ("noroxycodone-itraconazole-200-mg-x5-d-auc0-48-ratio-oxycodone-10-mg-oral",),
            drug="noroxycodone",
            hours=48.0,
        ),
        "the model of noroxycodone takes 88 % of the clearance as its formation, recovery says half",
    ),
    "buprenorphine in maintenance, rifampicin": (
        Case(
            "buprenorphine 8 mg sublingual once",
            RIFAMPICIN,
            HALF_DAY,
            ("buprenorphine-rifampicin-auc-ratio-sl-maintenance",),
            hours=24.0,
        ),
        "conflicts with 0.75 and 1.0 of the other two rows; a larger share of CYP3A would miss those",
    ),
}


@cache
def exposure(case: Case, is_alone: bool) -> float:
    text = f"{case.victim} at {case.at:g} h" if case.at else case.victim
    text = text if is_alone else f"{case.perpetrator}; {text}"
    end = case.at + case.hours
    times = np.concatenate(
        [np.arange(0.0, min(12.0, case.hours), 0.05), np.arange(12.0, case.hours + 0.1, 0.25)]
    )
    times = np.unique(np.minimum(case.at + times, end))
    scenario = Scenario(
        parse(text, SETTING.library),
        population(SETTING.evidence, 1, 1),
        until=end,
        times=tuple(times),
        outputs=(f"plasma.{case.measured}",),
    )
    found = simulate(scenario, SETTING).exposure(case.measured, window=(float(times[0]), end))
    return float(found[case.metric].values[0])


def predicted(case: Case) -> float:
    return exposure(case, False) / exposure(case, True)


def observed(case: Case) -> float:
    values = [SETTING.evidence.rows[name].value for name in case.rows]
    return float(np.exp(np.mean(np.log(values))))


@pytest.mark.parametrize("name", CASES)
def test_published_ratios(name: str) -> None:
    case = CASES[name]
    assert 1.0 / FACTOR <= predicted(case) / observed(case) <= FACTOR


@pytest.mark.parametrize("name", MISSES)
def test_known_misses_are_still_missed(name: str) -> None:
    case, cause = MISSES[name]
    assert cause
    off = predicted(case) / observed(case)
    assert not 1.0 / FACTOR <= off <= FACTOR
    # The direction is right in all of them.
    assert (predicted(case) > 1.0) == (observed(case) > 1.0)


def test_geometric_mean_error_of_all() -> None:
    """Misses included; 1.39 when it was written."""
    cases = [*CASES.values(), *(case for case, _ in MISSES.values())]
    off = [abs(np.log(predicted(case) / observed(case))) for case in cases]
    assert np.exp(np.mean(off)) < 1.45


def test_kratom_tea_does_not_reach_the_liver() -> None:
    """With the constants of liver microsomes acting on the liver, the half-life would be longer."""
    tea = CASES["midazolam oral, kratom tea, half-life"]
    low, high = SETTING.evidence.rows["mdz-thalfr-tanna2023"].interval
    assert low <= predicted(tea) <= high


@pytest.mark.parametrize("perpetrator", [KETOCONAZOLE, ITRACONAZOLE])
def test_direction_of_7_hydroxymitragynine_is_open(perpetrator: str) -> None:
    """Rows that may be chosen let a CYP3A inhibitor raise it or lower it; mitragynine rises in any case."""

    def area(text: str, drug: str, choices: dict[str, str]) -> float:
        scenario = Scenario(
            parse(text, SETTING.library),
            population(SETTING.evidence, 1, 1),
            until=DAY_4 + 72.0,
            every=0.25,
            outputs=(f"plasma.{drug}",),
            choices=choices,
        )
        found = simulate(scenario, SETTING).exposure(drug, window=(DAY_4, DAY_4 + 72.0))
        return float(found["AUC"].values[0])

    dose = f"mitragynine 25 mg by mouth once at {DAY_4:g} h"
    assert area(f"{perpetrator}; {dose}", "mitragynine", {}) > area(dose, "mitragynine", {})
    alone = area(dose, "7-hydroxymitragynine", {})
    falls = {"7-hydroxymitragynine.fm.CYP3A": "7-oh-falls"}
    rises = {"mitragynine.formation.CYP3A": "7-oh-rises"}
    assert area(f"{perpetrator}; {dose}", "7-hydroxymitragynine", falls) < 0.5 * alone
    assert area(f"{perpetrator}; {dose}", "7-hydroxymitragynine", rises) > 1.2 * alone


def area_at(score: float, text: str, drug: str) -> float:
    """Area after a dose at 170 h in a person of an activity score of CYP2D6."""
    person = replace(typical_person(SETTING.evidence), cyp2d6_activity_score=score)
    scenario = Scenario(
        parse(text, SETTING.library),
        population(SETTING.evidence, 1, 1, typical=person),
        until=410.0,
        times=tuple(np.arange(170.0, 410.1, 0.25)),
        outputs=(f"plasma.{drug}",),
    )
    found = simulate(scenario, SETTING).exposure(drug, window=(170.0, 410.0))
    return float(found["AUC"].values[0])


def test_paroxetine_does_less_in_intermediate_metabolizers() -> None:
    """One copy that works, score 1: 8.5 was seen beside 24 in normal metabolizers."""
    dose = "dextromethorphan 22 mg by mouth once at 170 h"
    ratios = [
        area_at(score, f"{PAROXETINE}; {dose}", "dextromethorphan") / area_at(score, dose, "dextromethorphan")
        for score in (1.0, 2.0)
    ]
    (seen,) = osp(17098, prefix="dextromethorphan-paroxetine-20mg-po-aucr")
    assert 1.0 / FACTOR <= ratios[0] / SETTING.evidence.rows[seen].value <= FACTOR
    assert ratios[0] < ratios[1]


def test_poor_metabolizers_have_nothing_that_paroxetine_could_take_away() -> None:
    dose = "dextromethorphan 22 mg by mouth once at 170 h"
    without = area_at(0.0, dose, "dextromethorphan")
    assert area_at(0.0, f"{PAROXETINE}; {dose}", "dextromethorphan") == pytest.approx(without, rel=1e-4)


@pytest.mark.parametrize(("score", "row"), [(1.0, "1"), (3.0, "3")])
def test_morphine_from_codeine_follows_the_activity_score(score: float, row: str) -> None:
    """The share formed, over that of score 2, as in a published population of 997.

    Tolerance 1.5: the exponent is of two other substrates. A poor metabolizer forms some morphine by other
    enzymes there (15 % of normal) and none here.
    """
    dose = "codeine 22 mg by mouth once at 170 h"
    found = area_at(score, dose, "morphine") / area_at(2.0, dose, "morphine")
    rows = SETTING.evidence.rows
    expected = rows[f"morphine-from-codeine-fm-as-{row}"].value / rows["morphine-from-codeine-fm-as-2"].value
    assert 1.0 / FACTOR <= found / expected <= FACTOR
