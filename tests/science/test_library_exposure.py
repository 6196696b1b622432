"""Published exposures of the library's drugs, reproduced by the typical adult.

Tolerances are those of the targets (`targets.csv`) or, where a target is a geometric mean of a simulated
population, wide enough for the difference to the typical value. Known misses stand in `MISSES`, so that they
are neither loosened nor forgotten; the qualification runs every target in its own design.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from speciosa.people import population, typical_person
from speciosa.regimens import parse
from speciosa.results import Result
from speciosa.simulation import Scenario, Setting, simulate

SETTING = Setting()


class Case(NamedTuple):
    regimen: str
    drug: str
    metric: str
    low: float
    high: float
    until: float = 96.0
    start: float = 0.0
    choices: dict[str, str] = {}  # noqa: RUF012  # a typed tuple, never changed


CASES = {
    "sublingual tablet, steady state": Case(
        "buprenorphine tablet 16 mg once a day for 30 days", "buprenorphine", "mean", 1.60, 1.86, 720.0, 696.0
    ),
    "weekly depot": Case(
        "buprenorphine weekly depot 32 mg every 168 h for 10 doses",
        *("buprenorphine", "mean", 3.39, 3.75, 1680.0, 1512.0),
    ),
    "weekly depot, peak": Case(
        "buprenorphine weekly depot 32 mg every 168 h for 10 doses",
        *("buprenorphine", "Cmax", 6.41, 7.09, 1680.0, 1512.0),
    ),
    "monthly depot": Case(
        "buprenorphine monthly depot 160 mg every 672 h for 10 doses",
        *("buprenorphine", "mean", 4.29, 4.75, 6720.0, 6048.0),
    ),
    "BUP-XR 300 mg, sixth": Case(
        "BUP-XR 300 mg every 672 h for 6 doses", "buprenorphine", "Cmax", 8.42, 11.4, 4032.0, 3360.0
    ),
    "morphine tablet": Case("morphine sulfate 20 mg by mouth once", "morphine", "Cmax", 12.8, 29.8),
    "morphine extended release": Case(
        "morphine sulfate extended release 30 mg once", "morphine", "Cmax", 11.6, 27.1
    ),
    "M6G after IV morphine": Case(
        "morphine sulfate 10 mg IV once", "morphine-6-glucuronide", "AUC", 93.8, 156.0
    ),
    "M3G after IV morphine": Case(
        "morphine sulfate 10 mg IV once", "morphine-3-glucuronide", "AUC", 951.0, 1766.0
    ),
    "oxycodone": Case("oxycodone 10 mg by mouth once", "oxycodone", "AUC", 108.0, 185.0),
    "oxycodone, 15 mg tablet": Case("oxycodone IR 15 mg once", "oxycodone", "AUC", 93.0, 163.0),
    "fentanyl patch": Case(
        "fentanyl patch 100 ug/h every 72 h for 5 doses", "fentanyl", "mean", 1.5, 2.5, 360.0, 288.0
    ),
    "fentanyl lozenge": Case("fentanyl lozenge 800 ug once", "fentanyl", "Cmax", 0.6, 1.4),
    "fentanyl nasal spray": Case("fentanyl nasal spray 100 ug once", "fentanyl", "Cmax", 0.252, 0.588),
    "alfentanil": Case("alfentanil 1.225 mg IV once", "alfentanil", "AUC", 54.0, 103.0),
    "tramadol": Case(
        "tramadol SR 100 mg every 12 h for 10 doses", "tramadol", "AUC", 4522.0, 4998.0, 120.0, 108.0
    ),
    "tramadol, CYP2D6*10/*10": Case(
        "tramadol SR 100 mg every 12 h for 10 doses",
        *("tramadol", "AUC", 7360.0, 8134.0, 120.0, 108.0, {"tramadol": "cyp2d6-10-10"}),
    ),
    "codeine": Case("codeine phosphate 50 mg by mouth once", "codeine", "AUC", 214.0, 397.0),
    "methadone, monitored": Case(
        "methadone hydrochloride 100 mg once a day for 60 days",
        *("r-methadone", "mean", 117.0, 195.0, 1440.0, 1416.0),
    ),
    "nalmefene nasal spray": Case("nalmefene 2.7 mg intranasal once", "nalmefene", "Cmax", 8.5, 15.9),
    "naltrexol after naltrexone": Case(
        "naltrexone tablet 50 mg once", "6-beta-naltrexol", "Cmax", 64.8, 151.0
    ),
    "oral diamorphine gives no diamorphine": Case(
        "diamorphine hydrochloride 10 mg by mouth once", "diamorphine", "Cmax", 0.0, 1e-9
    ),
}
MISSES = {
    # Cause: peaks of the glucuronide in a set with short sampling; the paper's own model does the same.
    "M6G peak after IV morphine": Case(
        "morphine sulfate 10 mg IV once", "morphine-6-glucuronide", "Cmax", 21.1, 39.1
    ),
    # Cause: bioavailability as morphine of high doses in treatment, against one low dose.
    "morphine after oral diamorphine": Case(
        "diamorphine hydrochloride 10 mg by mouth once", "morphine", "Cmax", 2.2, 15.0
    ),
    # Cause: bioavailability and clearances of different studies do not fit one another.
    "naltrexone": Case("naltrexone tablet 50 mg once", "naltrexone", "Cmax", 7.98, 18.6),
    # Cause: the apparent set is from another study of another lozenge.
    "fentanyl lozenge, area": Case("fentanyl lozenge 200 ug once", "fentanyl", "AUC", 1.02, 1.89),
    # Cause: values between those recalled from the label; another study measured half of it.
    "lofexidine": Case("lofexidine 0.36 mg once", "lofexidine", "Cmax", 0.26, 0.61),
}


def run(case: Case) -> Result:
    people = population(SETTING.evidence, 1, 1)
    name = (f"plasma.{case.drug}",)
    regimen = parse(case.regimen, SETTING.library)
    scenario = Scenario(
        regimen, people, case.until, outputs=name, every=min(0.5, case.until / 960), choices=case.choices
    )
    return simulate(scenario, SETTING)


def predicted(case: Case) -> float:
    curve = run(case).output(f"plasma.{case.drug}")
    late = curve.time >= case.start
    time = curve.time.values[late]
    values = curve.values[0, late] * curve.attrs["molar_mass"] / 1000.0  # ng/mL
    if case.metric == "Cmax":
        return float(values.max())
    area = float(np.trapezoid(values, time))
    return area if case.metric == "AUC" else area / (time[-1] - time[0])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_exposures_within_their_tolerance(case: Case) -> None:
    assert case.low <= predicted(case) <= case.high


@pytest.mark.parametrize("case", MISSES.values(), ids=MISSES.keys())
def test_known_misses_are_still_misses(case: Case) -> None:
    found = predicted(case)
    assert not case.low <= found <= case.high, "no longer missed: move it to CASES"
    assert case.low / 2.5 <= found <= case.high * 2.5, "worse than known"


def test_half_lives_after_intravenous_diamorphine() -> None:
    people = population(SETTING.evidence, 1, 1)
    regimen = parse("diamorphine 200 mg IV once", SETTING.library)
    scenario = Scenario(regimen, people, 5.0, times=tuple(np.arange(0.0, 5.01, 0.05)))
    result = simulate(scenario, SETTING)
    for drug, low, high, window in (
        ("diamorphine", 5.3, 9.9, (1.0, 2.0)),
        ("6-monoacetylmorphine", 15.3, 28.3, (3.0, 4.5)),
    ):
        found = result.exposure(drug, tail=window)["t1/2"].values[0] * 60.0
        assert low <= found <= high


def test_fentanyl_stays_for_days_after_chronic_use_where_chosen() -> None:
    regimen = parse("fentanyl 50 ug intranasal every 6 h for 28 days", SETTING.library)
    people = population(SETTING.evidence, 1, 1)
    left = {}
    for choice in ({}, {"fentanyl": "chronic"}):
        result = simulate(
            Scenario(regimen, people, 840.0, outputs=("plasma.fentanyl",), choices=choice), SETTING
        )
        curve = result.output("plasma.fentanyl").values[0]
        left[bool(choice)] = curve[-1] / curve.max()
    assert left[True] > 1e-3
    assert left[False] < 1e-6
    assert 24.0 * 7 / np.log2(1.0 / left[True]) < 50.0


def area_in(regimen: str, drug: str, **person: object) -> float:
    """Area in an adult who differs from the reference one in what is named."""
    typical = replace(typical_person(SETTING.evidence), **person)
    people = population(SETTING.evidence, 1, 1, typical=typical)
    scenario = Scenario(
        parse(regimen, SETTING.library), people, 168.0, outputs=(f"plasma.{drug}",), every=0.2
    )
    curve = simulate(scenario, SETTING).output(f"plasma.{drug}")
    return float(np.trapezoid(curve.values[0], curve.time.values))


@pytest.mark.parametrize(
    ("regimen", "drug", "person", "low", "high"),
    [
        # Clearance of 11.4 (8.1-14.7) mL/min/kg and a bioavailability of about 1 in severe cirrhosis.
        ("morphine sulfate 10 mg IV over 60 min once", "morphine", {"child_pugh": "C"}, 1.3, 2.5),
        ("morphine sulfate 10 mg by mouth once", "morphine", {"child_pugh": "C"}, 4.0, 8.0),
        # Exponent 0.673 on the clearance of the glucuronides.
        ("morphine sulfate 10 mg IV once", "morphine-6-glucuronide", {"egfr": 30.0}, 1.9, 2.5),
        ("naltrexone tablet 50 mg once", "naltrexone", {"child_pugh": "B"}, 5.0, 10.0),
        ("vivitrol 380 mg once", "naltrexone", {"child_pugh": "B"}, 0.99, 1.01),
        ("lofexidine 0.18 mg once", "lofexidine", {"child_pugh": "C"}, 3.5, 4.1),
        ("BUP-XR 300 mg once", "buprenorphine", {"weight": 70.0, "height": 150.0}, 1.0, 1.2),
    ],
)
def test_people_who_differ(
    regimen: str, drug: str, person: dict[str, object], low: float, high: float
) -> None:
    assert low <= area_in(regimen, drug, **person) / area_in(regimen, drug) <= high
